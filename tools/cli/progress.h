/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/log.h"
#include "flow/flow.h"

#include <stdio.h>

/* What a person sees while slipway works: one live line on a terminal, a line a finished thing
 * otherwise, and a summary at the end. With --json each finished thing is one object a line on
 * stdout. */
struct progress;

struct progress *progress_new(struct arena *mem, bool quiet, bool verbose, bool json,
                              const char *color);
const struct flow_watch *progress_watch(struct progress *p);
void progress_summary(struct progress *p,
                      const char *dist); /* table of what was made, and how long it took */
void progress_end(struct progress *p);   /* the live line goes */

/* The one error of the run: with the file's position first, and as an annotation for GitHub
 * Actions. */
void progress_error(const struct progress *p, const char *message);
void progress_mistake(const struct progress *p, struct str line); /* one of several */

/* Text that may come from anybody's files, to `to`: control characters as \\xNN, so that nothing
 * steers the terminal or fakes a line. With `lines` newlines stay, the next line indented. */
void progress_safe(FILE *to, struct str text, bool lines);

/* "12.3 MB" */
const char *progress_size(char text[32], uint64_t bytes);
