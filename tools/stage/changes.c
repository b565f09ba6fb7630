/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/changes.h"

#include "os/clock.h"
#include "os/fsys.h"
#include "os/git.h"
#include "stage/changes_text.h"

/* A package's changelog is read by people: older history stays in git. */
enum { CHANGES_TEXT_MAX = 4 * 1024 * 1024, CHANGES_VERSIONS_MAX = 100, CHANGES_ITEMS_MAX = 200 };

static int fill_items(const struct recipe *r, struct str from, struct str to, struct arena *a,
                      struct recipe_change *c, struct err *e) {
    struct git_change *list;
    size_t n;

    if (git_changes(r->dir, from, to, CHANGES_ITEMS_MAX, a, &list, &n, e))
        return (int)e->code;
    c->items = arena_array(a, n + 1, sizeof *c->items);
    for (size_t i = 0; i < n; i++) {
        struct str s = str_trim(list[i].subject);

        if (s.n && str_utf8(s))
            c->items[c->n_items++] = s;
    }
    if (n && !c->author.n && list[0].author.n && str_utf8(list[0].author))
        c->author = str_fmt(a, STR_F " <" STR_F ">", STR_A(list[0].author), STR_A(list[0].email));
    return OK;
}

static int from_git(struct recipe *r, struct arena *a, struct err *e) {
    struct git_facts facts;
    struct git_tag *tags;
    size_t n, have = 0;
    bool tagged = false;

    if (git_facts(r->dir, a, &facts, e) || git_tags(r->dir, a, &tags, &n, e))
        return (int)e->code;
    if (!facts.found || !facts.commit.n)
        return err_set(e, E_RECIPE, "%s is not in a git repository with commits", r->dir);
    if (n > CHANGES_VERSIONS_MAX)
        n = CHANGES_VERSIONS_MAX;
    for (size_t i = 0; i < n; i++)
        tagged = tagged || str_eq(tags[i].version, r->version);
    r->changes = arena_array(a, n + 1, sizeof *r->changes);
    if (!tagged) {
        struct recipe_change *c = &r->changes[have++];

        *c = (struct recipe_change){.version = r->version, .time = r->time};
        if (fill_items(r, n ? tags[0].name : (struct str){0}, facts.commit, a, c, e))
            return (int)e->code;
    }
    for (size_t i = 0; i < n; i++) {
        struct recipe_change *c = &r->changes[have++];

        *c = (struct recipe_change){.version = tags[i].version, .time = tags[i].time};
        if (tags[i].author.n && str_utf8(tags[i].author))
            c->author =
                str_fmt(a, STR_F " <" STR_F ">", STR_A(tags[i].author), STR_A(tags[i].email));
        if (fill_items(r, i + 1 < n ? tags[i + 1].name : (struct str){0}, tags[i].name, a, c, e))
            return (int)e->code;
    }
    r->n_changes = have;
    return OK;
}

static int from_file(struct recipe *r, struct str path, struct arena *a, struct err *e) {
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    struct recipe_change *v;
    struct str text;
    size_t n, unreleased, own = 0;
    const char *z = str_z(a, path);

    if (fsys_dir_open(&dir, FSYS_HERE, r->dir, e) ||
        fsys_read(dir.fd, z, CHANGES_TEXT_MAX, a, &text, e) ||
        changes_text_read(text, z, a, &v, &n, e))
        return (int)e->code;
    unreleased = n;
    for (size_t i = 0; i < n; i++) {
        own += str_eq(v[i].version, r->version);
        if (str_is(v[i].version, "Unreleased"))
            unreleased = i;
    }
    if (unreleased < n && !own && v[unreleased].n_items) {
        v[unreleased].version = r->version;
        v[unreleased].time = r->time;
    }
    r->changes = arena_array(a, n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        if (!str_is(v[i].version, "Unreleased"))
            r->changes[r->n_changes++] = v[i];
    return OK;
}

int changes_load(struct recipe *r, struct str how, struct arena *a, struct err *e) {
    int64_t after = r->time;

    r->changes = NULL;
    r->n_changes = 0;
    if (str_is(how, "git") ? from_git(r, a, e) : from_file(r, how, a, e)) {
        r->n_changes = 0;
        return (int)e->code;
    }
    for (size_t i = 0; i < r->n_changes; i++) {
        struct recipe_change *c = &r->changes[i];

        if (!c->time)
            c->time = str_eq(c->version, r->version) ? r->time : after;
        if (!c->date_text.n)
            c->date_text = str_cut(clock_rfc3339(a, c->time), 0, 10);
        if (!c->author.n)
            c->author = r->maintainer;
        if (!c->n_items) {
            c->items = arena_array(a, 1, sizeof *c->items);
            c->items[c->n_items++] = str_fmt(a, "Version " STR_F ".", STR_A(c->version));
        }
        after = c->time;
    }
    return OK;
}
