/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_cut.h"

#include "base/mem.h"
#include "repo/yum_xml.h"

#include <string.h>

enum { CHUNK = 256 * 1024, TAG_MAX = 64 * 1024 };

struct cutter {
    struct source *s;
    const struct yum_cut_ops *ops;
    void *self;
    char *p;
    size_t n, room, at; /* at: what is cut already */
    uint64_t base;      /* of p[0] in the document */
};

/* Reads on; *more is false at the end. What was cut already goes. */
static int fill(struct cutter *c, bool *more, struct err *e) {
    size_t got;

    if (c->at) {
        memmove(c->p, c->p + c->at, c->n - c->at);
        c->base += c->at;
        c->n -= c->at;
        c->at = 0;
    }
    if (c->n > YUM_CUT_MAX)
        return err_set(e, E_INPUT, "a package of more than %d bytes", YUM_CUT_MAX);
    if (c->room - c->n < CHUNK) {
        c->room = c->n + c->n / 2 + CHUNK;
        c->p = mem_resize(c->p, c->room);
    }
    got = source_get(c->s, c->p + c->n, CHUNK);
    if (c->s->err.code) {
        *e = c->s->err;
        return (int)e->code;
    }
    *more = got > 0;
    if (got && c->ops->raw && c->ops->raw(c->self, (struct str){c->p + c->n, got}, e))
        return (int)e->code;
    c->n += got;
    return OK;
}

static struct str rest(const struct cutter *c) {
    return c->p ? (struct str){c->p + c->at, c->n - c->at} : (struct str){"", 0};
}

/* How many bytes from c->at up to behind `z`, searched for from `from`; reads on for it, to `most`
 * bytes. */
static int until(struct cutter *c, size_t from, const char *z, size_t most, size_t *n,
                 struct err *e) {
    size_t len = strlen(z);
    bool more = true;

    for (;;) {
        struct str s = rest(c);

        while (from + len <= s.n) {
            const char *p = memchr(s.p + from, z[0], s.n - from - len + 1);

            if (!p) {
                from = s.n - len + 1;
                break;
            }
            from = (size_t)(p - s.p);
            if (!memcmp(p, z, len)) {
                *n = from + len;
                return OK;
            }
            from++;
        }
        if (!more || s.n > most)
            return err_set(e, E_INPUT, more ? "is no metadata of a repository" : "ends too early");
        if (fill(c, &more, e))
            return (int)e->code;
    }
}

static bool is_markup(struct str s) { /* a comment or CDATA: "<!" */
    while (s.n) {
        const char *p = memchr(s.p, '!', s.n);

        if (!p)
            return false;
        if (p > s.p && p[-1] == '<')
            return true;
        s = str_cut(s, (size_t)(p - s.p) + 1, s.n);
    }
    return false;
}

static int cut_package(struct cutter *c, struct err *e) {
    struct str xml;
    size_t n;

    if (until(c, 0, "</package>", YUM_CUT_MAX, &n, e))
        return (int)e->code;
    xml = (struct str){c->p + c->at, n};
    if (is_markup(xml))
        return err_set(e, E_INPUT,
                       "holds comments or CDATA inside of a package: remove the folder repodata to "
                       "index the packages anew");
    if (c->ops->element(c->self, xml, c->base + c->at, e))
        return (int)e->code;
    c->at += n;
    return OK;
}

static bool is_tag(struct str s, const char *name) {
    size_t n = strlen(name);

    return str_starts(s, name) && s.n > n && strchr(" \t\r\n>/", s.p[n]);
}

static int check_head(struct str tag, bool root, struct err *e) {
    struct str left = tag;
    AUTO(arena) mem = {0};

    if (!root) { /* <?xml …?> */
        struct str encoding = yum_xml_get(str_cut(tag, 5, tag.n), "encoding", &mem);

        if (encoding.n && !str_is(encoding, "UTF-8") && !str_is(encoding, "utf-8"))
            return err_set(e, E_INPUT, "is written in " STR_F ", not in UTF-8", STR_A(encoding));
        return OK;
    }
    while (left.n) {
        struct str word = str_split(&left, ' ');

        if (str_starts(word, "xmlns:") && !str_starts(word, "xmlns:rpm="))
            return err_set(e, E_INPUT,
                           "has a name space that is not known here (" STR_F
                           "): remove the folder repodata to index the packages anew",
                           STR_A(word));
    }
    return OK;
}

/* One thing between packages. *end: the closing tag of the root. */
static int step(struct cutter *c, const char *root, bool *open, bool *end, struct err *e) {
    struct str s;
    bool more = true;
    size_t n;

    if (until(c, 0, "<", TAG_MAX, &n, e))
        return (int)e->code;
    c->at += n - 1;
    while (more && c->n - c->at < 64) /* enough to know it by */
        if (fill(c, &more, e))
            return (int)e->code;
    s = rest(c);
    if (*open && is_tag(s, "<package"))
        return cut_package(c, e);
    if (until(c, 0, str_starts(s, "<!--") ? "-->" : ">", TAG_MAX, &n, e))
        return (int)e->code;
    s = (struct str){c->p + c->at, n};
    if (str_starts(s, "<?xml ") || (!*open && is_tag(str_cut(s, 1, s.n), root))) {
        *open = !str_starts(s, "<?xml ");
        if (check_head(s, *open, e))
            return (int)e->code;
        *end = *open && str_ends(s, "/>");
    } else if (*open && str_starts(s, "</") && is_tag(str_cut(s, 2, s.n), root)) {
        *end = true;
    } else if (!str_starts(s, "<!--") && !str_starts(s, "<?")) {
        return err_set(e, E_INPUT, "is no metadata of a repository: \"" STR_F "\"",
                       STR_A(str_cut(s, 0, 40)));
    }
    c->at += n;
    return OK;
}

int yum_cut(struct source *s, const char *root, const struct yum_cut_ops *ops, void *self,
            struct err *e) {
    struct cutter c = {.s = s, .ops = ops, .self = self};
    bool open = false, end = false, more = true;
    int rc = OK;

    while (!rc && !end)
        rc = step(&c, root, &open, &end, e);
    while (!rc && more) { /* to the end: a digest wants all of it */
        c.at = c.n;
        rc = fill(&c, &more, e);
    }
    mem_free(c.p);
    return rc;
}
