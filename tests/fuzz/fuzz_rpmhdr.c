/* SPDX-License-Identifier: Apache-2.0 */
#include "container/rpmhdr.h"
#include "fuzz_file.h"

#include <stdlib.h>
#include <string.h>

static void use(const struct rpmhdr *h, uint32_t tag, struct arena *a) {
    const struct rpmhdr_item *x = rpmhdr_find(h, tag);
    size_t n;
    struct str *v;

    if (x->count > 10000)
        return;
    v = rpmhdr_texts(h, tag, a, &n);
    for (size_t i = 0; i < n; i++)
        if (v[i].p < x->bytes.p || v[i].p + v[i].n >= x->bytes.p + x->bytes.n)
            abort();
    for (size_t i = 0; i <= x->count; i++)
        if (x->kind >= RPMHDR_STRING && rpmhdr_item_number(x, i, 7) != 7)
            abort();
    rpmhdr_item_number(x, x->count - 1, 0);
}

/* One header; the first byte says of which kind. Every item lies within it. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct infile f;
    struct err e = {0};
    struct rpmhdr h;
    struct str raw;
    uint64_t end;

    if (!n)
        return 0;
    f = fuzz_file(p + 1, n - 1);
    if (rpmhdr_read(&f, 0, *p & 1 ? RPMHDR_SIGNATURES : RPMHDR_IMMUTABLE, &a, &h, &raw, &end, &e))
        return 0;
    if (end > f.size || raw.n != end)
        abort();
    for (size_t i = 0; i < h.n; i++) {
        const struct rpmhdr_item *x = &h.v[i];

        if (x->bytes.p < raw.p || x->bytes.p + x->bytes.n > raw.p + raw.n)
            abort();
        use(&h, x->tag, &a);
    }
    return 0;
}
