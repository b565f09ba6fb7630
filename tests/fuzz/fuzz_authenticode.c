/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "crypto/tsp.h"
#include "os/fsys.h"
#include "sign/authenticode.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BODY = 0x200, HEAD = 0x40, OPTIONAL = HEAD + 24, DIRS = OPTIONAL + 112, FUZZ_MAX = 65536 };

/* An executable of nothing but headers and a signature. */
static size_t wrap(unsigned char *b, const unsigned char *p, size_t n) {
    size_t size = (8 + n + 7) / 8 * 8;

    memset(b, 0, BODY + size);
    memcpy(b, "MZ", 2);
    b[60] = HEAD;
    memcpy(b + HEAD, "PE\0", 4);
    bytes_put_le16(b + HEAD + 20, DIRS + 128 - OPTIONAL);
    bytes_put_le16(b + OPTIONAL, 0x20b);
    bytes_put_le32(b + OPTIONAL + 108, 16);
    bytes_put_le32(b + DIRS + 32, BODY);
    bytes_put_le32(b + DIRS + 36, (uint32_t)size);
    bytes_put_le32(b + BODY, (uint32_t)(8 + n));
    bytes_put_le16(b + BODY + 4, 0x200);
    bytes_put_le16(b + BODY + 6, 2);
    memcpy(b + BODY + 8, p, n);
    return BODY + size;
}

/* A whole file of any of the kinds that are signed; and without its signatures, where it has some.
 */
static void whole(const unsigned char *p, size_t n, struct arena *mem) {
    AUTO(outfile) file = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    static struct report bad;
    struct err e = {0};
    size_t signatures, left;

    bad = (struct report){.mem = mem};
    if (outfile_spool(&file, FSYS_HERE, &e) || outfile_append(&file, p, n, &e) ||
        outfile_view(&file, &view, &e))
        abort();
    if (authenticode_verify(&view, NULL, 0, mem, value_new(mem, VALUE_LIST), &signatures, &bad, &e))
        return;
    if (authenticode_remove(&file, &left, &e))
        return;
    infile_drop(&view);
    if (outfile_view(&file, &view, &e) || (!authenticode_count(&view, &left, &e) && left))
        abort();
}

/* A signature, as it lies in a file and by itself; and as the answer of a time stamp server. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static unsigned char b[BODY + FUZZ_MAX + 16];
    static const unsigned char nonce[TSP_NONCE] = {1};
    static struct report bad;
    static struct cms c, again;
    static struct tsp t;
    static int fd = -1;
    struct arena mem = {0};
    struct infile f = {.name = "fuzz"};
    struct str bytes = {(const char *)p, n}, token;
    struct err e = {0};
    size_t which;

    if (n > FUZZ_MAX)
        return 0;
    if (fd < 0) {
        char name[] = "/tmp/fuzz-authenticode-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    f.fd = fd;
    f.size = wrap(b, p, n);
    if (ftruncate(fd, 0) || pwrite(fd, b, f.size, 0) != (ssize_t)f.size)
        abort();
    if (authenticode_sniff(p, n))
        whole(p, n, &mem);
    bad = (struct report){.mem = &mem};
    (void)!authenticode_verify(&f, NULL, 0, &mem, value_new(&mem, VALUE_LIST), &which, &bad, &e);
    if (!cms_parse(bytes, &c, &e)) {
        struct str more = cms_add_unsigned(&c, "1.2.3", STR("\5\0"), &mem);

        if (cms_parse(more, &again, &e) || again.all.n != more.n || again.n_certs != c.n_certs)
            abort();
    }
    if (!tsp_parse(bytes, &t, &e))
        (void)!tsp_check(&t, STR("x"), &which, &e);
    (void)!tsp_answer(bytes, STR("x"), nonce, &token, &e);
    arena_drop(&mem);
    return 0;
}
