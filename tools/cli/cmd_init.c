/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/cmd.h"
#include "os/fsys.h"
#include "stage/guess.h"

#include <stdio.h>

struct init_opts {
    const char *file;
};

static const struct opts_row init_rows[] = {
    {"file", 'f', OPTS_TEXT, offsetof(struct init_opts, file), "RECIPE",
     "The recipe to write, inside DIR; slipway.yaml without it."},
    {0},
};

static int init_run(struct cmd_run *run, struct err *e) {
    const struct init_opts *o = run->opts;
    const char *dir = run->n_args ? run->args[0] : ".", *file = o->file ? o->file : "slipway.yaml";
    AUTO(fsys_dir) d = FSYS_DIR_NONE;
    AUTO(buf) text = BUF_NONE;
    struct fsys_stat st;
    struct guess g;

    if (run->n_args > 1)
        return err_set(e, E_USAGE, "unexpected \"%s\"", run->args[1]);
    if (fsys_dir_open(&d, FSYS_HERE, dir, e) || fsys_lstat(d.fd, file, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_NONE && !run->common->dry_run)
        return err_set(e, E_INPUT,
                       "%s: is there already and is not written over; --dry-run shows what would "
                       "be, --file writes another",
                       file);
    if (guess_project(dir, run->mem, &g, e) || guess_recipe(&g, &text, e))
        return (int)e->code;
    if (run->common->dry_run) {
        fwrite(text.p, 1, text.n, stdout);
        return OK;
    }
    if (fsys_write(d.fd, file, buf_get(&text), 0644, e))
        return (int)e->code;
    log_info("%s: written%s" STR_F, file, g.from.n ? " from " : "", STR_A(g.from));
    if (g.left)
        log_info(
            "not all that electron-builder is told can be said there: its last %zu lines are what "
            "is left",
            g.left);
    log_info("read it, then: slipway check");
    return OK;
}

const struct cmd cmd_init = {
    .name = "init",
    .args = "[DIR]",
    .summary = "Write a first recipe from what is found.",
    .text =
        "Takes names, version, licence and the way to build from package.json, Cargo.toml, "
        "go.mod, CMakeLists.txt, and from the configurations of goreleaser, nfpm and "
        "electron-builder: of the last one with all that makes packages for Windows, and what has "
        "no counterpart is named at the recipe's end. A recipe that is there is never written "
        "over; --dry-run shows the "
        "text instead.",
    .opts = init_rows,
    .opts_size = sizeof(struct init_opts),
    .run = init_run,
};
