/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "model/recipe.h"

/* The recipe's build: stages, one after the other in the recipe's folder. */
struct steps_opts {
    const char *state_dir; /* stamps and logs: DIST/.slipway */
    const char *only;      /* this step alone; NULL: all */
    bool force;            /* nothing counts as unchanged */
    void (*begin)(void *self, struct str name);
    void (*line)(void *self, struct str text); /* each line of output as it comes */
    void (*end)(void *self, struct str name, bool skipped, double seconds);
    void *self;
    const struct str *hide; /* variables that steps do not inherit; their own env may set them */
    size_t n_hide;
    struct str (*redact)(void *self, struct str text, struct arena *a); /* a line before it is kept
                                                                           or shown; may be NULL */
    struct buf *tail; /* gets the last lines of a step that failed; may be NULL */
};

/* Runs what is not unchanged. A step is skipped while its command, environment and folder, the
 * names and contents of the files that its inputs match are those of its last success and each of
 * its outputs matches something; one without inputs runs each time. `run` texts go to `sh -e -c`.
 * Output is kept in state_dir/logs/NAME.log. E_TOOL names the step that failed or made no
 * outputs; the ones after it do not run. */
int steps_run(const struct recipe *r, const struct steps_opts *o, struct err *e) MUST_USE;
