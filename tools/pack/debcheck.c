/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/debcheck.h"

#include "model/names.h"
#include "pack/debcontrol.h"
#include "pack/linux.h"

#include <string.h>

static bool name_char(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (!first && strchr("+-.", c) && c);
}

static bool name_ok(struct str s) { /* Policy 5.6.1 */
    for (size_t i = 0; i < s.n; i++)
        if (!name_char(s.p[i], i == 0))
            return false;
    return s.n >= 2;
}

static bool version_ok(struct str s) { /* Policy 5.6.12; epoch and revision too */
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!name_char(c, false) && !(c >= 'A' && c <= 'Z') && c != '~' && c != ':')
            return false;
    }
    return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

static bool arch_qualifier_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!name_char(s.p[i], i == 0) || s.p[i] == '.' || s.p[i] == '+')
            return false;
    return s.n > 0;
}

/* "name[:arch] [(>= version)]" */
static bool relation_ok(struct str s, bool only_equal) {
    static const char *const signs[] = {"<<", "<=", "=", ">=", ">>"};
    size_t open = str_find(s, '(');
    struct str whole = str_trim(str_cut(s, 0, open)), name = str_split(&whole, ':');
    struct str in = str_cut(s, open + 1, s.n);
    bool sign = false;

    if (!name_ok(name) || (name.n < str_trim(str_cut(s, 0, open)).n && !arch_qualifier_ok(whole)))
        return false;
    if (open == s.n)
        return true;
    if (!str_ends(in, ")"))
        return false;
    in = str_trim(str_cut(in, 0, in.n - 1));
    for (size_t i = 0; i < COUNT(signs) && !sign; i++)
        if (str_starts(in, signs[i])) {
            size_t n = strlen(signs[i]);

            /* Not "=" of "==" and not "<" before something else. */
            sign = (!only_equal || n == 1) && version_ok(str_trim(str_cut(in, n, in.n)));
        }
    return sign;
}

/* Alternatives have a meaning only for what is wished for: dpkg refuses them elsewhere. */
static bool takes_alternatives(const char *key) {
    return !strcmp(key, "depends") || !strcmp(key, "pre-depends") || !strcmp(key, "recommends") ||
           !strcmp(key, "suggests") || !strcmp(key, "enhances");
}

static bool row_ok(struct str row, const char *key) {
    while (row.n) {
        struct str rest = str_split(&row, ',');
        size_t n = 0;

        if (!str_trim(rest).n)
            return false;
        for (; rest.n; n++)
            if (!relation_ok(str_trim(str_split(&rest, '|')), !strcmp(key, "provides")))
                return false;
        if (n > 1 && !takes_alternatives(key))
            return false;
    }
    return true;
}

static int check_relations(const struct pack_job *j, struct err *e) {
    for (size_t i = 0; debcontrol_relations[i].key; i++) {
        const char *key = debcontrol_relations[i].key;
        const struct value *list = value_get(j->section, key);

        for (const struct value *v = list ? list->child : NULL; v; v = v->next)
            if (!str_trim(v->s).n || !row_ok(v->s, key))
                return err_set(e, E_RECIPE,
                               "%s: deb: %s: \"" STR_F "\" is no relation; write \"libfoo1\", "
                               "\"libfoo1 (>= 1.2)\"%s",
                               recipe_where(j->recipe, v->at, j->mem), key, STR_A(v->s),
                               takes_alternatives(key) ? " or \"libfoo1 | libbar2\"" : "");
    }
    return OK;
}

static int one_line(const struct pack_job *j, const char *key, struct str s, struct pos at,
                    struct err *e) {
    struct err why = {0};

    if (!linux_one_line(j->recipe, key, s, &why))
        return OK;
    return err_set(e, E_RECIPE, "%s: deb: %s must be one line without control characters",
                   recipe_where(j->recipe, at, j->mem), key);
}

static bool same_word(struct str a, const char *b) {
    if (a.n != strlen(b))
        return false;
    for (size_t i = 0; i < a.n; i++)
        if ((a.p[i] | 0x20) != (b[i] | 0x20))
            return false;
    return true;
}

/* A field twice makes the package unreadable. */
static bool written_anyway(struct str name) {
    static const char *const fixed[] = {"Package",    "Version",    "Architecture",   "Essential",
                                        "Multi-Arch", "Maintainer", "Installed-Size", "Section",
                                        "Priority",   "Homepage",   "Description"};

    for (size_t i = 0; i < COUNT(fixed); i++)
        if (same_word(name, fixed[i]))
            return true;
    for (size_t i = 0; debcontrol_relations[i].key; i++)
        if (same_word(name, debcontrol_relations[i].field))
            return true;
    return false;
}

static int check_fields(const struct pack_job *j, struct err *e) {
    const struct value *fields = value_get(j->section, "fields");

    for (const struct value *v = fields ? fields->child : NULL; v; v = v->next) {
        const char *at = recipe_where(j->recipe, v->key_at, j->mem);
        bool ok = v->key.n && v->key.p[0] != '#' && v->key.p[0] != '-';

        for (size_t i = 0; i < v->key.n; i++)
            ok = ok && (unsigned char)v->key.p[i] > 0x20 && v->key.p[i] != ':' &&
                 (unsigned char)v->key.p[i] < 0x7f;
        if (!ok)
            return err_set(e, E_RECIPE, "%s: deb: \"" STR_F "\" is no name of a control field", at,
                           STR_A(v->key));
        if (written_anyway(v->key))
            return err_set(e, E_RECIPE,
                           "%s: deb: the field " STR_F " is made from other keys of the recipe", at,
                           STR_A(v->key));
    }
    return OK;
}

static int check_section(const struct pack_job *j, struct err *e) {
    static const char *const words[] = {"section", "priority", "release"};
    const struct value *triggers = value_get(j->section, "triggers");

    for (size_t i = 0; i < COUNT(words); i++) {
        const struct value *v = value_get(j->section, words[i]);

        if (v && one_line(j, words[i], v->s, v->at, e))
            return (int)e->code;
    }
    for (const struct value *v = triggers ? triggers->child : NULL; v; v = v->next)
        if (one_line(j, "triggers", v->s, v->at, e))
            return (int)e->code;
    if (check_relations(j, e))
        return (int)e->code;
    return check_fields(j, e);
}

int debcheck_job(const struct pack_job *j, struct err *e) {
    const struct recipe *r = j->recipe;
    const struct {
        const char *key;
        struct str value;
    } lines[] = {{"summary", r->summary},
                 {"maintainer", r->maintainer},
                 {"homepage", r->homepage},
                 {"vendor", r->vendor},
                 {"section", r->section}};

    if (!name_ok(r->name))
        return err_set(
            e, E_RECIPE,
            "%s: deb: a package's name has at least two of a-z 0-9 + - . and begins with "
            "a letter or digit, not \"" STR_F "\"",
            recipe_where(r, r->at_name, j->mem), STR_A(r->name));
    if (!names_arch_deb(j->target->arch))
        return err_set(e, E_RECIPE, "%s: deb: Debian has no architecture \"%s\"",
                       recipe_where(r, j->target->at, j->mem), names_arch(j->target->arch));
    if (!r->maintainer.n)
        return err_set(e, E_RECIPE, "%s: deb: needs a maintainer: Name <mail@example.com>",
                       r->file);
    if (!r->summary.n)
        return err_set(e, E_RECIPE, "%s: deb: needs a summary", r->file);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (linux_one_line(r, lines[i].key, lines[i].value, e))
            return (int)e->code;
    return check_section(j, e);
}
