/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

/* What a fallible function returns, and what the process exits with. */
enum code {
    OK = 0,
    E_WRONG = 1,  /* what was verified is wrong */
    E_USAGE = 2,  /* the command line */
    E_RECIPE = 3, /* the recipe */
    E_INPUT = 4,  /* an input, a local file, a damaged format */
    E_TOOL = 5,   /* a child process */
    E_SIGN = 6,   /* keys and signing */
    E_NET = 7,    /* network or remote */
    E_BUG = 70,   /* our own mistake, out of memory */
};

enum { ERR_MAX = 1000 };

/* The one error of a run; it lives on the caller's stack. Empty: `struct err e = {0};` */
struct err {
    enum code code;
    int sys; /* errno where there was one */
    char msg[ERR_MAX];
};

/* Writes the message and returns `c`. An error that is already set is replaced. */
int err_set(struct err *e, enum code c, const char *fmt, ...) PRINTF(3, 4);

/* E_INPUT with the text of errno appended: "fmt: No such file or directory". Returns E_INPUT. */
int err_sys(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Prefixes the message with "fmt: " and returns e->code. */
int err_in(struct err *e, const char *fmt, ...) PRINTF(2, 3);
