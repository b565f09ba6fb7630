/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codecs.h"

#include <zstd.h>
#include <zstd_errors.h>

/* RFC 8878. Always with at least one worker: the job size then makes the bytes, whatever the number
 * of workers. */
enum { ZSTD_LEAST = 512 * 1024, ZSTD_MOST = 32 * 1024 * 1024, ZSTD_OUT = 128 * 1024 };

struct zstd_sink {
    struct sink *below;
    ZSTD_CCtx *z;
    unsigned char out[ZSTD_OUT];
};

static int zstd_fail(size_t rc, struct err *e) {
    if (ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge)
        return err_set(e, E_INPUT, "zstd: needs a window over %d MiB", CODECS_WINDOW_MAX >> 20);
    return err_set(e, E_INPUT, "zstd: %s", ZSTD_getErrorName(rc));
}

static int zstd_run(struct zstd_sink *z, ZSTD_inBuffer *in, ZSTD_EndDirective end, struct err *e) {
    for (;;) {
        ZSTD_outBuffer out = {z->out, sizeof z->out, 0};
        size_t left = ZSTD_compressStream2(z->z, &out, in, end);

        if (ZSTD_isError(left))
            return zstd_fail(left, e);
        sink_put(z->below, z->out, out.pos);
        if (z->below->err.code) {
            *e = z->below->err;
            return (int)e->code;
        }
        if (end == ZSTD_e_end ? !left : in->pos == in->size)
            return OK;
    }
}

static int zstd_put(struct sink *s, const void *p, size_t n, struct err *e) {
    ZSTD_inBuffer in = {p, n, 0};

    return zstd_run(s->self, &in, ZSTD_e_continue, e);
}

static int zstd_close(struct sink *s, struct err *e) {
    struct zstd_sink *z = s->self;
    ZSTD_inBuffer in = {NULL, 0, 0};
    int rc = OK;

    if (!s->err.code)
        rc = zstd_run(z, &in, ZSTD_e_end, e);
    ZSTD_freeCCtx(z->z);
    mem_free(z);
    return rc;
}

/* The windows are those of libzstd's level table, written down here because the bytes hang on
 * them. */
static unsigned zstd_window(const struct codec_opts *o) {
    return o->level >= 20 ? 25 : o->level >= 16 ? 23 : o->level >= 10 ? 22 : 21;
}

/* Below level 10 two windows a job take half the memory of libzstd's choice, which is four, and
 * what comes out is smaller when a job looks back on half a window instead of an eighth. That costs
 * some time, which counts where there is much to compress. */
static bool zstd_small(const struct codec_opts *o) {
    enum { MUCH = 256 * 1024 * 1024 };

    return o->level < 10 && o->size && o->size <= MUCH;
}

/* Less than four jobs would leave a processor idle, so they are made smaller then, down to half a
 * MiB. */
static size_t zstd_most(const struct codec_opts *o) {
    size_t job = (size_t)(zstd_small(o) ? 2 : 4) << zstd_window(o);

    return job < ZSTD_MOST ? job : ZSTD_MOST;
}

static size_t zstd_job(const struct codec_opts *o) {
    size_t job = zstd_most(o);

    return o->size > 3 * (uint64_t)job ? job : codecs_piece(o->size, ZSTD_LEAST, job);
}

/* How much of the piece before a job looks back on. From level 16 on libzstd's own choice (0) is a
 * whole window, which the second of two small jobs would index at the price of compressing it: a
 * quarter of a window gives 0.1 % away and a third of the time back. */
static int zstd_overlap(const struct codec_opts *o) {
    enum { OWN = 0, QUARTER = 7, HALF = 8 };

    if (zstd_small(o))
        return HALF;
    return o->level >= 16 && o->size && o->size <= zstd_most(o) ? QUARTER : OWN;
}

/* Tables for what such a job sees instead of for a whole window: two then need the memory of one,
 * and what comes out is the same but for some bytes. */
static bool zstd_few_tables(const struct codec_opts *o) {
    enum { SEEN = 8 * 1024 * 1024 };

    return zstd_overlap(o) && o->level >= 16 && zstd_job(o) <= SEEN;
}

int codecs_zstd_sink(struct sink *s, struct sink *below, const struct codec_opts *o,
                     struct err *e) {
    static const struct sink_ops ops = {zstd_put, zstd_close};
    struct zstd_sink *z = mem_alloc(sizeof *z);
    size_t rc = 0;

    z->below = below;
    z->z = ZSTD_createCCtx();
    if (z->z) {
        const struct {
            ZSTD_cParameter name;
            int value;
        } set[] = {
            {ZSTD_c_compressionLevel, o->level},
            {ZSTD_c_checksumFlag, 1},
            {ZSTD_c_nbWorkers, (int)o->jobs},
            {ZSTD_c_jobSize, (int)zstd_job(o)},
            {ZSTD_c_overlapLog, zstd_overlap(o)},
            {ZSTD_c_chainLog, zstd_few_tables(o) ? 23 : 0},
            {ZSTD_c_hashLog, zstd_few_tables(o) ? 21 : 0},
        };

        for (size_t i = 0; i < COUNT(set) && !ZSTD_isError(rc); i++)
            rc = ZSTD_CCtx_setParameter(z->z, set[i].name, set[i].value);
        if (!ZSTD_isError(rc) && o->size)
            rc = ZSTD_CCtx_setPledgedSrcSize(z->z, o->size);
    }
    if (!z->z || ZSTD_isError(rc)) {
        ZSTD_freeCCtx(z->z);
        mem_free(z);
        return err_set(e, E_BUG, "zstd cannot start: %s", ZSTD_getErrorName(rc));
    }
    sink_init(s, &ops, z);
    return OK;
}

struct zstd_source {
    struct source *below;
    ZSTD_DCtx *z;
    ZSTD_inBuffer in;
    bool in_frame, ended;
    unsigned char block[CODECS_INPUT];
};

static int zstd_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct zstd_source *z = s->self;
    ZSTD_outBuffer out = {p, n, 0};

    while (!out.pos && !z->ended) {
        size_t rc;

        if (z->in.pos == z->in.size) {
            z->in = (ZSTD_inBuffer){z->block, source_get(z->below, z->block, sizeof z->block), 0};
            if (z->below->err.code) {
                *e = z->below->err;
                return (int)e->code;
            }
        }
        if (!z->in.size && !z->in_frame) {
            z->ended = true;
            break;
        }
        rc = ZSTD_decompressStream(z->z, &out, &z->in);
        if (ZSTD_isError(rc))
            return zstd_fail(rc, e);
        z->in_frame = rc != 0;
        if (!z->in.size && z->in_frame && !out.pos)
            return err_set(e, E_INPUT, "zstd: ends too early");
    }
    *got = out.pos;
    return OK;
}

static int zstd_source_close(struct source *s, struct err *e) {
    struct zstd_source *z = s->self;

    (void)e;
    ZSTD_freeDCtx(z->z);
    mem_free(z);
    return OK;
}

int codecs_zstd_source(struct source *s, struct source *below, struct err *e) {
    static const struct source_ops ops = {zstd_get, zstd_source_close};
    struct zstd_source *z = mem_alloc(sizeof *z);

    z->below = below;
    z->in_frame = true;
    z->z = ZSTD_createDCtx();
    if (!z->z || ZSTD_isError(ZSTD_DCtx_setParameter(z->z, ZSTD_d_windowLogMax, 27))) {
        ZSTD_freeDCtx(z->z);
        mem_free(z);
        return err_set(e, E_BUG, "zstd cannot start");
    }
    source_init(s, &ops, z);
    return OK;
}

size_t codecs_piece(uint64_t size, size_t least, size_t most) {
    uint64_t n, piece;

    if (!size)
        return most;
    n = (size + most - 1) / most;
    if (n < 2 && size >= 2 * (uint64_t)least)
        n = 2;
    if (n > 1 && n % 2) /* an even number leaves no processor of two idle at the end */
        n++;
    piece = (size + n - 1) / n;
    piece = (piece + 4095) / 4096 * 4096;
    if (piece < least)
        piece = least;
    return piece > most ? most : (size_t)piece;
}
