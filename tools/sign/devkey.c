/* SPDX-License-Identifier: Apache-2.0 */
#include "sign/devkey.h"

#include "crypto/devcert.h"
#include "crypto/pgp.h"
#include "os/envvar.h"
#include "os/fsys.h"

#include <string.h>

enum { KEY_MAX = 1024 * 1024, NAME_BYTES = 64 };

/* How the files of the kinds end. */
static const char *const secret_end[] = {".secret.asc", ".code.pem"};
static const char *const public_end[] = {".asc", ".crt"};

int devkey_path(const char *dir, struct arena *a, const char **path, struct err *e) {
    *path = dir;
    if (dir)
        return OK;
    if (envvar_is_set("XDG_DATA_HOME") && envvar_get("XDG_DATA_HOME")[0] == '/')
        *path = arena_fmt(a, "%s/slipway/keys", envvar_get("XDG_DATA_HOME"));
    else if (envvar_is_set("HOME"))
        *path = arena_fmt(a, "%s/.local/share/slipway/keys", envvar_get("HOME"));
    else
        return err_set(e, E_USAGE,
                       "no place for keys: HOME and XDG_DATA_HOME are not set; use --dir");
    return OK;
}

static int check_name(struct str name, struct err *e) {
    bool ok = name.n && name.n <= NAME_BYTES && name.p[0] != '.' && name.p[0] != '-' &&
              !str_ends(name, ".secret") && !str_ends(name, ".code");

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        ok = ok && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-');
    }
    if (ok)
        return OK;
    return err_set(e, E_USAGE,
                   "bad key name \"" STR_F "\": letters, digits, '.', '_' and '-', at most %d",
                   STR_A(name), NAME_BYTES);
}

static void paths(const char *dir, struct str name, bool code, struct arena *a, struct devkey *k) {
    k->name = str_dup(a, name);
    k->code = code;
    k->secret = str_fmt(a, "%s/" STR_F "%s", dir, STR_A(name), secret_end[code]);
    k->public = str_fmt(a, "%s/" STR_F "%s", dir, STR_A(name), public_end[code]);
}

static int code_facts(struct str text, struct arena *a, struct devkey *k, struct err *e) {
    struct devcert_facts f;

    if (devcert_facts(text, a, &f, e))
        return (int)e->code;
    k->fingerprint = f.fingerprint;
    k->uid = f.name;
    k->created = f.begins;
    k->expires = f.ends;
    return OK;
}

static int facts(struct str text, struct arena *a, struct devkey *k, struct err *e) {
    struct pgp_facts f;

    if (k->code)
        return code_facts(text, a, k, e);
    if (pgp_facts(text, a, &f, e))
        return (int)e->code;
    k->fingerprint = f.fingerprint;
    k->uid = f.uid;
    k->created = f.created;
    k->expires = f.expires;
    return OK;
}

static int make_dir(const char *path, struct err *e) {
    struct fsys_stat st;

    if (fsys_stat(FSYS_HERE, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_DIR)
        return OK;
    if (fsys_mkdirs(FSYS_HERE, path, e))
        return (int)e->code;
    return fsys_chmod(FSYS_HERE, path, 0700, e);
}

/* The secret file comes last and by a link, which replaces nothing: it makes the key exist. */
static int store(const struct devkey *k, struct str secret, struct str pub, struct err *e) {
    AUTO(arena) mem = {0};
    const char *temp = arena_fmt(&mem, "%s.new", k->secret.p);
    struct err ignored = {0};
    int rc;

    if (fsys_write(FSYS_HERE, k->public.p, pub, 0644, e) ||
        fsys_write(FSYS_HERE, temp, secret, 0600, e))
        return (int)e->code;
    rc = fsys_link(FSYS_HERE, temp, k->secret.p, e);
    if (fsys_unlink(FSYS_HERE, temp, rc ? &ignored : e))
        return (int)(rc ? rc : (int)e->code);
    return rc;
}

int devkey_new(const char *dir, const char *name, const char *kind, const char *uid,
               unsigned days_valid, struct arena *a, struct devkey *k, struct err *e) {
    const char *path;
    struct fsys_stat st;
    AUTO(buf) secret = BUF_NONE;
    AUTO(buf) pub = BUF_NONE;

    *k = (struct devkey){0};
    buf_init(&secret, KEY_MAX);
    secret.secret = true;
    buf_init(&pub, KEY_MAX);
    if (check_name(str_of(name), e) || devkey_path(dir, a, &path, e))
        return (int)e->code;
    paths(path, str_of(name), !strcmp(kind, "authenticode"), a, k);
    if (fsys_lstat(FSYS_HERE, k->secret.p, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_NONE)
        return err_set(e, E_INPUT,
                       "%s: there is a key of that name already; take another name or remove it",
                       k->secret.p);
    if (!uid)
        uid = arena_fmt(a, "%s (development key)", name);
    if (make_dir(path, e) ||
        (k->code ? devcert_make(uid, days_valid, &secret, &pub, e)
                 : pgp_generate(kind, uid, days_valid, &secret, &pub, a, &k->fingerprint, e)) ||
        facts(buf_get(&pub), a, k, e))
        return (int)e->code;
    return store(k, buf_get(&secret), buf_get(&pub), e);
}

static int read_key(const char *dir, struct str name, bool code, struct arena *a, struct devkey *k,
                    struct err *e) {
    struct fsys_stat st;
    struct str text;

    paths(dir, name, code, a, k);
    if (fsys_stat(FSYS_HERE, k->public.p, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return err_set(e, E_INPUT, "%s: the public half of the key is missing", k->public.p);
    if (fsys_read(FSYS_HERE, k->public.p, KEY_MAX, a, &text, e))
        return (int)e->code;
    if (facts(text, a, k, e))
        return err_in(e, "%s", k->public.p);
    return OK;
}

int devkey_list(const char *dir, struct arena *a, struct devkey **keys, size_t *n, struct err *e) {
    const char *path;
    struct fsys_stat st;
    struct fsys_name *names;
    size_t m;

    *keys = NULL;
    *n = 0;
    if (devkey_path(dir, a, &path, e) || fsys_stat(FSYS_HERE, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return OK;
    if (fsys_list(FSYS_HERE, path, a, &names, &m, e))
        return (int)e->code;
    *keys = arena_array(a, m, sizeof **keys);
    for (size_t i = 0; i < m; i++) {
        struct str name = names[i].name;

        bool code = str_ends(name, secret_end[true]);

        if (names[i].kind != FSYS_FILE || str_starts(name, ".") ||
            (!code && !str_ends(name, secret_end[false])))
            continue;
        name.n -= strlen(secret_end[code]);
        if (read_key(path, name, code, a, &(*keys)[*n], e))
            return (int)e->code;
        ++*n;
    }
    return OK;
}
