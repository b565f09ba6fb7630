/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tmpdir.h"
#include "stage/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct schema text_item[] = {{.kind = SCHEMA_STR}, {0}};
static const struct schema deb[] = {
    {.key = "depends", .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = text_item}, {0}};
static const struct schema dir[] = {{.key = "path", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED},
                                    {0}};
static const struct schema pgp[] = {
    {.key = "key", .kind = SCHEMA_STR, .flags = SCHEMA_REQUIRED | SCHEMA_SECRET}, {0}};
static const struct load_section sections[] = {
    {.name = "deb", .schema = deb, .kind = LOAD_FORMAT},
    {.name = "rpm", .kind = LOAD_FORMAT},
    {.name = "tar.gz", .kind = LOAD_FORMAT},
    {.name = "openpgp", .schema = pgp, .kind = LOAD_SIGNER},
    {.name = "dir", .schema = dir, .kind = LOAD_PUBLISHER},
    {0}};

static struct tmpdir home;

static void leave(void) {
    tmpdir_drop(&home);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    struct err e = {0};

    (void)argc;
    (void)argv;
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1); /* keeps git out of it */
    home = TMPDIR_NONE;
    if (tmpdir_open(&home, "fuzz", &e))
        abort();
    return atexit(leave);
}

static void write_recipe(const char *path, const void *data, size_t size) {
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena mem = {0};
    struct report said = {.mem = &mem};
    struct err e = {0};
    struct recipe *r;
    const struct recipe *view;
    AUTO(buf) json = BUF_NONE;
    struct load_opts o = {.path = arena_fmt(&mem, "%s/slipway.yaml", home.path),
                          .sections = sections};

    write_recipe(o.path, data, size);
    if (load_recipe(&o, &mem, &said, &r, &e)) {
        if (e.code == E_RECIPE && !said.n)
            abort(); /* every mistake is told */
    } else {
        buf_init(&json, 64 * 1024 * 1024);
        for (size_t i = 0; i < r->n_targets; i++)
            if (recipe_for_format(r, &r->targets[i], "deb", &mem, &view, &e))
                break;
        if (load_resolved(r, &json, &e) && e.code == E_BUG)
            abort();
    }
    arena_drop(&mem);
    return 0;
}
