/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/str.h"

/* RC2 (RFC 2268), for reading alone: certificates in PKCS#12 files of old tools are encrypted by
 * it, and OpenSSL 3 has it in a provider that is not everywhere. It hides nothing from anybody. */

/* Decrypts in CBC mode, in place; `n` is a multiple of 8. `bits`: the effective key length. */
void rc2_decrypt(const unsigned char *key, size_t key_n, unsigned bits, const unsigned char iv[8],
                 unsigned char *p, size_t n);
