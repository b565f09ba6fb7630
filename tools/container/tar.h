/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "io/source.h"

/* tar: the writer is GNU's format (long names in L and K entries, sizes over 8 GiB in base 256),
 * because dpkg knows no pax headers; the reader takes every tar that libarchive takes. */
enum tar_kind { TAR_FILE, TAR_DIR, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER };

struct tar_entry {
    struct str path; /* written as it is, with a slash added for folders */
    enum tar_kind kind;
    uint32_t mode;
    struct str owner, group; /* names; the numbers are 0 */
    uint64_t size;           /* of a file */
    int64_t mtime;
    struct str target; /* of links */
};

/* The header; a file's bytes and tar_pad follow. Failures are the sink's. */
void tar_put(struct sink *s, const struct tar_entry *t);
void tar_pad(struct sink *s, uint64_t size);
void tar_end(struct sink *s); /* two empty blocks, filled up to 10,240 bytes as GNU tar does */

/* Bytes that tar_put, the content and tar_pad make; to know a stream's size beforehand. */
uint64_t tar_size(const struct tar_entry *t);
uint64_t tar_total(uint64_t entries); /* the whole archive, given the sum of tar_size */

/* Calls `see` for every entry with a source of its content (empty for all but files; it may be left
 * unread). E_INPUT when the archive is damaged; strings live until `see` returns. */
int tar_read(struct source *in,
             int (*see)(void *self, const struct tar_entry *t, struct source *data, struct err *e),
             void *self, struct err *e) MUST_USE;
