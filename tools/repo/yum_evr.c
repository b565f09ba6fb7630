/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_evr.h"

#include <string.h>

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool counts(char c) {
    return digit(c) || letter(c) || c == '~' || c == '^';
}

static char first(struct str s) {
    return s.n ? s.p[0] : '\0';
}

static void cut(struct str *s, size_t n) {
    *s = str_cut(*s, n, s->n);
}

static void skip_separators(struct str *s) {
    while (s->n && !counts(s->p[0]))
        cut(s, 1);
}

static struct str run(struct str *s, bool (*kind)(char c)) {
    struct str r = {s->p, 0};

    while (r.n < s->n && kind(s->p[r.n]))
        r.n++;
    cut(s, r.n);
    return r;
}

static int sign(int v) {
    return v < 0 ? -1 : v > 0;
}

static int cmp_digits(struct str a, struct str b) {
    while (first(a) == '0')
        cut(&a, 1);
    while (first(b) == '0')
        cut(&b, 1);
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? sign(memcmp(a.p, b.p, a.n)) : 0;
}

/* '~' sorts before the end, '^' behind it but before anything else. 2: neither is there. */
static int cmp_marks(struct str *a, struct str *b) {
    char x = first(*a), y = first(*b);

    if (x == '~' || y == '~') {
        if (x != y)
            return x == '~' ? -1 : 1;
    } else if (x == '^' || y == '^') {
        if (!a->n)
            return -1;
        if (!b->n)
            return 1;
        if (x != y)
            return x == '^' ? -1 : 1;
    } else {
        return 2;
    }
    cut(a, 1);
    cut(b, 1);
    return 0;
}

int yum_evr_segments(struct str a, struct str b) {
    if (str_eq(a, b))
        return 0;
    while (a.n || b.n) {
        bool (*kind)(char c);
        struct str x, y;
        int d;

        skip_separators(&a);
        skip_separators(&b);
        d = cmp_marks(&a, &b);
        if (d == 0)
            continue;
        if (d != 2)
            return d;
        if (!a.n || !b.n)
            break;
        kind = digit(a.p[0]) ? digit : letter;
        x = run(&a, kind);
        y = run(&b, kind);
        if (!y.n) /* digits are newer than letters */
            return kind == digit ? 1 : -1;
        d = kind == digit ? cmp_digits(x, y) : sign(str_cmp(x, y));
        if (d)
            return d;
    }
    return a.n ? 1 : b.n ? -1 : 0;
}

int yum_evr_cmp(const struct yum_evr *a, const struct yum_evr *b) {
    struct str zero = STR("0");
    int d = yum_evr_segments(a->epoch.n ? a->epoch : zero, b->epoch.n ? b->epoch : zero);

    if (!d)
        d = yum_evr_segments(a->version, b->version);
    return d ? d : yum_evr_segments(a->release, b->release);
}

bool yum_evr_is(const struct yum_evr *v, struct str text) {
    size_t colon = str_find(text, ':'), dash;

    if (colon < text.n) {
        struct str epoch = v->epoch.n ? v->epoch : STR("0");

        if (!str_eq(epoch, str_cut(text, 0, colon)))
            return false;
        cut(&text, colon + 1);
    }
    dash = str_find(text, '-');
    return str_eq(v->version, str_cut(text, 0, dash)) &&
           (dash == text.n || str_eq(v->release, str_cut(text, dash + 1, text.n)));
}
