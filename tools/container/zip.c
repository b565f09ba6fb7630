/* SPDX-License-Identifier: Apache-2.0 */
#include "container/zip.h"

#include "container/zip_head.h"
#include "io/codec.h"
#include "io/deflate.h"
#include "io/relay.h"

#include <string.h>

/* Small files go to the threads many at a time, large ones in pieces of one deflate stream. */
enum { PIECE = 1024 * 1024, BATCH_PARTS = 256, PENDING = 256 * 1024 };

struct part { /* a whole file, or a piece of a large one */
    size_t file;
    size_t at, n; /* in the batch's `in` */
    bool first, last, store;
    size_t out_at, out_n; /* out_n 0: it is put in as it is */
};

struct batch {
    char *in, *out;
    size_t in_n;
    struct part v[BATCH_PARTS];
    size_t n;
    struct err err;
};

struct made { /* what the directory has to say of an entry */
    uint64_t at, packed;
    uint32_t crc;
    bool deflated;
};

struct zipper {
    struct outfile *f;
    const struct zip_opts *o;
    const struct zip_files *files;
    struct relay *relay;
    struct batch *batch; /* used in turn: one is filled while the others are out */
    size_t n_batches, filling;
    struct made *made;
    size_t file;        /* the one that is being put */
    uint64_t put;       /* its bytes so far */
    uint64_t large_raw; /* of the large file that is being written: bytes that are in the archive */
    struct buf pending; /* for the archive's end, so that small entries need no call each */
    struct buf head;
    uint32_t time;
};

static void *worker_open(const void *config) {
    const struct zip_opts *o = config;
    struct deflate *d = NULL;
    struct err ignored = {0};

    if (o->level && deflate_new(&d, o->level, &ignored))
        return NULL;
    return d;
}

static void worker_close(void *worker) {
    deflate_free(worker);
}

static void turn(void *worker, void *task) {
    struct batch *b = task;
    size_t at = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct part *p = &b->v[i];
        bool whole = p->first && p->last;
        size_t room = whole ? p->n : deflate_bound(p->n);

        p->out_at = at;
        p->out_n = 0;
        if (p->store || (whole && p->n < 2))
            continue;
        if (!worker) {
            err_set(&b->err, E_BUG, "zip: a thread has no compressor");
            return;
        }
        /* A whole file that does not become smaller is stored. */
        p->out_n = deflate_piece(worker, b->in + p->at, p->n, p->last, b->out + at, room - whole);
        if (!p->out_n && !whole) {
            err_set(&b->err, E_BUG, "zip: a piece grew beyond its bound");
            return;
        }
        at += p->out_n;
    }
}

static int flush(struct zipper *z, struct err *e) {
    int rc = outfile_append(z->f, z->pending.p, z->pending.n, e);

    buf_clear(&z->pending);
    return rc;
}

static uint64_t end_of(const struct zipper *z) {
    return z->f->size + z->pending.n;
}

static int emit(struct zipper *z, const void *p, size_t n, struct err *e) {
    if (z->pending.n + n > PENDING && flush(z, e))
        return (int)e->code;
    if (n > PENDING)
        return outfile_append(z->f, p, n, e);
    buf_put(&z->pending, p, n);
    return OK;
}

static bool ascii(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static struct zip_head head_of(const struct zipper *z, size_t i, struct arena *mem) {
    static const uint32_t kinds[] = {
        [ZIP_FILE] = 0100000, [ZIP_DIR] = 0040000, [ZIP_LINK] = 0120000};
    const struct zip_entry *x = &z->files->v[i];
    const struct made *m = &z->made[i];
    struct zip_head h = {
        .name = x->name,
        .flags = ascii(x->name) ? 0 : ZIP_HEAD_UTF8,
        .method = m->deflated ? ZIP_HEAD_DEFLATED : ZIP_HEAD_STORED,
        .time = z->time,
        .crc = m->crc,
        .packed = m->packed,
        .size = x->kind == ZIP_FILE   ? x->size
                : x->kind == ZIP_LINK ? x->target.n
                                      : 0,
        .at = m->at,
        .attributes = (kinds[x->kind] | (x->mode & 07777)) << 16,
    };

    if (x->kind == ZIP_DIR) {
        h.name = str_fmt(mem, STR_F "/", STR_A(x->name));
        h.attributes |= 0x10; /* DOS: a folder */
    }
    return h;
}

static struct str local_head(struct zipper *z, size_t i) {
    AUTO(arena) mem = {0};
    struct zip_head h = head_of(z, i, &mem);

    buf_clear(&z->head);
    zip_head_put_local(&z->head, &h);
    return buf_get(&z->head);
}

/* Large files whose deflated form is no smaller: they are put a second time, as they are. */
static int restore(struct zipper *z, size_t i, struct err *e) {
    struct made *m = &z->made[i];
    uint64_t size = z->files->v[i].size, data = m->at + local_head(z, i).n;
    struct sink s;

    if (outfile_truncate(z->f, data, e))
        return (int)e->code;
    sink_outfile(&s, z->f);
    if (z->files->put(z->files->self, i, &s, e) || sink_close(&s, e))
        return (int)e->code;
    if (s.at != size)
        return err_set(e, E_INPUT, STR_F ": changed while it was packed",
                       STR_A(z->files->v[i].name));
    m->packed = size;
    m->deflated = false;
    return OK;
}

static int finish_large(struct zipper *z, size_t i, struct err *e) {
    struct made *m = &z->made[i];
    struct str head;

    if (flush(z, e))
        return (int)e->code;
    if (m->deflated && m->packed >= z->files->v[i].size && restore(z, i, e))
        return (int)e->code;
    head = local_head(z, i);
    return outfile_pwrite(z->f, m->at, head.p, head.n, e);
}

static int write_part(struct zipper *z, const struct batch *b, const struct part *p,
                      struct err *e) {
    struct made *m = &z->made[p->file];
    size_t n = p->out_n ? p->out_n : p->n;

    m->packed += n;
    if (p->first) {
        struct str head;

        z->large_raw = 0;
        m->at = end_of(z);
        m->deflated = p->out_n > 0;
        head = local_head(z, p->file);
        if (emit(z, head.p, head.n, e))
            return (int)e->code;
    }
    z->large_raw += p->n;
    if (emit(z, p->out_n ? b->out + p->out_at : b->in + p->at, n, e))
        return (int)e->code;
    return p->last && !p->first ? finish_large(z, p->file, e) : OK;
}

/* Writes the oldest batch; *some is false when none was ready. */
static int write_oldest(struct zipper *z, bool wait, bool *some, struct err *e) {
    struct batch *b = relay_take(z->relay, wait);

    *some = b != NULL;
    if (!b)
        return OK;
    if (b->err.code) {
        *e = b->err;
        return (int)e->code;
    }
    for (size_t i = 0; i < b->n; i++)
        if (write_part(z, b, &b->v[i], e))
            return (int)e->code;
    b->n = b->in_n = 0;
    return OK;
}

static int hand_out(struct zipper *z, struct err *e) {
    bool some = true;

    if (!z->batch[z->filling].n)
        return OK;
    while (relay_out(z->relay) == relay_depth(z->relay))
        if (write_oldest(z, true, &some, e))
            return (int)e->code;
    relay_give(z->relay, &z->batch[z->filling]);
    z->filling = (z->filling + 1) % z->n_batches;
    while (some)
        if (write_oldest(z, false, &some, e))
            return (int)e->code;
    return OK;
}

static int drain(struct zipper *z, struct err *e) {
    bool some = true;

    if (hand_out(z, e))
        return (int)e->code;
    while (some)
        if (write_oldest(z, true, &some, e))
            return (int)e->code;
    return OK;
}

/* Whether a large file is stored after all must be settled before anything stands behind it: waits
 * until the pieces written have saved more than the others can lose. */
static int settle(struct zipper *z, size_t i, struct err *e) {
    uint64_t size = z->files->v[i].size, loss = deflate_bound(PIECE) - PIECE;
    bool some = true;

    while (some) {
        uint64_t begun = z->made[i].packed ? z->large_raw : 0, left = size - begun;

        if (z->made[i].packed + left + (left / PIECE + 1) * loss < size)
            return OK;
        if (write_oldest(z, true, &some, e))
            return (int)e->code;
    }
    return OK;
}

static struct part *next_part(struct zipper *z, bool first) {
    struct batch *b = &z->batch[z->filling];
    struct part *p = &b->v[b->n++];

    *p = (struct part){.file = z->file, .at = b->in_n, .first = first, .store = !z->o->level};
    return p;
}

static int put_bytes(struct sink *s, const void *p, size_t n, struct err *e) {
    struct zipper *z = s->self;
    const char *from = p;

    if (n > z->files->v[z->file].size - z->put)
        return err_set(e, E_BUG, STR_F ": more bytes than its size says",
                       STR_A(z->files->v[z->file].name));
    z->made[z->file].crc = codec_crc32(z->made[z->file].crc, p, n);
    z->put += n;
    while (n) {
        struct batch *b = &z->batch[z->filling];
        struct part *x = &b->v[b->n - 1];
        size_t k = PIECE - x->n < n ? PIECE - x->n : n;

        if (!k) {
            if (hand_out(z, e))
                return (int)e->code;
            next_part(z, false);
            continue;
        }
        memcpy(b->in + b->in_n, from, k);
        b->in_n += k;
        x->n += k;
        from += k;
        n -= k;
    }
    return OK;
}

static int add_file(struct zipper *z, size_t i, struct err *e) {
    static const struct sink_ops ops = {put_bytes, NULL};
    const struct zip_entry *x = &z->files->v[i];
    struct batch *b = &z->batch[z->filling];
    struct sink s;

    if ((b->in_n + x->size > PIECE || b->n == BATCH_PARTS) && hand_out(z, e))
        return (int)e->code;
    z->file = i;
    z->put = 0;
    next_part(z, true);
    sink_init(&s, &ops, z);
    if (z->files->put(z->files->self, i, &s, e) || sink_close(&s, e))
        return (int)e->code;
    if (z->put != x->size)
        return err_set(e, E_BUG, STR_F ": less bytes than its size says", STR_A(x->name));
    b = &z->batch[z->filling];
    b->v[b->n - 1].last = true;
    if (x->size <= PIECE)
        return OK;
    return hand_out(z, e) || (z->o->level && settle(z, i, e)) ? (int)e->code : OK;
}

static int add_other(struct zipper *z, size_t i, struct err *e) {
    struct str t = z->files->v[i].kind == ZIP_LINK ? z->files->v[i].target : STR("");
    struct batch *b = &z->batch[z->filling];
    struct part *p;

    if (t.n > PIECE)
        return err_set(e, E_INPUT, STR_F ": its target is too long", STR_A(z->files->v[i].name));
    if ((b->in_n + t.n > PIECE || b->n == BATCH_PARTS) && hand_out(z, e))
        return (int)e->code;
    z->file = i;
    z->made[i].crc = t.n ? codec_crc32(0, t.p, t.n) : 0;
    p = next_part(z, true);
    p->store = p->last = true;
    p->n = t.n;
    b = &z->batch[z->filling];
    if (t.n)
        memcpy(b->in + b->in_n, t.p, t.n);
    b->in_n += t.n;
    return OK;
}

static int write_directory(struct zipper *z, struct err *e) {
    uint64_t at = end_of(z), end;

    for (size_t i = 0; i < z->files->n; i++) {
        AUTO(arena) mem = {0};
        struct zip_head h = head_of(z, i, &mem);

        buf_clear(&z->head);
        zip_head_put_central(&z->head, &h);
        if (emit(z, z->head.p, z->head.n, e))
            return (int)e->code;
    }
    end = end_of(z);
    buf_clear(&z->head);
    zip_head_put_end(&z->head, z->files->n, at, end - at);
    if (emit(z, z->head.p, z->head.n, e) || flush(z, e))
        return (int)e->code;
    return OK;
}

static int write_all(struct zipper *z, struct err *e) {
    for (size_t i = 0; i < z->files->n; i++) {
        const struct zip_entry *x = &z->files->v[i];

        if (!x->name.n || x->name.n >= ZIP_HEAD_MAX16)
            return err_set(e, E_INPUT, "%.80s: no name for a ZIP entry",
                           x->name.n ? x->name.p : "");
        if (x->kind == ZIP_FILE ? add_file(z, i, e) : add_other(z, i, e))
            return (int)e->code;
    }
    return drain(z, e) || write_directory(z, e) ? (int)e->code : OK;
}

int zip_write(struct outfile *f, const struct zip_opts *o, const struct zip_files *files,
              struct err *e) {
    static const struct relay_ops ops = {worker_open, worker_close, turn};
    AUTO(arena) mem = {0};
    struct zipper z = {.f = f, .o = o, .files = files, .time = zip_head_time(o->mtime)};
    int rc;

    if (relay_open(&z.relay, &ops, o, o->jobs, e))
        return (int)e->code;
    z.n_batches = relay_depth(z.relay) + 1;
    z.batch = arena_array(&mem, z.n_batches, sizeof *z.batch);
    for (size_t i = 0; i < z.n_batches; i++) {
        z.batch[i].in = arena_alloc(&mem, PIECE);
        z.batch[i].out = arena_alloc(&mem, deflate_bound(PIECE));
    }
    z.made = arena_array(&mem, files->n, sizeof *z.made);
    buf_init(&z.pending, PENDING);
    buf_init(&z.head, 3 * ZIP_HEAD_MAX16);
    rc = write_all(&z, e);
    relay_close(z.relay);
    buf_drop(&z.pending);
    buf_drop(&z.head);
    return rc;
}
