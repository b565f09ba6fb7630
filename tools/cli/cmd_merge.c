/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"

static const struct opts_row merge_rows[] = {CMD_RECIPE_OPTS, {0}};

static int merge_run(struct cmd_run *run, struct err *e) {
    const struct cmd_recipe *o = run->opts;
    const char *const *dists = (const char *const *)run->args;
    struct flow *f;
    int rc;

    if (!run->n_args)
        return err_set(e, E_USAGE, "merge needs the dist folders of other jobs");
    if (cmd_open(run, o, &f, e))
        return (int)e->code;
    rc = flow_merge(f, dists, (size_t)run->n_args, e);
    flow_close(f);
    if (!rc && !run->common->dry_run)
        progress_summary(run->progress, o->dist ? o->dist : "dist");
    return rc;
}

const struct cmd cmd_merge = {
    .name = "merge",
    .args = "DIST…",
    .summary = "Bring the packages of other jobs' dist folders into this one.",
    .text =
        "Each DIST is the dist folder of a job that packed other targets or formats of the same "
        "version. Their packages and block maps are checked against their ledgers and taken over; "
        "feeds, checksums and signatures are then made anew over all of them. A package that two "
        "jobs made with different bytes is refused. With no dist folder yet, this makes one.",
    .opts = merge_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = merge_run,
};
