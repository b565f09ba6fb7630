/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "cli/opts.h"
#include "cli/progress.h"
#include "flow/flow.h"

#include <stdbool.h>
#include <stddef.h>

/* What every command has. */
struct cmd_common {
    bool help, version, quiet, verbose, json, dry_run;
    unsigned jobs;
    const char *dir;   /* -C */
    const char *color; /* auto, always, never */
};

struct cmd_run { /* what a command is given */
    const struct cmd_common *common;
    void *opts;
    char **args;
    int n_args;
    struct arena *mem;
    struct progress *progress;
};

struct cmd {
    const char *name;
    const char *args;    /* "[PATH]…" */
    const char *summary; /* one line */
    const char *text;    /* paragraphs of the manual page, separated by empty lines */
    const struct opts_row *opts;
    size_t opts_size;
    int (*run)(struct cmd_run *r, struct err *e);
};

extern const struct cmd *const cmd_all[]; /* NULL-ended, in the order of the help */
extern const struct opts_row cmd_common_opts[];
const struct cmd *cmd_find(const char *name);
int cmd_unknown(const char *name, struct err *e); /* E_USAGE with a suggestion */

/* Options of the commands that read a recipe; the first member of their structs. */
struct cmd_recipe {
    const char *file, *dist, *set_version;
    struct opts_list targets, formats, set;
    bool strict, force;
};
#define CMD_RECIPE_OPTS                                                                              \
    {"file",    'f',                                                                                 \
     OPTS_TEXT, offsetof(struct cmd_recipe, file),                                                   \
     "RECIPE",  "The recipe; slipway.yaml without it."},                                             \
        {"dist",    'o',                                                                             \
         OPTS_TEXT, offsetof(struct cmd_recipe, dist),                                               \
         "DIST",    "The folder that artifacts go to; dist without it."},                            \
        {"target",    't',                                                                           \
         OPTS_LIST,   offsetof(struct cmd_recipe, targets),                                          \
         "OS[/ARCH]", "Only these targets: linux/x86_64, windows …"},                                \
        {"format",  'F',                                                                             \
         OPTS_LIST, offsetof(struct cmd_recipe, formats),                                            \
         "FORMAT",  "Only these formats: deb, rpm …"},                                               \
        {"set",       's',                                                                           \
         OPTS_FILES,  offsetof(struct cmd_recipe, set),                                              \
         "KEY=VALUE", "Over a key of the recipe: --set deb.section=net"},                            \
        {"set-version", 0,                                                                           \
         OPTS_TEXT,     offsetof(struct cmd_recipe, set_version),                                    \
         "VERSION",     "Instead of the recipe's version."},                                         \
        {"strict", 0, OPTS_FLAG, offsetof(struct cmd_recipe, strict), NULL, "Warnings are errors."}, \
    {                                                                                                \
        "force", 0, OPTS_FLAG, offsetof(struct cmd_recipe, force), NULL,                             \
            "Make everything again, also what is unchanged."                                         \
    }

/* Loads and checks; every mistake is printed. The flow is closed by the caller. */
int cmd_open(struct cmd_run *r, const struct cmd_recipe *o, struct flow **f,
             struct err *e) MUST_USE;
int cmd_no_args(const struct cmd_run *r, struct err *e) MUST_USE;

extern const struct cmd cmd_blockmap, cmd_build, cmd_check, cmd_completion, cmd_doctor, cmd_feed,
    cmd_help, cmd_init, cmd_inspect, cmd_keys, cmd_merge, cmd_pack, cmd_publish, cmd_release,
    cmd_repo, cmd_sign, cmd_verify, cmd_version;
