/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

unsigned thread_cores(void); /* processors this process may use, at least 1 */

/* Runs fn(ctx, 0) … fn(ctx, n-1), up to `jobs` at a time, and waits for all. Each call has its own
 * err; the error of the smallest index is returned, so the result does not depend on timing. After
 * a failure no new index is started. */
int thread_each(unsigned jobs, size_t n, int (*fn)(void *ctx, size_t i, struct err *e), void *ctx,
                struct err *e) MUST_USE;

struct thread; /* one thread, for pipelines */
int thread_start(struct thread **t, void (*fn)(void *), void *arg, struct err *e) MUST_USE;
void thread_join(struct thread *t); /* frees it; NULL is fine */

struct thread_lock; /* a mutex and one condition */
struct thread_lock *thread_lock_new(void);
void thread_lock_free(struct thread_lock *l); /* NULL is fine */
void thread_enter(struct thread_lock *l);
void thread_leave(struct thread_lock *l);
void thread_wait(struct thread_lock *l); /* inside: waits for thread_wake_all */
void thread_wake_all(struct thread_lock *l);
