/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* A look at the tokens behind a PKCS#11 library, before OpenSSL uses one: which are there, whether
 * a try of the PIN can still be afforded, and their public certificates. Nothing logs in here. */
struct signkey_module;

struct signkey_module_token {
    unsigned long slot;
    struct str label, maker, model, serial; /* without the blanks behind */
    bool login;                             /* its keys want a PIN */
    bool pad;                               /* it has a keypad of its own for that */
    bool last;                              /* one more wrong PIN locks it */
    bool locked;
};

/* Loads the library; NULL: that of PKCS11_MODULE_PATH, else p11-kit's, which stands for all that
 * the system knows. E_SIGN when it cannot be loaded or is none. */
int signkey_module_open(struct signkey_module **m, const char *path, struct err *e) MUST_USE;
void signkey_module_close(struct signkey_module *m); /* NULL is fine */

int signkey_module_tokens(struct signkey_module *m, struct arena *mem,
                          struct signkey_module_token **v, size_t *n, struct err *e) MUST_USE;

/* The certificates that a token shows without a PIN, as DER; there may be none. */
size_t signkey_module_certs(struct signkey_module *m, const struct signkey_module_token *t,
                            struct arena *mem, struct str *der, size_t room);

/* Is it the token that a URI of RFC 7512 (with or without "pkcs11:") means? */
bool signkey_module_fits(struct str uri, const struct signkey_module_token *t);

/* The URI, zero-terminated, made so exact that it means this token alone. */
void signkey_module_exact(struct str uri, const struct signkey_module_token *t, struct buf *out);

/* Its name for people. */
struct str signkey_module_name(const struct signkey_module_token *t);
