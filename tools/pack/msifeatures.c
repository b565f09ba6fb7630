/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msifeatures.h"

#include "os/glob.h"

enum {
    NAME_MAX_CHARS = 38,
    TITLE_MAX_CHARS = 64,
    TEXT_MAX_CHARS = 255,
    NO_ADVERTISE = 8,
    NO_ABSENCE = 16,
    EXPANDED = 1,
    LEVEL_DEFAULT = 1,
    LEVEL_ASKED_FOR = 2 /* above the installation's own, which is 1 */
};

static const struct value *list(const struct pack_job *j) {
    const struct value *all = value_get(j->section, "features");

    return all ? all->child : NULL;
}

static bool usable(struct str name) {
    if (!name.n || name.n > NAME_MAX_CHARS || (name.p[0] >= '0' && name.p[0] <= '9'))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_')
            return false;
    }
    return true;
}

static int check_one(const struct pack_job *j, const struct value *x, struct map *seen,
                     struct err *e) {
    const char *where = recipe_where(j->recipe, x->at, j->mem);
    struct str name = value_text(x, "name");

    if (!usable(name) || str_is(name, "Main") || str_is(name, "ALL"))
        return err_set(e, E_RECIPE,
                       "%s: features: \"" STR_F "\": a name is made of at most %d letters, digits "
                       "and _, begins with no digit, and is neither Main nor ALL",
                       where, STR_A(name), NAME_MAX_CHARS);
    if (map_put(seen, name, seen))
        return err_set(e, E_RECIPE, "%s: features: " STR_F " is there twice", where, STR_A(name));
    return OK;
}

int msifeatures_check(const struct pack_job *j, struct err *e) {
    struct map seen = {.mem = j->mem};

    for (const struct value *x = list(j); x; x = x->next)
        if (check_one(j, x, &seen, e))
            return (int)e->code;
    return OK;
}

static void add(struct msibuild *b, struct str name, const char *parent, struct str title,
                struct str text, int display, int level, int attributes) {
    msidb_put(&b->db, msibuild_table(b, "Feature"), "SsSSiisi", name, parent,
              msibuild_cut(title, TITLE_MAX_CHARS), msibuild_cut(text, TEXT_MAX_CHARS), display,
              level, "INSTALLDIR", attributes);
}

void msifeatures_add(struct msibuild *b) {
    const struct recipe *r = b->j->recipe;
    const struct value *all = list(b->j);
    int display = EXPANDED;

    add(b, STR("Main"), "", r->title, r->summary, display, LEVEL_DEFAULT,
        all ? NO_ADVERTISE | NO_ABSENCE : 0);
    for (const struct value *x = all; x; x = x->next) {
        struct str name = value_text(x, "name"), title = value_text(x, "title");

        display += 2;
        add(b, name, "Main", title.n ? title : name, value_text(x, "description"), display,
            value_flag(x, "default", true) ? LEVEL_DEFAULT : LEVEL_ASKED_FOR, NO_ADVERTISE);
    }
}

/* A folder with a slash behind it means all that is below. */
static bool names(struct str pattern, struct str path) {
    if (str_ends(pattern, "/"))
        return path.n >= pattern.n && str_eq(str_cut(path, 0, pattern.n), pattern);
    return glob_match(pattern, path);
}

static const struct value *find(const struct msibuild *b, struct str path) {
    for (const struct value *x = list(b->j); x; x = x->next)
        for (const struct value *g = value_get(x, "files")->child; g; g = g->next)
            if (names(g->s, path))
                return x;
    return NULL;
}

struct str msifeatures_of(const struct msibuild *b, struct str path) {
    const struct value *x = find(b, path);

    return x ? value_text(x, "name") : STR("Main");
}

static int check_entry(const struct msibuild *b, struct err *e) {
    const struct recipe *r = b->j->recipe;
    struct str path;
    const struct value *x;

    if (!b->entry_id.n)
        return OK;
    path = b->file[msibuild_file(b, b->entry_id)]->path;
    x = find(b, path);
    return x ? err_set(e, E_RECIPE,
                       "%s: features: " STR_F " holds the entry " STR_F
                       ", which cannot be left out",
                       recipe_where(r, x->at, b->mem), STR_A(value_text(x, "name")), STR_A(path))
             : OK;
}

int msifeatures_complete(const struct msibuild *b, struct err *e) {
    const struct value *all = list(b->j);
    struct map used = {.mem = b->mem};

    for (size_t i = 0; all && i < b->n_files; i++) {
        const struct value *x = find(b, b->file[i]->path);

        if (x)
            (void)map_put(&used, value_text(x, "name"), &used);
    }
    for (const struct value *x = all; x; x = x->next)
        if (!map_get(&used, value_text(x, "name")))
            return err_set(e, E_RECIPE, "%s: features: " STR_F " has no files",
                           recipe_where(b->j->recipe, x->at, b->mem), STR_A(value_text(x, "name")));
    return check_entry(b, e);
}
