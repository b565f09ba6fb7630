/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/rpmhdr.h"
#include "pack/rpmfiles.h"

/* What an RPM package needs, brings and does not go with. */
enum rpmdeps_kind {
    RPMDEPS_REQUIRES,
    RPMDEPS_PROVIDES,
    RPMDEPS_CONFLICTS,
    RPMDEPS_OBSOLETES,
    RPMDEPS_RECOMMENDS,
    RPMDEPS_SUGGESTS,
    RPMDEPS_SUPPLEMENTS,
    RPMDEPS_ENHANCES,
    RPMDEPS_KINDS
};

enum rpmdeps_flag { /* RPMSENSE_… of rpmds.h */
                    RPMDEPS_LESS = 2,
                    RPMDEPS_GREATER = 4,
                    RPMDEPS_EQUAL = 8,
                    RPMDEPS_POSTTRANS = 1 << 5,
                    RPMDEPS_PRETRANS = 1 << 7,
                    RPMDEPS_INTERP = 1 << 8,
                    RPMDEPS_PRE = 1 << 9,
                    RPMDEPS_POST = 1 << 10,
                    RPMDEPS_PREUN = 1 << 11,
                    RPMDEPS_POSTUN = 1 << 12,
                    RPMDEPS_FOUND_REQUIRES = 1 << 14,
                    RPMDEPS_FOUND_PROVIDES = 1 << 15,
                    RPMDEPS_RPMLIB = 1 << 24,
                    RPMDEPS_CONFIG = 1 << 28,
};

struct rpmdeps_one {
    struct str name, version;
    uint32_t flags;
};

struct rpmdeps { /* empty: `{.mem = arena}` */
    struct arena *mem;
    struct rpmdeps_list {
        struct rpmdeps_one *v;
        size_t n, room;
    } list[RPMDEPS_KINDS];
};

/* The section's lists: "name", "name >= 1.2", "(a or b)". E_RECIPE with the place of a bad one. */
int rpmdeps_check(const struct pack_job *j, struct err *e) MUST_USE;
int rpmdeps_section(struct rpmdeps *d, const struct pack_job *j, struct err *e) MUST_USE;

void rpmdeps_add(struct rpmdeps *d, enum rpmdeps_kind k, struct str name, uint32_t flags,
                 struct str version);
void rpmdeps_rpmlib(struct rpmdeps *d, const char *feature, const char *since);

/* Libraries that the ELF files need and bring, as rpm's elfdeps tells them; *color gets 1 for 32
 * and 2 for 64 bit files, 0 for others. */
int rpmdeps_elf(struct rpmdeps *d, const struct pack_job *j, const struct rpmfiles *f,
                uint32_t **color, struct err *e) MUST_USE;

/* All tags, sorted and each relation once; with the rpmlib() features that the relations need. */
void rpmdeps_tags(struct rpmdeps *d, struct rpmhdr *h);
