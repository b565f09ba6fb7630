/* SPDX-License-Identifier: Apache-2.0 */
#include "text/value.h"

#include <inttypes.h>
#include <string.h>

/* The length of the well-formed UTF-8 character at s.p, 0 when there is none. */
static size_t utf8_length(struct str s) {
    unsigned char c = (unsigned char)s.p[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

    return n <= s.n && str_utf8(str_cut(s, 0, n)) ? n : 0;
}

/* NEL and the rest of C1, U+2028, U+2029 and the BOM: YAML 1.1 readers end a line there or refuse.
 */
static unsigned unusual(struct str s, size_t n) {
    unsigned char c = (unsigned char)s.p[0];
    unsigned d = n > 1 ? (unsigned char)s.p[1] & 0x3f : 0, u;

    if (n == 2)
        return c == 0xc2 && d < 0x20 ? 0x80 | d : 0;
    if (n != 3)
        return 0;
    u = (c & 0xfu) << 12 | d << 6 | ((unsigned char)s.p[2] & 0x3f);
    return u == 0x2028 || u == 0x2029 || u == 0xfeff || u >= 0xfffe ? u : 0;
}

void value_write_quoted(struct str s, struct buf *out) {
    static const char plain[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";

    buf_c(out, '"');
    while (s.n) {
        size_t run = 0, n;
        const char *q;

        while (run < s.n && s.p[run] >= 0x20 && s.p[run] < 0x7f && s.p[run] != '"' &&
               s.p[run] != '\\')
            run++;
        buf_put(out, s.p, run);
        s = str_cut(s, run, s.n);
        if (!s.n)
            break;
        n = utf8_length(s);
        if (unusual(s, n))
            buf_fmt(out, "\\u%04x", unusual(s, n));
        else if (!n)
            buf_z(out, "\xef\xbf\xbd");
        else if (n > 1)
            buf_put(out, s.p, n);
        else if (s.p[0] && (q = strchr(plain, s.p[0])))
            buf_fmt(out, "\\%c", letter[q - plain]);
        else
            buf_fmt(out, "\\u%04x", (unsigned)s.p[0]);
        s = str_cut(s, n ? n : 1, s.n);
    }
    buf_c(out, '"');
}

static void newline(struct buf *out, bool indent, unsigned depth) {
    if (!indent)
        return;
    buf_c(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_z(out, "  ");
}

static void write_json(const struct value *v, bool indent, unsigned depth, struct buf *out) {
    bool map = v->kind == VALUE_MAP;

    if (v->kind == VALUE_NULL)
        buf_z(out, "null");
    else if (v->kind == VALUE_BOOL)
        buf_z(out, v->b ? "true" : "false");
    else if (v->kind == VALUE_INT)
        buf_fmt(out, "%" PRId64, v->i);
    else if (v->kind == VALUE_STR)
        value_write_quoted(v->s, out);
    if (v->kind != VALUE_LIST && !map)
        return;
    buf_c(out, map ? '{' : '[');
    for (const struct value *c = v->child; c; c = c->next) {
        newline(out, indent, depth + 1);
        if (map) {
            value_write_quoted(c->key, out);
            buf_z(out, indent ? ": " : ":");
        }
        write_json(c, indent, depth + 1, out);
        if (c->next)
            buf_c(out, ',');
    }
    if (v->child)
        newline(out, indent, depth);
    buf_c(out, map ? '}' : ']');
}

void value_write_json(const struct value *v, bool indent, struct buf *out) {
    write_json(v, indent, 0, out);
    if (indent)
        buf_c(out, '\n');
}

/* Words that a YAML 1.1 reader (PyYAML, older js-yaml) takes for something else than a string. */
static bool yaml_word(struct str s) {
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};
    char low[8];

    if (s.n >= sizeof low)
        return false;
    for (size_t i = 0; i < s.n; i++)
        low[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is((struct str){low, s.n}, words[i]))
            return true;
    return false;
}

/* Narrow on purpose: letters first, so that no number, date or indicator can be meant. */
static bool yaml_plain(struct str s) {
    static const char more[] = " _-./+@,()=%~;:'*&!?<>|[]{}$^";

    if (!s.n || s.n > 1000 || yaml_word(s) || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == ':')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!letter && !(i == 0 && (c == '/' || c == '_')) &&
            !(i > 0 && ((c >= '0' && c <= '9') || (c && strchr(more, c)))))
            return false;
        if (c == ':' && s.p[i + 1] == ' ')
            return false;
    }
    return true;
}

/* A text of several lines that a literal block gives back byte for byte. */
static bool yaml_block(struct str s) {
    if (str_find(s, '\n') == s.n || !str_utf8(s) || strchr(" \n\t", s.p[0]) || str_ends(s, "\n\n"))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        /* readers differ about NEL, the Unicode line ends and what is not printable */
        if ((c < 0x20 && c != '\n') || c == 0x7f || c == 0xc2 || c == 0xe2 || c == 0xef)
            return false;
        if (c == ' ' && (i + 1 == s.n || s.p[i + 1] == '\n'))
            return false;
    }
    return true;
}

static void spaces(struct buf *out, unsigned n) {
    while (n--)
        buf_c(out, ' ');
}

static void yaml_text(struct str s, unsigned depth, bool key, struct buf *out) {
    if (yaml_plain(s)) {
        buf_str(out, s);
        return;
    }
    if (key || !yaml_block(s)) {
        value_write_quoted(s, out);
        return;
    }
    buf_z(out, str_ends(s, "\n") ? "|" : "|-");
    while (s.n) {
        struct str line = str_split(&s, '\n');

        buf_c(out, '\n');
        if (line.n)
            spaces(out, depth ? depth : 2);
        buf_str(out, line);
    }
}

static void write_yaml(const struct value *v, unsigned depth, struct buf *out);

/* What stands behind "key:" or "-". */
static void yaml_member(const struct value *c, unsigned depth, bool dash, struct buf *out) {
    bool tree = c->kind == VALUE_LIST || c->kind == VALUE_MAP;

    if (!tree || !c->child) {
        buf_c(out, ' ');
        if (c->kind == VALUE_STR)
            yaml_text(c->s, depth + 2, false, out);
        else
            write_json(c, false, 0, out);
        buf_c(out, '\n');
    } else if (dash) {
        buf_c(out, ' ');
        write_yaml(c, depth + 2, out);
    } else {
        buf_c(out, '\n');
        spaces(out, depth + 2);
        write_yaml(c, depth + 2, out);
    }
}

/* The first line is already indented. */
static void write_yaml(const struct value *v, unsigned depth, struct buf *out) {
    for (const struct value *c = v->child; c; c = c->next) {
        if (c != v->child)
            spaces(out, depth);
        if (v->kind == VALUE_LIST) {
            buf_c(out, '-');
        } else if (c->key.n > 200) { /* an implicit key ends within 1024 characters */
            buf_z(out, "? ");
            yaml_text(c->key, 0, true, out);
            buf_c(out, '\n');
            spaces(out, depth);
            buf_c(out, ':');
        } else {
            yaml_text(c->key, 0, true, out);
            buf_c(out, ':');
        }
        yaml_member(c, depth, v->kind == VALUE_LIST, out);
    }
}

void value_write_yaml(const struct value *v, struct buf *out) {
    if (v->child) {
        write_yaml(v, 0, out);
    } else if (v->kind == VALUE_STR) {
        yaml_text(v->s, 2, false, out);
        buf_c(out, '\n');
    } else {
        write_json(v, true, 0, out);
        buf_c(out, '\n');
    }
}
