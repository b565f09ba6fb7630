/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_index.h"

#include "crypto/digest.h"
#include "model/tree.h"
#include "os/thread.h"
#include "repo/yum_cut.h"
#include "repo/yum_rpm.h"
#include "repo/yum_xml.h"

#include <stdlib.h>
#include <string.h>

enum {
    PENDING = 256 * 1024,
    GZIP_LEVEL = 5,
    GZIP_BLOCK = 256 * 1024,
    ZSTD_LEVEL = 9,
    PACKAGES_MAX = 1000000
};
#define DOCUMENT_MAX ((uint64_t)8 << 30) /* uncompressed */

static const struct {
    const char *type, *root, *head;
} index_docs[YUM_DOCS] = {
    {"primary", "metadata",
     "<metadata xmlns=\"http://linux.duke.edu/metadata/common\" "
     "xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\""},
    {"filelists", "filelists", "<filelists xmlns=\"http://linux.duke.edu/metadata/filelists\""},
    {"other", "otherdata", "<otherdata xmlns=\"http://linux.duke.edu/metadata/other\""},
};

const char *yum_index_type(enum yum_doc d) {
    return index_docs[d].type;
}

/* ----------------------------------------------------------------------------------- the spools */

static int spool_flush(struct yum_spool *s, struct err *e) {
    int rc = outfile_append(&s->file, s->pending.p, s->pending.n, e);

    buf_clear(&s->pending);
    return rc;
}

static int spool_put(struct yum_spool *s, struct str bytes, struct err *e) {
    if (s->pending.n && s->pending.n + bytes.n > PENDING && spool_flush(s, e))
        return (int)e->code;
    if (bytes.n > PENDING)
        return outfile_append(&s->file, bytes.p, bytes.n, e);
    buf_str(&s->pending, bytes);
    return OK;
}

static uint64_t spool_end(const struct yum_spool *s) {
    return s->file.size + s->pending.n;
}

int yum_index_open(struct yum_index *x, int dir, struct arena *mem, struct err *e) {
    *x = YUM_INDEX_NONE;
    x->mem = mem;
    x->by_id.mem = mem;
    for (int i = 0; i < YUM_DOCS; i++) {
        buf_init(&x->spool[i].pending, PENDING + 1);
        if (outfile_spool(&x->spool[i].file, dir, e))
            return (int)e->code;
    }
    return OK;
}

void yum_index_drop(struct yum_index *x) {
    for (int i = 0; i < YUM_DOCS; i++) {
        outfile_drop(&x->spool[i].file);
        buf_drop(&x->spool[i].pending);
    }
}

/* -------------------------------------------------------------------------------------- reading */

struct loader {
    struct yum_index *x;
    enum yum_doc doc;
    struct arena scratch;
    uint64_t base; /* where the document begins in the spool */
    uint64_t size;
    size_t next; /* of the packages: most documents have them in one order */
};

static int take_raw(void *self, struct str bytes, struct err *e) {
    struct loader *l = self;

    l->size += bytes.n;
    if (l->size > DOCUMENT_MAX)
        return err_set(e, E_INPUT, "is larger than %llu bytes", (unsigned long long)DOCUMENT_MAX);
    return spool_put(&l->x->spool[l->doc], bytes, e);
}

/* The other documents name packages by their ids; those that were added need no such name. */
static void remember_id(struct yum_index *x, struct yum_pkg *p) {
    struct yum_pkg *there = map_put(&x->by_id, p->id, p);

    while (there && there->twin)
        there = there->twin;
    if (there)
        there->twin = p;
}

static void remember(struct yum_index *x, struct yum_pkg *p) {
    x->v = arena_grow(x->mem, x->v, x->n, x->n + 1, sizeof *x->v, &x->room);
    x->v[x->n++] = p;
}

/* Searched for from *at, as elements come in one order nearly always; else from the start. */
static bool find(struct str xml, size_t *at, const char *name, struct yum_xml_tag *tag) {
    if (!yum_xml_find(str_cut(xml, *at, xml.n), name, tag)) {
        *at = 0;
        if (!yum_xml_find(xml, name, tag))
            return false;
    }
    *at += tag->end;
    return true;
}

static void read_number(struct str text, uint64_t *v) {
    *v = 0;
    if (!str_u64(text, INT64_MAX, v))
        *v = 0;
}

/* Copies what the facts say into one piece of memory: there are many packages. */
static void keep_texts(struct arena *mem, struct yum_pkg *p) {
    struct str *const text[] = {&p->name,      &p->arch,        &p->href,       &p->id,
                                &p->evr.epoch, &p->evr.version, &p->evr.release};
    size_t n = 0;
    char *to;

    for (size_t i = 0; i < COUNT(text); i++)
        n += text[i]->n + 1;
    to = arena_alloc(mem, n);
    for (size_t i = 0; i < COUNT(text); i++) {
        if (text[i]->n)
            memcpy(to, text[i]->p, text[i]->n);
        text[i]->p = to;
        to += text[i]->n + 1;
    }
}

static int read_facts(struct str xml, struct arena *scratch, struct yum_pkg *p, struct err *e) {
    struct yum_xml_tag name, arch, version, sum, time, size, place;
    size_t at = 1;
    uint64_t when;
    struct err why = {0};

    if (!find(xml, &at, "name", &name) || !find(xml, &at, "arch", &arch) ||
        !find(xml, &at, "version", &version) || !find(xml, &at, "checksum", &sum) ||
        !find(xml, &at, "time", &time) || !find(xml, &at, "size", &size) ||
        !find(xml, &at, "location", &place))
        return err_set(e, E_INPUT,
                       "a package without name, arch, version, checksum, time, size or "
                       "location");
    p->name = yum_xml_plain(name.text, scratch);
    p->arch = yum_xml_plain(arch.text, scratch);
    p->evr.epoch = yum_xml_get(version.attrs, "epoch", scratch);
    p->evr.version = yum_xml_get(version.attrs, "ver", scratch);
    p->evr.release = yum_xml_get(version.attrs, "rel", scratch);
    p->id = yum_xml_plain(sum.text, scratch);
    p->href = yum_xml_get(place.attrs, "href", scratch);
    p->away = yum_xml_get(place.attrs, "xml:base", scratch).n > 0;
    read_number(yum_xml_get(time.attrs, "file", scratch), &when);
    p->time = (int64_t)when;
    read_number(yum_xml_get(size.attrs, "package", scratch), &p->size);
    if (!p->away && tree_path_ok(p->href, &why))
        return err_set(e, E_INPUT, STR_F ": %s", STR_A(p->name), why.msg);
    return OK;
}

static int take_primary(void *self, struct str xml, uint64_t at, struct err *e) {
    struct loader *l = self;
    struct yum_pkg *p = arena_alloc(l->x->mem, sizeof *p);

    if (l->x->n >= PACKAGES_MAX)
        return err_set(e, E_INPUT, "more than %d packages", PACKAGES_MAX);
    if (read_facts(xml, &l->scratch, p, e))
        return (int)e->code;
    p->piece[YUM_PRIMARY] = (struct yum_piece){l->base + at, xml.n};
    keep_texts(l->x->mem, p);
    remember(l->x, p);
    remember_id(l->x, p);
    if (l->scratch.used > PENDING)
        arena_drop(&l->scratch);
    return OK;
}

static int take_other(void *self, struct str xml, uint64_t at, struct err *e) {
    struct loader *l = self;
    struct yum_xml_tag tag;
    struct yum_pkg *p = l->next < l->x->n ? l->x->v[l->next] : NULL;
    struct str id = {0};

    if (l->scratch.used > PENDING)
        arena_drop(&l->scratch);
    if (yum_xml_find(xml, "package", &tag))
        id = yum_xml_get(tag.attrs, "pkgid", &l->scratch);
    l->next++;
    if (!p || p->piece[l->doc].n || !str_eq(p->id, id)) {
        p = map_get(&l->x->by_id, id);
        while (p && p->piece[l->doc].n)
            p = p->twin;
    }
    if (!p)
        return err_set(e, E_INPUT, "has a package that the primary document has not: " STR_F,
                       STR_A(str_cut(id, 0, 128)));
    p->piece[l->doc] = (struct yum_piece){l->base + at, xml.n};
    return OK;
}

static int check_file(struct infile *f, const struct yum_repomd_data *d, struct err *e) {
    static const unsigned kinds[] = {DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1, DIGEST_MD5};
    struct digest_set set;
    unsigned char want[DIGEST_MAX];

    for (size_t i = 0; i < COUNT(kinds); i++) {
        const unsigned char *is;
        size_t n;

        if (!str_is(d->kind, digest_name((enum digest_kind)kinds[i])))
            continue;
        if (digest_infile(f, 0, f->size, kinds[i], 1, &set, e))
            return (int)e->code;
        is = digest_of(&set, (enum digest_kind)kinds[i], &n);
        if (digest_unhex(d->sum, want, n) && !memcmp(is, want, n))
            return OK;
        return err_set(e, E_INPUT,
                       "%s is not the file that repomd.xml names (another %s): remove the folder "
                       "repodata to index the packages anew",
                       f->name, digest_name((enum digest_kind)kinds[i]));
    }
    return err_set(e, E_INPUT, "repomd.xml: a checksum of kind \"" STR_F "\" is not read here",
                   STR_A(d->kind));
}

static int open_codec(struct infile *f, struct source *plain, struct source *packed,
                      struct err *e) {
    unsigned char head[16];
    size_t n;
    enum codec_kind k;

    if (infile_read_some(f, 0, head, sizeof head, &n, e))
        return (int)e->code;
    if (n > 3 && !memcmp(head, "BZh", 3))
        return err_set(e, E_INPUT,
                       "is compressed by bzip2, which is not read here; createrepo_c --update "
                       "--general-compress-type=gz makes it readable");
    k = codec_sniff(head, n);
    return codec_source(plain, packed, k, e);
}

static int read_document(struct loader *l, struct infile *f, struct err *e) {
    const struct yum_cut_ops ops = {take_raw, l->doc == YUM_PRIMARY ? take_primary : take_other};
    struct source_range range;
    AUTO(source) packed = SOURCE_NONE;
    AUTO(source) plain = SOURCE_NONE;

    source_infile(&packed, &range, f, 0, f->size);
    if (open_codec(f, &plain, &packed, e) || yum_cut(&plain, index_docs[l->doc].root, &ops, l, e))
        return (int)e->code;
    return source_close(&plain, e);
}

static int load(struct yum_index *x, enum yum_doc doc, int dir, const struct yum_repomd *r,
                struct err *e) {
    const struct yum_repomd_data *d = yum_repomd_find(r, index_docs[doc].type);
    struct loader l = {.x = x, .doc = doc, .base = spool_end(&x->spool[doc])};
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) names = {0};
    int rc;

    if (!d || !d->file.n)
        return err_set(e, E_INPUT, "repomd.xml: names no %s in repodata/", index_docs[doc].type);
    if (infile_open(&f, dir, str_z(&names, d->file), e) || check_file(&f, d, e))
        return (int)e->code;
    rc = read_document(&l, &f, e);
    arena_drop(&l.scratch);
    if (!rc && d->open_size && l.size != d->open_size)
        rc = err_set(e, E_INPUT, "is not as long as repomd.xml says");
    return rc ? err_in(e, STR_F, STR_A(d->file)) : OK;
}

int yum_index_load(struct yum_index *x, int dir, const struct yum_repomd *r, struct err *e) {
    return load(x, YUM_PRIMARY, dir, r, e);
}

struct rest {
    struct yum_index *x;
    int dir;
    const struct yum_repomd *r;
};

static int load_one(void *ctx, size_t i, struct err *e) {
    const struct rest *t = ctx;

    return load(t->x, i ? YUM_OTHER : YUM_FILELISTS, t->dir, t->r, e);
}

int yum_index_load_rest(struct yum_index *x, int dir, const struct yum_repomd *r, unsigned jobs,
                        struct err *e) {
    struct rest t = {x, dir, r};

    if (thread_each(jobs, 2, load_one, &t, e))
        return (int)e->code;
    for (size_t i = 0; i < x->n; i++)
        for (int d = YUM_FILELISTS; d < YUM_DOCS; d++)
            if (!x->v[i]->piece[d].n && !x->v[i]->fresh)
                return err_set(e, E_INPUT,
                               "the %s document has no package " STR_F
                               ": remove the folder repodata to index the packages anew",
                               index_docs[d].type, STR_A(x->v[i]->name));
    return OK;
}

/* --------------------------------------------------------------------------------------- adding */

int yum_index_add(struct yum_index *x, const struct yum_pkg *p, const struct buf doc[YUM_DOCS],
                  struct err *e) {
    struct yum_pkg *copy = arena_alloc(x->mem, sizeof *copy);

    *copy = *p;
    keep_texts(x->mem, copy);
    copy->twin = NULL;
    for (int i = 0; i < YUM_DOCS; i++) {
        copy->piece[i] = (struct yum_piece){spool_end(&x->spool[i]), doc[i].n};
        if (spool_put(&x->spool[i], buf_get(&doc[i]), e))
            return (int)e->code;
    }
    remember(x, copy);
    return OK;
}

static int by_place(const void *a, const void *b) {
    const struct yum_pkg *const *x = a, *const *y = b;
    int d = str_cmp((*x)->href, (*y)->href);

    return d ? d : str_cmp((*x)->id, (*y)->id);
}

void yum_index_sort(struct yum_index *x) {
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++)
        if (!x->v[i]->gone)
            x->v[n++] = x->v[i];
    x->n = n;
    if (n)
        qsort(x->v, n, sizeof *x->v, by_place);
}

/* -------------------------------------------------------------------------------------- writing */

struct window { /* what of a spool is in memory */
    struct infile f;
    struct buf bytes;
    uint64_t at;
};

static void window_drop(struct window *w) {
    infile_drop(&w->f);
    buf_drop(&w->bytes);
}

static int window_put(struct window *w, struct yum_piece p, struct sink *s, struct err *e) {
    while (p.n) {
        size_t n, got;

        if (p.at < w->at || p.at >= w->at + w->bytes.n) {
            buf_clear(&w->bytes);
            buf_zero(&w->bytes, PENDING);
            w->at = p.at;
            if (infile_read_some(&w->f, p.at, w->bytes.p, PENDING, &got, e))
                return (int)e->code;
            if (!got)
                return err_set(e, E_BUG, "a piece of metadata is not in its spool");
            w->bytes.n = got;
        }
        n = (size_t)(w->at + w->bytes.n - p.at);
        n = n < p.n ? n : (size_t)p.n;
        sink_put(s, w->bytes.p + (p.at - w->at), n);
        p.at += n;
        p.n -= n;
    }
    return OK;
}

static struct str head_of(const struct yum_index *x, enum yum_doc d) {
    return str_fmt(x->mem, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s packages=\"%zu\">\n",
                   index_docs[d].head, x->n);
}

static struct str tail_of(const struct yum_index *x, enum yum_doc d) {
    return str_fmt(x->mem, "</%s>\n", index_docs[d].root);
}

static int put_document(const struct yum_index *x, enum yum_doc d, struct window *w, struct sink *s,
                        struct err *e) {
    sink_str(s, head_of(x, d));
    for (size_t i = 0; i < x->n; i++) {
        if (window_put(w, x->v[i]->piece[d], s, e))
            return (int)e->code;
        sink_put(s, "\n", 1);
    }
    sink_str(s, tail_of(x, d));
    return OK;
}

struct output {
    struct outfile f;
    struct digest *open, *packed;
};

static void output_drop(struct output *o) {
    outfile_drop(&o->f);
    digest_free(o->open);
    digest_free(o->packed);
}

static int put_packed(const struct yum_index *x, enum yum_doc d, struct window *w,
                      const struct codec_opts *how, struct output *o, struct yum_repomd_data *made,
                      struct err *e) {
    AUTO(sink) file = SINK_NONE;
    AUTO(sink) sum = SINK_NONE;
    AUTO(sink) both = SINK_NONE;
    AUTO(sink) codec = SINK_NONE;
    AUTO(sink) open = SINK_NONE;
    AUTO(sink) plain = SINK_NONE;
    struct sink_pair packed_pair = {&file, &sum}, plain_pair = {&codec, &open};

    sink_outfile(&file, &o->f);
    digest_sink(&sum, o->packed);
    sink_tee(&both, &packed_pair);
    if (codec_sink(&codec, &both, how, e))
        return (int)e->code;
    digest_sink(&open, o->open);
    sink_tee(&plain, &plain_pair);
    if (put_document(x, d, w, &plain, e) || sink_close(&plain, e) || sink_close(&codec, e) ||
        sink_close(&both, e) || sink_close(&file, e))
        return (int)e->code;
    made->size = o->f.size;
    made->open_size = plain.at;
    return OK;
}

static uint64_t size_of(const struct yum_index *x, enum yum_doc d) {
    uint64_t n = head_of(x, d).n + tail_of(x, d).n;

    for (size_t i = 0; i < x->n; i++)
        n += x->v[i]->piece[d].n + 1;
    return n;
}

static int end_digest(struct digest **d, struct arena *mem, struct str *hex, struct err *e) {
    struct digest *ending = *d;
    struct digest_set set;

    *d = NULL;
    if (digest_end(ending, &set, e))
        return (int)e->code;
    *hex = digest_hex(mem, set.sha256, sizeof set.sha256);
    return OK;
}

int yum_index_write(struct yum_index *x, enum yum_doc d, int dir, enum codec_kind compress,
                    unsigned jobs, struct yum_repomd_data *made, struct err *e) {
    AUTO(output) o = {.f = OUTFILE_NONE};
    AUTO(window) w = {.f = INFILE_NONE};
    struct codec_opts how = {.kind = compress,
                             .level = compress == CODEC_GZIP ? GZIP_LEVEL : ZSTD_LEVEL,
                             .size = size_of(x, d),
                             .jobs = jobs,
                             .block = GZIP_BLOCK}; /* small: several are in memory */
    const char *plain =
        arena_fmt(x->mem, "%s.xml%s", index_docs[d].type, compress == CODEC_ZSTD ? ".zst" : ".gz");

    buf_init(&w.bytes, PENDING + 1);
    if (spool_flush(&x->spool[d], e) || outfile_view(&x->spool[d].file, &w.f, e) ||
        outfile_open(&o.f, dir, plain, e) || digest_new(&o.open, DIGEST_SHA256, e) ||
        digest_new(&o.packed, DIGEST_SHA256, e) || put_packed(x, d, &w, &how, &o, made, e) ||
        end_digest(&o.open, x->mem, &made->open_sum, e) ||
        end_digest(&o.packed, x->mem, &made->sum, e))
        return (int)e->code;
    made->type = str_of(index_docs[d].type);
    made->file = str_fmt(x->mem, STR_F "-%s", STR_A(made->sum), plain);
    return outfile_rename(&o.f, str_z(x->mem, made->file), e) || outfile_commit(&o.f, e)
               ? (int)e->code
               : OK;
}
