/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/yum_rpm.h"

#include "base/mem.h"
#include "container/rpmhdr.h"
#include "container/rpmtags.h"
#include "crypto/digest.h"
#include "repo/yum_needs.h"
#include "repo/yum_xml.h"

#include <string.h>

enum { CHUNK = 256 * 1024, CHANGES = 10, KIND_MASK = 0170000, KIND_DIR = 0040000 };
enum { FLAG_GHOST = 64, PGP_SHA256 = 8, PGP_SHA512 = 10, LEAD_TYPE = 6 };

struct reader {
    struct infile *f;
    struct arena *mem; /* scratch */
    struct rpmhdr sig, head;
    struct str raw;                   /* the main header's bytes */
    uint64_t head_at, payload, whole; /* whole: where the package ends */
    bool source;
    struct buf *doc;
};

/* -------------------------------------------------------------------------------------- headers */

static int same_hex(const struct digest_set *set, enum digest_kind k, struct str hex,
                    const char *what, struct err *e) {
    unsigned char want[DIGEST_MAX];
    size_t n;
    const unsigned char *is = digest_of(set, k, &n);

    if (!is || !digest_unhex(hex, want, n) || memcmp(is, want, n))
        return err_set(e, E_WRONG, "damaged: the %s of its %s is another", digest_name(k), what);
    return OK;
}

static int check_header(const struct reader *r, struct err *e) {
    struct str sha1 = rpmhdr_text(&r->sig, RPMSIG_SHA1);
    struct str sha256 = rpmhdr_text(&r->sig, RPMSIG_SHA256);
    struct digest_set set;

    if (!sha1.n && !sha256.n)
        return OK;
    if (digest_bytes(r->raw, sha256.n ? DIGEST_SHA256 : DIGEST_SHA1, &set, e))
        return (int)e->code;
    return sha256.n ? same_hex(&set, DIGEST_SHA256, sha256, "header", e)
                    : same_hex(&set, DIGEST_SHA1, sha1, "header", e);
}

static int read_headers(struct reader *r, struct err *e) {
    unsigned char lead[RPMHDR_LEAD_SIZE];
    uint64_t size;

    if (r->f->size < sizeof lead)
        return err_set(e, E_INPUT, "is no rpm package");
    if (infile_read(r->f, 0, lead, sizeof lead, e))
        return (int)e->code;
    if (!rpmhdr_lead_ok(lead, sizeof lead))
        return err_set(e, E_INPUT, "is no rpm package");
    if (rpmhdr_read(r->f, sizeof lead, RPMHDR_SIGNATURES, r->mem, &r->sig, NULL, &r->head_at, e))
        return (int)e->code;
    r->head_at = (r->head_at + 7) / 8 * 8;
    if (rpmhdr_read(r->f, r->head_at, RPMHDR_IMMUTABLE, r->mem, &r->head, &r->raw, &r->payload, e))
        return (int)e->code;
    size = rpmhdr_number(&r->sig, RPMSIG_LONGSIZE, 0,
                         rpmhdr_number(&r->sig, RPMSIG_SIZE, 0, r->f->size - r->head_at));
    if (size > r->f->size - r->head_at)
        return err_set(e, E_WRONG, "ends too early: %llu bytes are missing",
                       (unsigned long long)(size - (r->f->size - r->head_at)));
    r->whole = r->head_at + size;
    if (r->whole < r->payload)
        return err_set(e, E_INPUT, "damaged: its size is smaller than its header");
    r->source = rpmhdr_find(&r->head, RPMTAGS_SOURCEPACKAGE) != NULL;
    if (rpmhdr_find(&r->head, RPMTAGS_OLDFILENAMES))
        return err_set(e, E_INPUT, "was made for rpm 3: build it anew");
    return check_header(r, e);
}

/* What goes into names of files and into attributes that dnf compares. */
static bool word_ok(struct str s) {
    if (!s.n || s.p[0] == '.')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c == '/' || c == 0x7f || c == '\\')
            return false;
    }
    return str_utf8(s);
}

static int read_facts(struct reader *r, const struct yum_rpm *how, struct arena *mem,
                      struct yum_pkg *p, struct err *e) {
    const struct rpmhdr *h = &r->head;
    char first;

    p->name = str_dup(mem, rpmhdr_text(h, RPMTAGS_NAME));
    p->arch = str_dup(mem, r->source ? STR("src") : rpmhdr_text(h, RPMTAGS_ARCH));
    p->evr.version = str_dup(mem, rpmhdr_text(h, RPMTAGS_VERSION));
    p->evr.release = str_dup(mem, rpmhdr_text(h, RPMTAGS_RELEASE));
    p->evr.epoch = str_fmt(mem, "%llu", (unsigned long long)rpmhdr_number(h, RPMTAGS_EPOCH, 0, 0));
    if (!word_ok(p->name) || !word_ok(p->evr.version) || !word_ok(p->evr.release) ||
        !word_ok(p->arch) || p->name.n > 200)
        return err_set(e, E_INPUT, "damaged: its name, version, release or arch is none");
    p->size = r->f->size;
    p->time = how->file_time ? r->f->st.mtime : (int64_t)rpmhdr_number(h, RPMTAGS_BUILDTIME, 0, 0);
    first = p->name.p[0] >= 'A' && p->name.p[0] <= 'Z' ? (char)(p->name.p[0] | 0x20) : p->name.p[0];
    p->href = how->href.n ? str_dup(mem, how->href)
                          : str_fmt(mem, "Packages/%c/" STR_F "-" STR_F "-" STR_F "." STR_F ".rpm",
                                    first, STR_A(p->name), STR_A(p->evr.version),
                                    STR_A(p->evr.release), STR_A(p->arch));
    return OK;
}

/* -------------------------------------------------------------------------------------- digests */

struct sums {
    struct digest *file, *payload;
    enum digest_kind kind; /* of the payload's; 0: none is known */
};

static void sums_drop(struct sums *s) {
    digest_free(s->file);
    digest_free(s->payload);
}

static int digest_chunks(const struct reader *r, struct sums *s, struct err *e) {
    size_t room = r->f->size < CHUNK ? (size_t)r->f->size : CHUNK;
    char *p = mem_alloc(room);
    int rc = OK;

    for (uint64_t at = 0; at < r->f->size && !rc; at += room) {
        size_t n = r->f->size - at < room ? (size_t)(r->f->size - at) : room;
        uint64_t from = at > r->payload ? at : r->payload;
        uint64_t to = at + n < r->whole ? at + n : r->whole;

        rc = infile_read(r->f, at, p, n, e);
        if (rc)
            break;
        digest_put(s->file, p, n);
        if (s->payload && from < to)
            digest_put(s->payload, p + (from - at), (size_t)(to - from));
    }
    mem_free(p);
    return rc;
}

static int read_digests(const struct reader *r, struct str *id, struct arena *mem, struct err *e) {
    AUTO(sums) s = {0};
    struct str want = rpmhdr_text(&r->head, RPMTAGS_PAYLOADDIGEST);
    uint64_t algorithm = rpmhdr_number(&r->head, RPMTAGS_PAYLOADDIGESTALGO, 0, PGP_SHA256);
    struct digest *d;
    struct digest_set set;

    if (want.n && (algorithm == PGP_SHA256 || algorithm == PGP_SHA512))
        s.kind = algorithm == PGP_SHA256 ? DIGEST_SHA256 : DIGEST_SHA512;
    if (digest_new(&s.file, DIGEST_SHA256, e) || (s.kind && digest_new(&s.payload, s.kind, e)) ||
        digest_chunks(r, &s, e))
        return (int)e->code;
    d = s.payload;
    s.payload = NULL;
    if (d && (digest_end(d, &set, e) || same_hex(&set, s.kind, want, "payload", e)))
        return (int)e->code;
    d = s.file;
    s.file = NULL;
    if (digest_end(d, &set, e))
        return (int)e->code;
    *id = digest_hex(mem, set.sha256, sizeof set.sha256);
    return infile_check_unchanged(r->f, e);
}

/* ------------------------------------------------------------------------------------------ XML */

static void put_element(struct buf *out, const char *blanks, const char *name, struct str text) {
    if (!text.n) {
        buf_fmt(out, "%s<%s/>\n", blanks, name);
        return;
    }
    buf_fmt(out, "%s<%s>", blanks, name);
    yum_xml_text(out, text);
    buf_fmt(out, "</%s>\n", name);
}

static void put_attr(struct buf *out, const char *name, struct str value) {
    buf_fmt(out, " %s=\"", name);
    yum_xml_attr(out, value);
    buf_c(out, '"');
}

static void put_version(struct buf *out, const struct yum_pkg *p) {
    buf_z(out, "  <version");
    put_attr(out, "epoch", p->evr.epoch);
    put_attr(out, "ver", p->evr.version);
    put_attr(out, "rel", p->evr.release);
    buf_z(out, "/>\n");
}

static void put_files(const struct reader *r, bool primary, const char *blanks, struct buf *out) {
    const struct rpmhdr *h = &r->head;
    const struct rpmhdr_item *index = rpmhdr_find(h, RPMTAGS_DIRINDEXES);
    const struct rpmhdr_item *flags = rpmhdr_find(h, RPMTAGS_FILEFLAGS);
    const struct rpmhdr_item *modes = rpmhdr_find(h, RPMTAGS_FILEMODES);
    size_t n, n_dirs;
    struct str *base = rpmhdr_texts(h, RPMTAGS_BASENAMES, r->mem, &n);
    struct str *dirs = rpmhdr_texts(h, RPMTAGS_DIRNAMES, r->mem, &n_dirs);
    AUTO(buf) path = BUF_NONE;

    buf_init(&path, 1 << 20);
    for (size_t i = 0; i < n && index && flags && modes; i++) {
        uint64_t d = rpmhdr_item_number(index, i, UINT64_MAX);
        uint64_t mode = rpmhdr_item_number(modes, i, 0);
        bool ghost = rpmhdr_item_number(flags, i, 0) & FLAG_GHOST;

        buf_clear(&path);
        if (d < n_dirs)
            buf_str(&path, dirs[d]);
        buf_str(&path, base[i]);
        if (primary && !yum_needs_primary(buf_get(&path)))
            continue;
        buf_z(out, blanks);
        buf_z(out, (mode & KIND_MASK) == KIND_DIR ? "<file type=\"dir\">"
                   : ghost                        ? "<file type=\"ghost\">"
                                                  : "<file>");
        yum_xml_text(out, buf_get(&path));
        buf_z(out, "</file>\n");
    }
}

static void put_format(const struct reader *r, struct buf *out) {
    const struct rpmhdr *h = &r->head;
    static const struct {
        const char *element;
        uint32_t tag;
    } texts[] = {{"rpm:license", RPMTAGS_LICENSE},
                 {"rpm:vendor", RPMTAGS_VENDOR},
                 {"rpm:group", RPMTAGS_GROUP},
                 {"rpm:buildhost", RPMTAGS_BUILDHOST},
                 {"rpm:sourcerpm", RPMTAGS_SOURCERPM}};

    buf_z(out, "  <format>\n");
    for (size_t i = 0; i < COUNT(texts); i++)
        put_element(out, "    ", texts[i].element, rpmhdr_text(h, texts[i].tag));
    buf_fmt(out, "    <rpm:header-range start=\"%llu\" end=\"%llu\"/>\n",
            (unsigned long long)r->head_at, (unsigned long long)r->payload);
    yum_needs(h, r->mem, out);
    put_files(r, true, "    ", out);
    buf_z(out, "  </format>\n</package>");
}

static void put_primary(const struct reader *r, const struct yum_pkg *p, struct buf *out) {
    const struct rpmhdr *h = &r->head;
    uint64_t installed =
        rpmhdr_number(h, RPMTAGS_LONGSIZE, 0, rpmhdr_number(h, RPMTAGS_SIZE, 0, 0));
    uint64_t archive = rpmhdr_number(&r->sig, RPMSIG_LONGARCHIVESIZE, 0,
                                     rpmhdr_number(&r->sig, RPMSIG_PAYLOADSIZE, 0, 0));

    buf_z(out, "<package type=\"rpm\">\n");
    put_element(out, "  ", "name", p->name);
    put_element(out, "  ", "arch", p->arch);
    put_version(out, p);
    buf_fmt(out, "  <checksum type=\"sha256\" pkgid=\"YES\">" STR_F "</checksum>\n", STR_A(p->id));
    put_element(out, "  ", "summary", rpmhdr_text(h, RPMTAGS_SUMMARY));
    put_element(out, "  ", "description", rpmhdr_text(h, RPMTAGS_DESCRIPTION));
    put_element(out, "  ", "packager", rpmhdr_text(h, RPMTAGS_PACKAGER));
    put_element(out, "  ", "url", rpmhdr_text(h, RPMTAGS_URL));
    buf_fmt(out, "  <time file=\"%lld\" build=\"%llu\"/>\n", (long long)p->time,
            (unsigned long long)rpmhdr_number(h, RPMTAGS_BUILDTIME, 0, 0));
    buf_fmt(out, "  <size package=\"%llu\" installed=\"%llu\" archive=\"%llu\"/>\n",
            (unsigned long long)p->size, (unsigned long long)installed,
            (unsigned long long)archive);
    buf_z(out, "  <location");
    put_attr(out, "href", p->href);
    buf_z(out, "/>\n");
    put_format(r, out);
}

static void put_head(struct buf *out, const struct yum_pkg *p) {
    buf_z(out, "<package");
    put_attr(out, "pkgid", p->id);
    put_attr(out, "name", p->name);
    put_attr(out, "arch", p->arch);
    buf_z(out, ">\n");
    put_version(out, p);
}

/* The newest ones, the oldest of them first. Entries of one day would have one time: each gets the
 * next free second, or clients that sort by it would shuffle them. */
static void put_changes(const struct reader *r, struct buf *out) {
    const struct rpmhdr_item *times = rpmhdr_find(&r->head, RPMTAGS_CHANGELOGTIME);
    size_t n_names, n_texts, n;
    struct str *name = rpmhdr_texts(&r->head, RPMTAGS_CHANGELOGNAME, r->mem, &n_names);
    struct str *text = rpmhdr_texts(&r->head, RPMTAGS_CHANGELOGTEXT, r->mem, &n_texts);
    uint64_t when[CHANGES] = {0}, last = 0;

    n = n_names < n_texts ? n_names : n_texts;
    n = times && times->count < n ? times->count : n;
    for (size_t i = 0; times && i < n && i < CHANGES; i++) {
        uint64_t t = when[i] = rpmhdr_item_number(times, i, 0);

        for (size_t k = i; k-- > 0 && last == when[i] && when[k] == t; t++)
            when[k]++;
        last = when[i];
    }
    for (size_t i = !times ? 0 : n < CHANGES ? n : CHANGES; i-- > 0;) {
        while (name[i].n > 1 && str_ends(name[i], " "))
            name[i].n--;
        buf_z(out, "  <changelog");
        put_attr(out, "author", name[i]);
        buf_fmt(out, " date=\"%llu\">", (unsigned long long)when[i]);
        yum_xml_text(out, text[i]);
        buf_z(out, "</changelog>\n");
    }
}

int yum_rpm_read(struct infile *f, const struct yum_rpm *how, struct arena *mem, struct yum_pkg *p,
                 struct buf doc[YUM_DOCS], struct err *e) {
    AUTO(arena) scratch = {0};
    struct reader r = {.f = f, .mem = &scratch, .doc = doc};

    *p = (struct yum_pkg){.fresh = true};
    if (read_headers(&r, e) || read_facts(&r, how, mem, p, e) || read_digests(&r, &p->id, mem, e))
        return err_in(e, "%s", f->name);
    put_primary(&r, p, &doc[YUM_PRIMARY]);
    put_head(&doc[YUM_FILELISTS], p);
    put_files(&r, false, "  ", &doc[YUM_FILELISTS]);
    buf_z(&doc[YUM_FILELISTS], "</package>");
    put_head(&doc[YUM_OTHER], p);
    put_changes(&r, &doc[YUM_OTHER]);
    buf_z(&doc[YUM_OTHER], "</package>");
    for (int i = 0; i < YUM_DOCS; i++)
        if (buf_check(&doc[i], "what there is to say of it", e))
            return err_in(e, "%s", f->name);
    return OK;
}
