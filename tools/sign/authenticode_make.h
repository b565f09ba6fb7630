/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sign/authenticode_form.h"

/* The steps of signing, for doing it at once and in two parts. */

/* Digests the file and says what is to be signed. */
int authenticode_make(const struct authenticode *a, struct authenticode_file *f, struct arena *mem,
                      struct cms_make *m, struct err *e) MUST_USE;

/* The signature with a time stamp, where servers are known. */
int authenticode_stamp(const struct authenticode *a, struct arena *mem, struct str *der,
                       struct err *e) MUST_USE;

/* Gets the signature's time stamp and writes it into the file, after what is there or for it. */
int authenticode_put(const struct authenticode *a, struct authenticode_file *f, struct outfile *to,
                     bool append, struct str der, struct arena *mem, struct err *e) MUST_USE;

/* The files of signing in two steps. */
enum { AUTHENTICODE_APART_MAX = 1024 * 1024 };

struct authenticode_apart { /* NAME.json, read */
    enum digest_kind kind;
    struct str file, content, attributes;
    struct signkey *key; /* without its secret half; the caller closes it */
};

/* Writes NAME.tosign, NAME.digest and NAME.json; `file` is what people call it. */
int authenticode_apart_write(const struct authenticode *a, const struct cms_make *m,
                             const char *file, const char *name, int dir, struct err *e) MUST_USE;
int authenticode_apart_read(int dir, const char *name, struct arena *mem,
                            struct authenticode_apart *s, struct err *e) MUST_USE;

/* The SignedData that NAME.signature in `dir` makes of it: E_SIGN unless the certificate's key made
 * it. */
int authenticode_apart_answer(const struct authenticode_apart *s, int dir, const char *name,
                              struct arena *mem, struct str *der, struct err *e) MUST_USE;
