/* SPDX-License-Identifier: Apache-2.0 */
#include "os/infile.h"

#include "os/fault.h"
#include "os/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void set_name(struct infile *f, const char *path) {
    size_t n = strlen(path), half = sizeof f->name / 2 - 4;

    if (n < sizeof f->name) {
        memcpy(f->name, path, n + 1);
        return;
    }
    memcpy(f->name, path, half);
    memcpy(f->name + half, "…", 3);
    memcpy(f->name + half + 3, path + n - half, half + 1);
}

static int fill(struct infile *f, struct err *e) {
    struct stat s;

    if (fstat(f->fd, &s))
        return err_sys(e, "%s", f->name);
    if (S_ISDIR(s.st_mode))
        return err_set(e, E_INPUT, "%s: is a folder, a file was expected", f->name);
    if (!S_ISREG(s.st_mode))
        return err_set(e, E_INPUT, "%s: is not a regular file", f->name);
    f->size = (uint64_t)s.st_size;
    f->st = (struct fsys_stat){
        .kind = FSYS_FILE,
        .mode = s.st_mode & 07777,
        .size = f->size,
        .dev = s.st_dev,
        .ino = s.st_ino,
        .links = s.st_nlink,
        .mtime = s.st_mtim.tv_sec,
        .mtime_ns = s.st_mtim.tv_nsec,
        .blocks = (uint64_t)s.st_blocks,
    };
    return OK;
}

int infile_open(struct infile *f, int dir, const char *path, struct err *e) {
    *f = INFILE_NONE;
    set_name(f, path);
    if (interrupt_check(e))
        return (int)e->code;
    /* O_NONBLOCK: a fifo in the way is refused instead of waited for. */
    if (!fault_hit())
        f->fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0)
        return err_sys(e, "%s", f->name);
    if (fill(f, e)) {
        infile_drop(f);
        return (int)e->code;
    }
    return OK;
}

void infile_drop(struct infile *f) {
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

int infile_read_some(struct infile *f, uint64_t at, void *p, size_t n, size_t *got, struct err *e) {
    char *to = p;

    *got = 0;
    if (interrupt_check(e))
        return err_in(e, "%s", f->name);
    while (*got < n) {
        ssize_t r = pread(f->fd, to + *got, n - *got, (off_t)(at + *got));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return err_sys(e, "%s", f->name);
        if (!r)
            break;
        *got += (size_t)r;
    }
    return OK;
}

int infile_read(struct infile *f, uint64_t at, void *p, size_t n, struct err *e) {
    size_t got;

    if (infile_read_some(f, at, p, n, &got, e))
        return (int)e->code;
    if (got < n)
        return err_set(e, E_INPUT, "%s: ends at byte %llu, %zu more expected", f->name,
                       (unsigned long long)(at + got), n - got);
    return OK;
}

int infile_check_unchanged(struct infile *f, struct err *e) {
    struct stat s;

    if (fstat(f->fd, &s))
        return err_sys(e, "%s", f->name);
    if ((uint64_t)s.st_size != f->size || s.st_mtim.tv_sec != f->st.mtime ||
        s.st_mtim.tv_nsec != f->st.mtime_ns || s.st_ino != f->st.ino)
        return err_set(e, E_INPUT, "%s: changed while it was read", f->name);
    return OK;
}

void infile_ahead(struct infile *f, uint64_t at, uint64_t n) {
    posix_fadvise(f->fd, (off_t)at, (off_t)n, POSIX_FADV_WILLNEED);
}
