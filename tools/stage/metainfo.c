/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/metainfo.h"

#include "model/names.h"
#include "os/clock.h"
#include "stage/desktop.h"

enum { METAINFO_RELEASES = 20 };

static bool is_item(struct str line) {
    return str_starts(line, "- ") || str_starts(line, "* ");
}

/* AppStream knows paragraphs and lists only; blank lines part them, "- " begins a list's item. */
struct blocks {
    struct arena *a;
    struct value *list; /* of blocks: {text} or {items} */
    struct value *items;
    struct str text;
};

static void close_text(struct blocks *b) {
    struct value *v;

    if (!b->text.n)
        return;
    v = value_new(b->a, VALUE_MAP);
    value_set(b->a, v, "text", value_str(b->a, b->text));
    value_add(b->list, v);
    b->text = (struct str){0};
}

static void add_item(struct blocks *b, struct str item) {
    close_text(b);
    if (!b->items) {
        struct value *v = value_new(b->a, VALUE_MAP);

        b->items = value_new(b->a, VALUE_LIST);
        value_set(b->a, v, "text", value_str(b->a, (struct str){0}));
        value_set(b->a, v, "items", b->items);
        value_add(b->list, v);
    }
    value_add(b->items, value_str(b->a, item));
}

static void add_line(struct blocks *b, struct str line) {
    struct str text = str_trim(line);

    if (!text.n) {
        close_text(b);
        b->items = NULL;
    } else if (is_item(text)) {
        add_item(b, str_trim(str_cut(text, 2, text.n)));
    } else if (b->items && line.p[0] == ' ') { /* an item goes on */
        struct value *last = b->items->last;

        last->s = str_fmt(b->a, STR_F " " STR_F, STR_A(last->s), STR_A(text));
    } else {
        b->items = NULL;
        b->text = b->text.n ? str_fmt(b->a, STR_F " " STR_F, STR_A(b->text), STR_A(text)) : text;
    }
}

static struct value *description(const struct recipe *r, struct arena *a) {
    struct blocks b = {.a = a, .list = value_new(a, VALUE_LIST)};
    struct str rest = r->description;

    while (rest.n)
        add_line(&b, str_split(&rest, '\n'));
    close_text(&b);
    if (!b.list->n) {
        add_line(&b, r->summary.n ? r->summary : r->title);
        close_text(&b);
    }
    return b.list;
}

static struct value *one_release(struct str version, int64_t time, const struct str *items,
                                 size_t n, struct arena *a) {
    struct value *v = value_new(a, VALUE_MAP), *changes = value_new(a, VALUE_LIST);
    struct clock_utc day = clock_split(time);
    bool early = str_find(version, '-') < version.n;
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, 1024);
    names_version_deb(version, (struct str){0}, &text); /* AppStream sorts "~" as Debian does */
    for (size_t i = 0; i < n; i++)
        if (str_trim(items[i]).n)
            value_add(changes, value_str(a, str_trim(items[i])));
    value_set(a, v, "version", value_str(a, str_dup(a, buf_get(&text))));
    value_set(a, v, "date",
              value_str(a, str_fmt(a, "%04d-%02d-%02d", day.year, day.month, day.day)));
    value_set(a, v, "kind", value_str(a, early ? STR("development") : STR("stable")));
    value_set(a, v, "changes", changes);
    return v;
}

static struct value *releases(const struct recipe *r, struct arena *a) {
    struct value *list = value_new(a, VALUE_LIST);

    for (size_t i = 0; i < r->n_changes && i < METAINFO_RELEASES; i++) {
        const struct recipe_change *c = &r->changes[i];

        if (c->version.n && c->time > 0)
            value_add(list, one_release(c->version, c->time, c->items, c->n_items, a));
    }
    if (!list->n && r->time > 0)
        value_add(list, one_release(r->version, r->time, NULL, 0, a));
    return list;
}

/* The first two parts of the application's id: the developer's domain. */
static struct str vendor_id(struct str id) {
    size_t first = str_find(id, '.');
    struct str rest = str_cut(id, first + 1, id.n);

    return str_cut(id, 0, first + 1 + str_find(rest, '.'));
}

struct value *metainfo_variables(const struct recipe *r, struct arena *a) {
    struct value *v = value_new(a, VALUE_MAP), *types = desktop_types(r, a);
    bool bin = str_starts(r->entry, "bin/");
    struct str binary = bin ? str_cut(r->entry, 4, r->entry.n) : (struct str){0};
    struct str title = r->title.n ? r->title : r->name;
    struct str summary = r->summary.n ? r->summary : title;

    while (str_ends(summary, ".")) /* AppStream wants no sentence */
        summary.n--;
    value_set(a, v, "id", value_str(a, r->id));
    value_set(a, v, "license", value_str(a, r->license));
    value_set(a, v, "title", value_str(a, title));
    value_set(a, v, "summary", value_str(a, summary));
    value_set(a, v, "description", description(r, a));
    value_set(a, v, "vendor", value_str(a, r->vendor));
    value_set(a, v, "vendor_id", value_str(a, vendor_id(r->id)));
    value_set(a, v, "homepage", value_str(a, r->homepage));
    value_set(a, v, "categories", desktop_categories(r, a));
    value_set(a, v, "binary", value_str(a, binary));
    value_set(a, v, "mime", types);
    value_set(a, v, "provides", value_bool(a, binary.n || types->n));
    value_set(a, v, "releases", releases(r, a));
    return v;
}
