/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/flaw.h"
#include "model/recipe.h"
#include "os/git.h"

/* What {{ }} stands for in a recipe: version name title os arch time date env.X git.X. */
struct vars {
    struct arena *mem;
    struct flaws *flaws;
    struct value *map;
    struct git_facts git;
    int64_t time;  /* the release's clock */
    bool timeless; /* nothing gave a time: it is 0 */
    size_t made;   /* bytes that expanding has made */
};

/* Gathers what a recipe asks for (git is only looked at where it is needed) and expands every
 * string that belongs to no target, then those of each target with its os and arch. `version: git`
 * becomes the version. `dir` is the recipe's folder. Mistakes are noted; an error is one of the
 * machine. */
int vars_expand(struct vars *v, struct value *root, const char *dir, struct err *e) MUST_USE;
