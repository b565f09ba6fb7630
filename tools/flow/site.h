/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* What a published folder holds beside its releases: package repositories, the install script, the
 * download page, and site.json, the ledger of all these. */

/* The rows of publish: that are repositories need a published folder to go into. */
int site_check(const struct flow *f, struct report *problems, struct err *e) MUST_USE;

/* Edits the coming generation of a published folder. `row` is the folder's row of publish:. */
int site_compose(struct flow *f, const struct value *row, const struct publish_place *p,
                 bool *changed, struct err *e) MUST_USE;
