/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "repo/apt_index.h"

#include <stdlib.h>
#include <unistd.h>

/* A package: what is said of it is one paragraph of an index. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static const struct apt_deb_opts opts = {.component = {"main", 4}};
    static int fd = -1;
    AUTO(arena) mem = {0};
    struct infile f = {.size = n, .name = "fuzz"};
    struct apt_index ix = {.mem = &mem};
    struct apt_deb d;
    struct err e = {0};

    if (fd < 0) {
        char name[] = "/tmp/fuzz-apt-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    f.fd = fd;
    if (fsys_stat(FSYS_HERE, arena_fmt(&mem, "/proc/self/fd/%d", fd), &f.st, &e))
        abort();
    if (!apt_deb_read(&f, &opts, &mem, &d, &e) &&
        (apt_index_parse(d.text, "t", &ix, &e) || ix.n != 1 || !str_eq(ix.v[0].name, d.name)))
        abort();
    return 0;
}
