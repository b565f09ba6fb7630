/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "os/infile.h"

/* Control files of zsync 0.6.2: sums of a file's blocks, by which a client finds those that it has
 * in an older version and fetches the others in ranges. Byte for byte what zsyncmake -Z writes. */

/* `name` and `url` are one line each; `url` may be relative to where the control file lies.
 * `mtime`: the time that clients give the file they made; negative: none is said. Reads the file
 * once. */
int zsync_make(struct infile *f, struct str name, struct str url, int64_t mtime, unsigned jobs,
               struct buf *out, struct err *e) MUST_USE;

enum { ZSYNC_MAX = 512 * 1024 * 1024 }; /* of a control file: more than a file of 200 GB has */
