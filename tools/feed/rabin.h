/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Where content-defined chunks end: Rabin fingerprints over a window of 64 bytes, with the
 * polynomial and the sizes that electron-builder uses (those of the Go package aclements/go-rabin).
 * Whether a place can be an end depends on the 64 bytes before it alone. */
enum { RABIN_WINDOW = 64, RABIN_MIN = 8192, RABIN_MAX = 32768, RABIN_MASK = 0x3fff };

struct rabin {
    uint64_t push[256], pop[256];
};

void rabin_init(struct rabin *r);

/* The length of the chunk that begins at `p`, given n bytes from there; n only when there are no
 * more in the file (`last`) or n is RABIN_MAX or more. 0: more bytes are needed to tell. */
size_t rabin_cut(const struct rabin *r, const unsigned char *p, size_t n, int last);
