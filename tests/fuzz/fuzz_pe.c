/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe_res.h"
#include "fuzz_file.h"
#include "os/fsys.h"

#include <stdlib.h>

static void must(bool fine) {
    if (!fine)
        abort();
}

/* What can be written reads back as it was. */
static void write_back(const struct pe *p, const struct pe_res_list *l, struct arena *mem) {
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    struct pe_res_list again;
    struct err e = {0};
    struct pe q;

    must(!outfile_spool(&to, FSYS_HERE, &e));
    if (pe_res_write(p, l, &to, &e))
        return;
    must(!outfile_view(&to, &view, &e) && !pe_open(&q, &view, mem, &e));
    must(!pe_res_read(&q, mem, &again, &e) && again.n == l->n);
    must(q.checksum != p->checksum || q.file->size == p->file->size);
}

/* A whole file: what its signature covers, its certificates, its resources. */
int LLVMFuzzerTestOneInput(const unsigned char *b, size_t n) {
    struct infile f;
    struct arena mem = {0};
    struct err e = {0};
    struct pe_res_list l;
    struct pe_cert *cert;
    struct sink s;
    uint64_t sum;
    struct pe p;

    f = fuzz_file(b, n);
    (void)pe_sniff(b, n);
    if (!pe_open(&p, &f, &mem, &e)) {
        must(p.end <= n && pe_body(&p) <= n);
        sink_null(&s);
        if (!pe_digested(&p, &s, &sum, &e))
            must(s.at <= n + PE_ALIGN);
        if (!pe_certs(&p, &mem, &cert, &n, &e))
            for (size_t i = 0; i < n; i++)
                must(cert[i].bytes.n <= p.certs_size);
        if (!pe_res_read(&p, &mem, &l, &e))
            write_back(&p, &l, &mem);
    }
    arena_drop(&mem);
    return 0;
}
