/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_cut.h"
#include "repo/yum_repomd.h"
#include "repo/yum_xml.h"

#include <stdlib.h>

static int element(void *self, struct str xml, uint64_t at, struct err *e) {
    static const char *const names[] = {"package", "name", "checksum", "location", "time"};
    AUTO(arena) mem = {0};

    (void)at, (void)e;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct yum_xml_tag t;

        if (yum_xml_find(xml, names[i], &t)) {
            *(size_t *)self += yum_xml_get(t.attrs, "href", &mem).n;
            *(size_t *)self += yum_xml_plain(t.text, &mem).n;
        }
    }
    return OK;
}

/* A document of a repository, and the same bytes as its repomd.xml. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static const struct yum_cut_ops ops = {NULL, element};
    AUTO(arena) mem = {0};
    AUTO(buf) out = BUF_NONE;
    struct str bytes = {(const char *)p, n};
    struct source_bytes from;
    struct source s;
    struct yum_repomd r;
    struct err e = {0};
    size_t sum = 0;

    source_str(&s, &from, bytes);
    if (yum_cut(&s, "metadata", &ops, &sum, &e))
        e = (struct err){0};
    source_drop(&s);
    if (yum_repomd_read(bytes, &mem, &r, &e))
        return 0;
    buf_init(&out, YUM_REPOMD_MAX);
    yum_repomd_write(&r, NULL, 0, 1, &out);
    for (size_t i = 0; i < r.n; i++)
        if (str_has(r.v[i].file, "/"))
            abort();
    return 0;
}
