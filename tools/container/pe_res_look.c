/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/utf16.h"
#include "container/ico.h"
#include "container/pe_res.h"

#include <string.h>

/* --- icons ------------------------------------------------------------------------------------ */

enum { ICO_HEAD = 6, ICO_ROW = 16, GROUP_ROW = 14, ICONS_MAX = 0x7fff };

static bool is_icon(const struct pe_res *x, uint16_t type) {
    return !x->type.name.n && x->type.id == type;
}

static bool used(const struct pe_res_list *l, uint16_t id) {
    for (size_t i = 0; i < l->n; i++)
        if (is_icon(&l->v[i], PE_RES_ICON) && !l->v[i].name.name.n && l->v[i].name.id == id)
            return true;
    return false;
}

/* The nth picture of a group; false at its end. */
static bool picture(const struct pe_res *group, size_t n, uint16_t *id) {
    const unsigned char *p = (const unsigned char *)group->fresh.p;

    if (!p || group->fresh.n < ICO_HEAD || n >= bytes_le16(p + 4) ||
        ICO_HEAD + (n + 1) * GROUP_ROW > group->fresh.n)
        return false;
    *id = bytes_le16(p + ICO_HEAD + n * GROUP_ROW + 12);
    return true;
}

static bool in_a_group(const struct pe_res_list *l, uint16_t id) {
    uint16_t other;

    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; is_icon(&l->v[i], PE_RES_GROUP_ICON) && picture(&l->v[i], k, &other);
             k++)
            if (other == id)
                return true;
    return false;
}

/* The pictures of a group that is gone, unless others have them too. */
static void remove_pictures(struct pe_res_list *l, const struct pe_res *group) {
    struct pe_res_key key = {0};

    for (size_t i = 0; picture(group, i, &key.id); i++)
        if (!in_a_group(l, key.id))
            pe_res_remove(l, PE_RES_ICON, &key);
}

int pe_res_set_icon(struct pe_res_list *l, struct str ico, struct err *e) {
    const struct pe_res *old = pe_res_find(l, PE_RES_GROUP_ICON);
    const unsigned char *p = (const unsigned char *)ico.p;
    struct pe_res_key key = {1, {0}};
    uint16_t lang = PE_RES_ENGLISH, id = 1;
    AUTO(buf) group = BUF_NONE;
    size_t n;

    if (!ico_valid(ico))
        return err_set(e, E_INPUT, "not an icon of Windows (.ico), or damaged");
    if (old) {
        struct pe_res copy = *old;

        key = copy.name;
        lang = copy.lang;
        pe_res_remove(l, PE_RES_GROUP_ICON, &key);
        remove_pictures(l, &copy);
    }
    n = bytes_le16(p + 4);
    buf_init(&group, ICO_HEAD + ICO_IMAGES_MAX * GROUP_ROW);
    buf_put(&group, p, ICO_HEAD);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *row = p + ICO_HEAD + i * ICO_ROW;
        uint32_t size = bytes_le32(row + 8), at = bytes_le32(row + 12);
        unsigned char number[2];

        while (used(l, id) && id < ICONS_MAX)
            id++;
        bytes_put_le16(number, id);
        buf_put(&group, row, 12);
        buf_put(&group, number, sizeof number);
        pe_res_add(l, PE_RES_ICON, (struct pe_res_key){id, {0}}, lang,
                   str_cut(ico, at, (size_t)at + size));
    }
    if (buf_check(&group, "an icon", e))
        return (int)e->code;
    pe_res_add(l, PE_RES_GROUP_ICON, key, lang, buf_get(&group));
    return OK;
}

/* --- version ---------------------------------------------------------------------------------- */

enum { BLOCK_HEAD = 6, FIXED = 52, VERSION_MAX = 65535 };

static void pad(struct buf *b) {
    buf_zero(b, (4 - b->n % 4) % 4);
}

/* Begins a block; its length is put in when it ends. */
static size_t begin(struct buf *b, const char *key, size_t value_length, bool text,
                    struct arena *mem) {
    struct str name = utf16_le(mem, str_of(key));
    unsigned char head[BLOCK_HEAD] = {0};
    size_t at;

    pad(b);
    at = b->n;
    bytes_put_le16(head + 2, (uint16_t)value_length);
    bytes_put_le16(head + 4, text);
    buf_put(b, head, sizeof head);
    buf_str(b, name);
    buf_zero(b, 2);
    pad(b);
    return at;
}

static void end(struct buf *b, size_t at) {
    if (!b->over)
        bytes_put_le16(b->p + at, (uint16_t)(b->n - at));
}

static void put_u32(struct buf *b, uint32_t v) {
    unsigned char p[4];

    bytes_put_le32(p, v);
    buf_put(b, p, sizeof p);
}

static void put_numbers(struct buf *b, const uint16_t v[4]) {
    put_u32(b, (uint32_t)v[0] << 16 | v[1]);
    put_u32(b, (uint32_t)v[2] << 16 | v[3]);
}

static void put_fixed(struct buf *b, const struct pe_res_version *v) {
    put_u32(b, 0xfeef04bd);
    put_u32(b, 0x10000);
    put_numbers(b, v->file);
    put_numbers(b, v->product);
    put_u32(b, 0x3f);           /* which flags are known */
    put_u32(b, 0);              /* and none is set */
    put_u32(b, 0x40004);        /* Windows NT */
    put_u32(b, v->dll ? 2 : 1); /* or a program */
    buf_zero(b, 12);
}

static void put_strings(struct buf *b, const struct pe_res_version *v, struct arena *mem) {
    size_t all = begin(b, "StringFileInfo", 0, true, mem);
    size_t table = begin(b, "040904b0", 0, true, mem); /* English, Unicode */

    for (size_t i = 0; i < v->n; i++) {
        struct str text = utf16_le(mem, v->string[i].value);
        size_t at;

        if (!text.n)
            continue;
        at = begin(b, v->string[i].key, text.n / 2 + 1, true, mem);
        buf_str(b, text);
        buf_zero(b, 2);
        end(b, at);
    }
    end(b, table);
    end(b, all);
}

int pe_res_set_version(struct pe_res_list *l, const struct pe_res_version *v, struct err *e) {
    const struct pe_res_key one = {1, {0}};
    AUTO(arena) mem = {0};
    AUTO(buf) b = BUF_NONE;
    size_t all, part, row;

    buf_init(&b, VERSION_MAX);
    all = begin(&b, "VS_VERSION_INFO", FIXED, false, &mem);
    put_fixed(&b, v);
    put_strings(&b, v, &mem);
    part = begin(&b, "VarFileInfo", 0, true, &mem);
    row = begin(&b, "Translation", 4, false, &mem);
    put_u32(&b, 0x04b00409);
    end(&b, row);
    end(&b, part);
    end(&b, all);
    if (buf_check(&b, "the version information", e))
        return (int)e->code;
    pe_res_remove(l, PE_RES_VERSION, NULL); /* Windows shows one of them */
    pe_res_add(l, PE_RES_VERSION, one, PE_RES_ENGLISH, buf_get(&b));
    return OK;
}

/* --- manifest --------------------------------------------------------------------------------- */

int pe_res_set_manifest(struct pe_res_list *l, struct str xml, bool dll, struct err *e) {
    const struct pe_res_key key = {dll ? 2 : 1, {0}};

    if (!pe_res_xml_ok(xml))
        return err_set(e, E_INPUT,
                       "not a manifest: well-formed XML in UTF-8 with an assembly is expected");
    pe_res_remove(l, PE_RES_MANIFEST, &key);
    pe_res_add(l, PE_RES_MANIFEST, key, PE_RES_ENGLISH, xml);
    return OK;
}
