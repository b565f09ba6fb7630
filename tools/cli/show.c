/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/show.h"

#include "cli/progress.h"

static void line(int indent, struct str key, struct str text) {
    printf("%*s", indent, "");
    progress_safe(stdout, key, false);
    fputs(": ", stdout);
    progress_safe(stdout, text, true);
    putchar('\n');
}

static void scalar(int indent, struct str key, const struct value *v) {
    char number[24];

    if (v->kind == VALUE_INT) {
        snprintf(number, sizeof number, "%lld", (long long)v->i);
        line(indent, key, str_of(number));
    } else if (v->kind == VALUE_BOOL) {
        line(indent, key, v->b ? STR("yes") : STR("no"));
    } else {
        line(indent, key, v->s);
    }
}

void show_fact(const struct value *v) {
    if (v->kind == VALUE_LIST) {
        for (const struct value *x = v->child; x; x = x->next)
            scalar(2, v->key, x);
    } else if (v->kind == VALUE_MAP) {
        printf("  ");
        progress_safe(stdout, v->key, false);
        fputs(":\n", stdout);
        for (const struct value *x = v->child; x; x = x->next)
            scalar(4, x->key, x);
    } else {
        scalar(2, v->key, v);
    }
}

/* Where one leads, on one line. */
static void show_chain(const struct value *chain) {
    if (!chain->n)
        return;
    fputs("    issuers: ", stdout);
    for (const struct value *x = chain->child; x; x = x->next) {
        progress_safe(stdout, x->s, false);
        fputs(x->next ? " <- " : "\n", stdout);
    }
}

void show_signatures(const struct value *list) {
    size_t n = 0;

    for (const struct value *s = list->child; s; s = s->next) {
        int64_t in = value_number(s, "nested-in", 0);

        printf("  signature %zu", ++n);
        if (in)
            printf(", nested in %d", (int)in);
        fputs(value_flag(s, "good", false) ? ":\n" : ", which is not good:\n", stdout);
        for (const struct value *v = s->child; v; v = v->next)
            if (v->kind == VALUE_STR)
                line(4, v->key, v->s);
            else if (v->kind == VALUE_LIST)
                show_chain(v);
        if (!value_text(s, "stamped").n)
            line(4, STR("time stamp"), STR("none"));
    }
}
