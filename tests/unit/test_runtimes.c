/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/runtimes.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* The bytes are tested where they run (tests/system/runtime.bats); here that they are carried. */
static void each_architecture_has_its_own(void **state) {
    static const struct {
        enum arch_kind arch;
        unsigned char machine;
    } rows[] = {{ARCH_X86_64, 62}, {ARCH_AARCH64, 183}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct str appimage = runtimes_appimage(rows[i].arch);
        struct str launcher = runtimes_launcher(rows[i].arch);
        assert_in_range(appimage.n, 100000, 1 << 20);
        assert_in_range(launcher.n, 10000, 100000);
        assert_int_equal(appimage.n % 4096, 0);
        assert_memory_equal(appimage.p, "\177ELF\2\1\1\0AI\2", 11);
        assert_memory_equal(launcher.p, "\177ELF\2\1\1\0\0\0\0", 11);
        assert_int_equal((unsigned char)appimage.p[18], rows[i].machine);
        assert_int_equal((unsigned char)launcher.p[18], rows[i].machine);
    }
}

static void others_have_none(void **state) {
    (void)state;
    assert_int_equal(runtimes_appimage(ARCH_ARMV7).n, 0);
    assert_int_equal(runtimes_launcher(ARCH_ANY).n, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_architecture_has_its_own),
                                       cmocka_unit_test(others_have_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
