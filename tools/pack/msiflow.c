/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiflow.h"

#include "pack/msineeds.h"
#include "pack/msiui.h"

enum {
    UPGRADE_MIGRATE = 1,
    UPGRADE_ONLY_DETECT = 2,
    UPGRADE_MAX_INCLUSIVE = 512,
    ACTION_SET_PROPERTY = 51,
    REG_RAW = 2,
    REG_64BIT = 16,
    ROOT_LOCAL_MACHINE = 2
};

/* The installer's own actions. `table`: only where that one is there. */
struct action {
    const char *name;
    int at;
    const char *table, *condition;
};

static const struct action execute[] = {
    {"FindRelatedProducts", 25, NULL, NULL},
    {"SaveInstallDir", 40, NULL, "INSTALLDIR"},
    {"AppSearch", 50, "AppSearch", NULL},
    {"RestoreInstallDir", 60, NULL, "GIVENINSTALLDIR"},
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
    {"SaveInstallDir", 40, NULL, "INSTALLDIR"},
    {"AppSearch", 50, "AppSearch", NULL},
    {"RestoreInstallDir", 60, NULL, "GIVENINSTALLDIR"},
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

    msibuild_property(b, "ProductCode", b->product);
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

/* Where it was installed is found again, for updates and to take it away, unless the command line
 * says otherwise. The search for a property would win over the command line: that is kept aside. */
static void install_dir(struct msibuild *b) {
    struct msidb_table *actions = msibuild_table(b, "CustomAction");
    int type = REG_RAW | (b->wide ? REG_64BIT : 0);
    struct str component = msibuild_component(b, "installdir", "INSTALLDIR");

    msibuild_registry(b, MSIBUILD_ROOT_SCOPE, b->key, "InstallDir", STR("[INSTALLDIR]"), component);
    if (b->scope != MSIBUILD_MACHINE) {
        msidb_put(&b->db, msibuild_table(b, "AppSearch"), "ss", "INSTALLDIR", "UserInstallDir");
        msidb_put(&b->db, msibuild_table(b, "RegLocator"), "siSsi", "UserInstallDir",
                  MSIBUILD_ROOT_CURRENT_USER, b->key, "InstallDir", type);
    }
    if (b->scope != MSIBUILD_USER) {
        msidb_put(&b->db, msibuild_table(b, "AppSearch"), "ss", "INSTALLDIR", "MachineInstallDir");
        msidb_put(&b->db, msibuild_table(b, "RegLocator"), "siSsi", "MachineInstallDir",
                  ROOT_LOCAL_MACHINE, b->key, "InstallDir", type);
    }
    msidb_put(&b->db, actions, "siss", "SaveInstallDir", ACTION_SET_PROPERTY, "GIVENINSTALLDIR",
              "[INSTALLDIR]");
    msidb_put(&b->db, actions, "siss", "RestoreInstallDir", ACTION_SET_PROPERTY, "INSTALLDIR",
              "[GIVENINSTALLDIR]");
}

/* Any other build of the product goes, one of the same version too: a pre-release differs from its
 * release in the fourth number alone, which the installer does not compare. */
static void upgrades(struct msibuild *b, struct str newer) {
    struct msidb_table *t = msibuild_table(b, "Upgrade");
    struct str none = {0}, least = STR("0.0.0");

    if (value_flag(b->j->section, "allow-downgrades", false)) {
        msidb_put(&b->db, t, "SSSSi-s", b->upgrade, least, none, none, UPGRADE_MIGRATE,
                  "OLDVERSION");
        return;
    }
    msidb_put(&b->db, t, "SSSSi-s", b->upgrade, none, b->version, none,
              UPGRADE_MIGRATE | UPGRADE_MAX_INCLUSIVE, "OLDVERSION");
    msidb_put(&b->db, t, "SSSSi-s", b->upgrade, b->version, none, none, UPGRADE_ONLY_DETECT,
              "NEWERVERSION");
    msidb_put(&b->db, msibuild_table(b, "LaunchCondition"), "sS", "NOT NEWERVERSION OR Installed",
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
    buf_z(&secure, "INSTALLDIR;NEWERVERSION;OLDVERSION");
    if (msiui_text(b, "language", &language, e) || msiui_text(b, "newer", &newer, e))
        return (int)e->code;
    product(b, language);
    overwrite(b);
    install_dir(b);
    upgrades(b, newer);
    conditions(b);
    if (msineeds_add(b, &secure, e))
        return (int)e->code;
    msibuild_property(b, "SecureCustomProperties", str_dup(b->mem, buf_get(&secure)));
    sequence(b, "InstallExecuteSequence", execute, COUNT(execute));
    sequence(b, "InstallUISequence", execute_ui, COUNT(execute_ui));
    sequence(b, "AdminExecuteSequence", admin, COUNT(admin));
    sequence(b, "AdminUISequence", admin_ui, COUNT(admin_ui));
    sequence(b, "AdvtExecuteSequence", advertise, COUNT(advertise));
    return OK;
}
