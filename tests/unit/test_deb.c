/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"
#include "pack/deb.h"
#include "unit/shop.h"

static int open_shop(void **state) {
    struct shop *s = shop_open("deb");

    s->r.release = STR("1");
    s->r.summary = STR("Says hello");
    s->r.description = STR("Long.\n\nStory.");
    s->r.maintainer = STR("Ann <ann@example.com>");
    s->r.license = STR("MIT");
    tree_add_data(&s->app, STR("/etc/hello.conf"), 0644, STR("a = 1\n"));
    tree_add_data(&s->app, STR("bin/hello"), 0755, STR("#!/bin/sh\necho hello\n"));
    tree_add_link(&s->app, STR("bin/hi"), STR("hello"));
    tree_add_data(&s->app, STR("share/hello/text"), 0644, STR("unmistakable\n"));
    if (tree_finish(&s->app, false, &s->e))
        return -1;
    *state = s;
    return 0;
}

static void refused(struct shop *s, const char *yaml, const char *why) {
    s->e = (struct err){0};
    section(s, yaml);
    if (deb_packager.check(&s->j, &s->e) != E_RECIPE)
        fail_msg("taken: %s", yaml);
    if (!str_has(str_of(s->e.msg), why))
        fail_msg("%s: %s", yaml, s->e.msg);
}

static void what_dpkg_refuses_is_a_mistake_of_the_recipe(void **state) {
    struct shop *s = *state;

    section(s, "depends: ['libc6 (>= 2.34)', 'a1 | b2:any (<< 1:2~3-4)', 'x11, y22']\n"
               "conflicts: ['old (<< 1)']\nprovides: ['mail-agent (= 1.0)']\n"
               "fields: {Bugs: 'https://example.com'}\ntriggers: ['interest-noawait /usr/x']\n");
    if (deb_packager.check(&s->j, &s->e))
        fail_msg("%s", s->e.msg);
    refused(s, "depends: [libc6 >= 2.34]", "slipway.yaml:1:11: deb: depends: \"libc6 >= 2.34\"");
    refused(s, "depends: ['Libc6']", "is no relation");
    refused(s, "depends: ['libc6 (2.34)']", "is no relation");
    refused(s, "depends: ['libc6 (> 2.34)']", "is no relation");
    refused(s, "depends: ['libc6 (== 2.34)']", "is no relation");
    refused(s, "depends: ['libc6 (>= 2.34']", "is no relation");
    refused(s, "depends: ['libc6:']", "is no relation");
    refused(s, "depends: ['aa, ']", "is no relation");
    refused(s, "depends: [\"aa\\nEssential: yes\"]", "is no relation");
    refused(s, "conflicts: ['a1 | b2']", "is no relation");
    refused(s, "provides: ['aa (>= 1)']", "is no relation");
    refused(s, "section: \"net\\nEssential: yes\"", "slipway.yaml:1:10: deb: section must be one");
    refused(s, "triggers: [\"a\\nb\"]", "deb: triggers must be one line");
    refused(s, "fields: {'A B': x}", "no name of a control field");
    refused(s, "fields: {ARCHITECTURE: x}", "is made from other keys");
    refused(s, "fields: {depends: x}", "is made from other keys");
    refused(s, "{compression: gzip, level: 22}", "gzip has no level 22");
    s->r.name = STR("h");
    refused(s, "{}", "name has at least two of");
    s->r.name = STR("hello");
    s->t.arch = ARCH_UNIVERSAL;
    refused(s, "{}", "Debian has no architecture \"universal\"");
}

static void names_are_debians(void **state) {
    struct shop *s = *state;
    AUTO(buf) name;

    buf_init(&name, 1000);
    section(s, "{}");
    assert_int_equal(deb_packager.file_name(&s->j, &name, &s->e), OK);
    assert_true(str_is(buf_get(&name), "hello_1.2.0~beta.1_amd64.deb"));
    buf_clear(&name);
    section(s, "{release: 1}"); /* asked for */
    s->t.arch = ARCH_ANY;
    assert_int_equal(deb_packager.file_name(&s->j, &name, &s->e), OK);
    assert_true(str_is(buf_get(&name), "hello_1.2.0~beta.1-1_all.deb"));
}

static struct str make(struct shop *s, bool sums_known) {
    AUTO(outfile) f = OUTFILE_NONE;
    struct tree pkg = {.mem = &s->mem};
    struct str bytes;
    char *p;

    if (deb_packager.layout(&s->j, &s->app, &pkg, &s->e))
        fail_msg("%s", s->e.msg);
    for (size_t i = 0; i < pkg.n; i++) {
        struct tree_digests *d = pkg.v[i].digests;
        struct digest *sum = NULL;
        struct digest_set set;

        if (!d)
            continue;
        d->kinds = 0;
        if (!sums_known || pkg.v[i].kind != TREE_FILE)
            continue;
        assert_int_equal(digest_new(&sum, DIGEST_MD5, &s->e), OK);
        digest_put(sum, pkg.v[i].bytes.data.p, pkg.v[i].bytes.data.n);
        assert_int_equal(digest_end(sum, &set, &s->e), OK);
        memcpy(d->md5, set.md5, sizeof d->md5);
        d->kinds = DIGEST_MD5;
    }
    if (outfile_open(&f, s->dir.fd, "x.deb", &s->e) || deb_packager.write(&s->j, &pkg, &f, &s->e))
        fail_msg("%s", s->e.msg);
    p = arena_alloc(&s->mem, (size_t)f.size);
    assert_int_equal(outfile_read(&f, 0, p, (size_t)f.size, &s->e), OK);
    bytes = (struct str){p, (size_t)f.size};
    return bytes;
}

static int list(struct shop *s, struct str bytes, struct tree *found, struct value **facts) {
    AUTO(infile) f = INFILE_NONE;

    s->e = (struct err){0};
    *found = (struct tree){.mem = &s->mem};
    *facts = value_new(&s->mem, VALUE_MAP);
    if (fsys_write(s->dir.fd, "y.deb", bytes, 0644, &s->e) ||
        infile_open(&f, s->dir.fd, "y.deb", &s->e))
        fail_msg("%s", s->e.msg);
    return deb_packager.list(&f, &s->mem, found, *facts, &s->e);
}

/* Sums that were known beforehand, made on the way, one thread or three: the same package. */
static void the_bytes_are_the_same_on_every_way(void **state) {
    static const char *const codecs[] = {"{compression: none}", "{compression: gzip}",
                                         "{compression: zstd}", "{}"};
    struct shop *s = *state;

    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct tree found;
        struct value *facts;
        struct str one;

        section(s, codecs[i]);
        s->j.jobs = 1;
        one = make(s, true);
        assert_true(str_eq(one, make(s, false)));
        s->j.jobs = 3;
        assert_true(str_eq(one, make(s, false)));
        assert_true(deb_packager.sniff(one.p, 1024));
        if (list(s, one, &found, &facts))
            fail_msg("%s: %s", codecs[i], s->e.msg);
        assert_true(str_is(value_text(facts, "Version"), "1.2.0~beta.1"));
        assert_true(str_is(value_text(facts, "Description"), "Says hello\nLong.\n\nStory."));
    }
}

static void a_changed_byte_of_a_file_is_named(void **state) {
    struct shop *s = *state;
    struct tree found;
    struct value *facts;
    struct str bytes;
    char *p;

    section(s, "{compression: none}");
    bytes = make(s, true);
    p = arena_dup(&s->mem, bytes.p, bytes.n);
    for (size_t i = 0; i + 12 < bytes.n; i++)
        if (!memcmp(p + i, "unmistakable", 12))
            p[i] = 'U';
    assert_int_equal(list(s, (struct str){p, bytes.n}, &found, &facts), E_WRONG);
    assert_true(str_has(str_of(s->e.msg), "usr/share/hello/text"));
}

static void a_package_cut_anywhere_is_damaged(void **state) {
    struct shop *s = *state;
    struct tree found;
    struct value *facts;
    struct str bytes;

    section(s, "{}");
    bytes = make(s, true);
    bytes.n -= bytes.n % 2 && bytes.p[bytes.n - 1] == '\n'; /* padding */
    for (size_t n = 0; n + 2 < bytes.n; n += 29)
        assert_int_equal(list(s, str_cut(bytes, 0, n), &found, &facts), E_INPUT);
}

int main(void) {
#define SHOP(f) cmocka_unit_test_setup_teardown(f, open_shop, close_shop)
    const struct CMUnitTest tests[] = {
        SHOP(what_dpkg_refuses_is_a_mistake_of_the_recipe),
        SHOP(names_are_debians),
        SHOP(the_bytes_are_the_same_on_every_way),
        SHOP(a_changed_byte_of_a_file_is_named),
        SHOP(a_package_cut_anywhere_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
