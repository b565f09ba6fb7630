/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* A throw-away certificate that its own key issued, for signing code (RFC 5280: extended key usage
 * id-kp-codeSigning): nobody trusts it who was not told to. RSA of 3,072 bits. `secret`: key
 * (PKCS#8) and certificate, `pub`: the certificate, both PEM. `name` is the common name. */
int devcert_make(const char *name, unsigned days_valid, struct buf *secret, struct buf *pub,
                 struct err *e) MUST_USE;

struct devcert_facts {
    struct str fingerprint; /* SHA-256 of the certificate, lower-case hex */
    struct str name;
    int64_t begins, ends; /* seconds since 1970 */
};
/* Of the first certificate in a PEM text; the facts' texts are in `a`. */
int devcert_facts(struct str pem, struct arena *a, struct devcert_facts *f, struct err *e) MUST_USE;
