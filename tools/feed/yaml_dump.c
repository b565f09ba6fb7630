/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/yaml_dump.h"

#include <stdint.h>
#include <string.h>

/* The character at `at` and its length; what is not UTF-8 counts as U+FFFD. */
static uint32_t character(struct str s, size_t at, size_t *n) {
    unsigned char c = (unsigned char)s.p[at];
    size_t want = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t u = want == 1 ? c : c & (0x7fu >> want);

    *n = 1;
    if (want > s.n - at || !str_utf8(str_cut(s, at, at + want)))
        return 0xfffd;
    for (size_t i = 1; i < want; i++)
        u = u << 6 | ((unsigned char)s.p[at + i] & 0x3f);
    *n = want;
    return u;
}

static bool printable(uint32_t c) {
    return (c >= 0x20 && c <= 0x7e) ||
           (c >= 0xa1 && c <= 0xfffd && c != 0x2028 && c != 0x2029 && c != 0xfeff) || c >= 0x10000;
}

static bool is_one_of(struct str s, const char *const *words) {
    for (; *words; words++)
        if (str_is(s, *words))
            return true;
    return false;
}

static size_t digits(struct str s, size_t at, const char *more) {
    size_t i = at;

    while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] && strchr(more, s.p[i]))))
        i++;
    return i;
}

/* A number of YAML 1.1 or 1.2: decimal, with a fraction, an exponent, a base, in base 60, with
 * underscores as older readers take them. */
static bool number(struct str s) {
    size_t i = s.p[0] == '-' || s.p[0] == '+' ? 1 : 0, from = i;

    if (i + 2 < s.n && s.p[i] == '0' && strchr("box", s.p[i + 1]) &&
        digits(s, i + 2, s.p[i + 1] == 'x' ? "_abcdefABCDEF" : "_") == s.n)
        return true;
    i = digits(s, i, "_");
    while (i > from && i + 1 < s.n && s.p[i] == ':' && digits(s, i + 1, "_") > i + 1)
        i = digits(s, i + 1, "_");
    if (i < s.n && s.p[i] == '.') {
        if (i == from && digits(s, i + 1, "_") == i + 1)
            return false;
        i = digits(s, i + 1, "_");
    }
    if (i == from || s.p[from] == '_')
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
            i++;
        from = i;
        i = digits(s, i, "");
        if (i == from)
            return false;
    }
    return i == s.n;
}

/* 2026-11-21, or a date with a time behind it. */
static bool date(struct str s) {
    size_t month = digits(s, 0, ""), day, end;

    if (month != 4 || month == s.n || s.p[month] != '-')
        return false;
    day = digits(s, month + 1, "");
    if (day == month + 1 || day > month + 3 || day == s.n || s.p[day] != '-')
        return false;
    end = digits(s, day + 1, "");
    if (end == s.n)
        return end == day + 3 && day == month + 3;
    return end > day + 1 && strchr("Tt \t", s.p[end]) && str_find(s, ':') < s.n;
}

/* Would a reader without the quotes take it for something else than a string? */
static bool ambiguous(struct str s) {
    static const char *const words[] = {
        "~",     "null",  "Null",  "NULL",  "true",  "True", "TRUE", "false", "False", "FALSE",
        "y",     "Y",     "yes",   "Yes",   "YES",   "on",   "On",   "ON",    "n",     "N",
        "no",    "No",    "NO",    "off",   "Off",   "OFF",  ".inf", ".Inf",  ".INF",  "-.inf",
        "-.Inf", "-.INF", "+.inf", "+.Inf", "+.INF", ".nan", ".NaN", ".NAN",  "<<",    NULL,
    };

    return is_one_of(s, words) || number(s) || date(s);
}

/* May it stand without quotes, as far as its characters go? */
static bool plain(struct str s) {
    static const char never_first[] = "-?:,[]{}#&*!|=>'\"%@` ";
    char last = s.p[s.n - 1];

    if (strchr(never_first, s.p[0]) || last == ' ' || last == ':')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if ((s.p[i] == '#' && s.p[i - 1] == ' ') || (s.p[i] == ' ' && s.p[i - 1] == ':'))
            return false;
    return true;
}

static void quoted(struct str s, struct buf *out) {
    static const char plain_ones[] = "\a\b\t\n\v\f\r\x1b\"\\", letter[] = "abtnvfre\"\\";

    buf_c(out, '"');
    for (size_t i = 0, n; i < s.n; i += n) {
        uint32_t c = character(s, i, &n);
        const char *found = c && c < 0x80 ? strchr(plain_ones, (int)c) : NULL;

        if (found)
            buf_fmt(out, "\\%c", letter[found - plain_ones]);
        else if (!c || c == 0x85 || c == 0xa0 || c == 0x2028 || c == 0x2029)
            buf_fmt(out, "\\%c",
                    !c            ? '0'
                    : c == 0x85   ? 'N'
                    : c == 0xa0   ? '_'
                    : c == 0x2028 ? 'L'
                                  : 'P');
        else if (c == 0xfffd)
            buf_z(out, "\xef\xbf\xbd");
        else if (printable(c))
            buf_put(out, s.p + i, n);
        else
            buf_fmt(out, c < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)c);
    }
    buf_c(out, '"');
}

static void single(struct str s, struct buf *out) {
    buf_c(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'')
            buf_c(out, '\'');
        buf_c(out, s.p[i]);
    }
    buf_c(out, '\'');
}

/* "|", with a digit when the first line begins with a blank, and how many line ends close it. */
static void block(struct str s, unsigned indent, struct buf *out) {
    size_t first = 0;
    bool ends = str_ends(s, "\n");

    while (first < s.n && s.p[first] == '\n')
        first++;
    buf_c(out, '|');
    if (first < s.n && s.p[first] == ' ')
        buf_c(out, '2');
    if (!ends)
        buf_c(out, '-');
    else if (s.n == 1 || str_ends(s, "\n\n"))
        buf_c(out, '+');
    if (ends)
        s = str_cut(s, 0, s.n - 1);
    for (size_t at = 0, end; at <= s.n; at = end + 1) {
        struct str rest = str_cut(s, at, s.n);

        end = at + str_find(rest, '\n');
        buf_c(out, '\n');
        for (unsigned i = 0; end > at && i < indent; i++)
            buf_c(out, ' ');
        buf_put(out, s.p + at, end - at);
    }
}

void yaml_dump(struct str s, unsigned indent, struct buf *out) {
    bool lines = false;

    for (size_t i = 0, n; i < s.n; i += n) {
        uint32_t c = character(s, i, &n);

        if (c == '\n')
            lines = true;
        else if (!printable(c) || c == 0xfffd) {
            quoted(s, out);
            return;
        }
    }
    if (lines)
        block(s, indent, out);
    else if (s.n && plain(s) && !ambiguous(s))
        buf_str(out, s);
    else
        single(s, out);
}
