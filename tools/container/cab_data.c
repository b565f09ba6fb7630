/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cab_data.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx.h"
#include "io/mszip.h"
#include "io/relay.h"

#include <string.h>

/* Blocks that a thread takes at once: enough for that to cost nothing beside what it does. */
enum { GROUP_MSZIP = 4, GROUP_STORED = 16 };

struct group {
    struct data *of;
    unsigned char *in; /* history, then what is to be compressed */
    unsigned char *out;
    struct lzx_chunk *chunk; /* instead of `out` */
    size_t history, n, out_n;
    struct err err;
};

struct data {
    struct sink *below;
    struct cab_opts o;
    size_t window, most; /* bytes of history, bytes of a group */
    struct relay_ops relay_ops;
    struct relay *relay;
    struct group *v;
    size_t n, filling;
    struct lzx_writer *lzx;
    uint64_t at; /* of the folder: where the group that is filled begins */
};

uint32_t cab_data_sum(const void *from, size_t n, uint32_t seed) {
    const unsigned char *p = from;
    uint32_t rest = 0;

    for (; n >= 4; n -= 4, p += 4)
        seed ^= bytes_le32(p);
    while (n--) /* the last bytes the other way round */
        rest = rest << 8 | *p++;
    return seed ^ rest;
}

/* The head of a block of n bytes, which stand for `of`. */
static void head(unsigned char h[CAB_DATA_HEAD], const unsigned char *block, size_t n, size_t of) {
    bytes_put_le16(h + 4, (uint16_t)n);
    bytes_put_le16(h + 6, (uint16_t)of);
    bytes_put_le32(h, cab_data_sum(h + 4, 4, cab_data_sum(block, n, 0)));
}

struct worker {
    struct mszip *mszip;
    struct lzx_parser *lzx;
    struct err err;
};

static void *open_worker(const void *config) {
    const struct data *d = config;
    struct worker *w = mem_alloc(sizeof *w);

    if (d->o.method == CAB_MSZIP)
        (void)!mszip_new(&w->mszip, d->o.level, &w->err);
    if (d->o.method == CAB_LZX)
        w->lzx = lzx_parser_new(d->o.window, d->o.level);
    return w;
}

static void close_worker(void *worker) {
    struct worker *w = worker;

    mszip_free(w->mszip);
    lzx_parser_free(w->lzx);
    mem_free(w);
}

static void turn(void *worker, void *task) {
    struct group *g = task;
    const struct data *d = g->of;
    struct worker *w = worker;

    g->out_n = 0;
    g->err = w->err;
    if (w->lzx)
        lzx_parse(w->lzx, g->in + d->window, g->history, g->n, g->chunk);
    if (w->lzx || w->err.code)
        return;
    for (size_t at = 0; at < g->n; at += CAB_DATA_BLOCK) {
        const unsigned char *in = g->in + d->window + at;
        unsigned char *out = g->out + g->out_n + CAB_DATA_HEAD;
        size_t n = g->n - at < CAB_DATA_BLOCK ? g->n - at : CAB_DATA_BLOCK, k = n;

        if (d->o.method == CAB_MSZIP)
            k = mszip_pack(w->mszip, in, g->history + at, n, out);
        else
            memcpy(out, in, n);
        head(out - CAB_DATA_HEAD, out, k, n);
        g->out_n += CAB_DATA_HEAD + k;
    }
}

/* Each of LZX's blocks is told by the one before: only one thread can write them. */
static void write_lzx(struct data *d, const struct group *g) {
    const unsigned char *bytes;
    unsigned char h[CAB_DATA_HEAD];
    size_t n, of;

    lzx_writer_begin(d->lzx, g->chunk);
    while ((n = lzx_writer_frame(d->lzx, &bytes, &of)) > 0) {
        head(h, bytes, n, of);
        sink_put(d->below, h, sizeof h);
        sink_put(d->below, bytes, n);
    }
}

/* Puts the oldest group below; false: none was ready. */
static bool write_oldest(struct data *d, bool wait, struct err *e) {
    struct group *done = relay_take(d->relay, wait);

    if (!done)
        return false;
    if (done->err.code)
        *e = done->err;
    else if (d->lzx)
        write_lzx(d, done);
    else
        sink_put(d->below, done->out, done->out_n);
    if (!e->code && d->below->err.code)
        *e = d->below->err;
    return true;
}

/* Gives the group to a thread. The next one begins with the end of this as its history. */
static int hand_out(struct data *d, struct err *e) {
    struct group *full = &d->v[d->filling], *next;
    size_t have = full->history + full->n;

    for (size_t i = 0; d->lzx && i < full->n; i += CAB_DATA_BLOCK)
        lzx_translate(full->in + d->window + i,
                      full->n - i < CAB_DATA_BLOCK ? full->n - i : CAB_DATA_BLOCK, d->at + i);
    d->at += full->n;
    while (relay_out(d->relay) == relay_depth(d->relay) && !e->code)
        write_oldest(d, true, e);
    if (e->code)
        return (int)e->code;
    d->filling = (d->filling + 1) % d->n;
    next = &d->v[d->filling];
    next->history = have < d->window ? have : d->window;
    next->n = 0;
    memcpy(next->in + d->window - next->history, full->in + d->window + full->n - next->history,
           next->history);
    relay_give(d->relay, full);
    while (!e->code && write_oldest(d, false, e))
        ;
    return (int)e->code;
}

static int data_put(struct sink *s, const void *p, size_t n, struct err *e) {
    struct data *d = s->self;
    const char *from = p;

    while (n) {
        struct group *g = &d->v[d->filling];
        size_t k = d->most - g->n < n ? d->most - g->n : n;

        memcpy(g->in + d->window + g->n, from, k);
        g->n += k;
        from += k;
        n -= k;
        if (g->n == d->most && hand_out(d, e))
            return (int)e->code;
    }
    return OK;
}

int cab_data_end_folder(struct sink *s, struct err *e) {
    struct data *d = s->self;

    if (s->err.code) {
        *e = s->err;
        return (int)e->code;
    }
    if (d->v[d->filling].n && hand_out(d, e))
        return (int)e->code;
    while (!e->code && write_oldest(d, true, e))
        ;
    d->v[d->filling].history = 0;
    d->at = 0;
    if (d->lzx)
        lzx_writer_reset(d->lzx);
    return (int)e->code;
}

static int data_close(struct sink *s, struct err *e) {
    struct data *d = s->self;

    (void)e;
    relay_close(d->relay); /* first: the threads may still be at work */
    for (size_t i = 0; i < d->n; i++) {
        mem_free(d->v[i].in);
        mem_free(d->v[i].out);
        lzx_chunk_free(d->v[i].chunk);
    }
    lzx_writer_free(d->lzx);
    mem_free(d->v);
    mem_free(d);
    return OK;
}

int cab_data_sink(struct sink *s, struct sink *below, const struct cab_opts *o, struct err *e) {
    static const struct sink_ops ops = {data_put, data_close};
    struct data *d = mem_alloc(sizeof *d);
    size_t blocks;

    *s = SINK_NONE;
    *d = (struct data){.below = below, .o = *o};
    d->relay_ops = (struct relay_ops){open_worker, close_worker, turn};
    d->o.level = o->level ? o->level : o->method == CAB_MSZIP ? 4 : 5;
    d->o.window = o->window ? o->window : LZX_WINDOW_MAX;
    blocks = o->method == CAB_MSZIP ? GROUP_MSZIP : GROUP_STORED;
    d->most = blocks * CAB_DATA_BLOCK;
    d->window = CAB_DATA_BLOCK;
    if (o->method == CAB_LZX) {
        if (d->o.window < LZX_WINDOW_MIN || d->o.window > LZX_WINDOW_MAX) {
            err_set(e, E_BUG, "LZX has no window of %u bits", d->o.window);
            mem_free(d);
            return (int)e->code;
        }
        d->most = lzx_chunk_size(d->o.window);
        d->window = (size_t)1 << d->o.window;
    }
    if (relay_open(&d->relay, &d->relay_ops, d, o->jobs ? o->jobs : 1, e)) {
        mem_free(d);
        return (int)e->code;
    }
    if (o->method == CAB_LZX)
        d->lzx = lzx_writer_new(d->o.window);
    d->n = relay_depth(d->relay) + 1;
    d->v = mem_alloc(d->n * sizeof *d->v);
    for (size_t i = 0; i < d->n; i++) {
        d->v[i].of = d;
        d->v[i].in = mem_alloc(d->window + d->most);
        if (d->lzx)
            d->v[i].chunk = lzx_chunk_new(d->o.window);
        else
            d->v[i].out = mem_alloc(blocks * (CAB_DATA_HEAD + MSZIP_ROOM));
    }
    sink_init(s, &ops, d);
    return OK;
}
