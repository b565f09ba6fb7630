/* SPDX-License-Identifier: Apache-2.0 */
#include "text/xml.h"

static const char *entity(unsigned char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\r': /* a parser would turn it into a newline */
        return "&#13;";
    default:
        return c < 0x20 && c != '\t' && c != '\n' ? "\xef\xbf\xbd" : NULL;
    }
}

void xml_escape(struct str s, struct buf *out) {
    while (s.n) {
        unsigned char c = (unsigned char)s.p[0];
        size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        struct str one = str_cut(s, 0, n);
        const char *z = entity(c);

        if (z) {
            buf_z(out, z);
        } else if (one.n < n || !str_utf8(one)) {
            buf_z(out, "\xef\xbf\xbd");
            n = 1;
        } else if (n == 3 && c == 0xef && (unsigned char)s.p[1] == 0xbf &&
                   (unsigned char)s.p[2] >= 0xbe) { /* U+FFFE, U+FFFF: XML 1.0, 2.2 */
            buf_z(out, "\xef\xbf\xbd");
        } else {
            buf_str(out, one);
        }
        s = str_cut(s, n, s.n);
    }
}
