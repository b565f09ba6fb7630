/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/pe_res.h"
#include "os/fsys.h"
#include "unit/cmocka_all.h"

#include <string.h>

/* PE32: .text, .rsrc and, if asked for, .reloc behind it; an overlay whose place symbols tell. */
enum {
    HEAD = 0x40,
    OPTIONAL = HEAD + 24,
    DIRS = OPTIONAL + 96,
    TABLE = DIRS + 128,
    RSRC = 0x400,
    SIZE = 0xa00
};

static size_t make(unsigned char b[SIZE], bool reloc) {
    size_t end = reloc ? 0x800 : 0x600;

    memset(b, 0, SIZE);
    memcpy(b, "MZ", 2);
    b[60] = HEAD;
    memcpy(b + HEAD, "PE\0", 4);
    bytes_put_le16(b + HEAD + 4, PE_I386);
    bytes_put_le16(b + HEAD + 6, reloc ? 3 : 2);
    bytes_put_le32(b + HEAD + 12, (uint32_t)end); /* symbols */
    bytes_put_le16(b + HEAD + 20, TABLE - OPTIONAL);
    bytes_put_le16(b + OPTIONAL, 0x10b);
    bytes_put_le32(b + OPTIONAL + 32, 0x1000);
    bytes_put_le32(b + OPTIONAL + 36, 0x200);
    bytes_put_le32(b + OPTIONAL + 56, reloc ? 0x4000 : 0x3000);
    bytes_put_le32(b + OPTIONAL + 60, 0x200);
    bytes_put_le32(b + OPTIONAL + 92, 16);
    for (uint32_t i = 0; i < (reloc ? 3u : 2u); i++) {
        unsigned char *h = b + TABLE + i * PE_SECTION_HEAD;

        memcpy(h, i == 0 ? ".text" : i == 1 ? ".rsrc" : ".relo", 5);
        bytes_put_le32(h + 8, 0x180);
        bytes_put_le32(h + 12, 0x1000 * (i + 1));
        bytes_put_le32(h + 16, 0x200);
        bytes_put_le32(h + 20, 0x200 * (i + 1));
    }
    memset(b + 0x200, 0xcc, 0x200);
    /* one resource: type 10, id 7, language 1031 */
    for (uint32_t i = 0; i < 3; i++) {
        static const uint32_t id[] = {10, 7, 1031};
        unsigned char *dir = b + RSRC + 24 * i;

        bytes_put_le16(dir + 14, 1);
        bytes_put_le32(dir + 16, id[i]);
        bytes_put_le32(dir + 20, i < 2 ? 0x80000000u | (24 * (i + 1)) : 72);
    }
    bytes_put_le32(b + RSRC + 72, 0x2000 + 88);
    bytes_put_le32(b + RSRC + 76, 5);
    bytes_put_le32(b + RSRC + 80, 1252);
    memcpy(b + RSRC + 88, "hello", 5);
    bytes_put_le32(b + DIRS + 16, 0x2000);
    bytes_put_le32(b + DIRS + 20, 96);
    if (reloc)
        memset(b + 0x600, 0x11, 0x200);
    memcpy(b + end, "overlay", 7);
    return end + 7;
}

struct opened {
    struct arena mem;
    struct outfile file;
    struct infile view;
    struct pe pe;
    struct pe_res_list l;
};

static void open_bytes(struct opened *o, const unsigned char *b, size_t n) {
    struct err e = {0};

    *o = (struct opened){.file = OUTFILE_NONE, .view = INFILE_NONE};
    assert_int_equal(outfile_spool(&o->file, FSYS_HERE, &e), OK);
    assert_int_equal(outfile_append(&o->file, b, n, &e), OK);
    assert_int_equal(outfile_view(&o->file, &o->view, &e), OK);
    assert_int_equal(pe_open(&o->pe, &o->view, &o->mem, &e), OK);
}

static void close_it(struct opened *o) {
    infile_drop(&o->view);
    outfile_drop(&o->file);
    arena_drop(&o->mem);
}

/* Writes with another resource of n bytes and reads all back. */
static void grow(bool reloc, size_t n, size_t sections, uint32_t rva, uint64_t size) {
    static unsigned char data[0x3000];
    unsigned char b[SIZE], back[7];
    struct opened o, q = {.file = OUTFILE_NONE, .view = INFILE_NONE};
    struct err e = {0};
    size_t all = make(b, reloc);

    memset(data, 'x', sizeof data);
    open_bytes(&o, b, all);
    assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), OK);
    assert_int_equal(o.l.n, 1);
    assert_int_equal(o.l.v[0].size, 5);
    pe_res_add(&o.l, 24, (struct pe_res_key){0, STR("N\0A\0")}, 0, (struct str){(char *)data, n});
    assert_int_equal(outfile_spool(&q.file, FSYS_HERE, &e), OK);
    assert_int_equal(pe_res_write(&o.pe, &o.l, &q.file, &e), OK);
    assert_int_equal(q.file.size, size);
    assert_int_equal(outfile_view(&q.file, &q.view, &e), OK);
    assert_int_equal(pe_open(&q.pe, &q.view, &q.mem, &e), OK);
    assert_int_equal(pe_res_read(&q.pe, &q.mem, &q.l, &e), OK);
    assert_int_equal(q.pe.n_sections, sections);
    assert_int_equal(q.pe.dir[PE_DIR_RESOURCE].rva, rva);
    assert_int_equal(q.l.n, 2);
    assert_int_equal(q.l.v[0].type.id, 10);
    assert_int_equal(q.l.v[0].lang, 1031);
    assert_int_equal(q.l.v[0].codepage, 1252);
    assert_int_equal(infile_read(&q.view, q.l.v[0].at, back, 5, &e), OK);
    assert_memory_equal(back, "hello", 5);
    assert_int_equal(q.l.v[1].size, n);
    assert_memory_equal(q.l.v[1].name.name.p, "N\0A\0", 4);
    assert_int_equal(q.pe.symbols_at, q.pe.end);
    assert_int_equal(infile_read(&q.view, q.pe.end, back, 7, &e), OK);
    assert_memory_equal(back, "overlay", 7);
    assert_int_equal(q.pe.image_size % 0x1000, 0);
    close_it(&o);
    close_it(&q);
}

static void they_go_where_there_is_room(void **state) {
    (void)state;
    grow(false, 10, 2, 0x2000, 0x600 + 7);      /* in place */
    grow(true, 10, 3, 0x2000, 0x800 + 7);       /* the same, with a neighbour */
    grow(false, 0x300, 2, 0x2000, 0x800 + 7);   /* the last section grows */
    grow(true, 0x300, 4, 0x4000, 0xc00 + 7);    /* one of their own */
    grow(false, 0x2100, 2, 0x2000, 0x2600 + 7); /* beyond its page */
}

/* As compilers of .NET leave it: relocations behind the resources, and full headers. */
static void relocations_make_room(void **state) {
    static const struct {
        size_t resource;
        uint32_t rva, at, image;
    } want[] = {{0x300, 0x3000, 0x800, 0x4000}, {0x1000, 0x4000, 0x1600, 0x5000}};

    (void)state;
    for (size_t i = 0; i < COUNT(want); i++) {
        static unsigned char data[0x1000];
        unsigned char b[SIZE], back[7];
        struct opened o, q = {.file = OUTFILE_NONE, .view = INFILE_NONE};
        const struct pe_section *s;
        struct err e = {0};
        size_t n = make(b, true);

        b[0x1c0] = 1; /* where another section's header would have to be */
        bytes_put_le32(b + DIRS + 8 * PE_DIR_RELOCATIONS, 0x3000);
        bytes_put_le32(b + DIRS + 8 * PE_DIR_RELOCATIONS + 4, 12);
        open_bytes(&o, b, n);
        assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), OK);
        pe_res_add(&o.l, 24, (struct pe_res_key){1, {0}}, 0,
                   (struct str){(char *)data, want[i].resource});
        assert_int_equal(outfile_spool(&q.file, FSYS_HERE, &e), OK);
        assert_int_equal(pe_res_write(&o.pe, &o.l, &q.file, &e), OK);
        assert_int_equal(outfile_view(&q.file, &q.view, &e), OK);
        assert_int_equal(pe_open(&q.pe, &q.view, &q.mem, &e), OK);
        assert_int_equal(pe_res_read(&q.pe, &q.mem, &q.l, &e), OK);
        assert_int_equal(q.l.n, 2);
        assert_int_equal(q.pe.n_sections, 3);
        s = &q.pe.section[2];
        assert_int_equal(s->rva, want[i].rva);
        assert_int_equal(s->at, want[i].at);
        assert_int_equal(q.pe.dir[PE_DIR_RELOCATIONS].rva, want[i].rva);
        assert_int_equal(q.pe.image_size, want[i].image);
        assert_int_equal(infile_read(&q.view, s->at, back, 1, &e), OK);
        assert_int_equal(back[0], 0x11);
        assert_int_equal(q.pe.symbols_at, q.pe.end);
        assert_int_equal(infile_read(&q.view, q.pe.end, back, 7, &e), OK);
        assert_memory_equal(back, "overlay", 7);
        close_it(&o);
        close_it(&q);
    }
}

static void sections_with_more_in_them_stay(void **state) {
    unsigned char b[SIZE];
    struct opened o;
    AUTO(outfile) to = OUTFILE_NONE;
    struct err e = {0};
    size_t n = make(b, false);

    (void)state;
    bytes_put_le32(b + DIRS + 8, 0x2000 + 0x60); /* imports, as packers have them there */
    bytes_put_le32(b + DIRS + 12, 20);
    open_bytes(&o, b, n);
    assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), OK);
    assert_int_equal(outfile_spool(&to, FSYS_HERE, &e), OK);
    assert_int_equal(pe_res_write(&o.pe, &o.l, &to, &e), OK);
    assert_int_equal(to.size, 0x800 + 7);
    close_it(&o);
}

static void damaged(size_t at, uint32_t v, const char *why) {
    unsigned char b[SIZE];
    struct opened o;
    struct err e = {0};
    size_t n = make(b, false);

    bytes_put_le32(b + at, v);
    open_bytes(&o, b, n);
    assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), E_INPUT);
    if (!strstr(e.msg, why))
        fail_msg("%s, not %s", e.msg, why);
    close_it(&o);
}

/* What a packer unpacks lies in a section that is empty in the file. */
static void packed_resources_are_told(void **state) {
    unsigned char b[SIZE];
    struct opened o;
    struct err e = {0};
    size_t n = make(b, false);

    (void)state;
    bytes_put_le32(b + TABLE + 16, 0);
    bytes_put_le32(b + RSRC + 72, 0x1010);
    open_bytes(&o, b, n);
    assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "packed resources"));
    close_it(&o);
}

static void damage_is_told(void **state) {
    (void)state;
    damaged(RSRC + 12, 0xffffffff, "too many");
    damaged(RSRC + 12, 0x10000 * 100, "three levels");
    damaged(RSRC + 20, 24, "three levels");
    damaged(RSRC + 68, 0x80000000, "three levels");
    damaged(RSRC + 20, 0x80000000, "three levels"); /* round and round */
    damaged(RSRC + 20, 0xfffffff0, "leaves its section");
    damaged(RSRC + 16, 0x80000300, "leaves its section");
    damaged(RSRC + 72, 0x1ff0, "outside of the file");
    damaged(RSRC + 76, 0xfffffff0, "outside of the file");
    damaged(DIRS + 16, 0x9000, "leaves its section");
}

/* A small file whose 300 groups of icons are all the same bytes: they are not held 300 times. */
static void groups_in_one_place_cost_little(void **state) {
    enum { N = 300, LEAF = 64 + 8 * N, ROOM = 0x3000 };
    static unsigned char b[RSRC + ROOM];
    unsigned char head[SIZE], *r = b + RSRC;
    struct opened o;
    struct err e = {0};

    (void)state;
    make(head, false);
    memcpy(b, head, RSRC);
    bytes_put_le32(b + TABLE + PE_SECTION_HEAD + 8, ROOM);
    bytes_put_le32(b + TABLE + PE_SECTION_HEAD + 16, ROOM);
    for (uint32_t i = 0; i < 2; i++) {
        bytes_put_le16(r + 24 * i + 14, 1);
        bytes_put_le32(r + 24 * i + 16, i ? 1 : PE_RES_GROUP_ICON);
        bytes_put_le32(r + 24 * i + 20, 0x80000000u | 24 * (i + 1));
    }
    bytes_put_le16(r + 48 + 14, N);
    for (uint32_t i = 0; i < N; i++) {
        bytes_put_le32(r + 64 + 8 * i, i);
        bytes_put_le32(r + 64 + 8 * i + 4, LEAF);
    }
    bytes_put_le32(r + LEAF, 0x2000 + LEAF + 16);
    bytes_put_le32(r + LEAF + 4, 4000);
    open_bytes(&o, b, sizeof b);
    assert_int_equal(pe_res_read(&o.pe, &o.mem, &o.l, &e), E_INPUT);
    assert_non_null(strstr(e.msg, "too many icons"));
    close_it(&o);
}

static void an_icon_takes_the_first_group(void **state) {
    static const char ico[] = "\0\0\1\0\2\0"
                              "\x10\x10\0\0\1\0\x20\0\x28\0\0\0\x26\0\0\0"
                              "\x20\x20\0\0\1\0\x20\0\x28\0\0\0\x4e\0\0\0"
                              "\x89PNG\r\n\x1a\n"
                              "1..............................."
                              "\x89PNG\r\n\x1a\n"
                              "2...............................";
    static const char group[] = "\0\0\1\0\2\0"
                                "\x10\x10\0\0\1\0\x20\0\x28\0\0\0\1\0"
                                "\x10\x10\0\0\1\0\x20\0\x28\0\0\0\2\0";
    static const char other[] = "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x28\0\0\0\2\0";
    AUTO(arena) mem = {0};
    struct pe_res_list l = {.mem = &mem};
    struct err e = {0};
    size_t pictures = 0;

    (void)state;
    assert_int_equal(pe_res_set_icon(&l, STR("GIF89a"), &e), E_INPUT);
    pe_res_add(&l, PE_RES_GROUP_ICON, (struct pe_res_key){101, {0}}, 0,
               (struct str){group, sizeof group - 1});
    pe_res_add(&l, PE_RES_GROUP_ICON, (struct pe_res_key){102, {0}}, 0,
               (struct str){other, sizeof other - 1});
    pe_res_add(&l, PE_RES_ICON, (struct pe_res_key){1, {0}}, 0, STR("........old 1"));
    pe_res_add(&l, PE_RES_ICON, (struct pe_res_key){2, {0}}, 0, STR("........old 2"));
    assert_int_equal(pe_res_set_icon(&l, (struct str){ico, sizeof ico - 1}, &e), OK);
    for (size_t i = 0; i < l.n; i++)
        if (l.v[i].type.id == PE_RES_ICON) {
            static const char first[] = {'1', 'o', '2'};

            assert_int_equal(l.v[i].name.id, ++pictures); /* 2 is the other group's too */
            assert_int_equal(l.v[i].fresh.p[8], first[pictures - 1]);
        }
    assert_int_equal(pictures, 3);
    assert_int_equal(pe_res_find(&l, PE_RES_GROUP_ICON)->name.id, 101);
    assert_int_equal(pe_res_find(&l, PE_RES_GROUP_ICON)->fresh.n, 6 + 2 * 14);
    assert_int_equal(bytes_le16(pe_res_find(&l, PE_RES_GROUP_ICON)->fresh.p + 6 + 26), 3);
}

static void manifests_are_well_formed(void **state) {
    static const char *const good[] = {
        "<assembly/>",
        "\xef\xbb\xbf<?xml version='1.0'?>\r\n<!-- a > b --><a:assembly xmlns:a=\"u\"\n x = 'y'>t "
        "&amp; &#x41;<b></b ><!-- - --><c /></a:assembly>\n<!---->\n"};
    static const char *const bad[] = {"",
                                      "<assembly>",
                                      "<assembly/",
                                      "<assembly",
                                      "<other/>",
                                      "<assembly><a></assembly></a>",
                                      "<assembly a=b/>",
                                      "<assembly a='b'c='d'/>",
                                      "<assembly a='<'/>",
                                      "<assembly a='b/>",
                                      "<assembly>&</assembly>",
                                      "<assembly>&amp</assembly>",
                                      "<assembly/><assembly/>",
                                      "<!DOCTYPE x><assembly/>",
                                      "<assembly><!-- </assembly>",
                                      "<assembly/>x",
                                      "<assembly>\xff</assembly>"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(pe_res_xml_ok(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(pe_res_xml_ok(str_of(bad[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(they_go_where_there_is_room),
                                       cmocka_unit_test(relocations_make_room),
                                       cmocka_unit_test(sections_with_more_in_them_stay),
                                       cmocka_unit_test(packed_resources_are_told),
                                       cmocka_unit_test(damage_is_told),
                                       cmocka_unit_test(groups_in_one_place_cost_little),
                                       cmocka_unit_test(an_icon_takes_the_first_group),
                                       cmocka_unit_test(manifests_are_well_formed)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
