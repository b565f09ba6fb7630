/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "os/envvar.h"
#include "os/fault.h"
#include "os/interrupt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct cmd *const cmd_all[] = {
    &cmd_init,     &cmd_check,      &cmd_build, &cmd_pack,    &cmd_sign,    &cmd_merge, &cmd_feed,
    &cmd_publish,  &cmd_release,    &cmd_repo,  &cmd_verify,  &cmd_inspect, &cmd_keys,  &cmd_doctor,
    &cmd_blockmap, &cmd_completion, &cmd_help,  &cmd_version, NULL,
};

const struct opts_row cmd_common_opts[] = {
    {"help", 'h', OPTS_FLAG, offsetof(struct cmd_common, help), NULL, "Show this help."},
    {"version", 'V', OPTS_FLAG, offsetof(struct cmd_common, version), NULL, "Show the version."},
    {"quiet", 'q', OPTS_FLAG, offsetof(struct cmd_common, quiet), NULL, "Say errors only."},
    {"verbose", 'v', OPTS_FLAG, offsetof(struct cmd_common, verbose), NULL, "Say more."},
    {"json", 0, OPTS_FLAG, offsetof(struct cmd_common, json), NULL,
     "Results as JSON on standard output, one object a line."},
    {"dry-run", 'n', OPTS_FLAG, offsetof(struct cmd_common, dry_run), NULL,
     "Check everything and say what would be done; write nothing."},
    {"jobs", 'j', OPTS_NUM, offsetof(struct cmd_common, jobs), "N",
     "Threads to use; one a processor without it. Never changes a byte."},
    {"dir", 'C', OPTS_TEXT, offsetof(struct cmd_common, dir), "DIR", "Work in this folder."},
    {"color", 0, OPTS_TEXT, offsetof(struct cmd_common, color), "WHEN", "auto, always or never."},
    {0},
};

const struct cmd *cmd_find(const char *name) {
    for (const struct cmd *const *c = cmd_all; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    return NULL;
}

int cmd_no_args(const struct cmd_run *r, struct err *e) {
    if (!r->n_args)
        return OK;
    return err_set(e, E_USAGE, "unexpected \"%s\"", r->args[0]);
}

int cmd_open(struct cmd_run *r, const struct cmd_recipe *o, struct flow **f, struct err *e) {
    struct report *problems = arena_alloc(r->mem, sizeof *problems);
    struct flow_opts opts = {
        .recipe = o->file ? o->file : "slipway.yaml",
        .dist = o->dist ? o->dist : "dist",
        .targets = o->targets.v,
        .n_targets = o->targets.n,
        .formats = o->formats.v,
        .n_formats = o->formats.n,
        .version = o->set_version,
        .set = o->set.v,
        .n_set = o->set.n,
        .jobs = r->common->jobs,
        .strict = o->strict,
        .dry_run = r->common->dry_run,
        .force = o->force,
        .watch = progress_watch(r->progress),
        .ask = ask_secret,
    };

    problems->mem = r->mem;
    if (!flow_open(f, &opts, r->mem, problems, e))
        return OK;
    for (size_t i = 0; i < problems->n; i++)
        progress_mistake(r->progress, problems->line[i]);
    if (problems->total)
        err_set(e, e->code, "%s: %zu mistake%s", opts.recipe, problems->total,
                problems->total == 1 ? "" : "s");
    return (int)e->code;
}

int cmd_unknown(const char *name, struct err *e) {
    const char *words[COUNT(cmd_all)];
    const char *close;
    size_t n = 0;

    for (const struct cmd *const *c = cmd_all; *c; c++)
        words[n++] = (*c)->name;
    close = opts_suggest(name, words, n);
    if (close)
        return err_set(e, E_USAGE, "unknown command \"%s\"; did you mean %s?", name, close);
    return err_set(e, E_USAGE, "unknown command \"%s\"; slipway help lists them", name);
}

/* The command is the first word that is no option; options may stand on both sides of it. */
static int find_command(int argc, char **argv, int *at) {
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            *at = i;
            return 1;
        }
        if (!strcmp(argv[i], "-C") || !strcmp(argv[i], "-j") || !strcmp(argv[i], "--dir") ||
            !strcmp(argv[i], "--jobs") || !strcmp(argv[i], "--color"))
            i++;
    }
    return 0;
}

static int run(int argc, char **argv, struct arena *mem, struct cmd_common *common,
               struct progress **progress, struct err *e) {
    struct opts_table tables[2] = {{cmd_common_opts, common}};
    struct cmd_run r = {.common = common, .mem = mem};
    const struct cmd *c = NULL;
    int at = 0, rc, words;

    if (find_command(argc, argv, &at)) {
        c = cmd_find(argv[at]);
        if (!c)
            return cmd_unknown(argv[at], e);
        r.opts = arena_alloc(mem, c->opts_size);
        tables[1] = (struct opts_table){c->opts, r.opts};
    }
    if (opts_parse(tables, 2, argc - 1, argv + 1, mem, &words, e))
        return (int)e->code;
    if (common->version) {
        printf("slipway %s\n", SLIPWAY_VERSION);
        return OK;
    }
    if (!c || common->help)
        return help_print(c, e);
    if (strcmp(common->color, "auto") != 0 && strcmp(common->color, "always") != 0 &&
        strcmp(common->color, "never") != 0)
        return err_set(e, E_USAGE, "--color takes auto, always or never");
    if (common->dir && chdir(common->dir))
        return err_sys(e, "%s", common->dir);
    *progress = progress_new(mem, common->quiet, common->verbose, common->json, common->color);
    r.progress = *progress;
    r.args = argv + 2; /* argv[1] is the command now */
    r.n_args = words - 1;
    rc = c->run(&r, e);
    progress_end(*progress);
    return rc;
}

int main(int argc, char **argv) {
    AUTO(arena) mem = {0};
    struct cmd_common common = {.color = "auto"};
    struct progress *progress = NULL;
    struct err e = {0};
    int rc;

    mem_start();
    fault_setup(envvar_get("SLIPWAY_FAULT"));
    interrupt_setup();
    rc = run(argc, argv, &mem, &common, &progress, &e);
    if (!rc && (fflush(stdout) || ferror(stdout)))
        rc = err_set(&e, E_INPUT, "standard output cannot be written");
    if (rc && !progress)
        progress = progress_new(&mem, true, false, false, "auto");
    if (rc && e.msg[0])
        progress_error(progress, e.msg);
    if (envvar_get("SLIPWAY_FAULT") && !strcmp(envvar_get("SLIPWAY_FAULT"), "count"))
        fprintf(stderr, "%lu counted calls\n", fault_count());
    log_setup(LOG_INFO, NULL, NULL);
    if (rc)
        interrupt_finish();
    return rc;
}
