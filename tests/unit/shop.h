/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What tests of packagers share: a recipe, what it is made of, a folder for what comes out. A test
 * that keeps more says so by SHOP_MORE, members of the struct. */
#include "model/contracts.h"
#include "os/tmpdir.h"
#include "text/value.h"
#include "unit/cmocka_all.h"

#include <string.h>

#ifndef SHOP_MORE
#define SHOP_MORE
#endif

struct shop {
    struct arena mem;
    struct tmpdir dir;
    struct recipe r;
    struct target t;
    struct pack_job j;
    struct tree app, pkg;
    struct err e;
    SHOP_MORE
};

/* A setup function calls this: a recipe with a name and a version, and trees without entries. */
static inline struct shop *shop_open(const char *kind) {
    struct shop *s = mem_alloc(sizeof *s);

    s->dir = TMPDIR_NONE;
    if (tmpdir_open(&s->dir, kind, &s->e))
        fail_msg("%s", s->e.msg);
    s->r = (struct recipe){.file = "slipway.yaml",
                           .dir = s->dir.path,
                           .name = STR("hello"),
                           .title = STR("Hello"),
                           .version = STR("1.2.0-beta.1"),
                           .time = 1767225600};
    s->j = (struct pack_job){
        .recipe = &s->r, .target = &s->t, .jobs = 1, .mem = &s->mem, .spool = s->dir.fd};
    s->app.mem = s->pkg.mem = &s->mem;
    return s;
}

static inline int close_shop(void **state) {
    struct shop *s = *state;

    tmpdir_drop(&s->dir);
    arena_drop(&s->mem);
    mem_free(s);
    return 0;
}

/* What the recipe says of the format. */
static inline void section(struct shop *s, const char *yaml) {
    struct value *v;

    if (value_yaml(str_of(yaml), "slipway.yaml", &s->mem, &v, &s->e))
        fail_msg("%s", s->e.msg);
    s->j.section = v;
}
