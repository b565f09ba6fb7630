/* SPDX-License-Identifier: MIT */
#pragma once

#include "runtime/mounting.h"
#include "runtime/sqimage.h"

/* Processes in the background that outlive the program to clear up behind it, however it ends. They
 * are no children of anybody here, have no terminal, and take no notice of signals while it runs.
 * They know that it has ended when nobody holds the descriptor `keep` any more, which the program
 * and its children inherit. */
struct guard {
    int keep; /* this process's */
    int done; /* tells what the guard does */
};

/* Serves the mount's requests until it is unmounted, and unmounts it and removes its folder when
 * its last user is gone. Two processes: each ends the other's work should that be killed. m->fd
 * is theirs afterwards. 0, or an errno negated. */
int guard_mount(struct guard *g, struct mounting *m, struct sqimage *image);

/* Removes the folder when nobody uses it any more. */
int guard_folder(struct guard *g, const char *path);

/* Lets go and waits until all is cleared up, or somebody else turns out to be using it. Whether
 * the guard itself was gone before it was done. */
int guard_end(struct guard *g);
