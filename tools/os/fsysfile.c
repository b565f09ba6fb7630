/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fault.h"
#include "os/fsys.h"
#include "os/interrupt.h"
#include "os/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { LINK_DEPTH = 64 };

int fsys_read(int dir, const char *path, size_t max, struct arena *a, struct str *text,
              struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    char *p;

    *text = (struct str){0};
    if (infile_open(&f, dir, path, e))
        return (int)e->code;
    if (f.size > max)
        return err_set(e, E_INPUT, "%s: has %llu bytes, at most %zu are allowed", f.name,
                       (unsigned long long)f.size, max);
    p = arena_alloc(a, (size_t)f.size + 1);
    if (infile_read(&f, 0, p, (size_t)f.size, e))
        return (int)e->code;
    *text = (struct str){p, (size_t)f.size};
    return OK;
}

int fsys_write(int dir, const char *path, struct str text, uint32_t mode, struct err *e) {
    const char *slash = strrchr(path, '/');
    AUTO(fsys_dir) folder = FSYS_DIR_NONE;
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(arena) mem = {0};

    if (slash &&
        fsys_dir_open(&folder, dir,
                      slash == path ? "/" : arena_dup(&mem, path, (size_t)(slash - path)), e))
        return (int)e->code;
    if (outfile_open(&f, slash ? folder.fd : dir, slash ? slash + 1 : path, e) ||
        outfile_append(&f, text.p, text.n, e) || outfile_mode(&f, mode, e))
        return (int)e->code;
    return outfile_commit(&f, e);
}

int fsys_write_changed(int dir, const char *path, struct str text, uint32_t mode, bool *changed,
                       struct err *e) {
    AUTO(arena) mem = {0};
    struct fsys_stat st;
    struct str old;

    if (fsys_lstat(dir, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_FILE && st.size == text.n) {
        if (fsys_read(dir, path, text.n, &mem, &old, e))
            return (int)e->code;
        if (str_eq(old, text))
            return OK;
    }
    *changed = true;
    return fsys_write(dir, path, text, mode, e);
}

int fsys_copy(int from_dir, const char *from, int to_dir, const char *to, uint32_t mode,
              struct err *e) {
    const char *slash = strrchr(to, '/');
    AUTO(fsys_dir) folder = FSYS_DIR_NONE;
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) out = OUTFILE_NONE;
    AUTO(arena) mem = {0};

    if (slash && fsys_dir_open(&folder, to_dir,
                               slash == to ? "/" : arena_dup(&mem, to, (size_t)(slash - to)), e))
        return (int)e->code;
    if (infile_open(&in, from_dir, from, e) ||
        outfile_open(&out, slash ? folder.fd : to_dir, slash ? slash + 1 : to, e) ||
        outfile_append_from(&out, in.fd, 0, in.size, e) || outfile_mode(&out, mode, e))
        return (int)e->code;
    return outfile_commit(&out, e);
}

int fsys_link_over(int from_dir, const char *from, int to_dir, const char *to, struct err *e) {
    AUTO(arena) mem = {0};
    const char *temp = arena_fmt(&mem, "%s.slipway-link", to);
    struct fsys_stat a, b;

    if (fsys_lstat(from_dir, from, &a, e) || fsys_lstat(to_dir, to, &b, e))
        return (int)e->code;
    if (a.kind == FSYS_FILE && b.kind == FSYS_FILE && a.dev == b.dev && a.ino == b.ino)
        return OK; /* rename(2) of two names of one file does nothing: the temporary would stay */
    unlinkat(to_dir, temp, 0);
    if (a.kind != FSYS_FILE || fault_hit() || linkat(from_dir, from, to_dir, temp, 0))
        return fsys_copy(from_dir, from, to_dir, to, 0644, e);
    return fsys_rename(to_dir, temp, to, e);
}

int fsys_set_time(int dir, const char *path, int64_t seconds, struct err *e) {
    struct timespec t[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)seconds}};

    if (fault_hit() || utimensat(dir, path, t, 0))
        return err_sys(e, "%s", path);
    return OK;
}

int fsys_lock(struct fsys_lock *l, int dir, const char *path, bool wait, bool *got, struct err *e) {
    *got = false;
    l->fd = -1;
    if (!fault_hit())
        l->fd = openat(dir, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (l->fd < 0)
        return err_sys(e, "%s", path);
    while (flock(l->fd, LOCK_EX | (wait ? 0 : LOCK_NB))) {
        if (errno == EINTR && !interrupt_signal())
            continue;
        if (errno == EWOULDBLOCK) {
            fsys_lock_drop(l);
            return OK;
        }
        return err_sys(e, "%s: cannot be locked", path);
    }
    *got = true;
    return OK;
}

void fsys_lock_drop(struct fsys_lock *l) {
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

int fsys_free(int dir, const char *path, uint64_t *bytes, struct err *e) {
    AUTO(fsys_dir) d = FSYS_DIR_NONE;
    struct statvfs v;

    *bytes = 0;
    if (fsys_dir_open(&d, dir, path, e))
        return (int)e->code;
    if (fstatvfs(d.fd, &v))
        return err_sys(e, "%s", path);
    *bytes = (uint64_t)v.f_bavail * v.f_frsize;
    return OK;
}

static int link_entry(int dir, const char *from, const char *to, enum fsys_kind kind,
                      unsigned depth, struct arena *mem, struct err *e);

static int link_folder(int dir, const char *from, const char *to, unsigned depth, struct arena *mem,
                       struct err *e) {
    struct fsys_name *names;
    size_t n;

    if (depth > LINK_DEPTH)
        return err_set(e, E_INPUT, "%s: folders lie too deep in each other", from);
    if (fsys_mkdirs(dir, to, e) || fsys_list(dir, from, mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (link_entry(dir, arena_fmt(mem, "%s/" STR_F, from, STR_A(names[i].name)),
                       arena_fmt(mem, "%s/" STR_F, to, STR_A(names[i].name)), names[i].kind, depth,
                       mem, e))
            return (int)e->code;
    return OK;
}

static int link_entry(int dir, const char *from, const char *to, enum fsys_kind kind,
                      unsigned depth, struct arena *mem, struct err *e) {
    struct fsys_stat st;
    struct str target;

    switch (kind) {
    case FSYS_DIR:
        return link_folder(dir, from, to, depth + 1, mem, e);
    case FSYS_LINK:
        return fsys_readlink(dir, from, mem, &target, e) ||
                       fsys_symlink(dir, str_z(mem, target), to, e)
                   ? (int)e->code
                   : OK;
    case FSYS_FILE:
        if (!fsys_link(dir, from, to, e))
            return OK;
        if (e->sys != EPERM && e->sys != EMLINK && e->sys != EOPNOTSUPP && e->sys != EXDEV)
            return (int)e->code;
        *e = (struct err){0};
        return fsys_lstat(dir, from, &st, e) || fsys_copy(dir, from, dir, to, st.mode, e)
                   ? (int)e->code
                   : OK;
    case FSYS_NONE:
    case FSYS_OTHER:
        break;
    }
    return err_set(e, E_INPUT, "%s: is neither a file nor a folder nor a symlink", from);
}

int fsys_link_tree(int dir, const char *from, const char *to, struct err *e) {
    AUTO(arena) mem = {0};

    return link_folder(dir, from, to, 0, &mem, e);
}
