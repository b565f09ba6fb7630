/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "io/source.h"

/* Compound files ([MS-CFB], "OLE2"): a small file system inside a file, which Windows Installer
 * databases are. Version 3 has sectors of 512 bytes and ends at 2 GiB, version 4 has sectors of
 * 4,096 bytes. */
enum { CFB_NAME_MAX = 31, CFB_NONE = -1 };
enum cfb_kind { CFB_ROOT, CFB_STORAGE, CFB_STREAM };

/* A name as it lies in the file: UTF-16. */
struct cfb_name {
    uint16_t unit[CFB_NAME_MAX];
    unsigned n;
};

struct cfb_entry {
    struct cfb_name name;
    enum cfb_kind kind;
    size_t parent; /* index of the storage that it is in; the root is 0 and its own parent */
    unsigned char clsid[16]; /* of storages, as it lies in the file */
    uint32_t state;
    uint64_t created, modified; /* in 100 ns since 1601; 0: not said */
    uint64_t size;              /* of a stream */
    uint32_t start;             /* where its sectors begin */
};

/* By length, then by upper case, as directories are sorted: [MS-CFB] 2.6.4. */
int cfb_name_cmp(const struct cfb_name *a, const struct cfb_name *b);
/* False: empty, too long, no UTF-8, or with one of the characters / \ : ! in it. */
bool cfb_name_of(struct cfb_name *name, struct str utf8);
struct str cfb_name_str(struct arena *mem, const struct cfb_name *name); /* as UTF-8 */

/* --- writing ---------------------------------------------------------------------------------- */

struct cfb_opts {
    unsigned version;        /* 3 or 4 */
    unsigned char clsid[16]; /* of the root */
};

struct cfb; /* one in the making; 4 bytes of memory for each sector */

/* Starts a compound file in the empty file f, which must stay until cfb_end. */
int cfb_begin(struct cfb **c, struct outfile *f, const struct cfb_opts *o, struct err *e) MUST_USE;

/* A storage in the storage `parent` (0: the root), whose index is *at. E_INPUT when the name is
 * none; one that is there twice is found by cfb_end. */
int cfb_storage(struct cfb *c, size_t parent, struct str name, const unsigned char clsid[16],
                size_t *at, struct err *e) MUST_USE;

/* A stream, of what is put into `s` until sink_close; one is open at a time. */
int cfb_stream(struct cfb *c, size_t parent, struct str name, struct sink *s,
               struct err *e) MUST_USE;

/* Writes over bytes that the open stream has already. */
int cfb_patch(struct cfb *c, uint64_t at, const void *p, size_t n, struct err *e) MUST_USE;

/* Writes tables and directory: now it is a compound file. */
int cfb_end(struct cfb *c, struct err *e) MUST_USE;
void cfb_free(struct cfb *c); /* NULL is fine */

/* --- changing --------------------------------------------------------------------------------- */

/* A stream of the root that is put there, in place of one of that name, or taken away. */
struct cfb_change {
    struct str name;
    struct str bytes;
    bool remove; /* nothing to remove is fine */
};

/* Changes a compound file where it lies; other streams stay where they are. */
int cfb_change(struct outfile *f, const struct cfb_change *v, size_t n, struct err *e) MUST_USE;

/* --- reading ---------------------------------------------------------------------------------- */

/* An open compound file. Memory: 4 bytes for each sector, and the entries. */
struct cfb_file {
    struct infile *f;
    unsigned version, shift; /* of a sector's size */
    struct cfb_entry *entry; /* [0] is the root; a storage stands in front of what is in it, and */
    size_t n_entries;        /* what is in one storage stands in the order of the names */
    uint32_t *fat, *mini;
    size_t n_fat, n_mini;
    uint32_t *mini_at; /* the sectors that small streams lie in */
    size_t n_mini_at;
    uint64_t mini_size;
};

/* Checks everything but the bytes of the streams: E_INPUT for chains that run in circles or into
 * one another, sizes that do not fit. Lives in `mem`. */
int cfb_open(struct cfb_file *c, struct infile *f, struct arena *mem, struct err *e) MUST_USE;

/* The index of an entry in a storage; CFB_NONE when there is none. */
ptrdiff_t cfb_find(const struct cfb_file *c, size_t parent, struct str name);

struct cfb_at {
    const struct cfb_file *c;
    uint32_t first, sector; /* where its bytes begin, where byte `at` lies */
    uint64_t at, size;
    bool small;
};
/* The bytes of the stream c->entry[i]; empty for storages. */
void cfb_source(struct source *s, struct cfb_at *at, const struct cfb_file *c, size_t i);

/* n bytes of a stream that cfb_source opened, from `at` on; quick when that is behind what was read
 * last. */
int cfb_read_at(struct cfb_at *a, uint64_t at, void *p, size_t n, struct err *e) MUST_USE;

bool cfb_sniff(const void *head, size_t n);
