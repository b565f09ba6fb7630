/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/cab_data.h"
#include "os/clock.h"

#include <string.h>

enum {
    HEADER = 36,
    FOLDER = 8,
    ENTRY = 16,
    HAS_RESERVE = 4,
    UTF8_NAME = 0x80,
    FOLDERS_MAX = 65535,
    OVERHEAD = CAB_DATA_HEAD + 64, /* what a block may become larger by */
};
#define LIMIT UINT64_C(0x7fffffff)

struct plan {      /* what a cabinet's head says */
    size_t *first; /* folder k begins with file first[k] */
    uint64_t *bytes, *at;
    size_t n_folders;
    uint64_t head; /* bytes in front of the blocks */
};

static int outfile_patch(void *self, uint64_t at, const void *p, size_t n, struct err *e) {
    return outfile_pwrite(self, at, p, n, e);
}

struct cab_out cab_to_outfile(struct sink *s, struct outfile *f) {
    return (struct cab_out){s, outfile_patch, f};
}

static int stream_patch(void *self, uint64_t at, const void *p, size_t n, struct err *e) {
    return cfb_patch(self, at, p, n, e);
}

struct cab_out cab_to_cfb(struct sink *s, struct cfb *c) {
    return (struct cab_out){s, stream_patch, c};
}

static int check_entry(const struct cab_entry *x, struct err *e) {
    if (!x->name.n || x->name.n > CAB_NAME_MAX || !str_utf8(x->name) ||
        memchr(x->name.p, 0, x->name.n))
        return err_set(e, E_INPUT, STR_F ": a cabinet holds names of 1 to %d bytes of UTF-8",
                       STR_A(x->name), CAB_NAME_MAX);
    if (x->size > CAB_FOLDER_MAX)
        return err_set(e, E_INPUT, STR_F ": larger than the 2 GiB that a cabinet holds",
                       STR_A(x->name));
    return OK;
}

int cab_cut(const struct cab_entry *v, size_t n, const struct cab_opts *o, uint64_t limit,
            size_t *take, struct err *e) {
    uint64_t head = HEADER + 4 + o->reserve, data = 0;

    *take = 0;
    if (!limit || limit > LIMIT)
        limit = LIMIT;
    for (size_t i = 0; i < n && i < CAB_FILES_MAX; i++) {
        if (check_entry(&v[i], e))
            return (int)e->code;
        head += ENTRY + v[i].name.n + 1 + FOLDER;
        data += v[i].size;
        if (head + data + (data / CAB_DATA_BLOCK + 2) * OVERHEAD > limit) {
            if (!i)
                return err_set(e, E_INPUT, STR_F ": too large for one cabinet", STR_A(v[i].name));
            break;
        }
        *take = i + 1;
    }
    return OK;
}

/* A new folder where the one before is full. */
static int make_plan(struct plan *p, const struct cab_opts *o, const struct cab_files *files,
                     struct arena *mem, struct err *e) {
    uint64_t names = 0, most = CAB_FOLDER_MAX;

    if (o->folder && o->folder < most)
        most = o->folder;

    if (files->n > CAB_FILES_MAX)
        return err_set(e, E_INPUT, "more than the %d files that a cabinet holds", CAB_FILES_MAX);
    p->first = arena_array(mem, files->n + 2, sizeof *p->first);
    p->bytes = arena_array(mem, files->n + 1, sizeof *p->bytes);
    p->at = arena_array(mem, files->n + 1, sizeof *p->at);
    for (size_t i = 0; i < files->n; i++) {
        const struct cab_entry *x = &files->v[i];

        if (check_entry(x, e))
            return (int)e->code;
        if (!p->n_folders || p->bytes[p->n_folders - 1] + x->size > most)
            p->first[p->n_folders++] = i;
        p->bytes[p->n_folders - 1] += x->size;
        names += ENTRY + x->name.n + 1;
    }
    p->first[p->n_folders] = files->n;
    p->head = HEADER + (o->reserve ? 4 + o->reserve : 0) + p->n_folders * FOLDER + names;
    return OK;
}

static unsigned method_word(const struct cab_opts *o) {
    switch (o->method) {
    case CAB_MSZIP:
        return 1;
    case CAB_LZX:
        return 3 | (o->window ? o->window : 21) << 8;
    default:
        return 0;
    }
}

static size_t blocks_of(uint64_t bytes) {
    return (size_t)((bytes + CAB_DATA_BLOCK - 1) / CAB_DATA_BLOCK);
}

/* The header and the folders, of which some is known only when all is written. */
static size_t header_bytes(unsigned char *h, const struct plan *p, const struct cab_opts *o,
                           size_t n_files, uint64_t size) {
    size_t n = HEADER;

    memset(h, 0, HEADER);
    memcpy(h, "MSCF", 4);
    bytes_put_le32(h + 8, (uint32_t)size);
    bytes_put_le32(h + 16,
                   (uint32_t)(HEADER + (o->reserve ? 4 + o->reserve : 0) + p->n_folders * FOLDER));
    h[24] = 3; /* version 1.3 */
    h[25] = 1;
    bytes_put_le16(h + 26, (uint16_t)p->n_folders);
    bytes_put_le16(h + 28, (uint16_t)n_files);
    if (o->reserve) {
        bytes_put_le16(h + 30, HAS_RESERVE);
        memset(h + n, 0, 4 + o->reserve);
        bytes_put_le16(h + n, (uint16_t)o->reserve);
        n += 4 + o->reserve;
    }
    for (size_t i = 0; i < p->n_folders; i++, n += FOLDER) {
        bytes_put_le32(h + n, (uint32_t)p->at[i]);
        bytes_put_le16(h + n + 4, (uint16_t)blocks_of(p->bytes[i]));
        bytes_put_le16(h + n + 6, (uint16_t)method_word(o));
    }
    return n;
}

static void dos_time(int64_t mtime, unsigned *date, unsigned *time) {
    struct clock_utc t = clock_split(mtime);

    if (t.year < 1980)
        t = (struct clock_utc){.year = 1980, .month = 1, .day = 1};
    if (t.year > 2107)
        t = (struct clock_utc){2107, 12, 31, 23, 59, 58, 0, 0};
    *date = (unsigned)((t.year - 1980) << 9 | t.month << 5 | t.day);
    *time = (unsigned)(t.hour << 11 | t.minute << 5 | t.second / 2);
}

static void put_entry(struct sink *s, const struct cab_entry *x, uint64_t at, size_t folder) {
    unsigned char p[ENTRY + CAB_NAME_MAX + 1] = {0};
    unsigned date, time, attributes = x->attributes & 0x67;

    for (size_t i = 0; i < x->name.n; i++) {
        p[ENTRY + i] = x->name.p[i] == '/' ? '\\' : (unsigned char)x->name.p[i];
        if (p[ENTRY + i] >= 0x80)
            attributes |= UTF8_NAME;
    }
    dos_time(x->mtime, &date, &time);
    bytes_put_le32(p, (uint32_t)x->size);
    bytes_put_le32(p + 4, (uint32_t)at);
    bytes_put_le16(p + 8, (uint16_t)folder);
    bytes_put_le16(p + 10, (uint16_t)date);
    bytes_put_le16(p + 12, (uint16_t)time);
    bytes_put_le16(p + 14, (uint16_t)attributes);
    sink_put(s, p, ENTRY + x->name.n + 1);
}

static int put_folder(struct sink *s, const struct plan *p, size_t k, const struct cab_files *files,
                      struct err *e) {
    for (size_t i = p->first[k]; i < p->first[k + 1]; i++) {
        uint64_t from = s->at;

        if (files->put(files->self, i, s, e))
            return (int)e->code;
        if (s->err.code)
            break;
        if (s->at - from != files->v[i].size)
            return err_set(e, E_INPUT, STR_F ": has not the size that it had",
                           STR_A(files->v[i].name));
    }
    return cab_data_end_folder(s, e);
}

int cab_write(const struct cab_out *out, const struct cab_opts *o, const struct cab_files *files,
              struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(sink) s = SINK_NONE;
    struct plan p = {0};
    unsigned char *h;
    size_t n;

    if (o->reserve > 60000)
        return err_set(e, E_BUG, "a cabinet has no room for %zu bytes in its head", o->reserve);
    if (make_plan(&p, o, files, &mem, e))
        return (int)e->code;
    h = arena_alloc(&mem, HEADER + 4 + o->reserve + p.n_folders * FOLDER);
    n = header_bytes(h, &p, o, files->n, 0);
    sink_put(out->s, h, n);
    for (size_t k = 0; k < p.n_folders; k++) {
        uint64_t at = 0;

        for (size_t i = p.first[k]; i < p.first[k + 1]; at += files->v[i++].size)
            put_entry(out->s, &files->v[i], at, k);
    }
    if (cab_data_sink(&s, out->s, o, e))
        return (int)e->code;
    for (size_t k = 0; k < p.n_folders; k++) {
        p.at[k] = out->s->at;
        if (put_folder(&s, &p, k, files, e))
            return (int)e->code;
    }
    if (sink_close(&s, e))
        return (int)e->code;
    if (out->s->at > LIMIT)
        return err_set(e, E_INPUT, "the cabinet is larger than the 2 GiB that Windows reads");
    header_bytes(h, &p, o, files->n, out->s->at);
    return out->patch(out->self, 0, h, n, e);
}
