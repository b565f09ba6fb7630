/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_needs.h"

#include "base/map.h"
#include "container/rpmtags.h"
#include "repo/yum_evr.h"
#include "repo/yum_xml.h"

#include <string.h>

enum { /* rpmds.h: PREREQ, PRETRANS, POSTTRANS, SCRIPT_PRE, SCRIPT_POST */
       BEFORE = 1 << 6 | 1 << 7 | 1 << 5 | 1 << 9 | 1 << 10,
};

struct list {
    const char *element;
    uint32_t name, flags, version;
};

struct needs {
    const struct rpmhdr *h;
    struct arena *mem;
    struct map provided; /* "name", flags and version in one */
    struct map files;
    bool files_known;
};

struct need {
    struct str name, version;
    const char *flags; /* NULL: any version */
    bool pre;
};

static const struct list needs_provides = {"rpm:provides", RPMTAGS_PROVIDENAME,
                                           RPMTAGS_PROVIDEFLAGS, RPMTAGS_PROVIDEVERSION};
static const struct list needs_requires = {"rpm:requires", RPMTAGS_REQUIRENAME,
                                           RPMTAGS_REQUIREFLAGS, RPMTAGS_REQUIREVERSION};
static const struct list needs_others[] = {
    {"rpm:conflicts", RPMTAGS_CONFLICTNAME, RPMTAGS_CONFLICTFLAGS, RPMTAGS_CONFLICTVERSION},
    {"rpm:obsoletes", RPMTAGS_OBSOLETENAME, RPMTAGS_OBSOLETEFLAGS, RPMTAGS_OBSOLETEVERSION},
    {"rpm:suggests", RPMTAGS_SUGGESTNAME, RPMTAGS_SUGGESTNAME + 2, RPMTAGS_SUGGESTNAME + 1},
    {"rpm:enhances", RPMTAGS_ENHANCENAME, RPMTAGS_ENHANCENAME + 2, RPMTAGS_ENHANCENAME + 1},
    {"rpm:recommends", RPMTAGS_RECOMMENDNAME, RPMTAGS_RECOMMENDNAME + 2, RPMTAGS_RECOMMENDNAME + 1},
    {"rpm:supplements", RPMTAGS_SUPPLEMENTNAME, RPMTAGS_SUPPLEMENTNAME + 2,
     RPMTAGS_SUPPLEMENTNAME + 1},
};

bool yum_needs_primary(struct str path) {
    return str_starts(path, "/etc/") || str_is(path, "/usr/lib/sendmail") || str_has(path, "bin/");
}

static const char *relation(uint64_t flags) {
    switch (flags & 15) {
    case 2:
        return "LT";
    case 4:
        return "GT";
    case 8:
        return "EQ";
    case 10:
        return "LE";
    case 12:
        return "GE";
    default:
        return NULL;
    }
}

/* False for an epoch that is no number. */
static bool split_version(struct str text, struct yum_evr *v) {
    size_t colon = str_find(text, ':'), dash;
    uint64_t n;

    *v = (struct yum_evr){.epoch = STR("0")};
    if (colon < text.n) {
        if (colon && !str_u64(str_cut(text, 0, colon), INT64_MAX, &n))
            return false;
        if (colon)
            v->epoch = str_cut(text, 0, colon);
        text = str_cut(text, colon + 1, text.n);
    }
    dash = str_find(text, '-');
    v->version = str_cut(text, 0, dash);
    v->release = str_cut(text, dash + 1, text.n);
    return true;
}

static void put_attr(struct buf *out, const char *name, struct str value) {
    if (!value.n)
        return;
    buf_fmt(out, " %s=\"", name);
    yum_xml_attr(out, value);
    buf_c(out, '"');
}

/* The element opens with its first entry: an empty one is not written. */
static void put_entry(const struct list *l, const struct need *x, bool *open, struct buf *out) {
    struct yum_evr v;

    if (!x->name.n || !split_version(x->version, &v))
        return;
    if (!*open)
        buf_fmt(out, "    <%s>\n", l->element);
    *open = true;
    buf_z(out, "      <rpm:entry");
    put_attr(out, "name", x->name);
    if (x->flags) {
        put_attr(out, "flags", str_of(x->flags));
        if (x->version.n) {
            put_attr(out, "epoch", v.epoch);
            put_attr(out, "ver", v.version);
            put_attr(out, "rel", v.release);
        }
    }
    buf_z(out, x->pre ? " pre=\"1\"/>\n" : "/>\n");
}

static void put_end(const struct list *l, bool open, struct buf *out) {
    if (open)
        buf_fmt(out, "    </%s>\n", l->element);
}

static struct need *read_list(const struct needs *n, const struct list *l, size_t *count) {
    size_t names, versions;
    struct str *name = rpmhdr_texts(n->h, l->name, n->mem, &names);
    struct str *version = rpmhdr_texts(n->h, l->version, n->mem, &versions);
    const struct rpmhdr_item *flags = rpmhdr_find(n->h, l->flags);
    struct need *v;

    *count = 0;
    if (!flags)
        return NULL;
    if (names > versions)
        names = versions;
    if (names > flags->count)
        names = flags->count;
    v = arena_array(n->mem, names, sizeof *v);
    for (; *count < names; ++*count) {
        uint64_t bits = rpmhdr_item_number(flags, *count, 0);

        v[*count] = (struct need){name[*count], version[*count], relation(bits), bits & BEFORE};
    }
    return v;
}

static struct str key_of(const struct needs *n, const struct need *x) {
    return str_fmt(n->mem, STR_F "%s" STR_F, STR_A(x->name), x->flags ? x->flags : "",
                   STR_A(x->version));
}

static void put_list(struct needs *n, const struct list *l, struct buf *out) {
    size_t count;
    struct need *v = read_list(n, l, &count);
    bool open = false;

    for (size_t i = 0; i < count; i++) {
        if (l == &needs_provides)
            map_put(&n->provided, key_of(n, &v[i]), &v[i]);
        put_entry(l, &v[i], &open, out);
    }
    put_end(l, open, out);
}

static bool is_own_file(struct needs *n, struct str path) {
    const struct rpmhdr_item *index = rpmhdr_find(n->h, RPMTAGS_DIRINDEXES);
    size_t bases, dirs;

    if (!n->files_known) {
        struct str *base = rpmhdr_texts(n->h, RPMTAGS_BASENAMES, n->mem, &bases);
        struct str *dir = rpmhdr_texts(n->h, RPMTAGS_DIRNAMES, n->mem, &dirs);

        for (size_t i = 0; i < bases; i++) {
            uint64_t d = rpmhdr_item_number(index, i, UINT64_MAX);

            if (d < dirs)
                map_put(&n->files, str_fmt(n->mem, STR_F STR_F, STR_A(dir[d]), STR_A(base[i])),
                        &base[i]);
        }
        n->files_known = true;
    }
    return map_get(&n->files, path) != NULL;
}

/* What stands for the version in "libc.so.6(GLIBC_2.34)(64bit)": from the first digit in the first
 * parentheses; false when there is none. */
static bool libc_version(struct str name, struct str *version) {
    size_t from = str_find(name, '('), end;

    *version = str_cut(name, from + 1, name.n);
    end = str_find(*version, ')');
    if (from >= name.n || end == version->n)
        return false;
    *version = str_cut(*version, 0, end);
    while (version->n && (version->p[0] < '0' || version->p[0] > '9'))
        *version = str_cut(*version, 1, version->n);
    return true;
}

static bool newer_libc(struct str have, struct str name) {
    struct str x, y;
    bool a = libc_version(have, &x), b = libc_version(name, &y);

    if (!b || !y.n)
        return false;
    return !a || !x.n || yum_evr_segments(x, y) < 0;
}

static bool same_need(const struct need *a, const struct need *b) {
    return (a->flags == b->flags || (a->flags && b->flags && !strcmp(a->flags, b->flags))) &&
           str_eq(a->version, b->version) && a->pre == b->pre;
}

static void put_requires(struct needs *n, struct buf *out) {
    size_t count;
    struct need *v = read_list(n, &needs_requires, &count), **last;
    const struct need *libc = NULL;
    struct map seen = {.mem = n->mem}; /* the last one of a name */
    bool open = false;

    last = arena_array(n->mem, count, sizeof *last);
    for (size_t i = 0; i < count; i++) {
        struct need **before;

        if (str_starts(v[i].name, "rpmlib(") ||
            (str_starts(v[i].name, "/") && yum_needs_primary(v[i].name) &&
             is_own_file(n, v[i].name)) ||
            map_get(&n->provided, key_of(n, &v[i])))
            continue;
        if (str_starts(v[i].name, "libc.so.6")) {
            if (!libc || newer_libc(libc->name, v[i].name))
                libc = &v[i];
            continue;
        }
        last[i] = &v[i];
        before = map_put(&seen, v[i].name, &last[i]);
        if (before && same_need(*before, &v[i]))
            continue;
        if (before)
            *before = &v[i];
        put_entry(&needs_requires, &v[i], &open, out);
    }
    if (libc)
        put_entry(&needs_requires, libc, &open, out);
    put_end(&needs_requires, open, out);
}

void yum_needs(const struct rpmhdr *h, struct arena *scratch, struct buf *out) {
    struct needs n = {h, scratch, {.mem = scratch}, {.mem = scratch}, false};

    put_list(&n, &needs_provides, out);
    put_requires(&n, out);
    for (size_t i = 0; i < COUNT(needs_others); i++)
        put_list(&n, &needs_others[i], out);
}
