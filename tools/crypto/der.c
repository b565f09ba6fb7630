/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/der.h"

#include "base/buf.h"
#include "os/clock.h"

#include <string.h>

enum { OID_MAX = 64, LONG_FORM = 0x80 };

bool der_next(struct str *rest, struct der *d) {
    const unsigned char *p = (const unsigned char *)rest->p;
    size_t head = 2, n, more;

    if (rest->n < 2 || (p[0] & 31) == 31)
        return false;
    n = p[1];
    if (n & LONG_FORM) {
        more = n & 127;
        if (!more || more > 4 || rest->n < 2 + more)
            return false;
        n = 0;
        for (size_t i = 0; i < more; i++)
            n = n << 8 | p[2 + i];
        head += more;
    }
    if (n > rest->n - head)
        return false;
    d->tag = p[0];
    d->all = str_cut(*rest, 0, head + n);
    d->body = str_cut(*rest, head, head + n);
    *rest = str_cut(*rest, head + n, rest->n);
    return true;
}

bool der_take(struct str *rest, unsigned tag, struct der *d) {
    struct str before = *rest;

    if (der_next(rest, d) && d->tag == tag)
        return true;
    *rest = before;
    return false;
}

struct str der_of(struct arena *mem, unsigned tag, const struct str *parts, size_t n) {
    size_t body = 0, bytes = 0;
    char *out, *at;

    for (size_t i = 0; i < n; i++)
        body += parts[i].n;
    if (body >= LONG_FORM)
        for (size_t rest = body; rest; rest >>= 8)
            bytes++;
    at = out = arena_alloc(mem, 2 + bytes + body);
    *at++ = (char)tag;
    *at++ = (char)(bytes ? LONG_FORM | bytes : body);
    for (size_t i = bytes; i-- > 0;)
        *at++ = (char)(body >> 8 * i & 0xff);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n)
            memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return (struct str){out, (size_t)(at - out)};
}

struct str der_set_of(struct arena *mem, const struct str *parts, size_t n) {
    struct str *v = arena_array(mem, n, sizeof *v);

    for (size_t i = 0; i < n; i++) { /* few: by insertion */
        size_t k = i;

        for (; k > 0 && str_cmp(parts[i], v[k - 1]) < 0; k--)
            v[k] = v[k - 1];
        v[k] = parts[i];
    }
    return der_of(mem, DER_SET, v, n);
}

/* The bytes of a dotted identifier; 0 when they are too many. */
static size_t encode(const char *dotted, unsigned char out[OID_MAX]) {
    struct str rest = str_of(dotted);
    uint64_t first = 0;
    size_t n = 0;

    for (size_t i = 0; rest.n; i++) {
        uint64_t v = 0;
        size_t digits = 1;

        str_u64(str_split(&rest, '.'), UINT32_MAX, &v);
        if (!i) {
            first = v;
            continue;
        }
        if (i == 1)
            v += first * 40;
        for (uint64_t w = v >> 7; w; w >>= 7)
            digits++;
        if (n + digits > OID_MAX)
            return 0;
        while (digits-- > 0)
            out[n++] = (unsigned char)((v >> 7 * digits & 127) | (digits ? 128 : 0));
    }
    return n;
}

struct str der_oid(struct arena *mem, const char *dotted) {
    unsigned char b[OID_MAX];
    size_t n = encode(dotted, b);

    return DER(mem, DER_OID, {(const char *)b, n});
}

bool der_oid_is(struct str body, const char *dotted) {
    unsigned char b[OID_MAX];
    size_t n = encode(dotted, b);

    return n && body.n == n && !memcmp(body.p, b, n);
}

const char *der_dotted(struct arena *mem, struct str body) {
    AUTO(buf) out = BUF_NONE;
    uint64_t v = 0;

    buf_init(&out, 1024);
    for (size_t i = 0; i < body.n; i++) {
        unsigned char c = (unsigned char)body.p[i];

        if (v >> 56)
            return "?";
        v = v << 7 | (c & 127);
        if (c & 128)
            continue;
        if (!out.n) {
            uint64_t first = v < 80 ? v / 40 : 2;

            buf_fmt(&out, "%u.%llu", (unsigned)first, (unsigned long long)(v - 40 * first));
        } else
            buf_fmt(&out, ".%llu", (unsigned long long)v);
        v = 0;
    }
    if (!out.n || out.over || (body.p[body.n - 1] & 128))
        return "?";
    return arena_dup(mem, out.p, out.n);
}

struct str der_int(struct arena *mem, uint64_t v) {
    char b[9];
    size_t n = 0, digits = 1;

    while (digits < 8 && v >> 8 * digits)
        digits++;
    if (v >> (8 * digits - 1) & 1)
        b[n++] = 0;
    while (digits-- > 0)
        b[n++] = (char)(v >> 8 * digits & 0xff);
    return DER(mem, DER_INT, {b, n});
}

bool der_u64(struct str body, uint64_t *v) {
    const unsigned char *p = (const unsigned char *)body.p;
    uint64_t sum = 0;

    if (!body.n || body.n > 9 || p[0] & 128 || (body.n == 9 && p[0]))
        return false;
    for (size_t i = 0; i < body.n; i++)
        sum = sum << 8 | p[i];
    *v = sum;
    return true;
}

bool der_time(const struct der *d, int64_t *seconds) {
    size_t digits = d->tag == DER_TIME ? 14 : 12;
    uint64_t v[6];
    struct str s = d->body;

    if ((d->tag != DER_TIME && d->tag != DER_UTC_TIME) || s.n < digits + 1 || s.p[s.n - 1] != 'Z' ||
        (s.n > digits + 1 && (d->tag != DER_TIME || s.p[digits] != '.')))
        return false;
    for (size_t i = 0, at = 0; i < COUNT(v); i++) {
        size_t n = !i && d->tag == DER_TIME ? 4 : 2;

        if (!str_u64(str_cut(s, at, at + n), 9999, &v[i]))
            return false;
        at += n;
    }
    if (d->tag == DER_UTC_TIME)
        v[0] += v[0] < 50 ? 2000 : 1900;
    if (!v[1] || v[1] > 12 || !v[2] || v[2] > 31 || v[3] > 23 || v[4] > 59 || v[5] > 60)
        return false;
    *seconds = clock_join((int)v[0], (int)v[1], (int)v[2], (int)v[3], (int)v[4], (int)v[5]);
    return true;
}
