/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* Steps 8, 9 and 11: update feeds, then checksum files over all sealed artifacts, then detached
 * signatures of artifacts and checksums, and the public key beside them. Each artifact is read once
 * more and compared with its seal while it is signed: other bytes are refused (E_WRONG). */
int signing_run(struct flow *f, struct err *e) MUST_USE;

/* Step 9 alone. *changed: a manifest is another than before, so that checksums and signatures must
 * be made anew. */
int signing_feeds(struct flow *f, bool *changed, struct err *e) MUST_USE;
