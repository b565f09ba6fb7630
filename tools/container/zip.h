/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "io/source.h"

/* ZIP archives (APPNOTE 6.3): stored or deflated entries, zip64 where sizes or counts need it,
 * names in UTF-8, modes and symlinks the Unix way. */
enum zip_kind { ZIP_FILE, ZIP_DIR, ZIP_LINK };

struct zip_entry {
    struct str name; /* up to 65,535 bytes; folders without their slash */
    enum zip_kind kind;
    uint32_t mode;     /* permission bits */
    uint64_t size;     /* of a file */
    struct str target; /* of a link */
};

struct zip_opts {
    int level; /* 1 to 9 as in gzip; 0: everything is stored */
    int64_t
        mtime; /* of all entries; ZIP holds 1980 to 2107, in steps of two seconds, of UTC here */
    unsigned jobs; /* threads; the bytes do not depend on it */
};

/* What goes in, in this order. `put` puts the bytes of v[i], a file, into the sink: in order, and
 * a second time for a large file that turned out not to shrink and is stored instead. */
struct zip_files {
    const struct zip_entry *v;
    size_t n;
    int (*put)(void *self, size_t i, struct sink *s, struct err *e);
    void *self;
};

/* Writes a whole archive into the empty file f. Memory: some MiB for each job, and 40 bytes an
 * entry. */
int zip_write(struct outfile *f, const struct zip_opts *o, const struct zip_files *files,
              struct err *e) MUST_USE;

/* Calls `see` for every entry in the order of the central directory, with a source of a file's
 * bytes (which may be left unread). Everything that the archive says of itself is checked: sizes,
 * CRC-32, local headers against the directory, entries that lie over one another. E_INPUT naming
 * the entry. Names are made UTF-8; strings live until `see` returns. */
int zip_read(struct infile *f,
             int (*see)(void *self, const struct zip_entry *x, struct source *data, struct err *e),
             void *self, struct err *e) MUST_USE;

bool zip_sniff(const void *head, size_t n);
