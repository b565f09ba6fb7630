/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msirules_part.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 128, GUID = 38, NAME_MAX_BYTES = 300, CONTROL_MAX_BYTES = 80 };
enum { DIALOG_FIRST = 7, CONTROL_NEXT = 10 }; /* columns */

/* --- features, folders ------------------------------------------------------------------------ */

/* What no feature has is installed by none (ICE21). */
static void check_features(struct msirules *r) {
    const struct msidb_table *components = msidb_find(r->db, STR("Component"));
    const struct msidb_table *t = msidb_find(r->db, STR("FeatureComponents"));
    struct map has = {.mem = &r->mem};

    for (size_t i = 0; t && i < t->n_rows; i++)
        (void)map_put(&has, msirules_row(t, i)[1].s, r);
    for (size_t i = 0; components && i < components->n_rows; i++)
        if (!map_get(&has, msirules_row(components, i)[0].s))
            report_add(r->bad, "component " STR_F " is in no feature",
                       STR_A(msirules_row(components, i)[0].s));
}

/* Rows whose second column is the row above end somewhere. */
static void check_tree(struct msirules *r, const char *table) {
    const struct msidb_table *t = msidb_find(r->db, str_of(table));

    for (size_t i = 0; t && t->n_columns > 1 && i < t->n_rows; i++) {
        const struct msidb_cell *x = msirules_row(t, i);
        unsigned depth = 0;

        while (x && x[1].s.n && !str_eq(x[0].s, x[1].s) && depth++ < DEPTH_MAX)
            x = msirules_find(r, t->name, x[1].s);
        if (depth > DEPTH_MAX)
            report_add(r->bad, "table %s: what is above \"" STR_F "\" runs in a circle", table,
                       STR_A(msirules_row(t, i)[0].s));
    }
}

/* --- names of files --------------------------------------------------------------------------- */

/* Of "SHORT|Long" the latter, in capitals: Windows makes no difference. */
static struct str long_name(struct arena *mem, struct str name) {
    size_t at = str_find(name, '|');
    struct str part = at == name.n ? name : str_cut(name, at + 1, name.n);
    char *p = arena_dup(mem, part.p ? part.p : "", part.n);

    for (size_t i = 0; i < part.n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    return (struct str){p, part.n};
}

/* Two files in one place, unless only one of them is installed (ICE30). */
static void check_names(struct msirules *r) {
    const struct msidb_table *t = msidb_find(r->db, STR("File"));
    struct map taken = {.mem = &r->mem};

    for (size_t i = 0; t && i < t->n_rows; i++) {
        struct msidb_cell *f = &t->cell[i * t->n_columns];
        const struct msidb_cell *c = msirules_find(r, STR("Component"), f[1].s), *other;
        struct str name;

        if (!c || c[4].s.n || c[2].s.n > NAME_MAX_BYTES || f[2].s.n > NAME_MAX_BYTES)
            continue;
        name = long_name(&r->mem, f[2].s);
        other = map_put(&taken, str_fmt(&r->mem, STR_F "\t" STR_F, STR_A(c[2].s), STR_A(name)), f);
        if (other)
            report_add(r->bad, "files " STR_F " and " STR_F " are both " STR_F " in folder " STR_F,
                       STR_A(other[0].s), STR_A(f[0].s), STR_A(name), STR_A(c[2].s));
    }
}

/* A version, or the file whose version counts (ICE03, ICE60). */
static void check_versions(struct msirules *r) {
    const struct msidb_table *t = msidb_find(r->db, STR("File"));

    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *f = msirules_row(t, i);
        size_t n = 0;

        while (n < f[4].s.n && strchr("0123456789.", f[4].s.p[n]) && f[4].s.p[n])
            n++;
        if (n < f[4].s.n && !msirules_find(r, t->name, f[4].s))
            report_add(r->bad, "file " STR_F ": \"" STR_F "\" is no version, and no file",
                       STR_A(f[0].s), STR_A(f[4].s));
    }
}

/* --- actions ---------------------------------------------------------------------------------- */

/* Of the installer itself, in the order of their bytes. */
static const char *const standard[] = {
    "ADMIN",
    "ADVERTISE",
    "AllocateRegistrySpace",
    "AppSearch",
    "BindImage",
    "CCPSearch",
    "CostFinalize",
    "CostInitialize",
    "CreateFolders",
    "CreateShortcuts",
    "DeleteServices",
    "DisableRollback",
    "DuplicateFiles",
    "ExecuteAction",
    "FileCost",
    "FindRelatedProducts",
    "ForceReboot",
    "INSTALL",
    "InstallAdminPackage",
    "InstallExecute",
    "InstallExecuteAgain",
    "InstallFiles",
    "InstallFinalize",
    "InstallInitialize",
    "InstallODBC",
    "InstallSFPCatalogFile",
    "InstallServices",
    "InstallValidate",
    "IsolateComponents",
    "LaunchConditions",
    "MigrateFeatureStates",
    "MoveFiles",
    "MsiConfigureServices",
    "MsiPublishAssemblies",
    "MsiUnpublishAssemblies",
    "PatchFiles",
    "ProcessComponents",
    "PublishComponents",
    "PublishFeatures",
    "PublishProduct",
    "RMCCPSearch",
    "RegisterClassInfo",
    "RegisterComPlus",
    "RegisterExtensionInfo",
    "RegisterFonts",
    "RegisterMIMEInfo",
    "RegisterProduct",
    "RegisterProgIdInfo",
    "RegisterTypeLibraries",
    "RegisterUser",
    "RemoveDuplicateFiles",
    "RemoveEnvironmentStrings",
    "RemoveExistingProducts",
    "RemoveFiles",
    "RemoveFolders",
    "RemoveIniValues",
    "RemoveODBC",
    "RemoveRegistryValues",
    "RemoveShortcuts",
    "ResolveSource",
    "ScheduleReboot",
    "SelfRegModules",
    "SelfUnregModules",
    "SetODBCFolders",
    "StartServices",
    "StopServices",
    "UnpublishComponents",
    "UnpublishFeatures",
    "UnregisterClassInfo",
    "UnregisterComPlus",
    "UnregisterExtensionInfo",
    "UnregisterFonts",
    "UnregisterMIMEInfo",
    "UnregisterProgIdInfo",
    "UnregisterTypeLibraries",
    "ValidateProductID",
    "WriteEnvironmentStrings",
    "WriteIniValues",
    "WriteRegistryValues",
};

static int by_name(const void *key, const void *x) {
    return str_cmp(*(const struct str *)key, str_of(*(const char *const *)x));
}

static bool is_standard(struct str name) {
    return bsearch(&name, standard, COUNT(standard), sizeof *standard, by_name);
}

/* An action that nobody knows ends the installation (ICE27). */
static void check_actions(struct msirules *r) {
    static const char *const tables[] = {"InstallExecuteSequence", "InstallUISequence",
                                         "AdminExecuteSequence", "AdminUISequence",
                                         "AdvtExecuteSequence"};

    for (size_t i = 0; i < COUNT(tables); i++) {
        const struct msidb_table *t = msidb_find(r->db, str_of(tables[i]));

        for (size_t k = 0; t && k < t->n_rows; k++) {
            struct str name = msirules_row(t, k)[0].s;

            if (!is_standard(name) && !msirules_find(r, STR("CustomAction"), name) &&
                !msirules_find(r, STR("Dialog"), name))
                report_add(r->bad, "%s has the action \"" STR_F "\", which is none", tables[i],
                           STR_A(name));
        }
    }
}

/* What a custom action runs is there. */
static void check_sources(struct msirules *r) {
    const struct msidb_table *t = msidb_find(r->db, STR("CustomAction"));

    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *x = msirules_row(t, i);
        const char *table = NULL;

        switch (x[1].i & 0x3f) {
        case 1: /* a library, a program, JScript, VBScript */
        case 2:
        case 5:
        case 6:
            table = "Binary";
            break;
        case 17:
        case 18:
        case 21:
        case 22:
            table = "File";
            break;
        case 35:
            table = "Directory";
            break;
        default:
            break;
        }
        if (table && !msirules_find(r, str_of(table), x[2].s))
            report_add(r->bad, "custom action " STR_F ": \"" STR_F "\" is in no table %s",
                       STR_A(x[0].s), STR_A(x[2].s), table);
    }
}

/* --- properties ------------------------------------------------------------------------------- */

static bool is_guid(struct str s) {
    static const char form[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";

    for (size_t i = 0; i < GUID && s.n == GUID; i++)
        if (form[i] == 'x' ? !strchr("0123456789ABCDEF", s.p[i]) || !s.p[i] : s.p[i] != form[i])
            return false;
    return s.n == GUID;
}

/* Major.minor.build, below 256, 256 and 65536 (ICE24). */
static bool is_version(struct str s) {
    static const uint64_t most[] = {255, 255, 65535};
    uint64_t v;

    for (size_t i = 0; i < COUNT(most) && (!i || s.n); i++)
        if (!str_u64(str_split(&s, '.'), most[i], &v))
            return false;
    return true;
}

static void check_properties(struct msirules *r) {
    static const char *const needed[] = {"Manufacturer", "ProductCode", "ProductLanguage",
                                         "ProductName", "ProductVersion"};
    static const char *const guids[] = {"ProductCode", "UpgradeCode"};
    const struct msidb_table *components = msidb_find(r->db, STR("Component"));
    const struct msidb_cell *x;

    for (size_t i = 0; i < COUNT(needed); i++)
        if (!msirules_find(r, STR("Property"), str_of(needed[i])))
            report_add(r->bad, "table Property has no %s", needed[i]);
    for (size_t i = 0; i < COUNT(guids); i++) {
        x = msirules_find(r, STR("Property"), str_of(guids[i]));
        if (x && !is_guid(x[1].s))
            report_add(r->bad, "%s is no GUID in capitals: \"" STR_F "\"", guids[i], STR_A(x[1].s));
    }
    x = msirules_find(r, STR("Property"), STR("ProductVersion"));
    if (x && !is_version(x[1].s))
        report_add(r->bad, "ProductVersion is none that the installer compares: \"" STR_F "\"",
                   STR_A(x[1].s));
    for (size_t i = 0; components && i < components->n_rows; i++) {
        x = msirules_row(components, i);
        if (x[1].s.n && !is_guid(x[1].s))
            report_add(r->bad, "component " STR_F ": no GUID in capitals: \"" STR_F "\"",
                       STR_A(x[0].s), STR_A(x[1].s));
    }
}

/* --- dialogs ---------------------------------------------------------------------------------- */

static struct str control_key(struct msirules *r, struct str dialog, struct str control) {
    return str_fmt(&r->mem, STR_F "\t" STR_F, STR_A(dialog), STR_A(control));
}

struct controls {      /* of all dialogs */
    struct map rows;   /* "Dialog\tcontrol" */
    struct map linked; /* how many controls of a dialog lead to another one */
};

static void index_controls(struct msirules *r, struct controls *all) {
    const struct msidb_table *t = msidb_find(r->db, STR("Control"));

    for (size_t i = 0; t && t->n_columns > CONTROL_NEXT && i < t->n_rows; i++) {
        struct msidb_cell *c = &t->cell[i * t->n_columns];
        size_t *n = map_get(&all->linked, c[0].s);

        if (c[0].s.n > CONTROL_MAX_BYTES || c[1].s.n > CONTROL_MAX_BYTES)
            continue;
        (void)map_put(&all->rows, control_key(r, c[0].s, c[1].s), c);
        if (!n) {
            n = arena_alloc(&r->mem, sizeof *n);
            *n = 0;
            (void)map_put(&all->linked, c[0].s, n);
        }
        *n += c[CONTROL_NEXT].s.n > 0;
    }
}

/* The tab key leads from the first control in a circle through all that lead anywhere: the
 * installer does not show the dialog otherwise (ICE23). */
static void check_dialogs(struct msirules *r) {
    const struct msidb_table *t = msidb_find(r->db, STR("Dialog"));
    struct controls all = {.rows = {.mem = &r->mem}, .linked = {.mem = &r->mem}};
    struct map seen = {.mem = &r->mem}; /* one is walked through once, however often it is there */

    index_controls(r, &all);
    for (size_t i = 0; t && t->n_columns > DIALOG_FIRST && i < t->n_rows; i++) {
        const struct msidb_cell *d = msirules_row(t, i), *c;
        const size_t *linked = map_get(&all.linked, d[0].s);
        struct str at = d[DIALOG_FIRST].s;
        size_t steps = 0;

        if (!linked || at.n > CONTROL_MAX_BYTES || map_put(&seen, d[0].s, r))
            continue;
        do {
            c = map_get(&all.rows, control_key(r, d[0].s, at));
            at = c ? c[CONTROL_NEXT].s : (struct str){0};
        } while (at.n && at.n <= CONTROL_MAX_BYTES && ++steps < *linked &&
                 !str_eq(at, d[DIALOG_FIRST].s));
        if (steps != *linked || (*linked && !str_eq(at, d[DIALOG_FIRST].s)))
            report_add(r->bad,
                       "dialog " STR_F ": the tab key does not lead from " STR_F
                       " through its controls and back",
                       STR_A(d[0].s), STR_A(d[DIALOG_FIRST].s));
    }
}

void msirules_more(struct msirules *r) {
    check_tree(r, "Directory");
    check_tree(r, "Feature");
    check_names(r);
    check_versions(r);
    check_actions(r);
    check_sources(r);
    check_dialogs(r);
    if (r->module) /* it gets these where it is merged into */
        return;
    check_features(r);
    check_properties(r);
}
