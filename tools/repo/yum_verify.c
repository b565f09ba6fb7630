/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_verify.h"

#include "crypto/pgp.h"
#include "io/codec.h"
#include "model/tree.h"
#include "repo/yum_cut.h"
#include "repo/yum_repomd.h"
#include "repo/yum_xml.h"

#include <string.h>

enum { DOCUMENT_MAX = 1024 * 1024 * 1024, KEY_MAX = 1024 * 1024, CHUNK = 256 * 1024 };

struct verifier {
    const struct place *p;
    struct report *bad;
    size_t *files;
    struct arena *mem;
    struct arena scratch;
    bool primary; /* the document at hand names packages */
    struct digest *open;
    uint64_t open_size;
};

static unsigned kind_of(struct str word) {
    static const unsigned kinds[] = {DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1, DIGEST_MD5};

    if (str_is(word, "sha"))
        return DIGEST_SHA1;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_is(word, digest_name((enum digest_kind)kinds[i])))
            return kinds[i];
    return 0;
}

static bool same(const struct digest_set *set, unsigned kind, struct str hex) {
    unsigned char want[DIGEST_MAX];
    size_t n;
    const unsigned char *is = digest_of(set, (enum digest_kind)kind, &n);

    return is && digest_unhex(hex, want, n) && !memcmp(is, want, n);
}

/* ------------------------------------------------------------------------------------- packages */

static int check_file(struct verifier *v, struct str path, struct str kind, struct str sum,
                      uint64_t size, struct err *e) {
    struct digest_set set = {0};
    unsigned k = kind_of(kind);
    uint64_t is;
    bool there;

    if (!k) {
        report_add(v->bad, "%s: " STR_F ": a checksum of kind \"" STR_F "\" is not known here",
                   v->p->where, STR_A(path), STR_A(kind));
        return OK;
    }
    if (v->p->sum(v->p->self, str_z(&v->scratch, path), k, &there, &is, &set, e))
        return (int)e->code;
    if (!there)
        report_add(v->bad, "%s: " STR_F ": is missing", v->p->where, STR_A(path));
    else if (size && is != size)
        report_add(v->bad, "%s: " STR_F ": has %llu bytes, the index says %llu", v->p->where,
                   STR_A(path), (unsigned long long)is, (unsigned long long)size);
    else if (!same(&set, k, sum))
        report_add(v->bad, "%s: " STR_F ": is not the file that the index names (another %s)",
                   v->p->where, STR_A(path), digest_name((enum digest_kind)k));
    ++*v->files;
    return OK;
}

static int take_raw(void *self, struct str bytes, struct err *e) {
    struct verifier *v = self;

    v->open_size += bytes.n;
    if (v->open_size > DOCUMENT_MAX)
        return err_set(e, E_WRONG, "is larger than %d bytes", DOCUMENT_MAX);
    digest_put(v->open, bytes.p, bytes.n);
    return OK;
}

static int take_package(void *self, struct str xml, uint64_t at, struct err *e) {
    struct verifier *v = self;
    struct yum_xml_tag sum, size, place;
    struct str href;
    struct err why = {0};
    uint64_t n = 0;

    if (!v->primary)
        return OK;
    if (!yum_xml_find(xml, "checksum", &sum) || !yum_xml_find(xml, "size", &size) ||
        !yum_xml_find(xml, "location", &place))
        return err_set(e, E_WRONG, "a package without checksum, size or location at byte %llu",
                       (unsigned long long)at);
    if (v->scratch.used > CHUNK)
        arena_drop(&v->scratch);
    href = yum_xml_get(place.attrs, "href", &v->scratch);
    if (yum_xml_get(place.attrs, "xml:base", &v->scratch).n)
        return OK;
    if (tree_path_ok(href, &why)) {
        report_add(v->bad, "%s: %s", v->p->where, why.msg);
        return OK;
    }
    if (!str_u64(yum_xml_get(size.attrs, "package", &v->scratch), INT64_MAX, &n))
        n = 0;
    return check_file(v, href, yum_xml_get(sum.attrs, "type", &v->scratch),
                      yum_xml_plain(sum.text, &v->scratch), n, e);
}

/* ------------------------------------------------------------------------------------ documents */

/* All of a file whose inside is not known here, for its digest. */
static int read_through(struct verifier *v, struct source *s, struct err *e) {
    char *block = arena_alloc(v->mem, CHUNK);
    size_t n;

    while ((n = source_get(s, block, CHUNK)) > 0)
        if (take_raw(v, (struct str){block, n}, e))
            return (int)e->code;
    return source_close(s, e);
}

static int read_document(struct verifier *v, const struct yum_repomd_data *d, struct str bytes,
                         struct err *e) {
    static const struct yum_cut_ops ops = {take_raw, take_package};
    static const char *const roots[] = {"primary", "metadata",  "filelists", "filelists",
                                        "other",   "otherdata", NULL};
    struct source_bytes from;
    AUTO(source) packed = SOURCE_NONE;
    AUTO(source) plain = SOURCE_NONE;

    source_str(&packed, &from, bytes);
    if (codec_source(&plain, &packed, codec_sniff(bytes.p, bytes.n), e))
        return (int)e->code;
    v->primary = str_is(d->type, "primary");
    for (size_t i = 0; roots[i]; i += 2)
        if (str_is(d->type, roots[i]))
            return yum_cut(&plain, roots[i + 1], &ops, v, e) ? (int)e->code
                                                             : source_close(&plain, e);
    return read_through(v, &plain, e);
}

static int check_open(struct verifier *v, const struct yum_repomd_data *d, struct str bytes,
                      struct err *e) {
    unsigned kind = kind_of(d->open_kind);
    struct digest_set set = {0};
    struct err why = {0};
    struct digest *ending;
    int rc;

    v->open_size = 0;
    if (digest_new(&v->open, kind ? kind : DIGEST_SHA256, e))
        return (int)e->code;
    rc = read_document(v, d, bytes, &why);
    ending = v->open;
    v->open = NULL;
    if (digest_end(ending, &set, e))
        return (int)e->code;
    if (rc && (why.code == E_NET || why.code == E_BUG)) {
        *e = why;
        return rc;
    }
    if (rc)
        report_add(v->bad, "%s: repodata/" STR_F ": %s", v->p->where, STR_A(d->file), why.msg);
    else if (d->open_sum.n && kind && !same(&set, kind, d->open_sum))
        report_add(v->bad, "%s: repodata/" STR_F ": holds other bytes than repomd.xml says",
                   v->p->where, STR_A(d->file));
    else if (d->open_size && v->open_size != d->open_size)
        report_add(v->bad, "%s: repodata/" STR_F ": holds %llu bytes, repomd.xml says %llu",
                   v->p->where, STR_A(d->file), (unsigned long long)v->open_size,
                   (unsigned long long)d->open_size);
    return OK;
}

static int check_data(struct verifier *v, const struct yum_repomd_data *d, struct err *e) {
    AUTO(arena) mem = {0}; /* the document goes when it is checked */
    struct str path = str_fmt(&mem, "repodata/" STR_F, STR_A(d->file)), bytes;
    size_t found = v->bad->total;
    bool ours =
        str_is(d->type, "primary") || str_is(d->type, "filelists") || str_is(d->type, "other");

    if (!d->file.n)
        return OK;
    if (check_file(v, path, d->kind, d->sum, d->size, e))
        return (int)e->code;
    if (v->bad->total != found || (!ours && !d->open_sum.n))
        return OK;
    if (v->p->read(v->p->self, path.p, DOCUMENT_MAX, &mem, &bytes, e))
        return (int)e->code;
    if (bytes.n > 3 && !memcmp(bytes.p, "BZh", 3)) {
        report_add(v->bad, "%s: " STR_F ": is compressed by bzip2, which is not read here",
                   v->p->where, STR_A(path));
        return OK;
    }
    return check_open(v, d, bytes, e);
}

/* ------------------------------------------------------------------------------------ signature */

static int check_signature(struct verifier *v, struct str xml, struct str keys, struct err *e) {
    struct str sig, beside;
    struct source_bytes from;
    AUTO(source) s = SOURCE_NONE;
    struct pgp_verdict verdict = {0};

    if (v->p->read(v->p->self, "repodata/repomd.xml.asc", KEY_MAX, v->mem, &sig, e))
        return (int)e->code;
    if (!sig.p) {
        if (keys.n)
            report_add(v->bad, "%s: repodata/repomd.xml is not signed", v->p->where);
        return OK;
    }
    if (!keys.n) {
        if (v->p->read(v->p->self, "repodata/repomd.xml.key", KEY_MAX, v->mem, &beside, e))
            return (int)e->code;
        keys = beside;
    }
    ++*v->files;
    if (!keys.n) {
        report_add(v->bad, "%s: repodata/repomd.xml.asc: there is no key to check it with",
                   v->p->where);
        return OK;
    }
    source_str(&s, &from, xml);
    if (pgp_verify(&s, sig, keys, v->mem, &verdict, e))
        return (int)e->code;
    if (!verdict.good)
        report_add(v->bad, "%s: repodata/repomd.xml.asc: " STR_F, v->p->where, STR_A(verdict.why));
    return OK;
}

int yum_verify(const struct place *p, struct str keys, struct report *bad, size_t *files,
               struct arena *mem, struct err *e) {
    struct verifier v = {.p = p, .bad = bad, .files = files, .mem = mem};
    struct yum_repomd r;
    struct str xml;
    struct err why = {0};
    int rc = OK;

    if (p->read(p->self, "repodata/repomd.xml", YUM_REPOMD_MAX, mem, &xml, e))
        return (int)e->code;
    if (!xml.p) {
        report_add(bad, "%s: repodata/repomd.xml: is missing", p->where);
        return OK;
    }
    ++*files;
    if (check_signature(&v, xml, keys, e))
        return (int)e->code;
    if (yum_repomd_read(xml, mem, &r, &why)) {
        report_add(bad, "%s: repodata/%s", p->where, why.msg);
        return OK;
    }
    for (size_t i = 0; i < r.n && !rc; i++)
        rc = check_data(&v, &r.v[i], e);
    for (int i = 0; i < 3 && !rc; i++) {
        static const char *const needed[] = {"primary", "filelists", "other"};

        if (!yum_repomd_find(&r, needed[i]))
            report_add(bad, "%s: repodata/repomd.xml: names no %s", p->where, needed[i]);
    }
    arena_drop(&v.scratch);
    return rc;
}
