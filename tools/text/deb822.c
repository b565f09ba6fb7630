/* SPDX-License-Identifier: Apache-2.0 */
#include "text/deb822.h"

#include <string.h>
#include <strings.h>

enum { DEB822_FIELDS_MAX = 1000 };

static struct str without_end(struct str s) {
    while (s.n && strchr(" \t\r", s.p[s.n - 1]))
        s.n--;
    return s;
}

void deb822_fold(struct str value, struct buf *out) {
    while (value.n && strchr("\n\r \t", value.p[value.n - 1]))
        value.n--;
    for (bool first = true; value.n; first = false) {
        struct str line = without_end(str_split(&value, '\n'));

        if (!first)
            buf_z(out, line.n ? "\n " : "\n .");
        buf_str(out, line);
    }
}

void deb822_put(struct buf *out, const char *name, struct str value) {
    if (!str_trim(value).n)
        return;
    buf_z(out, name);
    buf_z(out, value.p[0] == '\n' ? ":" : ": ");
    deb822_fold(value, out);
    buf_c(out, '\n');
}

static bool same_name(struct str a, struct str b) {
    return a.n == b.n && !strncasecmp(a.p, b.p, a.n);
}

struct str deb822_get(const struct deb822_para *p, const char *name) {
    for (size_t i = 0; p && i < p->n; i++)
        if (same_name(p->v[i].name, str_of(name)))
            return p->v[i].value;
    return (struct str){0};
}

struct reader {
    const char *file;
    struct arena *mem;
    struct deb822_para *v;
    size_t n, room;
    size_t field_room; /* of the last paragraph */
    bool inside;
    unsigned line;
    struct err *e;
};

static int bad(struct reader *r, const char *what) {
    return err_set(r->e, E_INPUT, "%s:%u: %s", r->file, r->line, what);
}

static int begin_field(struct reader *r, struct str line) {
    size_t colon = str_find(line, ':');
    struct str name = str_cut(line, 0, colon);
    struct deb822_para *p;

    if (colon == line.n || !name.n || name.p[0] == '-' || name.p[0] == '#')
        return bad(r, "not a field (\"Name: value\")");
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return bad(r, "a field's name has printable ASCII characters only");
    if (!r->inside) {
        if (r->n == r->room)
            r->v = arena_grow(r->mem, r->v, r->n, r->n + 1, sizeof *r->v, &r->room);
        r->v[r->n++] = (struct deb822_para){.line = r->line};
        r->inside = true;
        r->field_room = 0;
    }
    p = &r->v[r->n - 1];
    if (deb822_get(p, str_z(r->mem, name)).p)
        return err_set(r->e, E_INPUT, "%s:%u: field " STR_F " is here twice", r->file, r->line,
                       STR_A(name));
    if (p->n >= DEB822_FIELDS_MAX)
        return bad(r, "more than 1000 fields in one paragraph");
    if (p->n == r->field_room)
        p->v = arena_grow(r->mem, p->v, p->n, p->n + 1, sizeof *p->v, &r->field_room);
    p->v[p->n++] = (struct deb822_field){.name = name,
                                         .value = str_trim(str_cut(line, colon + 1, line.n)),
                                         .line = r->line};
    return OK;
}

/* Lines of a folded value are gathered in `more`, so that long values cost their length once. */
static void end_field(struct reader *r, struct buf *more) {
    struct deb822_field *f;

    if (!more->n)
        return;
    f = &r->v[r->n - 1].v[r->v[r->n - 1].n - 1];
    f->value = str_fmt(r->mem, STR_F STR_F, STR_A(f->value), STR_A(buf_get(more)));
    buf_clear(more);
}

static int read_line(struct reader *r, struct str line, struct buf *more) {
    struct str t = without_end(line);

    if (!t.n) {
        end_field(r, more);
        r->inside = false;
        return OK;
    }
    if (line.p[0] != ' ' && line.p[0] != '\t') {
        end_field(r, more);
        return begin_field(r, t);
    }
    if (!r->inside)
        return bad(r, "a continuation line without a field before it");
    t = str_cut(t, 1, t.n);
    buf_c(more, '\n');
    buf_str(more, str_is(t, ".") ? STR("") : t);
    return OK;
}

int deb822_read(struct str text, const char *file, struct arena *a, struct deb822_para **paras,
                size_t *n, struct err *e) {
    struct reader r = {.file = file, .mem = a, .e = e};
    AUTO(buf) more = BUF_NONE;

    *paras = NULL;
    *n = 0;
    buf_init(&more, text.n + 1);
    if (text.n && memchr(text.p, 0, text.n))
        return err_set(e, E_INPUT, "%s: has a NUL byte", file);
    while (text.n) {
        r.line++;
        if (read_line(&r, str_split(&text, '\n'), &more))
            return (int)e->code;
    }
    end_field(&r, &more);
    *paras = r.v;
    *n = r.n;
    return OK;
}
