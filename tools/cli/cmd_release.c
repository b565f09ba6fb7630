/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"

/* The commands that are one or more steps of flow/: build, pack, publish, release; sign has more
 * to it and a file of its own. */

static const struct opts_row steps_rows[] = {CMD_RECIPE_OPTS, {0}};

static int run_steps(struct cmd_run *run, int (*steps)(struct flow *, struct err *),
                     struct err *e) {
    const struct cmd_recipe *o = run->opts;
    struct flow *f;
    int rc;

    if (cmd_no_args(run, e) || cmd_open(run, o, &f, e))
        return (int)e->code;
    rc = steps(f, e);
    flow_close(f);
    if (!rc && !run->common->dry_run)
        progress_summary(run->progress, o->dist ? o->dist : "dist");
    return rc;
}

static int build_run(struct cmd_run *r, struct err *e) {
    return run_steps(r, flow_build, e);
}
static int pack_run(struct cmd_run *r, struct err *e) {
    return run_steps(r, flow_pack, e);
}
static int publish_run(struct cmd_run *r, struct err *e) {
    return run_steps(r, flow_publish, e);
}
static int release_run(struct cmd_run *r, struct err *e) {
    return run_steps(r, flow_release, e);
}

const struct cmd cmd_build = {
    .name = "build",
    .args = "",
    .summary = "Run the recipe's build steps.",
    .text = "Runs the steps of build: in order. A step whose inputs, command and environment are "
            "those of its last success is skipped. Output is shown as it comes and kept in "
            "DIST/.slipway/logs; a failing step ends the run.",
    .opts = steps_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = build_run,
};

const struct cmd cmd_pack = {
    .name = "pack",
    .args = "",
    .summary = "Make the packages, with their inner signatures, and seal them.",
    .text =
        "Gathers the files of each target, writes every format, signs inside where the format "
        "has signatures inside, and seals: size and digests go into DIST/release.json, and no "
        "byte changes after that. The files appear together at the end; what is unchanged since "
        "the last run is not made again.",
    .opts = steps_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = pack_run,
};

const struct cmd cmd_publish = {
    .name = "publish",
    .args = "",
    .summary = "Publish the sealed release.",
    .text = "Brings the artifacts of DIST/release.json to every place of publish:, files first, "
            "pointers last. Killed at any moment, the place shows the earlier release, and running "
            "it again finishes the work.",
    .opts = steps_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = publish_run,
};

const struct cmd cmd_release = {
    .name = "release",
    .args = "",
    .summary = "Build, pack, sign and publish.",
    .text = "All steps in order. Run again after a failure, it does only what is missing.",
    .opts = steps_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = release_run,
};
