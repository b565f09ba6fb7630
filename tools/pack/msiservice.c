/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiservice.h"

#include "pack/msinames.h"
#include "pack/msisecure.h"
#include "pack/windows.h"

enum {
    TEXT_MOST = 200, /* of 255: a bracket takes four */
    COLUMN_MOST = 255,
    OWN_PROCESS = 16,
    START_AUTO = 2,
    START_DEMAND = 3,
    START_DISABLED = 4,
    ERROR_NORMAL = 1,
    ON_INSTALL_START = 1,
    ON_BOTH_STOP = 2 | 32,
    ON_UNINSTALL_DELETE = 128,
    CONFIG_ON_INSTALL = 1,
    CONFIG_DELAYED = 3,
    /* a program of a folder, deferred, as the system, whatever it answers */
    RUN_QUIETLY = 34 | 64 | 1024 | 2048,
    AT_RESTART = 5860, /* behind InstallServices, before StartServices at 5900 */
    AT_RESTART_MOST = 39
};

static const char *const starts[] = {"auto", "delayed", "manual", "disabled", NULL};

static int check_text(struct str s, struct err *e) {
    return windows_length(s) <= TEXT_MOST
               ? OK
               : err_set(e, E_RECIPE, "installer packages hold %d characters of this", TEXT_MOST);
}

/* What Windows finds nobody by would undo the installation, in its last step. */
static int check_account(struct str s, struct err *e) {
    static const char *const own[] = {"LocalSystem", "LocalService", "NetworkService"};
    size_t i = 0;

    while (i < COUNT(own) && !str_is(s, own[i]))
        i++;
    if (i == COUNT(own) && !str_has(s, "\\") && !str_has(s, "@") && !str_has(s, "["))
        return err_set(e, E_RECIPE,
                       "it is LocalSystem, LocalService, NetworkService, DOMAIN\\NAME or "
                       "[A_PROPERTY]");
    if (str_has(s, "\\\\"))
        return err_set(e, E_RECIPE, "one \\ parts domain and name, in single quotes");
    return check_text(s, e);
}

static const struct schema text[] = {{.kind = SCHEMA_STR, .check = check_text}};
static const struct schema keys[] = {
    {.key = "title", .kind = SCHEMA_STR, .help = "What it is called in the list of services."},
    {.key = "start",
     .kind = SCHEMA_WORD,
     .words = starts,
     .help = "When: auto (the default of services that are enabled), delayed, manual or disabled."},
    {.key = "account",
     .kind = SCHEMA_STR,
     .check = check_account,
     .help = "Who runs it: LocalSystem (default), LocalService, NetworkService, an account of a "
             "domain, or [A_PROPERTY]."},
    {.key = "depends",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = text,
     .help = "Services of Windows that have to run before."},
    {0},
};
const struct schema msiservice_schema[] = {{.kind = SCHEMA_MAP, .sub = keys}};

static const struct value *about(const struct pack_job *j, struct str name) {
    const struct value *all = value_get(j->section, "services");

    for (const struct value *x = all ? all->child : NULL; x; x = x->next)
        if (str_eq(x->key, name))
            return x;
    return NULL;
}

static const char *there_are(const struct pack_job *j) {
    const char *all = "; it has none at all";

    for (size_t i = 0; i < j->recipe->n_services; i++)
        all = arena_fmt(j->mem, "%s " STR_F, i ? arena_fmt(j->mem, "%s,", all) : "; it has",
                        STR_A(j->recipe->services[i].name));
    return all;
}

int msiservice_check(const struct pack_job *j, struct err *e) {
    const struct value *all = value_get(j->section, "services");
    const struct value *scope = value_get(j->section, "scope");

    if (j->recipe->n_services && scope && !str_is(scope->s, "machine"))
        return err_set(e, E_RECIPE,
                       "%s: scope " STR_F ": services can be installed for the machine only",
                       recipe_where(j->recipe, scope->at, j->mem), STR_A(scope->s));
    for (const struct value *x = all ? all->child : NULL; x; x = x->next) {
        size_t i = 0;

        while (i < j->recipe->n_services && !str_eq(j->recipe->services[i].name, x->key))
            i++;
        if (i == j->recipe->n_services)
            return err_set(e, E_RECIPE, "%s: services: the recipe has no service " STR_F "%s",
                           recipe_where(j->recipe, x->key_at, j->mem), STR_A(x->key), there_are(j));
    }
    return OK;
}

static int start_of(const struct recipe_service *s, const struct value *x) {
    struct str word = value_text(x, "start");

    return str_is(word, "manual")     ? START_DEMAND
           : str_is(word, "disabled") ? START_DISABLED
           : word.n || s->enable      ? START_AUTO
                                      : START_DEMAND;
}

/* Those of Windows, and others of the recipe: what systemd calls its units means nothing here. */
static struct str depends(struct msibuild *b, const struct recipe_service *s,
                          const struct value *x) {
    const struct value *list = value_get(x, "depends");
    const struct recipe *r = b->j->recipe;
    struct str all = {0};

    for (const struct value *c = list ? list->child : NULL; c; c = c->next)
        all = str_fmt(b->mem, STR_F STR_F "[~]", STR_A(all), STR_A(c->s));
    for (size_t i = 0; i < s->n_after; i++)
        for (size_t k = 0; k < r->n_services; k++)
            if (str_eq(s->after[i], r->services[k].name) ||
                str_eq(s->after[i], str_fmt(b->mem, STR_F ".service", STR_A(r->services[k].name))))
                all = str_fmt(b->mem, STR_F STR_F "[~]", STR_A(all), STR_A(r->services[k].name));
    return all.n ? str_fmt(b->mem, STR_F "[~]", STR_A(all)) : all;
}

/* By sc.exe: table MsiServiceConfigFailureActions makes the installation fail on some Windows. */
static void add_restart(struct msibuild *b, const struct recipe_service *s, struct str component) {
    size_t number = (size_t)(s - b->j->recipe->services);
    struct str action = msinames_id(b->mem, "restart_", s->name);
    const char *folder = b->wide ? "System64Folder" : "SystemFolder";

    if (!str_is(s->restart, "on-failure") && !str_is(s->restart, "always"))
        return;
    if (!msibuild_has(b, "Directory", str_of(folder)))
        msidb_put(&b->db, msibuild_table(b, "Directory"), "sss", folder, "TARGETDIR", ".");
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "SisS-", action, RUN_QUIETLY, folder,
              str_fmt(b->mem,
                      "\"[%s]sc.exe\" failure \"" STR_F
                      "\" reset= 86400 actions= restart/5000/restart/5000/restart/60000",
                      folder, STR_A(s->name)));
    msidb_put(&b->db, msibuild_table(b, "InstallExecuteSequence"), "SSi", action,
              str_fmt(b->mem, "VersionNT AND $" STR_F " = 3", STR_A(component)),
              AT_RESTART + (int)(number < AT_RESTART_MOST ? number : AT_RESTART_MOST));
}

static struct str account_of(struct msibuild *b, const struct value *x) {
    struct str s = value_text(x, "account");

    return str_is(s, "LocalService") || str_is(s, "NetworkService")
               ? str_fmt(b->mem, "NT AUTHORITY\\" STR_F, STR_A(s))
               : s;
}

static void add_rows(struct msibuild *b, const struct recipe_service *s, struct str arguments,
                     struct str component) {
    const struct value *x = about(b->j, s->name);
    struct str title = value_text(x, "title");
    int start = start_of(s, x);
    bool run = s->start && start == START_AUTO;

    if (!title.n)
        title = s->description.n ? s->description : s->name;
    msidb_put(&b->db, msibuild_table(b, "ServiceInstall"), "SSSiii-SS-SSS",
              msinames_id(b->mem, "s_", s->name), s->name,
              msibuild_literal(b->mem, msibuild_cut(title, TEXT_MOST)), OWN_PROCESS, start,
              ERROR_NORMAL, depends(b, s, x), account_of(b, x), arguments, component,
              msibuild_literal(b->mem, msibuild_cut(s->description, TEXT_MOST)));
    msidb_put(&b->db, msibuild_table(b, "ServiceControl"), "SSi-iS",
              msinames_id(b->mem, "t_", s->name), s->name,
              (run ? ON_INSTALL_START : 0) | ON_BOTH_STOP | ON_UNINSTALL_DELETE, 1, component);
    if (str_is(value_text(x, "start"), "delayed"))
        msidb_put(&b->db, msibuild_table(b, "MsiServiceConfig"), "SSiisS",
                  msinames_id(b->mem, "u_", s->name), s->name, CONFIG_ON_INSTALL, CONFIG_DELAYED,
                  "1", component);
    add_restart(b, s, component);
}

/* As they are elsewhere, where brackets mean nothing, but for properties: [INSTALLDIR], [PORT]. */
static struct str arguments_of(struct msibuild *b, struct str rest) {
    struct str all = {0};

    while (rest.n) {
        size_t at = str_find(rest, '[');
        size_t end = at + 1 + str_find(str_cut(rest, at + 1, rest.n), ']');
        bool property = end < rest.n && msisecure_public(str_cut(rest, at + 1, end));
        size_t n = property ? at : at < rest.n ? at + 1 : at;
        struct str words = msibuild_literal(b->mem, str_cut(rest, 0, n));

        all = str_fmt(b->mem, STR_F STR_F, STR_A(all), STR_A(words));
        if (property) {
            words = str_cut(rest, at, end + 1);
            all = str_fmt(b->mem, STR_F STR_F, STR_A(all), STR_A(words));
            n = end + 1;
        }
        rest = str_cut(rest, n, rest.n);
    }
    return all;
}

static int add_service(struct msibuild *b, const struct recipe_service *s, struct err *e) {
    struct str exec = s->exec, path = str_split(&exec, ' ');
    size_t i = msibuild_program(b, path);
    struct str arguments = exec;

    if (i == b->n_files)
        return err_set(e, E_RECIPE, "%s: services: " STR_F " is not among the files",
                       recipe_where(b->j->recipe, s->at, b->mem), STR_A(path));
    if (s->args.n)
        arguments =
            exec.n ? str_fmt(b->mem, STR_F " " STR_F, STR_A(exec), STR_A(s->args)) : s->args;
    arguments = arguments_of(b, arguments);
    if (windows_length(arguments) > COLUMN_MOST)
        return err_set(e, E_RECIPE,
                       "%s: services: " STR_F
                       ": installer packages hold %d characters of arguments",
                       recipe_where(b->j->recipe, s->at, b->mem), STR_A(s->name), COLUMN_MOST);
    add_rows(b, s, arguments, msibuild_component_of(b, i));
    return OK;
}

int msiservice_add(struct msibuild *b, struct err *e) {
    const struct recipe *r = b->j->recipe;

    for (size_t i = 0; i < r->n_services; i++)
        if (add_service(b, &r->services[i], e))
            return (int)e->code;
    return OK;
}
