/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* What Windows runs, made ready before any format packs it: the entry gets its look (icon, version,
 * manifest), and all that can hold an Authenticode signature and has none is signed when the recipe
 * has a key. That happens in copies in DIST/.slipway/programs, which later runs take again; the
 * tree's entries lead there then. Other targets' trees stay as they are. */
int programs_ready(struct flow *f, const struct flow_item *item, struct tree *app,
                   struct err *e) MUST_USE;

/* Removes the copies that this run had no use for. */
int programs_tidy(struct flow *f, struct err *e) MUST_USE;

/* Signs the file in the making, if the format's packages are signed and there is a key; the
 * artifact's signer is set. */
int programs_sign_package(struct flow *f, const struct packager *p, struct outfile *out,
                          struct artifact *a, struct err *e) MUST_USE;

/* pack_job.sign_program: signs `name` in the open folder `dir`. */
int programs_sign(void *flow, int dir, const char *name, struct err *e) MUST_USE;
