/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cab_data.h"

struct cab_unpack_folder {
    uint64_t at, end; /* its first block; where the next folder's begins, or the cabinet ends */
    unsigned blocks, method;
};

/* The one folder that is being unpacked, up to one of its bytes. */
struct cab_unpack;
struct cab_unpack *cab_unpack_new(unsigned reserve); /* bytes in each block */
void cab_unpack_free(struct cab_unpack *u);

/* Up to n bytes from `at` on, which is not in front of what was given last of this folder. E_INPUT
 * when a block is damaged or the folder ends. */
int cab_unpack_get(struct cab_unpack *u, const struct cab_in *in, const struct cab_unpack_folder *f,
                   uint64_t at, void *p, size_t n, size_t *got, struct err *e) MUST_USE;
