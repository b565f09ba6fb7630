/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/store.h"

#include "flow/ledger.h"
#include "text/value.h"

#include <string.h>

enum { MADE_MAX = 64 * 1024 * 1024 };

struct store_made { /* what an artifact was made from, and the file that came out */
    struct str name, key;
    int64_t mtime, mtime_ns;
    uint64_t size, ino;
    struct store_made *next;
};

static const char *const store_ledger = "release.json";
static const char *const store_pending = "settle.json"; /* there while files move */

static bool is_version(const struct release *r, struct str name, struct str version) {
    return r->name.n && str_eq(r->name, name) && str_eq(r->version, version);
}

static struct store_made *made_note(struct store *s, struct str name) {
    struct store_made *m = map_get(&s->made, name);

    if (m)
        return m;
    m = arena_alloc(s->mem, sizeof *m);
    m->name = str_dup(s->mem, name);
    m->next = s->made_list;
    s->made_list = m;
    map_put(&s->made, m->name, m);
    return m;
}

/* A cache only: whatever is wrong with it means that things are made again. */
static int made_read(struct store *s, struct err *e) {
    struct fsys_stat st;
    struct str text;
    struct value *v;
    struct err ignored = {0};

    if (fsys_lstat(s->state.fd, "made.json", &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE || st.size > MADE_MAX)
        return OK;
    if (fsys_read(s->state.fd, "made.json", MADE_MAX, s->mem, &text, e))
        return (int)e->code;
    if (value_json(text, "made.json", s->mem, &v, &ignored) || v->kind != VALUE_MAP)
        return OK;
    for (const struct value *c = v->child; c; c = c->next) {
        struct store_made *m = made_note(s, c->key);

        m->key = value_text(c, "key");
        m->mtime = value_number(c, "mtime", 0);
        m->mtime_ns = value_number(c, "mtime-ns", 0);
        m->size = (uint64_t)value_number(c, "size", 0);
        m->ino = (uint64_t)value_number(c, "ino", 0);
    }
    return OK;
}

static int made_write(struct store *s, struct err *e) {
    struct value *v = value_new(s->mem, VALUE_MAP);
    AUTO(buf) text = BUF_NONE;

    for (const struct store_made *m = s->made_list; m; m = m->next) {
        struct value *row = value_new(s->mem, VALUE_MAP);

        value_set(s->mem, row, "key", value_str(s->mem, m->key));
        value_set(s->mem, row, "mtime", value_int(s->mem, m->mtime));
        value_set(s->mem, row, "mtime-ns", value_int(s->mem, m->mtime_ns));
        value_set(s->mem, row, "size", value_int(s->mem, (int64_t)m->size));
        value_set(s->mem, row, "ino", value_int(s->mem, (int64_t)m->ino));
        value_set(s->mem, v, str_z(s->mem, m->name), row);
    }
    buf_init(&text, MADE_MAX);
    value_write_json(v, true, &text);
    if (buf_check(&text, "made.json", e))
        return (int)e->code;
    return fsys_write(s->state.fd, "made.json", buf_get(&text), 0644, e);
}

static int exists(int dir, const char *path, bool *yes, struct err *e) {
    struct fsys_stat st;

    *yes = false;
    if (fsys_lstat(dir, path, &st, e))
        return (int)e->code;
    *yes = st.kind != FSYS_NONE;
    return OK;
}

static int read_ledger(int dir, const char *file, struct arena *mem, struct release *r,
                       struct err *e) {
    bool there = false;

    r->mem = mem;
    if (exists(dir, file, &there, e))
        return (int)e->code;
    return there ? ledger_read(dir, file, mem, r, e) : OK;
}

static int parent_folder(int dir, struct arena *mem, struct str name, struct err *e) {
    size_t slash = str_rfind(name, '/');

    if (slash == name.n)
        return OK;
    return fsys_mkdirs(dir, str_z(mem, str_cut(name, 0, slash)), e);
}

/* Moves one staged file into place; the earlier one goes to old/ until all is done. */
static int move_in(struct store *s, struct str name, bool *moved, bool *kept_old, struct err *e) {
    const char *z = str_z(s->mem, name);
    const char *from = arena_fmt(s->mem, ".slipway/stage/%s", z);
    const char *old = arena_fmt(s->mem, ".slipway/old/%s", z);
    bool staged = false, there = false;

    if (exists(s->dist.fd, from, &staged, e))
        return (int)e->code;
    if (!staged) /* unchanged since the last run, or moved by one that was killed */
        return OK;
    if (exists(s->dist.fd, z, &there, e) || parent_folder(s->dist.fd, s->mem, name, e))
        return (int)e->code;
    if (there) {
        if (parent_folder(s->dist.fd, s->mem, str_of(old), e) || fsys_rename(s->dist.fd, z, old, e))
            return (int)e->code;
        *kept_old = true;
    }
    if (fsys_rename(s->dist.fd, from, z, e))
        return (int)e->code;
    *moved = true;
    return OK;
}

struct moved {
    struct str name;
    bool in, old;
};

static void move_back(struct store *s, const struct moved *m, size_t n) {
    struct err ignored = {0};
    bool lost = false;

    while (n-- > 0) {
        const char *z = str_z(s->mem, m[n].name);

        if (m[n].in)
            lost |= fsys_rename(s->dist.fd, z, arena_fmt(s->mem, ".slipway/stage/%s", z),
                                &ignored) != OK;
        if (m[n].old)
            lost |=
                fsys_rename(s->dist.fd, arena_fmt(s->mem, ".slipway/old/%s", z), z, &ignored) != OK;
    }
    /* Where even the way back fails, the pending ledger stays and the next run finishes the way in.
     */
    if (!lost && fsys_unlink(s->state.fd, store_pending, &ignored))
        return;
}

/* Files that only the earlier ledger of the same version knows: signatures of bytes that are gone.
 */
static int remove_stale(struct store *s, struct err *e) {
    if (!is_version(&s->settled, s->next.name, s->next.version))
        return OK;
    for (size_t i = 0; i < s->settled.n; i++) {
        struct str name = s->settled.v[i].name;

        if (!release_find(&s->next, name) && fsys_unlink(s->dist.fd, str_z(s->mem, name), e))
            return (int)e->code;
    }
    return OK;
}

static int settle_files(struct store *s, struct err *e) {
    struct moved *m = arena_array(s->mem, s->next.n + 1, sizeof *m);
    size_t n = 0;

    for (size_t i = 0; i < s->next.n; i++) {
        int rc;

        m[n].name = s->next.v[i].name;
        rc = move_in(s, m[n].name, &m[n].in, &m[n].old, e);
        n++;
        if (rc) {
            move_back(s, m, n);
            return rc;
        }
    }
    if (ledger_write(s->dist.fd, store_ledger, &s->next, e)) {
        move_back(s, m, n);
        return (int)e->code;
    }
    return OK;
}

/* Files that an earlier run staged and this one had no use for. */
static int empty_stage(struct store *s, struct err *e) {
    struct fsys_name *names;
    size_t n;

    if (fsys_list(s->stage.fd, ".", s->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (fsys_remove_tree(s->stage.fd, names[i].name.p, e))
            return (int)e->code;
    return OK;
}

static int settle_end(struct store *s, struct err *e) {
    if (remove_stale(s, e) || empty_stage(s, e) || fsys_remove_tree(s->state.fd, "old", e) ||
        fsys_unlink(s->state.fd, store_pending, e) || fsys_unlink(s->state.fd, "stage.json", e))
        return (int)e->code;
    s->settled = s->next;
    s->settled.v = arena_array(s->mem, s->next.n + 1, sizeof *s->settled.v);
    if (s->next.n)
        memcpy(s->settled.v, s->next.v, s->next.n * sizeof *s->next.v);
    s->settled.room = s->next.n + 1;
    return OK;
}

/* The ledger that is there already says it all. */
static int is_settled(struct store *s, bool *yes, struct err *e) {
    struct fsys_name *staged;
    struct str old;
    size_t n;
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, LEDGER_FILE_MAX);
    *yes = false;
    if (!s->settled.name.n)
        return OK;
    if (fsys_list(s->stage.fd, ".", s->mem, &staged, &n, e) || ledger_text(&s->next, &text, e) ||
        fsys_read(s->dist.fd, store_ledger, LEDGER_FILE_MAX, s->mem, &old, e))
        return (int)e->code;
    *yes = !n && str_eq(old, buf_get(&text));
    return OK;
}

int store_settle(struct store *s, struct err *e) {
    bool same = false;

    if (is_settled(s, &same, e))
        return err_in(e, "%s", s->path);
    if (same)
        return OK;
    if (ledger_write(s->state.fd, store_pending, &s->next, e) || settle_files(s, e))
        return err_in(e, "%s", s->path);
    if (settle_end(s, e))
        return err_in(e, "%s", s->path);
    return OK;
}

/* A run was killed while it settled: its files go in now. */
static int finish_settling(struct store *s, struct err *e) {
    bool pending = false;

    if (exists(s->state.fd, store_pending, &pending, e))
        return (int)e->code;
    if (!pending)
        return OK;
    if (ledger_read(s->state.fd, store_pending, s->mem, &s->next, e)) {
        *e = (struct err){0};
        return fsys_unlink(s->state.fd, store_pending, e);
    }
    return store_settle(s, e);
}

static int open_folders(struct store *s, struct err *e) {
    bool got;

    if (fsys_mkdirs(FSYS_HERE, s->path, e) || fsys_dir_open(&s->dist, FSYS_HERE, s->path, e))
        return (int)e->code;
    if (fsys_mkdirs(s->dist.fd, ".slipway/stage", e) ||
        fsys_dir_open(&s->state, s->dist.fd, ".slipway", e) ||
        fsys_dir_open(&s->stage, s->dist.fd, ".slipway/stage", e) ||
        fsys_lock(&s->lock, s->state.fd, "lock", false, &got, e))
        return err_in(e, "%s", s->path);
    if (!got)
        return err_set(e, E_INPUT,
                       "%s is in use by another run of slipway; wait for it, or choose another "
                       "folder with --dist",
                       s->path);
    return OK;
}

int store_open(struct store *s, const char *path, struct arena *mem, struct err *e) {
    *s = STORE_NONE;
    s->path = path;
    s->mem = mem;
    s->made.mem = mem;
    s->next.mem = mem;
    s->settled.mem = mem;
    if (open_folders(s, e))
        return (int)e->code;
    if (read_ledger(s->dist.fd, store_ledger, mem, &s->settled, e))
        return err_in(e, "%s (remove it to start anew)", path);
    if (made_read(s, e) || finish_settling(s, e))
        return err_in(e, "%s", path);
    return OK;
}

void store_drop(struct store *s) {
    fsys_dir_drop(&s->stage);
    fsys_dir_drop(&s->state);
    fsys_dir_drop(&s->dist);
    fsys_lock_drop(&s->lock);
}

/* A run that was killed, or failed, between a file and its note: what it says of the file is of
 * another one. It is made again. */
static void drop_unnoted(struct store *s) {
    struct err ignored = {0};
    struct fsys_name *v;
    struct fsys_stat st;
    size_t n;

    if (fsys_list(s->stage.fd, ".", s->mem, &v, &n, &ignored))
        return;
    for (size_t i = 0; i < n; i++) {
        const struct artifact *a = release_find(&s->next, v[i].name);
        const char *z = str_z(s->mem, v[i].name);

        if (!fsys_lstat(s->stage.fd, z, &st, &ignored) && st.kind == FSYS_FILE &&
            (!a || a->size != st.size) && fsys_unlink(s->stage.fd, z, &ignored))
            return;
    }
}

void store_begin(struct store *s, struct str name, struct str title, struct str version,
                 struct str channel, int64_t time) {
    struct release staged = {.mem = s->mem};
    struct release *from = &s->settled;
    struct err ignored = {0};

    if (!read_ledger(s->state.fd, "stage.json", s->mem, &staged, &ignored) &&
        is_version(&staged, name, version))
        from = &staged;
    s->next = (struct release){.mem = s->mem,
                               .name = name,
                               .title = title,
                               .version = version,
                               .channel = channel,
                               .time = time};
    if (is_version(from, name, version))
        for (size_t i = 0; i < from->n; i++)
            release_add(&s->next, &from->v[i]);
    drop_unnoted(s);
}

static int find_file(struct store *s, struct str name, int *dir, struct fsys_stat *st,
                     struct err *e) {
    const char *z = str_z(s->mem, name);

    *dir = s->stage.fd;
    if (fsys_lstat(s->stage.fd, z, st, e))
        return (int)e->code;
    if (st->kind == FSYS_FILE)
        return OK;
    *dir = s->dist.fd;
    return fsys_lstat(s->dist.fd, z, st, e);
}

const struct artifact *store_have(struct store *s, struct str name, struct str key) {
    const struct store_made *m = map_get(&s->made, name);
    const struct artifact *a = release_find(&s->next, name);
    struct err ignored = {0};
    struct fsys_stat st;
    int dir;

    if (s->force || !m || !a || !str_eq(m->key, key) || find_file(s, name, &dir, &st, &ignored))
        return NULL;
    if (st.kind != FSYS_FILE || st.size != a->size || st.size != m->size || st.ino != m->ino ||
        st.mtime != m->mtime || st.mtime_ns != m->mtime_ns)
        return NULL;
    return a;
}

int store_file(struct store *s, struct str name, struct outfile *f, struct err *e) {
    if (!name.n || str_find(name, '/') != name.n)
        return err_set(e, E_BUG, "\"" STR_F "\" is no name for an artifact", STR_A(name));
    return outfile_open(f, s->stage.fd, str_z(s->mem, name), e);
}

int store_put(struct store *s, const struct artifact *a, struct str key, struct err *e) {
    struct store_made *m = made_note(s, a->name);
    struct fsys_stat st;

    if (fsys_lstat(s->stage.fd, str_z(s->mem, a->name), &st, e))
        return (int)e->code;
    m->key = str_dup(s->mem, key);
    m->size = st.size;
    m->ino = st.ino;
    m->mtime = st.mtime;
    m->mtime_ns = st.mtime_ns;
    release_remove(&s->next, a->name);
    release_add(&s->next, a);
    if (made_write(s, e))
        return (int)e->code;
    return ledger_write(s->state.fd, "stage.json", &s->next, e);
}

struct str store_key(const struct store *s, struct str name) {
    const struct store_made *m = map_get(&s->made, name);

    return m ? m->key : (struct str){0};
}

int store_spoil(struct store *s, struct str name, struct err *e) {
    made_note(s, name)->key = STR("spoilt");
    return made_write(s, e);
}

bool store_spoilt(const struct store *s, struct str name) {
    return str_is(store_key(s, name), "spoilt");
}

int store_read(struct store *s, const struct artifact *a, struct infile *f, struct err *e) {
    struct fsys_stat st;
    int dir;

    if (find_file(s, a->name, &dir, &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return err_set(e, E_WRONG, "%s/" STR_F ": is in the ledger but not there", s->path,
                       STR_A(a->name));
    if (st.size != a->size)
        return err_set(e, E_WRONG,
                       "%s/" STR_F ": has %llu bytes, the ledger says %llu: it was changed after "
                       "it was sealed",
                       s->path, STR_A(a->name), (unsigned long long)st.size,
                       (unsigned long long)a->size);
    return infile_open(f, dir, str_z(s->mem, a->name), e);
}
