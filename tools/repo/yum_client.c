/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_client.h"

#include "os/fsys.h"

enum { CLIENT_MAX = 1024 * 1024 };

/* One line of an ini file: what would end it becomes a blank. */
static void put_line(struct buf *out, struct str s) {
    for (size_t i = 0; i < s.n; i++)
        buf_c(out, (unsigned char)s.p[i] < ' ' ? ' ' : s.p[i]);
}

static void put_key(struct buf *out, const char *key, struct str value, const char *tail) {
    buf_fmt(out, "%s=", key);
    put_line(out, value);
    buf_fmt(out, "%s\n", tail);
}

static bool name_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i && (c == '.' || c == '-' || c == '_' || c == '+'))))
            return false;
    }
    return s.n > 0 && s.n < 200;
}

static int put_file(const struct repository_job *j, const char *suffix, struct str text,
                    struct err *e) {
    AUTO(arena) mem = {0};
    const char *path = arena_fmt(&mem, STR_F "%s", STR_A(j->name), suffix);
    struct fsys_stat st;
    struct str there;

    if (fsys_lstat(j->root, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_FILE && st.size == text.n) {
        if (fsys_read(j->root, path, CLIENT_MAX, &mem, &there, e))
            return (int)e->code;
        if (str_eq(there, text))
            return OK;
    }
    return fsys_write(j->root, path, text, 0644, e);
}

int yum_client_write(const struct repository_job *j, struct err *e) {
    AUTO(buf) text = BUF_NONE;
    const char *sure = j->signer ? "1" : "0";

    if (!j->url.n)
        return OK;
    if (!name_ok(j->name))
        return err_set(e, E_USAGE,
                       "\"" STR_F "\" cannot be the name of a client's file: letters, digits and "
                       "+ - . _ can",
                       STR_A(j->name));
    buf_init(&text, CLIENT_MAX);
    buf_fmt(&text, "[" STR_F "]\n", STR_A(j->name));
    put_key(&text, "name", j->title.n ? j->title : j->name, "");
    put_key(&text, "baseurl", j->url, "/");
    buf_fmt(&text, "enabled=1\ngpgcheck=%s\nrepo_gpgcheck=%s\n", sure, sure);
    if (j->signer) {
        buf_z(&text, "gpgkey=");
        put_line(&text, j->url);
        buf_fmt(&text, "/" STR_F ".asc\n", STR_A(j->name));
    }
    if (buf_check(&text, "the client's file", e) || put_file(j, ".repo", buf_get(&text), e))
        return err_in(e, "%s", j->where);
    if (j->signer && put_file(j, ".asc", j->public_key, e))
        return err_in(e, "%s", j->where);
    return OK;
}
