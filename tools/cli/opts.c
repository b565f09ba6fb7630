/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const struct opts_table *tables;
    size_t n;
    struct arena *mem;
};

const char *opts_suggest(const char *word, const char *const *words, size_t n) {
    size_t best = strlen(word) / 3 + 2;
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t d = str_distance(str_of(word), str_of(words[i]));

        if (d < best) {
            best = d;
            found = words[i];
        }
    }
    return found;
}

static const struct opts_row *find(const struct parser *p, struct str name, char letter,
                                   void **values) {
    for (size_t t = 0; t < p->n; t++)
        for (const struct opts_row *r = p->tables[t].rows; r && r->name; r++)
            if (letter ? r->letter == letter : str_is(name, r->name)) {
                *values = p->tables[t].values;
                return r;
            }
    return NULL;
}

static int unknown(const struct parser *p, const char *arg, struct str name, struct err *e) {
    const char *words[256];
    const char *close;
    size_t n = 0;

    for (size_t t = 0; t < p->n; t++)
        for (const struct opts_row *r = p->tables[t].rows; r && r->name && n < COUNT(words); r++)
            words[n++] = r->name;
    close = opts_suggest(str_z(p->mem, name), words, n);
    if (close)
        return err_set(e, E_USAGE, "unknown option %s; did you mean --%s?", arg, close);
    return err_set(e, E_USAGE, "unknown option %s; --help lists them", arg);
}

static int add(struct opts_list *l, const char *option, const char *value, struct err *e) {
    if (l->n == OPTS_LIST_MAX)
        return err_set(e, E_USAGE, "--%s is given more than %d times", option, OPTS_LIST_MAX);
    l->v[l->n++] = value;
    return OK;
}

static int store(const struct parser *p, const struct opts_row *r, void *values, const char *text,
                 struct err *e) {
    char *at = (char *)values + r->at;
    struct str rest = str_of(text);
    uint64_t n;

    switch (r->kind) {
    case OPTS_FLAG:
        *(bool *)(void *)at = true;
        return OK;
    case OPTS_TEXT:
        *(const char **)(void *)at = text;
        return OK;
    case OPTS_NUM:
        if (!str_u64(rest, 1000000, &n))
            return err_set(e, E_USAGE, "--%s takes a number, not \"%s\"", r->name, text);
        *(unsigned *)(void *)at = (unsigned)n;
        return OK;
    case OPTS_FILES:
        return add((struct opts_list *)(void *)at, r->name, text, e);
    case OPTS_LIST:
        while (rest.n)
            if (add((struct opts_list *)(void *)at, r->name, str_z(p->mem, str_split(&rest, ',')),
                    e))
                return (int)e->code;
        return OK;
    }
    return OK;
}

static int take_long(const struct parser *p, char **argv, int argc, int *i, struct err *e) {
    const char *arg = argv[*i];
    struct str name = str_of(arg + 2);
    size_t eq = str_find(name, '=');
    const char *value = eq < name.n ? name.p + eq + 1 : NULL;
    const struct opts_row *r;
    void *values;

    name.n = eq;
    r = find(p, name, 0, &values);
    if (!r && str_starts(name, "no-")) {
        r = find(p, str_cut(name, 3, name.n), 0, &values);
        if (r && r->kind == OPTS_FLAG && !value) {
            *(bool *)(void *)((char *)values + r->at) = false;
            return OK;
        }
        r = NULL;
    }
    if (!r)
        return unknown(p, arg, name, e);
    if (r->kind == OPTS_FLAG && value)
        return err_set(e, E_USAGE, "--%s takes no value", r->name);
    if (r->kind != OPTS_FLAG && !value) {
        if (*i + 1 >= argc)
            return err_set(e, E_USAGE, "--%s needs a value: --%s %s", r->name, r->name, r->arg);
        value = argv[++*i];
    }
    return store(p, r, values, value, e);
}

static int take_short(const struct parser *p, char **argv, int argc, int *i, struct err *e) {
    const char *arg = argv[*i];

    for (const char *c = arg + 1; *c; c++) {
        void *values;
        const struct opts_row *r = find(p, STR(""), *c, &values);
        const char *value = NULL;

        if (!r)
            return err_set(e, E_USAGE, "unknown option -%c; --help lists them", *c);
        if (r->kind != OPTS_FLAG) {
            if (!c[1] && *i + 1 >= argc)
                return err_set(e, E_USAGE, "-%c needs a value: -%c %s", *c, *c, r->arg);
            value = c[1] ? c + 1 : argv[++*i];
        }
        if (store(p, r, values, value, e))
            return (int)e->code;
        if (value)
            break;
    }
    return OK;
}

int opts_parse(const struct opts_table *tables, size_t n_tables, int argc, char **argv,
               struct arena *mem, int *n_args, struct err *e) {
    struct parser p = {tables, n_tables, mem};
    bool ended = false;

    *n_args = 0;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        int rc = OK;

        if (ended || arg[0] != '-' || !arg[1])
            argv[(*n_args)++] = argv[i];
        else if (!strcmp(arg, "--"))
            ended = true;
        else if (arg[1] == '-')
            rc = take_long(&p, argv, argc, &i, e);
        else
            rc = take_short(&p, argv, argc, &i, e);
        if (rc)
            return rc;
    }
    return OK;
}
