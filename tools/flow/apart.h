/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* A recipe whose key is in another place (sign: authenticode: apart). Packing signs nothing then:
 * what it would sign waits in DIST/.slipway/apart, and once it was signed there, packing again
 * finds it. Packages are signed in the dist folder, when all in them is. */

/* Opens the certificate for packing. What an earlier run left waiting is forgotten, as this one
 * will note it again. */
int apart_open(struct flow *f, const struct value *section, struct err *e) MUST_USE;

/* How many programs wait now; 0 without such a recipe. */
int apart_waiting(struct flow *f, size_t *n, struct err *e) MUST_USE;

/* E_SIGN when a package of the release that Authenticode can sign is not signed yet: it is not to
 * be published. */
int apart_ready(struct flow *f, struct err *e) MUST_USE;

/* sign --prepare: what is to be signed next, into the folder `path`; *n files of it. The programs
 * first, and the packages when none waits. */
int apart_prepare(struct flow *f, const char *path, size_t *n, struct err *e) MUST_USE;

/* sign --attach: takes the signatures in `path`. With a package's all that describes it is made
 * anew. `left` still have none. */
struct apart_taken {
    size_t programs, packages, left;
};
int apart_attach(struct flow *f, const char *path, struct apart_taken *taken,
                 struct err *e) MUST_USE;
