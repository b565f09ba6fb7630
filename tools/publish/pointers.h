/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "text/value.h"

/* What a published folder shows: .slipway/current leads to a generation, a folder that holds
 * releases/latest, channels/ and all that others put into it. A new generation is a copy of the
 * present one that is edited and then switched in by one rename of that link. */
struct pointers {
    int root;
    struct arena *mem;
    struct value *channels; /* name -> version */
    uint64_t generation;    /* the present one; 0: none */
    const char *next;       /* the coming one, below root */
};

/* Reads the present state and makes the copy. */
int pointers_begin(struct pointers *p, int root, struct arena *mem, struct err *e) MUST_USE;

/* The version's channel points at it from now on, unless it is older than what the channel has. */
bool pointers_set(struct pointers *p, struct str version);

/* The newest stable version, or the newest of all while there is no stable one. */
struct str pointers_latest(const struct pointers *p);

/* Shows the coming generation. The one before stays for readers that are inside it. */
int pointers_switch(struct pointers *p, struct err *e) MUST_USE;

/* The coming generation is not wanted. */
int pointers_forget(struct pointers *p, struct err *e) MUST_USE;

/* Whether all pointers lead to releases; `where` names the folder in findings. */
int pointers_check(int root, const char *where, struct report *bad, struct arena *mem,
                   struct err *e) MUST_USE;
