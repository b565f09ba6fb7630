/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp.h"
#include "os/child.h"
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIG = 1024 * 1024 };
#define TEXT STR("what is signed\nin two lines\n")

/* HOME and TMPDIR of the whole test are empty folders; `gpg` is the home of the gpg program that
 * judges our signatures. */
struct world {
    struct tmpdir dir;
    char home[600], tmp[600], gpg[600];
    struct buf secret, pub;
    struct arena mem;
    struct str fpr;
};

static int gpg_run(struct world *w, const char *const *args, struct buf *out) {
    const char *argv[24] = {"gpg", "--homedir", w->gpg, "--batch", "--no-tty", "--yes"};
    struct err e = {0};
    int status = -1;
    AUTO(buf) said;
    struct child_opts o = {.output = out ? out : &said, .errors = &said};

    buf_init(&said, BIG);
    if (out)
        o.errors = out;

    for (size_t i = 0; args[i]; i++)
        argv[6 + i] = args[i];
    assert_int_equal(child_run(argv, &o, &status, &e), OK);
    if (status)
        print_message("gpg: " STR_F, STR_A(buf_get(o.output)));
    return status;
}
#define GPG(w, out, ...) gpg_run(w, (const char *const[]){__VA_ARGS__, NULL}, out)

static const char *put_file(struct world *w, const char *name, struct str text) {
    struct err e = {0};

    assert_int_equal(fsys_write(w->dir.fd, name, text, 0600, &e), OK);
    return arena_fmt(&w->mem, "%s/%s", w->dir.path, name);
}

static size_t entries(struct world *w, const char *path) {
    struct fsys_name *names;
    struct err e = {0};
    size_t n;

    assert_int_equal(fsys_list(FSYS_HERE, path, &w->mem, &names, &n, &e), OK);
    return n;
}

static int setup(void **state) {
    struct world *w = mem_alloc(sizeof *w);
    struct err e = {0};

    *state = w;
    assert_int_equal(tmpdir_open(&w->dir, "t", &e), OK);
    snprintf(w->home, sizeof w->home, "%s/home", w->dir.path);
    snprintf(w->tmp, sizeof w->tmp, "%s/t", w->dir.path);
    snprintf(w->gpg, sizeof w->gpg, "%s/g", w->dir.path);
    assert_int_equal(fsys_mkdirs(FSYS_HERE, w->home, &e) || fsys_mkdirs(FSYS_HERE, w->tmp, &e) ||
                         fsys_mkdirs(FSYS_HERE, w->gpg, &e) ||
                         fsys_chmod(FSYS_HERE, w->gpg, 0700, &e),
                     OK);
    setenv("HOME", w->home, 1);
    setenv("TMPDIR", w->tmp, 1);
    unsetenv("GNUPGHOME");
    buf_init(&w->secret, BIG);
    buf_init(&w->pub, BIG);
    if (pgp_generate("ed25519", "Test Key <test@example.com>", 0, &w->secret, &w->pub, &w->mem,
                     &w->fpr, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(GPG(w, NULL, "--import", put_file(w, "pub.asc", buf_get(&w->pub))), 0);
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    const char *const kill[] = {"gpgconf", "--homedir", w->gpg, "--kill", "gpg-agent", NULL};
    struct err e = {0};

    if (child_run(kill, NULL, NULL, &e))
        return -1;
    buf_drop(&w->secret);
    buf_drop(&w->pub);
    arena_drop(&w->mem);
    tmpdir_drop(&w->dir);
    mem_free(w);
    return 0;
}

static struct str sign(struct world *w, struct pgp *p, struct str text, enum pgp_form form,
                       int64_t when) {
    struct source_bytes b;
    struct source s;
    struct err e = {0};
    struct str copy;
    AUTO(buf) sig;

    buf_init(&sig, BIG);
    source_str(&s, &b, text);
    if (pgp_sign(p, &s, form, when, &sig, &e))
        fail_msg("%s", e.msg);
    copy = str_dup(&w->mem, buf_get(&sig));
    return copy;
}

static struct pgp *open_key(struct world *w) {
    struct err e = {0};
    struct pgp *p;

    if (pgp_open(&p, buf_get(&w->secret), STR(""), &e))
        fail_msg("%s", e.msg);
    return p;
}

static void test_forms(void **state) {
    struct world *w = *state;
    struct pgp *p = open_key(w);
    const char *text = put_file(w, "text", TEXT), *sig;
    AUTO(buf) out;

    buf_init(&out, BIG);
    assert_true(str_eq(pgp_fingerprint(p), w->fpr));
    assert_true(str_is(pgp_uid(p), "Test Key <test@example.com>"));
    assert_int_equal(pgp_algorithm(p), 22);
    sig = put_file(w, "sig", sign(w, p, TEXT, PGP_DETACHED, 0));
    assert_int_equal(GPG(w, NULL, "--verify", sig, text), 0);
    sig = put_file(w, "asc", sign(w, p, TEXT, PGP_DETACHED_ARMOR, 0));
    assert_int_equal(GPG(w, &out, "--verify", "-v", sig, text), 0);
    assert_true(str_has(buf_get(&out), "digest algorithm SHA512"));
    sig = put_file(w, "clear", sign(w, p, TEXT, PGP_CLEAR, 0));
    assert_int_equal(GPG(w, NULL, "--verify", sig), 0);
    pgp_close(p);
    assert_int_equal(entries(w, w->home), 0);
    assert_int_equal(entries(w, w->tmp), 0);
}

/* The same time gives the same bytes; a time before the key's own is moved up to it. */
static void test_time(void **state) {
    struct world *w = *state;
    struct pgp *p = open_key(w);
    const char *text = put_file(w, "text", TEXT);
    struct str late = sign(w, p, TEXT, PGP_DETACHED, 1900000000), early;
    AUTO(buf) out;

    buf_init(&out, BIG);
    assert_true(str_eq(late, sign(w, p, TEXT, PGP_DETACHED, 1900000000)));
    early = sign(w, p, TEXT, PGP_DETACHED, 1000000000);
    pgp_close(p);
    p = open_key(w);
    assert_true(str_eq(late, sign(w, p, TEXT, PGP_DETACHED, 1900000000)));
    assert_true(str_eq(early, sign(w, p, TEXT, PGP_DETACHED, 1000000000)));
    pgp_close(p);
    assert_int_equal(GPG(w, &out, "--list-packets", put_file(w, "late", late)), 0);
    assert_true(str_has(buf_get(&out), "created 1900000000"));
    assert_int_equal(GPG(w, NULL, "--verify", put_file(w, "early", early), text), 0);
}

static void verify(struct world *w, struct str text, struct str sig, struct str keys,
                   struct pgp_verdict *v) {
    struct source_bytes b;
    struct source s;
    struct err e = {0};

    source_str(&s, &b, text);
    if (pgp_verify(&s, sig, keys, &w->mem, v, &e))
        fail_msg("%s", e.msg);
}

static void test_verify(void **state) {
    struct world *w = *state;
    struct pgp *p = open_key(w);
    struct str sig = sign(w, p, TEXT, PGP_DETACHED, 1900000000), fpr, bad;
    struct pgp_verdict v;
    struct err e = {0};
    AUTO(buf) secret;
    AUTO(buf) pub;

    buf_init(&secret, BIG);
    buf_init(&pub, BIG);
    pgp_close(p);
    sig = sign(w, p = open_key(w), TEXT, PGP_DETACHED_ARMOR, 1000000000);
    pgp_close(p);
    verify(w, TEXT, sig, buf_get(&w->pub), &v);
    assert_true(v.good);
    assert_true(str_eq(v.signer, w->fpr));
    assert_true(str_is(v.uid, "Test Key <test@example.com>"));
    verify(w, STR("what is Signed\nin two lines\n"), sig, buf_get(&w->pub), &v);
    assert_false(v.good);
    assert_true(str_is(v.why, "BAD signature"));
    assert_int_equal(pgp_generate("rsa4096", "Other", 0, &secret, &pub, &w->mem, &fpr, &e), OK);
    verify(w, TEXT, sig, buf_get(&pub), &v);
    assert_false(v.good);
    assert_true(str_has(v.why, "is not among the keys given"));
    bad = str_dup(&w->mem, STR("no signature at all"));
    verify(w, TEXT, bad, buf_get(&w->pub), &v);
    assert_false(v.good);
    assert_true(str_is(v.why, "not an OpenPGP signature"));
    assert_int_equal(entries(w, w->tmp), 0);
}

/* What InRelease is: gpg's own clear signature and ours read alike, and nothing of a changed one.
 */
static void test_clear(void **state) {
    struct world *w = *state;
    struct pgp_verdict v;
    struct err e = {0};
    struct pgp *p;
    struct str signed_text, text, changed;

    assert_int_equal(pgp_open(&p, buf_get(&w->secret), STR(""), &e), OK);
    signed_text = sign(w, p, STR("Origin: here\nSuite: stable\n"), PGP_CLEAR, 0);
    pgp_close(p);
    assert_int_equal(pgp_verify_clear(signed_text, buf_get(&w->pub), &w->mem, &text, &v, &e), OK);
    assert_true(v.good);
    assert_true(str_eq(str_trim(text), STR("Origin: here\nSuite: stable")));
    changed = signed_text;
    for (size_t i = 0; i + 6 < changed.n; i++)
        if (!memcmp(changed.p + i, "stable", 6)) {
            char *copy = arena_dup(&w->mem, changed.p, changed.n);

            copy[i] = 'S';
            changed.p = copy;
            break;
        }
    assert_int_equal(pgp_verify_clear(changed, buf_get(&w->pub), &w->mem, &text, &v, &e), OK);
    assert_false(v.good);
    assert_int_equal(text.n, 0);
}

static void refused(struct world *w, struct str key, struct str pass, const char *why) {
    struct err e = {0};
    struct pgp *p;

    assert_int_equal(pgp_open(&p, key, pass, &e), E_SIGN);
    if (!strstr(e.msg, why))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
    assert_null(p);
    assert_int_equal(entries(w, w->tmp), 0);
}

static void test_refused(void **state) {
    struct world *w = *state;
    struct pgp *p;
    struct err e = {0};
    AUTO(buf) out;

    buf_init(&out, BIG);
    refused(w, buf_get(&w->pub), STR(""), "is a public key");
    refused(w, STR("rubbish"), STR(""), "holds no OpenPGP key");
    refused(w, STR(""), STR(""), "holds no OpenPGP key");

    assert_int_equal(GPG(w, NULL, "--passphrase", "sesame", "--quick-gen-key", "Locked", "rsa2048",
                         "sign", "0"),
                     0);
    assert_int_equal(GPG(w, &out, "--pinentry-mode", "loopback", "--passphrase", "sesame",
                         "--armor", "--export-secret-keys", "Locked"),
                     0);
    refused(w, buf_get(&out), STR("Sesame"), "wrong passphrase");
    refused(w, buf_get(&out), STR(""), "none was given");
    if (pgp_open(&p, buf_get(&out), STR("sesame"), &e))
        fail_msg("%s", e.msg);
    assert_int_equal(pgp_algorithm(p), 1);
    sign(w, p, TEXT, PGP_DETACHED, 0);
    pgp_close(p);

    assert_int_equal(GPG(w, NULL, "--passphrase", "", "--faked-system-time", "20200101T000000",
                         "--quick-gen-key", "Old", "ed25519", "sign", "2020-06-30"),
                     0);
    buf_clear(&out);
    assert_int_equal(GPG(w, &out, "--armor", "--export-secret-keys", "Old"), 0);
    refused(w, buf_get(&out), STR(""), "expired on 2020-06-30");
}

/* gpg signs with the newest signing subkey; the key is known by its primary all the same. */
static void test_subkey(void **state) {
    struct world *w = *state;
    struct pgp_verdict v;
    struct err e = {0};
    struct pgp *p;
    struct str fpr, sig;
    AUTO(buf) out;

    buf_init(&out, BIG);
    assert_int_equal(
        GPG(w, NULL, "--passphrase", "", "--quick-gen-key", "Two", "ed25519", "cert", "0"), 0);
    assert_int_equal(GPG(w, &out, "--with-colons", "--list-keys", "Two"), 0);
    fpr = buf_get(&out);
    fpr = str_cut(fpr, (size_t)(strstr(fpr.p, "fpr:::::::::") - fpr.p) + 12, fpr.n);
    fpr = str_dup(&w->mem, str_cut(fpr, 0, 40));
    assert_int_equal(GPG(w, NULL, "--passphrase", "", "--quick-add-key", fpr.p, "rsa2048", "sign"),
                     0);
    buf_clear(&out);
    assert_int_equal(GPG(w, &out, "--armor", "--export-secret-keys", "Two"), 0);
    if (pgp_open(&p, buf_get(&out), STR(""), &e))
        fail_msg("%s", e.msg);
    assert_true(str_eq(pgp_fingerprint(p), fpr));
    assert_int_equal(pgp_algorithm(p), 1);
    sig = sign(w, p, TEXT, PGP_DETACHED, 1000000000);
    buf_clear(&out);
    assert_int_equal(pgp_public(p, &out, &e), OK);
    pgp_close(p);
    verify(w, TEXT, sig, buf_get(&out), &v);
    assert_true(v.good);
    assert_true(str_eq(v.signer, fpr));
}

/* A key of the user's keyring: the agent is theirs, the time is ours, nothing of theirs changes. */
static void test_user(void **state) {
    struct world *w = *state;
    const char *text = put_file(w, "text", TEXT);
    struct err e = {0};
    struct pgp *p;
    struct str sig;

    assert_int_equal(
        GPG(w, NULL, "--passphrase", "", "--quick-gen-key", "Mine", "ed25519", "sign", "0"), 0);
    setenv("GNUPGHOME", w->gpg, 1);
    assert_int_equal(pgp_open_user(&p, "Nobody", STR(""), &e), E_SIGN);
    assert_string_equal(e.msg, "gpg:Nobody: the user's keyring has no such secret key");
    if (pgp_open_user(&p, "Mine", STR(""), &e))
        fail_msg("%s", e.msg);
    sig = sign(w, p, TEXT, PGP_DETACHED, 1900000000);
    assert_true(str_eq(sig, sign(w, p, TEXT, PGP_DETACHED, 1900000000)));
    sig = sign(w, p, TEXT, PGP_DETACHED_ARMOR, 0);
    pgp_close(p);
    unsetenv("GNUPGHOME");
    assert_int_equal(GPG(w, NULL, "--verify", put_file(w, "sig", sig), text), 0);
    assert_int_equal(entries(w, w->tmp), 0);
    assert_int_equal(entries(w, w->home), 0);
}

/* A folder that nobody holds is a killed run's; a long or missing TMPDIR is passed over. */
static void test_places(void **state) {
    struct world *w = *state;
    struct err e = {0};
    char longer[200];
    struct pgp *p;

    assert_int_equal(fsys_mkdirs(w->dir.fd, "t/slipway-pgp-dead01/private-keys-v1.d", &e), OK);
    put_file(w, "t/slipway-pgp-dead01/lock", STR(""));
    assert_int_equal(fsys_mkdirs(w->dir.fd, "t/slipway-pgp-young1", &e), OK);
    pgp_close(open_key(w));
    assert_int_equal(entries(w, w->tmp), 1);
    assert_int_equal(fsys_remove_tree(w->dir.fd, "t/slipway-pgp-young1", &e), OK);

    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = 0;
    setenv("TMPDIR", longer, 1);
    p = open_key(w);
    sign(w, p, TEXT, PGP_DETACHED, 0);
    pgp_close(p);
    setenv("TMPDIR", "/nowhere/at/all", 1);
    pgp_close(open_key(w));
    setenv("TMPDIR", w->tmp, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),  cmocka_unit_test(test_time),
        cmocka_unit_test(test_verify), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_subkey), cmocka_unit_test(test_user),
        cmocka_unit_test(test_places), cmocka_unit_test(test_clear),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
