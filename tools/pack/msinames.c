/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msinames.h"

#include "crypto/digest.h"
#include "model/names.h"
#include "pack/windows.h"

#include <stdio.h>
#include <string.h>

enum { ID_MAX = 72, ID_DIGEST = 12, SHORT_BASE = 8, SHORT_SUFFIX = 3, STAGE_RELEASE = 65535 };

/* The space that slipway's GUIDs for installers live in. */
static const char guid_space[] = "6b1d9f52-8c34-4e77-9a05-d13c2e60b84f";

static void sha1(struct str s, unsigned char out[20]) {
    struct digest_set d;
    struct err e = {0};

    if (digest_bytes(s, DIGEST_SHA1, &d, &e))
        memset(&d, 0, sizeof d); /* OpenSSL without SHA-1: no such build */
    memcpy(out, d.sha1, 20);
}

struct str msinames_guid(struct arena *mem, const char *what, struct str id, struct str text) {
    struct str name = str_fmt(mem, "%s\n" STR_F "\n" STR_F, what, STR_A(id), STR_A(text));
    struct str uuid = {0};
    struct err e = {0};
    char *p;

    if (windows_uuid(guid_space, name, mem, &uuid, &e))
        uuid = STR("00000000-0000-0000-0000-000000000000"); /* msibuild_begin stops before that */
    p = arena_fmt(mem, "{" STR_F "}", STR_A(uuid));
    for (size_t i = 0; p[i]; i++)
        if (p[i] >= 'a' && p[i] <= 'f')
            p[i] = (char)(p[i] - 'a' + 'A');
    return str_of(p);
}

bool msinames_is_guid(struct str s) {
    static const char form[] = "{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}";

    if (s.n != sizeof form - 1)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool hex = (s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'F');

        if (form[i] == 'X' ? !hex : s.p[i] != form[i])
            return false;
    }
    return true;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct str msinames_id(struct arena *mem, const char *prefix, struct str text) {
    size_t most = ID_MAX - ID_DIGEST - 1 - strlen(prefix);
    struct str tail = text.n > most ? str_cut(text, text.n - most, text.n) : text;
    unsigned char d[20];
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, ID_MAX + 1);
    buf_z(&b, prefix);
    for (size_t i = 0; i < tail.n; i++)
        buf_c(&b, is_word(tail.p[i]) || tail.p[i] == '.' ? tail.p[i] : '_');
    sha1(text, d);
    buf_c(&b, '_');
    for (size_t i = 0; i < ID_DIGEST / 2; i++)
        buf_fmt(&b, "%02X", d[i]);
    return str_dup(mem, buf_get(&b));
}

/* ---------------------------------------------------------------------------- short names */

static bool short_char(char c) {
    return is_word(c) || (c && strchr("$%'-_@~`!(){}^#&", c));
}

static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static void put_upper(struct buf *b, struct str s, size_t most) {
    size_t n = 0;

    for (size_t i = 0; i < s.n && n < most; i++)
        if (short_char(s.p[i])) {
            buf_c(b, upper(s.p[i]));
            n++;
        }
}

static bool is_short(struct str base, struct str suffix, bool dot) {
    if (!base.n || base.n > SHORT_BASE || suffix.n > SHORT_SUFFIX || (dot && !suffix.n))
        return false;
    for (size_t i = 0; i < base.n; i++)
        if (!short_char(base.p[i]))
            return false;
    for (size_t i = 0; i < suffix.n; i++)
        if (!short_char(suffix.p[i]))
            return false;
    return true;
}

/* The last number given to names that begin and end like this one: all below are taken. */
static unsigned *last_number(struct map *taken, struct str base, struct str suffix) {
    AUTO(buf) key = BUF_NONE;
    unsigned *last;

    buf_init(&key, 32);
    buf_c(&key, '|'); /* in no short name */
    put_upper(&key, base, SHORT_BASE - 2);
    buf_c(&key, '.');
    put_upper(&key, suffix, SHORT_SUFFIX);
    last = map_get(taken, buf_get(&key));
    if (!last) {
        last = arena_alloc(taken->mem, sizeof *last);
        map_put(taken, str_dup(taken->mem, buf_get(&key)), last);
    }
    return last;
}

struct str msinames_file(struct arena *mem, struct map *taken, struct str name) {
    size_t dot = str_rfind(name, '.');
    struct str base = str_cut(name, 0, dot), suffix = str_cut(name, dot + 1, name.n);
    AUTO(buf) b = BUF_NONE;
    unsigned *last;

    buf_init(&b, 32);
    if (is_short(base, suffix, dot < name.n)) {
        put_upper(&b, base, SHORT_BASE);
        if (suffix.n)
            buf_c(&b, '.');
        put_upper(&b, suffix, SHORT_SUFFIX);
        if (!map_put(taken, str_dup(taken->mem, buf_get(&b)), taken))
            return str_dup(mem, name);
    }
    last = last_number(taken, base, suffix);
    for (;;) {
        char number[16];
        int n = snprintf(number, sizeof number, "~%u", ++*last);

        buf_clear(&b);
        put_upper(&b, base, (size_t)(SHORT_BASE - n));
        buf_z(&b, number);
        if (suffix.n)
            buf_c(&b, '.');
        put_upper(&b, suffix, SHORT_SUFFIX);
        if (b.n && b.p[b.n - 1] == '.')
            b.n--;
        if (!map_get(taken, buf_get(&b)))
            break;
    }
    map_put(taken, str_dup(taken->mem, buf_get(&b)), taken);
    return str_fmt(mem, STR_F "|" STR_F, STR_A(buf_get(&b)), STR_A(name));
}

/* -------------------------------------------------------------------------------- version */

/* alpha < beta < rc, and the number behind the word. */
static unsigned pre_number(struct str pre) {
    struct str word = str_split(&pre, '.');
    uint64_t n = 0, step = 10000;
    unsigned rank = str_starts(word, "alpha") ? 1 : str_starts(word, "beta") ? 2 : 0;

    if (str_starts(word, "rc"))
        rank = 3;
    while (pre.n && !str_u64(str_split(&pre, '.'), step - 2, &n))
        ;
    return (unsigned)(rank * step + n + 1);
}

int msinames_version(struct str semver, struct buf *out, struct err *e) {
    struct names_semver v;

    if (!names_semver(semver, &v))
        return err_set(e, E_RECIPE, "\"" STR_F "\" is no version", STR_A(semver));
    if (v.major > 255 || v.minor > 255 || v.patch > 65535)
        return err_set(e, E_RECIPE,
                       "Windows Installer holds versions up to 255.255.65535, not " STR_F,
                       STR_A(semver));
    buf_fmt(out, "%u.%u.%u", (unsigned)v.major, (unsigned)v.minor, (unsigned)v.patch);
    if (v.pre.n)
        buf_fmt(out, ".%u", pre_number(v.pre));
    return buf_check(out, "the version", e);
}

unsigned msinames_stage(struct str semver) {
    struct names_semver v;

    return names_semver(semver, &v) && v.pre.n ? pre_number(v.pre) : STAGE_RELEASE;
}
