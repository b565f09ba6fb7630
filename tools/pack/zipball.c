/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/zipball.h"

#include "container/zip.h"
#include "pack/archive.h"
#include "pack/payload.h"

enum { ENTRIES_MAX = 1000000, LEVEL = 6 };

static const char *const compressions[] = {"deflate", "none", NULL};

static const struct schema zipball_schema[] = {
    {.key = "compression",
     .kind = SCHEMA_WORD,
     .words = compressions,
     .help = "How files are packed; deflate without it."},
    {.key = "level",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 9,
     .help = "Compression level; 6 without it."},
    {.key = "wrap",
     .kind = SCHEMA_STR,
     .help = "The folder at the top; NAME-VERSION without it, none when empty."},
    {0},
};

static int zipball_check(const struct pack_job *j, struct err *e) {
    return archive_check(j, e);
}

static int zipball_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    return archive_file_name(j, ".zip", out, e);
}

static int zipball_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                          struct err *e) {
    return archive_layout(j, app, j->target->os != OS_LINUX, pkg, e);
}

struct putter {
    const struct tree *tree;
    const size_t *index; /* of the tree's entry behind each of the archive's */
    struct payload payload;
};

/* ZIP has no hard links: the file is there as often as it has names. */
static int put(void *self, size_t i, struct sink *s, struct err *e) {
    struct putter *p = self;
    const struct tree_entry *x = &p->tree->v[p->index[i]];

    return payload_put(&p->payload, x->link ? &p->tree->v[x->link - 1] : x, s, e);
}

static int zipball_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                         struct err *e) {
    struct zip_opts o = {.level = (int)value_number(j->section, "level", LEVEL),
                         .mtime = j->recipe->time,
                         .jobs = j->jobs};
    struct zip_entry *v = arena_array(j->mem, pkg->n, sizeof *v);
    size_t *index = arena_array(j->mem, pkg->n, sizeof *index), n = 0;
    struct putter p = {.tree = pkg, .index = index};
    struct zip_files files = {.v = v, .put = put, .self = &p};

    if (str_is(value_text(j->section, "compression"), "none"))
        o.level = 0;
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];

        if (x->marks & TREE_GHOST)
            continue;
        index[n] = i;
        v[n++] = (struct zip_entry){
            .name = x->path,
            .kind = x->kind == TREE_DIR    ? ZIP_DIR
                    : x->kind == TREE_LINK ? ZIP_LINK
                                           : ZIP_FILE,
            .mode = x->kind == TREE_LINK ? 0777 : x->mode,
            .size = x->kind != TREE_FILE ? 0
                    : x->link            ? pkg->v[x->link - 1].size
                                         : x->size,
            .target = x->target,
        };
    }
    files.n = n;
    payload_init(&p.payload, j, 0);
    return payload_end(&p.payload, zip_write(f, &o, &files, e), e);
}

struct lister {
    struct tree *found;
    struct arena *mem;
    uint64_t bytes;
};

static int see(void *self, const struct zip_entry *x, struct source *data, struct err *e) {
    struct lister *l = self;
    struct tree_entry *t;

    (void)data; /* the reader takes it to the end and checks it */
    if (!x->name.n)
        return OK;
    if (l->found->n >= ENTRIES_MAX)
        return err_set(e, E_INPUT, "zip: more than %d entries", ENTRIES_MAX);
    if (tree_path_ok(x->name, e)) {
        e->code = E_INPUT;
        return err_in(e, "zip");
    }
    t = tree_add(l->found);
    t->path = str_dup(l->mem, x->name);
    t->kind = x->kind == ZIP_DIR ? TREE_DIR : x->kind == ZIP_LINK ? TREE_LINK : TREE_FILE;
    t->mode = x->mode;
    t->size = x->size;
    t->target = str_dup(l->mem, x->target);
    t->digests = arena_alloc(l->mem, sizeof *t->digests);
    l->bytes += x->size;
    return OK;
}

static int zipball_list(struct infile *f, struct arena *mem, struct tree *found,
                        struct value *facts, struct err *e) {
    struct lister l = {found, mem, 0};

    if (zip_read(f, see, &l, e))
        return (int)e->code;
    value_set(mem, facts, "Unpacked",
              value_str(mem, str_fmt(mem, "%llu bytes", (unsigned long long)l.bytes)));
    return OK;
}

const struct packager zipball_packager = {
    .name = "zip",
    .suffix = ".zip",
    .traits = PACK_DESKTOP,
    .oses = 1u << OS_LINUX | 1u << OS_WINDOWS | 1u << OS_MACOS,
    .schema = zipball_schema,
    .check = zipball_check,
    .file_name = zipball_file_name,
    .layout = zipball_layout,
    .write = zipball_write,
    .list = zipball_list,
    .sniff = zip_sniff,
};
