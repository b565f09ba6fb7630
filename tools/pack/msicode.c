/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msicode.h"

#include "base/bytes.h"
#include "crypto/digest.h"
#include "pack/msinames.h"

enum { BATCH = 65536, MOST = 1 << 30, MD5 = 16 };

struct all {
    struct digest *sum;
    struct buf batch;
};

static void flush(struct all *c) {
    digest_put(c->sum, c->batch.p, c->batch.n);
    buf_clear(&c->batch);
}

/* What it is, and its value or length: no two packages give the same bytes. There are fifty cells a
 * file, so numbers are not printed. */
static void head(struct all *c, enum msidb_kind kind, uint32_t v) {
    unsigned char h[5];

    h[0] = (unsigned char)kind;
    bytes_put_le32(h + 1, v);
    buf_put(&c->batch, h, sizeof h);
}

static void text(struct all *c, struct str s) {
    head(c, MSIDB_STR, (uint32_t)s.n);
    buf_str(&c->batch, s);
    if (c->batch.n > BATCH)
        flush(c);
}

static void table(struct all *c, const struct msidb_table *t) {
    text(c, t->name);
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
        const struct msidb_cell *x = &t->cell[i];

        if (x->kind == MSIDB_INT)
            head(c, MSIDB_INT, (uint32_t)x->i);
        else
            text(c, x->s);
    }
}

/* The bytes of the files too: for one with a version of its own no table has a digest of them. */
static void put_all(struct all *c, const struct msibuild *b, struct str summary) {
    text(c, STR(SLIPWAY_VERSION));
    text(c, b->upgrade);
    text(c, value_text(b->j->section, "compression"));
    text(c, summary);
    for (const struct msidb_table *t = b->db.first; t; t = t->next)
        table(c, t);
    for (size_t i = 0; i < b->n_files; i++)
        text(c, (struct str){(const char *)b->file[i]->digests->md5, MD5});
    flush(c);
}

int msicode_set(struct msibuild *b, const struct msisum *s, struct err *e) {
    AUTO(buf) summary = BUF_NONE;
    struct all c = {0};
    struct digest_set d;
    struct str hex;

    buf_init(&summary, 1 << 20);
    buf_init(&c.batch, MOST);
    msisum_write(s, &summary);
    if (buf_check(&summary, "the summary information", e) || digest_new(&c.sum, DIGEST_SHA256, e))
        return (int)e->code;
    put_all(&c, b, buf_get(&summary));
    buf_drop(&c.batch);
    if (digest_end(c.sum, &d, e))
        return (int)e->code;
    hex = digest_hex(b->mem, d.sha256, sizeof d.sha256);
    b->product = msinames_guid(b->mem, "product", b->upgrade, hex);
    b->package = msinames_guid(b->mem, "package", b->upgrade, hex);
    return OK;
}
