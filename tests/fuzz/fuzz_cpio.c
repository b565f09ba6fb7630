/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cpio.h"

#include <stdlib.h>
#include <string.h>

/* An archive whose stripped entries are empty. What was read of newc entries is written again and
 * must read as the same. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct source_bytes bytes;
    struct source s = SOURCE_NONE;
    struct cpio_entry x, y;
    struct err e = {0};
    bool end = false;

    source_str(&s, &bytes, (struct str){(const char *)p, n});
    while (!cpio_next(&s, &a, &x, &end, &e) && !end) {
        struct source_bytes again;
        struct source t = SOURCE_NONE;
        struct sink out = SINK_NONE;
        AUTO(buf) b;

        if (memchr(x.path.p ? x.path.p : "", 0, x.path.n) || x.path.n > 8192)
            abort();
        buf_init(&b, 16384);
        sink_buf(&out, &b);
        cpio_put(&out, &x);
        if (sink_close(&out, &e))
            abort();
        source_str(&t, &again, buf_get(&b));
        if (cpio_next(&t, &a, &y, &end, &e) || end || x.stripped != y.stripped ||
            x.index != y.index || !str_eq(x.path, y.path) || x.size != y.size || x.mode != y.mode ||
            x.ino != y.ino || x.nlink != y.nlink || x.mtime != y.mtime)
            abort();
        source_drop(&t);
        if (!source_skip(&s, x.size) || !cpio_skip_pad(&s, x.size))
            break;
    }
    source_drop(&s);
    return 0;
}
