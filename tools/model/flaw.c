/* SPDX-License-Identifier: Apache-2.0 */
#include "model/flaw.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flaw {
    struct pos at;
    struct str id, text;
    size_t order; /* as found; also what tells the preferred file */
    bool later;   /* of another file than the recipe's own */
};

static void add(struct flaws *f, struct pos at, const char *id, const char *text) {
    struct flaw *x;

    f->total++;
    if (f->n >= FLAW_MAX)
        return;
    f->v = arena_grow(f->mem, f->v, f->n, f->n + 1, sizeof *f->v, &f->room);
    x = &f->v[f->n];
    x->at = at;
    x->text = str_dup(f->mem, str_of(text));
    x->id = str_dup(f->mem, str_of(id));
    x->order = f->n++;
    x->later = f->first_file && at.file && strcmp(at.file, f->first_file) != 0;
}

void flaw_add(struct flaws *f, struct pos at, const char *id, const char *fmt, ...) {
    char text[ERR_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add(f, at, id, text);
}

void flaw_err(struct flaws *f, struct pos at, const struct err *e) {
    add(f, at, e->msg, e->msg);
}

bool flaw_many(const struct flaws *f) {
    return f->total > REPORT_MAX;
}

static int by_place(const void *pa, const void *pb) {
    const struct flaw *a = pa, *b = pb;
    int file = strcmp(a->at.file ? a->at.file : "", b->at.file ? b->at.file : "");

    if (a->later != b->later)
        return a->later ? 1 : -1;
    if (file)
        return file;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    if (a->at.col != b->at.col)
        return a->at.col < b->at.col ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool told(const struct flaws *f, size_t i) {
    for (size_t k = i; k-- > 0;) {
        const struct flaw *a = &f->v[k], *b = &f->v[i];

        if (a->at.line != b->at.line || a->at.col != b->at.col || a->later != b->later)
            return false;
        if (str_eq(a->id, b->id))
            return true;
    }
    return false;
}

size_t flaw_tell(struct flaws *f, struct report *r) {
    size_t n = f->total - f->n;

    if (f->n)
        qsort(f->v, f->n, sizeof *f->v, by_place);
    for (size_t i = 0; i < f->n; i++) {
        const char *where = value_where(f->mem, f->v[i].at);

        if (told(f, i))
            continue;
        n++;
        report_add(r, "%s%s" STR_F, where, *where ? ": " : "", STR_A(f->v[i].text));
    }
    return n;
}
