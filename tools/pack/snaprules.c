/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snaprules.h"

#include "pack/snapapprules.h"
#include "pack/snaplayout.h"

#include <stdarg.h>
#include <string.h>

enum { NAME_MOST = 40, VERSION_MOST = 32, TITLE_MOST = 40, SUMMARY_MOST = 128, TEXT_MOST = 4096 };

/* What is missing stands nowhere: where a snap is asked for. */
static struct pos asked_at(const struct pack_job *j) {
    for (size_t i = 0; i < j->target->n_formats; i++)
        if (str_is(j->target->formats[i], "snap"))
            return j->target->formats_at[i];
    return j->target->at;
}

int snaprules_bad(const struct pack_job *j, struct pos at, struct err *e, const char *fmt, ...) {
    va_list ap;
    const char *text;
    size_t n;

    va_start(ap, fmt);
    text = arena_vfmt(j->mem, &n, fmt, ap);
    va_end(ap);
    return err_set(e, E_RECIPE, "%s: snap: %s",
                   recipe_where(j->recipe, at.line ? at : asked_at(j), j->mem), text);
}

static bool lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static bool letter_or_digit(char c) {
    return lower(c) || digit(c) || (c >= 'A' && c <= 'Z');
}

bool snaprules_name(struct str s) {
    bool letter = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        letter = letter || lower(c);
        if (!lower(c) && !digit(c) && c != '-')
            return false;
        if (c == '-' && (!i || i + 1 == s.n || s.p[i + 1] == '-'))
            return false;
    }
    return letter;
}

bool snaprules_word(struct str s) {
    return snaprules_name(s) && lower(s.p[0]);
}

static size_t characters(struct str s) {
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static struct pos pos_of(const struct value *meta, const char *key) {
    const struct value *v = value_get(meta, key);

    return v ? v->at : (struct pos){0};
}

static bool version_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool last = i + 1 == s.n;

        if (!letter_or_digit(s.p[i]) && (!i || !s.p[i] || !strchr(last ? "+~" : ":.+~-", s.p[i])))
            return false;
    }
    return s.n && s.n <= VERSION_MOST;
}

static int check_texts(const struct pack_job *j, const struct value *meta, struct err *e) {
    const struct {
        const char *key;
        size_t most;
        bool line, needed;
    } v[] = {{"title", TITLE_MOST, true, false},
             {"summary", SUMMARY_MOST, true, true},
             {"description", TEXT_MOST, false, true}};

    for (size_t i = 0; i < COUNT(v); i++) {
        struct str text = value_text(meta, v[i].key);
        struct pos at = pos_of(meta, v[i].key);

        if (v[i].needed && !str_trim(text).n)
            return snaprules_bad(j, at, e, "a snap needs a %s", v[i].key);
        if (characters(text) > v[i].most)
            return snaprules_bad(j, at, e,
                                 "%s has %zu characters, and snaps take %zu; give one of "
                                 "its own: snap: { %s: … }",
                                 v[i].key, characters(text), v[i].most, v[i].key);
        for (size_t k = 0; k < text.n; k++)
            if (((unsigned char)text.p[k] < 0x20 || text.p[k] == 0x7f) &&
                (v[i].line || (text.p[k] != '\n' && text.p[k] != '\t')))
                return snaprules_bad(j, at, e, "%s must be %s control characters", v[i].key,
                                     v[i].line ? "one line without" : "text without");
    }
    return OK;
}

static int check_head(const struct pack_job *j, const struct value *meta, struct err *e) {
    struct str name = value_text(meta, "name"), version = value_text(meta, "version"),
               license = value_text(meta, "license");

    if (name.n < 2 || name.n > NAME_MOST || !snaprules_name(name))
        return snaprules_bad(j, pos_of(meta, "name"), e,
                             "\"" STR_F
                             "\" is no name of a snap: 2 to 40 of a-z 0-9 -, at least one "
                             "letter, no dash first, last or twice; give one of its own: snap: { "
                             "name: … }",
                             STR_A(name));
    if (!version_ok(version))
        return snaprules_bad(j, pos_of(meta, "version"), e,
                             "\"" STR_F
                             "\" is no version of a snap: up to 32 of a-z A-Z 0-9 : . + ~ "
                             "-, a letter or digit first, and last no : . -",
                             STR_A(version));
    if (str_has(license, "LicenseRef-") || str_has(license, "DocumentRef-"))
        return snaprules_bad(j, pos_of(meta, "license"), e,
                             "snapd knows only the licences of the SPDX list; give one of its own: "
                             "snap: { license: Proprietary }");
    return check_texts(j, meta, e);
}

static bool epoch_ok(struct str s) {
    if (str_ends(s, "*") && s.n > 1 && s.p[0] != '0')
        s.n--;
    if (!s.n || s.n > 9 || (s.n > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!digit(s.p[i]))
            return false;
    return true;
}

/* "[a-z0-9]+(-[a-z0-9]+)*", and a version behind snapd. */
static bool assume_ok(struct str s) {
    struct str rest = str_cut(s, 5, s.n);

    if (!str_starts(s, "snapd"))
        return s.n && (snaprules_name(s) || digit(s.p[0]));
    for (size_t i = 0; i < rest.n; i++)
        if (!digit(rest.p[i]) && (rest.p[i] != '.' || !i || !digit(rest.p[i - 1])))
            return false;
    return rest.n && rest.p[0] != '0' && rest.p[rest.n - 1] != '.';
}

static int check_base(const struct pack_job *j, const struct value *meta, struct err *e) {
    struct str base = value_text(meta, "base"), epoch = value_text(meta, "epoch"),
               type = value_text(meta, "type");
    const struct value *list = value_get(meta, "assumes");

    if (base.n && (base.n < 2 || base.n > NAME_MOST || !snaprules_name(base)))
        return snaprules_bad(j, pos_of(meta, "base"), e,
                             "\"" STR_F "\" is no base; write core24, core22 or bare", STR_A(base));
    if (str_is(type, "base") && base.n && !str_is(base, "none"))
        return snaprules_bad(j, pos_of(meta, "base"), e, "a snap of type base has no base");
    if (str_is(base, "none") && (value_get(meta, "apps") || value_get(meta, "hooks")))
        return snaprules_bad(j, pos_of(meta, "base"), e,
                             "a snap without a base can have no apps and no hooks; static programs "
                             "take bare");
    if (epoch.n && !epoch_ok(epoch))
        return snaprules_bad(j, pos_of(meta, "epoch"), e,
                             "\"" STR_F
                             "\" is no epoch; write 0, 1, or 1* for the one that can read "
                             "what epoch 0 has written",
                             STR_A(epoch));
    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        if (!assume_ok(v->s))
            return snaprules_bad(j, v->at, e, "assumes: \"" STR_F "\" is no feature of snapd",
                                 STR_A(v->s));
    return OK;
}

/* ----------------------------------------------------------------------------- plugs and slots */

static int check_plug_list(const struct pack_job *j, const struct value *list, const char *what,
                           struct err *e) {
    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        if (v->kind != VALUE_STR || !snaprules_word(v->s))
            return snaprules_bad(j, v->at, e,
                                 "%s: \"" STR_F
                                 "\" is no name of an interface: a-z 0-9 -, a letter "
                                 "first",
                                 what, STR_A(v->s));
    return OK;
}

/* A map of snap.yaml: NAME: null, NAME: INTERFACE or NAME: { interface: …, attributes }. */
static int check_plug_map(const struct pack_job *j, const struct value *map, const char *what,
                          struct err *e) {
    for (const struct value *v = map->child; v; v = v->next) {
        struct str interface = v->kind == VALUE_MAP   ? value_text(v, "interface")
                               : v->kind == VALUE_STR ? v->s
                                                      : (struct str){0};

        if (!interface.n)
            interface = v->key;
        if (!snaprules_word(v->key) || !snaprules_word(interface))
            return snaprules_bad(j, v->key_at, e,
                                 "%s: \"" STR_F
                                 "\" is no name of an interface: a-z 0-9 -, a letter "
                                 "first",
                                 what, STR_A(snaprules_word(v->key) ? interface : v->key));
        if (v->kind != VALUE_MAP && v->kind != VALUE_STR && v->kind != VALUE_NULL)
            return snaprules_bad(j, v->at, e, "%s: " STR_F " is a map of attributes, not %s", what,
                                 STR_A(v->key), value_kind_name(v->kind));
    }
    return OK;
}

static int check_plugs(const struct pack_job *j, struct err *e) {
    static const char *const keys[] = {"plugs", "slots"};
    const struct value *both[2];

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *v = value_get(j->section, keys[i]);

        both[i] = v && v->kind == VALUE_MAP ? v : NULL;
        if (v && v->kind == VALUE_MAP
                ? check_plug_map(j, v, keys[i], e)
                : v && v->kind == VALUE_LIST && check_plug_list(j, v, keys[i], e))
            return (int)e->code;
        if (v && v->kind != VALUE_MAP && v->kind != VALUE_LIST)
            return snaprules_bad(j, v->at, e,
                                 "%s is a list of interfaces, or a map of %s with their attributes",
                                 keys[i], keys[i]);
    }
    for (const struct value *v = both[0] && both[1] ? both[0]->child : NULL; v; v = v->next)
        if (value_get(both[1], str_z(j->mem, v->key)))
            return snaprules_bad(j, v->key_at, e, "\"" STR_F "\" is a plug and a slot",
                                 STR_A(v->key));
    return OK;
}

/* ----------------------------------------------------------------------------------- the hooks */

static bool hook_known(struct str s) {
    static const char *const words[] = {"install",        "configure",     "default-configure",
                                        "pre-refresh",    "post-refresh",  "remove",
                                        "fde-setup",      "check-health",  "gate-auto-refresh",
                                        "prepare-device", "install-device"};
    static const char *const heads[] = {"prepare-plug-",    "prepare-slot-",    "unprepare-plug-",
                                        "unprepare-slot-",  "connect-plug-",    "connect-slot-",
                                        "disconnect-plug-", "disconnect-slot-", "change-view-",
                                        "save-view-",       "query-view-",      "load-view-",
                                        "observe-view-"};

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(s, words[i]))
            return true;
    for (size_t i = 0; i < COUNT(heads); i++)
        if (str_starts(s, heads[i]) && s.n > strlen(heads[i]))
            return true;
    return false;
}

static int check_hooks(const struct pack_job *j, const struct value *meta, struct err *e) {
    const struct value *hooks = value_get(meta, "hooks"), *lone;

    for (const struct value *v = hooks ? hooks->child : NULL; v; v = v->next)
        if (!snaprules_word(v->key) || !hook_known(v->key))
            return snaprules_bad(j, v->key_at, e,
                                 "snapd calls no hook \"" STR_F "\"; there are install, configure, "
                                 "pre-refresh, post-refresh, remove, connect-plug-NAME …",
                                 STR_A(v->key));
        else if (check_plug_list(j, value_get(v, "plugs"), "plugs", e) ||
                 check_plug_list(j, value_get(v, "slots"), "slots", e))
            return (int)e->code;
    lone = value_get(hooks, "default-configure");
    if (lone && !value_get(hooks, "configure"))
        return snaprules_bad(j, lone->key_at, e, "default-configure is there only with configure");
    return OK;
}

/* ------------------------------------------------------------------------------------ the rest */

static bool variable_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!letter_or_digit(s.p[i]) && s.p[i] != '_')
            return false;
    return s.n && !digit(s.p[0]);
}

static int check_environment(const struct pack_job *j, const struct value *of, struct err *e) {
    const struct value *map = value_get(of, "environment");

    for (const struct value *v = map ? map->child : NULL; v; v = v->next)
        if (!variable_ok(v->key))
            return snaprules_bad(j, v->key_at, e, "\"" STR_F "\" is no name of a variable",
                                 STR_A(v->key));
    return OK;
}

static int check_environments(const struct pack_job *j, const struct value *meta, struct err *e) {
    static const char *const keys[] = {"apps", "hooks"};

    if (check_environment(j, meta, e))
        return (int)e->code;
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *map = value_get(meta, keys[i]);

        for (const struct value *v = map ? map->child : NULL; v; v = v->next)
            if (check_environment(j, v, e))
                return (int)e->code;
    }
    return OK;
}

static bool link_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
            return false;
    if (str_starts(s, "https://") || str_starts(s, "http://"))
        return true;
    return (str_starts(s, "mailto:") || str_find(s, ':') == s.n) && str_find(s, '@') < s.n;
}

static int check_links(const struct pack_job *j, const struct value *meta, struct err *e) {
    const struct value *links = value_get(meta, "links"),
                       *users = value_get(meta, "system-usernames");

    for (const struct value *v = links ? links->child : NULL; v; v = v->next) {
        bool ok = v->key.n && !digit(v->key.p[0]) && v->key.p[v->key.n - 1] != '-';

        for (size_t i = 0; i < v->key.n; i++)
            ok = ok && (letter_or_digit(v->key.p[i]) ||
                        (i && v->key.p[i] == '-' && v->key.p[i - 1] != '-'));
        if (!ok || !v->n)
            return snaprules_bad(j, v->key_at, e, "links: \"" STR_F "\" is no kind of link",
                                 STR_A(v->key));
        for (const struct value *c = v->child; c; c = c->next)
            if (!link_ok(c->s))
                return snaprules_bad(j, c->at, e,
                                     "links: \"" STR_F "\" is neither https:// nor a mail address",
                                     STR_A(c->s));
    }
    for (const struct value *v = users ? users->child : NULL; v; v = v->next)
        if (!str_is(v->key, "snap_daemon") && !str_is(v->key, "_daemon_"))
            return snaprules_bad(j, v->key_at, e,
                                 "system-usernames: snapd has snap_daemon and _daemon_, not "
                                 "\"" STR_F "\"",
                                 STR_A(v->key));
    return OK;
}

int snaprules_meta(const struct pack_job *j, const struct value *meta, struct err *e) {
    if (check_head(j, meta, e) || check_base(j, meta, e) || check_plugs(j, e) ||
        check_hooks(j, meta, e) || check_environments(j, meta, e) || check_links(j, meta, e) ||
        snaplayout_check(j, meta, e))
        return (int)e->code;
    return snapapprules_check(j, meta, e);
}
