/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http.h"
#include "io/url.h"

#include <strings.h>

static bool is_header(struct str line, const char *name, struct str *value) {
    struct str key = str_split(&line, ':'), want = str_of(name);

    *value = str_trim(line);
    return key.n == want.n && !strncasecmp(key.p, want.p, key.n);
}

struct str http_header(const struct http_answer *a, const char *name) {
    struct str value;

    for (size_t i = a->n_header; i-- > 0;)
        if (is_header(a->header[i], name, &value))
            return value;
    return (struct str){0};
}

struct str http_headers(const struct http_answer *a, const char *name, struct arena *mem) {
    struct str all = {0}, value;

    for (size_t i = 0; i < a->n_header; i++)
        if (is_header(a->header[i], name, &value))
            all = all.n ? str_fmt(mem, STR_F ", " STR_F, STR_A(all), STR_A(value)) : value;
    return all;
}

/* What is said twice is as the first says: RFC 9111, 4.2.1. */
bool http_lifetime(const struct http_answer *a, uint64_t *seconds) {
    struct str rest = a->cache_control;
    bool said = false;

    while (rest.n) {
        struct str word = str_trim(str_split(&rest, ','));

        if (word.n >= 8 &&
            (!strncasecmp(word.p, "no-store", 8) || !strncasecmp(word.p, "no-cache", 8))) {
            *seconds = 0;
            return true;
        }
        if (!said && word.n > 8 && !strncasecmp(word.p, "max-age=", 8))
            said = str_u64(str_cut(word, 8, word.n), UINT64_MAX, seconds);
    }
    return said;
}

static const char *mend_of(unsigned status) {
    switch (status) {
    case 401:
    case 403:
        return "access is refused: check the credentials and the rights of the file";
    case 404:
    case 410:
        return "there is no such file: check the address";
    case 407:
        return "the proxy wants credentials: check the proxy settings";
    case 429:
        return "too many requests: try again later";
    default:
        return status >= 500                   ? "the server has trouble: try again later"
               : status >= 300 && status < 400 ? "it leads nowhere: check the address"
                                               : "the request is refused: check the address";
    }
}

int http_expect(const struct http_answer *a, const char *url, struct err *e) {
    AUTO(arena) mem = {0};

    if (a->status >= 200 && a->status < 300)
        return OK;
    return err_set(e, E_NET, "%s: the server answers %u; %s", url_shown(&mem, str_of(url)),
                   a->status, mend_of(a->status));
}
