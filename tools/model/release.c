/* SPDX-License-Identifier: Apache-2.0 */
#include "model/release.h"

#include "model/names.h"

#include <string.h>

static const char *const role_names[] = {
    [ROLE_PACKAGE] = "package", [ROLE_SIGNATURE] = "signature", [ROLE_CHECKSUMS] = "checksums",
    [ROLE_FEED] = "feed",       [ROLE_BLOCKMAP] = "blockmap",   [ROLE_INDEX] = "index",
    [ROLE_KEY] = "key",         [ROLE_OTHER] = "other",
};

static const enum digest_kind digest_kinds[] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256,
                                                DIGEST_SHA512};

const char *release_role_name(enum artifact_role r) {
    return role_names[r];
}

/* Where `name` is, or where it belongs. */
static size_t place(const struct release *r, struct str name, bool *found) {
    size_t lo = 0, hi = r->n;

    *found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = str_cmp(r->v[mid].name, name);

        if (!c) {
            *found = true;
            return mid;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct artifact *release_add(struct release *r, const struct artifact *a) {
    bool found;
    size_t i = place(r, a->name, &found);

    if (!found) {
        if (r->n == r->room)
            r->v = arena_grow(r->mem, r->v, r->n, r->n + 1, sizeof *r->v, &r->room);
        memmove(r->v + i + 1, r->v + i, (r->n - i) * sizeof *r->v);
        r->n++;
    }
    r->v[i] = *a;
    return &r->v[i];
}

struct artifact *release_find(const struct release *r, struct str name) {
    bool found;
    size_t i = place(r, name, &found);

    return found ? &r->v[i] : NULL;
}

void release_remove(struct release *r, struct str name) {
    struct artifact *a = release_find(r, name);
    size_t i;

    if (a) {
        i = (size_t)(a - r->v);
        memmove(a, a + 1, (r->n - i - 1) * sizeof *a);
        r->n--;
    }
    for (i = 0; name.n && i < r->n;) {
        if (!str_eq(r->v[i].parent, name)) {
            i++;
            continue;
        }
        release_remove(r, r->v[i].name);
        i = 0;
    }
}

static void put_text(struct arena *mem, struct value *map, const char *key, struct str s) {
    if (s.n)
        value_set(mem, map, key, value_str(mem, s));
}

static struct value *artifact_value(const struct artifact *a, struct arena *mem) {
    struct value *m = value_new(mem, VALUE_MAP);

    put_text(mem, m, "name", a->name);
    put_text(mem, m, "role", str_of(role_names[a->role]));
    put_text(mem, m, "format", a->format);
    put_text(mem, m, "os", a->os);
    put_text(mem, m, "arch", a->arch);
    value_set(mem, m, "size", value_int(mem, (int64_t)a->size));
    if (a->blockmap_size)
        value_set(mem, m, "blockmap_size", value_int(mem, (int64_t)a->blockmap_size));
    for (size_t i = 0; i < COUNT(digest_kinds); i++) {
        size_t n;
        const unsigned char *d = digest_of(&a->digests, digest_kinds[i], &n);

        if (d)
            put_text(mem, m, digest_name(digest_kinds[i]), digest_hex(mem, d, n));
    }
    put_text(mem, m, "parent", a->parent);
    put_text(mem, m, "signer", a->signer);
    put_text(mem, m, "made_by", a->made_by);
    put_text(mem, m, "recipe_digest", a->recipe_digest);
    value_set(mem, m, "cache_seconds", value_int(mem, (int64_t)a->cache_seconds));
    return m;
}

void release_write(const struct release *r, struct buf *json) {
    AUTO(arena) mem = {0};
    struct value *m = value_new(&mem, VALUE_MAP), *list = value_new(&mem, VALUE_LIST);

    value_set(&mem, m, "schema", value_int(&mem, 1));
    put_text(&mem, m, "name", r->name);
    put_text(&mem, m, "title", r->title);
    put_text(&mem, m, "version", r->version);
    put_text(&mem, m, "channel", r->channel);
    value_set(&mem, m, "time", value_int(&mem, r->time));
    for (size_t i = 0; i < r->n; i++)
        value_add(list, artifact_value(&r->v[i], &mem));
    value_set(&mem, m, "artifacts", list);
    value_write_json(m, true, json);
}

/* -------------------------------------------------------------------------- release_read */

struct reader {
    const char *where; /* "release.json", "release.json: artifacts[3]" */
    struct arena *mem;
    struct err *e;
};

static int bad(const struct reader *rd, const char *key, const char *what) {
    return err_set(rd->e, E_INPUT, "%s: \"%s\" %s", rd->where, key, what);
}

static int read_text(const struct reader *rd, const struct value *map, const char *key, bool needed,
                     struct str *s) {
    const struct value *v = value_get(map, key);

    *s = (struct str){0};
    if (!v)
        return needed ? bad(rd, key, "is missing") : OK;
    if (v->kind != VALUE_STR || (needed && !v->s.n))
        return bad(rd, key, "is not a text");
    for (size_t i = 0; i < v->s.n; i++)
        if ((unsigned char)v->s.p[i] < 0x20 || v->s.p[i] == 0x7f)
            return bad(rd, key, "has a control character");
    *s = v->s;
    return OK;
}

/* A text that becomes a part of a path when the release is published. */
static int read_word(const struct reader *rd, const struct value *map, const char *key, bool needed,
                     struct str *s) {
    struct err why = {0};

    if (read_text(rd, map, key, needed, s))
        return (int)rd->e->code;
    if (s->n && (str_find(*s, '/') < s->n || tree_path_ok(*s, &why)))
        return bad(rd, key, "is not a word that can be part of a path");
    return OK;
}

static int read_number(const struct reader *rd, const struct value *map, const char *key,
                       int64_t *n) {
    const struct value *v = value_get(map, key);

    *n = 0;
    if (!v)
        return bad(rd, key, "is missing");
    if (v->kind != VALUE_INT || v->i < 0)
        return bad(rd, key, "is not a number from 0 up");
    *n = v->i;
    return OK;
}

static int read_digests(const struct reader *rd, const struct value *map, struct digest_set *set) {
    unsigned char *const to[] = {set->md5, set->sha1, set->sha256, set->sha512};
    static const size_t sizes[] = {16, 20, 32, 64};

    for (size_t i = 0; i < COUNT(digest_kinds); i++) {
        const char *key = digest_name(digest_kinds[i]);
        struct str hex;

        if (read_text(rd, map, key, digest_kinds[i] >= DIGEST_SHA256, &hex))
            return (int)rd->e->code;
        if (!hex.n)
            continue;
        if (hex.n != sizes[i] * 2 || !digest_unhex(hex, to[i], sizes[i]))
            return bad(rd, key, "is not a digest in hexadecimal digits");
        set->kinds |= digest_kinds[i];
    }
    return OK;
}

static int read_target(const struct reader *rd, const struct value *map, struct artifact *a) {
    enum os_kind os;
    enum arch_kind arch;

    if (read_text(rd, map, "os", false, &a->os) || read_text(rd, map, "arch", false, &a->arch))
        return (int)rd->e->code;
    if (a->os.n && (!names_os_find(a->os, &os) || !str_is(a->os, names_os(os))))
        return bad(rd, "os", "is not a known system");
    if (a->arch.n && (!names_arch_find(a->arch, &arch) || !str_is(a->arch, names_arch(arch))))
        return bad(rd, "arch", "is not a known architecture");
    return OK;
}

static int read_names(const struct reader *rd, const struct value *map, struct artifact *a) {
    struct err why = {0};
    struct str role;
    size_t i;

    if (read_text(rd, map, "name", true, &a->name) || read_text(rd, map, "role", true, &role) ||
        read_text(rd, map, "parent", false, &a->parent))
        return (int)rd->e->code;
    if (tree_path_ok(a->name, &why))
        return bad(rd, "name", arena_fmt(rd->mem, "is refused: %s", why.msg));
    if (a->parent.n && tree_path_ok(a->parent, &why))
        return bad(rd, "parent", arena_fmt(rd->mem, "is refused: %s", why.msg));
    for (i = 0; i < COUNT(role_names) && !str_is(role, role_names[i]);)
        i++;
    if (i == COUNT(role_names))
        return bad(rd, "role", "is not a known role");
    a->role = (enum artifact_role)i;
    return OK;
}

static int read_artifact(const struct reader *rd, const struct value *map, struct artifact *a) {
    int64_t size, cache, inside = 0;

    *a = (struct artifact){0};
    if (map->kind != VALUE_MAP)
        return err_set(rd->e, E_INPUT, "%s is not a map", rd->where);
    if (read_names(rd, map, a) || read_target(rd, map, a) || read_digests(rd, map, &a->digests) ||
        read_word(rd, map, "format", false, &a->format) ||
        read_text(rd, map, "signer", false, &a->signer) ||
        read_text(rd, map, "made_by", false, &a->made_by) ||
        read_text(rd, map, "recipe_digest", false, &a->recipe_digest) ||
        read_number(rd, map, "size", &size) || read_number(rd, map, "cache_seconds", &cache) ||
        (value_get(map, "blockmap_size") && read_number(rd, map, "blockmap_size", &inside)))
        return (int)rd->e->code;
    if (inside > size)
        return bad(rd, "blockmap_size", "is larger than the file");
    a->blockmap_size = (uint64_t)inside;
    a->size = (uint64_t)size;
    a->cache_seconds = (uint64_t)cache;
    return OK;
}

static int read_artifacts(struct reader *rd, const struct value *list, struct release *r) {
    const char *file = rd->where;
    struct artifact a;

    if (!list || list->kind != VALUE_LIST)
        return bad(rd, "artifacts", list ? "is not a list" : "is missing");
    for (const struct value *c = list->child; c; c = c->next) {
        rd->where = arena_fmt(rd->mem, "%s: artifacts[%zu]", file, r->n);
        if (read_artifact(rd, c, &a))
            return (int)rd->e->code;
        if (r->n && str_cmp(r->v[r->n - 1].name, a.name) >= 0)
            return bad(rd, "name",
                       "is not in order: artifacts are sorted by name, each is there once");
        release_add(r, &a);
    }
    return OK;
}

int release_read(struct str json, const char *file, struct arena *mem, struct release *r,
                 struct err *e) {
    struct reader rd = {.where = file, .mem = mem, .e = e};
    struct value *root;
    int64_t schema;

    *r = (struct release){.mem = mem};
    if (value_json(json, file, mem, &root, e))
        return (int)e->code;
    if (root->kind != VALUE_MAP)
        return err_set(e, E_INPUT, "%s: not a ledger: a map is expected", file);
    if (read_number(&rd, root, "schema", &schema))
        return (int)e->code;
    if (schema != 1)
        return bad(&rd, "schema", "is not 1: written by a newer slipway");
    if (read_word(&rd, root, "name", true, &r->name) ||
        read_text(&rd, root, "title", false, &r->title) ||
        read_word(&rd, root, "version", true, &r->version) ||
        read_word(&rd, root, "channel", false, &r->channel) ||
        read_number(&rd, root, "time", &r->time))
        return (int)e->code;
    return read_artifacts(&rd, value_get(root, "artifacts"), r);
}
