/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "cli/show.h"
#include "flow/inspect.h"

#include <stdio.h>

struct inspect_cli {
    bool files, tables;
};

static const struct opts_row inspect_rows[] = {
    {"files", 'l', OPTS_FLAG, offsetof(struct inspect_cli, files), NULL,
     "List the files too; always with --json."},
    {"tables", 't', OPTS_FLAG, offsetof(struct inspect_cli, tables), NULL,
     "List the tables of installer databases, with their rows; always with --json."},
    {0},
};

static char kind_letter(const struct tree_entry *t) {
    return t->kind == TREE_DIR ? 'd' : t->kind == TREE_LINK ? 'l' : '-';
}

static void print_mode(uint32_t mode) {
    for (int i = 8; i >= 0; i--)
        putchar(mode >> i & 1 ? "xwr"[i % 3] : '-');
}

static void print_files(const struct inspect *in) {
    for (size_t i = 0; i < in->files.n; i++) {
        const struct tree_entry *t = &in->files.v[i];

        putchar(kind_letter(t));
        print_mode(t->mode);
        printf(" %12llu ", (unsigned long long)t->size);
        progress_safe(stdout, t->path, false);
        if (t->target.n) {
            fputs(t->kind == TREE_LINK ? " -> " : " = ", stdout);
            progress_safe(stdout, t->target, false);
        }
        putchar('\n');
    }
}

static void print_text(const char *path, const struct inspect *in, bool files, bool tables,
                       struct arena *mem) {
    char size[32];

    printf("%s: %s, %s", path, in->format, progress_size(size, in->size));
    if (in->files.n || !in->signatures) /* programs have no files in them */
        printf(", %zu %s", in->files.n, in->files.n == 1 ? "entry" : "entries");
    putchar('\n');
    printf("  SHA-256: " STR_F "\n",
           STR_A(digest_hex(mem, in->digests.sha256, sizeof in->digests.sha256)));
    for (const struct value *v = in->facts->child; v; v = v->next)
        if (!str_is(v->key, "Tables") || tables)
            show_fact(v);
        else
            printf("  Tables: %zu\n", v->n);
    if (in->signatures && !in->signatures->n)
        printf("  signatures: none\n");
    else if (in->signatures)
        show_signatures(in->signatures);
    if (files)
        print_files(in);
}

/* `why`: it is wrong or damaged, and this is as far as it could be read; NULL: it is not. */
static void print_json(const char *path, const struct inspect *in, const char *why,
                       struct arena *mem) {
    struct value *v = value_new(mem, VALUE_MAP), *list = value_new(mem, VALUE_LIST);
    AUTO(buf) out = BUF_NONE;

    for (size_t i = 0; i < in->files.n; i++) {
        const struct tree_entry *t = &in->files.v[i];
        struct value *f = value_new(mem, VALUE_MAP);

        value_set(mem, f, "path", value_str(mem, t->path));
        value_set(mem, f, "type",
                  value_str(mem, str_of(t->kind == TREE_DIR    ? "dir"
                                        : t->kind == TREE_LINK ? "symlink"
                                                               : "file")));
        value_set(mem, f, "mode", value_str(mem, str_fmt(mem, "%04o", t->mode)));
        value_set(mem, f, "size", value_int(mem, (int64_t)t->size));
        if (t->target.n)
            value_set(mem, f, "target", value_str(mem, t->target));
        value_add(list, f);
    }
    value_set(mem, v, "path", value_str(mem, str_of(path)));
    value_set(mem, v, "format", value_str(mem, str_of(in->format)));
    value_set(mem, v, "size", value_int(mem, (int64_t)in->size));
    value_set(mem, v, "sha256",
              value_str(mem, digest_hex(mem, in->digests.sha256, sizeof in->digests.sha256)));
    if (why)
        value_set(mem, v, "error", value_str(mem, str_of(why)));
    value_set(mem, v, "facts", in->facts);
    if (in->signatures)
        value_set(mem, v, "signatures", in->signatures);
    value_set(mem, v, "files", list);
    buf_init(&out, (size_t)1 << 30);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static void print(const struct cmd_run *run, const struct inspect *in, const char *path,
                  const char *why, struct arena *mem) {
    const struct inspect_cli *o = run->opts;

    if (run->common->json)
        print_json(path, in, why, mem);
    else
        print_text(path, in, o->files, o->tables, mem);
}

static int inspect_run(struct cmd_run *run, struct err *e) {
    if (!run->n_args)
        return err_set(e, E_USAGE, "inspect which file?");
    for (int i = 0; i < run->n_args; i++) {
        AUTO(arena) mem = {0};
        struct report *bad = arena_alloc(&mem, sizeof *bad);
        struct inspect in;

        bad->mem = &mem;
        if (inspect_file(run->args[i], &mem, &in, bad, e)) {
            if (in.format && in.facts->n) /* as far as it got */
                print(run, &in, run->args[i], e->msg, &mem);
            return (int)e->code;
        }
        if (bad->total)
            err_set(e, E_WRONG, STR_F, STR_A(bad->line[0]));
        print(run, &in, run->args[i], bad->total ? e->msg : NULL, &mem);
        if (bad->total)
            return (int)e->code;
    }
    return OK;
}

const struct cmd cmd_inspect = {
    .name = "inspect",
    .args = "FILE...",
    .summary = "Show what is in a package and who signed it.",
    .text = "Reads a package of any known format, ours or anyone's, and shows its facts and files; "
            "of Windows also programs, libraries, cabinets, patches and transforms, and the "
            "signatures inside them. Every digest that the format carries is checked on the way; "
            "whom signatures lead to is for verify to say.",
    .opts = inspect_rows,
    .opts_size = sizeof(struct inspect_cli),
    .run = inspect_run,
};
