/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static int resolve(const char *ref, const char *dir, struct buf *out, struct err *e) {
    buf_drop(out);
    buf_init(out, 1000);
    *e = (struct err){0};
    return secret_resolve(str_of(ref), dir, NULL, out, e);
}

static void test_kinds(void **state) {
    AUTO(tmpdir) dir = TMPDIR_NONE;
    AUTO(buf) out = BUF_NONE;
    struct err e;

    (void)state;
    assert_int_equal(tmpdir_open(&dir, "test", &e), OK);
    assert_int_equal(fsys_write(dir.fd, "a key", STR("from file\n"), 0600, &e), OK);
    setenv("SLIPWAY_TEST_SECRET", "from env", 1);
    assert_int_equal(resolve("env:SLIPWAY_TEST_SECRET", NULL, &out, &e), OK);
    assert_true(str_is(buf_get(&out), "from env"));
    assert_true(out.secret);
    assert_int_equal(resolve("file:a key", dir.path, &out, &e), OK);
    assert_true(str_is(buf_get(&out), "from file\n"));
    assert_int_equal(resolve("command:cat  'a key'", dir.path, &out, &e), OK);
    assert_true(str_is(buf_get(&out), "from file\n"));
    /* no shell: what it would expand stays as it is */
    assert_int_equal(resolve("command:printf %s-%s $HOME \"a  b;c\"", dir.path, &out, &e), OK);
    assert_true(str_is(buf_get(&out), "$HOME-a  b;c"));
    buf_clear(&out);
    assert_int_equal(secret_line(STR("file:a key"), dir.path, NULL, &out, &e), OK);
    assert_true(str_is(buf_get(&out), "from file"));
}

static void test_refused(void **state) {
    static const struct {
        const char *ref;
        enum code code;
        const char *why;
    } bad[] = {
        {"sesame open", E_RECIPE, "only by reference"},
        {"-----BEGIN PGP PRIVATE KEY BLOCK-----", E_RECIPE, "only by reference"},
        {"", E_RECIPE, "only by reference"},
        {"env:", E_RECIPE, "only by reference"},
        {"pkcs11:object=x", E_RECIPE, "tokens"},
        {"gpg:ABC", E_RECIPE, "keyring"},
        {"env:SLIPWAY_TEST_NONE", E_SIGN, "SLIPWAY_TEST_NONE"},
        {"env:SLIPWAY_TEST_EMPTY", E_SIGN, "is empty"},
        {"file:missing", E_SIGN, "missing"},
        {"command:false", E_SIGN, "false"},
        {"command:true", E_SIGN, "printed nothing"},
        {"command:cat /missing-file", E_SIGN, "missing-file"},
        {"command:no-such-program-here", E_SIGN, "no-such-program-here"},
        {"command:cat 'a", E_RECIPE, "quote"},
    };
    AUTO(buf) out = BUF_NONE;
    struct err e;

    (void)state;
    setenv("SLIPWAY_TEST_EMPTY", "", 1);
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(resolve(bad[i].ref, "/", &out, &e), bad[i].code);
        assert_non_null(strstr(e.msg, bad[i].why));
        assert_null(strstr(e.msg, "sesame"));
        assert_null(strstr(e.msg, "BEGIN"));
    }
}

static void test_redact(void **state) {
    AUTO(arena) mem = {0};
    AUTO(secret_set) s = {0};
    struct str text = STR("nothing here");

    (void)state;
    assert_ptr_equal(secret_redact(&s, text, &mem).p, text.p);
    secret_note(&s, STR("hunter2"));
    secret_note(&s, STR("hunter22\n"));
    secret_note(&s, STR("x")); /* too short to be looked for */
    secret_note(&s, STR("-----BEGIN X-----\nMIIBVgIBADANBgkqhkiG9w0B\n-----END X-----\n"));
    assert_ptr_equal(secret_redact(&s, text, &mem).p, text.p);
    text = secret_redact(&s, STR("a hunter2 hunter22, hunter, x hunter2"), &mem);
    assert_true(str_is(text, "a *** ***, hunter, x ***"));
    text = secret_redact(&s, STR("-----BEGIN X----- MIIBVgIBADANBgkqhkiG9w0B"), &mem);
    assert_true(str_is(text, "-----BEGIN X----- ***"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_redact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
