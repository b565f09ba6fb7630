/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiversion.h"

#include "base/bytes.h"
#include "container/pe_res.h"

enum { VERSION = 4, LANGUAGE = 5 };                 /* columns */
enum { FIXED = 40, FIXED_END = 92, FIXED_AT = 48 }; /* of the resource: VS_FIXEDFILEINFO */
static const uint32_t fixed_magic = 0xfeef04bd;

struct found {
    struct str version, language;
};

static bool may_have_one(struct str path) {
    static const char *const ends[] = {".exe", ".dll", ".ocx",  ".sys", ".cpl",
                                       ".EXE", ".DLL", ".node", ".pyd", ".scr"};

    for (size_t i = 0; i < COUNT(ends); i++)
        if (str_ends(path, ends[i]))
            return true;
    return false;
}

/* What is damaged has none, which is no affair of the package; what the disk does not give is. */
static int look(const struct tree_entry *x, struct arena *mem, struct found *v, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) scratch = {0};
    struct pe_res_list l = {.mem = &scratch};
    unsigned char p[FIXED_END];
    const struct pe_res *r;
    struct err why = {0};
    struct pe pe;

    *v = (struct found){0};
    if (!x->bytes.path || x->bytes.n_range || x->bytes.from)
        return OK;
    if (infile_open(&f, FSYS_HERE, x->bytes.path, e))
        return (int)e->code;
    if (pe_open(&pe, &f, &scratch, &why) || pe_res_read(&pe, &scratch, &l, &why)) {
        if (why.sys)
            *e = why;
        return (int)e->code;
    }
    r = pe_res_find(&l, PE_RES_VERSION);
    if (!r || r->size < sizeof p)
        return OK;
    if (infile_read(&f, r->at, p, sizeof p, e))
        return (int)e->code;
    if (bytes_le32(p + FIXED) != fixed_magic)
        return OK;
    v->version = str_fmt(mem, "%u.%u.%u.%u", bytes_le16(p + FIXED_AT + 2), bytes_le16(p + FIXED_AT),
                         bytes_le16(p + FIXED_AT + 6), bytes_le16(p + FIXED_AT + 4));
    v->language = str_fmt(mem, "%u", r->lang);
    return OK;
}

static struct msidb_cell *row(const struct msibuild *b, size_t file) {
    const struct msidb_table *t = msidb_find(&b->db, STR("File"));

    return &t->cell[file * t->n_columns];
}

int msiversion_set(struct msibuild *b, struct err *e) {
    struct found v;

    for (size_t i = 0; i < b->n_files; i++) {
        if (!may_have_one(b->file[i]->path))
            continue;
        if (look(b->file[i], b->mem, &v, e))
            return (int)e->code;
        if (v.version.n) {
            row(b, i)[VERSION] = (struct msidb_cell){.kind = MSIDB_STR, .s = v.version};
            row(b, i)[LANGUAGE] = (struct msidb_cell){.kind = MSIDB_STR, .s = v.language};
        }
    }
    return OK;
}

bool msiversion_has(const struct msibuild *b, size_t file) {
    return row(b, file)[VERSION].kind == MSIDB_STR;
}
