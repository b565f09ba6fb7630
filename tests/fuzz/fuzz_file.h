/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "os/infile.h"

#include <stdlib.h>
#include <unistd.h>

/* The bytes of a run as a file that has no name, for readers that want one. The descriptor is the
 * same in all runs: nobody closes it. */
static inline struct infile fuzz_file(const unsigned char *p, size_t n) {
    static int fd = -1;

    if (fd < 0) {
        char name[] = "/tmp/fuzz-file-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    return (struct infile){.fd = fd, .size = n, .name = "fuzz"};
}
