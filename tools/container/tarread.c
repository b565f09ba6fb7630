/* SPDX-License-Identifier: Apache-2.0 */
#include "container/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { TARREAD_BLOCK = 128 * 1024, NAME_MAX_BYTES = 64 * 1024 };

struct reader {
    struct archive *a;
    struct source *in;
    char *block;
};

static void reader_drop(struct reader *r) {
    if (r->a)
        archive_read_free(r->a);
    mem_free(r->block);
}

static la_ssize_t feed(struct archive *a, void *self, const void **block) {
    struct reader *r = self;
    size_t n = source_get(r->in, r->block, TARREAD_BLOCK);

    if (r->in->err.code) {
        archive_set_error(a, -1, "%s", r->in->err.msg);
        return -1;
    }
    *block = r->block;
    return (la_ssize_t)n;
}

static int fail(struct reader *r, struct err *e) {
    const char *why = archive_error_string(r->a);

    if (r->in->err.code) {
        *e = r->in->err;
        return (int)e->code;
    }
    return err_set(e, E_INPUT, "tar: damaged: %s", why ? why : "no message");
}

static int data_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct reader *r = s->self;
    la_ssize_t k = archive_read_data(r->a, p, n);

    *got = k > 0 ? (size_t)k : 0;
    return k < 0 ? fail(r, e) : OK;
}

static struct str text(const char *z) {
    struct str s = str_of(z ? z : "");

    return s.n > NAME_MAX_BYTES ? STR("") : s;
}

static struct tar_entry describe(struct archive_entry *x) {
    struct tar_entry t = {
        .path = text(archive_entry_pathname(x)),
        .mode = (uint32_t)archive_entry_perm(x),
        .owner = text(archive_entry_uname(x)),
        .group = text(archive_entry_gname(x)),
        .size = (uint64_t)archive_entry_size(x),
        .mtime = archive_entry_mtime(x),
    };
    const char *hard = archive_entry_hardlink(x), *soft = archive_entry_symlink(x);

    if (hard) {
        t.kind = TAR_HARDLINK;
        t.target = text(hard);
    } else if (soft) {
        t.kind = TAR_SYMLINK;
        t.target = text(soft);
    } else {
        t.kind = archive_entry_filetype(x) == AE_IFREG   ? TAR_FILE
                 : archive_entry_filetype(x) == AE_IFDIR ? TAR_DIR
                                                         : TAR_OTHER;
    }
    if (t.kind != TAR_FILE)
        t.size = 0;
    return t;
}

static int see_entry(struct reader *r, struct archive_entry *x,
                     int (*see)(void *, const struct tar_entry *, struct source *, struct err *),
                     void *self, struct err *e) {
    static const struct source_ops ops = {data_get, NULL};
    struct tar_entry t = describe(x);
    struct source data = SOURCE_NONE;
    int rc;

    if (!t.path.n)
        return err_set(e, E_INPUT, "tar: an entry has no name that can be read");
    source_init(&data, &ops, r);
    rc = see(self, &t, &data, e);
    if (!rc && data.err.code) {
        *e = data.err;
        rc = (int)e->code;
    }
    return rc;
}

int tar_read(struct source *in,
             int (*see)(void *self, const struct tar_entry *t, struct source *data, struct err *e),
             void *self, struct err *e) {
    AUTO(reader) r = {.a = archive_read_new(), .in = in, .block = mem_alloc(TARREAD_BLOCK)};
    struct archive_entry *x;
    int rc;

    if (!r.a || archive_read_support_format_tar(r.a) != ARCHIVE_OK)
        return err_set(e, E_BUG, "libarchive reads no tar");
    if (archive_read_open(r.a, &r, NULL, feed, NULL) != ARCHIVE_OK)
        return fail(&r, e);
    while ((rc = archive_read_next_header(r.a, &x)) == ARCHIVE_OK || rc == ARCHIVE_WARN)
        if (see_entry(&r, x, see, self, e))
            return (int)e->code;
    return rc == ARCHIVE_EOF ? OK : fail(&r, e);
}
