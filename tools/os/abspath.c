/* SPDX-License-Identifier: Apache-2.0 */
#include "os/abspath.h"

#include <unistd.h>

int abspath(const char *path, struct arena *a, struct str *out, struct err *e) {
    char here[4096];

    *out = str_of(path);
    if (path[0] == '/')
        return OK;
    if (!getcwd(here, sizeof here))
        return err_sys(e, "the working folder");
    *out = str_fmt(a, "%s/%s", here, path);
    return OK;
}
