/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tmpl.h"

#include "text/tmpl_data.h"
#include "text/tmpl_filter.h"

#include <inttypes.h>
#include <string.h>

enum {
    TMPL_DEPTH_MAX = 32,      /* blocks inside blocks */
    TMPL_STEPS_MAX = 4000000, /* tags run: loops in loops end */
};

struct scope {
    const struct value *v;
    const struct scope *outer;
    bool member; /* of a list: {{ . }} is known */
};

enum stop { AT_END, AT_ELSE, AT_IF_END, AT_EACH_END };

struct run {
    struct str text;
    const char *name;
    size_t at;
    struct buf *out;
    struct arena mem;
    unsigned depth, steps;
    struct err *e;
};

struct tag {
    struct str word; /* trimmed inside of the braces */
    size_t at;       /* of the first brace */
};

static int bad(const struct run *r, size_t at, const char *what) {
    unsigned line = 1, col = 1;

    if (!r->name)
        return err_set(r->e, E_RECIPE, "%s", what);
    for (size_t i = 0; i < at; i++) {
        if (r->text.p[i] == '\n') {
            line++;
            col = 1;
        } else if (((unsigned char)r->text.p[i] & 0xc0) != 0x80) {
            col++;
        }
    }
    return err_set(r->e, E_RECIPE, "%s:%u:%u: %s", r->name, line, col, what);
}

/* The value a dotted name stands for; *holder is the map that lacks `*part` when there is none. */
static const struct value *look(const struct scope *sc, struct str name,
                                const struct value **holder, struct str *part) {
    struct str rest = name, first = str_split(&rest, '.');
    const struct value *v = NULL;
    const struct scope *outermost = sc;

    if (str_is(name, "."))
        return sc->member ? sc->v : NULL;
    for (; sc && !v; sc = sc->outer) {
        v = sc->v && sc->v->kind == VALUE_MAP ? value_find(sc->v, first) : NULL;
        outermost = sc;
    }
    *holder = outermost->v;
    *part = first;
    while (v && rest.n) {
        *holder = v;
        *part = str_split(&rest, '.');
        v = value_find(v, *part);
    }
    return v;
}

static int unknown(struct run *r, size_t at, struct str name, const struct value *holder,
                   struct str part) {
    const struct value *near = NULL;
    size_t least = 3;

    for (const struct value *c = holder && holder->kind == VALUE_MAP ? holder->child : NULL; c;
         c = c->next) {
        size_t d = str_distance(c->key, part);

        if (d < least && d < part.n) {
            least = d;
            near = c;
        }
    }
    if (!near)
        return bad(r, at, arena_fmt(&r->mem, "unknown variable \"" STR_F "\"", STR_A(name)));
    return bad(r, at,
               arena_fmt(&r->mem, "unknown variable \"" STR_F "\"; did you mean \"" STR_F "\"?",
                         STR_A(name), STR_A(near->key)));
}

static int scalar(struct run *r, const struct tag *t, const struct value *v, struct str *s) {
    *s = (struct str){0};
    if (v->kind == VALUE_LIST || v->kind == VALUE_MAP)
        return bad(r, t->at,
                   arena_fmt(&r->mem, "\"" STR_F "\" is %s, not a text", STR_A(t->word),
                             value_kind_name(v->kind)));
    if (v->kind == VALUE_BOOL)
        *s = v->b ? STR("true") : STR("false");
    else if (v->kind == VALUE_INT && !v->s.n)
        *s = str_fmt(&r->mem, "%" PRId64, v->i);
    else if (v->kind != VALUE_NULL)
        *s = v->s;
    return OK;
}

static int insert(struct run *r, const struct scope *sc, const struct tag *t) {
    struct str rest = t->word, name = str_trim(str_split(&rest, '|')), part = {0}, s;
    const struct value *holder = NULL, *v;
    AUTO(buf) made = BUF_NONE;

    buf_init(&made, r->out->cap);
    if (!name.n)
        return bad(r, t->at, "a name is missing in {{ }}");
    v = look(sc, name, &holder, &part);
    if (!v)
        return unknown(r, t->at, name, holder, part);
    if (v->kind != VALUE_STR && str_is(str_trim(rest), "json")) {
        value_write_json(v, false, r->out);
        return OK;
    }
    if (scalar(r, t, v, &s))
        return (int)r->e->code;
    while (rest.n) {
        struct str f = str_trim(str_split(&rest, '|'));

        buf_clear(&made);
        if (!tmpl_filter(f, s, &made))
            return bad(r, t->at, arena_fmt(&r->mem, "unknown filter \"" STR_F "\"", STR_A(f)));
        s = rest.n ? str_dup(&r->mem, buf_get(&made)) : buf_get(&made);
    }
    buf_str(r->out, s);
    return OK;
}

static bool truth(const struct value *v) {
    if (!v || v->kind == VALUE_NULL)
        return false;
    if (v->kind == VALUE_BOOL)
        return v->b;
    if (v->kind == VALUE_INT)
        return true;
    return v->kind == VALUE_STR ? v->s.n > 0 : v->n > 0;
}

/* A block tag alone on its line takes the line with it: *from moves to the line's start and r->at
 * behind its end. */
static void take_line(struct run *r, size_t *from) {
    size_t a = *from, b = r->at;

    while (a && (r->text.p[a - 1] == ' ' || r->text.p[a - 1] == '\t'))
        a--;
    while (b < r->text.n && strchr(" \t\r", r->text.p[b]))
        b++;
    if ((a && r->text.p[a - 1] != '\n') || (b < r->text.n && r->text.p[b] != '\n'))
        return;
    *from = a;
    r->at = b < r->text.n ? b + 1 : b;
}

static bool is_block(struct str w) {
    return w.n && (strchr("#/!", w.p[0]) || str_is(w, "else"));
}

/* Copies the text up to the next tag and reads the tag; *end when there is none. */
static int next_tag(struct run *r, bool live, struct tag *t, bool *end) {
    struct str x = r->text;

    *end = false;
    for (size_t i = r->at;; i++) {
        bool open = i + 1 < x.n && x.p[i] == '{' && x.p[i + 1] == '{';
        size_t begin, close, to = i;

        if (i < x.n && !open)
            continue;
        if (open && i > r->at && x.p[i - 1] == '\\') {
            if (live) {
                buf_str(r->out, str_cut(x, r->at, i - 1));
                buf_z(r->out, "{{");
            }
            r->at = i + 2;
            i++;
            continue;
        }
        if (i >= x.n) {
            *end = true;
            if (live)
                buf_str(r->out, str_cut(x, r->at, x.n));
            r->at = x.n;
            return OK;
        }
        for (close = i + 2; close + 1 < x.n; close++)
            if (x.p[close] == '}' && x.p[close + 1] == '}')
                break;
        if (close + 1 >= x.n)
            return bad(r, i, "\"{{\" is never closed (a literal one is written \\{{)");
        *t = (struct tag){str_trim(str_cut(x, i + 2, close)), i};
        begin = r->at;
        r->at = close + 2;
        if (is_block(t->word))
            take_line(r, &to);
        if (live)
            buf_str(r->out, str_cut(x, begin, to));
        return OK;
    }
}

static int body(struct run *r, const struct scope *sc, bool live, enum stop *stop);

static int block_if(struct run *r, const struct scope *sc, bool live, const struct tag *t,
                    struct str name) {
    const struct value *holder;
    struct str part;
    bool yes = live && truth(look(sc, name, &holder, &part));
    enum stop stop;

    if (body(r, sc, yes, &stop))
        return (int)r->e->code;
    if (stop == AT_ELSE && body(r, sc, live && !yes, &stop))
        return (int)r->e->code;
    if (stop != AT_IF_END)
        return bad(r, t->at, "{{#if}} has no {{/if}} of its own");
    return OK;
}

static int block_each(struct run *r, const struct scope *sc, bool live, const struct tag *t,
                      struct str name) {
    const struct value *holder = NULL, *list = NULL, *c;
    struct str part = {0};
    size_t begin = r->at;
    enum stop stop;

    if (live) {
        list = look(sc, name, &holder, &part);
        if (!list)
            return unknown(r, t->at, name, holder, part);
        if (list->kind != VALUE_LIST && list->kind != VALUE_NULL)
            return bad(r, t->at,
                       arena_fmt(&r->mem, "\"" STR_F "\" is %s, not a list", STR_A(name),
                                 value_kind_name(list->kind)));
    }
    c = list ? list->child : NULL;
    do {
        struct scope inner = {c, sc, true};

        r->at = begin;
        if (body(r, c ? &inner : sc, c != NULL, &stop))
            return (int)r->e->code;
        if (stop != AT_EACH_END)
            return bad(r, t->at, "{{#each}} has no {{/each}} of its own");
        c = c ? c->next : NULL;
    } while (c);
    return OK;
}

static int one_tag(struct run *r, const struct scope *sc, bool live, const struct tag *t,
                   enum stop *stop) {
    struct str rest = t->word, head = str_split(&rest, ' ');

    rest = str_trim(rest);
    if (head.n && head.p[0] == '!')
        return OK;
    if (str_is(head, "#if") && rest.n)
        return block_if(r, sc, live, t, rest);
    if (str_is(head, "#each") && rest.n)
        return block_each(r, sc, live, t, rest);
    if (str_is(t->word, "else"))
        *stop = AT_ELSE;
    else if (str_is(t->word, "/if"))
        *stop = AT_IF_END;
    else if (str_is(t->word, "/each"))
        *stop = AT_EACH_END;
    else if (is_block(t->word))
        return bad(r, t->at, arena_fmt(&r->mem, "unknown block {{%s}}", str_z(&r->mem, t->word)));
    else if (live)
        return insert(r, sc, t);
    return OK;
}

/* Runs up to a tag that ends a block; only what is `live` is written. */
static int body(struct run *r, const struct scope *sc, bool live, enum stop *stop) {
    struct tag t = {0};
    bool end;

    *stop = AT_END;
    if (++r->depth > TMPL_DEPTH_MAX)
        return bad(r, r->at, "blocks are nested deeper than 32");
    for (;;) {
        if (++r->steps > TMPL_STEPS_MAX)
            return bad(r, r->at, "loops in loops run too often");
        if (next_tag(r, live, &t, &end))
            return (int)r->e->code;
        if (r->out->over)
            return buf_check(r->out, r->name ? r->name : "the text", r->e);
        if (end)
            break;
        if (one_tag(r, sc, live, &t, stop))
            return (int)r->e->code;
        if (*stop == AT_END)
            continue;
        if (r->depth == 1)
            return bad(r, t.at,
                       arena_fmt(&r->mem, "{{%s}} closes nothing", str_z(&r->mem, t.word)));
        break;
    }
    r->depth--;
    return OK;
}

int tmpl_expand(struct str text, const char *name, const struct value *vars, struct buf *out,
                struct err *e) {
    struct run r = {.text = text, .name = name, .out = out, .e = e};
    struct scope top = {.v = vars};
    enum stop stop;
    int rc = body(&r, &top, true, &stop);

    arena_drop(&r.mem);
    return rc ? rc : buf_check(out, name ? name : "the text", e);
}

int tmpl_find(const char *name, struct str *text, struct err *e) {
    *text = (struct str){0};
    for (const struct tmpl_data *t = tmpl_data; t->name; t++)
        if (!strcmp(t->name, name)) {
            *text = (struct str){t->bytes, t->n};
            return OK;
        }
    return err_set(e, E_BUG, "no template \"%s\"", name);
}

int tmpl_render(const char *name, const struct value *vars, struct buf *out, struct err *e) {
    struct str text;

    if (tmpl_find(name, &text, e))
        return (int)e->code;
    return tmpl_expand(text, name, vars, out, e);
}
