/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "text/value.h"

/* A first recipe from what lies in a project's folder: package.json, Cargo.toml, go.mod,
 * CMakeLists.txt and the configurations of goreleaser, nfpm and electron-builder. */
struct guess {
    struct arena *mem;
    const char *dir;
    const char *kind;         /* the build that was found: cargo go cmake npm electron plain */
    struct value *vars;       /* what the templates of templates/init/ need */
    const struct value *peer; /* electron-builder's configuration, NULL without one */
    size_t left;              /* its settings that the recipe cannot say, and tells at its end */
    struct str from; /* the files that it was taken from, "Cargo.toml, nfpm.yaml"; may be empty */
};

/* Never fails for a file that cannot be understood: that one is passed over with a warning. */
int guess_project(const char *dir, struct arena *a, struct guess *g, struct err *e) MUST_USE;

/* The recipe's text, with comments for who writes on. */
int guess_recipe(const struct guess *g, struct buf *out, struct err *e) MUST_USE;

/* For the readers: notes a fact that is not known yet. What the recipe would not take (a version
 * that is none, another tool's placeholders) is passed over. */
void guess_put(struct guess *g, const char *key, struct str text);
