/* SPDX-License-Identifier: Apache-2.0 */
#include "os/abspath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REAL_MAX = 4096 }; /* PATH_MAX, as realpath wants it */

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

int abspath_real(const char *path, struct arena *a, const char **out, struct err *e) {
    char *room = arena_alloc(a, REAL_MAX);

    *out = realpath(path, room);
    return *out ? OK : err_sys(e, "%s", path);
}

bool abspath_below(struct str path) {
    if (!path.n)
        return false;
    for (bool more = true; more;) {
        struct str part;

        more = str_find(path, '/') < path.n;
        part = str_split(&path, '/');
        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return false;
    }
    return true;
}

int abspath_inside(const char *root, const char *path, struct arena *a, const char **out,
                   struct err *e) {
    const char *whole = arena_fmt(a, "%s/%s", root, path);
    size_t n = strlen(root);

    *out = NULL;
    if (!abspath_below(str_of(path)))
        return err_set(e, E_WRONG, "%s: is not a path below the folder", path);
    *out = realpath(whole, arena_alloc(a, REAL_MAX));
    if (!*out && (errno == ENOENT || errno == ENOTDIR))
        return OK;
    if (!*out)
        return err_sys(e, "%s", path);
    if (n > 1 && (strncmp(*out, root, n) != 0 || (*out)[n] != '/'))
        return err_set(e, E_WRONG, "%s: leads out of the folder", path);
    return OK;
}
