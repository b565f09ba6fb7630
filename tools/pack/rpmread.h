/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* Reads any binary or source RPM package of format 4: tags as facts, files as a tree. Checks every
 * digest that is in it: of the header, of the payload and of the files. E_WRONG naming what is not
 * as it was. Signatures are told ("Signature: RSA, key …"), not judged. */
int rpmread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) MUST_USE;
