/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_index.h"

#include "io/codec.h"
#include "io/xzparts.h"
#include "os/fsys.h"
#include "repo/apt_version.h"

#include <stdlib.h>
#include <string.h>

enum { PUT = 64 * 1024 };
enum {
    PART_LEAST = 512 * 1024,
    PART_MOST = 1536 * 1024,
    PART_ONE_IN = 512,
    PART_DICT = 512 * 1024,
    XZ_MAX = 1 << 30
};
#define TEXT_MAX ((size_t)1 << 30)

static const struct form {
    unsigned bit;
    const char *suffix;
    enum codec_kind kind;
    int level;
} index_forms[] = {
    {0, "", CODEC_NONE, 0},
    {APT_INDEX_GZ, ".gz", CODEC_GZIP, 9},
    {APT_INDEX_XZ, ".xz", CODEC_XZ, 6},
    {APT_INDEX_ZST, ".zst", CODEC_ZSTD, 9},
};

void apt_index_add(struct apt_index *ix, const struct apt_deb *d) {
    if (ix->n == ix->room)
        ix->v = arena_grow(ix->mem, ix->v, ix->n, ix->n + 1, sizeof *ix->v, &ix->room);
    ix->v[ix->n++] = *d;
}

static int by_order(const void *a, const void *b) {
    const struct apt_deb *x = a, *y = b;
    int c = str_cmp(x->name, y->name);

    if (!c)
        c = apt_version_cmp(x->version, y->version);
    if (!c)
        c = str_cmp(x->version, y->version);
    if (!c)
        c = str_cmp(x->arch, y->arch);
    return c ? c : str_cmp(x->filename, y->filename);
}

void apt_index_sort(struct apt_index *ix) {
    size_t m = 0;
    bool sorted = true;

    for (size_t i = 1; sorted && i < ix->n; i++)
        sorted = by_order(&ix->v[i - 1], &ix->v[i]) <= 0;
    if (!sorted)
        qsort(ix->v, ix->n, sizeof *ix->v, by_order);
    for (size_t i = 0; i < ix->n; i++)
        if (!m || by_order(&ix->v[m - 1], &ix->v[i]))
            ix->v[m++] = ix->v[i];
    ix->n = m;
}

/* ------------------------------------------------------------------------------- reading */

static int check_file(struct infile *f, const char *where, struct str path,
                      const struct apt_release *r, struct err *e) {
    const struct apt_release_file *want = r && r->there ? apt_release_find(r, path) : NULL;
    struct digest_set d;
    struct arena mem = {0};
    bool same;

    if (!r || !r->there || (!want && !r->n))
        return OK;
    if (digest_infile(f, 0, f->size, DIGEST_SHA256, 1, &d, e))
        return (int)e->code;
    same = want && want->size == f->size &&
           str_eq(want->sha256, digest_hex(&mem, d.sha256, sizeof d.sha256));
    arena_drop(&mem);
    if (same)
        return OK;
    return err_set(e, E_WRONG,
                   "%s/" STR_F " is not what the suite's Release says: let the tool that made it "
                   "mend it, or index the packages anew by naming no file",
                   where, STR_A(path));
}

static int read_text(struct infile *f, enum codec_kind kind, struct arena *mem, struct str *text,
                     struct err *e) {
    struct source raw = SOURCE_NONE, s = SOURCE_NONE;
    struct source_range range;
    AUTO(buf) all = BUF_NONE;
    char *block = arena_alloc(mem, PUT);
    size_t n;

    if (kind == CODEC_NONE) {
        char *p;

        if (f->size > TEXT_MAX)
            return err_set(e, E_INPUT, "%s: is larger than 1 GiB", f->name);
        p = arena_alloc(mem, (size_t)f->size + 1);
        *text = (struct str){p, (size_t)f->size};
        return infile_read(f, 0, p, (size_t)f->size, e);
    }
    buf_init(&all, TEXT_MAX);
    source_infile(&raw, &range, f, 0, f->size);
    if (codec_source(&s, &raw, kind, e))
        return (int)e->code;
    while ((n = source_get(&s, block, PUT)) && !all.over)
        buf_put(&all, block, n);
    if (source_close(&s, e) || buf_check(&all, f->name, e))
        return (int)e->code;
    *text = str_dup(mem, buf_get(&all));
    return OK;
}

int apt_index_parse(struct str text, const char *where, struct apt_index *ix, struct err *e) {
    while (text.n) {
        const char *end = text.p, *stop = text.p + text.n;
        struct apt_deb d;
        struct str para;

        if (*text.p == '\n') {
            text = str_cut(text, 1, text.n);
            continue;
        }
        while (end < stop) { /* up to an empty line */
            const char *nl = memchr(end, '\n', (size_t)(stop - end));

            end = nl ? nl + 1 : stop;
            if (end < stop && *end == '\n')
                break;
        }
        para = (struct str){text.p, (size_t)(end - text.p)};
        text = str_cut(text, para.n, text.n);
        if (para.p[para.n - 1] != '\n')
            para = str_fmt(ix->mem, STR_F "\n", STR_A(para));
        if (apt_deb_parse(para, where, &d, e))
            return (int)e->code;
        apt_index_add(ix, &d);
    }
    return OK;
}

static int load_arch(int suite, const char *where, struct str component, struct str arch,
                     const struct apt_release *r, struct apt_index *ix, struct err *e) {
    for (size_t i = 0; i < COUNT(index_forms); i++) {
        AUTO(infile) in = INFILE_NONE;
        struct fsys_stat st;
        struct str text;
        const char *path = arena_fmt(ix->mem, STR_F "/binary-" STR_F "/Packages%s",
                                     STR_A(component), STR_A(arch), index_forms[i].suffix);

        if (fsys_stat(suite, path, &st, e))
            return (int)e->code;
        if (st.kind != FSYS_FILE)
            continue;
        if (infile_open(&in, suite, path, e) || check_file(&in, where, str_of(path), r, e) ||
            read_text(&in, index_forms[i].kind, ix->mem, &text, e))
            return (int)e->code;
        if (ix->n_arches == APT_INDEX_ARCHES)
            return err_set(e, E_INPUT, "%s: more than %d architectures", where, APT_INDEX_ARCHES);
        ix->arch[ix->n_arches++] = str_dup(ix->mem, arch);
        return apt_index_parse(text, arena_fmt(ix->mem, "%s/%s", where, path), ix, e);
    }
    return OK;
}

int apt_index_load(int suite, const char *where, struct str component, const struct apt_release *r,
                   struct apt_index *ix, struct err *e) {
    const char *folder = str_z(ix->mem, component);
    struct fsys_stat st;
    struct fsys_name *names;
    size_t n;

    if (fsys_stat(suite, folder, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_DIR)
        return OK;
    if (fsys_list(suite, folder, ix->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (str_starts(names[i].name, "binary-") &&
            load_arch(suite, where, component, str_cut(names[i].name, 7, names[i].name.n), r, ix,
                      e))
            return (int)e->code;
    apt_index_sort(ix);
    return OK;
}

/* ------------------------------------------------------------------------------- writing */

struct writing {
    int suite;
    const char *dir; /* main/binary-amd64 */
    struct apt_release *r;
    unsigned jobs;
};

/* One file, its by-hash name and its line in Release. `fill` puts its bytes. */
static int write_form(const struct writing *w, const char *suffix,
                      int (*fill)(void *self, struct sink *s, struct err *e), void *self,
                      struct apt_release_file *out, struct err *e) {
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    AUTO(outfile) f = OUTFILE_NONE;
    struct sink file = SINK_NONE, sums = SINK_NONE, both = SINK_NONE;
    struct sink_pair pair = {&file, &sums};
    struct digest *d;
    struct digest_set set;
    struct arena *mem = w->r->mem;
    const char *name = arena_fmt(mem, "Packages%s", suffix), *hash;
    struct err ignored = {0};
    int rc;

    if (fsys_dir_open(&dir, w->suite, w->dir, e) || outfile_open(&f, dir.fd, name, e) ||
        digest_new(&d, DIGEST_SHA256, e))
        return (int)e->code;
    sink_outfile(&file, &f);
    digest_sink(&sums, d);
    sink_tee(&both, &pair);
    rc = fill(self, &both, e);
    if (!rc)
        rc = sink_close(&both, e);
    rc = sink_close(&file, rc ? &ignored : e) && !rc ? (int)e->code : rc;
    sink_drop(&sums);
    if (rc) {
        digest_free(d);
        return rc;
    }
    if (digest_end(d, &set, e))
        return (int)e->code;
    *out = (struct apt_release_file){
        .path = str_fmt(mem, "%s/%s", w->dir, name),
        .sha256 = digest_hex(mem, set.sha256, sizeof set.sha256),
        .size = f.size,
    };
    hash = arena_fmt(mem, "by-hash/SHA256/" STR_F, STR_A(out->sha256));
    if (outfile_commit(&f, e) || fsys_mkdirs(dir.fd, "by-hash/SHA256", e) ||
        fsys_unlink(dir.fd, hash, e) || fsys_link(dir.fd, name, hash, e))
        return (int)e->code;
    apt_release_put(w->r, out);
    return OK;
}

/* Where the .xz form is cut into blocks: behind paragraphs that say so by name and version, so that
 * one package more leaves the other blocks as they were. */
struct cuts {
    struct arena *mem;
    uint64_t *end;
    size_t n, room;
    uint64_t from, at;
};

static void cut(struct cuts *c) {
    if (c->at == c->from)
        return;
    if (c->n == c->room)
        c->end = arena_grow(c->mem, c->end, c->n, c->n + 1, sizeof *c->end, &c->room);
    c->end[c->n++] = c->from = c->at;
}

static void cut_behind(struct cuts *c, const struct apt_deb *d, size_t n) {
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < d->name.n; i++)
        hash = (hash ^ (unsigned char)d->name.p[i]) * 16777619u;
    for (size_t i = 0; i < d->version.n; i++)
        hash = (hash ^ (unsigned char)d->version.p[i]) * 16777619u;
    if (c->at - c->from + n > PART_MOST)
        cut(c);
    for (; n > PART_MOST; n -= PART_MOST) {
        c->at += PART_MOST;
        cut(c);
    }
    c->at += n;
    if (c->at - c->from >= PART_LEAST && (hash >> 8) % PART_ONE_IN == 0)
        cut(c);
}

struct plain {
    const struct apt_index *ix;
    struct str arch;
    struct cuts cuts;
};

static int fill_plain(void *self, struct sink *s, struct err *e) {
    struct plain *p = self;
    AUTO(buf) b = BUF_NONE;

    (void)e;
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < p->ix->n; i++) {
        const struct apt_deb *d = &p->ix->v[i];

        if (!str_eq(d->arch, p->arch) && !str_is(d->arch, "all"))
            continue;
        buf_str(&b, d->text);
        buf_c(&b, '\n');
        cut_behind(&p->cuts, d, d->text.n + 1);
        if (b.n >= PUT) {
            sink_str(s, buf_get(&b));
            buf_clear(&b);
        }
    }
    sink_str(s, buf_get(&b));
    cut(&p->cuts);
    return OK;
}

struct packed {
    const struct writing *w;
    const struct form *form;
    const struct cuts *cuts;
    const struct apt_release *old;
};

/* The blocks of the Packages.xz that is about to be replaced serve again, if it is the one that
 * Release named. */
static int fill_xz(const struct packed *p, struct infile *text, struct sink *s, struct arena *mem,
                   struct err *e) {
    struct str path = str_fmt(mem, "%s/Packages.xz", p->w->dir);
    const struct apt_release_file *was = apt_release_find(p->old, path);
    struct xzparts x = {.end = p->cuts->end,
                        .n = p->cuts->n,
                        .most = PART_MOST,
                        .dict = PART_DICT,
                        .jobs = p->w->jobs};
    struct fsys_stat st;
    struct digest_set d;

    if (fsys_lstat(p->w->suite, path.p, &st, e))
        return (int)e->code;
    if (was && st.kind == FSYS_FILE && st.size == was->size && st.size < XZ_MAX) {
        if (fsys_read(p->w->suite, path.p, XZ_MAX, mem, &x.old, e) ||
            digest_bytes(x.old, DIGEST_SHA256, &d, e))
            return (int)e->code;
        if (!str_eq(was->sha256, digest_hex(mem, d.sha256, sizeof d.sha256)))
            x.old.n = 0;
    }
    return xzparts_write(&x, text, s, e);
}

static int fill_packed(void *self, struct sink *s, struct err *e) {
    const struct packed *p = self;
    AUTO(infile) in = INFILE_NONE;
    AUTO(arena) mem = {0};
    char *block = arena_alloc(&mem, PUT);
    /* zstd is done before a second thread would have helped, and takes its memory once */
    struct codec_opts o = {.kind = p->form->kind,
                           .level = p->form->level,
                           .jobs = p->form->kind == CODEC_ZSTD ? 1 : p->w->jobs};
    struct sink packed = SINK_NONE;
    struct err ignored = {0};
    int rc = infile_open(&in, p->w->suite, arena_fmt(&mem, "%s/Packages", p->w->dir), e);

    if (rc)
        return rc;
    if (p->form->kind == CODEC_XZ)
        return fill_xz(p, &in, s, &mem, e);
    o.size = in.size;
    if (codec_sink(&packed, s, &o, e))
        return (int)e->code;
    for (uint64_t at = 0; at < in.size && !rc; at += PUT) {
        size_t n = in.size - at < PUT ? (size_t)(in.size - at) : PUT;

        rc = infile_read(&in, at, block, n, e);
        if (!rc)
            sink_put(&packed, block, n);
    }
    if (sink_close(&packed, rc ? &ignored : e))
        rc = rc ? rc : (int)e->code;
    return rc;
}

/* Is Packages as it was, with all the forms that are wanted and no others? */
static bool is_same(const struct writing *w, const struct apt_release_file *plain,
                    const struct apt_release *old, unsigned forms) {
    const struct apt_release_file *was = apt_release_find(old, plain->path);

    if (!was || was->size != plain->size || !str_eq(was->sha256, plain->sha256))
        return false;
    for (size_t i = 1; i < COUNT(index_forms); i++) {
        struct str path = str_fmt(w->r->mem, STR_F "%s", STR_A(plain->path), index_forms[i].suffix);

        if (!(forms & index_forms[i].bit) != !apt_release_find(old, path))
            return false;
    }
    return true;
}

/* Forms that are not wanted, and what other tools made of the old Packages file (.bz2, .diff),
 * would tell clients of the old one. */
static int drop_others(const struct writing *w, const struct apt_release *old, unsigned forms,
                       struct err *e) {
    const char *stem = arena_fmt(w->r->mem, "%s/Packages.", w->dir);

    apt_release_drop(w->r, str_of(stem));
    for (size_t i = 0; i < old->n; i++) {
        struct str path = old->v[i].path;
        bool stays = false;

        for (size_t k = 1; k < COUNT(index_forms); k++)
            stays |= (forms & index_forms[k].bit) &&
                     str_is(str_cut(path, strlen(stem) - 1, path.n), index_forms[k].suffix);
        if (str_starts(path, stem) && !stays && fsys_unlink(w->suite, str_z(w->r->mem, path), e))
            return (int)e->code;
    }
    return OK;
}

int apt_index_write(const struct apt_index *ix, int suite, struct str component, struct str arch,
                    unsigned forms, unsigned jobs, struct apt_release *r, bool *changed,
                    struct err *e) {
    struct writing w = {
        .suite = suite,
        .dir = arena_fmt(r->mem, STR_F "/binary-" STR_F, STR_A(component), STR_A(arch)),
        .r = r,
        .jobs = jobs,
    };
    struct plain plain = {ix, arch, {.mem = r->mem}};
    struct apt_release old =
        *r; /* its files stay where they are until apt_release_put grows them */
    struct apt_release_file f;

    old.v = arena_array(r->mem, r->n + 1, sizeof *old.v);
    if (r->n)
        memcpy(old.v, r->v, r->n * sizeof *old.v);
    if (fsys_mkdirs(suite, w.dir, e) || write_form(&w, "", fill_plain, &plain, &f, e))
        return (int)e->code;
    if (is_same(&w, &f, &old, forms))
        return OK;
    *changed = true;
    if (drop_others(&w, &old, forms, e))
        return (int)e->code;
    for (size_t i = 1; i < COUNT(index_forms); i++) {
        struct packed packed = {&w, &index_forms[i], &plain.cuts, &old};

        if ((forms & index_forms[i].bit) &&
            write_form(&w, index_forms[i].suffix, fill_packed, &packed, &f, e))
            return (int)e->code;
    }
    return OK;
}
