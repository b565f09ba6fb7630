/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "cli/help.h"

struct help_opts {
    bool man, markdown;
};

static const struct opts_row help_rows[] = {
    {"man", 0, OPTS_FLAG, offsetof(struct help_opts, man), NULL, "As a manual page (roff)."},
    {"markdown", 0, OPTS_FLAG, offsetof(struct help_opts, markdown), NULL,
     "All commands as one Markdown page."},
    {0},
};

static int help_run(struct cmd_run *run, struct err *e) {
    const struct help_opts *o = run->opts;
    const struct cmd *c = run->n_args ? cmd_find(run->args[0]) : NULL;

    if (run->n_args > 1)
        return err_set(e, E_USAGE, "unexpected \"%s\"", run->args[1]);
    if (run->n_args && !c)
        return cmd_unknown(run->args[0], e);
    if (o->markdown)
        return help_markdown(e);
    return o->man ? help_man(c, e) : help_print(c, e);
}

const struct cmd cmd_help = {
    .name = "help",
    .args = "[COMMAND]",
    .summary = "Show help, a manual page or the reference.",
    .text = "The same texts as --help.",
    .opts = help_rows,
    .opts_size = sizeof(struct help_opts),
    .run = help_run,
};
