/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/changes_text.h"

#include "model/names.h"
#include "os/clock.h"

#include <string.h>

enum { ITEM_LONG = 2000 };

struct reader {
    const char *file;
    struct arena *mem;
    struct recipe_change *v;
    size_t n, room, item_room;
    unsigned line;
    bool open; /* the last item goes on with the next line */
    bool gap;  /* an empty line came before this one */
    struct err *e;
};

static struct recipe_change *begin(struct reader *r, struct str version) {
    if (r->n == r->room)
        r->v = arena_grow(r->mem, r->v, r->n, r->n + 1, sizeof *r->v, &r->room);
    r->item_room = 0;
    r->open = false;
    r->v[r->n] = (struct recipe_change){.version = version};
    return &r->v[r->n++];
}

/* One line: runs of blanks, newlines and control characters become one blank. */
static struct str one_line(struct arena *a, struct str s) {
    char *z = arena_alloc(a, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c > 0x20 && c != 0x7f)
            z[n++] = s.p[i];
        else if (n && z[n - 1] != ' ')
            z[n++] = ' ';
    }
    return str_trim((struct str){z, n});
}

static void add_item(struct reader *r, struct str text) {
    struct recipe_change *c = &r->v[r->n - 1];

    text = one_line(r->mem, text);
    if (!text.n)
        return;
    if (c->n_items == r->item_room)
        c->items = arena_grow(r->mem, c->items, c->n_items, c->n_items + 1, sizeof *c->items,
                              &r->item_room);
    c->items[c->n_items++] = text;
    r->open = true;
}

static void go_on(struct reader *r, struct str text) {
    struct recipe_change *c = &r->v[r->n - 1];
    struct str *last = &c->items[c->n_items - 1];

    if (last->n > ITEM_LONG) { /* each line costs a copy of those before it */
        add_item(r, text);
        return;
    }
    *last = str_fmt(r->mem, STR_F " " STR_F, STR_A(*last), STR_A(one_line(r->mem, text)));
}

static size_t indent_of(struct str s) {
    size_t n = 0;

    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
        n++;
    return n;
}

static bool bullet(struct str s, struct str *text) {
    if (s.n < 2 || !strchr("-*+", s.p[0]) || (s.p[1] != ' ' && s.p[1] != '\t'))
        return false;
    *text = str_trim(str_cut(s, 1, s.n));
    return true;
}

static bool digits(struct str s, size_t at, size_t n, int *v) {
    uint64_t u;

    if (at + n > s.n || !str_u64(str_cut(s, at, at + n), 9999, &u))
        return false;
    *v = (int)u;
    return true;
}

/* The first 2026-01-02 in a heading, at noon, so that it is that day in most time zones. */
static void find_date(struct reader *r, struct str s, struct recipe_change *c) {
    int year, month, day;

    for (size_t i = 0; i + 10 <= s.n; i++) {
        if (!digits(s, i, 4, &year) || s.p[i + 4] != '-' || !digits(s, i + 5, 2, &month) ||
            s.p[i + 7] != '-' || !digits(s, i + 8, 2, &day) || month < 1 || month > 12 || day < 1 ||
            day > 31)
            continue;
        c->date_text = str_dup(r->mem, str_cut(s, i, i + 10));
        c->time = clock_join(year, month, day, 12, 0, 0);
        return;
    }
}

/* "## [1.2.3] - 2026-01-02", "# v1.2.3 (2026-01-02)", "## [1.2.3](https://…)" */
static bool version_heading(struct reader *r, struct str line) {
    struct str rest = str_trim(str_cut(line, str_find(line, ' '), line.n)), word;
    struct names_semver v;
    size_t n = 0;

    if (str_starts(rest, "["))
        rest = str_cut(rest, 1, rest.n);
    if (str_starts(rest, "v") || str_starts(rest, "V"))
        rest = str_cut(rest, 1, rest.n);
    while (n < rest.n && !strchr(" ]()\t:,", rest.p[n]))
        n++;
    word = str_cut(rest, 0, n);
    if (names_semver(word, &v))
        find_date(r, str_cut(rest, n, rest.n), begin(r, str_dup(r->mem, word)));
    else if (str_is(word, "Unreleased") || str_is(word, "unreleased") || str_is(word, "UNRELEASED"))
        begin(r, STR("Unreleased"));
    else
        return false;
    return true;
}

static void markdown_line(struct reader *r, struct str line) {
    struct str text = str_trim(line), item;

    if (!text.n || str_starts(text, "```")) {
        r->gap = true;
        return;
    }
    if (str_starts(line, "#")) {
        r->open = false;
        if (!version_heading(r, line) && str_find(line, ' ') == 1)
            r->gap = true; /* the document's title */
    } else if (r->n && bullet(text, &item)) {
        add_item(r, item);
    } else if (r->n && !(str_starts(text, "[") && str_has(text, "]: "))) {
        if (r->open && r->v[r->n - 1].n_items && (!r->gap || indent_of(line)))
            go_on(r, text);
        else
            add_item(r, text);
    }
    r->gap = false;
}

static bool read_zone(struct str s, int *seconds) {
    int hours, minutes;

    if (s.n != 5 || (s.p[0] != '+' && s.p[0] != '-') || !digits(s, 1, 2, &hours) ||
        !digits(s, 3, 2, &minutes))
        return false;
    *seconds = (hours * 60 + minutes) * 60 * (s.p[0] == '-' ? -1 : 1);
    return true;
}

/* RFC 5322: "Sat, 21 Nov 2026 02:55:37 +0100" */
static bool read_date(struct str s, int64_t *time) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t comma = str_find(s, ',');
    struct str part[5];
    int day, year, hour, minute, second, zone, month = 0;

    s = str_trim(comma < s.n ? str_cut(s, comma + 1, s.n) : s);
    for (size_t i = 0; i < COUNT(part); i++) {
        part[i] = str_split(&s, ' ');
        s = str_trim(s);
    }
    for (int i = 0; i < 12; i++)
        if (part[1].n == 3 && !memcmp(part[1].p, months + 3 * (size_t)i, 3))
            month = i + 1;
    if (!month || part[0].n > 2 || !digits(part[0], 0, part[0].n, &day) || part[2].n != 4 ||
        !digits(part[2], 0, 4, &year) || !digits(part[3], 0, 2, &hour) ||
        !digits(part[3], 3, 2, &minute) || !digits(part[3], 6, 2, &second) ||
        !read_zone(part[4], &zone))
        return false;
    *time = clock_join(year, month, day, hour, minute, second) - zone;
    return true;
}

/* 1:1.2.0~beta.1-2 -> 1.2.0-beta.1 */
static struct str from_debian(struct arena *a, struct str v) {
    size_t colon = str_find(v, ':'), tilde;

    if (colon < v.n)
        v = str_cut(v, colon + 1, v.n);
    v = str_cut(v, 0, str_rfind(v, '-'));
    tilde = str_find(v, '~');
    if (tilde == v.n)
        return str_dup(a, v);
    return str_fmt(a, STR_F "-" STR_F, STR_A(str_cut(v, 0, tilde)),
                   STR_A(str_cut(v, tilde + 1, v.n)));
}

static int debian_line(struct reader *r, struct str line) {
    struct str text = str_trim(line), item;
    struct recipe_change *c = r->n ? &r->v[r->n - 1] : NULL;

    if (!text.n)
        return OK;
    if (!indent_of(line)) {
        size_t open = str_find(line, '('), close = str_find(line, ')');

        if (open > close || close == line.n)
            return err_set(r->e, E_RECIPE,
                           "%s:%u: not a line of a changelog: \"name (version) "
                           "suite; urgency=…\" is expected",
                           r->file, r->line);
        begin(r, from_debian(r->mem, str_cut(line, open + 1, close)));
    } else if (!c) {
        return err_set(r->e, E_RECIPE, "%s:%u: comes before the first version", r->file, r->line);
    } else if (str_starts(line, " -- ")) {
        size_t gt = str_find(text, '>');

        c->author = str_dup(r->mem, str_cut(text, 3, gt + 1));
        c->date_text = str_dup(r->mem, str_trim(str_cut(text, gt + 1, text.n)));
        if (!read_date(c->date_text, &c->time))
            return err_set(r->e, E_RECIPE, "%s:%u: not a date: \"" STR_F "\"", r->file, r->line,
                           STR_A(c->date_text));
    } else if (bullet(text, &item)) {
        add_item(r, item);
    } else if (r->open) {
        go_on(r, text);
    } else {
        add_item(r, text);
    }
    return OK;
}

/* "name (version) suite; urgency=medium" */
static bool is_debian(struct str text) {
    struct str first = str_split(&text, '\n');
    size_t open, close;

    while (!str_trim(first).n && text.n)
        first = str_split(&text, '\n');
    open = str_find(first, '(');
    close = str_find(first, ')');
    return open && open < close && close < first.n && first.p[open - 1] == ' ' &&
           !str_starts(first, "#") && str_find(first, ';') < first.n;
}

int changes_text_read(struct str text, const char *file, struct arena *a, struct recipe_change **v,
                      size_t *n, struct err *e) {
    struct reader r = {.file = file, .mem = a, .e = e};
    bool debian = is_debian(text);

    *v = NULL;
    *n = 0;
    while (text.n) {
        struct str line = str_split(&text, '\n');

        r.line++;
        if (!str_utf8(line))
            return err_set(e, E_RECIPE, "%s:%u: not valid UTF-8", file, r.line);
        if (debian && debian_line(&r, line))
            return (int)e->code;
        if (!debian)
            markdown_line(&r, line);
    }
    if (!r.n)
        return err_set(e, E_RECIPE,
                       "%s: names no version; a heading like \"## [1.2.3] - 2026-01-02\" is "
                       "expected",
                       file);
    *v = r.v;
    *n = r.n;
    return OK;
}
