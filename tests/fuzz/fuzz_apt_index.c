/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_index.h"

#include <stdlib.h>
#include <string.h>

/* A Packages file, or a Release file when it begins with "O": what is taken can be written and read
 * again, and nothing that it names lies outside. */
static void packages(struct str text) {
    AUTO(arena) mem = {0};
    AUTO(buf) out = BUF_NONE;
    struct apt_index ix = {.mem = &mem}, again = {.mem = &mem};
    struct err e = {0};

    if (apt_index_parse(text, "t", &ix, &e))
        return;
    apt_index_sort(&ix);
    buf_init(&out, 64 << 20);
    for (size_t i = 0; i < ix.n; i++) {
        struct str rest = ix.v[i].filename;

        if (!rest.n || rest.p[0] == '/')
            abort();
        while (rest.n)
            if (str_is(str_split(&rest, '/'), ".."))
                abort();
        buf_str(&out, ix.v[i].text);
        buf_c(&out, '\n');
    }
    if (apt_index_parse(buf_get(&out), "t", &again, &e) || again.n != ix.n)
        abort();
}

static void release(struct str text) {
    AUTO(arena) mem = {0};
    AUTO(buf) out = BUF_NONE;
    struct apt_release r = {.mem = &mem}, again = {.mem = &mem};
    struct err e = {0};
    int64_t date;

    if (apt_release_read(text, "t", &r, &e))
        return;
    buf_init(&out, 64 << 20);
    apt_release_write(&r, &out);
    if (apt_release_read(buf_get(&out), "t", &again, &e) || again.n != r.n)
        abort();
    if (apt_release_date(apt_release_get(&r, "Date"), &date))
        apt_release_time(&mem, date);
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    struct str text = {(const char *)p, n};

    if (n && p[0] == 'O')
        release(text);
    else
        packages(text);
    return 0;
}
