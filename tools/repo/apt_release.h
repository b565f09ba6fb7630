/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* The Release file of a suite: what it is called, and the digest of every index. */
struct apt_release_file {
    struct str path; /* below the suite's folder */
    struct str sha256;
    uint64_t size;
};

struct apt_release_field {
    struct str name, value;
};

struct apt_release {
    struct arena *mem;
    bool there;
    struct apt_release_field
        *field; /* single lines, in written order; digests are not among them */
    size_t n_fields, field_room;
    struct apt_release_file *v; /* sorted by path */
    size_t n, room;
};

enum { APT_RELEASE_MAX = 64 * 1024 * 1024 };

/* E_INPUT with `where` for what is no Release file, or names files outside of its folder. Digests
 * other than SHA256 are not looked at. `r->mem` is set by the caller. */
int apt_release_read(struct str text, const char *where, struct apt_release *r,
                     struct err *e) MUST_USE;

struct str apt_release_get(const struct apt_release *r, const char *name);
void apt_release_set(struct apt_release *r, const char *name,
                     struct str value); /* empty: removes */

const struct apt_release_file *apt_release_find(const struct apt_release *r, struct str path);
void apt_release_put(struct apt_release *r, const struct apt_release_file *f); /* replaces */
/* Takes out what begins with `prefix`. */
void apt_release_drop(struct apt_release *r, struct str prefix);

void apt_release_write(const struct apt_release *r, struct buf *text);

/* "Sat, 21 Nov 2026 02:55:37 UTC" or +0000; false when it is no such date. */
bool apt_release_date(struct str s, int64_t *seconds);
struct str apt_release_time(struct arena *mem, int64_t seconds);

/* A word of a list separated by blanks. */
bool apt_release_has(struct str list, struct str word);
