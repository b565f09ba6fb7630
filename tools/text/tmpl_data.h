/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* The files of templates/, compiled in; a row without a name ends the table. */
struct tmpl_data {
    const char *name;
    const char *bytes;
    size_t n;
};
extern const struct tmpl_data tmpl_data[];
