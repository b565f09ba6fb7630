/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/pe.h"

/* What a program says of itself: its headers, and the resources that shells show. */
struct pe_facts_string {
    struct str key, value; /* UTF-8 */
};
struct pe_facts_icon {
    unsigned width, height, bits; /* bits a point; 0: not said */
};

struct pe_facts {
    uint16_t subsystem;
    bool managed;   /* code of .NET */
    bool has_fixed; /* `file` and `product` are there */
    uint16_t file[4], product[4];
    struct pe_facts_string *string; /* of the version's first language */
    size_t n_strings;
    struct pe_facts_icon *icon; /* of the group that shells show */
    size_t n_icons;
    struct str manifest; /* XML in UTF-8; empty: none */
    const char *damage;  /* of the resources, which the system may take all the same; NULL: none */
};

const char *pe_facts_subsystem(uint16_t subsystem); /* "console"; NULL for others */

/* Resources that cannot be read are told by `damage`. E_INPUT when the file cannot be. */
int pe_facts_read(const struct pe *p, struct arena *mem, struct pe_facts *f,
                  struct err *e) MUST_USE;
