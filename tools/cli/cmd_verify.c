/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "flow/inspect.h"
#include "flow/verify.h"
#include "os/clock.h"
#include "sign/authenticode.h"

#include <stdio.h>

struct verify_cli {
    struct opts_list keys, roots;
};

static const struct opts_row verify_rows[] = {
    {"key", 'k', OPTS_FILES, offsetof(struct verify_cli, keys), "FILE",
     "A public key to trust; several can be given. Without one: the key beside the artifacts."},
    {"root", 'r', OPTS_FILES, offsetof(struct verify_cli, roots), "FILE",
     "Certificates that signatures inside files have to lead to; the system's without one."},
    {0},
};

/* --- files that are signed inside ------------------------------------------------------------- */

/* Its signature covers the whole file then. Without one, a package is read as any other; of a plain
 * executable nothing else is known. */
static bool signed_inside(const char *path) {
    AUTO(arena) mem = {0};
    AUTO(infile) in = INFILE_NONE;
    struct err ignored = {0};
    struct inspect what;
    char head[1024];
    size_t n;

    if (infile_open(&in, FSYS_HERE, path, &ignored) ||
        infile_read_some(&in, 0, head, sizeof head, &n, &ignored) || !authenticode_sniff(head, n))
        return false;
    if (!authenticode_count(&in, &n, &ignored) && n)
        return true;
    return head[0] == 'M' && head[1] == 'Z' && inspect_infile(&in, path, &mem, &what, &ignored);
}

static void print_signatures(const char *path, const struct value *list, bool good) {
    printf("%s: %s%zu signature%s\n", path, good ? "good: " : "", list->n, list->n == 1 ? "" : "s");
    for (const struct value *s = list->child; s; s = s->next)
        for (const struct value *v = s->child; v; v = v->next) {
            if (v->kind != VALUE_STR)
                continue;
            fputs(v == s->child ? "  - " : "    ", stdout);
            progress_safe(stdout, v->key, false);
            fputs(": ", stdout);
            progress_safe(stdout, v->s, true);
            putchar('\n');
        }
}

static void print_inside(struct cmd_run *run, const char *path, struct value *list,
                         const struct report *bad) {
    struct value *v = value_new(run->mem, VALUE_MAP), *findings = value_new(run->mem, VALUE_LIST);
    AUTO(buf) out = BUF_NONE;

    if (!run->common->json) {
        if (!run->common->quiet)
            print_signatures(path, list, !bad->total);
        return;
    }
    for (size_t i = 0; i < bad->n; i++)
        value_add(findings, value_str(run->mem, bad->line[i]));
    value_set(run->mem, v, "path", value_str(run->mem, str_of(path)));
    value_set(run->mem, v, "good", value_bool(run->mem, !bad->total));
    value_set(run->mem, v, "signatures", list);
    value_set(run->mem, v, "findings", findings);
    buf_init(&out, 64 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static int verify_inside(struct cmd_run *run, const char *path, size_t *wrong, struct err *e) {
    const struct verify_cli *o = run->opts;
    struct value *list = value_new(run->mem, VALUE_LIST);
    struct report *bad = arena_alloc(run->mem, sizeof *bad);
    AUTO(infile) in = INFILE_NONE;
    struct chain *roots;
    size_t n;
    int rc;

    bad->mem = run->mem;
    if (infile_open(&in, FSYS_HERE, path, e) || chain_open(&roots, o->roots.v, o->roots.n, e))
        return (int)e->code;
    rc = authenticode_verify(&in, roots, clock_now(), run->mem, list, &n, bad, e);
    chain_close(roots);
    if (rc)
        return rc;
    if (!n)
        report_add(bad, "%s: it has no signature", path);
    print_inside(run, path, list, bad);
    for (size_t i = 0; i < bad->n && !run->common->json; i++)
        progress_mistake(run->progress, bad->line[i]);
    *wrong += bad->total;
    return OK;
}

/* --- everything else -------------------------------------------------------------------------- */

static void print_json(const char *path, const struct report *bad, const struct verify_counts *n,
                       struct arena *mem) {
    struct value *v = value_new(mem, VALUE_MAP), *list = value_new(mem, VALUE_LIST);
    AUTO(buf) out = BUF_NONE;

    buf_init(&out, 64 << 20);
    for (size_t i = 0; i < bad->n; i++)
        value_add(list, value_str(mem, bad->line[i]));
    value_set(mem, v, "path", value_str(mem, str_of(path)));
    value_set(mem, v, "good", value_bool(mem, !bad->total));
    value_set(mem, v, "files", value_int(mem, (int64_t)n->files));
    value_set(mem, v, "packages", value_int(mem, (int64_t)n->packages));
    value_set(mem, v, "signatures", value_int(mem, (int64_t)n->signatures));
    value_set(mem, v, "findings", list);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static int verify_one(struct cmd_run *run, const char *path, size_t *wrong, struct err *e) {
    const struct verify_cli *o = run->opts;
    struct verify_opts opts = {o->keys.v, o->keys.n, run->common->jobs};
    struct report *bad = arena_alloc(run->mem, sizeof *bad);
    struct verify_counts n = {0};

    bad->mem = run->mem;
    if (verify_path(path, &opts, run->mem, bad, &n, e))
        return (int)e->code;
    *wrong += bad->total;
    if (run->common->json) {
        print_json(path, bad, &n, run->mem);
        return OK;
    }
    for (size_t i = 0; i < bad->n; i++)
        progress_mistake(run->progress, bad->line[i]);
    if (!bad->total && !run->common->quiet)
        printf("%s: good: %zu files, %zu packages, %zu signatures%s\n", path, n.files, n.packages,
               n.signatures,
               n.signatures && !o->keys.n ? " (by the key that lies beside them)" : "");
    return OK;
}

static int verify_run(struct cmd_run *run, struct err *e) {
    size_t wrong = 0;

    if (!run->n_args)
        return err_set(e, E_USAGE,
                       "verify what? A dist folder, a published folder, an address or files");
    for (int i = 0; i < run->n_args; i++)
        if (signed_inside(run->args[i]) ? verify_inside(run, run->args[i], &wrong, e)
                                        : verify_one(run, run->args[i], &wrong, e))
            return (int)e->code;
    if (wrong)
        return err_set(e, E_WRONG, "%zu finding%s", wrong, wrong == 1 ? "" : "s");
    return OK;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .args = "PATH|URL...",
    .summary = "Check a dist folder, a published folder, a served site or single files.",
    .text =
        "Compares every file with the ledger, reads every package to its end, and checks the "
        "signatures, indexes and feeds. One changed byte anywhere is found and named; the exit "
        "status "
        "is 1 then. An address (http://, https://) is walked as a client would. A single file is "
        "checked as far as its own digests and a signature beside it go; what Windows checks by "
        "signatures inside it "
        "(executables, MSI, cabinets) by these, to the roots that are trusted.",
    .opts = verify_rows,
    .opts_size = sizeof(struct verify_cli),
    .run = verify_run,
};
