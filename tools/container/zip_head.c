/* SPDX-License-Identifier: Apache-2.0 */
#include "container/zip_head.h"

#include "os/clock.h"

enum { NEEDS_PLAIN = 20, NEEDS_64 = 45, EXTRA_HEAD = 4 };

static void put16(struct buf *b, uint64_t v) {
    buf_c(b, (char)(v & 0xff));
    buf_c(b, (char)(v >> 8 & 0xff));
}

static void put32(struct buf *b, uint64_t v) {
    put16(b, v & 0xffff);
    put16(b, v >> 16 & 0xffff);
}

static void put64(struct buf *b, uint64_t v) {
    put32(b, v & 0xffffffff);
    put32(b, v >> 32);
}

static bool large(uint64_t v) {
    return v >= ZIP_HEAD_MAX32;
}

/* The field of an old record: all ones send the reader to the zip64 record. */
static void put_capped(struct buf *b, uint64_t v) {
    put32(b, large(v) ? ZIP_HEAD_MAX32 : v);
}

uint32_t zip_head_time(int64_t seconds) {
    static const uint32_t first = 1u << 21 | 1u << 16;
    struct clock_utc t = clock_split(seconds);

    if (t.year < 1980)
        return first;
    if (t.year > 2107)
        return UINT32_C(127) << 25 | 12u << 21 | 31u << 16 | 23u << 11 | 59u << 5 | 29u;
    return (uint32_t)(t.year - 1980) << 25 | (uint32_t)t.month << 21 | (uint32_t)t.day << 16 |
           (uint32_t)t.hour << 11 | (uint32_t)t.minute << 5 | (uint32_t)t.second / 2;
}

void zip_head_put_local(struct buf *out, const struct zip_head *h) {
    bool big = large(h->size);

    put32(out, ZIP_HEAD_LOCAL);
    put16(out, big ? NEEDS_64 : NEEDS_PLAIN);
    put16(out, h->flags);
    put16(out, h->method);
    put32(out, h->time);
    put32(out, h->crc);
    put32(out, big ? ZIP_HEAD_MAX32 : h->packed);
    put32(out, big ? ZIP_HEAD_MAX32 : h->size);
    put16(out, h->name.n);
    put16(out, big ? EXTRA_HEAD + 16 : 0);
    buf_str(out, h->name);
    if (big) { /* here both must be there: 4.5.3 */
        put16(out, ZIP_HEAD_EXTRA64);
        put16(out, 16);
        put64(out, h->size);
        put64(out, h->packed);
    }
}

void zip_head_put_central(struct buf *out, const struct zip_head *h) {
    uint64_t extra = 8 * ((uint64_t)large(h->size) + large(h->packed) + large(h->at));
    unsigned needs = extra ? NEEDS_64 : NEEDS_PLAIN;

    put32(out, ZIP_HEAD_CENTRAL);
    put16(out, ZIP_HEAD_UNIX << 8 | needs);
    put16(out, needs);
    put16(out, h->flags);
    put16(out, h->method);
    put32(out, h->time);
    put32(out, h->crc);
    put_capped(out, h->packed);
    put_capped(out, h->size);
    put16(out, h->name.n);
    put16(out, extra ? EXTRA_HEAD + extra : 0);
    put16(out, 0); /* comment */
    put16(out, 0); /* disk */
    put16(out, 0); /* internal attributes */
    put32(out, h->attributes);
    put_capped(out, h->at);
    buf_str(out, h->name);
    if (!extra)
        return;
    put16(out, ZIP_HEAD_EXTRA64);
    put16(out, extra);
    if (large(h->size))
        put64(out, h->size);
    if (large(h->packed))
        put64(out, h->packed);
    if (large(h->at))
        put64(out, h->at);
}

void zip_head_put_end(struct buf *out, uint64_t n, uint64_t at, uint64_t size) {
    uint64_t few = n < ZIP_HEAD_MAX16 ? n : ZIP_HEAD_MAX16;

    if (few != n || large(at) || large(size)) {
        put32(out, ZIP_HEAD_END64);
        put64(out, ZIP_HEAD_END64_SIZE - 12);
        put16(out, ZIP_HEAD_UNIX << 8 | NEEDS_64);
        put16(out, NEEDS_64);
        put32(out, 0); /* this disk */
        put32(out, 0); /* the directory's disk */
        put64(out, n);
        put64(out, n);
        put64(out, size);
        put64(out, at);
        put32(out, ZIP_HEAD_LOCATOR);
        put32(out, 0);
        put64(out, at + size);
        put32(out, 1); /* disks */
    }
    put32(out, ZIP_HEAD_END);
    put16(out, 0);
    put16(out, 0);
    put16(out, few);
    put16(out, few);
    put_capped(out, size);
    put_capped(out, at);
    put16(out, 0); /* comment */
}
