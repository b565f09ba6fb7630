/* SPDX-License-Identifier: Apache-2.0 */
#include "text/tmpl_filter.h"

#include "text/deb822.h"
#include "text/value.h"
#include "text/xml.h"

#include <string.h>

static void put_sh(struct str s, struct buf *out) {
    buf_c(out, '\'');
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\'')
            buf_z(out, "'\\''");
        else
            buf_c(out, s.p[i]);
    buf_c(out, '\'');
}

/* makensis knows ${NAME}, $%NAME% and $\n before it knows $$: what follows a dollar is not to look
 * like one of them. */
static const char *escape_nsis(char before, char c) {
    return c == '$'                     ? "$$"
           : c == '"'                   ? "$\\\""
           : c == '\n'                  ? "$\\n"
           : c == '\r'                  ? "$\\r"
           : c == '\t'                  ? "$\\t"
           : before == '$' && c == '{'  ? "${U+7B}"
           : before == '$' && c == '%'  ? "${U+25}"
           : before == '$' && c == '\\' ? "${U+5C}"
                                        : NULL;
}

static const char *escape_of(const char *filter, char before, char c, bool first) {
    if (!strcmp(filter, "nsis"))
        return escape_nsis(before, c);
    return c == '\\'           ? "\\\\"
           : c == '\n'         ? "\\n"
           : c == '\r'         ? "\\r"
           : c == '\t'         ? "\\t"
           : c == ' ' && first ? "\\s"
                               : NULL; /* Desktop Entry Specification, value types */
}

static void put_escaped(const char *filter, struct str s, struct buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        const char *z = escape_of(filter, i ? s.p[i - 1] : 0, s.p[i], i == 0);

        if (z)
            buf_z(out, z);
        else
            buf_c(out, s.p[i]);
    }
}

static void put_case(bool upper, struct str s, struct buf *out) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (upper && c >= 'a' && c <= 'z')
            c = (char)(c - 32);
        else if (!upper && c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        buf_c(out, c);
    }
}

bool tmpl_filter(struct str f, struct str s, struct buf *out) {
    if (str_is(f, "xml"))
        xml_escape(s, out);
    else if (str_is(f, "sh"))
        put_sh(s, out);
    else if (str_is(f, "json"))
        value_write_quoted(s, out);
    else if (str_is(f, "desktop"))
        put_escaped("desktop", s, out);
    else if (str_is(f, "nsis"))
        put_escaped("nsis", s, out);
    else if (str_is(f, "deb822"))
        deb822_fold(s, out);
    else if (str_is(f, "upper") || str_is(f, "lower"))
        put_case(str_is(f, "upper"), s, out);
    else
        return false;
    return true;
}
