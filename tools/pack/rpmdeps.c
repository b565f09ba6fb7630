/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmdeps.h"

#include "container/elf.h"
#include "container/rpmtags.h"

#include <stdlib.h>
#include <string.h>

static const struct rpmdeps_row {
    const char *key;
    uint32_t name, flags, version; /* tags */
    bool rich;                     /* (a or b) makes sense */
} rpmdeps_rows[RPMDEPS_KINDS] = {
    {"requires", RPMTAGS_REQUIRENAME, RPMTAGS_REQUIREFLAGS, RPMTAGS_REQUIREVERSION, true},
    {"provides", RPMTAGS_PROVIDENAME, RPMTAGS_PROVIDEFLAGS, RPMTAGS_PROVIDEVERSION, false},
    {"conflicts", RPMTAGS_CONFLICTNAME, RPMTAGS_CONFLICTFLAGS, RPMTAGS_CONFLICTVERSION, true},
    {"obsoletes", RPMTAGS_OBSOLETENAME, RPMTAGS_OBSOLETEFLAGS, RPMTAGS_OBSOLETEVERSION, false},
    /* The newer ones stand in another order: name, version, flags. */
    {"recommends", RPMTAGS_RECOMMENDNAME, RPMTAGS_RECOMMENDNAME + 2, RPMTAGS_RECOMMENDNAME + 1,
     true},
    {"suggests", RPMTAGS_SUGGESTNAME, RPMTAGS_SUGGESTNAME + 2, RPMTAGS_SUGGESTNAME + 1, true},
    {"supplements", RPMTAGS_SUPPLEMENTNAME, RPMTAGS_SUPPLEMENTNAME + 2, RPMTAGS_SUPPLEMENTNAME + 1,
     true},
    {"enhances", RPMTAGS_ENHANCENAME, RPMTAGS_ENHANCENAME + 2, RPMTAGS_ENHANCENAME + 1, true},
};

static int wrong(const struct pack_job *j, enum rpmdeps_kind k, const struct value *v,
                 const char *why, struct err *e) {
    return err_set(e, E_RECIPE, "%s: rpm: %s: \"" STR_F "\" %s",
                   recipe_where(j->recipe, v->at, j->mem), rpmdeps_rows[k].key, STR_A(v->s), why);
}

static bool printable(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 0;
}

static bool balanced(struct str s) {
    size_t open = 0;

    for (size_t i = 0; i < s.n; i++) {
        open += s.p[i] == '(';
        if (s.p[i] == ')' && (!open-- || (!open && i + 1 < s.n)))
            return false;
    }
    return !open && s.n > 2;
}

static bool operation(struct str s, uint32_t *flags) {
    static const struct {
        const char *word;
        uint32_t flags;
    } rows[] = {
        {"<", RPMDEPS_LESS},    {"<=", RPMDEPS_LESS | RPMDEPS_EQUAL},
        {"=", RPMDEPS_EQUAL},   {"==", RPMDEPS_EQUAL},
        {">", RPMDEPS_GREATER}, {">=", RPMDEPS_GREATER | RPMDEPS_EQUAL},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_is(s, rows[i].word)) {
            *flags = rows[i].flags;
            return true;
        }
    return false;
}

/* rpmbuild: "Dependency tokens must begin with alpha-numeric, '_' or '/'". */
static bool name_ok(struct str s) {
    char c = s.n ? s.p[0] : 0;

    return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            c == '_' || c == '/') &&
           str_find(s, ',') == s.n;
}

static bool version_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
              (s.p[i] >= 'A' && s.p[i] <= 'Z') || memchr("._+~^:-", s.p[i], 7)))
            return false;
    return s.n > 0;
}

static int parse(const struct pack_job *j, enum rpmdeps_kind k, const struct value *v,
                 struct rpmdeps_one *x, struct err *e) {
    struct str rest = str_trim(v->s), op;

    *x = (struct rpmdeps_one){0};
    if (!printable(rest))
        return wrong(j, k, v, "must be one line without control characters", e);
    if (rest.p[0] == '(') {
        if (!rpmdeps_rows[k].rich || !balanced(rest))
            return wrong(j, k, v, "is no relation: \"name\" or \"name >= 1.2\"", e);
        x->name = rest;
        return OK;
    }
    x->name = str_split(&rest, ' ');
    if (!name_ok(x->name))
        return wrong(j, k, v, "is no relation: \"name\" or \"name >= 1.2\", one to a list item", e);
    rest = str_trim(rest);
    if (!rest.n)
        return OK;
    op = str_split(&rest, ' ');
    x->version = str_trim(rest);
    if (!operation(op, &x->flags) || !version_ok(x->version))
        return wrong(j, k, v, "is no relation: \"name\" or \"name >= 1.2\", one to a list item", e);
    return OK;
}

static int each(struct rpmdeps *d, const struct pack_job *j, struct err *e) {
    for (int k = 0; k < RPMDEPS_KINDS; k++) {
        const struct value *list = value_get(j->section, rpmdeps_rows[k].key);

        for (const struct value *v = list ? list->child : NULL; v; v = v->next) {
            struct rpmdeps_one x;

            if (parse(j, (enum rpmdeps_kind)k, v, &x, e))
                return (int)e->code;
            if (d)
                rpmdeps_add(d, (enum rpmdeps_kind)k, x.name, x.flags, x.version);
        }
    }
    return OK;
}

int rpmdeps_check(const struct pack_job *j, struct err *e) {
    return each(NULL, j, e);
}

int rpmdeps_section(struct rpmdeps *d, const struct pack_job *j, struct err *e) {
    return each(d, j, e);
}

void rpmdeps_add(struct rpmdeps *d, enum rpmdeps_kind k, struct str name, uint32_t flags,
                 struct str version) {
    struct rpmdeps_list *l = &d->list[k];

    l->v = arena_grow(d->mem, l->v, l->n, l->n + 1, sizeof *l->v, &l->room);
    l->v[l->n++] = (struct rpmdeps_one){name, version, flags};
}

void rpmdeps_rpmlib(struct rpmdeps *d, const char *feature, const char *since) {
    rpmdeps_add(d, RPMDEPS_REQUIRES, str_fmt(d->mem, "rpmlib(%s)", feature),
                RPMDEPS_RPMLIB | RPMDEPS_LESS | RPMDEPS_EQUAL, str_of(since));
}

/* libfoo.so.1(VERS_1)(64bit): what rpm's elfdeps writes. */
static struct str library(struct arena *mem, struct str soname, struct str version, bool is64) {
    if (!version.n && !is64)
        return str_dup(mem, soname);
    return str_fmt(mem, STR_F "(" STR_F ")%s", STR_A(soname), STR_A(version),
                   is64 ? "(64bit)" : "");
}

static void add_elf(struct rpmdeps *d, const struct elf *x, bool executable, bool requires,
                    bool provides) {
    const struct str none = {0};

    if (provides && x->type == ELF_TYPE_DYN && x->soname.n) {
        rpmdeps_add(d, RPMDEPS_PROVIDES, library(d->mem, x->soname, none, x->is64),
                    RPMDEPS_FOUND_PROVIDES, none);
        for (size_t i = 0; i < x->n_gives; i++)
            rpmdeps_add(d, RPMDEPS_PROVIDES, library(d->mem, x->soname, x->gives[i], x->is64),
                        RPMDEPS_FOUND_PROVIDES, none);
    }
    if (!requires || !executable || !x->dynamic) /* rpm: only what may be executed needs anything */
        return;
    for (size_t i = 0; i < x->n_needed; i++)
        rpmdeps_add(d, RPMDEPS_REQUIRES, library(d->mem, x->needed[i], none, x->is64),
                    RPMDEPS_FOUND_REQUIRES, none);
    for (size_t i = 0; i < x->n_wants; i++)
        if (!x->wants[i].weak)
            rpmdeps_add(d, RPMDEPS_REQUIRES,
                        library(d->mem, x->wants[i].file, x->wants[i].version, x->is64),
                        RPMDEPS_FOUND_REQUIRES, none);
    if (x->gnu_hash && !x->hash)
        rpmdeps_add(d, RPMDEPS_REQUIRES, STR("rtld(GNU_HASH)"), RPMDEPS_FOUND_REQUIRES, none);
}

int rpmdeps_elf(struct rpmdeps *d, const struct pack_job *j, const struct rpmfiles *f,
                uint32_t **color, struct err *e) {
    bool requires = value_flag(j->section, "auto-requires", true);
    bool provides = value_flag(j->section, "auto-provides", true);

    *color = arena_array(d->mem, f->n, sizeof **color);
    for (size_t i = 0; i < f->n; i++) {
        const struct tree_entry *t = f->v[i].bytes;
        AUTO(infile) in = INFILE_NONE;
        struct err damaged = {0};
        struct elf_head head;
        struct elf x;

        if (t->kind != TREE_FILE || !(t->marks & TREE_ELF) || !t->bytes.path ||
            f->v[i].entry->marks & TREE_GHOST)
            continue;
        if (infile_open(&in, FSYS_HERE, t->bytes.path, e))
            return (int)e->code;
        if (elf_head(&in, &head, &damaged))
            continue; /* data that begins like an ELF file */
        (*color)[i] = head.is64 ? 2 : 1;
        if ((requires || provides) && !elf_read(&in, d->mem, &x, &damaged))
            add_elf(d, &x, f->v[i].entry->mode & 0111, requires, provides);
    }
    return OK;
}

static int compare(const void *a, const void *b) {
    const struct rpmdeps_one *x = a, *y = b;
    int c = str_cmp(x->name, y->name);

    if (!c)
        c = str_cmp(x->version, y->version);
    return c ? c : (x->flags > y->flags) - (x->flags < y->flags);
}

static void add_features(struct rpmdeps *d) {
    bool tilde = false, caret = false, rich = false;

    for (int k = 0; k < RPMDEPS_KINDS; k++)
        for (size_t i = 0; i < d->list[k].n; i++) {
            const struct rpmdeps_one *x = &d->list[k].v[i];

            tilde |= str_find(x->version, '~') < x->version.n;
            caret |= str_find(x->version, '^') < x->version.n;
            rich |= str_starts(x->name, "(");
        }
    if (tilde)
        rpmdeps_rpmlib(d, "TildeInVersions", "4.10.0-1");
    if (caret)
        rpmdeps_rpmlib(d, "CaretInVersions", "4.15.0-1");
    if (rich)
        rpmdeps_rpmlib(d, "RichDependencies", "4.12.0-1");
}

void rpmdeps_tags(struct rpmdeps *d, struct rpmhdr *h) {
    add_features(d);
    for (int k = 0; k < RPMDEPS_KINDS; k++) {
        struct rpmdeps_list *l = &d->list[k];
        struct str *name = arena_array(d->mem, l->n, sizeof *name);
        struct str *version = arena_array(d->mem, l->n, sizeof *version);
        uint32_t *flags = arena_array(d->mem, l->n, sizeof *flags);
        size_t n = 0;

        if (!l->n)
            continue;
        qsort(l->v, l->n, sizeof *l->v, compare);
        for (size_t i = 0; i < l->n; i++) {
            if (i && !compare(&l->v[i], &l->v[i - 1]))
                continue;
            name[n] = l->v[i].name;
            version[n] = l->v[i].version;
            flags[n++] = l->v[i].flags;
        }
        rpmhdr_add_texts(h, rpmdeps_rows[k].name, name, n);
        rpmhdr_add_texts(h, rpmdeps_rows[k].version, version, n);
        rpmhdr_add_u32(h, rpmdeps_rows[k].flags, flags, n);
    }
}
