/* SPDX-License-Identifier: Apache-2.0 */
/* Executables of Windows by hand, for the tests:
 *   pe_tool digest FILE       the SHA-256 that a signature covers, and whether the checksum is
 * right
 *   pe_tool resources FILE    type, name, language and size of each
 *   pe_tool set IN OUT [icon=ICO] [manifest=XML] [version=1.2.3.4] [KEY=TEXT]...
 *   pe_tool look IN OUT ICON  what packages set in an entry; without OUT when that is nothing */
#include "base/utf16.h"
#include "container/pe_res.h"
#include "crypto/digest.h"
#include "os/fsys.h"
#include "pack/winlook.h"

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

static const char *key_text(const struct pe_res_key *k, struct arena *mem) {
    return k->name.n ? str_z(mem, utf16_text(mem, k->name, false)) : arena_fmt(mem, "%u", k->id);
}

static int resources(const char *path, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct pe_res_list l;
    struct pe p;

    if (infile_open(&f, FSYS_HERE, path, e) || pe_open(&p, &f, &mem, e) ||
        pe_res_read(&p, &mem, &l, e))
        return (int)e->code;
    for (size_t i = 0; i < l.n; i++)
        printf("%s %s %u %u\n", key_text(&l.v[i].type, &mem), key_text(&l.v[i].name, &mem),
               l.v[i].lang, (unsigned)l.v[i].size);
    return OK;
}

/* KEY=TEXT into the list, or into the version's strings. */
static int set_one(const char *arg, struct pe_res_list *l, bool dll, struct pe_res_version *v,
                   struct pe_res_string *strings, struct err *e) {
    struct str text = str_of(arg), key = str_split(&text, '='), bytes;
    unsigned n[4];

    if (str_is(key, "icon") || str_is(key, "manifest")) {
        if (fsys_read(FSYS_HERE, text.p, 1 << 24, l->mem, &bytes, e))
            return (int)e->code;
        return str_is(key, "icon") ? pe_res_set_icon(l, bytes, e)
                                   : pe_res_set_manifest(l, bytes, dll, e);
    }
    if (str_is(key, "version") && sscanf(text.p, "%u.%u.%u.%u", &n[0], &n[1], &n[2], &n[3]) == 4) {
        for (int i = 0; i < 4; i++)
            v->file[i] = v->product[i] = (uint16_t)n[i];
        return OK;
    }
    strings[v->n++] = (struct pe_res_string){str_z(l->mem, key), text};
    return OK;
}

static int set(int n, char **args, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(arena) mem = {0};
    struct pe_res_string strings[64];
    struct pe_res_version v = {.string = strings};
    struct pe_res_list l;
    struct pe p;

    if (infile_open(&f, FSYS_HERE, args[0], e) || pe_open(&p, &f, &mem, e) ||
        pe_res_read(&p, &mem, &l, e) || outfile_open(&to, FSYS_HERE, args[1], e))
        return (int)e->code;
    v.dll = p.dll;
    for (int i = 2; i < n && i < 60; i++)
        if (set_one(args[i], &l, p.dll, &v, strings, e))
            return (int)e->code;
    if (v.n && pe_res_set_version(&l, &v, e))
        return (int)e->code;
    if (pe_res_write(&p, &l, &to, e))
        return (int)e->code;
    return outfile_commit(&to, e);
}

static int look(char **args, struct err *e) {
    const struct recipe r = {.file = "slipway.yaml",
                             .dir = ".",
                             .name = STR("hello"),
                             .title = STR("Hello Wörld"),
                             .vendor = STR("Example"),
                             .version = STR("1.2.3-beta.4"),
                             .icon = str_of(args[2]),
                             .at_entry = {.line = 3, .col = 8}};
    AUTO(infile) f = INFILE_NONE;
    AUTO(outfile) to = OUTFILE_NONE;
    bool changed;

    if (infile_open(&f, FSYS_HERE, args[0], e) || outfile_open(&to, FSYS_HERE, args[1], e) ||
        winlook_set(&r, STR("hello.exe"), &f, &to, &changed, e))
        return (int)e->code;
    return changed ? outfile_commit(&to, e) : OK;
}

int main(int argc, char **argv) {
    struct err e = {0};

    if (argc == 3 && !strcmp(argv[1], "digest"))
        (void)digest(argv[2], &e);
    else if (argc == 3 && !strcmp(argv[1], "resources"))
        (void)resources(argv[2], &e);
    else if (argc >= 4 && !strcmp(argv[1], "set"))
        (void)set(argc - 2, argv + 2, &e);
    else if (argc == 5 && !strcmp(argv[1], "look"))
        (void)look(argv + 2, &e);
    else
        err_set(&e, E_USAGE, "see the head of pe_tool.c");
    if (e.code)
        fprintf(stderr, "pe_tool: %s\n", e.msg);
    return (int)e.code;
}
