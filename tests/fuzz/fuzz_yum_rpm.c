/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"
#include "repo/yum_cut.h"
#include "repo/yum_rpm.h"

#include <stdlib.h>

static int count(void *self, struct str xml, uint64_t at, struct err *e) {
    (void)xml, (void)at, (void)e;
    ++*(int *)self;
    return OK;
}

/* A package: what is said of it is one element that the reader of documents takes. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static const struct yum_cut_ops ops = {NULL, count};
    AUTO(arena) mem = {0};
    struct infile f = fuzz_file(p, n);
    struct yum_rpm how = {{0}, false};
    struct yum_pkg pkg;
    struct buf doc[YUM_DOCS];
    struct err e = {0};

    if (fsys_stat(FSYS_HERE, arena_fmt(&mem, "/proc/self/fd/%d", f.fd), &f.st, &e))
        abort();
    for (int d = 0; d < YUM_DOCS; d++) {
        buf_init(&doc[d], YUM_RPM_MAX);
        buf_z(&doc[d], "<r>");
    }
    if (!yum_rpm_read(&f, &how, &mem, &pkg, doc, &e))
        for (int d = 0; d < YUM_DOCS; d++) {
            struct source_bytes from;
            struct source s;
            int n_found = 0;

            buf_z(&doc[d], "</r>");
            source_str(&s, &from, buf_get(&doc[d]));
            if (yum_cut(&s, "r", &ops, &n_found, &e) || n_found != 1 || !str_utf8(buf_get(&doc[d])))
                abort();
            source_drop(&s);
        }
    for (int d = 0; d < YUM_DOCS; d++)
        buf_drop(&doc[d]);
    return 0;
}
