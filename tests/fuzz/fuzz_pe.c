/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe_facts.h"
#include "container/pe_res.h"
#include "fuzz_file.h"
#include "os/fsys.h"

#include <stdlib.h>

static void must(bool fine) {
    if (!fine)
        abort();
}

/* What packages set in a program. */
static void set_all(const struct pe *p, struct pe_res_list *l) {
    static const char ico[] = "\0\0\1\0\1\0"
                              "\x10\x10\0\0\1\0\x20\0\x28\0\0\0\x16\0\0\0"
                              "\x89PNG\r\n\x1a\n................................";
    const struct pe_res_string name = {"ProductName", STR("Hello")};
    const struct pe_res_version v = {.file = {1, 2, 3}, .string = &name, .n = 1, .dll = p->dll};
    struct err e = {0};

    must(!pe_res_set_icon(l, (struct str){ico, sizeof ico - 1}, &e));
    must(!pe_res_set_version(l, &v, &e));
    must(!pe_res_set_manifest(l, STR("<assembly/>"), p->dll, &e));
}

/* What is shown of it, and what packages ask before they change it. */
static void look(const struct pe *p, struct arena *mem) {
    struct pe_facts f;
    enum pe_res_tail t;
    struct err e = {0};

    if (!pe_facts_read(p, mem, &f, &e))
        for (size_t i = 0; i < f.n_strings; i++)
            must(str_utf8(f.string[i].key) && str_utf8(f.string[i].value));
    (void)!pe_res_tail(p, &t, &e);
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
        look(&p, &mem);
        if (!pe_res_read(&p, &mem, &l, &e)) {
            write_back(&p, &l, &mem);
            set_all(&p, &l);
            write_back(&p, &l, &mem);
        }
    }
    arena_drop(&mem);
    return 0;
}
