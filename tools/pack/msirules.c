/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msirules_part.h"
#include "pack/msischema.h"

#include <string.h>

enum { KEY_MAX = 1024, FIND_MAX = 2 * KEY_MAX };
enum { REGISTRY_KEY = 4, ODBC_KEY = 32, COMPONENT_KEYS = REGISTRY_KEY | ODBC_KEY };

const struct msidb_cell *msirules_row(const struct msidb_table *t, size_t i) {
    return &t->cell[i * t->n_columns];
}

static struct str text_of(struct msirules *r, const struct msidb_cell *c) {
    return c->kind == MSIDB_INT ? str_fmt(&r->mem, "%d", (int)c->i) : c->s;
}

/* Tables that are read here have the columns that are read. */
static int check_shape(const struct msirules *r, struct err *e) {
    static const struct {
        const char *table;
        size_t columns;
    } needed[] = {{"Component", 6},   {"Directory", 3}, {"File", 8},
                  {"Media", 2},       {"Property", 2},  {"InstallExecuteSequence", 3},
                  {"MsiFileHash", 6}, {"Feature", 2},   {"FeatureComponents", 2},
                  {"CustomAction", 3}};

    for (size_t i = 0; i < COUNT(needed); i++) {
        const struct msidb_table *t = msidb_find(r->db, str_of(needed[i].table));

        if (t && t->n_columns < needed[i].columns)
            return err_set(e, E_INPUT, "table %s has %zu columns", needed[i].table, t->n_columns);
    }
    return OK;
}

/* All rows by their first key, which others refer to. Whole keys are there once. */
static int index_keys(struct msirules *r, struct err *e) {
    for (const struct msidb_table *t = r->db->first; t; t = t->next) {
        struct map whole = {.mem = &r->mem};

        for (size_t i = 0; i < t->n_rows && t->n_keys; i++) {
            struct msidb_cell *c = &t->cell[i * t->n_columns];
            struct str key = text_of(r, c);

            for (size_t k = 0; k < t->n_keys; k++)
                if (c[k].s.n > KEY_MAX || t->name.n > KEY_MAX) /* the SDK's longest are 255 */
                    return err_set(e, E_INPUT, "table " STR_F " has a key of %zu bytes",
                                   STR_A(str_cut(t->name, 0, KEY_MAX)), c[k].s.n);
            (void)map_put(&r->keys, str_fmt(&r->mem, STR_F "\t" STR_F, STR_A(t->name), STR_A(key)),
                          c);
            for (size_t k = 1; k < t->n_keys; k++) {
                struct str next = text_of(r, c + k);

                key = str_fmt(&r->mem, STR_F "\t" STR_F, STR_A(key), STR_A(next));
            }
            if (map_put(&whole, key, c))
                report_add(r->bad, "table " STR_F " has the key \"" STR_F "\" twice",
                           STR_A(t->name), STR_A(key));
        }
    }
    return OK;
}

const struct msidb_cell *msirules_find(const struct msirules *r, struct str table, struct str key) {
    char both[FIND_MAX + 2];

    if (table.n > KEY_MAX || key.n > KEY_MAX)
        return NULL;
    memcpy(both, table.p, table.n);
    both[table.n] = '\t';
    if (key.n)
        memcpy(both + table.n + 1, key.p, key.n);
    return map_get(&r->keys, (struct str){both, table.n + 1 + key.n});
}

static void check_reference(struct msirules *r, const struct msidb_table *t, size_t column,
                            struct str tables, const struct msidb_cell *c) {
    struct str rest = tables;

    if (c->kind != MSIDB_STR || str_find(c->s, '[') < c->s.n)
        return;
    while (rest.n)
        if (msirules_find(r, str_split(&rest, ';'), c->s))
            return;
    report_add(r->bad, "table " STR_F ": " STR_F " \"" STR_F "\" is in no table " STR_F,
               STR_A(t->name), STR_A(t->column[column].name), STR_A(c->s), STR_A(tables));
}

/* A version column may name another file instead: that is the reader's affair. */
static void check_references(struct msirules *r, const struct msidb_table *t) {
    for (size_t k = 0; k < t->n_columns; k++) {
        struct str tables = msischema_refers(t, k);

        if (!tables.n || str_is(t->column[k].name, "Version") || str_has(tables, "Locator"))
            continue;
        for (size_t i = 0; i < t->n_rows; i++)
            check_reference(r, t, k, tables, msirules_row(t, i) + k);
    }
}

static void check_key_path(struct msirules *r, const struct msidb_cell *c) {
    struct str key = c[5].kind == MSIDB_STR ? c[5].s : (struct str){0};
    const struct msidb_cell *file;

    if (!key.n)
        return;
    if (c[3].i & COMPONENT_KEYS) {
        if (c[3].i & REGISTRY_KEY && !msirules_find(r, STR("Registry"), key))
            report_add(r->bad, "component " STR_F ": its key \"" STR_F "\" is no registry value",
                       STR_A(c[0].s), STR_A(key));
        return;
    }
    file = msirules_find(r, STR("File"), key);
    if (!file || !str_eq(file[1].s, c[0].s))
        report_add(r->bad, "component " STR_F ": its key \"" STR_F "\" is not one of its files",
                   STR_A(c[0].s), STR_A(key));
}

static void check_components(struct msirules *r) {
    const struct msidb_table *t = msidb_find(r->db, STR("Component"));
    struct map guids = {.mem = &r->mem};

    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *c = msirules_row(t, i);

        if (c[1].kind == MSIDB_STR && map_put(&guids, c[1].s, &r->keys))
            report_add(r->bad, "component " STR_F " has the GUID of another one: " STR_F,
                       STR_A(c[0].s), STR_A(c[1].s));
        check_key_path(r, c);
    }
}

/* Every file's number is within what a medium ends with, and no two files have the same. */
static void check_media(struct msirules *r) {
    const struct msidb_table *files = msidb_find(r->db, STR("File"));
    const struct msidb_table *media = msidb_find(r->db, STR("Media"));
    struct map seen = {.mem = &r->mem};
    int last = 0;

    for (size_t i = 0; media && i < media->n_rows; i++)
        if (msirules_row(media, i)[1].i > last)
            last = msirules_row(media, i)[1].i;
    for (size_t i = 0; files && i < files->n_rows; i++) {
        const struct msidb_cell *f = msirules_row(files, i);

        if (!r->module && (f[7].i < 1 || f[7].i > last))
            report_add(r->bad, "file " STR_F ": number %d is on no medium", STR_A(f[0].s),
                       (int)f[7].i);
        else if (map_put(&seen, text_of(r, &f[7]), r))
            report_add(r->bad, "file " STR_F ": number %d is another file's too", STR_A(f[0].s),
                       (int)f[7].i);
    }
}

/* Actions of the installer that make no sense in another order. */
static void check_sequence(struct msirules *r) {
    static const char *const order[] = {
        "CostInitialize",    "FileCost",    "CostFinalize", "InstallValidate",
        "InstallInitialize", "RemoveFiles", "InstallFiles", "InstallFinalize",
    };
    static const char *const needed[] = {"CostInitialize", "CostFinalize", "InstallValidate",
                                         "InstallInitialize", "InstallFinalize"};
    const struct str table = STR("InstallExecuteSequence");
    const char *before = NULL;
    int at = 0;

    if (!msidb_find(r->db, table)) {
        report_add(r->bad, "there is no table InstallExecuteSequence");
        return;
    }
    for (size_t i = 0; i < COUNT(needed); i++)
        if (!msirules_find(r, table, str_of(needed[i])))
            report_add(r->bad, "InstallExecuteSequence has no %s", needed[i]);
    for (size_t i = 0; i < COUNT(order); i++) {
        const struct msidb_cell *c = msirules_find(r, table, str_of(order[i]));

        if (!c || c[2].kind != MSIDB_INT)
            continue;
        if (c[2].i <= at)
            report_add(r->bad, "InstallExecuteSequence has %s not behind %s", order[i],
                       before ? before : "its beginning");
        at = c[2].i;
        before = order[i];
    }
}

static int check_all(struct msirules *r, struct err *e) {
    r->module = msidb_find(r->db, STR("ModuleSignature"));
    if (check_shape(r, e) || index_keys(r, e))
        return (int)e->code;
    for (const struct msidb_table *t = r->db->first; t; t = t->next)
        check_references(r, t);
    check_components(r);
    check_media(r);
    if (!r->module)
        check_sequence(r);
    msirules_more(r);
    return OK;
}

int msirules_check(const struct msidb *db, struct report *bad, struct err *e) {
    struct msirules r = {.db = db, .bad = bad};
    int rc;

    r.keys = (struct map){.mem = &r.mem};
    rc = check_all(&r, e);
    arena_drop(&r.mem);
    return rc;
}
