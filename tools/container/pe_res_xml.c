/* SPDX-License-Identifier: Apache-2.0 */
#include "container/pe_res.h"

#include <string.h>

/* Windows starts no program whose manifest is not well-formed. */
enum { DEPTH_MAX = 64, REFERENCE_MAX = 12 };

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct str *s) {
    while (s->n && blank(*s->p))
        *s = str_cut(*s, 1, s->n);
}

static bool take(struct str *s, const char *text) {
    if (!str_starts(*s, text))
        return false;
    *s = str_cut(*s, strlen(text), s->n);
    return true;
}

/* What is between here and `end`, which goes too. */
static bool take_to(struct str *s, const char *end) {
    size_t n = strlen(end);

    for (size_t i = 0; i + n <= s->n; i++)
        if (!memcmp(s->p + i, end, n)) {
            *s = str_cut(*s, i + n, s->n);
            return true;
        }
    return false;
}

static bool name_char(char c) {
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c && strchr("_:.-", c));
}

static struct str take_name(struct str *s) {
    struct str name = {s->p, 0};

    while (name.n < s->n && name_char(s->p[name.n]))
        name.n++;
    *s = str_cut(*s, name.n, s->n);
    return name;
}

static bool text_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        size_t end;

        if (s.p[i] == '<')
            return false;
        if (s.p[i] != '&')
            continue;
        end = str_find(str_cut(s, i, i + REFERENCE_MAX), ';');
        if (end < 2 || i + end >= s.n || end >= REFERENCE_MAX)
            return false;
    }
    return true;
}

static bool take_attributes(struct str *s) {
    for (;;) {
        bool apart = s->n && blank(*s->p);
        char quote[2] = {0};
        struct str value;

        skip_blanks(s);
        if (!s->n || *s->p == '>' || *s->p == '/')
            return s->n > 0;
        if (!apart || !take_name(s).n)
            return false;
        skip_blanks(s);
        if (!take(s, "="))
            return false;
        skip_blanks(s);
        if (!s->n || (*s->p != '"' && *s->p != '\''))
            return false;
        quote[0] = *s->p;
        *s = str_cut(*s, 1, s->n);
        value = str_cut(*s, 0, str_find(*s, quote[0]));
        if (!take_to(s, quote) || !text_ok(value))
            return false;
    }
}

/* Comments and instructions; a document type is none of what manifests have. */
static bool take_others(struct str *s) {
    for (;;) {
        skip_blanks(s);
        if (take(s, "<!--")) {
            if (!take_to(s, "-->"))
                return false;
        } else if (take(s, "<?")) {
            if (!take_to(s, "?>"))
                return false;
        } else
            return true;
    }
}

/* A tag, behind its "<". */
static bool take_tag(struct str *s, struct str open[DEPTH_MAX], size_t *depth) {
    bool close = take(s, "/");
    struct str name = take_name(s);

    if (!name.n || (close && (!*depth || !str_eq(name, open[*depth - 1]))))
        return false;
    if (close) {
        --*depth;
        skip_blanks(s);
        return take(s, ">");
    }
    if (!take_attributes(s))
        return false;
    if (take(s, "/>"))
        return true;
    if (*depth == DEPTH_MAX)
        return false;
    open[(*depth)++] = name;
    return take(s, ">");
}

bool pe_res_xml_ok(struct str xml) {
    struct str open[DEPTH_MAX], s = xml, root;
    size_t depth = 0;

    take(&s, "\xef\xbb\xbf");
    if (!str_utf8(s) || !take_others(&s) || !take(&s, "<"))
        return false;
    root = s;
    root = take_name(&root);
    root = str_cut(root, str_find(root, ':') < root.n ? str_find(root, ':') + 1 : 0, root.n);
    if (!str_is(root, "assembly") || !take_tag(&s, open, &depth))
        return false;
    while (depth) {
        size_t text = str_find(s, '<');

        if (!text_ok(str_cut(s, 0, text)))
            return false;
        s = str_cut(s, text, s.n);
        if (!take_others(&s) || (!str_starts(s, "<") && !s.n))
            return false;
        if (str_starts(s, "<") && (!take(&s, "<") || !take_tag(&s, open, &depth)))
            return false;
    }
    return take_others(&s) && !s.n;
}
