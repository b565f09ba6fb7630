/* SPDX-License-Identifier: Apache-2.0 */
#include "io/codecs.h"

#include <lzma.h>

/* The .xz format through liblzma's threaded encoder, always: its blocks make the bytes, so one
 * thread must cut the same ones as many. */
enum {
    XZ_LEAST = 2 * 1024 * 1024,
    XZ_MOST = 24 * 1024 * 1024,
    XZ_MOST_CODE = 20 * 1024 * 1024,
    XZ_OUT = 64 * 1024
};

struct xz_sink {
    struct sink *below;
    lzma_stream z;
    unsigned char out[XZ_OUT];
};

static int xz_fail(lzma_ret rc, struct err *e) {
    switch (rc) {
    case LZMA_MEM_ERROR:
        return err_set(e, E_BUG, "xz: out of memory");
    case LZMA_MEMLIMIT_ERROR:
        return err_set(e, E_INPUT,
                       "xz: needs more memory than is allowed (a dictionary over %d MiB)",
                       CODECS_WINDOW_MAX >> 20);
    case LZMA_FORMAT_ERROR:
        return err_set(e, E_INPUT, "xz: not an xz stream");
    case LZMA_OPTIONS_ERROR:
        return err_set(e, E_INPUT, "xz: uses a filter or option that liblzma does not know");
    case LZMA_DATA_ERROR:
        return err_set(e, E_INPUT, "xz: damaged");
    case LZMA_BUF_ERROR:
        return err_set(e, E_INPUT, "xz: ends too early");
    default:
        return err_set(e, E_INPUT, "xz: error %d", (int)rc);
    }
}

static int xz_run(struct xz_sink *x, lzma_action action, struct err *e) {
    for (;;) {
        lzma_ret rc;

        x->z.next_out = x->out;
        x->z.avail_out = sizeof x->out;
        rc = lzma_code(&x->z, action);
        sink_put(x->below, x->out, sizeof x->out - x->z.avail_out);
        if (x->below->err.code) {
            *e = x->below->err;
            return (int)e->code;
        }
        if (rc == LZMA_STREAM_END)
            return OK;
        if (rc != LZMA_OK)
            return xz_fail(rc, e);
        if (action == LZMA_RUN && !x->z.avail_in)
            return OK;
    }
}

static int xz_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct xz_sink *x = s->self;

    x->z.next_in = p;
    x->z.avail_in = n;
    return xz_run(x, LZMA_RUN, e);
}

static int xz_close(struct sink *s, struct err *e) {
    struct xz_sink *x = s->self;
    int rc = OK;

    if (!s->err.code)
        rc = xz_run(x, LZMA_FINISH, e);
    lzma_end(&x->z);
    mem_free(x);
    return rc;
}

static lzma_vli xz_branch(enum codec_filter f) {
    switch (f) {
    case CODEC_BCJ_X86:
        return LZMA_FILTER_X86;
    case CODEC_BCJ_ARM:
        return LZMA_FILTER_ARM;
#ifdef LZMA_FILTER_ARM64
    case CODEC_BCJ_ARM64:
        return LZMA_FILTER_ARM64;
#endif
    default:
        return LZMA_VLI_UNKNOWN;
    }
}

/* Where there are many blocks they are those of xz(1) and dpkg-deb at the usual level, so that what
 * comes out is no larger. Code, which the filter makes smaller by more than blocks can lose, is cut
 * into equal blocks, none of which is waited for at the end, and that take less memory. */
static size_t xz_block(const struct codec_opts *o) {
    if (o->filter != CODEC_PLAIN)
        return codecs_piece(o->size, XZ_LEAST, XZ_MOST_CODE);
    return o->size > 3 * (uint64_t)XZ_MOST ? XZ_MOST : codecs_piece(o->size, XZ_LEAST, XZ_MOST);
}

/* A dictionary beyond the block would only cost memory, here and where it is unpacked. Code that
 * other programs compress in one block, on one processor, takes two here: with 3 MiB to look back
 * on both together need less memory than that one, for 0.1 % of what the filter gains. */
static size_t xz_dict(const struct codec_opts *o, size_t block, size_t usual) {
    enum { XZ_DICT_TWO = 3 * 1024 * 1024 };
    size_t most = block;

    if (o->filter != CODEC_PLAIN && o->size <= XZ_MOST && block < o->size && most > XZ_DICT_TWO)
        most = XZ_DICT_TWO;
    return usual < most ? usual : most;
}

int codecs_xz_sink(struct sink *s, struct sink *below, const struct codec_opts *o, struct err *e) {
    static const struct sink_ops ops = {xz_put, xz_close};
    lzma_vli branch = xz_branch(o->filter);
    lzma_options_lzma lzma;
    lzma_filter filters[3];
    size_t n = 0, block = xz_block(o);
    struct xz_sink *x;
    lzma_mt mt = {.threads = o->jobs, .block_size = block, .check = LZMA_CHECK_CRC64};
    lzma_ret rc;

    if (lzma_lzma_preset(&lzma, (uint32_t)o->level))
        return err_set(e, E_BUG, "xz has no level %d", o->level);
    lzma.dict_size = (uint32_t)xz_dict(o, block, lzma.dict_size);
    if (branch != LZMA_VLI_UNKNOWN)
        filters[n++] = (lzma_filter){branch, NULL};
    filters[n++] = (lzma_filter){LZMA_FILTER_LZMA2, &lzma};
    filters[n] = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
    mt.filters = filters;
    x = mem_alloc(sizeof *x);
    x->below = below;
    rc = lzma_stream_encoder_mt(&x->z, &mt);
    if (rc != LZMA_OK) {
        mem_free(x);
        return xz_fail(rc, e);
    }
    sink_init(s, &ops, x);
    return OK;
}

struct xz_source {
    struct source *below;
    lzma_stream z;
    bool ended;
    unsigned char in[CODECS_INPUT];
};

static int xz_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct xz_source *x = s->self;

    x->z.next_out = p;
    x->z.avail_out = n;
    while (x->z.avail_out == n && !x->ended) {
        lzma_ret rc;

        if (!x->z.avail_in) {
            x->z.next_in = x->in;
            x->z.avail_in = source_get(x->below, x->in, sizeof x->in);
            if (x->below->err.code) {
                *e = x->below->err;
                return (int)e->code;
            }
        }
        rc = lzma_code(&x->z, x->z.avail_in ? LZMA_RUN : LZMA_FINISH);
        if (rc == LZMA_STREAM_END)
            x->ended = true;
        else if (rc != LZMA_OK)
            return xz_fail(rc, e);
    }
    *got = n - x->z.avail_out;
    return OK;
}

static int xz_source_close(struct source *s, struct err *e) {
    struct xz_source *x = s->self;

    (void)e;
    lzma_end(&x->z);
    mem_free(x);
    return OK;
}

int codecs_xz_source(struct source *s, struct source *below, struct err *e) {
    static const struct source_ops ops = {xz_get, xz_source_close};
    struct xz_source *x = mem_alloc(sizeof *x);
    lzma_ret rc =
        lzma_stream_decoder(&x->z, (uint64_t)CODECS_WINDOW_MAX + (8 << 20), LZMA_CONCATENATED);

    x->below = below;
    if (rc != LZMA_OK) {
        mem_free(x);
        return xz_fail(rc, e);
    }
    source_init(s, &ops, x);
    return OK;
}
