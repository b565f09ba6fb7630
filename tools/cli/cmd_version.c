/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"

#include <stdio.h>

static int version_run(struct cmd_run *run, struct err *e) {
    if (cmd_no_args(run, e))
        return (int)e->code;
    if (run->common->json)
        printf("{\"name\":\"slipway\",\"version\":\"%s\"}\n", SLIPWAY_VERSION);
    else
        printf("slipway %s\n", SLIPWAY_VERSION);
    return OK;
}

const struct cmd cmd_version = {
    .name = "version",
    .args = "",
    .summary = "Show the version.",
    .text = "The same as slipway --version.",
    .opts_size = 1,
    .run = version_run,
};
