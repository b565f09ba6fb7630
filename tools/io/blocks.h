/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"

/* A sink that cuts what is put into blocks, lets `jobs` threads turn each into other bytes, and
 * puts the results into the sink below in the order of the blocks. At most jobs + 2 blocks are in
 * memory. What comes out depends on the block size alone, never on the number of threads. */
struct blocks_ops {
    /* One worker's state, made before the first block; NULL when there is none to make. */
    void *(*open)(const void *config);
    void (*close)(void *worker);
    /* Turns `in` into at most room bytes at `out`; *n is what it wrote. `last`: the stream's last
     * block, perhaps empty. */
    int (*turn)(void *worker, const void *in, size_t in_n, bool last, void *out, size_t room,
                size_t *n, struct err *e);
};

/* `room`: the most that one block can become. `config` must stay until the sink is closed. An empty
 * stream is one empty last block. Everything is given back by sink_close. */
int blocks_sink(struct sink *s, struct sink *below, const struct blocks_ops *ops,
                const void *config, size_t block, size_t room, unsigned jobs,
                struct err *e) MUST_USE;
