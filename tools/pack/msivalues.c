/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msivalues.h"

#include "pack/windows.h"

enum { KEY_MOST = 240, NAME_MOST = 255 };

static int check_key(struct str s, struct err *e) {
    struct str rest = s, root = str_split(&rest, '\\');

    if (rest.n && windows_length(rest) <= KEY_MOST && !str_ends(rest, "\\") &&
        (str_is(root, "HKLM") || str_is(root, "HKCU") || str_is(root, "HKCR") ||
         str_is(root, "HKMU")))
        return OK;
    return err_set(e, E_RECIPE,
                   "a key begins with HKLM\\, HKCU\\, HKCR\\ or HKMU\\ (the machine's "
                   "or the user's, as it is installed)");
}

static int check_name(struct str s, struct err *e) {
    if (str_is(s, "+") || str_is(s, "-") || str_is(s, "*"))
        return err_set(e, E_RECIPE, "the installer takes a name of " STR_F " for a command",
                       STR_A(s));
    return windows_length(s) <= NAME_MOST
               ? OK
               : err_set(e, E_RECIPE, "the installer holds names of %d characters", NAME_MOST);
}

static const char *const types[] = {"string", "expand", "multi", "dword", "binary", NULL};

const struct schema msivalues_schema[] = {
    {.key = "key",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = check_key,
     .help = "HKLM\\Software\\…; HKMU is the machine's or the user's registry."},
    {.key = "name",
     .kind = SCHEMA_STR,
     .check = check_name,
     .help = "The value's name; the key's own without one."},
    {.key = "value",
     .kind = SCHEMA_ANY,
     .help = "A text, a number or a list of texts. [INSTALLDIR] is filled in."},
    {.key = "type",
     .kind = SCHEMA_WORD,
     .words = types,
     .help = "string, expand (%NAME% is filled in by those who read it), multi, dword, or binary "
             "(hexadecimal digits); by the value without it."},
    {0},
};

enum type { STRING, EXPAND, MULTI, DWORD, BINARY };

static enum type type_of(const struct value *row) {
    const struct value *v = value_get(row, "value");
    struct str word = value_text(row, "type");

    for (size_t i = 0; types[i]; i++)
        if (str_is(word, types[i]))
            return (enum type)i;
    return !v ? STRING : v->kind == VALUE_INT ? DWORD : v->kind == VALUE_LIST ? MULTI : STRING;
}

static bool hexadecimal(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f') &&
            !(s.p[i] >= 'A' && s.p[i] <= 'F'))
            return false;
    return s.n && s.n % 2 == 0;
}

static bool texts(const struct value *list) {
    for (const struct value *c = list->child; c; c = c->next)
        if (c->kind != VALUE_STR || !c->s.n)
            return false;
    return list->n > 0;
}

static const char *what_is_wrong(const struct value *row) {
    const struct value *v = value_get(row, "value");
    enum value_kind kind = v ? v->kind : VALUE_STR;

    switch (type_of(row)) {
    case DWORD:
        return kind == VALUE_INT && v->i >= INT32_MIN && v->i <= UINT32_MAX
                   ? NULL
                   : "a dword is a number of 32 bits";
    case BINARY:
        return kind == VALUE_STR && v && hexadecimal(v->s)
                   ? NULL
                   : "a binary value is written as pairs of hexadecimal digits, in quotes";
    case MULTI:
        return kind == VALUE_LIST && texts(v) ? NULL
                                              : "a multi value is a list of texts, none empty";
    default:
        return kind == VALUE_STR || kind == VALUE_INT || kind == VALUE_BOOL
                   ? NULL
                   : "a value is a text, a number or a list of texts";
    }
}

static struct str root_word(const struct value *row) {
    struct str key = value_text(row, "key");

    return str_split(&key, '\\');
}

/* Where it lies, as Windows compares it. */
static struct str place_of(const struct pack_job *j, const struct value *row) {
    char *p = arena_fmt(j->mem, STR_F "\t" STR_F, STR_A(value_text(row, "key")),
                        STR_A(value_text(row, "name")));

    for (size_t i = 0; p[i]; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return str_of(p);
}

int msivalues_check(const struct pack_job *j, struct err *e) {
    const struct value *list = value_get(j->section, "registry");
    struct map seen = {.mem = j->mem};
    struct str scope = value_text(j->section, "scope");

    for (const struct value *c = list ? list->child : NULL; c; c = c->next) {
        const char *wrong = what_is_wrong(c);

        if (!wrong && str_is(root_word(c), "HKLM") && scope.n && !str_is(scope, "machine"))
            wrong = "who installs for themselves cannot write to HKLM; HKMU is the user's registry "
                    "then";
        if (!wrong && map_put(&seen, place_of(j, c), &seen))
            wrong = "this value is there already";
        if (wrong)
            return err_set(e, E_RECIPE, "%s: registry: %s", recipe_where(j->recipe, c->at, j->mem),
                           wrong);
    }
    return OK;
}

struct str msivalues_text(struct msibuild *b, struct str text) {
    return str_starts(text, "#") ? str_fmt(b->mem, "#" STR_F, STR_A(text)) : text;
}

/* One text alone has marks on both sides; between two of them a mark says that it is a list. */
static struct str list_of(struct msibuild *b, const struct value *list) {
    struct str all = list->n == 1 ? STR("[~]") : STR("");

    for (const struct value *c = list->child; c; c = c->next)
        all = str_fmt(b->mem, STR_F STR_F "%s", STR_A(all), STR_A(c->s),
                      c->next || list->n == 1 ? "[~]" : "");
    return all;
}

static struct str data_of(struct msibuild *b, const struct value *row) {
    const struct value *v = value_get(row, "value");

    if (!v)
        return (struct str){0};
    switch (type_of(row)) {
    case DWORD:
        return str_fmt(b->mem, "#%d", (int)(int32_t)(uint32_t)v->i);
    case BINARY:
        return str_fmt(b->mem, "#x" STR_F, STR_A(v->s));
    case MULTI:
        return list_of(b, v);
    case EXPAND:
        return str_fmt(b->mem, "#%%" STR_F, STR_A(v->s));
    default:
        return msivalues_text(b, v->s);
    }
}

/* What is the user's own in a package for the machine is a component of its own. */
static struct str component_of(struct msibuild *b, struct str root) {
    bool own = str_is(root, "HKCU") && b->root != MSIBUILD_ROOT_CURRENT_USER;
    struct str id = own ? STR("c_userregistry") : STR("c_registry");

    if (!msibuild_has(b, "Component", id))
        (void)(own ? msibuild_component(b, "userregistry", "INSTALLDIR")
                   : msibuild_component_scope(b, "registry"));
    return id;
}

void msivalues_add(struct msibuild *b) {
    const struct value *list = value_get(b->j->section, "registry");

    for (const struct value *c = list ? list->child : NULL; c; c = c->next) {
        struct str key = value_text(c, "key"), root = str_split(&key, '\\');
        struct str name = value_text(c, "name");
        int number = str_is(root, "HKCR")   ? MSIBUILD_ROOT_CLASSES
                     : str_is(root, "HKCU") ? MSIBUILD_ROOT_CURRENT_USER
                     : str_is(root, "HKLM") ? MSIBUILD_ROOT_LOCAL_MACHINE
                                            : b->root;

        msibuild_registry(b, number, key, name.n ? str_z(b->mem, name) : NULL, data_of(b, c),
                          component_of(b, root));
    }
}
