/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A slice: bytes that somebody else owns, not NUL-terminated by contract. Empty: `{0}`. */
struct str {
    const char *p;
    size_t n;
};

/* For printf: printf("%" STR_F, STR_A(s)) is written as "x " STR_F with STR_A(s).
 * STR_A evaluates its argument twice: no calls that move something in it. */
#define STR_F "%.*s"
#define STR_A(s) (int)((s).n), (s).p ? (s).p : ""
#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})

struct str str_of(const char *z);                  /* of a NUL-terminated string; NULL is empty */
struct str str_dup(struct arena *a, struct str s); /* a copy; its byte behind the end is NUL */
const char *str_z(struct arena *a, struct str s);  /* a NUL-terminated copy */
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *z);
int str_cmp(struct str a, struct str b); /* by unsigned bytes, shorter first */
bool str_starts(struct str s, const char *z);
bool str_ends(struct str s, const char *z);
size_t str_find(struct str s, char c);                    /* index of c, or s.n */
size_t str_rfind(struct str s, char c);                   /* index of the last c, or s.n */
bool str_has(struct str s, const char *z);                /* z occurs in s */
struct str str_cut(struct str s, size_t from, size_t to); /* s[from..to), both clamped */
struct str str_trim(struct str s); /* without blanks and newlines at both ends */

/* Cuts the part before the next `c` off *rest and returns it; the whole rest when there is none. */
struct str str_split(struct str *rest, char c);

/* Decimal digits only, at most `max`; false leaves *v alone. */
bool str_u64(struct str s, uint64_t max, uint64_t *v);

bool str_utf8(struct str s); /* valid UTF-8, no surrogates, no overlong forms */

/* Edits needed to turn a into b (insert, delete, replace, swap); for "did you mean". Cuts off
 * at 64. */
size_t str_distance(struct str a, struct str b);
