/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Tasks that threads work on side by side and that come back in the order they were given: where
 * the results are joined nothing depends on who was faster. One thread gives and takes. */
struct relay;

struct relay_ops {
    /* One thread's state, made by that thread before its first task; may be NULL. */
    void *(*open)(const void *config);
    void (*close)(void *worker); /* NULL with open */
    void (*turn)(void *worker, void *task);
};

/* `config` must stay until relay_close. Fewer threads than `jobs` are fine; E_INPUT when not even
 * one can be started. */
int relay_open(struct relay **r, const struct relay_ops *ops, const void *config, unsigned jobs,
               struct err *e) MUST_USE;

/* How many tasks keep every thread busy while the oldest is taken back: give no more than these. */
size_t relay_depth(const struct relay *r);
size_t relay_out(const struct relay *r); /* given and not yet taken back */

void relay_give(struct relay *r, void *task); /* at most relay_depth at a time */

/* The oldest task when it is done; NULL when none is out, or when it is not done and `wait` is
 * false. */
void *relay_take(struct relay *r, bool wait);

/* Ends the threads; tasks that are still out are left where they are. NULL is fine. */
void relay_close(struct relay *r);
