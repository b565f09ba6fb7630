/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rc2.h"
#include "crypto/signkey_parts.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

/* PKCS#12 files of old tools: their certificates are encrypted by RC2 with a key of 40 bits, which
 * OpenSSL 3 takes for legacy. */
enum { BLOCK = 8, KEY_MAX = 16, ITERATIONS_MAX = 10000000 };

/* The key of a PKCS#12 (RFC 7292, appendix B); 0: the algorithm is another one. */
static size_t key_of(const X509_ALGOR *a, unsigned *bits) {
    switch (OBJ_obj2nid(a->algorithm)) {
    case NID_pbe_WithSHA1And40BitRC2_CBC:
        return (*bits = 40) / 8;
    case NID_pbe_WithSHA1And128BitRC2_CBC:
        return (*bits = 128) / 8;
    default:
        return 0;
    }
}

static bool make_key(const X509_ALGOR *a, const char *pass, unsigned char *key, size_t n,
                     unsigned char iv[BLOCK]) {
    PBEPARAM *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), a->parameter);
    long rounds = p ? p->iter ? ASN1_INTEGER_get(p->iter) : 1 : 0;
    int len = pass ? (int)strlen(pass) : 0;
    bool good = p && rounds > 0 && rounds <= ITERATIONS_MAX &&
                PKCS12_key_gen_utf8(pass, len, p->salt->data, p->salt->length, PKCS12_KEY_ID,
                                    (int)rounds, (int)n, key, EVP_sha1()) == 1 &&
                PKCS12_key_gen_utf8(pass, len, p->salt->data, p->salt->length, PKCS12_IV_ID,
                                    (int)rounds, BLOCK, iv, EVP_sha1()) == 1;

    PBEPARAM_free(p);
    return good;
}

/* The bags of an encrypted part, open; NULL: not encrypted so, or damaged. */
static STACK_OF(PKCS12_SAFEBAG) * unlock(const PKCS7 *p7, const char *pass) {
    const PKCS7_ENC_CONTENT *c =
        PKCS7_type_is_encrypted(p7) && p7->d.encrypted ? p7->d.encrypted->enc_data : NULL;
    const ASN1_OCTET_STRING *locked = c ? c->enc_data : NULL;
    unsigned bits = 0;
    size_t n = locked && locked->length > 0 ? (size_t)locked->length : 0, key_n;
    unsigned char key[KEY_MAX], iv[BLOCK], pad;
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    const unsigned char *at;
    AUTO(buf) open = BUF_NONE;

    key_n = c && c->algorithm ? key_of(c->algorithm, &bits) : 0;
    if (!key_n || !n || n % BLOCK || !make_key(c->algorithm, pass, key, key_n, iv))
        return NULL;
    buf_init(&open, n + 1);
    open.secret = true;
    buf_put(&open, locked->data, n);
    rc2_decrypt(key, key_n, bits, iv, (unsigned char *)open.p, n);
    pad = (unsigned char)open.p[n - 1];
    at = (const unsigned char *)open.p;
    if (pad && pad <= BLOCK)
        bags = (STACK_OF(PKCS12_SAFEBAG) *)(void *)ASN1_item_d2i(NULL, &at, (long)(n - pad),
                                                                 ASN1_ITEM_rptr(PKCS12_SAFEBAGS));
    OPENSSL_cleanse(key, sizeof key);
    return bags;
}

/* An open part in the place of a locked one. */
static bool open_part(STACK_OF(PKCS7) * parts, int i, const char *pass) {
    STACK_OF(PKCS12_SAFEBAG) *bags = unlock(sk_PKCS7_value(parts, i), pass);
    PKCS7 *open = bags ? PKCS12_pack_p7data(bags) : NULL;

    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    if (!open)
        return false;
    PKCS7_free(sk_PKCS7_value(parts, i));
    sk_PKCS7_set(parts, i, open);
    return true;
}

void signkey_old_unlock(PKCS12 *p12, const char *pass) {
    STACK_OF(PKCS7) *parts = PKCS12_unpack_authsafes(p12);
    bool any = false;

    for (int i = 0; i < sk_PKCS7_num(parts); i++)
        any = open_part(parts, i, pass) || any;
    /* its checksum was right before, and has to be of what is in it now */
    if (any && PKCS12_pack_authsafes(p12, parts) == 1)
        PKCS12_set_mac(p12, pass, -1, NULL, 0, 1, EVP_sha256());
    sk_PKCS7_pop_free(parts, PKCS7_free);
    ERR_clear_error();
}
