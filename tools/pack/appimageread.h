/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Reads any AppImage of type 2: the image's files as a tree, all their bytes read on the way. The
 * signature, where there is one, is checked with the key that lies beside it: E_WRONG when it is
 * not one of these bytes. It says nothing of whose key that is. */
int appimageread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                      struct err *e) MUST_USE;

/* The same without looking at the signature. */
int appimageread_files(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                       struct err *e) MUST_USE;
