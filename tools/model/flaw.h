/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "text/value.h"

/* Mistakes of a recipe while they are being collected: found in any order, told in the order of the
 * text, each once however many targets repeat it. Empty: `{.mem = arena}`. */
enum { FLAW_MAX = 2000 }; /* kept; the rest is counted */

struct flaws {
    struct arena *mem;
    struct flaw *v;
    size_t n, room;
    size_t total;
    const char *first_file; /* its mistakes come first; NULL: none is preferred */
};

/* Notes a mistake at a position. Two of the same position and `id` (a short word for what is wrong)
 * are one, wherever an alias repeats them. */
void flaw_add(struct flaws *f, struct pos at, const char *id, const char *fmt, ...) PRINTF(4, 5);

/* The message of `e`, which has no position of its own. */
void flaw_err(struct flaws *f, struct pos at, const struct err *e);

/* Sorts, leaves repeats out and appends the lines "file:line:col: text" to `r`. Returns how many
 * mistakes there are. */
size_t flaw_tell(struct flaws *f, struct report *r);

/* Enough has been found that looking for suggestions would only cost time. */
bool flaw_many(const struct flaws *f);
