/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"

/* A private folder (0700) under TMPDIR or /tmp, removed with its content when dropped. */
struct tmpdir {
    int fd; /* -1: none */
    char path[512];
};
#define TMPDIR_NONE ((struct tmpdir){.fd = -1})

int tmpdir_open(struct tmpdir *d, const char *purpose, struct err *e) MUST_USE;
/* The same under another folder than TMPDIR. */
int tmpdir_open_in(struct tmpdir *d, const char *base, const char *purpose, struct err *e) MUST_USE;
void tmpdir_drop(struct tmpdir *d);
