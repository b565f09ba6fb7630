/* SPDX-License-Identifier: Apache-2.0 */
#include "os/envvar.h"

#include <stdlib.h>

const char *envvar_get(const char *name) {
    return getenv(name);
}

bool envvar_is_set(const char *name) {
    const char *v = getenv(name);

    return v && *v;
}

static bool same_name(const char *have, struct str add) {
    struct str k = str_cut(add, 0, str_find(add, '='));

    return str_eq(str_cut(str_of(have), 0, k.n), k) && have[k.n] == '=';
}

const char *const *envvar_without(struct arena *a, const struct str *hide, size_t n_hide,
                                  const struct str *add, size_t n) {
    extern char **environ;
    size_t have = 0, kept = 0;
    const char **v;

    while (environ && environ[have])
        have++;
    v = arena_array(a, have + n + 1, sizeof *v);
    for (size_t i = 0; i < have; i++) {
        bool over = false;

        for (size_t k = 0; k < n && !over; k++)
            over = same_name(environ[i], add[k]);
        for (size_t k = 0; k < n_hide && !over; k++)
            over = same_name(environ[i], hide[k]);
        if (!over)
            v[kept++] = environ[i];
    }
    for (size_t k = 0; k < n; k++)
        v[kept++] = str_z(a, add[k]);
    return v;
}

const char *const *envvar_with(struct arena *a, const struct str *add, size_t n) {
    return envvar_without(a, NULL, 0, add, n);
}
