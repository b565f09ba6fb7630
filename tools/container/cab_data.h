/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cab.h"

enum {
    CAB_DATA_BLOCK = 32768,
    CAB_DATA_HEAD = 8,            /* sum, size, size of what it stands for */
    CAB_DATA_MOST = 32768 + 6144, /* of a compressed block */
};

/* The sum of [MS-CAB] 3.1, going on from `seed`. */
uint32_t cab_data_sum(const void *p, size_t n, uint32_t seed);

/* A sink that compresses what is put on several threads, and puts blocks of a cabinet into `below`.
 * What is put between two ends of folders is compressed together. */
int cab_data_sink(struct sink *s, struct sink *below, const struct cab_opts *o,
                  struct err *e) MUST_USE;

/* All that was put is below now; what comes next does not refer to it. */
int cab_data_end_folder(struct sink *s, struct err *e) MUST_USE;
