/* SPDX-License-Identifier: Apache-2.0 */
#include "model/release.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static struct artifact artifact(const char *name, const char *parent) {
    struct artifact a = {
        .name = str_of(name), .parent = str_of(parent), .format = STR("deb"), .size = 5};

    a.digests.kinds = DIGEST_SHA256 | DIGEST_SHA512;
    memset(a.digests.sha256, 0xab, 32);
    memset(a.digests.sha512, 0x01, 64);
    return a;
}

static void add(struct release *r, const char *name, const char *parent) {
    struct artifact a = artifact(name, parent);

    release_add(r, &a);
}

static const char *names(struct arena *a, const struct release *r) {
    const char *all = "";

    for (size_t i = 0; i < r->n; i++)
        all = arena_fmt(a, "%s%s" STR_F, all, i ? " " : "", STR_A(r->v[i].name));
    return all;
}

static void stays_sorted(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    struct release r = {.mem = &a};

    add(&r, "b", NULL);
    add(&r, "c", NULL);
    add(&r, "a", NULL);
    add(&r, "b", NULL);
    add(&r, "b.asc", "b");
    add(&r, "b.asc.sha256", "b.asc");
    add(&r, "a.asc", "a");
    assert_string_equal(names(&a, &r), "a a.asc b b.asc b.asc.sha256 c");
    assert_non_null(release_find(&r, STR("c")));
    release_remove(&r, STR("b"));
    assert_string_equal(names(&a, &r), "a a.asc c");
    release_remove(&r, STR("nothing"));
    release_remove(&r, (struct str){0});
    assert_string_equal(names(&a, &r), "a a.asc c");
    assert_null(release_find(&r, STR("b")));
}

static void fill(struct release *r) {
    struct artifact p = artifact("hello_1.0.0_amd64.deb", NULL);

    r->name = STR("hello");
    r->title = STR("Hello \"World\"");
    r->version = STR("1.0.0");
    r->channel = STR("latest");
    r->time = 1767225600;
    p.os = STR("linux");
    p.arch = STR("x86_64");
    p.made_by = STR("slipway 0.1.0 deb");
    p.cache_seconds = 31536000;
    p.blockmap_size = 3;
    release_add(r, &p);
    p = artifact("hello_1.0.0_amd64.deb.asc", "hello_1.0.0_amd64.deb");
    p.role = ROLE_SIGNATURE;
    p.format = STR("asc");
    p.signer = STR("ABCDEF");
    release_add(r, &p);
}

static void reads_what_it_writes(void **state) {
    (void)state;
    AUTO(arena) a = {0};
    AUTO(buf) one;
    AUTO(buf) two;
    struct release r = {.mem = &a}, back;
    struct err e = {0};

    buf_init(&one, 100000);
    buf_init(&two, 100000);
    fill(&r);
    release_write(&r, &one);
    if (release_read(buf_get(&one), "release.json", &a, &back, &e))
        fail_msg("%s", e.msg);
    release_write(&back, &two);
    assert_string_equal(one.p, two.p);
    assert_int_equal(back.n, 2);
    assert_int_equal(back.v[1].role, ROLE_SIGNATURE);
    assert_int_equal(back.v[0].size, 5);
    assert_int_equal(back.v[0].blockmap_size, 3);
    assert_int_equal(back.v[1].blockmap_size, 0);
    assert_memory_equal(back.v[0].digests.sha512, r.v[0].digests.sha512, 64);
}

/* Replaces the first `from` of a good ledger by `to`. */
static void refused(const char *from, const char *to, const char *message) {
    AUTO(arena) a = {0};
    AUTO(buf) text;
    AUTO(buf) changed;
    struct release r = {.mem = &a}, back;
    struct err e = {0};
    const char *at;

    buf_init(&text, 100000);
    buf_init(&changed, 100000);
    fill(&r);
    release_write(&r, &text);
    at = strstr(text.p, from);
    assert_non_null(at);
    buf_put(&changed, text.p, (size_t)(at - text.p));
    buf_z(&changed, to);
    buf_z(&changed, at + strlen(from));
    assert_int_equal(release_read(buf_get(&changed), "release.json", &a, &back, &e), E_INPUT);
    assert_string_equal(e.msg, message);
}

static void hostile_ledgers_are_refused(void **state) {
    (void)state;
    refused("\"hello_1.0.0_amd64.deb.asc\"", "\"../x\"",
            "release.json: artifacts[1]: \"name\" is refused: path \"../x\" has a \"..\" part");
    refused("\"hello_1.0.0_amd64.deb\"", "\"/etc/x\"",
            "release.json: artifacts[0]: \"name\" is refused: path \"/etc/x\" is absolute");
    refused("\"1.0.0\"", "\"../1\"",
            "release.json: \"version\" is not a word that can be part of a path");
    refused("\"latest\"", "\"..\"",
            "release.json: \"channel\" is not a word that can be part of a path");
    refused("\"parent\": \"hello", "\"parent\": \"../hello",
            "release.json: artifacts[1]: \"parent\" is refused: path "
            "\"../hello_1.0.0_amd64.deb\" has a \"..\" part");
    refused("\"size\": 5", "\"size\": -5",
            "release.json: artifacts[0]: \"size\" is not a number from 0 up");
    refused("\"size\": 5", "\"size\": \"5\"",
            "release.json: artifacts[0]: \"size\" is not a number from 0 up");
    refused("\"blockmap_size\": 3", "\"blockmap_size\": 6",
            "release.json: artifacts[0]: \"blockmap_size\" is larger than the file");
    refused("abab", "ab",
            "release.json: artifacts[0]: \"sha256\" is not a digest in hexadecimal "
            "digits");
    refused("abab", "abzz",
            "release.json: artifacts[0]: \"sha256\" is not a digest in "
            "hexadecimal digits");
    refused("\"sha512\"", "\"sha513\"", "release.json: artifacts[0]: \"sha512\" is missing");
    refused("\"package\"", "\"parcel\"",
            "release.json: artifacts[0]: \"role\" is not a known role");
    refused("\"x86_64\"", "\"amd64\"",
            "release.json: artifacts[0]: \"arch\" is not a known architecture");
    refused(".deb.asc\"", ".de\"",
            "release.json: artifacts[1]: \"name\" is not in order: artifacts are sorted by name, "
            "each is there once");
    refused("\"schema\": 1", "\"schema\": 2",
            "release.json: \"schema\" is not 1: written by a newer slipway");
    refused("\"artifacts\"", "\"Artifacts\"", "release.json: \"artifacts\" is missing");
    refused("Hello ", "Hello\\u001b", "release.json: \"title\" has a control character");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_sorted),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(hostile_ledgers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
