/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What the recipe's strings have to look like. Each is a struct schema's `check`: 0, or E_RECIPE
 * with a message that says what is expected. The RULES_… texts beside them say the same as regular
 * expressions (ECMA 262, for the JSON Schema). */
int rules_name(struct str s, struct err *e);
int rules_id(struct str s, struct err *e);
int rules_version(struct str s, struct err *e);
int rules_release(struct str s, struct err *e);
int rules_mail(struct str s, struct err *e);
int rules_url(struct str s, struct err *e);
int rules_scheme(struct str s, struct err *e);
int rules_mode(struct str s, struct err *e);
int rules_spdx(struct str s, struct err *e);
int rules_some(struct str s, struct err *e);      /* not empty */
int rules_to(struct str s, struct err *e);        /* where a file goes: no ".."; "." is the root */
int rules_inside(struct str s, struct err *e);    /* the same, and not absolute */
int rules_account(struct str s, struct err *e);   /* an owner or group */
int rules_unit(struct str s, struct err *e);      /* a service's name */
int rules_variable(struct str s, struct err *e);  /* an environment variable's name */
int rules_extension(struct str s, struct err *e); /* a file extension, without the dot */
int rules_mime(struct str s, struct err *e);

/* The number of an octal mode that rules_mode likes. */
uint32_t rules_mode_bits(struct str s);

#define RULES_NAME "^[a-z0-9][a-z0-9+.-]*$"
#define RULES_ID "^[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_][A-Za-z0-9_-]*)+$"
#define RULES_VERSION                                                                              \
    "^(git|(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"                                    \
    "(-((0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"                                              \
    "(\\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"                                        \
    "(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?)$"
#define RULES_RELEASE "^[0-9A-Za-z][0-9A-Za-z.+~]*$"
#define RULES_MAIL "^[^<>\\s][^<>]* <[^<>@\\s]+@[^<>@\\s]+>$"
#define RULES_URL "^https?://[^\\s/?#]+([/?#]\\S*)?$"
#define RULES_SCHEME "^[a-z][a-z0-9+.-]*$"
#define RULES_MODE "^0?[0-7]{3,4}$"
#define RULES_SOME "^[\\s\\S]"
#define RULES_TO "^(\\./?|/|(/|\\./)?(?!\\.{1,2}(/|$))[^/]+(/(?!\\.{1,2}(/|$))[^/]+)*/?)$"
#define RULES_INSIDE "^(?!\\.{1,2}(/|$))[^/]+(/(?!\\.{1,2}(/|$))[^/]+)*$"
#define RULES_ACCOUNT "^[A-Za-z_][A-Za-z0-9_.-]*\\$?$"
#define RULES_UNIT "^[A-Za-z0-9][A-Za-z0-9_.@:-]*$"
#define RULES_VARIABLE "^[A-Za-z_][A-Za-z0-9_]*$"
#define RULES_EXTENSION "^[^./\\s][^/\\s]*$"
#define RULES_MIME "^[a-z0-9][a-z0-9.+-]*/[A-Za-z0-9][A-Za-z0-9.+-]*$"
