/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "base/report.h"
#include "model/recipe.h"
#include "model/schema.h"
#include "stage/recipe_for.h"

/* A part of the recipe that somebody else knows: the tables of formats, signers and publishers are
 * handed in, so that the loader names none of them. */
enum load_kind {
    LOAD_FORMAT,    /* a section of its name at top level and in targets; a word of `formats:` */
    LOAD_SIGNER,    /* a section under `sign:` */
    LOAD_PUBLISHER, /* a row of `publish:` with its name after `to:` */
    LOAD_MAP        /* a map of its name at top level */
};

struct load_section {
    const char *name; /* NULL ends a table */
    const struct schema *schema;
    enum load_kind kind;
    const char *help; /* one sentence for a LOAD_MAP */
};

enum { LOAD_STRICT = 1 /* warnings are mistakes */ };

struct load_opts {
    const char *path; /* of the recipe */
    const struct load_section *sections;
    const char *set_version; /* instead of the recipe's; NULL: none */
    const char *const *set;  /* "a.b=c" over the recipe; c is YAML */
    size_t n_set;
    unsigned flags;
};

/* Reads, merges (`extends`), expands and checks a recipe. All mistakes go into `problems`, one line
 * each in the order of the text; the return is E_RECIPE then and *out NULL. A recipe that cannot be
 * read is E_INPUT. */
int load_recipe(const struct load_opts *o, struct arena *a, struct report *problems,
                struct recipe **out, struct err *e) MUST_USE;

/* The recipe as everything after the loader sees it, as JSON: defaults filled, variables expanded,
 * `extends` merged. Its last member "inputs" tells the time and the digests of files that the
 * recipe refers to, so that equal texts mean equal recipes. */
int load_resolved(const struct recipe *r, struct buf *json, struct err *e) MUST_USE;

/* The same of what one package can depend on: without the members that are keys of `without`, in
 * the recipe and in the target. */
int load_resolved_part(const struct recipe *r, const struct target *t, const struct map *without,
                       struct buf *json, struct err *e) MUST_USE;
