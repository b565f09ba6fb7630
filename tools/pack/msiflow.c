/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiflow.h"

#include "pack/msineeds.h"
#include "pack/msisecure.h"
#include "pack/msiui.h"

enum {
    UPGRADE_MIGRATE = 1,
    UPGRADE_ONLY_DETECT = 2,
    UPGRADE_MAX_INCLUSIVE = 512,
    ACTION_SET_PROPERTY = 51,
    REG_RAW = 2,
    REG_64BIT = 16,
    UPGRADE_MIN_INCLUSIVE = 256,
    AT_REMEMBERED = 60, /* behind AppSearch, before LaunchConditions; no two have one number */
    AT_SCOPE = 65,
    STAGE_RELEASE = 65535
};

/* The installer's own actions. `table`: only where that one is there. */
struct action {
    const char *name;
    int at;
    const char *table, *condition;
};

static const struct action execute[] = {
    {"FindRelatedProducts", 25, NULL, NULL},
    {"AppSearch", 50, "AppSearch", NULL},
    {"LaunchConditions", 100, "LaunchCondition", NULL},
    {"ValidateProductID", 700, NULL, NULL},
    {"OverwriteOwnFiles", 750, NULL, "NOT Installed AND NOT REINSTALLMODE"},
    {"CostInitialize", 800, NULL, NULL},
    {"FileCost", 900, NULL, NULL},
    {"CostFinalize", 1000, NULL, NULL},
    {"SetInstallLocation", 1010, NULL, NULL},
    {"MigrateFeatureStates", 1200, NULL, NULL},
    {"InstallValidate", 1400, NULL, NULL},
    {"InstallInitialize", 1500, NULL, NULL},
    {"RemoveExistingProducts", 1501, NULL, NULL},
    {"ProcessComponents", 1600, NULL, NULL},
    {"UnpublishFeatures", 1800, NULL, NULL},
    {"StopServices", 1900, "ServiceControl", "VersionNT"},
    {"DeleteServices", 2000, "ServiceControl", "VersionNT"},
    {"RemoveRegistryValues", 2600, "Registry", NULL},
    {"RemoveShortcuts", 3200, "Shortcut", NULL},
    {"RemoveEnvironmentStrings", 3300, "Environment", NULL},
    {"RemoveFiles", 3500, NULL, NULL},
    {"RemoveFolders", 3600, "CreateFolder", NULL},
    {"CreateFolders", 3700, "CreateFolder", NULL},
    {"InstallFiles", 4000, NULL, NULL},
    {"CreateShortcuts", 4500, "Shortcut", NULL},
    {"WriteRegistryValues", 5000, "Registry", NULL},
    {"WriteEnvironmentStrings", 5200, "Environment", NULL},
    {"InstallServices", 5800, "ServiceInstall", "VersionNT"},
    {"MsiConfigureServices", 5850, "MsiServiceConfig", "VersionMsi >= \"5.00\" AND VersionNT"},
    {"StartServices", 5900, "ServiceControl", "VersionNT"},
    {"RegisterUser", 6000, NULL, NULL},
    {"RegisterProduct", 6100, NULL, NULL},
    {"PublishFeatures", 6300, NULL, NULL},
    {"PublishProduct", 6400, NULL, NULL},
    {"InstallFinalize", 6600, NULL, NULL},
};
static const struct action execute_ui[] = {
    {"FindRelatedProducts", 25, NULL, NULL},
    {"AppSearch", 50, "AppSearch", NULL},
    {"LaunchConditions", 100, "LaunchCondition", NULL},
    {"ValidateProductID", 700, NULL, NULL},
    {"CostInitialize", 800, NULL, NULL},
    {"FileCost", 900, NULL, NULL},
    {"CostFinalize", 1000, NULL, NULL},
    {"MigrateFeatureStates", 1200, NULL, NULL},
    {"ExecuteAction", 1300, NULL, NULL},
};
static const struct action admin[] = {
    {"CostInitialize", 800, NULL, NULL},     {"FileCost", 900, NULL, NULL},
    {"CostFinalize", 1000, NULL, NULL},      {"InstallValidate", 1400, NULL, NULL},
    {"InstallInitialize", 1500, NULL, NULL}, {"InstallAdminPackage", 3900, NULL, NULL},
    {"InstallFiles", 4000, NULL, NULL},      {"InstallFinalize", 6600, NULL, NULL},
};
static const struct action admin_ui[] = {
    {"CostInitialize", 800, NULL, NULL},
    {"FileCost", 900, NULL, NULL},
    {"CostFinalize", 1000, NULL, NULL},
    {"ExecuteAction", 1300, NULL, NULL},
};
static const struct action advertise[] = {
    {"CostInitialize", 800, NULL, NULL},         {"CostFinalize", 1000, NULL, NULL},
    {"InstallValidate", 1400, NULL, NULL},       {"InstallInitialize", 1500, NULL, NULL},
    {"CreateShortcuts", 4500, "Shortcut", NULL}, {"PublishFeatures", 6300, NULL, NULL},
    {"PublishProduct", 6400, NULL, NULL},        {"InstallFinalize", 6600, NULL, NULL},
};

static void sequence(struct msibuild *b, const char *name, const struct action *v, size_t n) {
    struct msidb_table *t = msibuild_table(b, name);

    for (size_t i = 0; i < n; i++)
        if (!v[i].table || msidb_find(&b->db, str_of(v[i].table)))
            msidb_put(&b->db, t, "ssi", v[i].name, v[i].condition, v[i].at);
}

/* It is decided which files come before the old version goes: one that it has in a higher version
 * would be missing in the end. All of them are this product's own. */
static void overwrite(struct msibuild *b) {
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "siss", "OverwriteOwnFiles",
              ACTION_SET_PROPERTY, "REINSTALLMODE", "amus");
}

static void product(struct msibuild *b, struct str language) {
    const struct recipe *r = b->j->recipe;

    msibuild_property(b, "UpgradeCode", b->upgrade);
    msibuild_property(b, "ProductName", r->title);
    msibuild_property(b, "ProductVersion", b->version);
    msibuild_property(b, "ProductLanguage", language);
    msibuild_property(b, "Manufacturer", r->vendor.n ? r->vendor : r->title);
    if (b->scope != MSIBUILD_USER)
        msibuild_property(b, "ALLUSERS", b->scope == MSIBUILD_BOTH ? STR("2") : STR("1"));
    if (b->scope == MSIBUILD_BOTH)
        msibuild_property(b, "MSIINSTALLPERUSER", STR("1"));
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "siss", "SetInstallLocation",
              ACTION_SET_PROPERTY, "ARPINSTALLLOCATION", "[INSTALLDIR]");
}

/* One place of the registry that a package of this product left something in: taken into the
 * property, unless that is set already. */
static void remembered_in(struct msibuild *b, const char *name, const char *property, int root,
                          int at) {
    static const char *const sequences[] = {"InstallExecuteSequence", "InstallUISequence"};
    bool machine = root == MSIBUILD_ROOT_LOCAL_MACHINE;
    const char *who = machine ? "Machine" : "User";
    const char *found = arena_fmt(b->mem, "%s%s", machine ? "MACHINE" : "USER", property);
    struct str action = str_fmt(b->mem, "Take%s%s", who, name);
    struct str when = str_fmt(b->mem, "%s AND NOT %s", found, property);

    if (b->scope == MSIBUILD_BOTH)
        when = str_fmt(b->mem, STR_F " AND %s(%s)", STR_A(when), machine ? "" : "NOT ",
                       MSIBUILD_FOR_ALL);
    msidb_put(&b->db, msibuild_table(b, "AppSearch"), "sS", found,
              str_fmt(b->mem, "%s%s", who, name));
    msidb_put(&b->db, msibuild_table(b, "RegLocator"), "SiSsi", str_fmt(b->mem, "%s%s", who, name),
              root, b->key, name, REG_RAW | (b->wide ? REG_64BIT : 0));
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "Siss", action, ACTION_SET_PROPERTY,
              property, arena_fmt(b->mem, "[%s]", found));
    for (size_t i = 0; i < COUNT(sequences); i++)
        msidb_put(&b->db, msibuild_table(b, sequences[i]), "SSi", action, when, at + machine);
}

/* A search would win over the command line if it were for the property itself. */
static void remembered(struct msibuild *b, const char *name, const char *property, int at) {
    if (b->scope != MSIBUILD_MACHINE)
        remembered_in(b, name, property, MSIBUILD_ROOT_CURRENT_USER, at);
    if (b->scope != MSIBUILD_USER)
        remembered_in(b, name, property, MSIBUILD_ROOT_LOCAL_MACHINE, at);
}

/* Where it is installed for all users already, the dialogs begin with that choice. */
static void scope_as_before(struct msibuild *b) {
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "siss", "ScopeAsBefore",
              ACTION_SET_PROPERTY, "SLIPWAYSCOPE", "machine");
    msidb_put(&b->db, msibuild_table(b, "InstallUISequence"), "ssi", "ScopeAsBefore",
              "MACHINEINSTALLDIR AND NOT USERINSTALLDIR AND NOT Installed", AT_SCOPE);
}

/* What is found again for updates, by other programs and by those who ask whether it is installed:
 * the folder, the version, and the version as four numbers of which the last one, the stage, is the
 * largest for a release, so that it is above its pre-releases. */
static void leave_facts(struct msibuild *b) {
    struct str c = msibuild_component_scope(b, "installdir");

    msibuild_registry(b, b->root, b->key, "InstallDir", STR("[INSTALLDIR]"), c);
    msibuild_registry(b, b->root, b->key, "Version",
                      msibuild_literal(b->mem, b->j->recipe->version), c);
    msibuild_registry(b, b->root, b->key, "Build", b->build, c);
    msibuild_registry(b, b->root, b->key, "Stage", str_fmt(b->mem, "%u", b->stage), c);
    remembered(b, "InstallDir", "INSTALLDIR", AT_REMEMBERED);
    if (b->scope == MSIBUILD_BOTH)
        scope_as_before(b);
}

/* Any other build of the product goes, one of the same version too: a pre-release differs from its
 * release in the fourth number alone, which the installer does not compare. So the stages tell what
 * would be a way back. */
static void upgrades(struct msibuild *b, struct str newer) {
    struct msidb_table *t = msibuild_table(b, "Upgrade");
    struct msidb_table *launch = msibuild_table(b, "LaunchCondition");
    struct str none = {0}, least = STR("0.0.0");

    if (value_flag(b->j->section, "allow-downgrades", false)) {
        msidb_put(&b->db, t, "SSSSi-s", b->upgrade, least, none, none,
                  UPGRADE_MIGRATE | UPGRADE_MIN_INCLUSIVE, "OLDVERSION");
        return;
    }
    msidb_put(&b->db, t, "SSSSi-s", b->upgrade, none, b->version, none,
              UPGRADE_MIGRATE | UPGRADE_MAX_INCLUSIVE, "OLDVERSION");
    msidb_put(&b->db, t, "SSSSi-s", b->upgrade, b->version, none, none, UPGRADE_ONLY_DETECT,
              "NEWERVERSION");
    msidb_put(&b->db, launch, "sS", "NOT NEWERVERSION OR Installed", newer);
    if (b->stage == STAGE_RELEASE)
        return;
    remembered(b, "Stage", "OLDSTAGE", AT_REMEMBERED + 2);
    msidb_put(&b->db, t, "SSSSi-s", b->upgrade, b->version, b->version, none,
              UPGRADE_ONLY_DETECT | UPGRADE_MIN_INCLUSIVE | UPGRADE_MAX_INCLUSIVE, "SAMEVERSION");
    msidb_put(&b->db, launch, "SS",
              str_fmt(b->mem, "NOT SAMEVERSION OR NOT OLDSTAGE > %u OR Installed", b->stage),
              newer);
}

/* The recipe's own conditions: [{ condition: "VersionNT64 >= 603", message: "…" }]. */
static void conditions(struct msibuild *b) {
    const struct value *list = value_get(b->j->section, "conditions");

    for (const struct value *c = list ? list->child : NULL; c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "LaunchCondition"), "SS",
                  str_fmt(b->mem, "Installed OR (" STR_F ")", STR_A(value_text(c, "condition"))),
                  value_text(c, "message"));
}

int msiflow_add(struct msibuild *b, struct err *e) {
    struct str language, newer;
    AUTO(buf) secure = BUF_NONE;

    buf_init(&secure, 65536);
    buf_z(&secure, "INSTALLDIR;NEWERVERSION;OLDVERSION;SAMEVERSION");
    if (b->stage != STAGE_RELEASE) /* searches are not made again when dialogs have gone before */
        buf_z(&secure, ";OLDSTAGE;MACHINEOLDSTAGE;USEROLDSTAGE");
    if (msiui_text(b, "language", &language, e) || msiui_text(b, "newer", &newer, e))
        return (int)e->code;
    product(b, language);
    overwrite(b);
    leave_facts(b);
    upgrades(b, newer);
    conditions(b);
    if (msineeds_add(b, &secure, e))
        return (int)e->code;
    msisecure_add(b, &secure);
    msibuild_property(b, "SecureCustomProperties", str_dup(b->mem, buf_get(&secure)));
    sequence(b, "InstallExecuteSequence", execute, COUNT(execute));
    sequence(b, "InstallUISequence", execute_ui, COUNT(execute_ui));
    sequence(b, "AdminExecuteSequence", admin, COUNT(admin));
    sequence(b, "AdminUISequence", admin_ui, COUNT(admin_ui));
    sequence(b, "AdvtExecuteSequence", advertise, COUNT(advertise));
    return OK;
}
