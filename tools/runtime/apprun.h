/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/appenv.h"
#include "runtime/sqimage.h"

/* Starts AppRun with these arguments from the mounted image, in this process, which then is the
 * program; where mounting is impossible, or `unpacked` wishes so, from a temporary folder, in a
 * child whose end this process takes over. Returns the exit status if it does. */
int apprun_start(struct appenv *a, struct sqimage *s, char **argv, int unpacked);

/* Mounts, prints where, and waits for a signal or for somebody else to unmount it. */
int apprun_mount(struct appenv *a, struct sqimage *s);
