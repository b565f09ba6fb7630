/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/inspect.h"
#include "flow/verify_inside.h"

#include <stdlib.h>
#include <unistd.h>

/* A file of any kind: what it is, what is in it, and who signed it. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    static int fd = -1;
    AUTO(arena) a = {0};
    struct infile f = {.size = n, .name = "fuzz"};
    struct report bad = {.mem = &a};
    struct value *list;
    struct inspect what;
    struct err e = {0};

    if (fd < 0) {
        char name[] = "/tmp/fuzz-inspect-XXXXXX";

        fd = mkstemp(name);
        unlink(name);
    }
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        abort();
    f.fd = fd;
    if (!inspect_infile(&f, "fuzz", &a, &what, &e)) {
        for (size_t i = 0; i < what.files.n; i++)
            if (tree_path_ok(what.files.v[i].path, &e))
                abort();
    } else if (!e.code || !e.msg[0]) {
        abort();
    }
    e = (struct err){0};
    (void)!verify_inside(&f, NULL, (struct str){0}, &a, &list, &bad, &e);
    return 0;
}
