/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/rpmhdr.h"
#include "container/rpmtags.h"
#include "crypto/digest.h"
#include "pack/rpm.h"
#include "pack/rpmfront.h"

#define SHOP_MORE struct rpmhdr sig, head; /* of the package that was made */
#include "unit/shop.h"

static int open_shop(void **state) {
    struct shop *s = shop_open("rpm");

    s->r.version = STR("1.2.0-beta.1+b5");
    s->r.release = STR("1");
    s->r.summary = STR("Says hello");
    s->r.maintainer = STR("Ann <ann@example.com>");
    s->r.license = STR("MIT");
    tree_add_data(&s->app, STR("/etc/hello.conf"), 0644, STR("a = 1\n"))->marks |= TREE_CONFIG;
    tree_add_data(&s->app, STR("bin/hello"), 0755, STR("#!/bin/sh\necho hello\n"));
    tree_add_link(&s->app, STR("bin/hi"), STR("hello"));
    tree_add_data(&s->app, STR("share/hello/text"), 0644, STR("unmistakable\n"));
    tree_add_data(&s->app, STR("share/hello/gone"), 0644, STR(""))->marks |= TREE_GHOST;
    if (tree_finish(&s->app, false, &s->e))
        return -1;
    *state = s;
    return 0;
}

static void make(struct shop *s, const struct signer *signer) {
    AUTO(outfile) out = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    struct tree pkg = {.mem = &s->mem};
    uint64_t end = 0;

    if (rpm_packager.check(&s->j, &s->e) || rpm_packager.layout(&s->j, &s->app, &pkg, &s->e) ||
        outfile_open(&out, s->dir.fd, "x.rpm", &s->e) ||
        rpm_packager.write(&s->j, &pkg, &out, &s->e) ||
        (signer && rpm_packager.embed(signer, &out, &s->e)) || outfile_commit(&out, &s->e) ||
        infile_open(&in, s->dir.fd, "x.rpm", &s->e) ||
        rpmhdr_read(&in, RPMHDR_LEAD_SIZE, RPMHDR_SIGNATURES, &s->mem, &s->sig, NULL, &end, &s->e))
        fail_msg("%s", s->e.msg);
    assert_int_equal(end, RPMFRONT_SIZE);
    if (rpmhdr_read(&in, end, RPMHDR_IMMUTABLE, &s->mem, &s->head, NULL, &end, &s->e))
        fail_msg("%s", s->e.msg);
}

static int list(struct shop *s, struct tree *found, struct value **facts) {
    AUTO(infile) f = INFILE_NONE;

    *found = (struct tree){.mem = &s->mem};
    *facts = value_new(&s->mem, VALUE_MAP);
    s->e = (struct err){0};
    if (infile_open(&f, s->dir.fd, "x.rpm", &s->e))
        return (int)s->e.code;
    return rpm_packager.list(&f, &s->mem, found, *facts, &s->e);
}

static bool relates(struct shop *s, uint32_t tag, const char *name) {
    size_t n;
    struct str *v = rpmhdr_texts(&s->head, tag, &s->mem, &n);

    for (size_t i = 0; i < n; i++)
        if (str_is(v[i], name))
            return true;
    return false;
}

static void what_is_written_is_listed(void **state) {
    struct shop *s = *state;
    struct tree found;
    struct value *facts;
    const struct tree_entry *x;

    section(s, "{requires: ['foo >= 1.2', '(a or b)'], epoch: 2, dist: .el9, level: 1}");
    make(s, NULL);
    assert_true(relates(s, RPMTAGS_REQUIRENAME, "rpmlib(TildeInVersions)"));
    assert_true(relates(s, RPMTAGS_REQUIRENAME, "rpmlib(CaretInVersions)"));
    assert_true(relates(s, RPMTAGS_REQUIRENAME, "rpmlib(RichDependencies)"));
    assert_true(relates(s, RPMTAGS_PROVIDEVERSION, "2:1.2.0~beta.1^b5-1.el9"));
    if (list(s, &found, &facts))
        fail_msg("%s", s->e.msg);
    assert_true(str_is(value_text(facts, "Version"), "1.2.0~beta.1^b5"));
    assert_true(str_is(value_text(facts, "Release"), "1.el9"));
    assert_true(str_is(value_text(facts, "Epoch"), "2"));
    assert_true(str_has(value_text(facts, "Requires"), "foo >= 1.2"));
    assert_true(str_is(value_text(facts, "Signature"), "none"));
    assert_int_equal(found.n, 6); /* usr/share/hello is owned, usr/bin and etc are not */
    x = tree_find(&found, STR("etc/hello.conf"));
    assert_true(x && x->marks == TREE_CONFIG && x->size == 6);
    x = tree_find(&found, STR("usr/share/hello/gone"));
    assert_true(x && x->marks == TREE_GHOST);
    x = tree_find(&found, STR("usr/bin/hi"));
    assert_true(x && x->kind == TREE_LINK && str_is(x->target, "hello"));
    assert_non_null(tree_find(&found, STR("usr/share/hello")));
    assert_null(tree_find(&found, STR("usr/share")));
}

/* Every changed byte behind the reserved space is seen: by a digest, or because nothing can be
 * read. */
static void a_changed_byte_is_found(void **state) {
    struct shop *s = *state;
    struct tree found;
    struct value *facts;
    struct str bytes;
    AUTO(buf) copy;

    section(s, "{compression: none}");
    make(s, NULL);
    assert_int_equal(fsys_read(s->dir.fd, "x.rpm", 1 << 20, &s->mem, &bytes, &s->e), OK);
    buf_init(&copy, 1 << 20);
    buf_str(&copy, bytes);
    for (size_t i = RPMFRONT_SIZE; i < copy.n; i += 7) {
        copy.p[i] ^= 0x20;
        assert_int_equal(fsys_write(s->dir.fd, "x.rpm", buf_get(&copy), 0644, &s->e), OK);
        if (list(s, &found, &facts) != E_WRONG && s->e.code != E_INPUT)
            fail_msg("byte %zu: %s", i, s->e.msg);
        copy.p[i] ^= 0x20;
    }
    for (size_t n = copy.n; n > 0; n = n * 9 / 10) { /* and every end that is missing */
        copy.n = n - 1;
        assert_int_equal(fsys_write(s->dir.fd, "x.rpm", buf_get(&copy), 0644, &s->e), OK);
        assert_int_not_equal(list(s, &found, &facts), OK);
    }
}

static int sign(void *self, struct str bytes, int form, int64_t when, struct buf *sig,
                struct err *e) {
    /* a signature packet of version 4 with an issuer, as gpg writes it */
    static const char packet[] = "\x88\x10\x04\x00\x16\x08\x00\x00\x00\x0a\x09\x10"
                                 "\x01\x23\x45\x67\x89\xab\xcd\xef";
    struct digest_set *set = self;

    (void)form, (void)when;
    buf_put(sig, packet, sizeof packet - 1);
    return digest_bytes(bytes, DIGEST_SHA256, set, e);
}

static void a_signature_moves_nothing(void **state) {
    struct shop *s = *state;
    struct digest_set signed_bytes = {0};
    struct signer signer = {
        .kind = "openpgp", .self = &signed_bytes, .algorithm = 22, .sign_bytes = sign};
    struct str plain, with;
    struct tree found;
    struct value *facts;

    section(s, "{}");
    make(s, NULL);
    assert_int_equal(fsys_read(s->dir.fd, "x.rpm", 1 << 20, &s->mem, &plain, &s->e), OK);
    make(s, &signer);
    assert_int_equal(fsys_read(s->dir.fd, "x.rpm", 1 << 20, &s->mem, &with, &s->e), OK);
    assert_int_equal(plain.n, with.n);
    assert_memory_equal(plain.p, with.p, RPMHDR_LEAD_SIZE);
    assert_memory_equal(plain.p + RPMFRONT_SIZE, with.p + RPMFRONT_SIZE, with.n - RPMFRONT_SIZE);
    assert_int_equal(rpmhdr_count(&s->sig, RPMSIG_DSA), 20);
    assert_int_equal(rpmhdr_count(&s->sig, RPMSIG_RSA), 0);
    /* what was signed is what the header's digest is of */
    assert_true(str_eq(rpmhdr_text(&s->sig, RPMSIG_SHA256),
                       digest_hex(&s->mem, signed_bytes.sha256, sizeof signed_bytes.sha256)));
    assert_int_equal(list(s, &found, &facts), OK);
    assert_true(str_is(value_text(facts, "Signature"), "EdDSA, key 0123456789abcdef"));
}

static void refused(struct shop *s, const char *yaml, const char *why) {
    s->e = (struct err){0};
    section(s, yaml);
    if (rpm_packager.check(&s->j, &s->e) != E_RECIPE)
        fail_msg("taken: %s", yaml);
    if (!str_has(str_of(s->e.msg), why))
        fail_msg("%s: %s", yaml, s->e.msg);
}

static void what_rpm_refuses_is_a_mistake_of_the_recipe(void **state) {
    struct shop *s = *state;

    section(s, "requires: ['a', 'a(x86-64) >= 1:2~3^4-5', '(a if (b or c))', '/bin/sh']\n"
               "prefixes: [/opt]\n");
    if (rpm_packager.check(&s->j, &s->e))
        fail_msg("%s", s->e.msg);
    refused(s, "requires: ['a >> 1']",
            "slipway.yaml:1:12: rpm: requires: \"a >> 1\" is no relation");
    refused(s, "requires: ['a, b']", "is no relation");
    refused(s, "requires: ['a,b']", "is no relation");
    refused(s, "requires: ['>= 1']", "is no relation");
    refused(s, "requires: ['a 1']", "is no relation");
    refused(s, "requires: ['a >= ']", "is no relation");
    refused(s, "requires: ['a >= 1 b']", "is no relation");
    refused(s, "requires: ['(a or b']", "is no relation");
    refused(s, "requires: ['(a) or (b)']", "is no relation");
    refused(s, "requires: [\"a\\nb\"]", "control characters");
    refused(s, "requires: ['']", "control characters");
    refused(s, "provides: ['(a or b)']", "is no relation");
    refused(s, "dist: -x", "dist has letters");
    refused(s, "prefixes: [opt]", "no absolute path");
    refused(s, "group: \"a\\nb\"", "group must be one line");
    refused(s, "{compression: gzip, level: 12}", "gzip has no level 12");
    s->t.arch = ARCH_UNIVERSAL;
    refused(s, "{}", "no architecture \"universal\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_listed, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_changed_byte_is_found, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(a_signature_moves_nothing, open_shop, close_shop),
        cmocka_unit_test_setup_teardown(what_rpm_refuses_is_a_mistake_of_the_recipe, open_shop,
                                        close_shop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
