/* SPDX-License-Identifier: Apache-2.0 */
/* Executables of Windows by hand, for the tests:
 *   pe_tool digest FILE       the SHA-256 that a signature covers, and whether the checksum is
 * right */
#include "container/pe.h"
#include "crypto/digest.h"
#include "os/fsys.h"

#include <stdio.h>
#include <string.h>

static int digest(const char *path, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct pe_cert *cert;
    struct digest *d;
    struct digest_set set;
    struct sink s;
    struct pe p;
    struct buf certs;
    uint64_t sum;
    size_t n;
    int rc;

    if (infile_open(&f, FSYS_HERE, path, e) || pe_open(&p, &f, &mem, e) ||
        pe_certs(&p, &mem, &cert, &n, e) || digest_new(&d, DIGEST_SHA256, e))
        return (int)e->code;
    digest_sink(&s, d);
    rc = pe_digested(&p, &s, &sum, e);
    if (digest_end(d, &set, e) || rc)
        return (int)e->code;
    buf_init(&certs, PE_CERTS_MAX);
    buf_zero(&certs, p.certs_size);
    if (p.certs_size && infile_read(&f, p.certs_at, certs.p, certs.n, e))
        return (int)e->code;
    printf("%s\n%s %zu\n", str_z(&mem, digest_hex(&mem, set.sha256, 32)),
           pe_checksum(&p, sum, buf_get(&certs)) == p.checksum ? "good"
           : p.checksum                                        ? "wrong"
                                                               : "none",
           n);
    buf_drop(&certs);
    return OK;
}

int main(int argc, char **argv) {
    struct err e = {0};

    if (argc == 3 && !strcmp(argv[1], "digest"))
        digest(argv[2], &e);
    else
        err_set(&e, E_USAGE, "see the head of pe_tool.c");
    if (e.code)
        fprintf(stderr, "pe_tool: %s\n", e.msg);
    return (int)e.code;
}
