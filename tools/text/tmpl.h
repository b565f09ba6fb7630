/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "text/value.h"

/* Text templates, for recipes and for templates/ alike:
 *   {{ name }}            the value, as it is; an unknown name is an error (E_RECIPE with line and
 * column in the text)
 *   {{ env.HOME }}        members by dots
 *   {{ name | xml }}      escaped, several in a row: xml; sh (a single-quoted word); json (the
 * value as JSON, a string with its quotes); desktop (a .desktop value); deb822 (a folded field);
 * nsis (inside "…"); upper; lower
 *   {{#each services}} … {{/each}}   the body once a list member; inside, the member's keys first,
 * then the outer ones; {{ . }} is the member
 *   {{#if x}} … {{else}} … {{/if}}   false, empty, absent (only here absence is no error) and null
 * count as no
 *   {{! comment }}        nothing. A block tag alone on its line takes the line with it.
 *   \{{                   a literal {{
 * Messages begin with "NAME:line:column: "; with a NULL name they have no position.
 */
int tmpl_expand(struct str text, const char *name, const struct value *vars, struct buf *out,
                struct err *e) MUST_USE;

/* A file of templates/ (compiled in): "deb/postinst.sh". E_BUG when there is none. */
int tmpl_find(const char *name, struct str *text, struct err *e) MUST_USE;
/* tmpl_find, then tmpl_expand. */
int tmpl_render(const char *name, const struct value *vars, struct buf *out,
                struct err *e) MUST_USE;
