/* SPDX-License-Identifier: Apache-2.0 */
#include "model/names.h"

#include <string.h>

static const char *const os_words[] = {"linux", "windows", "macos"};

static const struct arch_row {
    const char *word, *deb, *rpm, *node;
    const char *also[5];
} arch_rows[] = {
    [ARCH_X86_64] = {"x86_64", "amd64", "x86_64", "x64", {"amd64", "x64", "x86-64"}},
    [ARCH_AARCH64] = {"aarch64", "arm64", "aarch64", "arm64", {"arm64"}},
    [ARCH_I686] = {"i686", "i386", "i686", "ia32", {"i386", "x86", "i586", "ia32"}},
    [ARCH_ARMV7] =
        {"armv7", "armhf", "armv7hl", "armv7l", {"armhf", "armv7hl", "armv7l", "armv7a"}},
    [ARCH_UNIVERSAL] = {"universal", NULL, NULL, "universal", {NULL}},
    [ARCH_ANY] = {"any", "all", "noarch", NULL, {"all", "noarch"}},
};

const char *names_os(enum os_kind os) {
    return os_words[os];
}

bool names_os_find(struct str s, enum os_kind *os) {
    if (str_is(s, "darwin"))
        s = STR("macos");
    for (size_t i = 0; i < COUNT(os_words); i++)
        if (str_is(s, os_words[i])) {
            *os = (enum os_kind)i;
            return true;
        }
    return false;
}

const char *names_arch(enum arch_kind a) {
    return arch_rows[a].word;
}

bool names_arch_find(struct str s, enum arch_kind *a) {
    for (size_t i = 0; i < COUNT(arch_rows); i++) {
        bool found = str_is(s, arch_rows[i].word);

        for (const char *const *z = arch_rows[i].also; *z && !found; z++)
            found = str_is(s, *z);
        if (found) {
            *a = (enum arch_kind)i;
            return true;
        }
    }
    return false;
}

const char *names_arch_deb(enum arch_kind a) {
    return arch_rows[a].deb;
}

const char *names_arch_rpm(enum arch_kind a) {
    return arch_rows[a].rpm;
}

const char *names_arch_node(enum arch_kind a) {
    return arch_rows[a].node;
}

static bool all_digits(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static bool number(struct str s, uint64_t *v) {
    return (s.n == 1 || (s.n && s.p[0] != '0')) && str_u64(s, UINT64_MAX, v);
}

static bool letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool identifiers(struct str s, bool pre) {
    if (!s.n || str_ends(s, "."))
        return false;
    while (s.n) {
        struct str id = str_split(&s, '.');

        if (!id.n || (pre && id.n > 1 && id.p[0] == '0' && all_digits(id)))
            return false;
        for (size_t i = 0; i < id.n; i++)
            if (!letter_or_digit(id.p[i]) && id.p[i] != '-')
                return false;
    }
    return true;
}

bool names_semver(struct str s, struct names_semver *v) {
    size_t plus = str_find(s, '+'), minus = str_find(str_cut(s, 0, plus), '-');
    struct str core = str_cut(s, 0, minus < plus ? minus : plus);
    struct str a, b, c;

    *v = (struct names_semver){0};
    if (plus < s.n) {
        v->build = str_cut(s, plus + 1, s.n);
        if (!identifiers(v->build, false))
            return false;
    }
    if (minus < plus) {
        v->pre = str_cut(s, minus + 1, plus);
        if (!identifiers(v->pre, true))
            return false;
    }
    a = str_split(&core, '.');
    b = str_split(&core, '.');
    c = core;
    return number(a, &v->major) && number(b, &v->minor) && number(c, &v->patch);
}

static int cmp_u64(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int cmp_identifier(struct str a, struct str b) {
    bool na = all_digits(a), nb = all_digits(b);

    if (na != nb)
        return na ? -1 : 1;
    if (na && a.n != b.n) /* without leading zeros the longer number is the larger */
        return a.n < b.n ? -1 : 1;
    return str_cmp(a, b);
}

int names_semver_cmp(struct str a, struct str b) {
    struct names_semver x, y;
    int c;

    names_semver(a, &x);
    names_semver(b, &y);
    c = cmp_u64(x.major, y.major);
    if (!c)
        c = cmp_u64(x.minor, y.minor);
    if (!c)
        c = cmp_u64(x.patch, y.patch);
    if (c)
        return c;
    if (!x.pre.n || !y.pre.n)
        return (int)(!x.pre.n) - (int)(!y.pre.n);
    while (!c && x.pre.n && y.pre.n) {
        struct str p = str_split(&x.pre, '.'), q = str_split(&y.pre, '.');

        c = cmp_identifier(p, q);
    }
    return c ? c : (int)(x.pre.n > 0) - (int)(y.pre.n > 0);
}

static void put_safe(struct str s, const char *allowed, struct buf *out) {
    for (size_t i = 0; i < s.n; i++)
        buf_c(out, letter_or_digit(s.p[i]) || (s.p[i] && strchr(allowed, s.p[i])) ? s.p[i] : '.');
}

/* `pre` and `build` are what stands before a pre-release and before build metadata. */
static void put_version(struct str version, const char *pre, const char *build, const char *allowed,
                        struct buf *out) {
    size_t plus = str_find(version, '+'), minus = str_find(str_cut(version, 0, plus), '-');

    put_safe(str_cut(version, 0, minus), allowed, out);
    if (minus < plus) {
        buf_z(out, pre);
        put_safe(str_cut(version, minus + 1, plus), allowed, out);
    }
    if (plus < version.n) {
        buf_z(out, build);
        put_safe(str_cut(version, plus + 1, version.n), allowed, out);
    }
}

/* deb-version(7): letters, digits and . + ~ in the upstream version; a hyphen would begin the
 * revision. */
void names_version_deb(struct str semver, struct str revision, struct buf *out) {
    put_version(semver, "~", "+", ".+~", out);
    if (revision.n) {
        buf_c(out, '-');
        put_safe(revision, ".+~", out);
    }
}

/* rpm-version(7): letters, digits and . _ + ~ ^ */
void names_version_rpm(struct str semver, struct buf *out) {
    put_version(semver, "~", "^", "._+~^", out);
}

struct str names_channel(struct str semver) {
    struct names_semver v;

    if (!names_semver(semver, &v) || !v.pre.n)
        return STR("latest");
    while (v.pre.n) {
        struct str id = str_split(&v.pre, '.');
        size_t n = 0;

        while (n < id.n && letter_or_digit(id.p[n]) && id.p[n] > '9')
            n++;
        if (n)
            return str_cut(id, 0, n);
    }
    return STR("pre");
}

int names_linux_path(const struct recipe *r, struct str path, struct buf *out) {
    static const char *const below_usr[] = {"bin/",     "sbin/",  "lib/",     "lib64/",
                                            "libexec/", "share/", "include/", "games/"};

    if (str_starts(path, "/")) {
        buf_str(out, path);
        return OK;
    }
    for (size_t i = 0; i < COUNT(below_usr); i++) /* "bin/x", and the folder "bin" itself */
        if (str_starts(path, below_usr[i]) ||
            str_eq(path, str_cut(str_of(below_usr[i]), 0, strlen(below_usr[i]) - 1))) {
            buf_z(out, "/usr/");
            buf_str(out, path);
            return OK;
        }
    buf_z(out, "/usr/lib/");
    buf_str(out, r->name);
    buf_c(out, '/');
    buf_str(out, path);
    return OK;
}

struct str names_zsync(struct str file, struct str version, struct arena *mem) {
    struct str mark = str_fmt(mem, "-" STR_F "-", STR_A(version));

    for (size_t i = 0; i + mark.n <= file.n; i++)
        if (str_eq(str_cut(file, i, i + mark.n), mark))
            return str_fmt(mem, STR_F STR_F ".zsync", STR_A(str_cut(file, 0, i)),
                           STR_A(str_cut(file, i + mark.n - 1, file.n)));
    return str_fmt(mem, STR_F ".zsync", STR_A(file));
}
