/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"

#include "base/log.h"
#include "os/fault.h"
#include "os/interrupt.h"
#include "os/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(AT_FDCWD == FSYS_HERE, "FSYS_HERE is AT_FDCWD");

int fsys_dir_open(struct fsys_dir *d, int dir, const char *path, struct err *e) {
    d->fd = -1;
    if (!fault_hit())
        d->fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return d->fd < 0 ? err_sys(e, "%s", path) : OK;
}

void fsys_dir_drop(struct fsys_dir *d) {
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

static void fill(struct fsys_stat *st, const struct stat *s) {
    st->kind = S_ISREG(s->st_mode)   ? FSYS_FILE
               : S_ISDIR(s->st_mode) ? FSYS_DIR
               : S_ISLNK(s->st_mode) ? FSYS_LINK
                                     : FSYS_OTHER;
    st->mode = s->st_mode & 07777;
    st->size = (uint64_t)s->st_size;
    st->dev = s->st_dev;
    st->ino = s->st_ino;
    st->links = s->st_nlink;
    st->mtime = s->st_mtim.tv_sec;
    st->mtime_ns = s->st_mtim.tv_nsec;
    st->blocks = (uint64_t)s->st_blocks;
}

static int stat_at(int dir, const char *path, int flags, struct fsys_stat *st, struct err *e) {
    struct stat s;

    *st = (struct fsys_stat){.kind = FSYS_NONE};
    if (fstatat(dir, path, &s, flags)) {
        if (errno == ENOENT || errno == ENOTDIR)
            return OK;
        return err_sys(e, "%s", path);
    }
    fill(st, &s);
    return OK;
}

int fsys_lstat(int dir, const char *path, struct fsys_stat *st, struct err *e) {
    return stat_at(dir, path, AT_SYMLINK_NOFOLLOW, st, e);
}

int fsys_stat(int dir, const char *path, struct fsys_stat *st, struct err *e) {
    return stat_at(dir, path, 0, st, e);
}

static int by_name(const void *a, const void *b) {
    const struct fsys_name *x = a, *y = b;

    return str_cmp(x->name, y->name);
}

static enum fsys_kind kind_of(int fd, const struct dirent *d) {
    struct fsys_stat st;
    struct err ignored = {0};

    switch (d->d_type) {
    case DT_REG:
        return FSYS_FILE;
    case DT_DIR:
        return FSYS_DIR;
    case DT_LNK:
        return FSYS_LINK;
    case DT_UNKNOWN:
        return fsys_lstat(fd, d->d_name, &st, &ignored) ? FSYS_OTHER : st.kind;
    default:
        return FSYS_OTHER;
    }
}

int fsys_list(int dir, const char *path, struct arena *a, struct fsys_name **names, size_t *n,
              struct err *e) {
    size_t room = 0;
    const struct dirent *d;
    DIR *open_dir;
    int fd = -1;

    *names = NULL;
    *n = 0;
    if (!fault_hit())
        fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, "%s", path);
    open_dir = fdopendir(fd);
    if (!open_dir) {
        close(fd);
        return err_sys(e, "%s", path);
    }
    for (errno = 0; (d = readdir(open_dir)); errno = 0) {
        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
            continue;
        *names = arena_grow(a, *names, *n, *n + 1, sizeof **names, &room);
        (*names)[(*n)++] =
            (struct fsys_name){str_dup(a, str_of(d->d_name)), kind_of(dirfd(open_dir), d)};
    }
    if (errno) {
        int rc = err_sys(e, "%s", path);

        closedir(open_dir);
        return rc;
    }
    closedir(open_dir);
    if (*n)
        qsort(*names, *n, sizeof **names, by_name);
    return OK;
}

int fsys_readlink(int dir, const char *path, struct arena *a, struct str *target, struct err *e) {
    char text[4096];
    ssize_t n = readlinkat(dir, path, text, sizeof text);

    *target = (struct str){0};
    if (n < 0)
        return err_sys(e, "%s", path);
    if ((size_t)n == sizeof text)
        return err_set(e, E_INPUT, "%s: the link's target is too long", path);
    *target = str_dup(a, (struct str){text, (size_t)n});
    return OK;
}

static int make_dir(int dir, const char *path, struct err *e) {
    struct stat s;

    if (!fault_hit() && !mkdirat(dir, path, 0777))
        return OK;
    if (errno == EEXIST && !fstatat(dir, path, &s, 0)) {
        if (S_ISDIR(s.st_mode))
            return OK;
        return err_set(e, E_INPUT, "%s: is there and is not a folder", path);
    }
    return err_sys(e, "%s", path);
}

int fsys_mkdirs(int dir, const char *path, struct err *e) {
    AUTO(arena) mem = {0};
    char *part = arena_dup(&mem, path, strlen(path));
    struct stat s;

    if (!fstatat(dir, path, &s, 0) && S_ISDIR(s.st_mode))
        return OK;
    for (char *p = part + 1; *part && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if ((fstatat(dir, part, &s, 0) || !S_ISDIR(s.st_mode)) && make_dir(dir, part, e))
            return (int)e->code;
        *p = '/';
    }
    return make_dir(dir, path, e);
}

int fsys_symlink(int dir, const char *target, const char *path, struct err *e) {
    if (fault_hit() || symlinkat(target, dir, path))
        return err_sys(e, "%s", path);
    return OK;
}

int fsys_symlink_over(int dir, const char *target, const char *path, struct err *e) {
    char temp[4096];

    if ((size_t)snprintf(temp, sizeof temp, "%s.slipway-new", path) >= sizeof temp)
        return err_set(e, E_INPUT, "%s: path too long", path);
    if (fsys_unlink(dir, temp, e) || fsys_symlink(dir, target, temp, e))
        return (int)e->code;
    if (fsys_rename(dir, temp, path, e)) {
        unlinkat(dir, temp, 0);
        return (int)e->code;
    }
    return OK;
}

int fsys_link(int dir, const char *from, const char *to, struct err *e) {
    if (fault_hit() || linkat(dir, from, dir, to, 0))
        return err_sys(e, "%s", to);
    return OK;
}

static int sync_parent(int dir, const char *path, struct err *e) {
    const char *slash = strrchr(path, '/');
    AUTO(arena) mem = {0};

    if (!slash)
        return fsys_sync_dir(dir, ".", e);
    return fsys_sync_dir(dir, slash == path ? "/" : arena_dup(&mem, path, (size_t)(slash - path)),
                         e);
}

/* It has its new name now; an error would deny it. */
static void sync_moved(int dir, const char *path) {
    struct err e = {0};

    if (sync_parent(dir, path, &e))
        log_warn("%s", e.msg);
}

int fsys_rename(int dir, const char *from, const char *to, struct err *e) {
    if (interrupt_check(e))
        return err_in(e, "%s", to);
    if (fault_hit() || renameat(dir, from, dir, to))
        return err_sys(e, "%s: cannot be renamed to %s", from, to);
    sync_moved(dir, to);
    return OK;
}

int fsys_exchange(int dir, const char *a, const char *b, struct err *e) {
    char temp[4096];

#ifdef SYS_renameat2
    enum { EXCHANGE = 2 }; /* RENAME_EXCHANGE of linux/fs.h */

    if (interrupt_check(e))
        return err_in(e, "%s", b);
    if (fault_hit())
        return err_sys(e, "%s", b);
    if (!syscall(SYS_renameat2, dir, a, dir, b, EXCHANGE)) {
        sync_moved(dir, a);
        sync_moved(dir, b);
        return OK;
    }
    if (errno != ENOSYS && errno != EINVAL)
        return err_sys(e, "%s cannot change places with %s", a, b);
#endif
    if ((size_t)snprintf(temp, sizeof temp, "%s.slipway-old", a) >= sizeof temp)
        return err_set(e, E_INPUT, "%s: path too long", a);
    if (fsys_rename(dir, b, temp, e) || fsys_rename(dir, a, b, e))
        return (int)e->code;
    return fsys_rename(dir, temp, a, e);
}

int fsys_chmod(int dir, const char *path, uint32_t mode, struct err *e) {
    if (fchmodat(dir, path, mode, 0))
        return err_sys(e, "%s", path);
    return OK;
}

int fsys_unlink(int dir, const char *path, struct err *e) {
    if (fault_hit() || (unlinkat(dir, path, 0) && errno != ENOENT))
        return err_sys(e, "%s", path);
    return OK;
}

int fsys_sync_dir(int dir, const char *path, struct err *e) {
    AUTO(fsys_dir) d = FSYS_DIR_NONE;

    if (fsys_dir_open(&d, dir, path, e))
        return (int)e->code;
    /* File systems that cannot sync a folder say EINVAL or EROFS; there is nothing to lose there.
     */
    if (fault_hit() || (fsync(d.fd) && errno != EINVAL && errno != EROFS))
        return err_sys(e, "%s", path);
    return OK;
}

static int remove_at(int dir, const char *name, unsigned depth, struct err *e) {
    enum { DEPTH_MAX = 500 };
    AUTO(fsys_dir) d = FSYS_DIR_NONE;
    AUTO(arena) mem = {0};
    struct fsys_name *names;
    size_t n;

    if (depth > DEPTH_MAX)
        return err_set(e, E_INPUT, "%s: folders are nested too deeply to remove", name);
    if (fault_hit())
        return err_sys(e, "%s", name);
    if (!unlinkat(dir, name, 0) || errno == ENOENT)
        return OK;
    if (errno != EISDIR && errno != EPERM)
        return err_sys(e, "%s", name);
    d.fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (d.fd < 0)
        return err_sys(e, "%s", name);
    if (fsys_list(d.fd, ".", &mem, &names, &n, e))
        return err_in(e, "%s", name);
    for (size_t i = 0; i < n; i++)
        if (remove_at(d.fd, names[i].name.p, depth + 1, e))
            return err_in(e, "%s", name);
    if (unlinkat(dir, name, AT_REMOVEDIR) && errno != ENOENT)
        return err_sys(e, "%s", name);
    return OK;
}

int fsys_remove_tree(int dir, const char *path, struct err *e) {
    struct fsys_stat st;

    if (fsys_lstat(dir, path, &st, e) || st.kind == FSYS_NONE)
        return (int)e->code;
    return remove_at(dir, path, 0, e);
}
