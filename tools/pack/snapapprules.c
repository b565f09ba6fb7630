/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapapprules.h"

#include "pack/snaprules.h"

#include <string.h>

/* The apps of snap.yaml. snap.yaml is kept as made: services are those with `daemon`. */
enum { PROFILE_MOST = 230 /* an AppArmor profile, snap.NAME.APP */ };

static bool one_of(char c, const char *more) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr(more, c));
}

static bool made_of(struct str s, const char *more) {
    for (size_t i = 0; i < s.n; i++)
        if (!one_of(s.p[i], more))
            return false;
    return s.n > 0;
}

static bool app_name(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!one_of(s.p[i], "-") || (s.p[i] == '-' && (!i || i + 1 == s.n || s.p[i + 1] == '-')))
            return false;
    return s.n > 0;
}

static int check_name(const struct pack_job *j, const struct value *app, struct err *e) {
    if (!app_name(app->key))
        return snaprules_bad(j, app->key_at, e,
                             "\"" STR_F
                             "\" is no name of an app: letters, digits, and single dashes "
                             "between them",
                             STR_A(app->key));
    if (j->recipe->name.n + app->key.n + 6 > PROFILE_MOST)
        return snaprules_bad(j, app->key_at, e, "the name of this app is too long");
    return OK;
}

/* snapd splits commands at blanks and knows no quotes. */
static int check_commands(const struct pack_job *j, const struct value *app, struct err *e) {
    static const char *const keys[] = {"command", "stop-command", "reload-command",
                                       "post-stop-command", "bus-name"};
    const struct value *chain = value_get(app, "command-chain"), *v;

    v = value_get(app, "command");
    if (!v || !str_trim(v->s).n || str_starts(v->s, " "))
        return snaprules_bad(j, app->key_at, e, "the app " STR_F " needs a command",
                             STR_A(app->key));
    for (size_t i = 0; i < COUNT(keys); i++) {
        v = value_get(app, keys[i]);
        if (v && !made_of(v->s, "/. _#:$-"))
            return snaprules_bad(j, v->at, e,
                                 "%s of " STR_F
                                 ": snapd takes letters, digits, blanks and / . _ # : "
                                 "$ - there, not \"" STR_F "\"; start a script that says the rest",
                                 keys[i], STR_A(app->key), STR_A(v->s));
    }
    for (v = chain ? chain->child : NULL; v; v = v->next)
        if (!made_of(v->s, "/._#:$-"))
            return snaprules_bad(j, v->at, e,
                                 "command-chain of " STR_F ": \"" STR_F "\" is no program",
                                 STR_A(app->key), STR_A(v->s));
    return OK;
}

/* "1h30m", "10s", "500ms", as Go reads durations. */
static bool duration(struct str s) {
    static const char *const units[] = {"ns", "us", "ms", "s", "m", "h"};

    if (!s.n)
        return false;
    while (s.n) {
        size_t n = 0, unit = 0, digits = 0;

        while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || s.p[n] == '.'))
            digits += s.p[n++] != '.';
        s = str_cut(s, n, s.n);
        for (; unit < COUNT(units); unit++)
            if (str_starts(s, units[unit]))
                break;
        if (!digits || digits + 1 < n || unit == COUNT(units))
            return false;
        s = str_cut(s, strlen(units[unit]), s.n);
    }
    return true;
}

static int check_service(const struct pack_job *j, const struct value *app, struct err *e) {
    static const char *const times[] = {"restart-delay", "start-timeout", "stop-timeout",
                                        "watchdog-timeout"};
    const struct value *list = value_get(app, "success-exit-status");
    struct str mode = value_text(app, "refresh-mode");

    for (size_t i = 0; i < COUNT(times); i++) {
        const struct value *v = value_get(app, times[i]);

        if (v && !duration(v->s))
            return snaprules_bad(j, v->at, e,
                                 "%s: \"" STR_F "\" is no time; write 10s, 500ms, 1m30s", times[i],
                                 STR_A(v->s));
    }
    for (const struct value *v = list ? list->child : NULL; v; v = v->next) {
        uint64_t n = 0;

        if (!str_u64(v->s, 255, &n) || !n)
            return snaprules_bad(j, v->at, e, "success-exit-status: \"" STR_F "\" is not 1 to 255",
                                 STR_A(v->s));
    }
    if (str_is(mode, "ignore-running"))
        return snaprules_bad(j, app->key_at, e,
                             "refresh-mode of the service " STR_F " is endure or restart",
                             STR_A(app->key));
    if (str_is(value_text(app, "daemon"), "dbus") && !value_get(app, "bus-name") &&
        !value_get(app, "activates-on"))
        return snaprules_bad(j, app->key_at, e,
                             "the service " STR_F " of kind dbus needs a bus-name",
                             STR_A(app->key));
    return OK;
}

static int check_program(const struct pack_job *j, const struct value *app, struct err *e) {
    static const char *const keys[] = {
        "daemon-scope", "restart-condition",   "restart-delay", "start-timeout", "stop-timeout",
        "stop-command", "watchdog-timeout",    "stop-mode",     "install-mode",  "reload-command",
        "sockets",      "success-exit-status", "bus-name",      "activates-on",  "after",
        "before",       "post-stop-command",   "timer"};
    struct str mode = value_text(app, "refresh-mode");

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *v = value_get(app, keys[i]);

        if (v)
            return snaprules_bad(j, v->at, e,
                                 "%s is for services, and " STR_F " is none; give it `daemon: "
                                 "simple`",
                                 keys[i], STR_A(app->key));
    }
    if (mode.n && !str_is(mode, "ignore-running"))
        return snaprules_bad(j, app->key_at, e,
                             "refresh-mode of a program that is no service is ignore-running");
    return OK;
}

static int check_order(const struct pack_job *j, const struct value *apps, const struct value *app,
                       struct err *e) {
    static const char *const keys[] = {"after", "before"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *list = value_get(app, keys[i]);

        for (const struct value *v = list ? list->child : NULL; v; v = v->next) {
            const struct value *other = value_get(apps, str_z(j->mem, v->s));

            if (!other || !value_get(other, "daemon") || other == app)
                return snaprules_bad(j, v->at, e,
                                     "%s of " STR_F ": there is no other service \"" STR_F "\"",
                                     keys[i], STR_A(app->key), STR_A(v->s));
            if (!str_eq(value_text(other, "daemon-scope"), value_text(app, "daemon-scope")))
                return snaprules_bad(j, v->at, e,
                                     "%s of " STR_F ": \"" STR_F "\" has another daemon-scope",
                                     keys[i], STR_A(app->key), STR_A(v->s));
        }
    }
    return OK;
}

/* --------------------------------------------------------------------------------- the sockets */

static bool port(struct str s) {
    static const char *const hosts[] = {"127.0.0.1", "[::1]", "[::]"};
    size_t colon = str_rfind(s, ':');
    bool known = colon == s.n;
    uint64_t n = 0;

    for (size_t i = 0; i < COUNT(hosts) && !known; i++)
        known = str_is(str_cut(s, 0, colon), hosts[i]);
    return known && str_u64(colon == s.n ? s : str_cut(s, colon + 1, s.n), 65535, &n) && n;
}

static bool listen_ok(const struct pack_job *j, struct str s, bool user) {
    static const char *const roots[2][3] = {{"$SNAP_DATA/", "$SNAP_COMMON/", "$XDG_RUNTIME_DIR/"},
                                            {"$SNAP_USER_DATA/", "$SNAP_USER_COMMON/",
                                             "$XDG_RUNTIME_DIR/"}};

    if (str_starts(s, "@"))
        return str_starts(s, arena_fmt(j->mem, "@snap." STR_F ".", STR_A(j->recipe->name)));
    if (!str_starts(s, "$"))
        return port(s);
    if (str_has(s, "//") || str_has(s, "/../") || str_has(s, "/./") || str_ends(s, "/") ||
        str_ends(s, "/.") || str_ends(s, "/.."))
        return false;
    for (size_t i = 0; i < COUNT(roots[0]); i++)
        if (str_starts(s, roots[user][i]))
            return true;
    return false;
}

static int check_sockets(const struct pack_job *j, const struct value *meta,
                         const struct value *app, struct err *e) {
    const struct value *map = value_get(app, "sockets"), *plugs = value_get(app, "plugs");
    bool user = str_is(value_text(app, "daemon-scope"), "user"), bind = false;

    for (const struct value *v = plugs ? plugs->child : NULL; v; v = v->next)
        bind = bind || str_is(v->s, "network-bind");
    if (map && !bind && !str_is(value_text(meta, "confinement"), "classic"))
        return snaprules_bad(j, map->at, e,
                             "sockets of " STR_F ": the app needs the plug network-bind",
                             STR_A(app->key));
    for (const struct value *v = map ? map->child : NULL; v; v = v->next) {
        const struct value *mode = value_get(v, "socket-mode");

        if (!snaprules_name(v->key))
            return snaprules_bad(j, v->key_at, e, "\"" STR_F "\" is no name of a socket",
                                 STR_A(v->key));
        if (!listen_ok(j, value_text(v, "listen-stream"), user))
            return snaprules_bad(j, v->key_at, e,
                                 "the socket " STR_F " needs a listen-stream: a port, or a path "
                                 "below $SNAP_DATA, $SNAP_COMMON or $XDG_RUNTIME_DIR",
                                 STR_A(v->key));
        if (mode && !str_starts(value_text(v, "listen-stream"), "$"))
            return snaprules_bad(j, mode->at, e, "socket-mode is for sockets that have a path");
        for (size_t i = 0; mode && i < mode->s.n; i++)
            if (mode->s.p[i] < '0' || mode->s.p[i] > '7' || mode->s.n > 4 || mode->i > 0777)
                return snaprules_bad(j, mode->at, e,
                                     "socket-mode: \"" STR_F "\" are no permissions",
                                     STR_A(mode->s));
    }
    return OK;
}

/* ------------------------------------------------------------------------------------ the rest */

static int check_desk(const struct pack_job *j, const struct value *apps, const struct value *app,
                      struct err *e) {
    static const char *const keys[] = {"plugs", "slots"};
    const struct value *start = value_get(app, "autostart"), *id = value_get(app, "common-id");

    if (start && (!str_ends(start->s, ".desktop") || !made_of(start->s, "._-")))
        return snaprules_bad(j, start->at, e,
                             "autostart: \"" STR_F "\" is no name of a desktop file: "
                             "NAME.desktop",
                             STR_A(start->s));
    for (const struct value *v = apps->child; id && v != app; v = v->next)
        if (str_eq(value_text(v, "common-id"), id->s))
            return snaprules_bad(j, id->at, e, "common-id: " STR_F " has this one already",
                                 STR_A(v->key));
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *list = value_get(app, keys[i]);

        for (const struct value *v = list ? list->child : NULL; v; v = v->next)
            if (!snaprules_word(v->s))
                return snaprules_bad(j, v->at, e,
                                     "%s of " STR_F ": \"" STR_F
                                     "\" is no name of an interface: a-z "
                                     "0-9 -, a letter first",
                                     keys[i], STR_A(app->key), STR_A(v->s));
    }
    return OK;
}

int snapapprules_check(const struct pack_job *j, const struct value *meta, struct err *e) {
    const struct value *apps = value_get(meta, "apps");

    for (const struct value *v = apps ? apps->child : NULL; v; v = v->next) {
        bool service = value_get(v, "daemon");

        if (check_name(j, v, e) || check_commands(j, v, e) ||
            (service ? check_service(j, v, e) : check_program(j, v, e)) ||
            check_order(j, apps, v, e) || check_sockets(j, meta, v, e) || check_desk(j, apps, v, e))
            return (int)e->code;
    }
    return OK;
}
