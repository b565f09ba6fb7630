/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe_facts.h"

#include "base/bytes.h"
#include "base/cursor.h"
#include "base/utf16.h"
#include "container/pe_res.h"

enum {
    SUBSYSTEM = 68, /* in the optional header, as is the directory of .NET */
    DIR_MANAGED = 14,
    VERSION_MAX = 65535,
    MANIFEST_MAX = 1024 * 1024,
    STRINGS_MAX = 256,
    DEPTH_MAX = 3, /* StringFileInfo, a language, a string */
    FIXED = 52,
    GROUP_HEAD = 6,
    GROUP_ROW = 14,
};
static const uint32_t fixed_magic = 0xfeef04bd;

const char *pe_facts_subsystem(uint16_t subsystem) {
    switch (subsystem) {
    case 1:
        return "native";
    case 2:
        return "windows";
    case 3:
        return "console";
    case 9:
        return "Windows CE";
    case 10:
        return "EFI application";
    case 11:
        return "EFI boot service driver";
    case 12:
        return "EFI runtime driver";
    default:
        return NULL;
    }
}

static int read_resource(const struct pe *p, const struct pe_res *x, size_t max, struct arena *mem,
                         struct str *bytes, struct err *e) {
    char *to;

    *bytes = (struct str){0};
    if (!x || !x->size || x->size > max)
        return OK;
    to = arena_alloc(mem, x->size);
    *bytes = (struct str){to, x->size};
    return infile_read(p->file, x->at, to, x->size, e);
}

/* --- version ---------------------------------------------------------------------------------- */

struct version {
    struct pe_facts *f;
    struct arena *mem;
    bool known; /* a language was read: the strings of others say the same */
};

static struct str text_of(struct arena *mem, struct str units) {
    for (size_t i = 0; i + 1 < units.n; i += 2)
        if (!units.p[i] && !units.p[i + 1])
            units.n = i;
    return utf16_text(mem, units, false);
}

static void read_fixed(struct pe_facts *f, const unsigned char *p) {
    f->has_fixed = true;
    for (unsigned i = 0; i < 4; i++) {
        f->file[i] = bytes_le16(p + 8 + 4 * (i / 2) + 2 * !(i % 2));
        f->product[i] = bytes_le16(p + 16 + 4 * (i / 2) + 2 * !(i % 2));
    }
}

static void add_string(struct version *v, struct str key, struct str value) {
    struct pe_facts *f = v->f;

    value = str_trim(text_of(v->mem, value));
    if (!f->string)
        f->string = arena_array(v->mem, STRINGS_MAX, sizeof *f->string);
    if (value.n && key.n && f->n_strings < STRINGS_MAX)
        f->string[f->n_strings++] = (struct pe_facts_string){key, value};
}

/* A block: length, length of its value, kind, key, value, blocks in it, each from a multiple of 4
 * on. What compilers write into the second length cannot be relied upon for texts. */
static void read_block(struct version *v, struct str all, unsigned depth) {
    struct cursor c;
    size_t value_n, key_end;
    struct str key;
    bool table;

    cursor_init(&c, all.p, all.n);
    cursor_skip(&c, 2);
    value_n = cursor_le16(&c);
    cursor_skip(&c, 2);
    key = text_of(v->mem, str_cut(all, 6, all.n));
    for (key_end = 6; key_end + 1 < all.n && (all.p[key_end] || all.p[key_end + 1]); key_end += 2)
        ;
    key_end = (key_end + 2 + 3) / 4 * 4;
    if (c.bad || key_end > all.n)
        return;
    if (depth == DEPTH_MAX) {
        add_string(v, key, str_cut(all, key_end, all.n));
        return;
    }
    if (!depth && value_n >= FIXED && all.n - key_end >= FIXED &&
        bytes_le32(all.p + key_end) == fixed_magic)
        read_fixed(v->f, (const unsigned char *)all.p + key_end);
    if (depth == 1 && !str_is(key, "StringFileInfo"))
        return;
    table = depth == 2;
    if (table && v->known)
        return;
    v->known |= table;
    for (size_t at = key_end + (depth ? 0 : (value_n + 3) / 4 * 4); at + 6 < all.n;) {
        size_t n = bytes_le16(all.p + at);

        if (n < 6)
            return;
        read_block(v, str_cut(all, at, at + n), depth + 1);
        at += (n + 3) / 4 * 4;
    }
}

/* --- icons, manifest -------------------------------------------------------------------------- */

static void read_icons(struct pe_facts *f, struct str group, struct arena *mem) {
    const unsigned char *p = (const unsigned char *)group.p;
    size_t n = group.n < GROUP_HEAD ? 0 : bytes_le16(p + 4);

    if (n > (group.n - (n ? GROUP_HEAD : 0)) / GROUP_ROW)
        n = (group.n - GROUP_HEAD) / GROUP_ROW;
    f->icon = arena_array(mem, n, sizeof *f->icon);
    for (f->n_icons = 0; f->n_icons < n; f->n_icons++) {
        const unsigned char *row = p + GROUP_HEAD + f->n_icons * GROUP_ROW;

        f->icon[f->n_icons] = (struct pe_facts_icon){row[0] ? row[0] : 256, row[1] ? row[1] : 256,
                                                     bytes_le16(row + 6)};
    }
}

static struct str manifest_text(struct str bytes, struct arena *mem) {
    if (str_starts(bytes, "\xff\xfe"))
        return utf16_text(mem, str_cut(bytes, 2, bytes.n), false);
    return str_starts(bytes, "\xef\xbb\xbf") ? str_cut(bytes, 3, bytes.n) : bytes;
}

int pe_facts_read(const struct pe *p, struct arena *mem, struct pe_facts *f, struct err *e) {
    struct version v;
    struct pe_res_list l;
    struct str version, group, manifest;
    struct err why = {0};
    unsigned char word[2];

    v = (struct version){f, mem, false};
    *f = (struct pe_facts){.managed = p->dir[DIR_MANAGED].size > 0};
    if (infile_read(p->file, p->optional + SUBSYSTEM, word, sizeof word, e))
        return (int)e->code;
    f->subsystem = bytes_le16(word);
    if (pe_res_read(p, mem, &l, &why)) {
        f->damage = arena_dup(mem, why.msg, str_of(why.msg).n);
        return OK;
    }
    if (read_resource(p, pe_res_find(&l, PE_RES_VERSION), VERSION_MAX, mem, &version, e) ||
        read_resource(p, pe_res_find(&l, PE_RES_GROUP_ICON), VERSION_MAX, mem, &group, e) ||
        read_resource(p, pe_res_find(&l, PE_RES_MANIFEST), MANIFEST_MAX, mem, &manifest, e))
        return (int)e->code;
    read_block(&v, version, 0);
    read_icons(f, group, mem);
    f->manifest = manifest_text(manifest, mem);
    return OK;
}
