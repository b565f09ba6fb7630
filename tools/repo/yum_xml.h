/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* The XML of rpm-md repositories. Packages are cut out of it as text and put back as they are, so
 * that what another tool said about a package stays to the letter; only a few facts are read. */

/* Appends character data and what stands in "…". What is not UTF-8 is taken for Latin-1, as
 * createrepo_c does; control characters that XML cannot hold become U+FFFD. */
void yum_xml_text(struct buf *out, struct str s);
void yum_xml_attr(struct buf *out, struct str s);

struct yum_xml_tag {
    struct str attrs; /* between the name and its end */
    struct str text;  /* up to the next '<', still escaped */
    size_t at, end;   /* from the '<' up to behind the '>' */
};

/* The first tag of that name in a piece without comments and CDATA; false when there is none. */
bool yum_xml_find(struct str xml, const char *name, struct yum_xml_tag *tag);

/* An attribute's value, entities replaced; empty when it is absent. */
struct str yum_xml_get(struct str attrs, const char *name, struct arena *mem);

/* With the entities replaced, blanks at the ends gone. Unknown entities stay. */
struct str yum_xml_plain(struct str text, struct arena *mem);
