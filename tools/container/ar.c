/* SPDX-License-Identifier: Apache-2.0 */
#include "container/ar.h"

#include <stdio.h>
#include <string.h>

enum { AR_MEMBERS_MAX = 100 };
#define AR_SIZE_MAX UINT64_C(9999999999)

static const char ar_magic[] = "!<arch>\n";

int ar_begin(struct outfile *f, struct err *e) {
    return outfile_append(f, ar_magic, AR_MAGIC_SIZE, e);
}

int ar_head(struct outfile *f, uint64_t at, const char *name, int64_t mtime, uint64_t size,
            struct err *e) {
    char head[AR_HEAD_SIZE + 40];

    if (size > AR_SIZE_MAX)
        return err_set(e, E_INPUT, "%s: %llu bytes are more than an ar member can hold", name,
                       (unsigned long long)size);
    if (mtime < 0 || mtime > 999999999999)
        mtime = 0;
    snprintf(head, sizeof head, "%-16.16s%-12lld%-6d%-6d%-8s%-10llu`\n", name, (long long)mtime, 0,
             0, "100644", (unsigned long long)size);
    return outfile_pwrite(f, at, head, AR_HEAD_SIZE, e);
}

int ar_pad(struct outfile *f, struct err *e) {
    return f->size % 2 ? outfile_append(f, "\n", 1, e) : OK;
}

int ar_member(struct outfile *f, const char *name, int64_t mtime, struct str bytes, struct err *e) {
    if (ar_head(f, f->size, name, mtime, bytes.n, e) || outfile_append(f, bytes.p, bytes.n, e))
        return (int)e->code;
    return ar_pad(f, e);
}

static int read_head(struct infile *f, uint64_t at, struct arena *mem, struct ar_entry *m,
                     struct err *e) {
    char head[AR_HEAD_SIZE];
    struct str s = {head, sizeof head}, name, size;

    if (infile_read(f, at, head, sizeof head, e))
        return (int)e->code;
    name = str_trim(str_cut(s, 0, 16));
    size = str_trim(str_cut(s, 48, 58));
    if (memcmp(head + 58, "`\n", 2) || !str_u64(size, AR_SIZE_MAX, &m->size))
        return err_set(e, E_INPUT, "ar: no member's header at byte %llu", (unsigned long long)at);
    if (str_ends(name, "/"))
        name.n--;
    m->name = str_dup(mem, name);
    m->at = at + AR_HEAD_SIZE;
    if (m->size > f->size - m->at)
        return err_set(e, E_INPUT, "ar: member " STR_F " ends behind the end of the file",
                       STR_A(m->name));
    return OK;
}

int ar_read(struct infile *f, struct arena *mem, struct ar_entry **v, size_t *n, struct err *e) {
    char magic[AR_MAGIC_SIZE];
    uint64_t at = AR_MAGIC_SIZE;
    size_t room = 0;

    *v = NULL;
    *n = 0;
    if (f->size < AR_MAGIC_SIZE)
        return err_set(e, E_INPUT, "ar: too short");
    if (infile_read(f, 0, magic, sizeof magic, e))
        return (int)e->code;
    if (memcmp(magic, ar_magic, sizeof magic))
        return err_set(e, E_INPUT, "ar: no !<arch> at its beginning");
    while (at < f->size) {
        if (*n == AR_MEMBERS_MAX)
            return err_set(e, E_INPUT, "ar: more than %d members", AR_MEMBERS_MAX);
        if (f->size - at < AR_HEAD_SIZE)
            return err_set(e, E_INPUT, "ar: bytes behind the last member");
        *v = arena_grow(mem, *v, *n, *n + 1, sizeof **v, &room);
        if (read_head(f, at, mem, &(*v)[*n], e))
            return (int)e->code;
        at = (*v)[*n].at + (*v)[*n].size;
        at += at % 2;
        (*n)++;
    }
    return OK;
}
