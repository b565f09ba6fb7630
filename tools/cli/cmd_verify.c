/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "cli/show.h"
#include "crypto/chain.h"
#include "flow/verify.h"
#include "pack/tell.h"

#include <stdio.h>

struct verify_cli {
    struct opts_list keys, roots, lists;
    const char **trust; /* roots and lists */
};

static const struct opts_row verify_rows[] = {
    {"key", 'k', OPTS_FILES, offsetof(struct verify_cli, keys), "FILE",
     "A public key to trust; several can be given. Without one: the key beside the artifacts."},
    {"root", 'r', OPTS_FILES, offsetof(struct verify_cli, roots), "FILE",
     "Certificates that signatures inside files have to lead to. Without one: of single files the "
     "system's, of folders and sites nothing is said of it."},
    {"crl", 0, OPTS_FILES, offsetof(struct verify_cli, lists), "FILE",
     "A revocation list (CRL): certificates that it names are bad from the day that it says on. "
     "Several can be given; without --root they go with the system's certificates."},
    {0},
};

/* Of what the file's reader tells, what concerns its verdict. */
static const struct {
    const char *fact, *word, *shown;
} told[] = {{TELL_CHECKED, "checked", "checked"}, {TELL_UNCHECKED, "not-checked", "not checked"}};

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
    value_set(mem, v, "signatures", value_int(mem, (int64_t)(n->signatures + n->inner)));
    if (n->format)
        value_set(mem, v, "format", value_str(mem, str_of(n->format)));
    if (n->inside)
        value_set(mem, v, "inside", value_copy(mem, n->inside));
    for (size_t i = 0; i < COUNT(told); i++) {
        const struct value *x = n->facts ? value_get(n->facts, told[i].fact) : NULL;

        if (x)
            value_set(mem, v, told[i].word, value_copy(mem, x));
    }
    value_set(mem, v, "findings", list);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

/* A single file that Windows looks for signatures in. */
static void print_inside(const char *path, const struct verify_counts *n, bool good) {
    const struct value *list = n->inside;

    if (!good && !list->n) /* what is wrong says enough */
        return;
    progress_safe(stdout, str_of(path), false);
    fputs(good ? ": good: " : ": ", stdout);
    if (list->n)
        printf("%zu signature%s\n", list->n, list->n == 1 ? "" : "s");
    else
        puts("unsigned: nobody vouches for whose it is");
    show_signatures(list);
    for (size_t i = 0; i < COUNT(told) && n->facts && good; i++) {
        const struct value *x = value_get(n->facts, told[i].fact);

        for (x = x ? x->child : NULL; x; x = x->next) {
            printf("  %s: ", told[i].shown);
            progress_safe(stdout, x->s, false);
            putchar('\n');
        }
    }
}

static void print_text(const struct cmd_run *run, const char *path, const struct report *bad,
                       const struct verify_counts *n, const struct verify_cli *o) {
    if (n->inside && !run->common->quiet)
        print_inside(path, n, !bad->total);
    for (size_t i = 0; i < bad->n; i++)
        progress_mistake(run->progress, bad->line[i]);
    if (n->inside || bad->total || run->common->quiet)
        return;
    printf("%s: good: %zu files, %zu packages, %zu signatures%s", path, n->files, n->packages,
           n->signatures, n->signatures && !o->keys.n ? " (by the key that lies beside them)" : "");
    if (n->inner)
        printf(", %zu inside packages%s", n->inner,
               o->roots.n || o->lists.n ? "" : " (not asked, without --root: whom they lead to)");
    putchar('\n');
}

static int verify_one(struct cmd_run *run, const char *path, size_t *wrong, struct err *e) {
    const struct verify_cli *o = run->opts;
    struct verify_opts opts = {.keys = o->keys.v,
                               .n_keys = o->keys.n,
                               .jobs = run->common->jobs,
                               .roots = o->trust,
                               .n_roots = o->roots.n + o->lists.n};
    struct report *bad = arena_alloc(run->mem, sizeof *bad);
    struct verify_counts n = {0};

    bad->mem = run->mem;
    if (verify_path(path, &opts, run->mem, bad, &n, e))
        return (int)e->code;
    *wrong += bad->total;
    if (run->common->json)
        print_json(path, bad, &n, run->mem);
    else
        print_text(run, path, bad, &n, o);
    return OK;
}

static int take_lists(struct cmd_run *run, struct verify_cli *o, struct err *e) {
    o->trust = arena_array(run->mem, o->roots.n + o->lists.n, sizeof *o->trust);
    for (size_t i = 0; i < o->roots.n; i++)
        o->trust[i] = o->roots.v[i];
    for (size_t i = 0; i < o->lists.n; i++) {
        o->trust[o->roots.n + i] = o->lists.v[i];
        if (chain_is_list(o->lists.v[i], e))
            return err_in(e, "--crl");
    }
    return OK;
}

static int verify_run(struct cmd_run *run, struct err *e) {
    size_t wrong = 0;

    if (!run->n_args)
        return err_set(e, E_USAGE,
                       "verify what? A dist folder, a published folder, an address or files");
    if (take_lists(run, run->opts, e))
        return (int)e->code;
    for (int i = 0; i < run->n_args; i++)
        if (verify_one(run, run->args[i], &wrong, e))
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
        "checked as far as its own digests and a signature beside it go; what Windows looks for "
        "signatures in (programs, MSI, cabinets) also by these, to the roots that are trusted.",
    .opts = verify_rows,
    .opts_size = sizeof(struct verify_cli),
    .run = verify_run,
};
