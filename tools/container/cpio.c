/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cpio.h"

#include <stdio.h>
#include <string.h>

enum { HEAD_SIZE = 110, STRIPPED_SIZE = 14, NUMBERS = 13, NAME_MAX_BYTES = 8192 };

static const char cpio_newc[] = "070701", cpio_crc[] = "070702", cpio_stripped[] = "07070X";
static const char cpio_trailer[] = "TRAILER!!!";

static uint64_t padding(uint64_t n) {
    return (4 - n % 4) % 4;
}

void cpio_pad(struct sink *s, uint64_t size) {
    sink_zero(s, padding(size));
}

static void put_head(struct sink *s, const struct cpio_entry *x) {
    char head[HEAD_SIZE + 1];

    snprintf(head, sizeof head, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", cpio_newc,
             (unsigned)x->ino, (unsigned)x->mode, 0u, 0u, (unsigned)x->nlink,
             (unsigned)((uint64_t)x->mtime & 0xffffffff), (unsigned)(x->size & 0xffffffff), 0u, 0u,
             0u, 0u, (unsigned)x->path.n + 1, 0u);
    sink_put(s, head, HEAD_SIZE);
    sink_str(s, x->path);
    sink_zero(s, 1 + padding(HEAD_SIZE + x->path.n + 1));
}

void cpio_put(struct sink *s, const struct cpio_entry *x) {
    if (x->stripped) {
        sink_fmt(s, "%s%08x", cpio_stripped, (unsigned)x->index);
        sink_zero(s, padding(STRIPPED_SIZE));
    } else {
        put_head(s, x);
    }
}

void cpio_end(struct sink *s) {
    put_head(s, &(struct cpio_entry){.path = str_of(cpio_trailer), .nlink = 1});
}

uint64_t cpio_size(const struct cpio_entry *x) {
    uint64_t head = x->stripped ? STRIPPED_SIZE : HEAD_SIZE + x->path.n + 1;

    return head + padding(head) + x->size + padding(x->size);
}

uint64_t cpio_total(uint64_t entries) {
    return entries + cpio_size(&(struct cpio_entry){.path = str_of(cpio_trailer)});
}

static bool number(const char *p, uint32_t *v) {
    *v = 0;
    for (int i = 0; i < 8; i++) {
        char c = p[i];

        if (c >= '0' && c <= '9')
            *v = *v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *v = *v << 4 | (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            *v = *v << 4 | (uint32_t)(c - 'A' + 10);
        else
            return false;
    }
    return true;
}

static int failed(const struct source *s, struct err *e) {
    *e = s->err;
    return (int)e->code;
}

static int read_newc(struct source *s, const char *head, struct arena *mem, struct cpio_entry *x,
                     struct err *e) {
    uint32_t v[NUMBERS];
    char *name;

    for (int i = 0; i < NUMBERS; i++)
        if (!number(head + 6 + 8 * i, &v[i]))
            return err_set(e, E_INPUT, "cpio: a damaged entry before byte %llu",
                           (unsigned long long)s->at);
    if (!v[11] || v[11] > NAME_MAX_BYTES)
        return err_set(e, E_INPUT, "cpio: a name of %u bytes", v[11]);
    name = arena_alloc(mem, v[11]);
    if (!source_need(s, name, v[11]) || !source_skip(s, padding(HEAD_SIZE + v[11])))
        return failed(s, e);
    if (memchr(name, 0, v[11]) != name + v[11] - 1)
        return err_set(e, E_INPUT, "cpio: a damaged name before byte %llu",
                       (unsigned long long)s->at);
    *x = (struct cpio_entry){
        .path = {name, v[11] - 1},
        .ino = v[0],
        .mode = v[1],
        .nlink = v[4],
        .mtime = v[5],
        .size = v[6],
    };
    return OK;
}

int cpio_next(struct source *s, struct arena *mem, struct cpio_entry *x, bool *end, struct err *e) {
    char head[HEAD_SIZE];

    *end = false;
    *x = (struct cpio_entry){0};
    if (!source_need(s, head, STRIPPED_SIZE))
        return failed(s, e);
    if (!memcmp(head, cpio_stripped, 6) && number(head + 6, &x->index)) {
        x->stripped = true;
        return source_skip(s, padding(STRIPPED_SIZE)) ? OK : failed(s, e);
    }
    if (memcmp(head, cpio_newc, 6) && memcmp(head, cpio_crc, 6))
        return err_set(e, E_INPUT, "cpio: no entry at byte %llu",
                       (unsigned long long)(s->at - STRIPPED_SIZE));
    if (!source_need(s, head + STRIPPED_SIZE, HEAD_SIZE - STRIPPED_SIZE))
        return failed(s, e);
    if (read_newc(s, head, mem, x, e))
        return (int)e->code;
    *end = str_is(x->path, cpio_trailer);
    return OK;
}

bool cpio_skip_pad(struct source *s, uint64_t size) {
    return source_skip(s, padding(size));
}
