/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_xml.h"

#include <string.h>

static const char *entity(unsigned char c, bool attr) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r': /* a parser would turn it into a newline */
        return "&#13;";
    case '"':
        return attr ? "&quot;" : NULL;
    case '\n': /* and these, in attributes, into blanks */
        return attr ? "&#10;" : NULL;
    case '\t':
        return attr ? "&#9;" : NULL;
    default:
        return c < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

static bool needs_care(unsigned char c) {
    return c < 0x20 || c == '&' || c == '<' || c == '>' || c == '"' || c == 0xef;
}

static void put_latin1(struct buf *out, struct str s, bool attr) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *z = entity(c, attr);

        if (z) {
            buf_z(out, z);
        } else if (c < 0x80) {
            buf_c(out, (char)c);
        } else if (c >= 0xc0) { /* 0x80 to 0xbf: hardly what was meant, createrepo_c drops them */
            buf_c(out, (char)(0xc0 | c >> 6));
            buf_c(out, (char)(0x80 | (c & 0x3f)));
        }
    }
}

static void put(struct buf *out, struct str s, bool attr) {
    size_t from = 0;

    if (!str_utf8(s)) {
        put_latin1(out, s, attr);
        return;
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *z;
        size_t n = 1;

        if (!needs_care(c))
            continue;
        z = entity(c, attr);
        /* U+FFFE and U+FFFF: XML 1.0, 2.2 */
        if (c == 0xef && s.n - i > 2 && (unsigned char)s.p[i + 1] == 0xbf &&
            (unsigned char)s.p[i + 2] >= 0xbe) {
            z = "\xef\xbf\xbd";
            n = 3;
        }
        if (!z)
            continue;
        buf_str(out, str_cut(s, from, i));
        buf_z(out, z);
        i += n - 1;
        from = i + 1;
    }
    buf_str(out, str_cut(s, from, s.n));
}

void yum_xml_text(struct buf *out, struct str s) {
    put(out, s, false);
}

void yum_xml_attr(struct buf *out, struct str s) {
    put(out, s, true);
}

/* Where the tag that begins at `at` ends: behind its '>', which may stand in quotes too. */
static size_t tag_end(struct str xml, size_t at) {
    char quote = 0;

    for (; at < xml.n; at++) {
        char c = xml.p[at];

        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return at + 1;
    }
    return xml.n + 1;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool yum_xml_find(struct str xml, const char *name, struct yum_xml_tag *tag) {
    size_t n = strlen(name), at = 0;

    while (at < xml.n) {
        const char *p = memchr(xml.p + at, '<', xml.n - at);
        size_t from, end;

        if (!p)
            return false;
        at = (size_t)(p - xml.p);
        from = at + 1 + n;
        if (from < xml.n && !memcmp(p + 1, name, n) &&
            (is_blank(p[1 + n]) || p[1 + n] == '>' || p[1 + n] == '/')) {
            end = tag_end(xml, from);
            if (end > xml.n)
                return false;
            *tag = (struct yum_xml_tag){.at = at, .end = end};
            tag->attrs = str_cut(xml, from, end - 1);
            tag->text = str_cut(xml, end, xml.n);
            tag->text.n = str_find(tag->text, '<');
            if (str_ends(tag->attrs, "/"))
                tag->text.n = 0;
            return true;
        }
        at++;
    }
    return false;
}

static size_t put_utf8(char *to, uint64_t c) {
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static bool number(struct str s, uint64_t *v) {
    uint64_t x = 0;

    if (!str_starts(s, "x"))
        return str_u64(s, 0x10ffff, v) && *v;
    for (size_t i = 1; i < s.n; i++) {
        const char *digits = "0123456789abcdef", *d = strchr(digits, s.p[i] | 0x20);

        if (!s.p[i] || !d || x > 0x10ffff)
            return false;
        x = x << 4 | (uint64_t)(d - digits);
    }
    *v = x;
    return s.n > 1 && x && x <= 0x10ffff;
}

/* The character that "&name;" stands for; 0: none that is known. An entity is never shorter than
 * what it becomes. */
static uint64_t character(struct str name) {
    static const struct {
        const char *name;
        char c;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    uint64_t v;

    if (str_starts(name, "#"))
        return number(str_cut(name, 1, name.n), &v) ? v : 0;
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_is(name, known[i].name))
            return (unsigned char)known[i].c;
    return 0;
}

struct str yum_xml_plain(struct str text, struct arena *mem) {
    char *to;
    size_t n = 0;

    text = str_trim(text);
    if (str_find(text, '&') == text.n)
        return str_dup(mem, text);
    to = arena_alloc(mem, text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        struct str rest = str_cut(text, i + 1, text.n);
        size_t end = str_find(rest, ';');
        uint64_t c = text.p[i] == '&' && end < rest.n ? character(str_cut(rest, 0, end)) : 0;

        if (c) {
            n += put_utf8(to + n, c);
            i += end + 1;
        } else {
            to[n++] = text.p[i];
        }
    }
    return (struct str){to, n};
}

struct str yum_xml_get(struct str attrs, const char *name, struct arena *mem) {
    size_t n = strlen(name), at = 0;

    while (at < attrs.n) {
        size_t from, end;
        bool ours;

        while (at < attrs.n && (is_blank(attrs.p[at]) || attrs.p[at] == '/'))
            at++;
        from = at;
        while (at < attrs.n && !is_blank(attrs.p[at]) && attrs.p[at] != '=')
            at++;
        ours = at - from == n && !memcmp(attrs.p + from, name, n);
        while (at < attrs.n && (is_blank(attrs.p[at]) || attrs.p[at] == '='))
            at++;
        if (at >= attrs.n || (attrs.p[at] != '"' && attrs.p[at] != '\''))
            break;
        end = at + 1 + str_find(str_cut(attrs, at + 1, attrs.n), attrs.p[at]);
        if (ours)
            return yum_xml_plain(str_cut(attrs, at + 1, end), mem);
        at = end + 1;
    }
    return (struct str){0};
}
