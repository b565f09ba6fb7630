/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/cfb.h"

/* Cabinets ([MS-CAB]): files one behind the other, compressed together as "folders". */
enum cab_method { CAB_STORE, CAB_MSZIP, CAB_LZX };
enum { CAB_READONLY = 1, CAB_HIDDEN = 2, CAB_SYSTEM = 4, CAB_ARCHIVE = 0x20, CAB_EXEC = 0x40 };
enum { CAB_FILES_MAX = 65535, CAB_NAME_MAX = 255, CAB_FOLDER_MAX = 65535 * 32768 };

struct cab_entry {
    struct str name; /* UTF-8, with slashes */
    uint64_t size;
    int64_t mtime;       /* 1980 to 2107, in steps of two seconds; as UTC here */
    unsigned attributes; /* CAB_READONLY and the like */
};

struct cab_opts {
    enum cab_method method;
    int level;       /* 1 to 9; 0: MSZIP 4, LZX 5 */
    unsigned window; /* LZX: 15 to 21; 0: 21 */
    unsigned jobs;
    size_t reserve;  /* bytes in the header for a signature: zeros */
    uint64_t folder; /* a new one begins where one would become larger; 0: at 2 GiB */
};

/* What goes in, in this order. `put` puts the bytes of v[i] into the sink. */
struct cab_files {
    const struct cab_entry *v;
    size_t n;
    int (*put)(void *self, size_t i, struct sink *s, struct err *e);
    void *self;
};

/* Where a cabinet goes: some of its head is known only at the end. */
struct cab_out {
    struct sink *s; /* nothing was put into it */
    int (*patch)(void *self, uint64_t at, const void *p, size_t n, struct err *e);
    void *self;
};
struct cab_out cab_to_outfile(struct sink *s, struct outfile *f); /* s: sink_outfile of f, empty */
struct cab_out cab_to_cfb(struct sink *s, struct cfb *c);         /* s: its open stream */

/* How many of the files, at least one, surely make a cabinet of at most `limit` bytes (0: 2 GiB
 * less one, more than which Windows does not read). E_INPUT when the first is larger than that
 * alone, or has a name that no cabinet holds. */
int cab_cut(const struct cab_entry *v, size_t n, const struct cab_opts *o, uint64_t limit,
            size_t *take, struct err *e) MUST_USE;

/* Writes a whole cabinet. The bytes depend on the files, method, level and window alone. Memory:
 * some MiB a job, LZX 20 times its window. */
int cab_write(const struct cab_out *out, const struct cab_opts *o, const struct cab_files *files,
              struct err *e) MUST_USE;

/* --- reading ---------------------------------------------------------------------------------- */

/* Where a cabinet is read from, by offset. */
struct cab_in {
    int (*read)(void *self, uint64_t at, void *p, size_t n, struct err *e);
    void *self;
    uint64_t size;
    const char *name; /* for messages */
    bool any;         /* files that are not to be read are seen too, with NULL for their data */
};
struct cab_in cab_from_infile(struct infile *f);
struct cab_in cab_from_cfb(struct cfb_at *at, const char *name); /* a stream, by cfb_source */

/* Calls `see` for every file in the order of their bytes, with a source of them (which may be left
 * unread: then nothing is unpacked). Everything is checked: offsets, sums of what is read, sizes.
 * E_INPUT naming the file; also, unless in->any, for Quantum and for files that begin or end in
 * another cabinet. Strings live until `see` returns. */
int cab_read(const struct cab_in *in,
             int (*see)(void *self, const struct cab_entry *x, struct source *data, struct err *e),
             void *self, struct err *e) MUST_USE;

struct cab_folder {
    unsigned method; /* as the file has it: 0 stored, 1 MSZIP, 2 Quantum, 3 LZX */
    unsigned window; /* of the latter two: its logarithm */
    unsigned blocks;
};
struct cab_about { /* what the head tells */
    size_t n_files, n_folders;
    struct cab_folder *folder;
    unsigned set, number;     /* of a set of cabinets, and which of them it is, from 0 */
    struct str before, after; /* the cabinets that go on here and there; empty: none */
};
int cab_about(const struct cab_in *in, struct arena *mem, struct cab_about *a,
              struct err *e) MUST_USE;

bool cab_sniff(const void *head, size_t n);
