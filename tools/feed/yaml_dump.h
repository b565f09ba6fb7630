/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* Appends a string as a YAML scalar the way js-yaml's dump writes it, with the quotes and block
 * headers that it chooses: feeds made here and by electron-builder can be compared line by line,
 * and a version like 1.10 or a name like "yes" stays a string in every reader. Lines of a block are
 * indented by `indent` blanks and never folded. The caller ends the line. */
void yaml_dump(struct str s, unsigned indent, struct buf *out);
