/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapapps.h"

#include "pack/snapmeta.h"

#include <string.h>

struct apps {
    const struct pack_job *job;
    const struct tree *pkg;
    struct value *all;
};

static const struct value *section_of(const struct apps *x, struct str name) {
    const struct value *apps = value_get(x->job->section, "apps");

    for (const struct value *v = apps ? apps->child : NULL; v; v = v->next)
        if (str_eq(v->key, name))
            return v;
    return NULL;
}

static void set(const struct apps *x, struct value *app, const char *key, struct str text,
                struct pos at) {
    struct value *v = value_str(x->job->mem, text);

    v->at = at;
    value_set(x->job->mem, app, key, v);
}

/* "bin/hello --fast" -> "usr/bin/hello --fast" */
static struct str command(const struct apps *x, struct str text) {
    size_t blank = str_find(text, ' ');
    struct str path = snapmeta_path(x->job, x->pkg, str_cut(text, 0, blank));

    return str_fmt(x->job->mem, STR_F STR_F, STR_A(path), STR_A(str_cut(text, blank, text.n)));
}

static bool is_command(struct str key) {
    return str_is(key, "command") || str_is(key, "stop-command") || str_is(key, "reload-command") ||
           str_is(key, "post-stop-command") || str_is(key, "completer");
}

/* A mode is a number in snap.yaml. */
static void put_sockets(const struct apps *x, struct value *app, const struct value *sockets) {
    struct value *all = value_copy(x->job->mem, sockets);

    for (struct value *s = all->child; s; s = s->next)
        for (struct value *m = s->child; m; m = m->next)
            if (str_is(m->key, "socket-mode")) {
                m->kind = VALUE_INT;
                m->i = 0;
                for (size_t i = 0; i < m->s.n; i++)
                    m->i = m->i * 8 + (m->s.p[i] - '0');
            }
    value_set(x->job->mem, app, "sockets", all);
}

/* What the section says of an app, over what there is already. */
static void put_section(const struct apps *x, struct value *app, const struct value *from) {
    struct arena *mem = x->job->mem;

    for (const struct value *v = from ? from->child : NULL; v; v = v->next) {
        const char *key = str_z(mem, v->key);

        if (str_is(v->key, "desktop"))
            continue; /* it becomes a file */
        if (is_command(v->key)) {
            set(x, app, key, command(x, v->s), v->at);
        } else if (str_is(v->key, "sockets")) {
            put_sockets(x, app, v);
        } else if (str_is(v->key, "command-chain")) {
            struct value *list = value_copy(mem, v);

            for (struct value *c = list->child; c; c = c->next)
                c->s = snapmeta_path(x->job, x->pkg, c->s);
            value_set(mem, app, key, list);
        } else {
            value_set(mem, app, key, value_copy(mem, v));
        }
    }
}

static void put_names(const struct apps *x, struct value *app, const char *key,
                      const struct value *from) {
    struct value *list = value_new(x->job->mem, VALUE_LIST);

    for (const struct value *v = from->child; v; v = v->next) {
        struct value *name = value_str(x->job->mem, from->kind == VALUE_MAP ? v->key : v->s);

        name->at = from->kind == VALUE_MAP ? v->key_at : v->at;
        value_add(list, name);
    }
    list->at = from->at;
    value_set(x->job->mem, app, key, list);
}

/* What a window needs to be seen. */
static void put_window(const struct apps *x, struct value *app) {
    static const char *const words[] = {"desktop", "desktop-legacy", "wayland", "x11"};
    struct value *list = value_new(x->job->mem, VALUE_LIST);

    for (size_t i = 0; i < COUNT(words); i++)
        value_add(list, value_str(x->job->mem, str_of(words[i])));
    value_set(x->job->mem, app, "plugs", list);
}

static struct value *add(struct apps *x, struct str name, struct pos at) {
    struct value *app = value_new(x->job->mem, VALUE_MAP);

    app->at = at;
    value_set(x->job->mem, x->all, str_z(x->job->mem, name), app);
    app->key_at = at;
    return app;
}

/* The plugs and slots of all, where the app has none of its own. An empty list says none. */
static void finish(const struct apps *x, struct value *app, bool window) {
    static const char *const keys[] = {"plugs", "slots"};
    struct value *kept = value_new(x->job->mem, VALUE_MAP);

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *all = value_get(x->job->section, keys[i]);

        if (!value_get(app, keys[i]) && all && all->n)
            put_names(x, app, keys[i], all);
        else if (!value_get(app, keys[i]) && !all && !i && window)
            put_window(x, app);
    }
    for (const struct value *v = app->child; v; v = v->next)
        if (!(v->kind == VALUE_LIST || v->kind == VALUE_MAP) || v->n)
            value_set(x->job->mem, kept, str_z(x->job->mem, v->key), value_copy(x->job->mem, v));
    app->child = kept->child;
    app->last = kept->last;
    app->n = kept->n;
}

static void entry_app(struct apps *x) {
    const struct recipe *r = x->job->recipe;
    const struct value *from = section_of(x, r->name);
    bool window = snapmeta_desktop(r) && !r->terminal &&
                  !str_is(value_text(x->job->section, "confinement"), "classic");
    struct value *app;

    if (!r->entry.n)
        return;
    app = add(x, r->name, r->at_entry);
    set(x, app, "command", snapmeta_path(x->job, x->pkg, r->entry), r->at_entry);
    put_section(x, app, from);
    if (snapmeta_desktop(r) && !value_get(app, "common-id"))
        set(x, app, "common-id", r->id, (struct pos){0});
    finish(x, app, window);
}

/* -------------------------------------------------------------------------------- the services */

static struct str service_name(const struct recipe_service *s) {
    return str_ends(s->name, ".service") ? str_cut(s->name, 0, s->name.n - 8) : s->name;
}

static void put_after(const struct apps *x, struct value *app, const struct recipe_service *s) {
    const struct recipe *r = x->job->recipe;
    struct value *list = value_new(x->job->mem, VALUE_LIST);

    /* Others are systemd's (network.target), which snapd waits for anyway. */
    for (size_t i = 0; i < s->n_after; i++)
        for (size_t k = 0; k < r->n_services; k++) {
            struct str name = service_name(&r->services[k]);

            if (&r->services[k] != s &&
                str_eq(s->after[i], str_fmt(x->job->mem, STR_F ".service", STR_A(name))))
                value_add(list, value_str(x->job->mem, name));
        }
    if (list->n)
        value_set(x->job->mem, app, "after", list);
}

static void put_variables(const struct apps *x, struct value *app, const struct recipe_service *s) {
    struct value *map = value_new(x->job->mem, VALUE_MAP);

    for (size_t i = 0; i < s->n_env; i++) {
        struct str rest = s->env[i], name = str_split(&rest, '=');

        value_set(x->job->mem, map, str_z(x->job->mem, name), value_str(x->job->mem, rest));
    }
    if (map->n)
        value_set(x->job->mem, app, "environment", map);
}

static void service_app(struct apps *x, const struct recipe_service *s) {
    bool simple = !s->type.n || str_is(s->type, "exec") || str_is(s->type, "idle");
    struct str path = snapmeta_path(x->job, x->pkg, s->exec), args = str_trim(s->args);
    struct value *app = add(x, service_name(s), s->at);

    set(x, app, "command",
        str_fmt(x->job->mem, STR_F "%s" STR_F, STR_A(path), args.n ? " " : "", STR_A(args)), s->at);
    set(x, app, "daemon", simple ? STR("simple") : s->type, s->at);
    if (s->restart.n)
        set(x, app, "restart-condition", str_is(s->restart, "no") ? STR("never") : s->restart,
            s->at);
    if (!s->enable || !s->start)
        set(x, app, "install-mode", STR("disable"), s->at);
    put_after(x, app, s);
    put_variables(x, app, s);
    put_section(x, app, section_of(x, service_name(s)));
    finish(x, app, false);
}

int snapapps_make(const struct pack_job *j, const struct tree *pkg, struct value *meta,
                  struct err *e) {
    struct apps x = {.job = j, .pkg = pkg, .all = value_new(j->mem, VALUE_MAP)};
    const struct value *own = value_get(j->section, "apps");
    const struct recipe *r = j->recipe;

    entry_app(&x);
    for (size_t i = 0; i < r->n_services; i++) {
        struct str name = service_name(&r->services[i]);

        if (value_get(x.all, str_z(j->mem, name)))
            return err_set(e, E_RECIPE,
                           "%s: snap: there is an app \"" STR_F
                           "\" already; the program of `entry` is called like the snap, so a "
                           "service needs another name",
                           recipe_where(r, r->services[i].at, j->mem), STR_A(name));
        service_app(&x, &r->services[i]);
    }
    for (const struct value *v = own ? own->child : NULL; v; v = v->next) {
        struct value *app;

        if (value_get(x.all, str_z(j->mem, v->key)))
            continue;
        app = add(&x, v->key, v->key_at);
        put_section(&x, app, v);
        finish(&x, app, false);
    }
    if (x.all->n)
        value_set(j->mem, meta, "apps", x.all);
    return OK;
}
