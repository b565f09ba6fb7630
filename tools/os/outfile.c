/* SPDX-License-Identifier: Apache-2.0 */
#include "os/outfile.h"

#include "base/log.h"
#include "os/fault.h"
#include "os/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Temporaries of one name that may be in the making before their names are random. */
enum { NUMBERS = 32 };

static void name_temp(struct outfile *f, const unsigned char r[6]) {
    snprintf(f->temp, sizeof f->temp, ".%s.slipway-%02x%02x%02x%02x%02x%02x", f->name, r[0], r[1],
             r[2], r[3], r[4], r[5]);
}

static void random_name(struct outfile *f) {
    unsigned char r[6] = {0};

    if (getrandom(r, sizeof r, 0) != sizeof r) {
        unsigned pid = (unsigned)getpid();

        memcpy(r, &pid, sizeof pid);
    }
    name_temp(f, r);
}

/* Numbers from 0 on, so that what a killed run left is found without a look at the whole folder. */
static void numbered_name(struct outfile *f, unsigned i) {
    name_temp(f, (const unsigned char[6]){0, 0, 0, 0, 0, (unsigned char)i});
}

static int own_dir(struct outfile *f, int dir, struct err *e) {
    f->dir = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return f->dir < 0 ? err_sys(e, "%s", f->name) : OK;
}

/* Removes what a killed run left under f->temp; false: nothing is there, or it is alive. Whoever
 * holds the lock of a file that still has the name is the only one who may unlink it. */
static bool remove_stale(const struct outfile *f, bool *there) {
    struct stat by_fd, by_name;
    int fd = openat(f->dir, f->temp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool gone = false;

    *there = fd >= 0 || errno != ENOENT;
    if (fd < 0)
        return false;
    if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &by_fd) &&
        !fstatat(f->dir, f->temp, &by_name, AT_SYMLINK_NOFOLLOW) &&
        by_fd.st_ino == by_name.st_ino && by_fd.st_dev == by_name.st_dev)
        gone = !unlinkat(f->dir, f->temp, 0);
    close(fd);
    return gone;
}

/* The leftovers with higher numbers: of a run that was killed with several of one name. */
static void remove_rest(const struct outfile *f, unsigned from) {
    struct outfile other = *f;
    bool there = true;

    for (unsigned i = from; there && i < NUMBERS; i++) {
        numbered_name(&other, i);
        remove_stale(&other, &there);
    }
}

/* Another run may take a temporary that is not locked yet for a leftover and remove it: *lost. File
 * systems without locks lose the clean-up only. */
static int create_temp(struct outfile *f, bool *lost, struct err *e) {
    struct stat s;

    *lost = false;
    if (!fault_hit())
        f->fd = openat(f->dir, f->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd < 0)
        return err_sys(e, "%s", f->name);
    while (flock(f->fd, LOCK_EX) && errno == EINTR && !interrupt_signal())
        ;
    if (fstat(f->fd, &s))
        return err_sys(e, "%s", f->name);
    if (s.st_nlink)
        return OK;
    close(f->fd);
    f->fd = -1;
    *lost = true;
    return OK;
}

/* The lowest number that no living process has, or a random name where all are taken. */
static int make_temp(struct outfile *f, struct err *e) {
    enum { TRIES = 4 };
    unsigned i = 0, lost_ones = 0;
    bool lost, there;

    while (lost_ones < TRIES) {
        if (i < NUMBERS)
            numbered_name(f, i);
        else
            random_name(f);
        if (create_temp(f, &lost, e)) {
            if (f->fd >= 0 || e->sys != EEXIST || i == NUMBERS) {
                if (f->fd < 0)
                    f->temp[0] = 0;
                return (int)e->code;
            }
            *e = (struct err){0};
            if (!remove_stale(f, &there))
                i++;
            continue;
        }
        if (!lost) {
            remove_rest(f, i + 1);
            return OK;
        }
        lost_ones++;
    }
    f->temp[0] = 0;
    return err_set(e, E_INPUT, "%s: another run removes its temporary files", f->name);
}

int outfile_open(struct outfile *f, int dir, const char *name, struct err *e) {
    *f = OUTFILE_NONE;
    if (!*name || strchr(name, '/') || strlen(name) > 230)
        return err_set(e, E_INPUT, "\"%.100s\" cannot be a file's name", name);
    snprintf(f->name, sizeof f->name, "%s", name);
    if (own_dir(f, dir, e))
        return (int)e->code;
    if (make_temp(f, e)) {
        outfile_drop(f);
        return (int)e->code;
    }
    if (fchmod(f->fd, 0644)) {
        err_sys(e, "%s", name);
        outfile_drop(f);
        return (int)e->code;
    }
    return OK;
}

int outfile_rename(struct outfile *f, const char *name, struct err *e) {
    if (!*name || strchr(name, '/') || strlen(name) >= sizeof f->name)
        return err_set(e, E_INPUT, "\"%.100s\" cannot be a file's name", name);
    snprintf(f->name, sizeof f->name, "%s", name);
    return OK;
}

int outfile_spool(struct outfile *f, int dir, struct err *e) {
    *f = OUTFILE_NONE;
    snprintf(f->name, sizeof f->name, "spool");
    if (own_dir(f, dir, e))
        return (int)e->code;
    random_name(f);
    if (!fault_hit())
        f->fd = openat(f->dir, f->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f->fd < 0)
        err_sys(e, "a temporary file");
    else
        unlinkat(f->dir, f->temp, 0);
    f->temp[0] = 0;
    if (f->fd >= 0)
        return OK;
    outfile_drop(f);
    return (int)e->code;
}

/* Lets the disk begin with what was appended while more is made: the sync in outfile_commit then
 * waits for the rest only. A hint; no answer is needed. Spools never have to reach the disk. */
static void begin_sync(struct outfile *f, uint64_t before) {
    enum { STEP = 16 * 1024 * 1024 };
    uint64_t from = before / STEP * STEP, to = f->size / STEP * STEP;

    if (to > from && f->temp[0])
        sync_file_range(f->fd, (off_t)from, (off_t)(to - from), SYNC_FILE_RANGE_WRITE);
}

static int write_at(struct outfile *f, uint64_t at, const void *p, size_t n, struct err *e) {
    const char *from = p;
    uint64_t before = f->size;
    size_t done = 0;

    if (interrupt_check(e))
        return err_in(e, "%s", f->name);
    while (done < n) {
        ssize_t w = -1;

        if (!fault_hit())
            w = pwrite(f->fd, from + done, n - done, (off_t)(at + done));
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return err_sys(e, "%s", f->name);
        done += (size_t)w;
    }
    if (at + n > f->size)
        f->size = at + n;
    begin_sync(f, before);
    return OK;
}

int outfile_append(struct outfile *f, const void *p, size_t n, struct err *e) {
    return write_at(f, f->size, p, n, e);
}

int outfile_pwrite(struct outfile *f, uint64_t at, const void *p, size_t n, struct err *e) {
    return write_at(f, at, p, n, e);
}

int outfile_read(struct outfile *f, uint64_t at, void *p, size_t n, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (outfile_view(f, &in, e))
        return (int)e->code;
    return infile_read(&in, at, p, n, e);
}

int outfile_truncate(struct outfile *f, uint64_t size, struct err *e) {
    if (fault_hit() || ftruncate(f->fd, (off_t)size))
        return err_sys(e, "%s", f->name);
    f->size = size;
    return OK;
}

int outfile_mode(struct outfile *f, uint32_t mode, struct err *e) {
    return fchmod(f->fd, mode) ? err_sys(e, "%s", f->name) : OK;
}

/* Where the kernel cannot copy between these two files. */
static int append_by_hand(struct outfile *f, int fd, uint64_t at, uint64_t n, struct err *e) {
    enum { BLOCK = 256 * 1024 };
    AUTO(arena) mem = {0};
    char *block = arena_alloc(&mem, BLOCK);

    while (n) {
        ssize_t r = pread(fd, block, n < BLOCK ? (size_t)n : BLOCK, (off_t)at);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return err_sys(e, "%s", f->name);
        if (!r)
            return err_set(e, E_INPUT, "%s: what is copied into it became shorter", f->name);
        if (outfile_append(f, block, (size_t)r, e))
            return (int)e->code;
        at += (uint64_t)r;
        n -= (uint64_t)r;
    }
    return OK;
}

int outfile_append_from(struct outfile *f, int fd, uint64_t at, uint64_t n, struct err *e) {
    off_t from = (off_t)at, to = (off_t)f->size;

    while (n) {
        ssize_t c = -1;

        if (interrupt_check(e))
            return err_in(e, "%s", f->name);
        if (fault_hit())
            return err_sys(e, "%s", f->name);
        c = copy_file_range(fd, &from, f->fd, &to, n > 1 << 26 ? 1 << 26 : (size_t)n, 0);
        if (c < 0 && errno == EINTR)
            continue;
        if (c < 0 && (errno == ENOSPC || errno == EIO || errno == EFBIG || errno == EDQUOT))
            return err_sys(e, "%s", f->name);
        if (c <= 0)
            return append_by_hand(f, fd, (uint64_t)from, n, e);
        n -= (uint64_t)c;
        f->size = (uint64_t)to;
        begin_sync(f, f->size - (uint64_t)c);
    }
    return OK;
}

int outfile_view(struct outfile *f, struct infile *view, struct err *e) {
    *view = INFILE_NONE;
    view->fd = fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
    if (view->fd < 0)
        return err_sys(e, "%s", f->name);
    snprintf(view->name, sizeof view->name, "%s", f->name);
    view->size = f->size;
    view->st.kind = FSYS_FILE;
    view->st.size = f->size;
    return OK;
}

int outfile_commit(struct outfile *f, struct err *e) {
    if (interrupt_check(e))
        return err_in(e, "%s", f->name);
    if (fault_hit() || fsync(f->fd))
        return err_sys(e, "%s", f->name);
    if (fault_hit() || renameat(f->dir, f->temp, f->dir, f->name))
        return err_sys(e, "%s", f->name);
    f->temp[0] = 0;
    /* It is there now, and an error would deny it; file systems that cannot sync a folder say so
     * too. */
    if (fault_hit() || (fsync(f->dir) && errno != EINVAL && errno != EROFS))
        log_warn("%s: its folder could not be synced; a power cut now may lose the file", f->name);
    outfile_drop(f);
    return OK;
}

void outfile_drop(struct outfile *f) {
    if (f->temp[0] && f->dir >= 0)
        unlinkat(f->dir, f->temp, 0);
    if (f->fd >= 0)
        close(f->fd);
    if (f->dir >= 0)
        close(f->dir);
    *f = OUTFILE_NONE;
}
