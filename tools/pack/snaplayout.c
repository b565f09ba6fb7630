/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snaplayout.h"

#include "pack/snaprules.h"

#include <string.h>

/* What no snap may put something of its own over. */
static const char *const kept[] = {"/dev",          "/proc",
                                   "/sys",          "/media",
                                   "/run",          "/var/run",
                                   "/tmp",          "/var/lib/snapd",
                                   "/lib/firmware", "/usr/lib/firmware",
                                   "/lib/modules",  "/usr/lib/modules",
                                   "/var/snap",     "/home",
                                   "/boot",         "/lost+found"};

/* What a base has below /: snapd makes no new folder there. */
static const char *const tops[] = {"bin",  "etc",  "lib",  "lib64", "meta", "mnt", "opt",
                                   "root", "sbin", "snap", "srv",   "usr",  "var", "writable"};

static bool below(struct str path, const char *folder) {
    size_t n = strlen(folder);

    return str_starts(path, folder) && (path.n == n || path.p[n] == '/');
}

static bool in_snap(struct str s) {
    return below(s, "$SNAP") || below(s, "$SNAP_DATA") || below(s, "$SNAP_COMMON");
}

/* Absolute or of one of the snap's folders, without empty parts, "." and "..", and without what is
 * a pattern to AppArmor. */
static bool clean(struct str s) {
    struct str rest = s, first;

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f || strchr("?*[]{}^\"", s.p[i]) ||
            (i && s.p[i] == '$'))
            return false;
    if (!in_snap(s) && !str_starts(s, "/"))
        return false;
    first = str_split(&rest, '/');
    if (s.n > first.n && !rest.n)
        return false; /* a slash at the end */
    while (rest.n) {
        struct str part = str_split(&rest, '/');

        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return false;
    }
    return s.p[s.n - 1] != '/';
}

static bool octal(struct str s, int64_t most) {
    int64_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7')
            return false;
        n = n * 8 + (s.p[i] - '0');
        if (n > most)
            return false;
    }
    return s.n > 0;
}

static int check_place(const struct pack_job *j, const struct value *v, struct err *e) {
    struct str rest = str_cut(v->key, 1, v->key.n), top = str_split(&rest, '/');
    bool known = in_snap(v->key);

    if (!v->key.n || !clean(v->key))
        return snaprules_bad(j, v->key_at, e,
                             "layout: \"" STR_F "\" is no place; write an absolute path without . "
                             "and .., or one below $SNAP",
                             STR_A(v->key));
    for (size_t i = 0; i < COUNT(kept); i++)
        if (below(v->key, kept[i]))
            return snaprules_bad(j, v->key_at, e,
                                 "layout: snapd keeps everything below %s as it is", kept[i]);
    for (size_t i = 0; i < COUNT(tops) && !known; i++)
        known = str_is(top, tops[i]);
    if (!known)
        return snaprules_bad(j, v->key_at, e,
                             "layout: snapd makes no new folder /" STR_F
                             "; take a place below /usr, /etc, /var, /opt …",
                             STR_A(top));
    if (below(v->key, "/snap") &&
        !below(v->key, arena_fmt(j->mem, "/snap/" STR_F, STR_A(j->recipe->name))))
        return snaprules_bad(j, v->key_at, e, "layout: " STR_F " belongs to another snap",
                             STR_A(v->key));
    return OK;
}

static int check_row(const struct pack_job *j, const struct value *v, struct err *e) {
    static const char *const ways[] = {"bind", "bind-file", "symlink", "type"};
    static const char *const owners[] = {"user", "group"};
    const struct value *mode = value_get(v, "mode");
    unsigned n = 0;

    for (size_t i = 0; i < COUNT(ways); i++) {
        const struct value *way = value_get(v, ways[i]);

        n += way != NULL;
        if (way && i < 3 && (!way->s.n || !clean(way->s) || !in_snap(way->s)))
            return snaprules_bad(j, way->at, e,
                                 "layout: " STR_F
                                 ": %s leads to $SNAP, $SNAP_DATA or $SNAP_COMMON, "
                                 "not to \"" STR_F "\"",
                                 STR_A(v->key), ways[i], STR_A(way->s));
    }
    if (n != 1)
        return snaprules_bad(j, v->key_at, e,
                             "layout: " STR_F " wants one of bind, bind-file, symlink and type",
                             STR_A(v->key));
    for (size_t i = 0; i < COUNT(owners); i++) {
        const struct value *owner = value_get(v, owners[i]);

        if (owner && !str_is(owner->s, "root"))
            return snaprules_bad(j, owner->at, e, "layout: %s can only be root", owners[i]);
    }
    if (mode && !octal(mode->s, 01777))
        return snaprules_bad(j, mode->at, e, "layout: \"" STR_F "\" are no permissions",
                             STR_A(mode->s));
    return OK;
}

int snaplayout_check(const struct pack_job *j, const struct value *meta, struct err *e) {
    const struct value *map = value_get(meta, "layout");

    for (const struct value *v = map ? map->child : NULL; v; v = v->next) {
        if (check_place(j, v, e) || check_row(j, v, e))
            return (int)e->code;
        for (const struct value *w = map->child; w; w = w->next)
            if (w != v && below(v->key, str_z(j->mem, w->key)))
                return snaprules_bad(j, v->key_at, e,
                                     "layout: " STR_F " is below " STR_F
                                     ", which another row has taken",
                                     STR_A(v->key), STR_A(w->key));
    }
    return OK;
}
