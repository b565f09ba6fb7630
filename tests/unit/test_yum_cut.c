/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_cut.h"
#include "repo/yum_repomd.h"
#include "repo/yum_xml.h"
#include "unit/cmocka_all.h"

#include <string.h>

struct found {
    struct str doc;
    size_t n, bytes;
};

static int raw(void *self, struct str bytes, struct err *e) {
    struct found *f = self;

    (void)e;
    f->bytes += bytes.n;
    return OK;
}

static int element(void *self, struct str xml, uint64_t at, struct err *e) {
    struct found *f = self;

    (void)e;
    assert_memory_equal(f->doc.p + at, xml.p, xml.n);
    assert_true(str_starts(xml, "<package") && str_ends(xml, "</package>"));
    f->n++;
    return OK;
}

static int cut(const char *doc, struct found *f, struct err *e) {
    static const struct yum_cut_ops ops = {raw, element};
    struct source_bytes from;
    struct source s;
    int rc;

    *f = (struct found){.doc = str_of(doc)};
    source_str(&s, &from, f->doc);
    rc = yum_cut(&s, "metadata", &ops, f, e);
    source_drop(&s);
    return rc;
}

static void packages_are_found_where_they_are(void **state) {
    struct found f;
    struct err e = {0};

    (void)state;
    assert_int_equal(
        cut("<?xml version='1.0' encoding='utf-8'?>\n<!-- made -->\n"
            "<metadata xmlns=\"x\" packages=\"2\">\n<package type=\"rpm\">a>b</package>"
            "<!-- <package> -->\n\n<package>\n<name>&lt;!x</name></package>\n"
            "</metadata>\n\n",
            &f, &e),
        OK);
    assert_int_equal(f.n, 2);
    assert_int_equal(f.bytes, f.doc.n);
    assert_int_equal(cut("<metadata packages=\"0\"/>", &f, &e), OK);
    assert_int_equal(f.n, 0);
}

static void what_is_no_metadata_is_refused(void **state) {
    static const char *const bad[] = {
        "",
        "x",
        "<html></html>",
        "<filelists><package></package></filelists>",
        "<metadata><package></package>",
        "<metadata><package>",
        "<metadata><package><!-- </package> --></package></metadata>",
        "<metadata><package><![CDATA[</package>]]></package></metadata>",
        "<metadata><other></other></metadata>",
        "<package></package>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><metadata></metadata>",
        "<metadata xmlns:suse=\"x\"></metadata>",
        "<!DOCTYPE x [<!ENTITY y \"z\">]><metadata></metadata>",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct found f;
        struct err e = {0};

        if (cut(bad[i], &f, &e) != E_INPUT)
            fail_msg("taken: %s", bad[i]);
        assert_true(e.msg[0]);
    }
}

static void a_package_larger_than_what_is_read_at_once(void **state) {
    AUTO(buf) doc = BUF_NONE;
    struct found f;
    struct err e = {0};

    (void)state;
    buf_init(&doc, 8 << 20);
    buf_z(&doc, "<metadata>");
    for (int k = 0; k < 3; k++) {
        buf_z(&doc, "<package>");
        for (int i = 0; i < 100000; i++)
            buf_z(&doc, "<file>/x</file>");
        buf_z(&doc, "</package>");
    }
    buf_z(&doc, "</metadata>");
    assert_int_equal(cut(doc.p, &f, &e), OK);
    assert_int_equal(f.n, 3);
    assert_int_equal(f.bytes, doc.n);
}

static void tags_and_attributes(void **state) {
    AUTO(arena) mem = {0};
    struct yum_xml_tag t;
    struct str xml = STR("<p><version ver=\"1&gt;2\" epoch = '3'/><name>a &amp; b &#xe9;&#49;"
                         "&nosuch; </name><size x='>' package=\"7\"/></p>");

    (void)state;
    assert_true(yum_xml_find(xml, "version", &t));
    assert_true(str_is(yum_xml_get(t.attrs, "ver", &mem), "1>2"));
    assert_true(str_is(yum_xml_get(t.attrs, "epoch", &mem), "3"));
    assert_int_equal(yum_xml_get(t.attrs, "rel", &mem).n, 0);
    assert_true(yum_xml_find(xml, "name", &t));
    assert_true(str_is(yum_xml_plain(t.text, &mem), "a & b \xc3\xa9"
                                                    "1&nosuch;"));
    assert_true(yum_xml_find(xml, "size", &t));
    assert_true(str_is(yum_xml_get(t.attrs, "package", &mem), "7"));
    assert_false(yum_xml_find(xml, "siz", &t));
    assert_false(yum_xml_find(STR("<size package='"), "size", &t));
}

static void text_becomes_xml(void **state) {
    AUTO(buf) out = BUF_NONE;

    (void)state;
    buf_init(&out, 1000);
    yum_xml_text(&out, STR("a<b>&\"\r\n\x01 \xc3\xa9\xef\xbf\xbf"));
    assert_string_equal(out.p, "a&lt;b&gt;&amp;\"&#13;\n\xef\xbf\xbd \xc3\xa9\xef\xbf\xbd");
    buf_clear(&out);
    yum_xml_attr(&out, STR("\"\n\t"));
    assert_string_equal(out.p, "&quot;&#10;&#9;");
    buf_clear(&out);
    yum_xml_text(&out, STR("caf\xe9 \x93<"));
    assert_string_equal(out.p, "caf\xc3\xa9 &lt;");
}

static void repomd_keeps_what_it_does_not_know(void **state) {
    AUTO(arena) mem = {0};
    AUTO(buf) out = BUF_NONE;
    struct yum_repomd r;
    struct err e = {0};
    struct yum_repomd_data made = {.type = STR("primary"), .file = STR("x-primary.xml.gz")};

    (void)state;
    buf_init(&out, 1 << 16);
    assert_int_equal(
        yum_repomd_read(STR("<repomd><revision>7</revision><tags><repo>r</repo></tags>"
                            "<data type=\"primary\"><location href=\"repodata/p\"/></data>"
                            "<data type=\"primary_db\"><location href=\"repodata/d\"/></data>"
                            "<data type=\"updateinfo\"><checksum type=\"sha\">ab</checksum>"
                            "<location href=\"repodata/u\"/></data></repomd>"),
                        &mem, &r, &e),
        OK);
    assert_int_equal(r.n, 3);
    assert_true(str_is(r.revision, "7"));
    assert_true(str_is(yum_repomd_find(&r, "updateinfo")->kind, "sha1"));
    yum_repomd_write(&r, &made, 1, 8, &out);
    assert_non_null(strstr(out.p, "<tags><repo>r</repo></tags>"));
    assert_non_null(strstr(out.p, "<location href=\"repodata/u\"/>"));
    assert_non_null(strstr(out.p, "repodata/x-primary.xml.gz"));
    assert_null(strstr(out.p, "primary_db"));
    assert_null(strstr(out.p, "repodata/p\""));
}

static void repomd_names_nothing_outside(void **state) {
    static const char *const bad[] = {"../x",      "repodata/../x", "/etc/passwd",
                                      "repodata/", "repodata/a/b",  "repodata/.x",
                                      ""};
    AUTO(arena) mem = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct yum_repomd r;
        struct err e = {0};

        assert_int_equal(
            yum_repomd_read(str_fmt(&mem,
                                    "<repomd><data type='x'><location href='%s'/></data></repomd>",
                                    bad[i]),
                            &mem, &r, &e),
            E_INPUT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_are_found_where_they_are),
        cmocka_unit_test(what_is_no_metadata_is_refused),
        cmocka_unit_test(a_package_larger_than_what_is_read_at_once),
        cmocka_unit_test(tags_and_attributes),
        cmocka_unit_test(text_becomes_xml),
        cmocka_unit_test(repomd_keeps_what_it_does_not_know),
        cmocka_unit_test(repomd_names_nothing_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
