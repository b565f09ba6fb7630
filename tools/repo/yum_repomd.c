/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_repomd.h"

#include "repo/yum_xml.h"

#include <string.h>

static int read_sum(struct str xml, const char *element, struct str *kind, struct str *sum,
                    struct arena *mem) {
    struct yum_xml_tag tag;

    *kind = *sum = (struct str){0};
    if (!yum_xml_find(xml, element, &tag))
        return 0;
    *kind = yum_xml_get(tag.attrs, "type", mem);
    *sum = yum_xml_plain(tag.text, mem);
    if (str_is(*kind, "sha")) /* what yum called it */
        *kind = STR("sha1");
    return 1;
}

static uint64_t read_number(struct str xml, const char *element, struct arena *mem) {
    struct yum_xml_tag tag;
    struct str text;
    uint64_t v = 0;

    if (!yum_xml_find(xml, element, &tag))
        return 0;
    text = yum_xml_plain(tag.text, mem);
    text = str_cut(text, 0, str_find(text, '.')); /* createrepo of yum: seconds with a fraction */
    return str_u64(text, INT64_MAX / 2, &v) ? v : 0;
}

static int read_data(struct str xml, struct yum_repomd_data *d, struct arena *mem, struct err *e) {
    struct yum_xml_tag tag;
    struct str href;

    *d = (struct yum_repomd_data){.xml = xml};
    if (yum_xml_find(xml, "data", &tag))
        d->type = yum_xml_get(tag.attrs, "type", mem);
    read_sum(xml, "checksum", &d->kind, &d->sum, mem);
    read_sum(xml, "open-checksum", &d->open_kind, &d->open_sum, mem);
    d->size = read_number(xml, "size", mem);
    d->open_size = read_number(xml, "open-size", mem);
    d->time = read_number(xml, "timestamp", mem);
    if (!d->type.n || !yum_xml_find(xml, "location", &tag))
        return err_set(e, E_INPUT, "an entry without type or location");
    href = yum_xml_get(tag.attrs, "href", mem);
    if (yum_xml_get(tag.attrs, "xml:base", mem).n)
        return OK;
    if (!str_starts(href, "repodata/") || str_rfind(href, '/') != strlen("repodata") ||
        str_has(href, "/.") || memchr(href.p, 0, href.n) || href.n == strlen("repodata/"))
        return err_set(e, E_INPUT, "\"" STR_F "\" does not lie in repodata/", STR_A(href));
    d->file = str_cut(href, strlen("repodata/"), href.n);
    return OK;
}

/* From a tag to behind its closing one; false when it has none. */
static bool element(struct str xml, const char *name, struct arena *mem, struct str *whole) {
    struct yum_xml_tag tag, end;

    if (!yum_xml_find(xml, name, &tag) ||
        !yum_xml_find(str_cut(xml, tag.end, xml.n), arena_fmt(mem, "/%s", name), &end))
        return false;
    *whole = str_cut(xml, tag.at, tag.end + end.end);
    return true;
}

int yum_repomd_read(struct str xml, struct arena *mem, struct yum_repomd *r, struct err *e) {
    struct yum_xml_tag tag, close;
    struct str left = xml, one;
    size_t room = 0;

    *r = (struct yum_repomd){.there = true};
    if (str_has(str_cut(xml, 0, xml.n), "<!"))
        return err_set(e, E_INPUT, "repomd.xml: holds comments, which are not read here");
    if (!yum_xml_find(xml, "repomd", &tag) || !yum_xml_find(xml, "/repomd", &close))
        return err_set(e, E_INPUT, "repomd.xml: is no list of a repository's metadata");
    if (yum_xml_find(xml, "revision", &tag))
        r->revision = yum_xml_plain(tag.text, mem);
    if (element(xml, "tags", mem, &one))
        r->tags = one;
    while (element(left, "data", mem, &one)) {
        r->v = arena_grow(mem, r->v, r->n, r->n + 1, sizeof *r->v, &room);
        if (read_data(one, &r->v[r->n++], mem, e))
            return err_in(e, "repomd.xml");
        if (r->n > YUM_REPOMD_DATA)
            return err_set(e, E_INPUT, "repomd.xml: more than %d entries", YUM_REPOMD_DATA);
        left = str_cut(left, (size_t)(one.p + one.n - left.p), left.n);
    }
    return OK;
}

const struct yum_repomd_data *yum_repomd_find(const struct yum_repomd *r, const char *type) {
    for (size_t i = 0; i < r->n; i++)
        if (str_is(r->v[i].type, type))
            return &r->v[i];
    return NULL;
}

bool yum_repomd_derived(struct str type) {
    return str_ends(type, "_db") || str_ends(type, "_zck") || str_starts(type, "filelists") ||
           str_is(type, "primary") || str_is(type, "other");
}

static void put_data(const struct yum_repomd_data *d, struct buf *out) {
    buf_fmt(out,
            "  <data type=\"" STR_F "\">\n"
            "    <checksum type=\"sha256\">" STR_F "</checksum>\n"
            "    <open-checksum type=\"sha256\">" STR_F "</open-checksum>\n"
            "    <location href=\"repodata/" STR_F "\"/>\n"
            "    <timestamp>%llu</timestamp>\n"
            "    <size>%llu</size>\n"
            "    <open-size>%llu</open-size>\n"
            "  </data>\n",
            STR_A(d->type), STR_A(d->sum), STR_A(d->open_sum), STR_A(d->file),
            (unsigned long long)d->time, (unsigned long long)d->size,
            (unsigned long long)d->open_size);
}

void yum_repomd_write(const struct yum_repomd *old, const struct yum_repomd_data *made, size_t n,
                      uint64_t revision, struct buf *out) {
    buf_fmt(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\" "
            "xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\">\n"
            "  <revision>%llu</revision>\n",
            (unsigned long long)revision);
    if (old->tags.n)
        buf_fmt(out, "  " STR_F "\n", STR_A(old->tags));
    for (size_t i = 0; i < n; i++)
        put_data(&made[i], out);
    for (size_t i = 0; i < old->n; i++)
        if (!yum_repomd_derived(old->v[i].type))
            buf_fmt(out, "  " STR_F "\n", STR_A(old->v[i].xml));
    buf_z(out, "</repomd>\n");
}
