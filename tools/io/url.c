/* SPDX-License-Identifier: Apache-2.0 */
#include "io/url.h"

#include <string.h>

bool url_is(struct str s) {
    return str_starts(s, "http://") || str_starts(s, "https://");
}

static size_t host_at(struct str url) {
    return str_starts(url, "https://") ? 8 : 7;
}

static size_t first_of(struct str s, size_t from, const char *set) {
    size_t i = from;

    while (i < s.n && !strchr(set, s.p[i]))
        i++;
    return i;
}

int url_check(struct str url, struct err *e) {
    AUTO(arena) mem = {0};

    if (!url_is(url))
        return err_set(e, E_USAGE, "an address begins with http:// or https://");
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 127)
            return err_set(e, E_USAGE, "an address has no blanks and no control characters");
    if (first_of(url, host_at(url), "/?#") == host_at(url))
        return err_set(e, E_USAGE, "%s: has no host", url_shown(&mem, url));
    return OK;
}

const char *url_shown(struct arena *mem, struct str url) {
    struct str head, rest;
    size_t host, at;

    if (!url_is(url))
        return str_z(mem, str_cut(url, 0, first_of(url, 0, "?#")));
    host = host_at(url);
    head = str_cut(url, 0, host);
    rest = str_cut(url, host, first_of(url, host, "?#"));
    at = str_rfind(str_cut(rest, 0, first_of(rest, 0, "/")), '@');
    if (at < first_of(rest, 0, "/"))
        rest = str_cut(rest, at + 1, rest.n);
    return arena_fmt(mem, STR_F STR_F, STR_A(head), STR_A(rest));
}

struct str url_path(struct arena *mem, struct str path) {
    static const char hex[] = "0123456789ABCDEF";
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    char *p = arena_array(mem, path.n + 1, 3);
    size_t n = 0;

    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];

        if (c && strchr(plain, c)) {
            p[n++] = (char)c;
        } else {
            p[n++] = '%';
            p[n++] = hex[c >> 4];
            p[n++] = hex[c & 15];
        }
    }
    return (struct str){p, n};
}

const char *url_join(struct arena *mem, struct str base, struct str path) {
    struct str query = {0}, escaped = url_path(mem, path);
    size_t end;

    base = str_cut(base, 0, first_of(base, 0, "#"));
    end = first_of(base, 0, "?");
    query = str_cut(base, end, base.n);
    base = str_cut(base, 0, end);
    while (str_ends(base, "/"))
        base.n--;
    return arena_fmt(mem, STR_F "/" STR_F STR_F, STR_A(base), STR_A(escaped), STR_A(query));
}
