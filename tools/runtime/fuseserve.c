/* SPDX-License-Identifier: MIT */
#include "runtime/fuseserve.h"

#include "runtime/fuseproto.h"
#include "runtime/sqdir.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    REQUEST = 64 << 10, /* the kernel wants room for 8 KiB at least */
    ANSWER = 1 << 20,   /* no read is longer */
    PAGES = 256,
    FOREVER = 365 * 24 * 3600 /* nothing in the image changes */
};

/* One thread's. */
struct desk {
    struct fuseserve *f;
    const struct fuseproto_in *in;
    const unsigned char *body;
    size_t n; /* of the body */
    unsigned char *out;
};

/* Inodes are known to the kernel by their reference, which needs no table here; references are 48
 * bits long, and the root has a number of its own. */
enum { NODE_SHIFT = 2 };

static uint64_t reference(const struct desk *d) {
    return d->in->node == FUSEPROTO_ROOT ? d->f->image->root : d->in->node - NODE_SHIFT;
}

static uint64_t node(const struct desk *d, uint64_t ref) {
    return ref == d->f->image->root ? FUSEPROTO_ROOT : ref + NODE_SHIFT;
}

static void answer(struct desk *d, int error, const void *p, size_t n) {
    struct fuseproto_out h = {(uint32_t)(sizeof h + n), error, d->in->unique};
    struct iovec v[2] = {{&h, sizeof h}, {(void *)(uintptr_t)p, n}};
    /* ENOENT: who asked has been interrupted. There is nobody to tell of anything else either. */
    ssize_t rc = writev(d->f->fd, v, n ? 2 : 1);
    (void)rc;
}

static const uint32_t types[] = {0, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK};

static void describe(struct desk *d, const struct sqimage_inode *i, struct fuseproto_attr *a) {
    memset(a, 0, sizeof *a);
    a->ino = i->number;
    a->size = i->size;
    a->blocks = (i->size + 511) / 512;
    a->atime = a->mtime = a->ctime = (uint64_t)i->mtime;
    a->mode = types[i->kind] | i->mode;
    a->nlink = i->links ? i->links : 1;
    a->uid = i->uid;
    a->gid = i->gid;
    a->rdev = i->device;
    a->blksize = d->f->image->block;
}

static void enter(struct desk *d, const struct sqimage_inode *i, struct fuseproto_entry_out *e) {
    memset(e, 0, sizeof *e);
    e->node = node(d, i->ref);
    e->entry_valid = e->attr_valid = FOREVER;
    describe(d, i, &e->attr);
}

static int inode(struct desk *d, struct sqimage_inode *i) {
    return sqimage_inode(d->f->image, reference(d), i);
}

static int lookup(struct desk *d) {
    struct sqimage_inode i;
    struct sqdir_entry found;
    struct fuseproto_entry_out e;
    const char *name = (const char *)d->body;
    int rc = d->n && !d->body[d->n - 1] ? inode(d, &i) : -EIO;
    if (!rc)
        rc = sqdir_find(d->f->image, &i, name, strlen(name), &found);
    if (rc == -ENOENT) {
        memset(&e, 0, sizeof e); /* node 0: there is none, and the kernel may remember so */
        e.entry_valid = FOREVER;
        answer(d, 0, &e, sizeof e);
        return 0;
    }
    if (!rc)
        rc = sqimage_inode(d->f->image, found.ref, &i);
    if (rc)
        return rc;
    enter(d, &i, &e);
    answer(d, 0, &e, sizeof e);
    return 0;
}

static int getattr(struct desk *d) {
    struct sqimage_inode i;
    struct fuseproto_attr_out a = {.valid = FOREVER};
    int rc = inode(d, &i);
    if (rc)
        return rc;
    describe(d, &i, &a.attr);
    answer(d, 0, &a, sizeof a);
    return 0;
}

static int link_target(struct desk *d) {
    struct sqimage_inode i;
    int rc = inode(d, &i);
    if (!rc)
        rc = sqimage_target(d->f->image, &i, (char *)d->out);
    if (!rc)
        answer(d, 0, d->out, (size_t)i.size);
    return rc;
}

static int open_node(struct desk *d, uint32_t keep) {
    struct fuseproto_open_out o = {.keep = keep};
    if (d->in->op == FUSEPROTO_OPEN)
        atomic_fetch_add(d->f->open, 1);
    answer(d, 0, &o, sizeof o);
    return 0;
}

static int release(struct desk *d) {
    if (d->in->op == FUSEPROTO_RELEASE)
        atomic_fetch_sub(d->f->open, 1);
    answer(d, 0, NULL, 0);
    return 0;
}

static int read_file(struct desk *d) {
    struct fuseproto_read_in r;
    struct sqimage_inode i;
    if (d->n < sizeof r)
        return -EIO;
    memcpy(&r, d->body, sizeof r);
    int rc = inode(d, &i);
    if (rc)
        return rc;
    int64_t n = sqimage_read(d->f->image, &i, r.offset, d->out, r.size < ANSWER ? r.size : ANSWER);
    if (n < 0)
        return (int)n;
    answer(d, 0, d->out, (size_t)n);
    return 0;
}

/* One entry more, if there is room in the answer. Its size, 0 when there is none, or an error. */
static int list_entry(struct desk *d, const struct sqdir_entry *e, uint64_t off, size_t at,
                      size_t room) {
    int plus = d->in->op == FUSEPROTO_READDIRPLUS;
    size_t head = plus ? sizeof(struct fuseproto_entry_out) : 0;
    size_t bare = head + sizeof(struct fuseproto_dirent) + e->n, size = (bare + 7) & ~(size_t)7;
    if (at + size > room)
        return 0;
    unsigned char *p = d->out + at;
    memset(p, 0, size);
    if (plus && off > 2) {
        struct sqimage_inode i;
        struct fuseproto_entry_out o;
        int rc = sqimage_inode(d->f->image, e->ref, &i);
        if (rc)
            return rc;
        enter(d, &i, &o);
        memcpy(p, &o, sizeof o);
    }
    struct fuseproto_dirent t = {e->number ? e->number : 1, off, (uint32_t)e->n,
                                 types[e->kind] >> 12};
    memcpy(p + head, &t, sizeof t);
    memcpy(p + head + sizeof t, e->name, e->n);
    return (int)size;
}

/* "." and "..", which an image's lists do not have, come first; the kernel knows their inodes. */
static int list_next(struct desk *d, const struct sqimage_inode *i, struct sqdir *dir, uint64_t off,
                     struct sqdir_entry *e) {
    if (off > 2)
        return sqdir_next(d->f->image, dir, e);
    *e = (struct sqdir_entry){
        .number = i->number, .kind = SQIMAGE_DIR, .n = (size_t)off, .name = ".."};
    return 1;
}

/* Offsets count entries. The kernel asks for a folder's list in a few big pieces, and keeps it. */
static int list(struct desk *d) {
    struct fuseproto_read_in r;
    struct sqimage_inode i;
    struct sqdir dir;
    struct sqdir_entry e;
    if (d->n < sizeof r)
        return -EIO;
    memcpy(&r, d->body, sizeof r);
    size_t room = r.size < ANSWER ? r.size : ANSWER, at = 0;
    int rc = inode(d, &i);
    if (!rc)
        rc = sqdir_open(d->f->image, &i, &dir);
    if (rc)
        return rc;
    for (uint64_t off = 1; (rc = list_next(d, &i, &dir, off, &e)) > 0; off++) {
        if (off <= r.offset)
            continue;
        rc = list_entry(d, &e, off, at, room);
        if (rc <= 0)
            break;
        at += (size_t)rc;
    }
    if (rc < 0 && !at)
        return rc;
    answer(d, 0, d->out, at);
    return 0;
}

static int statfs(struct desk *d) {
    struct sqimage *s = d->f->image;
    struct fuseproto_statfs_out o = {.blocks = (s->bytes + 1023) / 1024,
                                     .files = s->inodes,
                                     .bsize = s->block,
                                     .frsize = 1024,
                                     .namelen = SQDIR_NAME_MAX};
    answer(d, 0, &o, sizeof o);
    return 0;
}

/* The mount is read-only; whether a file may be started is in its mode. */
static int access_node(struct desk *d) {
    struct fuseproto_access_in a;
    struct sqimage_inode i;
    if (d->n < sizeof a)
        return -EIO;
    memcpy(&a, d->body, sizeof a);
    int rc = inode(d, &i);
    if (!rc && a.mask & X_OK && i.kind == SQIMAGE_FILE && !(i.mode & 0111))
        rc = -EACCES;
    if (!rc && a.mask & W_OK)
        rc = -EROFS;
    if (!rc)
        answer(d, 0, NULL, 0);
    return rc;
}

static int init(struct desk *d) {
    struct fuseproto_init_in i;
    struct fuseproto_init_out o = {.major = FUSEPROTO_MAJOR, .minor = FUSEPROTO_MINOR};
    if (d->n < sizeof i)
        return -EIO;
    memcpy(&i, d->body, sizeof i);
    if (i.major < FUSEPROTO_MAJOR)
        return -EPROTO;
    o.readahead = i.readahead;
    o.flags =
        i.flags & (FUSEPROTO_ASYNC_READ | FUSEPROTO_DO_READDIRPLUS | FUSEPROTO_READDIRPLUS_AUTO |
                   FUSEPROTO_PARALLEL_DIROPS | FUSEPROTO_MAX_PAGES | FUSEPROTO_CACHE_SYMLINKS);
    o.background = 16;
    o.congestion = 12;
    o.max_write = 4096;
    o.granularity = 1;
    o.max_pages = PAGES;
    /* A newer major: the kernel asks again in the words of ours. */
    answer(d, 0, &o, i.major == FUSEPROTO_MAJOR && i.minor < 23 ? FUSEPROTO_INIT_OLD : sizeof o);
    return 0;
}

static int act(struct desk *d) {
    switch (d->in->op) {
    case FUSEPROTO_INIT:
        return init(d);
    case FUSEPROTO_LOOKUP:
        return lookup(d);
    case FUSEPROTO_GETATTR:
        return getattr(d);
    case FUSEPROTO_READLINK:
        return link_target(d);
    case FUSEPROTO_OPEN:
        return open_node(d, FUSEPROTO_KEEP_CACHE);
    case FUSEPROTO_OPENDIR:
        return open_node(d, FUSEPROTO_KEEP_CACHE | FUSEPROTO_CACHE_DIR);
    case FUSEPROTO_READ:
        return read_file(d);
    case FUSEPROTO_READDIR:
    case FUSEPROTO_READDIRPLUS:
        return list(d);
    case FUSEPROTO_RELEASE:
    case FUSEPROTO_RELEASEDIR:
        return release(d);
    case FUSEPROTO_STATFS:
        return statfs(d);
    case FUSEPROTO_ACCESS:
        return access_node(d);
    case FUSEPROTO_FORGET:
    case FUSEPROTO_BATCH_FORGET:
    case FUSEPROTO_INTERRUPT:
        return 0; /* these get no answer */
    case FUSEPROTO_DESTROY:
        answer(d, 0, NULL, 0);
        return 0;
    default:
        return -ENOSYS; /* flush, xattrs, ioctl …: the kernel does not ask again */
    }
}

static void serve(struct fuseserve *f, unsigned char *room, unsigned char *out) {
    for (;;) {
        struct fuseproto_in in;
        ssize_t n = read(f->fd, room, REQUEST);
        if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
            continue;
        if (n < (ssize_t)sizeof in)
            return; /* ENODEV: unmounted */
        memcpy(&in, room, sizeof in);
        struct desk d = {f, &in, room + sizeof in, (size_t)n - sizeof in, out};
        int rc = act(&d);
        if (rc)
            answer(&d, rc, NULL, 0);
    }
}

static void *helper(void *self) {
    struct fuseserve *f = self;
    unsigned char *room = malloc(REQUEST + ANSWER);
    if (room)
        serve(f, room, room + REQUEST);
    free(room);
    if (room && !atomic_load(&f->stay))
        _exit(0);
    return NULL;
}

int fuseserve_start(struct fuseserve *f) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    n = n < 2 ? 2 : n > SQBLOCKS_WORKERS ? SQBLOCKS_WORKERS : n;
    int started = 0;
    for (long i = 0; i < n; i++) {
        pthread_t t;
        if (pthread_create(&t, NULL, helper, f))
            break;
        pthread_detach(t);
        started++;
    }
    return started ? 0 : -EAGAIN;
}
