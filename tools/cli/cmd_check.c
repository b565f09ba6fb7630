/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/cmd.h"
#include "flow/registry.h"
#include "model/names.h"
#include "stage/load.h"
#include "stage/schema_doc.h"
#include "stage/schema_json.h"

#include <stdio.h>
#include <string.h>

enum { PRINT_MAX = 64 * 1024 * 1024 };

struct check_opts {
    struct cmd_recipe recipe;
    const char *print;
};

static const struct opts_row check_rows[] = {
    CMD_RECIPE_OPTS,
    {"print", 'p', OPTS_TEXT, offsetof(struct check_opts, print), "WHAT",
     "json: the recipe resolved; schema: the JSON Schema of recipes; keys: their keys as "
     "Markdown."},
    {0},
};

static int print_buf(struct buf *b, struct err *e) {
    AUTO(arena) mem = {0};
    struct str text;

    if (buf_check(b, "what is printed", e))
        return (int)e->code;
    text = log_filtered(buf_get(b), &mem); /* a recipe may have asked for a variable */
    fwrite(text.p ? text.p : "", 1, text.n, stdout);
    return OK;
}

/* What does not need a recipe. */
static int print_static(const char *what, struct arena *mem, bool *done, struct err *e) {
    const struct load_section *sections = registry_sections(mem);
    AUTO(buf) out = BUF_NONE;

    buf_init(&out, PRINT_MAX);
    *done = true;
    if (!strcmp(what, "schema"))
        return schema_json(sections, &out, e) ? (int)e->code : print_buf(&out, e);
    if (!strcmp(what, "keys"))
        return schema_doc(sections, &out, e) ? (int)e->code : print_buf(&out, e);
    *done = false;
    return OK;
}

static void say_plan(const struct flow *f) {
    const struct recipe *r = flow_recipe(f);
    size_t n;
    const struct flow_item *items = flow_items(f, &n);

    log_info("%s: " STR_F " " STR_F " is good; %zu artifacts", r->file, STR_A(r->name),
             STR_A(r->version), n);
    for (size_t i = 0; i < n; i++)
        log_info("  %s/%s  " STR_F, names_os(items[i].target->os),
                 names_arch(items[i].target->arch), STR_A(items[i].file_name));
}

static int check_run(struct cmd_run *run, struct err *e) {
    const struct check_opts *o = run->opts;
    const char *print = o->print ? o->print : run->common->json ? "json" : NULL;
    struct flow *f;
    bool done = false;
    AUTO(buf) out = BUF_NONE;
    int rc;

    buf_init(&out, PRINT_MAX);
    if (cmd_no_args(run, e))
        return (int)e->code;
    if (print && (print_static(print, run->mem, &done, e) || done))
        return (int)e->code;
    if (print && strcmp(print, "json") != 0)
        return err_set(e, E_USAGE, "--print takes json, schema or keys, not \"%s\"", print);
    if (cmd_open(run, &o->recipe, &f, e))
        return (int)e->code;
    rc = OK;
    if (print)
        rc = load_resolved(flow_recipe(f), &out, e) ? (int)e->code : print_buf(&out, e);
    else
        say_plan(f);
    flow_close(f);
    return rc;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "",
    .summary = "Check the recipe, and print it resolved.",
    .text = "Reads the recipe with everything it extends, expands its variables and asks every "
            "format whether it can be made. All mistakes are shown, each with its place in the "
            "file; nothing is written.",
    .opts = check_rows,
    .opts_size = sizeof(struct check_opts),
    .run = check_run,
};
