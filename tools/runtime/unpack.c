/* SPDX-License-Identifier: MIT */
#include "runtime/unpack.h"

#include "runtime/sqdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 200, PIECE = 1 << 20, PATH = 4096 };

/* What was made for an inode: the first path of a file with many names, or that a folder has been
 * seen (a folder has one place; an image that says otherwise never ends). */
struct seen {
    uint64_t ref;
    char *path;
};

struct walk {
    struct unpack *u;
    int root;
    char path[PATH];
    size_t n;
    struct seen *seen; /* open addressing; path NULL: empty */
    size_t n_seen, cap_seen;
    unsigned char *piece;
    int depth;
};

static size_t place(const struct seen *v, size_t cap, uint64_t ref) {
    size_t i = (size_t)((ref * 0x9e3779b97f4a7c15u) >> 20) & (cap - 1);
    while (v[i].path && v[i].ref != ref)
        i = (i + 1) & (cap - 1);
    return i;
}

static int grow(struct walk *w) {
    size_t cap = w->cap_seen ? w->cap_seen * 2 : 256;
    struct seen *v = calloc(cap, sizeof *v);
    if (!v)
        return -ENOMEM;
    for (size_t i = 0; i < w->cap_seen; i++)
        if (w->seen[i].path)
            v[place(v, cap, w->seen[i].ref)] = w->seen[i];
    free(w->seen);
    w->seen = v;
    w->cap_seen = cap;
    return 0;
}

/* The path at which the inode was made before, NULL when it is new and is remembered now. */
static int remember(struct walk *w, uint64_t ref, const char *path, const char **before) {
    *before = NULL;
    if ((w->n_seen + 1) * 2 > w->cap_seen && grow(w))
        return -ENOMEM;
    struct seen *s = &w->seen[place(w->seen, w->cap_seen, ref)];
    if (s->path) {
        *before = s->path;
        return 0;
    }
    s->ref = ref;
    s->path = strdup(path);
    w->n_seen += s->path != NULL;
    return s->path ? 0 : -ENOMEM;
}

/* ---- one entry ---- */

static void stamp(int at, const char *name, const struct sqimage_inode *i) {
    struct timespec t[2] = {{.tv_sec = (time_t)i->mtime}, {.tv_sec = (time_t)i->mtime}};
    utimensat(at, name, t, AT_SYMLINK_NOFOLLOW);
}

static mode_t mode(const struct walk *w, const struct sqimage_inode *i) {
    return w->u->faithful && i->uid == geteuid() ? i->mode : i->mode & 0777;
}

static int write_all(int fd, const unsigned char *p, size_t n) {
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int all_zero(const unsigned char *p, size_t n) {
    return n && !p[0] && !memcmp(p, p + 1, n - 1);
}

static int pour(struct walk *w, const struct sqimage_inode *i, int fd) {
    if (!w->piece && !(w->piece = malloc(PIECE)))
        return -ENOMEM;
    for (uint64_t at = 0; at < i->size;) {
        int64_t n = sqimage_read(w->u->image, i, at, w->piece, w->u->image->block);
        if (n <= 0)
            return n ? (int)n : -EIO;
        at += (uint64_t)n;
        if (all_zero(w->piece, (size_t)n)) {
            if (lseek(fd, (off_t)n, SEEK_CUR) < 0)
                return -errno;
            continue;
        }
        int rc = write_all(fd, w->piece, (size_t)n);
        if (rc)
            return rc;
    }
    return ftruncate(fd, (off_t)i->size) ? -errno : 0;
}

static int make_file(struct walk *w, const struct sqimage_inode *i, int at, const char *name) {
    if (i->links > 1) {
        const char *before;
        int rc = remember(w, i->ref, w->path, &before);
        if (rc)
            return rc;
        if (before)
            return linkat(w->root, before, at, name, 0) ? -errno : 0;
    }
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    int rc = pour(w, i, fd);
    if (!rc && fchmod(fd, mode(w, i)))
        rc = -errno;
    if (close(fd) && !rc)
        rc = -errno;
    if (!rc)
        stamp(at, name, i);
    return rc;
}

static int make_link(struct walk *w, const struct sqimage_inode *i, int at, const char *name) {
    char target[SQIMAGE_LINK_MAX + 1];
    int rc = sqimage_target(w->u->image, i, target);
    if (!rc && symlinkat(target, at, name))
        rc = -errno;
    if (!rc)
        stamp(at, name, i);
    return rc;
}

static int make(struct walk *w, const struct sqimage_inode *i, int at, const char *name) {
    if (unlinkat(at, name, 0) && errno != ENOENT)
        return -errno;
    if (i->kind == SQIMAGE_FILE)
        return make_file(w, i, at, name);
    if (i->kind == SQIMAGE_LINK)
        return make_link(w, i, at, name);
    if (i->kind == SQIMAGE_FIFO)
        return mkfifoat(at, name, mode(w, i)) ? -errno : 0;
    return 0; /* devices and sockets: neither of use nor allowed */
}

/* ---- folders ---- */

static int matches(const struct unpack *u, const char *path) {
    return !u->pattern || !fnmatch(u->pattern, path, FNM_PATHNAME | FNM_LEADING_DIR);
}

/* The folder as a descriptor, made if it is not there. No link is followed. */
static int enter(int at, const char *name) {
    if (mkdirat(at, name, 0700) && errno != EEXIST)
        return -errno;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static void show(const struct walk *w) {
    if (w->u->verbose)
        puts(w->path);
}

static int folder(struct walk *w, const struct sqimage_inode *i, int at);

/* When all is in it: a folder may be closed to its owner. */
static int finish_folder(const struct walk *w, const struct sqimage_inode *i, int fd) {
    struct timespec t[2] = {{.tv_sec = (time_t)i->mtime}, {.tv_sec = (time_t)i->mtime}};
    if (fchmod(fd, mode(w, i)))
        return -errno;
    futimens(fd, t);
    return 0;
}

static int descend(struct walk *w, const struct sqimage_inode *i, int at, const char *name) {
    const char *before;
    int rc = remember(w, i->ref, w->path, &before);
    if (!rc && (before || w->depth >= DEPTH))
        rc = -ELOOP;
    if (rc)
        return rc;
    /* A folder that does not match itself is made for what may match in it. */
    size_t made = w->u->made;
    int wanted = matches(w->u, w->path);
    if (wanted) {
        w->u->made++;
        show(w);
    }
    int fd = enter(at, name);
    if (fd < 0)
        return fd;
    rc = folder(w, i, fd);
    if (!rc && !wanted && w->u->made == made)
        unlinkat(at, name, AT_REMOVEDIR);
    else if (!rc)
        rc = finish_folder(w, i, fd);
    close(fd);
    return rc;
}

static int entry(struct walk *w, const struct sqdir_entry *e, int at) {
    struct sqimage_inode i;
    int rc = sqimage_inode(w->u->image, e->ref, &i);
    if (rc)
        return rc;
    if (i.kind == SQIMAGE_DIR)
        return descend(w, &i, at, e->name);
    if (!matches(w->u, w->path))
        return 0;
    w->u->made++;
    show(w);
    return make(w, &i, at, e->name);
}

static int folder(struct walk *w, const struct sqimage_inode *i, int at) {
    struct sqdir d;
    struct sqdir_entry e;
    size_t n = w->n;
    int rc = sqdir_open(w->u->image, i, &d);
    if (rc)
        return rc;
    w->depth++;
    while ((rc = sqdir_next(w->u->image, &d, &e)) > 0) {
        if (n + 1 + e.n >= PATH) {
            rc = -ENAMETOOLONG;
            break;
        }
        size_t slash = n ? 1 : 0;
        w->path[n] = '/';
        memcpy(w->path + n + slash, e.name, e.n + 1);
        w->n = n + slash + e.n;
        rc = entry(w, &e, at);
        if (rc)
            break;
    }
    if (rc >= 0) {
        w->n = n;
        w->path[n] = 0;
    }
    w->depth--;
    return rc;
}

int unpack_tree(struct unpack *u, int into) {
    struct sqimage_inode root;
    struct walk w = {.u = u, .root = into};
    u->made = 0;
    u->failed[0] = 0;
    int rc = sqimage_inode(u->image, u->image->root, &root);
    const char *before;
    if (!rc)
        rc = remember(&w, root.ref, "", &before);
    if (!rc)
        rc = folder(&w, &root, into);
    if (!rc && u->faithful && !u->pattern)
        rc = finish_folder(&w, &root, into);
    if (rc)
        memcpy(u->failed, w.path, sizeof u->failed);
    for (size_t k = 0; k < w.cap_seen; k++)
        free(w.seen[k].path);
    free(w.seen);
    free(w.piece);
    return rc;
}

/* ---- and away again ---- */

/* Stays on the folder's own file system: what a program mounted there is not its to lose. */
static int clear(int fd, dev_t device, int depth) {
    struct stat st;
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return -ENOMEM;
    }
    int rc = fstat(fd, &st) || st.st_dev != device || depth > 2 * DEPTH ? -EIO : 0;
    for (struct dirent *e; !rc && (e = readdir(d)) != NULL;) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (!unlinkat(fd, e->d_name, 0))
            continue;
        /* Folders of an image may be closed to their owner. */
        fchmodat(fd, e->d_name, 0700, 0);
        int sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub < 0 || clear(sub, device, depth + 1) || unlinkat(fd, e->d_name, AT_REMOVEDIR))
            rc = -EIO;
    }
    closedir(d);
    return rc;
}

int unpack_remove(const char *path) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && !chmod(path, 0700))
        fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(fd, &st) || fchmod(fd, 0700)) {
        close(fd);
        return -EIO;
    }
    int rc = clear(fd, st.st_dev, 0);
    return rmdir(path) && errno != ENOENT ? -EIO : rc;
}

const char *unpack_reason(int rc) {
    switch (rc) {
    case -EIO:
        return "the image is damaged, or cannot be read";
    case -ELOOP:
        return "the image is damaged: a folder lies within itself, or too deep";
    default:
        return strerror(-rc);
    }
}
