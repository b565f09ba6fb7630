/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/zsync.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/md4.h"
#include "os/clock.h"
#include "os/thread.h"

#include <string.h>

enum { ZSYNC_PART = 256 * 1024, ZSYNC_LARGE = 100000000, RSUM_MOST = 4, SUM = 16 };

struct lengths { /* how much of each sum is told */
    uint32_t block;
    unsigned matches; /* blocks in a row that a client must find */
    unsigned rsum, sum;
};

/* zsyncmake reckons with logarithms: how many bits keep chance matches rare. The same bounds, as
 * powers of two: 2^28.6 and so on. */
static struct lengths lengths_of(uint64_t n) {
    struct lengths l = {.block = n < ZSYNC_LARGE ? 2048 : 4096};
    uint64_t blocks = 1 + n / l.block;
    /* 20 + log2(n * blocks) bits are shared by the matches, up to 8 * `sum` in each. */
    static const uint64_t least[] = {0, 0, 0, 0, 18, 4390, 1123836, 287701999}; /* 2^4.1 2^12.1 … */

    l.matches = n > l.block ? 2 : 1;
    l.rsum = n <= 406872067 || l.matches == 1 ? 2 : n <= 26664767828654 ? 3 : RSUM_MOST;
    l.sum = 3;
    while (l.sum < SUM) {
        unsigned bits = 8 * l.sum * l.matches - 20;

        if (bits >= 64 || n <= ((uint64_t)1 << bits) / blocks)
            break;
        l.sum++;
    }
    while (l.sum + 1 < COUNT(least) && blocks >= least[l.sum + 1])
        l.sum++;
    return l;
}

/* ---------------------------------------------------------------------------- the blocks' sums */

struct window { /* a stretch of the file whose blocks are summed side by side */
    struct infile *f;
    struct lengths l;
    uint64_t at; /* in the file */
    size_t n;
    char *bytes;
    unsigned char *sums; /* of its blocks, cut to the lengths */
    struct digest *whole;
    size_t parts;
};

/* What rsync's rolling sum is at rest. */
static void rsum(const unsigned char *p, size_t n, unsigned char out[RSUM_MOST]) {
    uint32_t a = 0, b = 0;

    for (size_t i = 0; i < n; i++) {
        a += p[i];
        b += a; /* the sum of (n - i) * p[i] */
    }
    bytes_put_be16(out, (uint16_t)(a & 0xffff));
    bytes_put_be16(out + 2, (uint16_t)(b & 0xffff));
}

static void one_block(const struct window *w, size_t i) {
    size_t at = i * w->l.block, n = w->n - at < w->l.block ? w->n - at : w->l.block;
    unsigned char *out = w->sums + i * (w->l.rsum + w->l.sum), roll[RSUM_MOST], sum[SUM];
    const char *p = w->bytes + at;
    unsigned char full[4096];

    if (n < w->l.block) { /* the last block counts as filled up with zeros */
        memcpy(full, p, n);
        memset(full + n, 0, w->l.block - n);
        p = (const char *)full;
    }
    rsum((const unsigned char *)p, w->l.block, roll);
    md4_bytes(p, w->l.block, sum);
    memcpy(out, roll + RSUM_MOST - w->l.rsum, w->l.rsum);
    memcpy(out + w->l.rsum, sum, w->l.sum);
}

/* Part 0 is the digest of all, the others are stretches of blocks. */
static int one_part(void *ctx, size_t i, struct err *e) {
    const struct window *w = ctx;
    size_t per = ZSYNC_PART / w->l.block, blocks = (w->n + w->l.block - 1) / w->l.block;

    (void)e;
    if (!i)
        digest_put(w->whole, w->bytes, w->n);
    for (size_t k = i ? (i - 1) * per : blocks; k < i * per && k < blocks; k++)
        one_block(w, k);
    return OK;
}

static int put_sums(struct window *w, unsigned jobs, struct buf *out, struct err *e) {
    size_t most = (jobs ? jobs : 1) * 8 * (size_t)ZSYNC_PART;
    size_t each = w->l.rsum + w->l.sum;

    w->bytes = mem_alloc(most);
    w->sums = mem_alloc(most / w->l.block * each);
    for (w->at = 0; w->at < w->f->size; w->at += w->n) {
        w->n = w->f->size - w->at < most ? (size_t)(w->f->size - w->at) : most;
        if (infile_read(w->f, w->at, w->bytes, w->n, e) ||
            thread_each(jobs, 1 + (w->n + ZSYNC_PART - 1) / ZSYNC_PART, one_part, w, e))
            break;
        infile_ahead(w->f, w->at + w->n, most);
        buf_put(out, w->sums, (w->n + w->l.block - 1) / w->l.block * each);
    }
    mem_free(w->bytes);
    mem_free(w->sums);
    return (int)e->code;
}

/* ------------------------------------------------------------------------------------ the file */

static int sum_file(struct infile *f, const struct lengths *l, unsigned jobs,
                    struct digest_set *sha1, struct buf *sums, struct err *e) {
    struct window w = {.f = f, .l = *l};

    if (digest_new(&w.whole, DIGEST_SHA1, e))
        return (int)e->code;
    if (put_sums(&w, jobs, sums, e)) {
        digest_free(w.whole);
        return (int)e->code;
    }
    return digest_end(w.whole, sha1, e);
}

int zsync_make(struct infile *f, struct str name, struct str url, int64_t mtime, unsigned jobs,
               struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(buf) sums = BUF_NONE;
    struct lengths l = lengths_of(f->size);
    struct digest_set sha1;

    buf_init(&sums, ZSYNC_MAX);
    if (sum_file(f, &l, jobs, &sha1, &sums, e))
        return (int)e->code;
    buf_fmt(out, "zsync: 0.6.2\nFilename: " STR_F "\n", STR_A(name));
    if (mtime >= 0)
        buf_fmt(out, "MTime: " STR_F "\n", STR_A(clock_rfc2822(&mem, mtime)));
    buf_fmt(out, "Blocksize: %u\nLength: %llu\n", (unsigned)l.block, (unsigned long long)f->size);
    buf_fmt(out, "Hash-Lengths: %u,%u,%u\nURL: " STR_F "\n", l.matches, l.rsum, l.sum, STR_A(url));
    buf_fmt(out, "SHA-1: " STR_F "\n\n", STR_A(digest_hex(&mem, sha1.sha1, sizeof sha1.sha1)));
    buf_str(out, buf_get(&sums));
    if (buf_check(&sums, "the control file for zsync", e))
        return (int)e->code;
    return buf_check(out, "the control file for zsync", e);
}
