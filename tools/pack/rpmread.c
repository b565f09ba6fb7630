/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmread.h"

#include "base/map.h"
#include "container/cpio.h"
#include "container/rpmhdr.h"
#include "container/rpmtags.h"
#include "io/codec.h"
#include "pack/rpmfacts.h"

#include <string.h>

enum { BLOCK = 64 * 1024, FILES_MAX = 1000000, FILE_MD5 = 1, FILE_SHA1 = 2, FILE_SHA256 = 8 };
enum { FILE_SHA512 = 10, KIND_MASK = 0170000, KIND_DIR = 0040000, KIND_LINK = 0120000 };
enum { KIND_FILE = 0100000, FLAG_GHOST = 64 };

struct reader {
    struct infile *f;
    struct arena *mem;
    struct rpmhdr sig, head;
    uint64_t head_at, payload;
    struct str raw; /* the main header's bytes */
    struct tree *found;
    struct str *digest; /* of each file as the header has it, or NULL */
    enum digest_kind kind;
    bool *had;    /* its content was in the payload */
    size_t *last; /* the last of its hard links in the order of the header */
    struct map by_path;
    char *block;
};

/* -------------------------------------------------------------- bytes that are digested in passing
 */

struct tap {
    struct source *below;
    struct digest *sum;
};

static int tap_get(struct source *s, void *p, size_t n, size_t *got, struct err *e) {
    struct tap *t = s->self;

    *got = source_get(t->below, p, n);
    if (t->below->err.code) {
        *e = t->below->err;
        return (int)e->code;
    }
    digest_put(t->sum, p, *got);
    return OK;
}

static void tap_source(struct source *s, struct tap *t) {
    static const struct source_ops ops = {tap_get, NULL};

    source_init(s, &ops, t);
}

/* -------------------------------------------------------------------------------------- headers */

static int check_hex(const struct digest_set *set, enum digest_kind k, struct str hex,
                     const char *what, struct err *e) {
    unsigned char want[DIGEST_MAX];
    size_t n;
    const unsigned char *is = digest_of(set, k, &n);

    if (!hex.n)
        return OK;
    if (!is || !digest_unhex(hex, want, n))
        return err_set(e, E_INPUT, "rpm: the %s of %s is no digest", digest_name(k), what);
    if (memcmp(is, want, n))
        return err_set(e, E_WRONG, "rpm: the %s of %s is not the one in the package",
                       digest_name(k), what);
    return OK;
}

static int read_headers(struct reader *r, struct err *e) {
    unsigned char lead[RPMHDR_LEAD_SIZE];
    struct digest_set set;

    if (r->f->size < sizeof lead || infile_read(r->f, 0, lead, sizeof lead, e) ||
        !rpmhdr_lead_ok(lead, sizeof lead))
        return e->code ? (int)e->code : err_set(e, E_INPUT, "rpm: does not begin like one");
    if (rpmhdr_read(r->f, sizeof lead, RPMHDR_SIGNATURES, r->mem, &r->sig, NULL, &r->head_at, e))
        return err_in(e, "the signature header");
    r->head_at = (r->head_at + 7) / 8 * 8;
    if (rpmhdr_read(r->f, r->head_at, RPMHDR_IMMUTABLE, r->mem, &r->head, &r->raw, &r->payload, e))
        return (int)e->code;
    if (digest_bytes(r->raw, DIGEST_SHA1 | DIGEST_SHA256, &set, e) ||
        check_hex(&set, DIGEST_SHA1, rpmhdr_text(&r->sig, RPMSIG_SHA1), "the header", e) ||
        check_hex(&set, DIGEST_SHA256, rpmhdr_text(&r->sig, RPMSIG_SHA256), "the header", e))
        return (int)e->code;
    return OK;
}

static enum digest_kind kind_of(uint64_t algorithm) { /* RFC 4880, 9.4 */
    switch (algorithm) {
    case FILE_MD5:
        return DIGEST_MD5;
    case FILE_SHA1:
        return DIGEST_SHA1;
    case FILE_SHA256:
        return DIGEST_SHA256;
    case FILE_SHA512:
        return DIGEST_SHA512;
    default:
        return 0;
    }
}

struct columns { /* as many of each as there are files */
    struct str *base, *dir, *user, *group, *link;
    const struct rpmhdr_item *index, *mode, *flags, *size;
    size_t n, n_dir;
};

static int read_columns(struct reader *r, struct columns *c, struct err *e) {
    static const uint32_t tags[] = {
        RPMTAGS_BASENAMES,     RPMTAGS_DIRINDEXES,  RPMTAGS_FILEMODES,   RPMTAGS_FILEUSERNAME,
        RPMTAGS_FILEGROUPNAME, RPMTAGS_FILELINKTOS, RPMTAGS_FILEDIGESTS,
    };
    const struct rpmhdr *h = &r->head;
    size_t n = rpmhdr_count(h, RPMTAGS_BASENAMES), n_texts;

    if (n > FILES_MAX || rpmhdr_count(h, RPMTAGS_DIRNAMES) > FILES_MAX)
        return err_set(e, E_INPUT, "rpm: more than %d files", FILES_MAX);
    for (size_t i = 0; i < COUNT(tags); i++)
        if (rpmhdr_count(h, tags[i]) != n)
            return err_set(e, E_INPUT, "rpm: tag %u has not as many values as there are files",
                           tags[i]);
    c->index = rpmhdr_find(h, RPMTAGS_DIRINDEXES);
    c->mode = rpmhdr_find(h, RPMTAGS_FILEMODES);
    c->flags = rpmhdr_find(h, RPMTAGS_FILEFLAGS);
    c->size = rpmhdr_find(h, RPMTAGS_LONGFILESIZES);
    if (!c->size)
        c->size = rpmhdr_find(h, RPMTAGS_FILESIZES);
    c->base = rpmhdr_texts(h, RPMTAGS_BASENAMES, r->mem, &c->n);
    c->dir = rpmhdr_texts(h, RPMTAGS_DIRNAMES, r->mem, &c->n_dir);
    c->user = rpmhdr_texts(h, RPMTAGS_FILEUSERNAME, r->mem, &n_texts);
    c->group = rpmhdr_texts(h, RPMTAGS_FILEGROUPNAME, r->mem, &n_texts);
    c->link = rpmhdr_texts(h, RPMTAGS_FILELINKTOS, r->mem, &n_texts);
    r->digest = rpmhdr_texts(h, RPMTAGS_FILEDIGESTS, r->mem, &n_texts);
    r->kind = kind_of(rpmhdr_number(h, RPMTAGS_FILEDIGESTALGO, 0, FILE_MD5));
    if (n && (c->n != n || !c->user || !c->group || !c->link || !r->digest || !c->size ||
              c->size->count != n))
        return err_set(e, E_INPUT, "rpm: the tags of the files do not belong together");
    return OK;
}

static unsigned marks_of(uint64_t flags) {
    return (flags & 1 ? TREE_CONFIG | (flags & 16 ? 0u : (unsigned)TREE_CONFIG_REPLACE) : 0u) |
           (flags & 2 ? (unsigned)TREE_DOC : 0u) | (flags & 128 ? (unsigned)TREE_LICENSE : 0u) |
           (flags & FLAG_GHOST ? (unsigned)TREE_GHOST : 0u);
}

static int read_file(struct reader *r, const struct columns *c, size_t i, struct err *e) {
    uint64_t mode = rpmhdr_item_number(c->mode, i, 0);
    uint64_t dir = rpmhdr_item_number(c->index, i, UINT64_MAX);
    struct tree_entry *x;
    struct str path;

    if (dir >= c->n_dir)
        return err_set(e, E_INPUT, "rpm: a file in folder %llu of %zu", (unsigned long long)dir,
                       c->n_dir);
    path = str_fmt(r->mem, STR_F STR_F, STR_A(c->dir[dir]), STR_A(c->base[i]));
    if (str_starts(path, "/"))
        path = str_cut(path, 1, path.n);
    if (tree_path_ok(path, e)) {
        e->code = E_INPUT;
        return err_in(e, "rpm");
    }
    x = tree_add(r->found);
    x->path = path;
    x->kind = (mode & KIND_MASK) == KIND_DIR    ? TREE_DIR
              : (mode & KIND_MASK) == KIND_LINK ? TREE_LINK
                                                : TREE_FILE;
    if ((mode & KIND_MASK) != KIND_FILE && x->kind == TREE_FILE)
        return err_set(e, E_INPUT, STR_F ": neither file, folder nor link", STR_A(path));
    x->mode = (uint32_t)mode & 07777;
    x->marks = marks_of(rpmhdr_item_number(c->flags, i, 0));
    x->owner = c->user[i];
    x->group = c->group[i];
    x->digests = arena_alloc(r->mem, sizeof *x->digests);
    if (x->kind == TREE_LINK)
        x->target = c->link[i];
    if (x->kind == TREE_FILE)
        x->size = rpmhdr_item_number(c->size, i, 0);
    return OK;
}

/* Equal device and inode numbers make hard links, whatever the numbers are. */
static void find_links(struct reader *r) {
    const struct rpmhdr_item *dev = rpmhdr_find(&r->head, RPMTAGS_FILEDEVICES);
    const struct rpmhdr_item *ino = rpmhdr_find(&r->head, RPMTAGS_FILEINODES);
    size_t n = r->found->n, *slot = arena_array(r->mem, n, sizeof *slot);
    uint64_t *key = arena_array(r->mem, n, 2 * sizeof *key);
    struct map seen = {.mem = r->mem};

    r->last = arena_array(r->mem, n, sizeof *r->last);
    for (size_t i = n; i-- > 0;) {
        const size_t *there = NULL;

        slot[i] = r->last[i] = i;
        key[2 * i] = rpmhdr_item_number(dev, i, 0);
        key[2 * i + 1] = rpmhdr_item_number(ino, i, 0);
        if (r->found->v[i].kind == TREE_FILE && !(r->found->v[i].marks & TREE_GHOST) && ino)
            there =
                map_put(&seen, (struct str){(const char *)&key[2 * i], 2 * sizeof *key}, &slot[i]);
        if (there)
            r->last[i] = *there;
    }
    /* The first one is the file, the others name it. */
    for (size_t i = 0; i < n; i++) {
        size_t *first = &slot[r->last[i]];

        if (r->last[i] != i && *first == r->last[i])
            *first = i;
        if (*first != i)
            r->found->v[i].target = r->found->v[*first].path;
    }
}

static int read_files(struct reader *r, struct err *e) {
    struct columns c = {0};

    if (read_columns(r, &c, e))
        return (int)e->code;
    for (size_t i = 0; i < c.n; i++)
        if (read_file(r, &c, i, e))
            return (int)e->code;
    r->by_path = (struct map){.mem = r->mem};
    r->had = arena_array(r->mem, c.n, sizeof *r->had);
    for (size_t i = 0; i < c.n; i++)
        map_put(&r->by_path, r->found->v[i].path, &r->found->v[i]);
    find_links(r);
    return OK;
}

/* -------------------------------------------------------------------------------------- payload */

static void keep(struct tree_entry *x, const struct digest_set *set) {
    x->digests->kinds = set->kinds & (DIGEST_MD5 | DIGEST_SHA256);
    memcpy(x->digests->md5, set->md5, sizeof set->md5);
    memcpy(x->digests->sha256, set->sha256, sizeof set->sha256);
}

static int read_content(struct reader *r, size_t i, uint64_t size, struct source *s,
                        struct err *e) {
    struct tree_entry *x = &r->found->v[i];
    struct digest *sum;
    struct digest_set set;

    if (digest_new(&sum, r->kind ? (unsigned)r->kind : DIGEST_SHA256, e))
        return (int)e->code;
    while (size && !s->err.code) {
        size_t n = size < BLOCK ? (size_t)size : BLOCK;

        if (source_need(s, r->block, n))
            digest_put(sum, r->block, n);
        size -= n;
    }
    if (digest_end(sum, &set, e))
        return (int)e->code;
    if (s->err.code) {
        *e = s->err;
        return (int)e->code;
    }
    keep(x, &set);
    r->had[i] = true;
    if (r->kind && check_hex(&set, r->kind, r->digest[i], "a file", e))
        return err_in(e, STR_F, STR_A(x->path));
    return OK;
}

static int find_entry(struct reader *r, const struct cpio_entry *c, size_t *i, struct err *e) {
    struct str path = c->path;
    const struct tree_entry *x;

    if (c->stripped && c->index < r->found->n) {
        *i = c->index;
        return OK;
    }
    if (str_starts(path, "./"))
        path = str_cut(path, 2, path.n);
    else if (str_starts(path, "/"))
        path = str_cut(path, 1, path.n);
    x = c->stripped ? NULL : map_get(&r->by_path, path);
    if (!x)
        return err_set(e, E_WRONG,
                       "rpm: the payload has a file that the header does not name: " STR_F,
                       STR_A(path));
    *i = (size_t)(x - r->found->v);
    return OK;
}

/* A stripped entry does not tell its size: of hard links only the last one has content. */
static uint64_t size_of(const struct reader *r, size_t i) {
    const struct tree_entry *x = &r->found->v[i];

    if (x->kind == TREE_LINK)
        return x->target.n;
    return x->kind == TREE_FILE && r->last[i] == i ? x->size : 0;
}

static int check_link(struct reader *r, const struct tree_entry *x, uint64_t size, struct source *s,
                      struct err *e) {
    bool same = size == x->target.n && size <= BLOCK;

    if (same && !source_need(s, r->block, (size_t)size)) {
        *e = s->err;
        return (int)e->code;
    }
    if (!same || memcmp(r->block, x->target.p, (size_t)size))
        return err_set(e, E_WRONG, STR_F ": leads elsewhere than the header says", STR_A(x->path));
    return OK;
}

static int read_entry(struct reader *r, const struct cpio_entry *c, struct source *s,
                      struct err *e) {
    struct tree_entry *x;
    uint64_t size;
    size_t i = 0;

    if (find_entry(r, c, &i, e))
        return (int)e->code;
    x = &r->found->v[i];
    size = c->stripped ? size_of(r, i) : c->size;
    if (x->kind == TREE_LINK) {
        if (check_link(r, x, size, s, e))
            return (int)e->code;
    } else if (x->kind == TREE_FILE && (size || !x->size)) {
        if (size != x->size)
            return err_set(e, E_WRONG, STR_F ": has not the size that the header says",
                           STR_A(x->path));
        if (read_content(r, i, size, s, e))
            return (int)e->code;
    }
    if (!cpio_skip_pad(s, size)) {
        *e = s->err;
        return (int)e->code;
    }
    return OK;
}

/* Hard links without content share that of another file; all other files must have had theirs. */
static int check_whole(struct reader *r, struct err *e) {
    for (size_t i = 0; i < r->found->n; i++) {
        struct tree_entry *x = &r->found->v[i];
        const struct tree_entry *y = &r->found->v[r->last[i]];

        if (x->kind != TREE_FILE || r->had[i] || x->marks & TREE_GHOST)
            continue;
        if (x == y || !r->had[r->last[i]] || !str_eq(r->digest[i], r->digest[r->last[i]]))
            return err_set(e, E_WRONG, STR_F ": its content is not in the payload", STR_A(x->path));
        *x->digests = *y->digests;
    }
    return OK;
}

static int read_cpio(struct reader *r, struct source *s, struct err *e) {
    AUTO(arena) scratch = {0};
    struct cpio_entry c;
    bool end;

    for (;;) {
        if (cpio_next(s, &scratch, &c, &end, e))
            return (int)e->code;
        if (end)
            break;
        if (read_entry(r, &c, s, e))
            return (int)e->code;
        arena_drop(&scratch);
    }
    if (check_whole(r, e))
        return (int)e->code;
    while (source_get(s, r->block, BLOCK) >
           0) /* what is behind the archive counts for the digest */
        ;
    if (s->err.code)
        *e = s->err;
    return (int)e->code;
}

static int codec_of(const struct reader *r, enum codec_kind *k, struct err *e) {
    struct str word = rpmhdr_text(&r->head, RPMTAGS_PAYLOADCOMPRESSOR);
    struct str format = rpmhdr_text(&r->head, RPMTAGS_PAYLOADFORMAT);
    unsigned char magic[16];
    size_t n;

    if (format.n && !str_is(format, "cpio"))
        return err_set(e, E_INPUT, "rpm: a payload of the form \"" STR_F "\" is not read here",
                       STR_A(format));
    *k = word.n ? codec_find(word) : CODEC_NONE;
    if (*k == CODEC_BAD)
        return err_set(e, E_INPUT,
                       "rpm: " STR_F ": a compression that is not read here (gzip, xz, zstd are)",
                       STR_A(word));
    if (infile_read_some(r->f, r->payload, magic, sizeof magic, &n, e))
        return (int)e->code;
    if (*k == CODEC_NONE || *k == CODEC_GZIP) /* rpm looks too, whatever the tag says */
        *k = codec_sniff(magic, n);
    return OK;
}

static int check_payload(const struct reader *r, const struct digest_set *packed,
                         const struct digest_set *plain, struct err *e) {
    const struct rpmhdr *h = &r->head;
    const struct rpmhdr_item *md5 = rpmhdr_find(&r->sig, RPMSIG_MD5);
    uint64_t size =
        rpmhdr_number(&r->sig, RPMSIG_LONGSIZE, 0, rpmhdr_number(&r->sig, RPMSIG_SIZE, 0, 0));

    if (size && size != r->f->size - r->head_at)
        return err_set(e, E_WRONG, "rpm: has %llu bytes from its header on, not %llu",
                       (unsigned long long)(r->f->size - r->head_at), (unsigned long long)size);
    if (md5 && md5->bytes.n == sizeof packed->md5 &&
        memcmp(md5->bytes.p, packed->md5, sizeof packed->md5))
        return err_set(e, E_WRONG,
                       "rpm: the md5 of header and payload is not the one in the package");
    if (rpmhdr_number(h, RPMTAGS_PAYLOADDIGESTALGO, 0, FILE_SHA256) != FILE_SHA256)
        return OK;
    if (check_hex(packed, DIGEST_SHA256, rpmhdr_text(h, RPMTAGS_PAYLOADDIGEST), "the payload", e))
        return (int)e->code;
    return check_hex(plain, DIGEST_SHA256, rpmhdr_text(h, RPMTAGS_PAYLOADDIGESTALT),
                     "the uncompressed payload", e);
}

struct sums { /* running digests, given up together */
    struct digest *md5, *packed, *plain;
};

static void sums_drop(struct sums *s) {
    digest_free(s->md5);
    digest_free(s->packed);
    digest_free(s->plain);
    *s = (struct sums){0};
}

static int end(struct digest **d, struct digest_set *set, struct err *e) {
    struct digest *ended = *d;

    *d = NULL;
    return digest_end(ended, set, e);
}

static int read_payload(struct reader *r, struct sums *sums, struct err *e) {
    struct source raw = SOURCE_NONE, md5 = SOURCE_NONE, packed = SOURCE_NONE;
    struct source codec = SOURCE_NONE, plain = SOURCE_NONE;
    struct tap t_md5 = {&raw, sums->md5}, t_packed = {&md5, sums->packed};
    struct tap t_plain = {&codec, sums->plain};
    struct source_range range;
    enum codec_kind k = CODEC_BAD;
    int rc;

    if (codec_of(r, &k, e))
        return (int)e->code;
    source_infile(&raw, &range, r->f, r->payload, r->f->size - r->payload);
    tap_source(&md5, &t_md5);
    tap_source(&packed, &t_packed);
    if (codec_source(&codec, &packed, k, e))
        return (int)e->code;
    tap_source(&plain, &t_plain);
    rc = read_cpio(r, &plain, e);
    if (rc)
        source_drop(&codec);
    else
        rc = source_close(&codec, e);
    return rc ? err_in(e, "payload") : OK;
}

int rpmread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                 struct err *e) {
    struct reader r = {.f = f, .mem = mem, .found = found, .block = arena_alloc(mem, BLOCK)};
    struct digest_set packed, plain, md5;
    AUTO(sums) sums = {0};

    if (read_headers(&r, e))
        return (int)e->code;
    rpmfacts_add(&r.sig, &r.head, mem, facts);
    if (read_files(&r, e) || digest_new(&sums.md5, DIGEST_MD5, e) ||
        digest_new(&sums.packed, DIGEST_SHA256, e) || digest_new(&sums.plain, DIGEST_SHA256, e))
        return (int)e->code;
    digest_put(sums.md5, r.raw.p, r.raw.n);
    if (read_payload(&r, &sums, e))
        return (int)e->code;
    if (end(&sums.md5, &md5, e) || end(&sums.packed, &packed, e) || end(&sums.plain, &plain, e))
        return (int)e->code;
    memcpy(packed.md5, md5.md5, sizeof md5.md5);
    return check_payload(&r, &packed, &plain, e);
}
