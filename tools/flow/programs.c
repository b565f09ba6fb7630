/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/programs.h"

#include "base/log.h"
#include "container/pe.h"
#include "flow/named.h"
#include "model/names.h"
#include "os/abspath.h"
#include "os/clock.h"
#include "os/fsys.h"
#include "os/thread.h"
#include "pack/winlook.h"

enum { HEAD = 1024 };

/* One tree's programs. */
struct programs {
    struct flow *f;
    const struct flow_item *item;
    struct fsys_dir dir; /* DIST/.slipway/programs */
    struct str path;     /* of it, absolute */
    struct str signing;  /* what decides a signature's bytes; empty: nothing is signed */
    struct str look;     /* what decides the entry's look */
    struct tree *app;
    struct todo { /* a copy to make */
        size_t at;
        const char *name, *where;
        bool look, sign, made, again; /* again: it is in the list under another path */
    } * todo;
    size_t n, room;
    struct map names; /* of the copies to make */
    size_t made;
    uint64_t bytes;
};

static int is_same(const struct infile *in, const struct tree_entry *x, struct err *e) {
    if (in->st.dev == x->bytes.dev && in->st.ino == x->bytes.ino &&
        in->st.mtime == x->bytes.mtime && in->st.mtime_ns == x->bytes.mtime_ns &&
        in->size == x->size)
        return OK;
    return err_set(e, E_INPUT, "%s: changed while it was read", in->name);
}

/* The section, and the file it names. */
static int section_key(const struct recipe *r, struct buf *b, struct err *e) {
    const struct value *section = value_get(r->root, "windows");

    if (!section)
        return OK;
    value_write_json(section, false, b);
    return named_key(section, winlook_schema, r->dir, b, e);
}

static int look_key(struct programs *p, struct err *e) {
    const struct recipe *r = p->item->recipe;
    const struct str said[] = {r->name,   r->title,    r->id,      r->version,
                               r->vendor, r->homepage, r->license, r->summary};
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, 1 << 20);
    buf_fmt(&b, "%s\n", names_arch(p->item->target->arch));
    for (size_t i = 0; i < COUNT(said); i++)
        buf_fmt(&b, "%zu " STR_F "\n", said[i].n, STR_A(said[i]));
    if ((r->icon.n && named_file(r->icon, r->dir, &b, e)) || section_key(r, &b, e) ||
        buf_check(&b, "the look of a program", e))
        return (int)e->code;
    p->look = str_dup(p->f->mem, buf_get(&b));
    return OK;
}

/* The copy's name: a digest of all that its bytes come from. */
static int copy_name(struct programs *p, const struct tree_entry *x, bool look, bool sign,
                     const char **name, struct err *e) {
    struct str none = {0}, hex;
    struct digest_set d;
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, 1 << 22);
    buf_fmt(&b, "%s|%s|%llu|%llu|%llu|%lld|%lld\n" STR_F "\n" STR_F "\n" STR_F, SLIPWAY_VERSION,
            x->bytes.path, (unsigned long long)x->bytes.dev, (unsigned long long)x->bytes.ino,
            (unsigned long long)x->size, (long long)x->bytes.mtime, (long long)x->bytes.mtime_ns,
            STR_A(look ? p->look : none), STR_A(look ? x->path : none),
            STR_A(sign ? p->signing : none));
    if (buf_check(&b, "the key of a program", e) || digest_bytes(buf_get(&b), DIGEST_SHA256, &d, e))
        return (int)e->code;
    hex = digest_hex(p->f->mem, d.sha256, sizeof d.sha256);
    *name = str_z(p->f->mem, hex);
    return OK;
}

static struct str base_name(struct str path) {
    size_t slash = str_rfind(path, '/');

    return slash == path.n ? path : str_cut(path, slash + 1, path.n);
}

static bool has_manifest(const struct tree *app, const struct tree_entry *x) {
    AUTO(arena) mem = {0};

    return tree_find(app, str_fmt(&mem, STR_F ".manifest", STR_A(x->path))) != NULL;
}

/* A program that keeps its bytes has no copy: made is false then. */
static int make_copy(void *self, size_t i, struct err *e) {
    struct programs *p = self;
    struct todo *t = &p->todo[i];
    const struct tree_entry *x = &p->app->v[t->at];
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(infile) in = INFILE_NONE;
    AUTO(arena) mem = {0};
    bool changed = false;

    if (t->again)
        return OK;
    if (infile_open(&in, FSYS_HERE, x->bytes.path, e) || is_same(&in, x, e) ||
        outfile_open(&to, p->dir.fd, t->name, e) ||
        (t->look && winlook_program(p->item->recipe, base_name(x->path), has_manifest(p->app, x),
                                    &in, &to, &changed, e)) ||
        (!changed && outfile_append_from(&to, in.fd, 0, in.size, e)) ||
        (t->sign && authenticode_sign_as(&p->f->authenticode, &to, false,
                                         str_z(&mem, base_name(x->path)), e)) ||
        infile_check_unchanged(&in, e))
        return recipe_placed(p->item->recipe, e)
                   ? (int)e->code
                   : err_in(e, "%s: " STR_F, t->where, STR_A(x->path));
    t->made = changed || t->sign;
    return t->made ? outfile_commit(&to, e) : OK;
}

static int take_copy(struct programs *p, struct tree_entry *x, const char *name, bool *there,
                     struct err *e) {
    struct arena *mem = p->f->mem;
    struct fsys_stat st;

    *there = false;
    if (fsys_lstat(p->dir.fd, name, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE || !st.size)
        return OK;
    *there = true;
    map_put(&p->f->programs, str_of(name), p->f);
    x->bytes = (struct tree_bytes){
        .path = arena_fmt(mem, STR_F "/%s", STR_A(p->path), name),
        .dev = st.dev,
        .ino = st.ino,
        .mtime = st.mtime,
        .mtime_ns = st.mtime_ns,
        .host_size = st.size,
    };
    x->size = st.size;
    x->digests = arena_alloc(mem, sizeof *x->digests);
    return OK;
}

/* Nobody may write over a file that is signed. */
static int wants(struct programs *p, struct infile *in, bool entry, bool *look, bool *sign,
                 struct err *e) {
    char head[HEAD];
    size_t n, signatures;

    *look = *sign = false;
    if (infile_read_some(in, 0, head, sizeof head, &n, e))
        return (int)e->code;
    if (!authenticode_sniff(head, n))
        return OK;
    if (authenticode_count(in, &signatures, e))
        return (int)e->code;
    *look = entry && !signatures && pe_sniff(head, n);
    *sign = p->signing.n && !signatures;
    return OK;
}

/* What is to be done with one file; a copy of an earlier run is taken at once. */
static int look_at(struct programs *p, size_t at, bool entry, struct err *e) {
    struct tree_entry *x = &p->app->v[at];
    struct todo t = {.at = at};
    bool there = false;
    AUTO(infile) in = INFILE_NONE;

    if (infile_open(&in, FSYS_HERE, x->bytes.path, e) || is_same(&in, x, e))
        return (int)e->code;
    if (wants(p, &in, entry, &t.look, &t.sign, e)) {
        if (entry || e->code != E_INPUT)
            return (int)e->code;
        log_warn(STR_F ": left unsigned: %s", STR_A(x->path), e->msg);
        *e = (struct err){0};
        return OK;
    }
    if (!t.look && !t.sign)
        return OK;
    if (copy_name(p, x, t.look, t.sign, &t.name, e) ||
        ((!p->f->o.force || map_get(&p->f->programs, str_of(t.name))) &&
         take_copy(p, x, t.name, &there, e)))
        return (int)e->code;
    if (there)
        return OK;
    t.again = map_put(&p->names, str_of(t.name), p) != NULL;
    t.where = recipe_where(p->item->recipe, x->at, p->f->mem);
    p->todo = arena_grow(p->f->mem, p->todo, p->n, p->n + 1, sizeof *p->todo, &p->room);
    p->todo[p->n++] = t;
    return OK;
}

static bool is_entry(const struct recipe *r, const struct tree *app, const struct tree_entry *x) {
    struct str rest = x->path;

    if (str_eq(r->entry, x->path))
        return true;
    if (!r->entry.n || !str_ends(rest, ".exe") || tree_find(app, r->entry))
        return false;
    rest.n -= 4;
    return str_eq(r->entry, rest);
}

static bool is_program(const struct tree_entry *x) {
    return x->kind == TREE_FILE && x->bytes.path && !x->bytes.n_range && !x->bytes.from;
}

static int look_at_all(struct programs *p, struct err *e) {
    const struct recipe *r = p->item->recipe;

    for (size_t i = 0; i < p->app->n; i++) {
        const struct tree_entry *x = &p->app->v[i];
        bool entry = is_entry(r, p->app, x);

        if (is_program(x) && !x->link && (entry || p->signing.n) && look_at(p, i, entry, e))
            return err_in(e, "%s: " STR_F, recipe_where(r, x->at, p->f->mem), STR_A(x->path));
    }
    return OK;
}

/* Time stamps are waited for, not worked for. */
static unsigned threads(const struct flow *f) {
    enum { WAITING = 4 };
    unsigned n = f->o.jobs ? f->o.jobs : thread_cores();

    return f->authenticode.n_servers && n < WAITING ? WAITING : n;
}

static int make_all(struct programs *p, struct err *e) {
    bool there;

    if (thread_each(threads(p->f), p->n, make_copy, p, e))
        return (int)e->code;
    for (size_t i = 0; i < p->n; i++) {
        struct tree_entry *x = &p->app->v[p->todo[i].at];

        if (!p->todo[i].made && !p->todo[i].again)
            continue;
        if (take_copy(p, x, p->todo[i].name, &there, e))
            return (int)e->code;
        if (!p->todo[i].made)
            continue;
        p->made++;
        p->bytes += x->size;
    }
    return OK;
}

/* Other names of one file lead where its first name does. */
static void follow_links(struct tree *app) {
    for (size_t i = 0; i < app->n; i++) {
        struct tree_entry *x = &app->v[i];

        if (!is_program(x) || !x->link)
            continue;
        x->bytes = app->v[x->link - 1].bytes;
        x->size = app->v[x->link - 1].size;
        x->digests = app->v[x->link - 1].digests;
    }
}

static int open_folder(struct programs *p, struct err *e) {
    struct arena *mem = p->f->mem;
    const char *path;

    if (run_store(p->f, e) || fsys_mkdirs(p->f->store.state.fd, "programs", e) ||
        fsys_dir_open(&p->dir, p->f->store.state.fd, "programs", e) ||
        abspath(p->f->o.dist, mem, &p->path, e))
        return (int)e->code;
    path = arena_fmt(mem, STR_F "/.slipway/programs", STR_A(p->path));
    p->path = str_of(path);
    return OK;
}

int programs_ready(struct flow *f, const struct flow_item *item, struct tree *app, struct err *e) {
    struct programs p = {.f = f,
                         .item = item,
                         .dir = FSYS_DIR_NONE,
                         .signing = f->signing,
                         .app = app,
                         .names = {.mem = f->mem}};
    uint64_t since = clock_monotonic();
    int rc;

    if (item->target->os != OS_WINDOWS)
        return OK;
    rc = look_key(&p, e) || open_folder(&p, e) || look_at_all(&p, e) || make_all(&p, e)
             ? (int)e->code
             : OK;
    follow_links(app);
    fsys_dir_drop(&p.dir);
    if (p.made)
        run_end(f,
                arena_fmt(f->mem, "%zu program%s for windows/%s", p.made, p.made == 1 ? "" : "s",
                          names_arch(item->target->arch)),
                f->signing.n && !f->authenticode.apart ? "signed" : "made", p.bytes, since);
    return rc;
}

int programs_tidy(struct flow *f, struct err *e) {
    struct fsys_name *v;
    struct fsys_stat st;
    size_t n;

    if (f->o.n_formats || f->o.n_targets)
        return OK; /* what others use stays */
    if (fsys_lstat(f->store.state.fd, "programs", &st, e))
        return (int)e->code;
    if (st.kind != FSYS_DIR)
        return OK;
    if (fsys_list(f->store.state.fd, "programs", f->mem, &v, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (!map_get(&f->programs, v[i].name) &&
            fsys_unlink(f->store.state.fd, arena_fmt(f->mem, "programs/" STR_F, STR_A(v[i].name)),
                        e))
            return (int)e->code;
    return OK;
}

int programs_sign_package(struct flow *f, const struct packager *p, struct outfile *out,
                          struct artifact *a, struct err *e) {
    if (!(p->traits & PACK_AUTHENTICODE) || !f->signing.n || f->authenticode.apart)
        return OK;
    a->signer = f->certificate;
    return authenticode_sign(&f->authenticode, out, false, e);
}

int programs_sign(void *flow, int dir, const char *name, struct err *e) {
    struct flow *f = flow;
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) to = OUTFILE_NONE;

    if (infile_open(&in, dir, name, e) || outfile_open(&to, dir, name, e) ||
        outfile_append_from(&to, in.fd, 0, in.size, e) ||
        authenticode_sign(&f->authenticode, &to, false, e))
        return (int)e->code;
    return outfile_commit(&to, e);
}
