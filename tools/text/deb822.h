/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Debian control paragraphs: deb822(5). */

/* Appends "NAME: value\n"; nothing when the value is empty. Further lines are folded: a blank in
 * front, " ." for an empty line, no newlines at the end. A value that begins with a newline starts
 * on the second line ("Conffiles:\n /etc/x"). */
void deb822_put(struct buf *out, const char *name, struct str value);

/* The folded value alone, without a newline at its end. */
void deb822_fold(struct str value, struct buf *out);

struct deb822_field {
    struct str name, value; /* lines joined by newlines, the folding undone */
    unsigned line;
};
struct deb822_para {
    struct deb822_field *v; /* in written order */
    size_t n;
    unsigned line;
};

/* All paragraphs of a text. E_INPUT "file:line: …" for what is no field, a name that is there
 * twice, a NUL byte, over 1,000 fields in a paragraph. The caller bounds the text. */
int deb822_read(struct str text, const char *file, struct arena *a, struct deb822_para **paras,
                size_t *n, struct err *e) MUST_USE;

/* A field's value, its name in any case; empty when absent. p may be NULL. */
struct str deb822_get(const struct deb822_para *p, const char *name);
