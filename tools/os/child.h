/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* A child process by argument vector; never a shell string made from data. */
struct child_opts {
    const char *dir;        /* working folder, or NULL */
    const char *const *env; /* whole environment "K=V", NULL-ended; NULL: ours */
    struct str input;       /* standard input; empty: /dev/null */
    struct buf *output;     /* gets stdout when not NULL (cap applies) */
    struct buf *errors;     /* gets stderr when not NULL; may be the same buf as output */
    void (*line)(void *self,
                 struct str text); /* each line of stdout and stderr as it comes, when not NULL */
    bool (*stop)(void *self);      /* asked now and then: should the child be ended by SIGTERM? */
    void *self;
};

/* Runs argv[0] (found on PATH) and waits. 0 when it exited 0; E_TOOL naming it and how it ended
 * (status, signal, not found). *status gets the exit status when not NULL, and then a status other
 * than 0 is not an error. */
int child_run(const char *const *argv, const struct child_opts *o, int *status,
              struct err *e) MUST_USE;

bool child_found(const char *program); /* is it on PATH */
