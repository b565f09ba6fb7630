/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Options from one table: parsing, help, manual pages and completions come from it. */
enum opts_kind {
    OPTS_FLAG, /* bool; --no-NAME puts it out */
    OPTS_TEXT, /* const char * */
    OPTS_NUM,  /* unsigned */
    OPTS_LIST, /* struct opts_list; given several times, or separated by commas */
    OPTS_FILES /* struct opts_list of paths; a comma is part of a path */
};

enum { OPTS_LIST_MAX = 64 };
struct opts_list {
    const char *v[OPTS_LIST_MAX];
    size_t n;
};

struct opts_row {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* 0: none */
    enum opts_kind kind;
    size_t at;        /* offsetof into the command's struct */
    const char *arg;  /* what the value is called: "FILE" */
    const char *help; /* one line */
};

struct opts_table {
    const struct opts_row *rows;
    void *values;
};

/* Parses argv[from…]; what is no option is moved to the front of argv and counted. Several tables
 * are searched in order.
 * "--" ends the options. E_USAGE with a suggestion. Values point into argv or `mem`. */
int opts_parse(const struct opts_table *tables, size_t n_tables, int argc, char **argv,
               struct arena *mem, int *n_args, struct err *e) MUST_USE;

/* The best of `words` for a mistyped one, or NULL. */
const char *opts_suggest(const char *word, const char *const *words, size_t n);
