/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msipatch.h"

#include "base/bytes.h"
#include "container/cab.h"
#include "container/cfb.h"
#include "container/msidb.h"
#include "container/msisum.h"
#include "pack/tell.h"

enum {
    HEAD = 80,
    SHIFT = 30,
    DIRECTORY = 48,
    CLASS = 80,
    STREAM_MAX = 64 * 1024 * 1024,
    BLOCK = 16384,
    METADATA_MAX = 256,
};
enum kind { DATABASE, PATCH, TRANSFORM };

/* The class of the root, which stands first in the directory. */
static int kind_of(struct infile *f, enum kind *k, struct err *e) {
    unsigned char head[HEAD], id[4];
    unsigned shift;
    uint64_t at;
    size_t n;

    *k = DATABASE;
    if (infile_read_some(f, 0, head, sizeof head, &n, e))
        return (int)e->code;
    if (n < sizeof head)
        return OK;
    shift = bytes_le16(head + SHIFT);
    if (shift != 9 && shift != 12)
        return OK;
    at = (((uint64_t)bytes_le32(head + DIRECTORY) + 1) << shift) + CLASS;
    if (infile_read_some(f, at, id, sizeof id, &n, e))
        return (int)e->code;
    if (n == sizeof id)
        *k = bytes_le32(id) == 0xc1086 ? PATCH : bytes_le32(id) == 0xc1082 ? TRANSFORM : DATABASE;
    return OK;
}

int msipatch_none(struct infile *f, bool *is, struct err *e) {
    enum kind k;

    if (kind_of(f, &k, e))
        return (int)e->code;
    *is = k == DATABASE;
    return OK;
}

static int is_patch(struct infile *f, bool *is, struct err *e) {
    enum kind k;

    if (kind_of(f, &k, e))
        return (int)e->code;
    *is = k == PATCH;
    return OK;
}

static int is_transform(struct infile *f, bool *is, struct err *e) {
    enum kind k;

    if (kind_of(f, &k, e))
        return (int)e->code;
    *is = k == TRANSFORM;
    return OK;
}

/* --- what is in them -------------------------------------------------------------------------- */

struct reading {
    struct cfb_file cfb;
    struct msidb db;
    struct arena *mem;
    struct tree *found;
    uint64_t given; /* bytes of tables that were read */
    struct str cabinet;
};

static int read_stream(struct reading *r, ptrdiff_t i, struct str *bytes, struct err *e) {
    struct source s;
    struct cfb_at at;
    char *p;

    *bytes = (struct str){0};
    if (i == CFB_NONE)
        return OK;
    if (r->cfb.entry[i].size > STREAM_MAX)
        return err_set(e, E_INPUT, "a table is larger than %d MiB", STREAM_MAX >> 20);
    p = arena_alloc(r->mem, (size_t)r->cfb.entry[i].size + 1);
    cfb_source(&s, &at, &r->cfb, (size_t)i);
    (void)source_need(&s, p, (size_t)r->cfb.entry[i].size);
    *bytes = (struct str){p, (size_t)r->cfb.entry[i].size};
    return source_close(&s, e);
}

static int get_stream(void *self, struct str name, struct arena *mem, struct str *bytes,
                      struct err *e) {
    struct reading *r = self;
    ptrdiff_t i = cfb_find(&r->cfb, 0, name);

    (void)mem;
    r->given += i == CFB_NONE ? 0 : r->cfb.entry[i].size; /* names by case lead to one stream */
    if (r->given > 2 * r->cfb.f->size)
        return err_set(e, E_INPUT, "its tables share their bytes");
    return read_stream(r, i, bytes, e);
}

static int tell_summary(struct reading *r, enum kind k, struct value *facts, struct err *e) {
    struct msisum s;
    struct str bytes;

    if (read_stream(r, cfb_find(&r->cfb, 0, STR(MSISUM_STREAM)), &bytes, e))
        return (int)e->code;
    if (!bytes.n)
        return err_set(e, E_INPUT, "there is no summary information");
    if (msisum_read(bytes, &s, e))
        return (int)e->code;
    tell_text(r->mem, facts, "Title", s.title);
    tell_text(r->mem, facts, "Subject", s.subject);
    tell_text(r->mem, facts, "Vendor", s.author);
    tell_text(r->mem, facts, "Comments", s.comments);
    tell_text(r->mem, facts, k == PATCH ? "Product-Codes" : "Platform", s.template);
    tell_text(r->mem, facts, k == PATCH ? "Patch-Code" : "Products", s.revision);
    tell_text(r->mem, facts, "Made-By", s.program);
    return OK;
}

/* What tables a transform changes, which transforms a patch has. */
static void tell_parts(struct reading *r, enum kind k, struct value *facts) {
    for (size_t i = 1; i < r->cfb.n_entries; i++) {
        const struct cfb_entry *x = &r->cfb.entry[i];
        struct str name = cfb_name_str(r->mem, &x->name);
        bool table;

        if (x->parent)
            continue;
        if (x->kind == CFB_STORAGE)
            tell_item(r->mem, facts, "Transform", name);
        name = msidb_plain_name(r->mem, name, &table);
        if (k == TRANSFORM && table && !str_starts(name, "_String"))
            tell_item(r->mem, facts, "Changes", name);
    }
}

static int tell_metadata(struct reading *r, struct value *facts, struct err *e) {
    struct value *all = value_new(r->mem, VALUE_MAP);
    const struct msidb_table *t;

    if (cfb_find(&r->cfb, 0, msidb_stream_name(r->mem, STR("_StringPool"), true)) == CFB_NONE)
        return OK;
    if (msidb_read(&r->db, get_stream, r, e))
        return (int)e->code;
    t = msidb_find(&r->db, STR("MsiPatchMetadata"));
    for (size_t i = 0; t && t->n_columns >= 3 && i < t->n_rows && all->n < METADATA_MAX; i++) {
        const struct msidb_cell *x = &t->cell[i * t->n_columns];

        if (x[1].s.n && x[2].s.n)
            value_set(r->mem, all, str_z(r->mem, x[1].s), value_str(r->mem, x[2].s));
    }
    if (all->n)
        value_set(r->mem, facts, "Metadata", all);
    return OK;
}

static int see(void *self, const struct cab_entry *x, struct source *data, struct err *e) {
    struct reading *r = self;
    struct str path = str_fmt(r->mem, STR_F "/" STR_F, STR_A(r->cabinet), STR_A(x->name));
    char block[BLOCK];
    struct tree_entry *t;

    if (tree_path_ok(path, e)) {
        e->code = E_INPUT;
        return (int)e->code;
    }
    t = tree_add(r->found);
    t->path = path;
    t->mode = 0644;
    t->size = x->size;
    while (source_get(data, block, sizeof block) > 0)
        ;
    return source_close(data, e);
}

/* The files that a patch brings are in cabinets of its own. */
static int read_cabinets(struct reading *r, struct value *facts, struct err *e) {
    for (size_t i = 1; i < r->cfb.n_entries; i++) {
        unsigned char head[4] = {0};
        struct source s;
        struct cfb_at at;
        struct cab_in in;
        bool table;

        if (r->cfb.entry[i].parent || r->cfb.entry[i].kind != CFB_STREAM)
            continue;
        cfb_source(&s, &at, &r->cfb, i);
        (void)source_get(&s, head, sizeof head);
        if (source_close(&s, e))
            return (int)e->code;
        if (!cab_sniff(head, sizeof head))
            continue;
        r->cabinet = msidb_plain_name(r->mem, cfb_name_str(r->mem, &r->cfb.entry[i].name), &table);
        cfb_source(&s, &at, &r->cfb, i);
        in = cab_from_cfb(&at, r->cfb.f->name);
        if (cab_read(&in, see, r, e))
            return err_in(e, "cabinet " STR_F, STR_A(r->cabinet));
        tell_item(r->mem, facts, TELL_CHECKED,
                  str_fmt(r->mem, "the sums of cabinet " STR_F, STR_A(r->cabinet)));
    }
    if (tree_finish(r->found, false, e))
        e->code = E_INPUT;
    return (int)e->code;
}

static int list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                struct err *e) {
    struct reading r = {.db = {.mem = mem}, .mem = mem, .found = found};
    enum kind k;

    if (kind_of(f, &k, e) || cfb_open(&r.cfb, f, mem, e))
        return (int)e->code;
    tell_text(mem, facts, "Kind", k == PATCH ? STR("patch") : STR("transform"));
    if (tell_summary(&r, k, facts, e))
        return (int)e->code;
    tell_parts(&r, k, facts);
    return k == PATCH && (tell_metadata(&r, facts, e) || read_cabinets(&r, facts, e)) ? (int)e->code
                                                                                      : OK;
}

const struct packager msipatch_format = {
    .name = "msp", .suffix = ".msp", .list = list, .sniff = cfb_sniff, .probe = is_patch};

const struct packager msipatch_transform_format = {
    .name = "mst", .suffix = ".mst", .list = list, .sniff = cfb_sniff, .probe = is_transform};
