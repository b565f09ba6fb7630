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
