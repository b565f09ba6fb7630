/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/desktop.h"

#include "model/names.h"
#include "stage/apptree.h"
#include "stage/icons.h"
#include "stage/metainfo.h"
#include "text/tmpl.h"

enum { DESKTOP_MAX = 1024 * 1024 };

/* One argument of Exec= as the Desktop Entry Specification wants it: quoted when it has a reserved
 * character, "%" doubled. */
static void exec_word(struct str s, struct buf *out) {
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '-' || c == '_' ||
                          c == '+' || c == '@' || c == ':' || (unsigned char)c >= 0x80);
    }
    if (!plain)
        buf_c(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '"' || c == '`' || c == '$' || c == '\\')
            buf_c(out, '\\');
        if (c == '%')
            buf_c(out, '%');
        buf_c(out, c);
    }
    if (!plain)
        buf_c(out, '"');
}

/* A program below bin/ is found on PATH, wherever the format puts it. */
static struct str exec_line(const struct recipe *r, struct arena *a) {
    AUTO(buf) path = BUF_NONE, b = BUF_NONE;

    buf_init(&path, DESKTOP_MAX);
    buf_init(&b, DESKTOP_MAX);
    if (str_starts(r->entry, "bin/") && str_rfind(r->entry, '/') == 3)
        buf_str(&path, str_cut(r->entry, 4, r->entry.n));
    else
        (void)names_linux_path(r, r->entry, &path);
    exec_word(buf_get(&path), &b);
    if (r->n_protocols)
        buf_z(&b, r->n_associations ? " %U" : " %u");
    else if (r->n_associations)
        buf_z(&b, " %F");
    return str_dup(a, buf_get(&b));
}

struct str desktop_mime(const struct recipe *r, const struct recipe_assoc *x, struct arena *a) {
    return x->mime.n
               ? x->mime
               : str_fmt(a, "application/x-" STR_F "-" STR_F, STR_A(r->name), STR_A(x->extension));
}

/* "Utility", "Utility;Game;", "Utility, Game" -> a list; "Utility" when there is none. */
struct value *desktop_categories(const struct recipe *r, struct arena *a) {
    struct value *list = value_new(a, VALUE_LIST);
    struct str rest = r->categories;

    while (rest.n) {
        size_t semicolon = str_find(rest, ';'), comma = str_find(rest, ',');
        struct str one = str_trim(str_split(&rest, semicolon < comma ? ';' : ','));

        if (one.n)
            value_add(list, value_str(a, one));
    }
    if (!list->n)
        value_add(list, value_str(a, STR("Utility")));
    return list;
}

static struct str joined(const struct value *list, struct arena *a) {
    struct str all = {0};

    for (const struct value *v = list->child; v; v = v->next)
        all = str_fmt(a, STR_F STR_F ";", STR_A(all), STR_A(v->s));
    return all;
}

struct value *desktop_types(const struct recipe *r, struct arena *a) {
    struct value *list = value_new(a, VALUE_LIST);

    for (size_t i = 0; i < r->n_protocols; i++)
        value_add(list, value_str(a, str_fmt(a, "x-scheme-handler/" STR_F,
                                             STR_A(r->protocols[i].scheme))));
    for (size_t i = 0; i < r->n_associations; i++)
        value_add(list, value_str(a, desktop_mime(r, &r->associations[i], a)));
    return list;
}

static int render(const char *template, const struct value *v, const char *path, struct tree *made,
                  struct err *e) {
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, DESKTOP_MAX);
    if (tmpl_render(template, v, &text, e) || buf_check(&text, path, e))
        return e->code;
    tree_add_data(made, str_of(path), 0644, str_dup(made->mem, buf_get(&text)));
    return 0;
}

static int entry_file(const struct recipe *r, bool icon, struct arena *a, struct tree *made,
                      struct err *e) {
    struct value *v = value_new(a, VALUE_MAP);

    value_set(a, v, "title", value_str(a, r->title.n ? r->title : r->name));
    value_set(a, v, "summary", value_str(a, r->summary));
    value_set(a, v, "exec", value_str(a, exec_line(r, a)));
    value_set(a, v, "icon", value_str(a, icon ? r->id : (struct str){0}));
    value_set(a, v, "terminal", value_str(a, r->terminal ? STR("true") : STR("false")));
    value_set(a, v, "hidden", value_bool(a, !r->menu));
    value_set(a, v, "categories", value_str(a, joined(desktop_categories(r, a), a)));
    value_set(a, v, "mime", value_str(a, joined(desktop_types(r, a), a)));
    return render("linux/desktop", v,
                  arena_fmt(made->mem, "share/applications/" STR_F ".desktop", STR_A(r->id)), made,
                  e);
}

static int mime_file(const struct recipe *r, struct arena *a, struct tree *made, struct err *e) {
    struct value *v = value_new(a, VALUE_MAP), *list = value_new(a, VALUE_LIST);

    if (!r->n_associations)
        return 0;
    for (size_t i = 0; i < r->n_associations; i++) {
        const struct recipe_assoc *x = &r->associations[i];
        struct value *one = value_new(a, VALUE_MAP);

        value_set(a, one, "mime", value_str(a, desktop_mime(r, x, a)));
        value_set(a, one, "extension", value_str(a, x->extension));
        value_set(a, one, "description",
                  value_str(a, x->description.n ? x->description
                                                : str_fmt(a, STR_F " file", STR_A(r->title))));
        value_add(list, one);
    }
    value_set(a, v, "types", list);
    return render("linux/mime.xml", v,
                  arena_fmt(made->mem, "share/mime/packages/" STR_F ".xml", STR_A(r->id)), made, e);
}

static int metainfo_file(const struct recipe *r, struct arena *a, struct tree *made,
                         struct err *e) {
    return render("linux/metainfo.xml", metainfo_variables(r, a),
                  arena_fmt(made->mem, "share/metainfo/" STR_F ".metainfo.xml", STR_A(r->id)), made,
                  e);
}

int desktop_add(const struct recipe *r, const struct target *t, const struct tree *app, bool always,
                struct tree *made, struct err *e) {
    AUTO(arena) a = {0};
    bool icon = false;

    if (t->os != OS_LINUX || !r->entry.n || (!r->menu && !always))
        return 0;
    if (apptree_program(app, r->entry, e))
        return err_in(e, "%s: entry", recipe_where(r, r->at_entry, &a));
    if (!r->id.n)
        return err_set(e, E_RECIPE, "%s: a menu entry needs `id`, like com.example." STR_F,
                       recipe_where(r, r->at_entry, &a), STR_A(r->name));
    if (icons_add(r, made, &icon, e) || entry_file(r, icon, &a, made, e) ||
        mime_file(r, &a, made, e))
        return e->code;
    return metainfo_file(r, &a, made, e);
}
