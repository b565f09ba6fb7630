/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmfiles.h"

#include "base/map.h"
#include "container/cpio.h"
#include "container/rpmtags.h"
#include "model/sysdirs.h"
#include "pack/payload.h"

enum { MODE_DIR = 0040000, MODE_FILE = 0100000, MODE_LINK = 0120000 };

enum rpmfiles_flag {
    FLAG_CONFIG = 1,
    FLAG_DOC = 2,
    FLAG_NOREPLACE = 16,
    FLAG_GHOST = 64,
    FLAG_LICENSE = 128,
};

static uint32_t mode_of(const struct tree_entry *x) {
    switch (x->kind) {
    case TREE_DIR:
        return MODE_DIR | x->mode;
    case TREE_LINK:
        return MODE_LINK | 0777;
    case TREE_FILE:
        break;
    }
    return MODE_FILE | x->mode;
}

static bool is_ghost(const struct tree_entry *x) {
    return x->marks & TREE_GHOST;
}

static uint64_t size_of(const struct rpmfiles_one *x) {
    if (x->entry->kind == TREE_LINK)
        return x->entry->target.n;
    return x->entry->kind == TREE_FILE ? x->bytes->size : 0;
}

static struct cpio_entry cpio_of(const struct rpmfiles *f, size_t i, const struct pack_job *j,
                                 struct arena *mem) {
    const struct rpmfiles_one *x = &f->v[i];

    return (struct cpio_entry){
        .stripped = f->large,
        .index = (uint32_t)i,
        .path = f->large ? STR("") : str_fmt(mem, "./" STR_F, STR_A(x->entry->path)),
        .ino = x->ino,
        .mode = mode_of(x->entry),
        .nlink = x->links,
        .mtime = j ? j->recipe->time : 0,
        .size = x->content ? size_of(x) : 0,
    };
}

/* Ghosts are in no payload, so they are nobody's hard links either. */
static void find_links(struct rpmfiles *f, const struct tree *pkg, const size_t *place) {
    AUTO(arena) mem = {0};
    uint32_t *ino = arena_array(&mem, f->n, sizeof *ino); /* of the links of the file at a place */
    uint32_t *links = arena_array(&mem, f->n, sizeof *links);
    size_t *later = arena_array(&mem, f->n, sizeof *later); /* 1 + the link found before this one */

    for (size_t i = 0; i < f->n; i++) {
        struct rpmfiles_one *x = &f->v[i];
        size_t file = i;

        x->bytes = x->entry->link ? &pkg->v[x->entry->link - 1] : x->entry;
        if (!is_ghost(x->entry) && !is_ghost(x->bytes))
            file = place[x->bytes - pkg->v];
        if (!ino[file])
            ino[file] = (uint32_t)i + 1;
        x->ino = ino[file];
        f->hard_links |= ++links[x->ino - 1] > 1;
    }
    for (size_t i = f->n; i-- > 0;) {
        struct rpmfiles_one *x = &f->v[i];
        size_t *next = &later[x->ino - 1];

        x->links = links[x->ino - 1];
        x->content = x->entry->kind != TREE_DIR && !is_ghost(x->entry) && !*next;
        x->next = *next ? *next - 1 : f->n;
        *next = i + 1;
    }
}

void rpmfiles_list(const struct tree *pkg, struct arena *mem, struct rpmfiles *f) {
    size_t *place = arena_array(mem, pkg->n, sizeof *place);
    AUTO(arena) scratch = {0};

    *f = (struct rpmfiles){.v = arena_array(mem, pkg->n, sizeof *f->v)};
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];

        if (x->kind == TREE_DIR && x->marks & TREE_IMPLIED && sysdirs_rpm(x->path))
            continue;
        place[i] = f->n;
        f->v[f->n] = (struct rpmfiles_one){.entry = x};
        f->n++;
    }
    find_links(f, pkg, place);
    for (size_t i = 0; i < f->n; i++) {
        struct rpmfiles_one *x = &f->v[i];

        f->config |= x->entry->kind == TREE_FILE && x->entry->marks & TREE_CONFIG;
        f->large |= size_of(x) > CPIO_FILE_MAX;
        if (x->content)
            f->installed += size_of(x);
    }
    for (size_t i = 0; i < f->n; i++) {
        struct cpio_entry c = cpio_of(f, i, NULL, &scratch);

        if (!is_ghost(f->v[i].entry))
            f->archive += cpio_size(&c);
        if (scratch.used > 1 << 20)
            arena_drop(&scratch);
    }
    f->archive = cpio_total(f->archive);
}

/* rpmbuild marks everything in its documentation folders so (%_docdir, %_mandir, %_infodir). */
static bool is_documentation(struct str path) {
    return str_starts(path, "usr/share/doc/") || str_starts(path, "usr/share/man/") ||
           str_starts(path, "usr/share/info/");
}

static uint32_t flags_of(const struct tree_entry *x) {
    uint32_t flags = 0;

    if (x->kind == TREE_FILE && x->marks & TREE_CONFIG)
        flags |= x->marks & TREE_CONFIG_REPLACE ? FLAG_CONFIG : FLAG_CONFIG | FLAG_NOREPLACE;
    if (x->marks & TREE_DOC || is_documentation(x->path))
        flags |= FLAG_DOC;
    if (x->marks & TREE_LICENSE)
        flags |= FLAG_LICENSE;
    if (x->marks & TREE_GHOST)
        flags |= FLAG_GHOST;
    return flags;
}

/* A ghost's digest, size, link target and time are not looked at. */
static uint32_t verify_of(const struct tree_entry *x) {
    return x->marks & TREE_GHOST ? ~0x27u : ~0u;
}

static void add_names(const struct rpmfiles *f, struct rpmhdr *h) {
    struct str *base = arena_array(h->mem, f->n, sizeof *base);
    struct str *dir = arena_array(h->mem, f->n, sizeof *dir);
    uint32_t *index = arena_array(h->mem, f->n, sizeof *index);
    struct map seen = {.mem = h->mem};
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++) {
        struct str path = f->v[i].entry->path, up;
        size_t slash = str_rfind(path, '/');
        const struct str *there;

        up = slash < path.n ? str_cut(path, 0, slash + 1) : (struct str){0};
        base[i] = slash < path.n ? str_cut(path, slash + 1, path.n) : path;
        up = str_fmt(h->mem, "/" STR_F, STR_A(up));
        dir[n] = up;
        there = map_put(&seen, up, &dir[n]);
        index[i] = (uint32_t)(there ? (size_t)(there - dir) : n++);
    }
    rpmhdr_add_texts(h, RPMTAGS_BASENAMES, base, f->n);
    rpmhdr_add_texts(h, RPMTAGS_DIRNAMES, dir, n);
    rpmhdr_add_u32(h, RPMTAGS_DIRINDEXES, index, f->n);
}

static int add_texts(const struct rpmfiles *f, bool digests, struct rpmhdr *h, struct err *e) {
    static const char none[2 * 32 + 1] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    struct str *v = arena_array(h->mem, f->n, sizeof *v);

    for (size_t i = 0; i < f->n; i++) {
        const struct tree_digests *d = f->v[i].bytes->digests;

        if (f->v[i].entry->kind != TREE_FILE || is_ghost(f->v[i].entry))
            continue;
        if (digests && !(d->kinds & DIGEST_SHA256))
            return err_set(e, E_BUG, STR_F " has no sha256", STR_A(f->v[i].entry->path));
        v[i] = digests ? digest_hex(h->mem, d->sha256, sizeof d->sha256) : str_of(none);
    }
    rpmhdr_add_texts(h, RPMTAGS_FILEDIGESTS, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->v[i].entry->kind == TREE_LINK ? f->v[i].entry->target : (struct str){0};
    rpmhdr_add_texts(h, RPMTAGS_FILELINKTOS, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->v[i].entry->owner;
    rpmhdr_add_texts(h, RPMTAGS_FILEUSERNAME, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->v[i].entry->group;
    rpmhdr_add_texts(h, RPMTAGS_FILEGROUPNAME, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = (struct str){0};
    rpmhdr_add_texts(h, RPMTAGS_FILELANGS, v, f->n);
    return OK;
}

static void add_sizes(const struct rpmfiles *f, struct rpmhdr *h) {
    uint64_t *big = arena_array(h->mem, f->n, sizeof *big);
    uint32_t *small = arena_array(h->mem, f->n, sizeof *small);

    for (size_t i = 0; i < f->n; i++) {
        big[i] = is_ghost(f->v[i].entry) ? 0 : size_of(&f->v[i]);
        small[i] = (uint32_t)big[i];
    }
    if (f->n && f->large)
        rpmhdr_add_u64(h, RPMTAGS_LONGFILESIZES, big, f->n);
    else if (f->n)
        rpmhdr_add_u32(h, RPMTAGS_FILESIZES, small, f->n);
    if (f->installed > UINT32_MAX)
        rpmhdr_add_u64(h, RPMTAGS_LONGSIZE, &f->installed, 1);
    else
        rpmhdr_add_one(h, RPMTAGS_SIZE, (uint32_t)f->installed);
}

static void add_numbers(const struct rpmfiles *f, const struct pack_job *j, struct rpmhdr *h) {
    uint32_t *v = arena_array(h->mem, f->n, sizeof *v);
    uint16_t *w = arena_array(h->mem, f->n, sizeof *w);

    rpmhdr_add_u16(h, RPMTAGS_FILERDEVS, w, f->n);
    for (size_t i = 0; i < f->n; i++)
        w[i] = (uint16_t)mode_of(f->v[i].entry);
    rpmhdr_add_u16(h, RPMTAGS_FILEMODES, w, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = (uint32_t)j->recipe->time;
    rpmhdr_add_u32(h, RPMTAGS_FILEMTIMES, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = flags_of(f->v[i].entry);
    rpmhdr_add_u32(h, RPMTAGS_FILEFLAGS, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = verify_of(f->v[i].entry);
    rpmhdr_add_u32(h, RPMTAGS_FILEVERIFYFLAGS, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = 1;
    rpmhdr_add_u32(h, RPMTAGS_FILEDEVICES, v, f->n);
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->v[i].ino;
    rpmhdr_add_u32(h, RPMTAGS_FILEINODES, v, f->n);
    /* A class is what file(1) says; readers find it out themselves where it is empty. */
    for (size_t i = 0; i < f->n; i++)
        v[i] = f->v[i].entry->kind == TREE_DIR;
    rpmhdr_add_u32(h, RPMTAGS_FILECLASS, v, f->n);
    rpmhdr_add_texts(h, RPMTAGS_CLASSDICT, (struct str[]){STR(""), STR("directory")}, 2);
}

int rpmfiles_tags(const struct rpmfiles *f, const struct pack_job *j, const uint32_t *color,
                  bool digests, struct rpmhdr *h, struct err *e) {
    add_sizes(f, h);
    rpmhdr_add_one(h, RPMTAGS_FILEDIGESTALGO, 8); /* SHA-256, RFC 4880 9.4 */
    if (!f->n)
        return OK; /* an item has at least one value */
    add_names(f, h);
    add_numbers(f, j, h);
    rpmhdr_add_u32(h, RPMTAGS_FILECOLORS, color, f->n);
    return add_texts(f, digests, h, e);
}

struct putter {
    struct payload *payload;
    struct arena *scratch;
    struct sink *s;
    const struct tree_entry **plan;
    size_t n_plan;
};

static bool has_bytes(const struct rpmfiles_one *x) {
    return x->content && x->entry->kind != TREE_LINK && !is_ghost(x->entry);
}

static int plan_one(const struct rpmfiles *f, size_t i, struct putter *x, struct err *e) {
    (void)e;
    if (has_bytes(&f->v[i]))
        x->plan[x->n_plan++] = f->v[i].bytes;
    return OK;
}

static int put_one(const struct rpmfiles *f, size_t i, struct putter *p, struct err *e) {
    const struct rpmfiles_one *x = &f->v[i];
    struct cpio_entry c = cpio_of(f, i, p->payload->job, p->scratch);

    if (is_ghost(x->entry))
        return OK;
    cpio_put(p->s, &c);
    if (x->content && x->entry->kind == TREE_LINK)
        sink_str(p->s, x->entry->target);
    else if (has_bytes(x) && payload_put(p->payload, x->bytes, p->s, e))
        return (int)e->code;
    cpio_pad(p->s, c.size);
    if (p->scratch->used > 1 << 20)
        arena_drop(p->scratch);
    return OK;
}

/* Calls for each entry in the payload's order. The links of a file come one behind the other: to
 * rpm, any file between the first of them and the one with the content would be a link of it too.
 */
static int each(const struct rpmfiles *f, struct putter *x,
                int (*one)(const struct rpmfiles *f, size_t i, struct putter *x, struct err *e),
                struct err *e) {
    for (size_t i = 0; i < f->n && !x->s->err.code; i++)
        if (f->v[i].links == 1 && one(f, i, x, e))
            return (int)e->code;
    for (size_t i = 0; i < f->n && !x->s->err.code; i++)
        for (size_t k = i; f->v[i].links > 1 && f->v[i].ino == i + 1 && k < f->n; k = f->v[k].next)
            if (one(f, k, x, e))
                return (int)e->code;
    return OK;
}

int rpmfiles_payload(const struct rpmfiles *f, const struct pack_job *j, struct sink *s,
                     struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(arena) scratch = {0};
    struct payload p;
    struct putter x = {.payload = &p, .scratch = &scratch, .s = s};
    int rc;

    payload_init(&p, j, DIGEST_SHA256 | j->digests);
    x.plan = arena_array(&mem, f->n, sizeof *x.plan);
    rc = each(f, &x, plan_one, e);
    if (!rc)
        rc = payload_plan(&p, x.plan, x.n_plan, e);
    if (!rc)
        rc = each(f, &x, put_one, e);
    rc = payload_end(&p, rc, e);
    if (!rc)
        cpio_end(s);
    return rc;
}
