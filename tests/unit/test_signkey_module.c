/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signkey_module.h"
#include "unit/cmocka_all.h"

#include <string.h>

static const struct signkey_module_token card = {.slot = 3,
                                                 .label = {"My card #1", 10},
                                                 .maker = {"ACME", 4},
                                                 .model = {"T;1", 3},
                                                 .serial = {"0012", 4},
                                                 .login = true};

static void test_fits(void **state) {
    static const struct {
        const char *uri;
        bool fits;
    } row[] = {
        {"", true},
        {"pkcs11:", true},
        {"pkcs11:object=code", true},
        {"token=My%20card%20%231;object=code", true},
        {"pkcs11:token=My%20card%20%231", true},
        {"pkcs11:token=My card #1;id=%01", true},
        {"pkcs11:token=My%20card", false},
        {"pkcs11:token=My%20card%20%2312", false},
        {"pkcs11:token=", false},
        {"pkcs11:serial=0012;manufacturer=ACME;model=T%3b1", true},
        {"pkcs11:serial=0012;manufacturer=ACME;model=T%3B2", false},
        {"pkcs11:serial=12", false},
        {"pkcs11:slot-id=3", true},
        {"pkcs11:slot-id=4", false},
        {"pkcs11:slot-id=x", false},
        {"pkcs11:object=a?token=other", true}, /* that is no part of the path */
        {"pkcs11:mytoken=other", true},
        {"pkcs11:token=%", false},
        {"pkcs11:token=%4", false},
        {"pkcs11:;;=;", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++)
        if (signkey_module_fits(str_of(row[i].uri), &card) != row[i].fits)
            fail_msg("%s", row[i].uri);
}

static void test_exact(void **state) {
    static const struct {
        const char *uri, *want;
    } row[] = {
        {"", "pkcs11:token=%4D%79%20%63%61%72%64%20%23%31;serial=%30%30%31%32"},
        {"pkcs11:object=code;type=private", "pkcs11:object=code;type=private;token=%4D%79%20%63%61%"
                                            "72%64%20%23%31;serial=%30%30%31%32"},
        {"token=My%20card%20%231;id=%01?pin-source=x",
         "pkcs11:token=My%20card%20%231;id=%01;serial=%30%30%31%32?pin-source=x"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(row); i++) {
        AUTO(buf) out = BUF_NONE;

        buf_init(&out, 4096);
        signkey_module_exact(str_of(row[i].uri), &card, &out);
        assert_string_equal(out.p, row[i].want);
    }
}

static void test_name(void **state) {
    struct signkey_module_token t = {0};

    (void)state;
    assert_true(str_is(signkey_module_name(&card), "My card #1"));
    assert_true(str_is(signkey_module_name(&t), "(no name)"));
    t.serial = STR("77");
    assert_true(str_is(signkey_module_name(&t), "77"));
}

static void test_no_library(void **state) {
    struct signkey_module *m;
    struct err e = {0};

    (void)state;
    assert_int_equal(signkey_module_open(&m, "/nowhere/lib.so", &e), E_SIGN);
    assert_null(m);
    assert_non_null(strstr(e.msg, "/nowhere/lib.so"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_no_library),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
