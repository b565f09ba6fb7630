/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "text/value.h"

/* What a map of the recipe may hold: one table drives the loader's check, the suggestions, the JSON
 * Schema and the docs. Tables are static const; formats, signers and publishers bring their own
 * (contracts.h). */
enum schema_kind {
    SCHEMA_STR, /* a string; integers and booleans as written are taken too */
    SCHEMA_BOOL,
    SCHEMA_INT,  /* min..max */
    SCHEMA_WORD, /* one of words[] */
    SCHEMA_MAP,  /* of sub[] */
    SCHEMA_LIST, /* of item */
    SCHEMA_DICT, /* free keys, each an item */
    SCHEMA_ANY,  /* whatever; the reader checks it */
};

enum { SCHEMA_REQUIRED = 1, SCHEMA_ONE_OR_LIST = 2 /* a list's single item may stand alone */ };

struct schema {
    const char *key; /* NULL ends a table; in an item: NULL too */
    enum schema_kind kind;
    unsigned flags;
    const char *help;         /* one sentence */
    const struct schema *sub; /* MAP: table; LIST, DICT: the item (one entry) */
    const char *const *words; /* WORD: NULL-ended */
    int64_t min, max;         /* INT; both 0: any */
    int (*check)(
        struct str s,
        struct err *e); /* STR: what is wrong with it, as a message without position; may be NULL */
    const char *pattern; /* STR: the same as a regular expression for the JSON Schema, or NULL */
};
