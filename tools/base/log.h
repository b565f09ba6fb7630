/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

#include <stdbool.h>

enum log_level { LOG_QUIET = -1, LOG_INFO = 0, LOG_DEBUG = 1 };

/* Set once by main before any thread starts. `line` gets each finished message, without newline,
 * under a lock; NULL: to stderr. The hook lets a progress line be lifted while a message is shown.
 */
typedef void log_hook(void *self, enum log_level level, bool warning, const char *text);
void log_setup(enum log_level level, log_hook *line, void *self);

/* What every message passes before anybody sees it, so that none shows a secret; NULL: nothing.
 * Called under the lock: it logs nothing itself. */
typedef struct str log_filter(void *self, struct str text, struct arena *a);
void log_filter_set(log_filter *filter, void *self);

/* A text as a message would show it: for what leaves in another way. */
struct str log_filtered(struct str text, struct arena *a);

/* For people, on stderr; results go to stdout through the command. Warnings are counted. */
void log_warn(const char *fmt, ...) PRINTF(1, 2);
void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_debug(const char *fmt, ...) PRINTF(1, 2);
unsigned log_warnings(void);
