/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* The summary information of an installer package: the stream "\5SummaryInformation", a property
 * set of [MS-OLEPS]. Windows Installer wants an ANSI code page in it, and WiX writes nothing else:
 * it is 1252 where that holds all texts, else 65001, which the Explorer reads too. */
struct msisum {
    struct str title, subject, author, keywords, comments;
    struct str template; /* "x64;1033" */
    struct str revision; /* the package code */
    struct str program;  /* what made it */
    int64_t time;        /* seconds since 1970, made and saved */
    int pages;           /* least version of the installer: 200, 500 for arm64 */
    int words;           /* 2: files in cabinets, 8: asks for no elevation */
    int security;        /* 2: to be opened read-only */
};

#define MSISUM_STREAM "\005SummaryInformation"

void msisum_write(const struct msisum *s, struct buf *out);

/* Reads what a package says; properties that are not there stay empty. E_INPUT when it is no
 * property set. Strings lie in `bytes`. */
int msisum_read(struct str bytes, struct msisum *s, struct err *e) MUST_USE;
