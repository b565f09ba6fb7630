/* SPDX-License-Identifier: MIT */
#include "runtime/appenv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int resolve(const char *from, char to[PATH_MAX]) {
    char *path = realpath(from, NULL);
    snprintf(to, PATH_MAX, "%s", path ? path : from);
    free(path);
    return path != NULL;
}

/* Without /proc the kernel's own word for what it started has to do. */
static int find_self(struct appenv *a) {
    a->fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ssize_t n = readlink("/proc/self/exe", a->path, sizeof a->path - 1);
    if (a->fd >= 0 && n > 0) {
        a->path[n] = 0;
        return 0;
    }
    const char *started = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    if (a->fd < 0 && started)
        a->fd = open(started, O_RDONLY | O_CLOEXEC);
    int rc = a->fd < 0 ? -errno : 0;
    resolve(started ? started : "AppImage", a->path);
    return rc;
}

int appenv_find(struct appenv *a, const char *argv0) {
    const char *target = getenv("TARGET_APPIMAGE");
    int rc = 0;
    if (target && *target) {
        a->fd = open(target, O_RDONLY | O_CLOEXEC);
        rc = a->fd < 0 ? -errno : 0;
        resolve(target, a->path);
        a->argv0 = target;
    } else {
        rc = find_self(a);
        a->argv0 = argv0 && *argv0 ? argv0 : a->path;
    }
    const char *slash = strrchr(a->path, '/');
    snprintf(a->name, sizeof a->name, "%.*s", NAME_MAX, slash ? slash + 1 : a->path);
    return rc;
}

static int beside(const struct appenv *a, const char *what, char to[PATH_MAX]) {
    int n = snprintf(to, PATH_MAX, "%s.%s", a->path, what);
    return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static void portable(const struct appenv *a, const char *what, const char *variable) {
    char dir[PATH_MAX];
    struct stat st;
    if (!beside(a, what, dir) && !stat(dir, &st) && S_ISDIR(st.st_mode) && !access(dir, W_OK))
        setenv(variable, dir, 1);
}

int appenv_set(const struct appenv *a, const char *dir) {
    char cwd[PATH_MAX];
    if (setenv("APPIMAGE", a->path, 1) || setenv("APPDIR", dir, 1) || setenv("ARGV0", a->argv0, 1))
        return -ENOMEM;
    if (getcwd(cwd, sizeof cwd) && setenv("OWD", cwd, 1))
        return -ENOMEM;
    portable(a, "home", "HOME");
    portable(a, "config", "XDG_CONFIG_HOME");
    return 0;
}

int appenv_portable(const struct appenv *a, const char *what) {
    char dir[PATH_MAX];
    int rc = beside(a, what, dir);
    return !rc && mkdir(dir, 0700) ? -errno : rc;
}

static int runnable(const char *dir) {
    struct statvfs st;
    return statvfs(dir, &st) || !(st.f_flag & ST_NOEXEC);
}

int appenv_temporary(const char *prefix, int exec, char to[PATH_MAX]) {
    const char *places[] = {getenv("TMPDIR"), "/tmp", "/var/tmp"};
    char first[PATH_MAX] = "";
    int rc = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char dir[PATH_MAX];
        if (!places[i] || !*places[i])
            continue;
        /* The program may go elsewhere, so the path is absolute. */
        resolve(places[i], dir);
        int n = snprintf(to, PATH_MAX, "%s/%sXXXXXX", strcmp(dir, "/") ? dir : "", prefix);
        if (n >= PATH_MAX || (exec && !runnable(dir)))
            continue;
        if (mkdtemp(to))
            return 0;
        if (!rc) {
            rc = -errno;
            memcpy(first, dir, sizeof first);
        }
    }
    memcpy(to, *first ? first : "/tmp", *first ? sizeof first : 5);
    return rc ? rc : -EACCES;
}
