/* SPDX-License-Identifier: Apache-2.0 */
#include "os/glob.h"

#include "os/fsys.h"

#include <stdlib.h>
#include <string.h>

enum { GLOB_DEPTH_MAX = 128 };

/* One character; what is not UTF-8 counts byte by byte. */
static uint32_t character(struct str s, size_t *i) {
    unsigned char c = (unsigned char)s.p[*i];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t u = c;

    if (n > 1 && n <= s.n - *i && str_utf8(str_cut(s, *i, *i + n))) {
        u = c & (0xffu >> (n + 1));
        for (size_t k = 1; k < n; k++)
            u = u << 6 | ((unsigned char)s.p[*i + k] & 0x3f);
        *i += n;
    } else {
        *i += 1;
    }
    return u;
}

/* The index behind the class that begins at s.p[i], or 0 when it is not closed. */
static size_t class_end(struct str s, size_t i) {
    size_t k = i + 1;

    if (k < s.n && (s.p[k] == '!' || s.p[k] == '^'))
        k++;
    if (k < s.n && s.p[k] == ']')
        k++;
    for (; k < s.n; k++) {
        if (s.p[k] == ']')
            return k + 1;
        if (s.p[k] == '\\')
            k++;
    }
    return 0;
}

static bool in_class(struct str s, uint32_t c) { /* s without the outer brackets */
    bool negated = s.n && (s.p[0] == '!' || s.p[0] == '^'), found = false;

    for (size_t i = negated; i < s.n;) {
        uint32_t low, high;

        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        low = high = character(s, &i);
        if (i + 1 < s.n && s.p[i] == '-') {
            i++;
            if (s.p[i] == '\\' && i + 1 < s.n)
                i++;
            high = character(s, &i);
        }
        if (c >= low && c <= high)
            found = true;
    }
    return found != negated;
}

/* One character against one element of the pattern; both move on when it matches. */
static bool match_one(struct str p, size_t *i, struct str s, size_t *k) {
    size_t pi = *i, sk = *k, end;
    uint32_t c = character(s, &sk);
    bool yes;

    if (p.p[pi] == '?') {
        pi++;
        yes = true;
    } else if (p.p[pi] == '[' && (end = class_end(p, pi))) {
        yes = in_class(str_cut(p, pi + 1, end - 1), c);
        pi = end;
    } else {
        if (p.p[pi] == '\\' && pi + 1 < p.n)
            pi++;
        yes = character(p, &pi) == c;
    }
    if (yes) {
        *i = pi;
        *k = sk;
    }
    return yes;
}

/* Going back to the last star is enough: time stays length times length. */
static bool match_part(struct str p, struct str s) {
    size_t i = 0, k = 0, star = 0, mark = 0;
    bool have = false;

    while (k < s.n) {
        if (i < p.n && p.p[i] == '*') {
            have = true;
            star = ++i;
            mark = k;
        } else if (i >= p.n || !match_one(p, &i, s, &k)) {
            if (!have)
                return false;
            character(s, &mark);
            i = star;
            k = mark;
        }
    }
    while (i < p.n && p.p[i] == '*')
        i++;
    return i == p.n;
}

static bool match_path(struct str p, struct str s) {
    struct str star_p = {0}, star_s = {0};
    bool have = false;

    while (s.n) {
        struct str p_rest = p, s_rest = s;
        struct str p_part = str_split(&p_rest, '/'), s_part = str_split(&s_rest, '/');

        if (str_is(p_part, "**")) {
            if (!p_rest.n)
                return true;
            have = true;
            star_p = p = p_rest;
            star_s = s;
        } else if (p.n && match_part(p_part, s_part)) {
            p = p_rest;
            s = s_rest;
        } else if (have) {
            str_split(&star_s, '/');
            p = star_p;
            s = star_s;
        } else {
            return false;
        }
    }
    return !p.n;
}

struct list {
    struct str *v;
    size_t n, room;
};

static void list_add(struct list *l, struct arena *a, struct str s) {
    if (l->n == l->room)
        l->v = arena_grow(a, l->v, l->n, l->n + 1, sizeof *l->v, &l->room);
    l->v[l->n++] = s;
}

/* The first { of p with its } and commas; false when p has none. *close == 0: it is left open. */
static bool find_braces(struct str p, size_t *open, size_t *close) {
    size_t depth = 0, end;

    *close = 0;
    for (size_t i = 0; i < p.n; i++) {
        if (p.p[i] == '\\') {
            i++;
        } else if (p.p[i] == '[' && (end = class_end(p, i))) {
            i = end - 1;
        } else if (p.p[i] == '{') {
            if (!depth++)
                *open = i;
        } else if (p.p[i] == '}' && depth && !--depth) {
            *close = i;
            return true;
        }
    }
    return depth > 0;
}

static int expand(struct str p, struct arena *a, struct list *out, struct err *e) {
    size_t open = 0, close, from, depth = 0;

    if (out->n >= GLOB_BRACES_MAX)
        return err_set(e, E_RECIPE, "pattern has more than %d alternatives", GLOB_BRACES_MAX);
    if (!find_braces(p, &open, &close)) {
        list_add(out, a, p);
        return OK;
    }
    if (!close)
        return err_set(e, E_RECIPE, "pattern \"" STR_F "\": { is never closed", STR_A(p));
    from = open + 1;
    for (size_t i = from; i <= close; i++) {
        char c = p.p[i];

        if (c == '\\')
            i++;
        else if (c == '{')
            depth++;
        else if (c == '}' && i < close)
            depth--;
        else if (i == close || (c == ',' && !depth)) {
            struct str s = str_fmt(a, STR_F STR_F STR_F, STR_A(str_cut(p, 0, open)),
                                   STR_A(str_cut(p, from, i)), STR_A(str_cut(p, close + 1, p.n)));

            if (expand(s, a, out, e))
                return (int)e->code;
            from = i + 1;
        }
    }
    return OK;
}

/* Without empty and "." parts and without a slash at the end. */
static struct str tidy(struct str p, struct arena *a, bool *folders) {
    char *z = arena_alloc(a, p.n + 2);
    size_t n = 0;

    *folders = str_ends(p, "/");
    if (str_starts(p, "/"))
        z[n++] = '/';
    while (p.n) {
        struct str part = str_split(&p, '/');

        if (!part.n || str_is(part, "."))
            continue;
        if (n && z[n - 1] != '/')
            z[n++] = '/';
        memcpy(z + n, part.p, part.n);
        n += part.n;
    }
    return (struct str){z, n};
}

static bool is_tidy(struct str p) {
    if (str_starts(p, "/"))
        p = str_cut(p, 1, p.n);
    if (str_ends(p, "/"))
        return false;
    while (p.n) {
        struct str part = str_split(&p, '/');

        if (!part.n || str_is(part, "."))
            return false;
    }
    return true;
}

bool glob_match(struct str pattern, struct str path) {
    AUTO(arena) a = {0};
    struct list all = {0};
    struct err e = {0};
    bool folders;
    size_t open, close;

    /* Every file of a tree is held against every pattern: what most are takes no memory. */
    if (is_tidy(path) && is_tidy(pattern) && !find_braces(pattern, &open, &close))
        return match_path(pattern, path);
    path = tidy(path, &a, &folders);
    if (expand(pattern, &a, &all, &e))
        return false;
    for (size_t i = 0; i < all.n; i++)
        if (match_path(tidy(all.v[i], &a, &folders), path))
            return true;
    return false;
}

bool glob_magic(struct str p) {
    for (size_t i = 0; i < p.n; i++) {
        if (p.p[i] == '\\')
            i++;
        else if (strchr("*?[{", p.p[i]))
            return true;
    }
    return false;
}

struct str glob_base(struct str pattern) {
    size_t slash = 0;

    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] == '/')
            slash = i;
        else if (pattern.p[i] == '\\')
            i++;
        else if (strchr("*?[{", pattern.p[i]))
            break;
    }
    return str_cut(pattern, 0, slash);
}

struct walk {
    int dir;
    struct str pattern; /* for messages */
    bool folders;
    struct arena *mem;
    struct list *found;
    struct err *e;
};

static struct str join(struct arena *a, struct str dir, struct str name) {
    const char *slash = dir.n && dir.p[dir.n - 1] != '/' ? "/" : "";

    return str_fmt(a, STR_F "%s" STR_F, STR_A(dir), slash, STR_A(name));
}

static int take(struct walk *w, struct str path, enum fsys_kind kind) {
    bool folder = kind == FSYS_DIR;

    if (folder != w->folders || (!folder && kind != FSYS_FILE && kind != FSYS_LINK))
        return OK;
    if (w->found->n >= GLOB_FILES_MAX)
        return err_set(w->e, E_INPUT, "pattern \"" STR_F "\" matches more than %d files",
                       STR_A(w->pattern), GLOB_FILES_MAX);
    list_add(w->found, w->mem, path);
    return OK;
}

static int list_folder(struct walk *w, struct str path, unsigned depth, struct fsys_name **names,
                       size_t *n) {
    struct fsys_stat st;
    const char *z = path.n ? path.p : ".";

    *n = 0;
    if (depth > GLOB_DEPTH_MAX)
        return err_set(w->e, E_INPUT, "%s: folders are nested deeper than %d", z, GLOB_DEPTH_MAX);
    if (fsys_stat(w->dir, z, &st, w->e))
        return (int)w->e->code;
    return st.kind == FSYS_DIR ? fsys_list(w->dir, z, w->mem, names, n, w->e) : OK;
}

/* Everything below `path`; `from` is where the part of it begins that p has to match. */
static int walk_all(struct walk *w, struct str path, struct str p, size_t from, unsigned depth) {
    struct fsys_name *names = NULL;
    size_t n;

    if (list_folder(w, path, depth, &names, &n))
        return (int)w->e->code;
    for (size_t i = 0; i < n; i++) {
        struct str sub = join(w->mem, path, names[i].name);

        if (match_path(p, str_cut(sub, from, sub.n)) && take(w, sub, names[i].kind))
            return (int)w->e->code;
        if (names[i].kind == FSYS_DIR && walk_all(w, sub, p, from, depth + 1))
            return (int)w->e->code;
    }
    return OK;
}

static struct str unescape(struct arena *a, struct str s) {
    char *z = arena_alloc(a, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n)
            i++;
        z[n++] = s.p[i];
    }
    return (struct str){z, n};
}

static int walk(struct walk *w, struct str path, struct str p, unsigned depth) {
    struct str rest = p, part = str_split(&rest, '/');
    struct fsys_name *names = NULL;
    struct fsys_stat st;
    size_t n;

    if (!glob_magic(part)) {
        path = join(w->mem, path, unescape(w->mem, part));
        if (rest.n)
            return walk(w, path, rest, depth + 1);
        if (fsys_lstat(w->dir, path.p, &st, w->e))
            return (int)w->e->code;
        return take(w, path, st.kind);
    }
    if (str_is(part, "**")) {
        size_t from = path.n + (path.n && path.p[path.n - 1] != '/');

        return walk_all(w, path, p, from, depth);
    }
    if (list_folder(w, path, depth, &names, &n))
        return (int)w->e->code;
    for (size_t i = 0; i < n; i++) {
        struct str sub;

        if (!match_part(part, names[i].name))
            continue;
        sub = join(w->mem, path, names[i].name);
        if (rest.n ? names[i].kind == FSYS_DIR && walk(w, sub, rest, depth + 1)
                   : take(w, sub, names[i].kind))
            return (int)w->e->code;
    }
    return OK;
}

static int by_bytes(const void *a, const void *b) {
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static int check_classes(struct str p, struct err *e) {
    for (size_t i = 0; i < p.n; i++) {
        if (p.p[i] == '\\')
            i++;
        else if (p.p[i] == '[' && !class_end(p, i))
            return err_set(e, E_RECIPE, "pattern \"" STR_F "\": [ is never closed", STR_A(p));
        else if (p.p[i] == '[')
            i = class_end(p, i) - 1;
    }
    return OK;
}

int glob_find(const char *dir, struct str pattern, struct arena *a, struct str **paths, size_t *n,
              struct err *e) {
    AUTO(fsys_dir) d = FSYS_DIR_NONE;
    struct list all = {0}, found = {0};
    struct walk w = {.pattern = pattern, .mem = a, .found = &found, .e = e};
    size_t kept = 0;

    *paths = NULL;
    *n = 0;
    if (check_classes(pattern, e) || expand(pattern, a, &all, e) ||
        fsys_dir_open(&d, FSYS_HERE, dir, e))
        return (int)e->code;
    w.dir = d.fd;
    for (size_t i = 0; i < all.n; i++) {
        struct str p = tidy(all.v[i], a, &w.folders);
        struct str root = str_starts(p, "/") ? STR("/") : (struct str){0};

        if (p.n > root.n && walk(&w, root, str_cut(p, root.n, p.n), 0))
            return (int)e->code;
    }
    if (found.n)
        qsort(found.v, found.n, sizeof *found.v, by_bytes);
    for (size_t i = 0; i < found.n; i++)
        if (!kept || !str_eq(found.v[kept - 1], found.v[i]))
            found.v[kept++] = found.v[i];
    *paths = found.v;
    *n = kept;
    return OK;
}
