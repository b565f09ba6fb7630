/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/chain.h"
#include "crypto/signkey_parts.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

enum { ROUNDS_MAX = 1000 };

/* Passphrases are made to cost time, as much as the file says: that is OpenSSL's affair. */
static bool costly(struct str s) {
    const unsigned char *p = (const unsigned char *)s.p;
    PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)s.n);
    const ASN1_INTEGER *rounds = NULL;
    bool is = str_has(s, "ENCRYPTED");

    if (p12)
        PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
    else
        is |= str_has(s, "\x2a\x86\x48\x86\xf7\x0d\x01\x05"); /* PKCS #5 */
    is |= rounds && (ASN1_INTEGER_get(rounds) < 0 || ASN1_INTEGER_get(rounds) > ROUNDS_MAX);
    PKCS12_free(p12);
    ERR_clear_error();
    return is;
}

/* A file of certificates or of a key, of any kind; and where the certificates lead to. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    const struct str bytes = {(const char *)p, n}, pass = STR("test");
    static struct chain *roots;
    AUTO(arena) mem = {0};
    struct signkey_found f = {0};
    struct str der[SIGNKEY_CERTS];
    struct chain_facts facts;
    struct err e = {0};

    if (costly(bytes))
        return 0;
    if (!roots && chain_open(&roots, NULL, 0, &e))
        return 0;
    (void)!signkey_read_certs(bytes, pass, "certificate", &f, &e);
    for (size_t i = 0; i < f.n; i++) {
        der[i] = ossl_der(f.cert[i], &mem);
        (void)chain_facts(der[i], &mem, &facts);
    }
    for (size_t i = 0; i < f.n; i++) {
        e = (struct err){0};
        (void)!chain_check(roots, der, f.n, i, i % 2 ? CHAIN_CODE : CHAIN_STAMP, 1800000000,
                           i % 3 == 0, &e);
    }
    signkey_found_drop(&f);
    e = (struct err){0};
    (void)!signkey_read_key(bytes, pass, &f, &e);
    signkey_found_drop(&f);
    (void)chain_facts(bytes, &mem, &facts);
    return 0;
}
