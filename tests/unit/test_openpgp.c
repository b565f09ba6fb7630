/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"
#include "crypto/secret.h"
#include "model/flaw.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "sign/devkey.h"
#include "sign/openpgp.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct value *section(struct arena *a, const char *text) {
    struct value *v;
    struct err e = {0};

    if (value_yaml(str_of(text), "slipway.yaml", a, &v, &e))
        fail_msg("%s", e.msg);
    return v;
}

static int setup(void **state) {
    static struct tmpdir dir;
    struct err e = {0};

    *state = &dir;
    unsetenv("XDG_DATA_HOME");
    unsetenv("GNUPGHOME");
    if (tmpdir_open(&dir, "t", &e))
        return -1;
    return setenv("HOME", dir.path, 1);
}

static int teardown(void **state) {
    tmpdir_drop(*state);
    return 0;
}

static void test_devkey(void **state) {
    struct tmpdir *dir = *state;
    AUTO(arena) mem = {0};
    struct devkey k, *keys;
    struct fsys_stat st;
    struct fsys_name *names;
    struct err e = {0};
    size_t n;

    assert_int_equal(devkey_list(NULL, &mem, &keys, &n, &e), OK);
    assert_int_equal(n, 0);
    if (devkey_new(NULL, "dev", "ed25519", NULL, 90, &mem, &k, &e))
        fail_msg("%s", e.msg);
    assert_true(str_is(k.uid, "dev (development key)"));
    assert_int_equal(k.fingerprint.n, 40);
    assert_true(k.expires - k.created >= 89 * 86400 && k.expires - k.created <= 91 * 86400);
    assert_int_equal(fsys_lstat(dir->fd, ".local/share/slipway/keys/dev.secret.asc", &st, &e), OK);
    assert_int_equal(st.kind, FSYS_FILE);
    assert_int_equal(st.mode, 0600);
    assert_int_equal(fsys_lstat(dir->fd, ".local/share/slipway/keys", &st, &e), OK);
    assert_int_equal(st.mode, 0700);
    assert_int_equal(devkey_new(NULL, "dev", "ed25519", NULL, 90, &mem, &k, &e), E_INPUT);
    assert_int_equal(devkey_new(NULL, "../dev", "ed25519", NULL, 90, &mem, &k, &e), E_USAGE);
    assert_int_equal(devkey_new(NULL, "x.secret", "ed25519", NULL, 90, &mem, &k, &e), E_USAGE);
    assert_int_equal(devkey_new(NULL, "x", "dsa", NULL, 90, &mem, &k, &e), E_USAGE);
    assert_int_equal(devkey_list(NULL, &mem, &keys, &n, &e), OK);
    assert_int_equal(n, 1);
    assert_true(str_is(keys[0].name, "dev"));
    /* nothing else in HOME: GnuPG's own folder above all */
    assert_int_equal(fsys_list(dir->fd, ".", &mem, &names, &n, &e), OK);
    assert_int_equal(n, 1);
    assert_int_equal(fsys_list(dir->fd, ".local/share/slipway/keys", &mem, &names, &n, &e), OK);
    assert_int_equal(n, 2);
}

static void test_signer(void **state) {
    struct tmpdir *dir = *state;
    AUTO(arena) mem = {0};
    struct devkey *keys;
    struct pgp_verdict v;
    struct signer s;
    struct err e = {0};
    struct source_bytes b;
    struct source in;
    const char *home = arena_fmt(&mem, "%s/.local", dir->path);
    size_t n;
    AUTO(buf) sig;
    AUTO(buf) pub;

    buf_init(&sig, 100000);
    buf_init(&pub, 100000);
    assert_int_equal(devkey_list(NULL, &mem, &keys, &n, &e), OK);
    if (openpgp_open(section(&mem, "key: file:share/slipway/keys/dev.secret.asc"), home, 0, &mem,
                     &s, &e))
        fail_msg("%s", e.msg);
    assert_true(str_eq(s.fingerprint, keys[0].fingerprint));
    assert_int_equal(s.algorithm, 22);
    assert_int_equal(openpgp_public(&s, &pub, &e), OK);
    assert_int_equal(s.sign_bytes(s.self, STR("bytes"), PGP_DETACHED, 0, &sig, &e), OK);
    assert_true(openpgp_secrets(&s)->n > 0);
    openpgp_close(&s);
    openpgp_close(&s);
    source_str(&in, &b, STR("bytes"));
    assert_int_equal(pgp_verify(&in, buf_get(&sig), buf_get(&pub), &mem, &v, &e), OK);
    assert_true(v.good);
    assert_true(str_eq(v.signer, keys[0].fingerprint));
}

static void test_refused(void **state) {
    static const struct {
        const char *text, *says;
        enum code code;
    } bad[] = {
        {"key: sesame", "slipway.yaml:1:6: sign.openpgp: key: secrets are taken only by reference",
         E_RECIPE},
        {"key: pkcs11:x", "gpg:FINGERPRINT", E_RECIPE},
        {"key: env:SLIPWAY_TEST_NONE", "no such variable", E_SIGN},
        {"{key: 'env:HOME', passphrase: sesame}", "passphrase: secrets are taken only", E_RECIPE},
        {"{key: 'env:HOME', passphrase: 'gpg:x'}", "a passphrase comes from", E_RECIPE},
        {"key: env:HOME", "key env:HOME: the signing key: holds no OpenPGP key", E_SIGN},
    };
    AUTO(arena) mem = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct signer s;
        struct err e = {0};

        assert_int_equal(openpgp_open(section(&mem, bad[i].text), "/", 0, &mem, &s, &e),
                         bad[i].code);
        if (!strstr(e.msg, bad[i].says))
            fail_msg("\"%s\" does not say \"%s\"", e.msg, bad[i].says);
        assert_null(strstr(e.msg, "sesame"));
        openpgp_close(&s);
    }
}

/* `check` finds a literal secret, and does not show it. */
static void test_schema(void **state) {
    AUTO(arena) mem = {0};
    struct flaws f = {.mem = &mem};
    struct report r = {.mem = &mem};
    struct value *v;
    struct err e = {0};

    (void)state;
    assert_int_equal(value_yaml(STR("{key: sesame, artifacts: some}"), "r.yaml", &mem, &v, &e), OK);
    schema_check(v, openpgp_schema, "sign.openpgp", &f);
    assert_int_equal(flaw_tell(&f, &r), 2);
    for (size_t i = 0; i < r.n; i++)
        assert_false(str_has(r.line[i], "sesame"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devkey),
        cmocka_unit_test(test_signer),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
