/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "os/infile.h"

/* The lead and the header structure of RPM packages, format 4: an index of tags over a store of
 * big-endian values. A package has two: the signature header and the main one. */
enum { RPMHDR_LEAD_SIZE = 96, RPMHDR_INTRO_SIZE = 16, RPMHDR_ENTRY_SIZE = 16 };

/* The tag that encloses all others of a header and says what kind of header it is. */
enum rpmhdr_region { RPMHDR_SIGNATURES = 62, RPMHDR_IMMUTABLE = 63 };

enum rpmhdr_kind {
    RPMHDR_CHAR = 1,
    RPMHDR_INT8,
    RPMHDR_INT16,
    RPMHDR_INT32,
    RPMHDR_INT64,
    RPMHDR_STRING,
    RPMHDR_BIN,
    RPMHDR_STRINGS,
    RPMHDR_I18N, /* strings, one for each language of the table in tag 100 */
};

struct rpmhdr_item {
    uint32_t tag;
    enum rpmhdr_kind kind;
    uint32_t count;
    struct str bytes; /* as in the store: big-endian numbers, strings with their NULs */
};

struct rpmhdr { /* empty: `{.mem = arena}` */
    struct arena *mem;
    struct rpmhdr_item *v;
    size_t n, room;
};

/* The 96 bytes that nothing but file(1) reads any more. `machine`: rpm's number, 1 for x86. */
void rpmhdr_lead(struct buf *out, struct str name, unsigned machine);
bool rpmhdr_lead_ok(const void *head, size_t n); /* begins with a lead of format 3 or 4 */

/* Tags of a header to be written; each once, in any order. Bytes are copied. */
void rpmhdr_add_text(struct rpmhdr *h, uint32_t tag, struct str s);
void rpmhdr_add_i18n(struct rpmhdr *h, uint32_t tag, struct str s); /* in the one language "C" */
void rpmhdr_add_texts(struct rpmhdr *h, uint32_t tag, const struct str *v, size_t n);
void rpmhdr_add_u16(struct rpmhdr *h, uint32_t tag, const uint16_t *v, size_t n);
void rpmhdr_add_u32(struct rpmhdr *h, uint32_t tag, const uint32_t *v, size_t n);
void rpmhdr_add_one(struct rpmhdr *h, uint32_t tag, uint32_t v);
void rpmhdr_add_u64(struct rpmhdr *h, uint32_t tag, const uint64_t *v, size_t n);
void rpmhdr_add_bin(struct rpmhdr *h, uint32_t tag, struct str bytes);

/* Appends intro, index and store. E_RECIPE for a string with a NUL in it, E_INPUT when it is larger
 * than rpm reads. */
int rpmhdr_write(const struct rpmhdr *h, enum rpmhdr_region region, struct buf *out,
                 struct err *e) MUST_USE;

/* Reads the header at `at`; *end is the first byte behind it, *raw (may be NULL) all of its bytes.
 * Every item lies within the store, is aligned and has its NULs. E_INPUT naming what is damaged. */
int rpmhdr_read(struct infile *f, uint64_t at, enum rpmhdr_region region, struct arena *mem,
                struct rpmhdr *h, struct str *raw, uint64_t *end, struct err *e) MUST_USE;

const struct rpmhdr_item *rpmhdr_find(const struct rpmhdr *h, uint32_t tag); /* NULL: absent */
size_t rpmhdr_count(const struct rpmhdr *h, uint32_t tag);                   /* 0: absent */

/* The first string of a tag, empty when it is absent or has another kind. */
struct str rpmhdr_text(const struct rpmhdr *h, uint32_t tag);
/* All strings of a tag in the arena; NULL and 0 when it is absent or has another kind. */
struct str *rpmhdr_texts(const struct rpmhdr *h, uint32_t tag, struct arena *mem, size_t *n);
/* The i-th number of a tag; `otherwise` when there is none. */
uint64_t rpmhdr_number(const struct rpmhdr *h, uint32_t tag, size_t i, uint64_t otherwise);
/* The same of an item; NULL has none. */
uint64_t rpmhdr_item_number(const struct rpmhdr_item *x, size_t i, uint64_t otherwise);
