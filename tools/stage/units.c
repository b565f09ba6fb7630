/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/units.h"

#include "model/names.h"
#include "stage/apptree.h"
#include "text/tmpl.h"

enum { UNIT_MAX = 256 * 1024 };

/* "%" begins a specifier of systemd in every value. */
static struct str percent(struct arena *a, struct str s) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, UNIT_MAX);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%')
            buf_c(&b, '%');
        buf_c(&b, s.p[i]);
    }
    return str_dup(a, buf_get(&b));
}

/* One word in the syntax of systemd.service(5), in quotes where it needs them. */
static struct str word(struct arena *a, struct str s) {
    AUTO(buf) b = BUF_NONE;
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n; i++)
        plain = plain && s.p[i] != ' ' && s.p[i] != '"' && s.p[i] != '\'' && s.p[i] != '\\' &&
                s.p[i] != ';';
    if (plain)
        return percent(a, s);
    buf_init(&b, UNIT_MAX);
    buf_c(&b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_c(&b, '\\');
        buf_c(&b, s.p[i]);
    }
    buf_c(&b, '"');
    return percent(a, buf_get(&b));
}

static int one_line(const struct recipe *r, const struct recipe_service *s, struct str v,
                    const char *what, struct err *e) {
    AUTO(arena) scratch = {0};

    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t')
            return err_set(e, E_RECIPE,
                           "%s: `%s` of service \"" STR_F
                           "\" must be a single line without control "
                           "characters",
                           recipe_where(r, s->at, &scratch), what, STR_A(s->name));
    return 0;
}

static struct str linux_path(const struct recipe *r, struct arena *a, struct str path) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, UNIT_MAX);
    (void)names_linux_path(r, path, &b);
    return str_dup(a, buf_get(&b));
}

static int lines_ok(const struct recipe *r, const struct recipe_service *s, struct err *e) {
    if (one_line(r, s, s->exec, "exec", e) || one_line(r, s, s->args, "args", e) ||
        one_line(r, s, s->description, "description", e) ||
        one_line(r, s, s->working_dir, "working-directory", e))
        return e->code;
    for (size_t i = 0; i < s->n_env; i++)
        if (one_line(r, s, s->env[i], "environment", e))
            return e->code;
    for (size_t i = 0; i < s->n_after; i++)
        if (one_line(r, s, s->after[i], "after", e))
            return e->code;
    return 0;
}

static struct str account(struct str user) { /* root needs no mention */
    return str_cut(user, 0, str_is(user, "root") ? 0 : user.n);
}

static struct value *variables(const struct recipe *r, const struct recipe_service *s,
                               struct arena *a) {
    struct value *v = value_new(a, VALUE_MAP), *env = value_new(a, VALUE_LIST),
                 *after = value_new(a, VALUE_LIST);
    struct str exec = word(a, linux_path(r, a, s->exec));

    if (s->args.n)
        exec = str_fmt(a, STR_F " " STR_F, STR_A(exec), STR_A(str_trim(s->args)));
    for (size_t i = 0; i < s->n_env; i++)
        value_add(env, value_str(a, word(a, s->env[i])));
    for (size_t i = 0; i < s->n_after; i++)
        value_add(after, value_str(a, s->after[i]));
    value_set(a, v, "description",
              value_str(a, percent(a, s->description.n ? s->description
                                      : r->title.n     ? r->title
                                                       : s->name)));
    value_set(a, v, "homepage", value_str(a, percent(a, r->homepage)));
    value_set(a, v, "exec", value_str(a, exec));
    value_set(a, v, "type", value_str(a, s->type.n ? s->type : STR("simple")));
    value_set(a, v, "restart", value_str(a, s->restart));
    value_set(a, v, "user", value_str(a, account(s->user)));
    if (s->working_dir.n)
        value_set(a, v, "working_dir", value_str(a, percent(a, linux_path(r, a, s->working_dir))));
    value_set(a, v, "environment", env);
    value_set(a, v, "after", after);
    return v;
}

static int one_unit(const struct recipe *r, const struct recipe_service *s, const struct tree *app,
                    struct tree *made, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(buf) text = BUF_NONE;
    struct str name = str_ends(s->name, ".service") ? str_cut(s->name, 0, s->name.n - 8) : s->name;
    struct tree_entry *x;

    if (lines_ok(r, s, e))
        return e->code;
    if (apptree_program(app, s->exec, e))
        return err_in(e, "%s: service \"" STR_F "\"", recipe_where(r, s->at, &scratch),
                      STR_A(s->name));
    buf_init(&text, UNIT_MAX);
    if (tmpl_render("linux/service", variables(r, s, &scratch), &text, e) ||
        buf_check(&text, "a systemd unit", e))
        return e->code;
    x = tree_add_data(made, str_fmt(made->mem, "lib/systemd/system/" STR_F ".service", STR_A(name)),
                      0644, str_dup(made->mem, buf_get(&text)));
    x->at = s->at;
    return 0;
}

static bool user_before(const struct recipe *r, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(r->services[i].user, r->services[n].user))
            return true;
    return false;
}

/* The accounts that services run as: systemd-sysusers makes them where the package's scripts or the
 * package manager call it. */
static int users(const struct recipe *r, struct tree *made, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(buf) text = BUF_NONE;
    struct value *v = value_new(&scratch, VALUE_MAP), *list = value_new(&scratch, VALUE_LIST);

    for (size_t i = 0; i < r->n_services; i++) {
        const struct recipe_service *s = &r->services[i];
        struct value *user = value_new(&scratch, VALUE_MAP);

        if (!s->user.n || str_is(s->user, "root") || user_before(r, i))
            continue;
        value_set(&scratch, user, "name", value_str(&scratch, s->user));
        value_set(&scratch, user, "title",
                  value_str(&scratch, str_fmt(&scratch, "Service of " STR_F, STR_A(r->name))));
        value_add(list, user);
    }
    if (!list->n)
        return 0;
    value_set(&scratch, v, "users", list);
    buf_init(&text, UNIT_MAX);
    if (tmpl_render("linux/sysusers.conf", v, &text, e) || buf_check(&text, "a user list", e))
        return e->code;
    tree_add_data(made, str_fmt(made->mem, "lib/sysusers.d/" STR_F ".conf", STR_A(r->name)), 0644,
                  str_dup(made->mem, buf_get(&text)));
    return 0;
}

int units_add(const struct recipe *r, const struct target *t, const struct tree *app,
              struct tree *made, struct err *e) {
    if (t->os != OS_LINUX || !r->n_services)
        return 0;
    for (size_t i = 0; i < r->n_services; i++)
        if (one_unit(r, &r->services[i], app, made, e))
            return e->code;
    return users(r, made, e);
}
