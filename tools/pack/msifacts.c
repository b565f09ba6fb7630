/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msifacts.h"

#include "os/clock.h"
#include "pack/tell.h"

enum { NO_ELEVATION = 8, NOT_COMPRESSED = 0x2000, TEXT_MAX = 1024 };

static const struct msidb_cell *row(const struct msidb_table *t, size_t i) {
    return &t->cell[i * t->n_columns];
}

/* Of texts that thousands of rows may share, as much as the columns have room for. */
static struct str brief(struct str s) {
    size_t n = s.n < TEXT_MAX ? s.n : TEXT_MAX;

    while (n < s.n && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_cut(s, 0, n);
}

/* A table that has the columns that are looked at; NULL: none, or it has not. */
static const struct msidb_table *table(const struct msidb *db, const char *name, size_t columns) {
    const struct msidb_table *t = msidb_find(db, str_of(name));

    return t && t->n_columns >= columns ? t : NULL;
}

void msifacts_summary(const struct msisum *s, struct arena *mem, struct value *facts) {
    tell_text(mem, facts, "Title", s->title);
    tell_text(mem, facts, "Subject", s->subject);
    tell_text(mem, facts, "Author", s->author);
    tell_text(mem, facts, "Comments", s->comments);
    tell_text(mem, facts, "Platform", s->template);
    tell_text(mem, facts, "Package-Code", s->revision);
    if (s->time > 0)
        tell_text(mem, facts, "Created", clock_rfc3339(mem, s->time));
    if (s->pages > 0)
        tell_text(mem, facts, "Installer-Version",
                  str_fmt(mem, "%d.%d or newer", s->pages / 100, s->pages % 100));
    tell_text(mem, facts, "Elevation",
              s->words & NO_ELEVATION ? STR("not asked for") : STR("asked for"));
    tell_text(mem, facts, "Made-By", s->program);
}

/* --- custom actions --------------------------------------------------------------------------- */

enum {
    KIND = 0x07,
    PLACE = 0x30,
    ANY_RESULT = 0x40,
    ASYNCHRONOUS = 0x80,
    ROLLBACK = 0x100,
    COMMIT = 0x200,
    IN_SCRIPT = 0x400,
    NO_IMPERSONATE = 0x800
};

static const char *what_runs(int32_t type) {
    static const char *const what[8][4] = {
        {NULL},
        {"a function of a library in the package", "a function of an installed library"},
        {"a program in the package", "an installed program", "a program by its path",
         "a program that a property names"},
        {NULL, "an error message, which ends the installation", "a folder gets a value",
         "a property gets a value"},
        {NULL},
        {"JScript in the package", "an installed JScript", "JScript", "JScript of a property"},
        {"VBScript in the package", "an installed VBScript", "VBScript", "VBScript of a property"},
        {"another package inside"},
    };
    const char *text = what[type & KIND][(type & PLACE) >> 4];

    return text ? text : "of a kind that is not known";
}

struct str msifacts_action(int32_t type, struct arena *mem) {
    const char *when = !(type & IN_SCRIPT) ? ""
                       : type & ROLLBACK   ? "when it fails, "
                       : type & COMMIT     ? "when it has succeeded, "
                                           : "deferred, ";
    const char *who = type & IN_SCRIPT && type & NO_IMPERSONATE ? "as the system, " : "";
    const char *how = type & ASYNCHRONOUS ? "not waited for, "
                      : type & ANY_RESULT ? "whatever it returns, "
                                          : "";

    return str_fmt(mem, "%s%s%s%s", when, who, how, what_runs(type));
}

static void tell_actions(const struct msidb *db, struct arena *mem, struct value *facts) {
    const struct msidb_table *t = table(db, "CustomAction", 2);

    for (size_t i = 0; t && i < t->n_rows; i++) {
        struct str text = msifacts_action(row(t, i)[1].i, mem), name = brief(row(t, i)[0].s);

        tell_item(mem, facts, "Custom-Action",
                  str_fmt(mem, STR_F ": " STR_F " (%d)", STR_A(name), STR_A(text),
                          (int)row(t, i)[1].i));
    }
}

/* --- the rest --------------------------------------------------------------------------------- */

/* How many components each feature has. */
static void count(const struct msidb *db, struct arena *mem, struct map *by_feature) {
    const struct msidb_table *t = table(db, "FeatureComponents", 2);

    *by_feature = (struct map){.mem = mem};
    for (size_t i = 0; t && i < t->n_rows; i++) {
        size_t *n = map_get(by_feature, row(t, i)[0].s);

        if (!n) {
            n = arena_alloc(mem, sizeof *n);
            (void)map_put(by_feature, row(t, i)[0].s, n);
        }
        ++*n;
    }
}

static void tell_features(const struct msidb *db, struct arena *mem, struct value *facts) {
    const struct msidb_table *t = table(db, "Feature", 6);
    struct map by_feature;

    count(db, mem, &by_feature);
    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *x = row(t, i);
        const size_t *n = map_get(&by_feature, x[0].s);
        struct str name = brief(x[0].s), under = brief(x[1].s), title = brief(x[2].s);

        under = under.n ? str_fmt(mem, ", part of " STR_F, STR_A(under)) : STR("");
        title = title.n ? str_fmt(mem, " \"" STR_F "\"", STR_A(title)) : STR("");

        tell_item(mem, facts, "Feature",
                  str_fmt(mem, STR_F STR_F ": %zu components, level %d" STR_F, STR_A(name),
                          STR_A(title), n ? *n : 0, (int)x[5].i, STR_A(under)));
    }
}

static void tell_media(const struct msidb *db, struct arena *mem, struct value *facts) {
    const struct msidb_table *t = table(db, "Media", 4);

    for (size_t i = 0; t && i < t->n_rows; i++) {
        struct str cabinet = brief(row(t, i)[3].s);
        bool inside = str_starts(cabinet, "#");

        if (cabinet.n)
            tell_item(mem, facts, "Cabinet",
                      str_fmt(mem, STR_F ", %s the package",
                              STR_A(str_cut(cabinet, inside, cabinet.n)),
                              inside ? "in" : "beside"));
    }
}

/* What a reader of the package looks at. What lies beside it is somebody else's. */
static void tell_checks(const struct msidb *db, struct arena *mem, struct value *facts) {
    const struct msidb_table *t = table(db, "Media", 4), *files = table(db, "File", 8);
    size_t beside = 0;

    tell_item(mem, facts, TELL_CHECKED, STR("what tables refer to, keys, media, the sequence"));
    for (size_t i = 0; t && i < t->n_rows; i++) {
        struct str cabinet = brief(row(t, i)[3].s);

        if (str_starts(cabinet, "#"))
            tell_item(mem, facts, TELL_CHECKED,
                      str_fmt(mem, "cabinet " STR_F ": its sums, sizes and hashes of its files",
                              STR_A(str_cut(cabinet, 1, cabinet.n))));
        else if (cabinet.n)
            tell_item(mem, facts, TELL_UNCHECKED,
                      str_fmt(mem, "cabinet " STR_F ", which lies beside the package",
                              STR_A(cabinet)));
    }
    for (size_t i = 0; files && i < files->n_rows; i++)
        beside += !value_get(facts, "Cabinet") || row(files, i)[6].i & NOT_COMPRESSED;
    if (beside)
        tell_item(mem, facts, TELL_UNCHECKED,
                  str_fmt(mem, "%zu of %zu files, which lie beside the package", beside,
                          files->n_rows));
}

void msifacts_tables(const struct msidb *db, struct arena *mem, struct value *facts) {
    const struct msidb_table *components = table(db, "Component", 1);
    const struct msidb_table *files = table(db, "File", 1);
    const struct msidb_table *services = table(db, "ServiceInstall", 2);
    struct value *all = value_new(mem, VALUE_MAP);

    tell_number(mem, facts, "Code-Page", db->codepage);
    tell_features(db, mem, facts);
    tell_number(mem, facts, "Components", components ? (int64_t)components->n_rows : 0);
    if (files)
        tell_number(mem, facts, "Files", (int64_t)files->n_rows);
    tell_media(db, mem, facts);
    for (size_t i = 0; services && i < services->n_rows; i++)
        tell_item(mem, facts, "Service", brief(row(services, i)[1].s));
    tell_actions(db, mem, facts);
    for (const struct msidb_table *t = db->first; t; t = t->next)
        tell_number(mem, all, str_z(mem, t->name), (int64_t)t->n_rows);
    value_set(mem, facts, "Tables", all);
    tell_checks(db, mem, facts);
}
