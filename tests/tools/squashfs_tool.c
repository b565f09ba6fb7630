/* SPDX-License-Identifier: Apache-2.0 */
/* Packs a folder into a SquashFS image and lists one: what the tests and the benchmark hold against
 * mksquashfs, unsquashfs and the kernel.
 *   squashfs_tool pack DIR IMAGE [codec=zstd level=15 block=131072 jobs=2 bcj=x86 fragments=0
 *                                 duplicates=0 owner=0 at=4096]
 *   squashfs_tool list IMAGE [sums=1 at=4096] */
#include "container/squashfs.h"
#include "crypto/digest.h"
#include "io/codec.h"
#include "pack/ahead.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct found {
    struct squashfs_entry x;
    struct tree_entry file;
    dev_t dev;
    ino_t ino;
    nlink_t links;
};

static struct folder {
    struct arena mem;
    size_t root;
    struct found *v;
    size_t n, room;
    bool owner;
} folder;

static struct squashfs_opts opts = {.codec = SQUASHFS_ZSTD, .jobs = 2, .spool = FSYS_HERE};
static bool sums;
static uint64_t at;

static int fail(const struct err *e) {
    fprintf(stderr, "squashfs_tool: %s\n", e->msg);
    return (int)e->code;
}

static void find_xattrs(const char *path, struct squashfs_entry *x) {
    static char names[65536], value[65536];
    ssize_t n = llistxattr(path, names, sizeof names);
    struct squashfs_xattr *v;

    if (n <= 0)
        return;
    v = arena_array(&folder.mem, (size_t)n, sizeof *v);
    for (const char *p = names; p < names + n; p += strlen(p) + 1) {
        ssize_t k = lgetxattr(path, p, value, sizeof value);

        if (k < 0 || !strncmp(p, "system.", 7))
            continue;
        v[x->n_xattrs].name = str_dup(&folder.mem, str_of(p));
        v[x->n_xattrs++].value = str_dup(&folder.mem, (struct str){value, (size_t)k});
    }
    x->xattrs = v;
}

static int find(const char *path, const struct stat *st, int type, struct FTW *w) {
    struct found *f;
    char target[4097];

    (void)type, (void)w;
    if (folder.n == folder.room)
        folder.v = arena_regrow(&folder.mem, folder.v, folder.n, folder.n + 1, sizeof *folder.v,
                                &folder.room);
    f = &folder.v[folder.n++];
    memset(f, 0, sizeof *f);
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    f->links = st->st_nlink;
    path = arena_dup(&folder.mem, path, strlen(path));
    f->x.path = str_of(path + folder.root + (path[folder.root] == '/'));
    f->x.mode = st->st_mode & 07777;
    f->x.uid = folder.owner ? st->st_uid : 0;
    f->x.gid = folder.owner ? st->st_gid : 0;
    f->x.mtime = st->st_mtime;
    if (S_ISDIR(st->st_mode))
        f->x.kind = SQUASHFS_DIR;
    else if (S_ISREG(st->st_mode)) {
        f->x.kind = SQUASHFS_FILE;
        f->x.size = (uint64_t)st->st_size;
        f->file.path = f->x.path;
        f->file.size = f->x.size;
        f->file.bytes.path = path;
        f->file.bytes.dev = st->st_dev;
        f->file.bytes.ino = st->st_ino;
        f->file.bytes.mtime = st->st_mtim.tv_sec;
        f->file.bytes.mtime_ns = st->st_mtim.tv_nsec;
        f->file.bytes.host_size = f->x.size;
    } else if (S_ISLNK(st->st_mode)) {
        ssize_t n = readlink(path, target, sizeof target);

        f->x.kind = SQUASHFS_LINK;
        f->x.target = str_dup(&folder.mem, (struct str){target, n < 0 ? 0 : (size_t)n});
    } else
        f->x.kind = SQUASHFS_OTHER;
    find_xattrs(path, &f->x);
    return 0;
}

static int by_path(const void *a, const void *b) {
    return str_cmp(((const struct found *)a)->x.path, ((const struct found *)b)->x.path);
}

static int take(void *self, uint64_t most, const void **p, size_t *n, struct err *e) {
    return ahead_take(self, most, p, n, e);
}

static size_t earlier(size_t i) {
    const struct found *f = &folder.v[i];

    for (size_t k = 0; k < i && f->links > 1 && f->x.kind == SQUASHFS_FILE; k++)
        if (folder.v[k].dev == f->dev && folder.v[k].ino == f->ino)
            return k + 1;
    return 0;
}

static int pack(const char *dir, const char *image, struct err *e) {
    struct squashfs_entry *v;
    const struct tree_entry **files;
    size_t n_files = 0;
    struct ahead *ahead;
    struct squashfs_files in = {.take = take};
    AUTO(outfile) f = OUTFILE_NONE;
    int rc;

    folder.root = strlen(dir);
    if (nftw(dir, find, 64, FTW_PHYS))
        return err_sys(e, "%s", dir);
    qsort(folder.v, folder.n, sizeof *folder.v, by_path);
    v = arena_array(&folder.mem, folder.n, sizeof *v);
    files = arena_array(&folder.mem, folder.n, sizeof *files);
    for (size_t i = 0; i < folder.n; i++) {
        v[i] = folder.v[i].x;
        v[i].link = earlier(i);
        if (v[i].kind == SQUASHFS_FILE && !v[i].link)
            files[n_files++] = &folder.v[i].file;
    }
    in.v = v;
    in.n = folder.n;
    if (ahead_open(&ahead, files, n_files, 0, e))
        return (int)e->code;
    in.self = ahead;
    rc = outfile_open(&f, FSYS_HERE, image, e);
    if (!rc && at)
        rc = outfile_truncate(&f, at, e);
    if (!rc)
        rc = squashfs_write(&f, &opts, &in, e);
    if (ahead_close(ahead, e) || rc)
        return (int)e->code;
    return outfile_commit(&f, e);
}

static int see(void *self, const struct squashfs_entry *x, struct source *data, struct err *e) {
    static const char kinds[] = "-dlo";
    struct digest_set set = {.kinds = 0};
    char buf[65536];
    struct arena mem = {0};

    (void)self;
    printf("%c %04o %u %u %lld %llu " STR_F, kinds[x->kind], (unsigned)x->mode, x->uid, x->gid,
           (long long)x->mtime, (unsigned long long)x->size, STR_A(x->path));
    if (x->kind == SQUASHFS_LINK)
        printf(" -> " STR_F, STR_A(x->target));
    if (x->kind == SQUASHFS_FILE && sums) {
        struct digest *d;
        size_t k;

        if (digest_new(&d, DIGEST_SHA256, e))
            return (int)e->code;
        while ((k = source_get(data, buf, sizeof buf)) > 0)
            digest_put(d, buf, k);
        if (digest_end(d, &set, e) || source_close(data, e)) {
            printf("\n");
            return (int)e->code;
        }
        printf(" " STR_F, STR_A(digest_hex(&mem, set.sha256, 32)));
    }
    for (size_t i = 0; i < x->n_xattrs; i++)
        printf(" " STR_F "=" STR_F, STR_A(x->xattrs[i].name), STR_A(x->xattrs[i].value));
    if (x->link)
        printf(" = %zu", x->link);
    printf("\n");
    arena_drop(&mem);
    return OK;
}

static int list(const char *image, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    struct squashfs_facts facts;

    if (infile_open(&f, FSYS_HERE, image, e) || squashfs_read(&f, at, &facts, see, NULL, e))
        return (int)e->code;
    fprintf(stderr, "%s block %u mtime %lld size %llu inodes %u fragments %u\n",
            squashfs_codec_name(facts.codec), facts.block, (long long)facts.mtime,
            (unsigned long long)facts.size, facts.inodes, facts.fragments);
    return OK;
}

static bool option(const char *arg) {
    const char *eq = strchr(arg, '=');
    struct str name = {arg, eq ? (size_t)(eq - arg) : 0};
    unsigned long long v = eq ? strtoull(eq + 1, NULL, 10) : 0;

    if (str_is(name, "codec")) {
        for (opts.codec = SQUASHFS_NONE; opts.codec <= SQUASHFS_ZSTD; opts.codec++)
            if (!strcmp(squashfs_codec_name(opts.codec), eq + 1))
                return true;
        return false;
    }
    if (str_is(name, "level"))
        opts.level = (int)v;
    else if (str_is(name, "block"))
        opts.block = (uint32_t)v;
    else if (str_is(name, "jobs"))
        opts.jobs = (unsigned)v;
    else if (str_is(name, "bcj"))
        opts.bcj = strcmp(eq + 1, "arm") ? CODEC_BCJ_X86 : CODEC_BCJ_ARM;
    else if (str_is(name, "fragments"))
        opts.no_fragments = !v;
    else if (str_is(name, "duplicates"))
        opts.no_duplicates = !v;
    else if (str_is(name, "owner"))
        folder.owner = v;
    else if (str_is(name, "sums"))
        sums = v;
    else if (str_is(name, "at"))
        at = v;
    else
        return false;
    return true;
}

int main(int argc, char **argv) {
    struct err e = {0};
    bool packing = argc > 3 && !strcmp(argv[1], "pack"), listing = argc > 2;

    folder.owner = true;
    for (int i = packing ? 4 : 3; i < argc; i++)
        if (!option(argv[i])) {
            fprintf(stderr, "squashfs_tool: no such option: %s\n", argv[i]);
            return E_USAGE;
        }
    if (packing ? pack(argv[2], argv[3], &e) : listing ? list(argv[2], &e) : E_USAGE)
        return fail(&e);
    arena_drop(&folder.mem);
    return OK;
}
