/* SPDX-License-Identifier: MIT */
#include "runtime/inuse.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether one process does, by its number's text and the folder. */
typedef int inuse_look(const char *pid, const char *path);

static int lies_in(const char *pid, const char *what, const char *path) {
    char name[300], target[PATH_MAX];
    size_t n = strlen(path);
    snprintf(name, sizeof name, "/proc/%s/%s", pid, what);
    ssize_t len = readlink(name, target, sizeof target - 1);
    return len >= (ssize_t)n && !memcmp(target, path, n) && (len == (ssize_t)n || target[n] == '/');
}

static int runs_in(const char *pid, const char *path) {
    return lies_in(pid, "exe", path) || lies_in(pid, "cwd", path);
}

/* Goes through the environment byte by byte: it has no limit, and this program has little memory.
 */
static int was_given(const char *pid, const char *path) {
    char name[300], wanted[PATH_MAX + 16], block[4096];
    snprintf(name, sizeof name, "/proc/%s/environ", pid);
    int n = snprintf(wanted, sizeof wanted, "APPDIR=%s", path),
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    /* How much of the wanted variable, its final 0 too, matched so far; -1 until the next one. */
    int at = 0, found = 0;
    for (ssize_t got; !found && (got = read(fd, block, sizeof block)) > 0;)
        for (ssize_t i = 0; i < got && !found; i++) {
            int same = at >= 0 && block[i] == wanted[at];
            found = same && at == n;
            at = !block[i] ? 0 : same ? at + 1 : -1;
        }
    close(fd);
    return found;
}

static int anybody(inuse_look *look, const char *path) {
    DIR *d = opendir("/proc");
    int found = 0;
    for (struct dirent *e; d && !found && (e = readdir(d)) != NULL;)
        found = e->d_name[0] >= '1' && e->d_name[0] <= '9' && look(e->d_name, path);
    if (d)
        closedir(d);
    return found;
}

int inuse_now(const char *path) {
    return anybody(runs_in, path);
}

int inuse_soon(const char *path) {
    return anybody(was_given, path);
}
