/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/fill.h"

#include "model/names.h"
#include "os/fsys.h"
#include "stage/rules.h"
#include "stage/sources.h"

enum { FILL_SCRIPT_MAX = 1024 * 1024 };

static struct pos at_key(const struct value *map, const char *key) {
    const struct value *v = value_get(map, key);

    return v ? v->at : map->at;
}

static size_t rows_of(const struct value *list) {
    return list && list->kind == VALUE_LIST ? list->n : 0;
}

static struct str *texts(struct fill *f, const struct value *map, const char *key, size_t *n) {
    const struct value *list = value_get(map, key);
    struct str *v = arena_array(f->mem, rows_of(list) + 1, sizeof *v);

    *n = 0;
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next)
        v[(*n)++] = c->s;
    return v;
}

/* A map of variables as "K=V", in written order. */
static struct str *pairs(struct fill *f, const struct value *map, const char *key, size_t *n) {
    const struct value *dict = value_get(map, key);
    struct str *v = arena_array(f->mem, (dict ? dict->n : 0) + 1, sizeof *v);

    *n = 0;
    for (const struct value *c = dict ? dict->child : NULL; c; c = c->next) {
        struct err e = {0};

        if (rules_variable(c->key, &e))
            flaw_add(f->flaws, c->key_at, "variable", "bad variable \"" STR_F "\" in %s; %s",
                     STR_A(c->key), key, e.msg);
        v[(*n)++] = str_fmt(f->mem, STR_F "=" STR_F, STR_A(c->key), STR_A(c->s));
    }
    return v;
}

static struct str to_path(struct str s) {
    if (str_is(s, ".") || str_is(s, "./"))
        return (struct str){0};
    return str_starts(s, "./") ? str_cut(s, 2, s.n) : s;
}

static void file_row(struct fill *f, const struct value *m, struct recipe_files *x) {
    struct str mode = value_text(m, "mode"), dir_mode = value_text(m, "dir-mode");
    int what;

    x->at = m->at;
    x->from = value_text(m, "from");
    x->to = to_path(value_text(m, "to"));
    x->link = value_text(m, "link");
    x->dir = value_flag(m, "dir", false);
    x->text = value_text(m, "text");
    x->has_text = value_get(m, "text") != NULL;
    x->has_mode = mode.n > 0;
    x->mode = rules_mode_bits(mode);
    x->has_dir_mode = dir_mode.n > 0;
    x->dir_mode = rules_mode_bits(dir_mode);
    x->owner = value_text(m, "owner");
    x->group = value_text(m, "group");
    x->role = value_text(m, "role");
    x->exclude = texts(f, m, "exclude", &x->n_exclude);
    x->strip = value_flag(m, "strip", false);
    x->has_strip = value_get(m, "strip") != NULL;
    x->follow = value_flag(m, "follow", false);
    x->optional = value_flag(m, "optional", false);
    what = (x->from.n > 0) + (x->link.n > 0) + x->dir + x->has_text;
    if (what > 1)
        flaw_add(f->flaws, m->at, "what",
                 "only one of from, link, dir and text can say what the "
                 "file is");
    if (!what && !f->flaws->total && !str_is(x->role, "ghost"))
        flaw_add(f->flaws, m->at, "what",
                 "nothing says what the file is: from, link, dir or text is missing");
}

void fill_files(struct fill *f, const struct value *list, struct recipe_files **rows, size_t *n) {
    struct recipe_files *v = arena_array(f->mem, *n + rows_of(list) + 1, sizeof *v);
    size_t k = 0;

    for (; k < *n; k++)
        v[k] = (*rows)[k];
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next)
        file_row(f, c, &v[k++]);
    *rows = v;
    *n = k;
}

bool fill_is_file(struct fill *f, const char *key, struct str path, struct pos at) {
    struct fsys_stat st;
    struct err e = {0};

    if (fsys_stat(FSYS_HERE, sources_join(f->r->dir, path, f->mem), &st, &e))
        flaw_add(f->flaws, at, key, "%s: %s", key, e.msg);
    else if (st.kind == FSYS_NONE)
        flaw_add(f->flaws, at, key, "%s: there is no file " STR_F, key, STR_A(path));
    else if (st.kind != FSYS_FILE)
        flaw_add(f->flaws, at, key, "%s: " STR_F " is not a file", key, STR_A(path));
    else
        return true;
    return false;
}

static void script(struct fill *f, const struct value *map, const char *key, struct str *text) {
    const struct value *v = value_get(map, key);
    const char *path;
    struct err e = {0};

    if (!v || v->kind != VALUE_STR || !fill_is_file(f, key, v->s, v->at))
        return;
    path = sources_join(f->r->dir, v->s, f->mem);
    if (fsys_read(FSYS_HERE, path, FILL_SCRIPT_MAX, f->mem, text, &e))
        flaw_add(f->flaws, v->at, key, "%s: %s", key, e.msg);
    else if (str_find(*text, '\0') != text->n)
        flaw_add(f->flaws, v->at, key, "%s: " STR_F " is a program, not a script", key,
                 STR_A(v->s));
}

void fill_scripts(struct fill *f, const struct value *map) {
    script(f, map, "pre-install", &f->r->scripts.pre_install);
    script(f, map, "post-install", &f->r->scripts.post_install);
    script(f, map, "pre-remove", &f->r->scripts.pre_remove);
    script(f, map, "post-remove", &f->r->scripts.post_remove);
    script(f, map, "pre-upgrade", &f->r->scripts.pre_upgrade);
    script(f, map, "post-upgrade", &f->r->scripts.post_upgrade);
}

static void over(const struct value *map, const char *key, struct str *s) {
    const struct value *v = value_get(map, key);

    if (v && v->kind == VALUE_STR)
        *s = v->s;
}

void fill_overrides(struct fill *f, const struct value *s) {
    struct recipe *r = f->r;

    over(s, "name", &r->name);
    over(s, "title", &r->title);
    over(s, "summary", &r->summary);
    over(s, "description", &r->description);
    over(s, "vendor", &r->vendor);
    over(s, "maintainer", &r->maintainer);
    over(s, "homepage", &r->homepage);
    over(s, "license", &r->license);
    over(s, "release", &r->release);
    fill_scripts(f, value_get(s, "scripts"));
    fill_files(f, value_get(s, "files"), &r->files, &r->n_files);
}

static void fill_services(struct fill *f, const struct value *list) {
    struct recipe *r = f->r;

    r->services = arena_array(f->mem, rows_of(list) + 1, sizeof *r->services);
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next) {
        struct recipe_service *x = &r->services[r->n_services++];

        x->at = c->at;
        x->name = value_text(c, "name");
        x->exec = to_path(value_text(c, "exec"));
        x->description = value_text(c, "description");
        x->restart = value_text(c, "restart");
        x->user = value_text(c, "user");
        x->type = value_text(c, "type");
        x->args = value_text(c, "args");
        x->working_dir = value_text(c, "working-directory");
        x->env = pairs(f, c, "environment", &x->n_env);
        x->after = texts(f, c, "after", &x->n_after);
        x->enable = value_flag(c, "enable", true);
        x->start = value_flag(c, "start", true);
    }
}

static void fill_steps(struct fill *f, const struct value *list) {
    struct recipe *r = f->r;

    r->steps = arena_array(f->mem, rows_of(list) + 1, sizeof *r->steps);
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next) {
        struct recipe_step *x = &r->steps[r->n_steps++];

        x->at = c->at;
        x->name = value_text(c, "name");
        if (!x->name.n)
            x->name = str_fmt(f->mem, "step %zu", r->n_steps);
        x->run = value_text(c, "run");
        x->argv = texts(f, c, "run", &x->n_argv);
        if (value_get(c, "run") && !x->run.n && !x->n_argv)
            flaw_add(f->flaws, at_key(c, "run"), "run", "run is empty");
        x->dir = value_text(c, "dir");
        x->env = pairs(f, c, "env", &x->n_env);
        x->inputs = texts(f, c, "inputs", &x->n_inputs);
        x->outputs = texts(f, c, "outputs", &x->n_outputs);
    }
}

static void fill_desktop(struct fill *f, const struct value *root) {
    const struct value *list = value_get(root, "protocols");
    struct recipe *r = f->r;
    size_t n;
    struct str *words = texts(f, root, "categories", &n);

    for (size_t i = 0; i < n; i++)
        r->categories = str_fmt(f->mem, STR_F STR_F "%s", STR_A(r->categories), STR_A(words[i]),
                                str_ends(words[i], ";") ? "" : ";");
    r->protocols = arena_array(f->mem, rows_of(list) + 1, sizeof *r->protocols);
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next)
        r->protocols[r->n_protocols++] = (struct recipe_protocol){c->s, c->at};
    list = value_get(root, "associations");
    r->associations = arena_array(f->mem, rows_of(list) + 1, sizeof *r->associations);
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next) {
        struct recipe_assoc *x = &r->associations[r->n_associations++];

        x->extension = value_text(c, "extension");
        x->mime = value_text(c, "mime");
        if (!x->mime.n)
            x->mime = str_fmt(f->mem, "application/x-" STR_F "-" STR_F, STR_A(r->name),
                              STR_A(x->extension));
        x->description = value_text(c, "description");
    }
    r->terminal = value_flag(root, "terminal", false);
    r->menu = fill_menu(root, r->entry.n, r->terminal);
    r->desktop = value_flag(value_get(root, "shortcuts"), "desktop", false);
}

bool fill_menu(const struct value *root, bool entry, bool terminal) {
    return value_flag(value_get(root, "shortcuts"), "menu", entry && !terminal);
}

static void fill_target(struct fill *f, struct value *m, struct target *t) {
    const struct value *list = value_get(m, "formats");
    struct str arch = value_text(m, "arch");
    size_t n = 0;

    t->at = m->at;
    t->root = m;
    names_os_find(value_text(m, "os"), &t->os);
    if (names_arch_find(arch, &t->arch) && !str_is(arch, names_arch(t->arch)))
        value_set(f->mem, m, "arch", value_str(f->mem, str_of(names_arch(t->arch))));
    t->formats = texts(f, m, "formats", &t->n_formats);
    t->formats_at = arena_array(f->mem, t->n_formats + 1, sizeof *t->formats_at);
    for (const struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next)
        t->formats_at[n++] = c->at;
    t->strip = value_flag(m, "strip", false);
    t->has_strip = value_get(m, "strip") != NULL;
    fill_files(f, value_get(m, "files"), &t->files, &t->n_files);
}

static void fill_targets(struct fill *f, struct value *list) {
    struct recipe *r = f->r;

    r->targets = arena_array(f->mem, rows_of(list) + 1, sizeof *r->targets);
    for (struct value *c = rows_of(list) ? list->child : NULL; c; c = c->next)
        fill_target(f, c, &r->targets[r->n_targets++]);
}

static struct value *member(struct value *root, const char *key) {
    for (struct value *c = root->child; c; c = c->next)
        if (str_is(c->key, key))
            return c;
    return NULL;
}

static void set_default(struct fill *f, struct value *root, const char *key, struct str s) {
    if (!value_text(root, key).n && s.n)
        value_set(f->mem, root, key, value_str(f->mem, s));
}

static void fill_facts(struct fill *f, const struct value *root) {
    struct recipe *r = f->r;

    r->name = value_text(root, "name");
    r->title = value_text(root, "title");
    r->id = value_text(root, "id");
    r->version = value_text(root, "version");
    r->summary = value_text(root, "summary");
    r->description = value_text(root, "description");
    r->vendor = value_text(root, "vendor");
    r->maintainer = value_text(root, "maintainer");
    r->homepage = value_text(root, "homepage");
    r->license = value_text(root, "license");
    r->license_file = value_text(root, "license-file");
    r->icon = value_text(root, "icon");
    r->entry = value_text(root, "entry");
    r->section = value_text(root, "section");
    r->release = value_text(root, "release");
    r->at_name = at_key(root, "name");
    r->at_version = at_key(root, "version");
    r->at_icon = at_key(root, "icon");
    r->at_entry = at_key(root, "entry");
    r->at_license_file = at_key(root, "license-file");
    r->at_license = at_key(root, "license");
}

void fill_recipe(struct fill *f, struct value *root) {
    struct recipe *r = f->r;

    r->root = root;
    set_default(f, root, "title", value_text(root, "name"));
    set_default(f, root, "release", STR("1"));
    fill_facts(f, root);
    fill_desktop(f, root);
    r->strip = value_flag(root, "strip", false);
    fill_steps(f, value_get(root, "build"));
    fill_files(f, value_get(root, "files"), &r->files, &r->n_files);
    fill_services(f, value_get(root, "services"));
    fill_scripts(f, value_get(root, "scripts"));
    fill_targets(f, member(root, "targets"));
}
