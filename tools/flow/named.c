/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/named.h"

#include "os/fsys.h"

int named_file(struct str name, const char *dir, struct buf *out, struct err *e) {
    struct arena mem = {0};
    struct fsys_stat st;
    const char *path =
        str_starts(name, "/") ? str_z(&mem, name) : arena_fmt(&mem, "%s/" STR_F, dir, STR_A(name));
    int rc = fsys_stat(FSYS_HERE, path, &st, e);

    if (!rc && st.kind == FSYS_FILE)
        buf_fmt(out, "%s|%llu|%llu|%llu|%lld|%lld\n", path, (unsigned long long)st.dev,
                (unsigned long long)st.ino, (unsigned long long)st.size, (long long)st.mtime,
                (long long)st.mtime_ns);
    arena_drop(&mem);
    return rc;
}

static int put(const struct value *v, const struct schema *row, const char *dir, struct buf *out,
               struct err *e) {
    if (!row)
        return OK;
    if (row->kind == SCHEMA_STR && row->flags & SCHEMA_PATH && v->kind == VALUE_STR && v->s.n)
        return named_file(v->s, dir, out, e);
    if (row->kind == SCHEMA_MAP)
        return named_key(v, row->sub, dir, out, e);
    if (row->kind != SCHEMA_LIST && row->kind != SCHEMA_DICT)
        return OK;
    for (const struct value *c = v->child; c; c = c->next)
        if (put(c, row->sub, dir, out, e))
            return (int)e->code;
    return OK;
}

int named_key(const struct value *section, const struct schema *table, const char *dir,
              struct buf *out, struct err *e) {
    for (const struct value *v = section ? section->child : NULL; v; v = v->next)
        if (put(v, schema_find(table, v->key), dir, out, e))
            return (int)e->code;
    return OK;
}
