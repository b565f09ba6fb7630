/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_client.h"

#include "repo/client.h"

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

int yum_client_write(const struct repository_job *j, struct err *e) {
    AUTO(buf) text = BUF_NONE;
    const char *sure = j->signer ? "1" : "0";

    if (!j->url.n)
        return OK;
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
    if (buf_check(&text, "the client's file", e) || client_put(j, ".repo", buf_get(&text), e))
        return err_in(e, "%s", j->where);
    if (j->signer && client_put(j, ".asc", j->public_key, e))
        return err_in(e, "%s", j->where);
    return OK;
}
