/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/site.h"

#include "flow/ledger.h"
#include "flow/registry.h"
#include "flow/repos.h"
#include "flow/sitefiles.h"
#include "model/names.h"
#include "os/clock.h"

static const struct value *rows_of(const struct flow *f) {
    const struct value *rows = value_get(f->recipe->root, "publish");

    return rows && rows->kind == VALUE_LIST ? rows->child : NULL;
}

int site_check(const struct flow *f, struct report *problems, struct err *e) {
    bool dir = false;

    for (const struct value *row = rows_of(f); row; row = row->next)
        dir |= registry_publisher(value_text(row, "to")) != NULL;
    for (const struct value *row = rows_of(f); row; row = row->next) {
        const struct repository *kind = registry_repository(value_text(row, "to"));
        const char *where = recipe_where(f->recipe, row->at, f->mem);
        struct err why = {0};

        if (!kind)
            continue;
        if (!dir)
            report_add(problems,
                       "%s: an %s repository goes into the published folder of a row `to: dir`, "
                       "and there is none",
                       where, kind->name);
        if (kind->check && kind->check(row, &why))
            report_add(problems, "%s: %s", where, why.msg);
    }
    if (problems->total)
        return err_set(e, E_RECIPE, STR_F, STR_A(problems->line[0]));
    return OK;
}

/* Stable releases are in the repository's root; a pre-release must not reach those who did not ask
 * for one. apt has suites for that; others get a repository of their own below it. */
struct where {
    const char *root, *index, *link, *target;
};

static struct where place_of(const struct flow *f, const struct repository *kind,
                             const struct publish_place *p, const char *channel) {
    bool own = channel && !schema_find(kind->schema, STR("suite"));

    if (own)
        return (struct where){
            .root = arena_fmt(f->mem, "%s/%s", kind->name, channel),
            .index = arena_fmt(f->mem, "%s/%s-%s", p->next, kind->name, channel),
            .link = arena_fmt(f->mem, "%s/%s/%s", kind->name, channel, kind->index),
            .target = arena_fmt(f->mem, "../../.slipway/current/%s-%s", kind->name, channel),
        };
    return (struct where){
        .root = kind->name,
        .index = arena_fmt(f->mem, "%s/%s", p->next, kind->name),
        .link = arena_fmt(f->mem, "%s/%s", kind->name, kind->index),
        .target = arena_fmt(f->mem, "../.slipway/current/%s", kind->name),
    };
}

/* The row, with the channel as its suite where it names none. */
static const struct value *options_of(const struct flow *f, const struct repository *kind,
                                      const struct value *row, const char *channel) {
    struct value *own;

    if (!schema_find(kind->schema, STR("suite")) || value_get(row, "suite"))
        return row;
    own = value_new(f->mem, VALUE_MAP);
    for (const struct value *c = row->child; c; c = c->next) {
        struct value *copy = value_new(f->mem, c->kind);

        *copy = *c;
        copy->next = NULL;
        value_set(f->mem, own, str_z(f->mem, c->key), copy);
    }
    value_set(f->mem, own, "suite", value_str(f->mem, str_of(channel ? channel : "stable")));
    return own;
}

/* Client files of pre-releases are called after their channel: hello-beta.sources. */
static struct str apart(const struct flow *f, const struct repository *kind,
                        const struct value *row, const char *channel) {
    if (!channel || (schema_find(kind->schema, STR("suite")) && value_get(row, "suite")))
        return f->recipe->name;
    return str_fmt(f->mem, STR_F "-%s", STR_A(f->recipe->name), channel);
}

static size_t packages_of(const struct flow *f, const struct repository *kind,
                          const struct publish_place *p, struct repository_add *add) {
    const struct release *r = &f->store.settled;
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].role == ROLE_PACKAGE && str_ends(r->v[i].name, kind->suffix))
            add[n++] = (struct repository_add){
                .dir = p->root,
                .path = arena_fmt(f->mem, "releases/v" STR_F "/" STR_F, STR_A(r->version),
                                  STR_A(r->v[i].name)),
                .link = true,
            };
    return n;
}

static int update_repository(struct flow *f, const struct repository *kind, const struct value *row,
                             struct str url, struct str public_key, const struct publish_place *p,
                             bool *changed, struct err *e) {
    struct str word = names_channel(f->recipe->version);
    const char *channel = str_is(word, "latest") ? NULL : str_z(f->mem, word);
    struct where w = place_of(f, kind, p, channel);
    struct repos_place place = {
        .dir = p->root, .where = p->where, .root = w.root, .index = w.index};
    struct repository_add *add = arena_array(f->mem, f->store.settled.n + 1, sizeof *add);
    struct repository_job job = {
        .section = options_of(f, kind, row, channel),
        .add = add,
        .name = apart(f, kind, row, channel),
        .title = f->recipe->title,
        .url = url.n ? str_fmt(f->mem, STR_F "/%s", STR_A(url), w.root) : url,
        .signer = f->signer.kind ? &f->signer : NULL,
        .public_key = public_key,
        .jobs = run_job(f, f->items, f->mem).jobs,
        .mem = f->mem,
    };
    bool set;

    job.n_add = packages_of(f, kind, p, add);
    if (!job.n_add)
        return OK;
    if (clock_source_date(&set, &job.now, e))
        return (int)e->code;
    if (!set)
        job.now = clock_now();
    if (repos_edit(kind, &place, &job, e) || sitefiles_link(p->root, w.target, w.link, e))
        return err_in(e, "%s/%s", p->where, w.root);
    *changed |= job.changed;
    return OK;
}

int site_compose(struct flow *f, const struct value *row, const struct publish_place *p,
                 bool *changed, struct err *e) {
    struct str url = value_text(row, "url");
    AUTO(buf) key = BUF_NONE;

    while (str_ends(url, "/"))
        url.n--;
    buf_init(&key, 1 << 20);
    if (run_signer(f, e) || (f->signer.kind && openpgp_public(&f->signer, &key, e)))
        return (int)e->code;
    for (const struct value *r = rows_of(f); r; r = r->next) {
        const struct repository *kind = registry_repository(value_text(r, "to"));

        if (kind && update_repository(f, kind, r, url, buf_get(&key), p, changed, e))
            return (int)e->code;
    }
    return sitefiles_write(f, row, url, buf_get(&key), p, changed, e);
}
