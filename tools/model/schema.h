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
    SCHEMA_PICK, /* a map; its word under the key `pattern` picks one row of sub[], whose own sub is
                    the table for the rest of the map */
};

enum {
    SCHEMA_REQUIRED = 1,
    SCHEMA_ONE_OR_LIST = 2, /* a list's single item may stand alone */
    SCHEMA_QUOTED = 4,      /* STR: a number or boolean is refused, it has to be a string */
    SCHEMA_LINES = 8,       /* STR: newlines and tabs are fine; else control characters are not */
    SCHEMA_OR_LIST = 16,    /* STR: a list of strings is fine too and stays one */
    SCHEMA_PATH = 32,       /* STR: names a file; for the docs only */
    SCHEMA_SECRET = 64,     /* STR: what was written is shown in no message */
};

struct schema {
    const char *key; /* NULL ends a table; in an item: NULL too */
    enum schema_kind kind;
    unsigned flags;
    const char *help;         /* one sentence */
    const struct schema *sub; /* MAP: table; LIST, DICT: the item (one entry) */
    const char *const *words; /* WORD: NULL-ended */
    int64_t min, max;         /* INT; both 0: any. LIST: at least min items */
    int (*check)(
        struct str s,
        struct err *e); /* STR: what is wrong with it, as a message without position; may be NULL */
    const char *pattern; /* STR: the same as a regular expression for the JSON Schema, or NULL */
};

struct flaws;

/* Checks a map against a table and notes all that is wrong. Readers may rely on the kinds
 * afterwards: a STR that was written as a number or boolean becomes VALUE_STR, a single item of a
 * ONE_OR_LIST becomes a list. What does not fit is taken out of the map, so that it reads as
 * absent; a VALUE_NULL that is `quoted` is taken out in silence, its mistake has been told. `place`
 * names the map in messages: "targets[0]"; "" for the outermost. */
void schema_check(struct value *map, const struct schema *table, const char *place,
                  struct flaws *f);

/* The row of a key, NULL when the table (which may be NULL) has none. */
const struct schema *schema_find(const struct schema *table, struct str key);

/* The nearest of the words, or NULL when none is near enough to be meant. */
const char *schema_near(struct str word, const char *const *words);
