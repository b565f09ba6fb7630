/* SPDX-License-Identifier: Apache-2.0 */
#include "container/msisum.h"

#include "base/bytes.h"
#include "base/cursor.h"

#include <string.h>

enum {
    VT_I2 = 2,
    VT_I4 = 3,
    VT_LPSTR = 30,
    VT_FILETIME = 64,
    PID_CODEPAGE = 1,
    PID_TITLE = 2,
    PID_SUBJECT = 3,
    PID_AUTHOR = 4,
    PID_KEYWORDS = 5,
    PID_COMMENTS = 6,
    PID_TEMPLATE = 7,
    PID_REVISION = 9,
    PID_CREATED = 12,
    PID_SAVED = 13,
    PID_PAGES = 14,
    PID_WORDS = 15,
    PID_PROGRAM = 18,
    PID_SECURITY = 19,
    ANSI = 1252,
    UTF8 = 65001,
    HEAD = 48, /* of the stream, before the section */
    MAX = 1 << 20,
    PROPERTIES_MAX = 1000
};

static const uint64_t filetime_1970 = UINT64_C(11644473600);

static const unsigned char format_id[16] = {0xe0, 0x85, 0x9f, 0xf2, 0xf9, 0x4f, 0x68, 0x10,
                                            0xab, 0x91, 0x08, 0x00, 0x2b, 0x27, 0xb3, 0xd9};

static void put32(struct buf *b, uint32_t v) {
    unsigned char le[4];

    bytes_put_le32(le, v);
    buf_put(b, le, sizeof le);
}

/* What code page 1252 has from 0x80 on, where Latin-1 has controls; 0: nothing. */
static const uint16_t ansi[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                  0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                  0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                  0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

/* The next character of UTF-8, which is known to be good, in code page 1252; 0: it has none. */
static unsigned char next_ansi(struct str s, size_t *at) {
    unsigned char c = (unsigned char)s.p[*at];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t rune = n == 1 ? c : c & (0xffu >> (n + 1));

    for (size_t i = 1; i < n && *at + i < s.n; i++)
        rune = rune << 6 | ((unsigned char)s.p[*at + i] & 63u);
    *at += n;
    if (rune < 0x80 || (rune >= 0xa0 && rune <= 0xff))
        return (unsigned char)rune;
    for (unsigned i = 0; i < 32; i++)
        if (rune == ansi[i])
            return (unsigned char)(0x80 + i);
    return 0;
}

static bool is_ansi(struct str s) {
    for (size_t at = 0; at < s.n;)
        if (!next_ansi(s, &at))
            return false;
    return true;
}

struct set { /* a section in the making: places, and values behind them */
    struct buf places, values;
    uint32_t n;
    bool ansi; /* its texts are in code page 1252 */
};

static void place(struct set *s, uint32_t id) {
    put32(&s->places, id);
    put32(&s->places, (uint32_t)s->values.n); /* from the first value; set right at the end */
    s->n++;
}

static void number(struct set *s, uint32_t id, uint32_t type, int v) {
    place(s, id);
    put32(&s->values, type);
    put32(&s->values, type == VT_I2 ? (uint32_t)v & 0xffff : (uint32_t)v);
}

static void text(struct set *s, uint32_t id, struct str v) {
    AUTO(buf) bytes = BUF_NONE;

    if (!v.n)
        return;
    buf_init(&bytes, MAX);
    if (s->ansi)
        for (size_t at = 0; at < v.n;)
            buf_c(&bytes, (char)next_ansi(v, &at));
    else
        buf_str(&bytes, v);
    place(s, id);
    put32(&s->values, VT_LPSTR);
    put32(&s->values, (uint32_t)bytes.n + 1);
    buf_put(&s->values, bytes.p, bytes.n);
    buf_zero(&s->values, 4 - bytes.n % 4);
}

static void when(struct set *s, uint32_t id, int64_t seconds) {
    uint64_t v = ((uint64_t)seconds + filetime_1970) * 10000000;

    place(s, id);
    put32(&s->values, VT_FILETIME);
    put32(&s->values, (uint32_t)v);
    put32(&s->values, (uint32_t)(v >> 32));
}

static void properties(struct set *s, const struct msisum *m) {
    s->ansi = is_ansi(m->title) && is_ansi(m->subject) && is_ansi(m->author) &&
              is_ansi(m->keywords) && is_ansi(m->comments) && is_ansi(m->program);
    number(s, PID_CODEPAGE, VT_I2, s->ansi ? ANSI : UTF8);
    text(s, PID_TITLE, m->title);
    text(s, PID_SUBJECT, m->subject);
    text(s, PID_AUTHOR, m->author);
    text(s, PID_KEYWORDS, m->keywords);
    text(s, PID_COMMENTS, m->comments);
    text(s, PID_TEMPLATE, m->template);
    text(s, PID_REVISION, m->revision);
    when(s, PID_CREATED, m->time);
    when(s, PID_SAVED, m->time);
    number(s, PID_PAGES, VT_I4, m->pages);
    number(s, PID_WORDS, VT_I4, m->words);
    text(s, PID_PROGRAM, m->program);
    number(s, PID_SECURITY, VT_I4, m->security);
}

void msisum_write(const struct msisum *m, struct buf *out) {
    static const unsigned char head[8] = {0xfe, 0xff, 0, 0, 0x0a, 0, 2, 0}; /* Windows 10 */
    AUTO(buf) places = BUF_NONE;
    AUTO(buf) values = BUF_NONE;
    struct set s = {0};
    uint32_t values_at;

    buf_init(&s.places, MAX);
    buf_init(&s.values, MAX);
    properties(&s, m);
    places = s.places;
    values = s.values;
    values_at = 8 + s.n * 8;
    buf_put(out, head, sizeof head);
    buf_zero(out, 16);
    put32(out, 1);
    buf_put(out, format_id, sizeof format_id);
    put32(out, HEAD);
    put32(out, values_at + (uint32_t)values.n);
    put32(out, s.n);
    for (size_t i = 0; i < places.n; i += 8) {
        put32(out, bytes_le32(places.p + i));
        put32(out, bytes_le32(places.p + i + 4) + values_at);
    }
    buf_put(out, values.p, values.n);
}

/* ------------------------------------------------------------------------------------- reader */

static struct str *text_of(struct msisum *m, uint32_t id) {
    switch (id) {
    case PID_TITLE:
        return &m->title;
    case PID_SUBJECT:
        return &m->subject;
    case PID_AUTHOR:
        return &m->author;
    case PID_KEYWORDS:
        return &m->keywords;
    case PID_COMMENTS:
        return &m->comments;
    case PID_TEMPLATE:
        return &m->template;
    case PID_REVISION:
        return &m->revision;
    case PID_PROGRAM:
        return &m->program;
    default:
        return NULL;
    }
}

static void take(struct msisum *m, uint32_t id, struct cursor *c) {
    uint32_t type = cursor_le32(c);
    struct str *to = text_of(m, id);

    if (type == VT_LPSTR && to) {
        struct str v = cursor_take(c, cursor_le32(c));

        *to = str_cut(v, 0, str_find(v, '\0'));
    } else if (type == VT_I4) {
        int v = (int)cursor_le32(c);

        if (id == PID_PAGES)
            m->pages = v;
        else if (id == PID_WORDS)
            m->words = v;
        else if (id == PID_SECURITY)
            m->security = v;
    } else if (type == VT_FILETIME && id == PID_CREATED) {
        m->time = (int64_t)(cursor_le64(c) / 10000000) - (int64_t)filetime_1970;
    }
}

int msisum_read(struct str bytes, struct msisum *m, struct err *e) {
    struct cursor c;
    uint32_t section, n;

    *m = (struct msisum){0};
    cursor_init(&c, bytes.p, bytes.n);
    if (cursor_le16(&c) != 0xfffe)
        c.bad = true;
    cursor_skip(&c, 42);
    section = cursor_le32(&c);
    cursor_seek(&c, section);
    cursor_skip(&c, 4);
    n = cursor_le32(&c);
    if (c.bad || n > PROPERTIES_MAX)
        return err_set(e, E_INPUT, "the summary information is damaged");
    for (uint32_t i = 0; i < n && !c.bad; i++) {
        uint32_t id, at;

        cursor_seek(&c, (size_t)section + 8 + (size_t)i * 8);
        id = cursor_le32(&c);
        at = cursor_le32(&c);
        cursor_seek(&c, (size_t)section + at);
        if (!c.bad)
            take(m, id, &c);
    }
    return c.bad ? err_set(e, E_INPUT, "the summary information is damaged") : OK;
}
