/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs.h"
#include "container/squashfs_disk.h"
#include "io/codec.h"
#include "os/tmpdir.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { BLOCK = 4096, MANY = 3000, MOST = MANY + 64, BIG = 5 * BLOCK + 77 };

struct made { /* an entry and its bytes */
    struct squashfs_entry x;
    const char *p;
};

struct world {
    struct arena mem;
    struct tmpdir dir;
    struct made v[MOST];
    struct squashfs_entry entry[MOST];
    size_t n;
    size_t file, at; /* how far `take` is */
    size_t seen;     /* how far `see` is */
    struct err e;
};

static const struct squashfs_xattr attrs[] = {{{"user.mime", 9}, {"text/plain", 10}},
                                              {{"security.capability", 19}, {"\0\1\2", 3}}};

static struct squashfs_entry *add(struct world *w, const char *path, enum squashfs_kind kind,
                                  const char *p, size_t n) {
    struct made *m = &w->v[w->n++];

    m->p = p;
    m->x = (struct squashfs_entry){.path = str_of(path),
                                   .kind = kind,
                                   .mode = kind == SQUASHFS_DIR ? 0755 : 0644,
                                   .mtime = 1767225600,
                                   .size = n};
    return &m->x;
}

static char *noise(struct arena *mem, size_t n, unsigned seed) {
    char *p = arena_alloc(mem, n);

    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245 + 12345;
        p[i] = (char)(i % 3 ? seed >> 16 : 'x');
    }
    return p;
}

static int setup(void **state) {
    struct world *w = test_calloc(1, sizeof *w);
    char *big, *holes;
    struct squashfs_entry *x;

    *state = w;
    big = noise(&w->mem, BIG, 1);
    holes = arena_alloc(&w->mem, BIG);
    memcpy(holes + 3 * BLOCK, big, BLOCK);
    add(w, "", SQUASHFS_DIR, NULL, 0)->mode = 01777;
    add(w, "a", SQUASHFS_DIR, NULL, 0);
    add(w, "a-b", SQUASHFS_FILE, "between", 7);
    x = add(w, "a/attrs", SQUASHFS_FILE, "attrs", 5);
    x->xattrs = attrs;
    x->n_xattrs = 2;
    x = add(w, "a/big", SQUASHFS_FILE, big, BIG);
    x->mode = 04755;
    x->uid = 1000;
    x->gid = 0xfffffffe;
    add(w, "a/empty", SQUASHFS_FILE, "", 0);
    add(w, "a/full", SQUASHFS_FILE, big + 1, BLOCK);
    add(w, "a/holes", SQUASHFS_FILE, holes, BIG);
    add(w, "a/none", SQUASHFS_DIR, NULL, 0)->xattrs = attrs;
    w->v[w->n - 1].x.n_xattrs = 1;
    add(w, "a/same", SQUASHFS_FILE, big, BIG);
    add(w, "a/small", SQUASHFS_FILE, big, 2000);
    add(w, "a/small2", SQUASHFS_FILE, big, 2000);
    add(w, "a/unlike", SQUASHFS_FILE, big + 1, BIG - 1);
    add(w, "a/zeros", SQUASHFS_FILE, holes, 2 * BLOCK);
    add(w, "a/zeros2", SQUASHFS_FILE, holes, 2 * BLOCK); /* twins without a block on the disk */
    x = add(w, "b", SQUASHFS_FILE, NULL, 5);
    x->link = 4; /* a/attrs, which is where the attributes are */
    x->xattrs = attrs;
    x->n_xattrs = 2;
    x = add(w, "l", SQUASHFS_LINK, NULL, 0);
    x->target = STR("a/big");
    x->mode = 0777;
    add(w, "many", SQUASHFS_DIR, NULL, 0);
    for (size_t i = 0; i < MANY; i++) {
        const char *path = arena_fmt(&w->mem, "many/a-name-of-some-length-%05zu", i);

        add(w, path, SQUASHFS_FILE, path, i % 3 ? strlen(path) : 1);
    }
    add(w, "z", SQUASHFS_FILE, big + 3, 3000);
    return tmpdir_open(&w->dir, "squashfs", &w->e);
}

static int teardown(void **state) {
    struct world *w = *state;

    tmpdir_drop(&w->dir);
    arena_drop(&w->mem);
    test_free(w);
    return 0;
}

/* In pieces that never fit. */
static int take(void *self, uint64_t most, const void **p, size_t *n, struct err *e) {
    struct world *w = self;
    size_t left;

    (void)e;
    while (w->v[w->file].x.link || w->at == w->v[w->file].x.size) {
        w->file++;
        w->at = 0;
    }
    left = w->v[w->file].x.size - w->at;
    *n = left < 1000 ? left : 1000;
    *n = *n < most ? *n : (size_t)most;
    *p = w->v[w->file].p + w->at;
    w->at += *n;
    return OK;
}

static void put(struct world *w, const char *name, struct squashfs_opts *o, uint64_t at) {
    struct squashfs_files files = {.v = w->entry, .n = w->n, .take = take, .self = w};
    struct outfile f;

    for (size_t i = 0; i < w->n; i++)
        w->entry[i] = w->v[i].x;
    w->file = w->at = 0;
    o->spool = w->dir.fd;
    o->mtime = 1767225600;
    assert_int_equal(outfile_open(&f, w->dir.fd, name, &w->e), 0);
    assert_int_equal(outfile_truncate(&f, at, &w->e), 0);
    if (squashfs_write(&f, o, &files, &w->e))
        fail_msg("%s", w->e.msg);
    assert_int_equal((f.size - at) % 4096, 0);
    assert_int_equal(outfile_commit(&f, &w->e), 0);
    outfile_drop(&f);
}

static struct str bytes_of(struct world *w, const char *name) {
    struct str s;

    assert_int_equal(fsys_read(w->dir.fd, name, 1 << 26, &w->mem, &s, &w->e), 0);
    return s;
}

static struct made *find(struct world *w, struct str path) {
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->v[i].x.path, path))
            return &w->v[i];
    return NULL;
}

static int see(void *self, const struct squashfs_entry *x, struct source *data, struct err *e) {
    struct world *w = self;
    const struct made *m = find(w, x->path);
    static char got[BIG + 1];

    (void)e;
    if (!m)
        fail_msg(STR_F, STR_A(x->path));
    assert_int_equal(x->kind, m->x.kind);
    assert_int_equal(x->mode, m->x.mode);
    assert_int_equal(x->uid, m->x.uid);
    assert_int_equal(x->gid, m->x.gid);
    assert_int_equal(x->mtime, m->x.mtime);
    assert_int_equal(x->size, m->x.size);
    assert_true(str_eq(x->target, m->x.target));
    assert_int_equal(x->link != 0, m->x.link != 0);
    assert_int_equal(x->n_xattrs, m->x.n_xattrs);
    for (size_t i = 0; i < x->n_xattrs; i++) {
        assert_true(str_eq(x->xattrs[i].name, m->x.xattrs[i].name));
        assert_true(str_eq(x->xattrs[i].value, m->x.xattrs[i].value));
    }
    w->seen++;
    if (!str_is(x->path, "a/same")) { /* some are left unread */
        assert_int_equal(source_get(data, got, sizeof got), x->size);
        assert_memory_equal(got, m->x.link ? w->v[m->x.link - 1].p : m->p, x->size);
    }
    return OK;
}

static void read_back(struct world *w, const char *name, uint64_t at, enum squashfs_codec codec) {
    AUTO(infile) f = INFILE_NONE;
    struct squashfs_facts facts;

    assert_int_equal(infile_open(&f, w->dir.fd, name, &w->e), 0);
    w->seen = 0;
    if (squashfs_read(&f, at, &facts, see, w, &w->e))
        fail_msg("%s", w->e.msg);
    assert_int_equal(w->seen, w->n);
    assert_int_equal(facts.codec, codec);
    assert_int_equal(facts.block, BLOCK);
    assert_int_equal(facts.inodes, w->n - 1);
    assert_int_equal(facts.mtime, 1767225600);
    assert_true(facts.size <= f.size - at);
}

static void every_codec_reads_back(void **state) {
    struct world *w = *state;

    for (enum squashfs_codec c = SQUASHFS_NONE; c <= SQUASHFS_ZSTD; c++) {
        struct squashfs_opts o = {.codec = c, .block = BLOCK, .jobs = 2};
        struct str all, moved;

        put(w, "image", &o, 0);
        read_back(w, "image", 0, c);
        all = bytes_of(w, "image");
        assert_true(squashfs_sniff(all.p, all.n));
        put(w, "moved", &o, 5000); /* behind an AppImage's runtime: the same image */
        read_back(w, "moved", 5000, c);
        moved = bytes_of(w, "moved");
        assert_true(str_eq(all, str_cut(moved, 5000, moved.n)));
    }
}

static void threads_change_nothing(void **state) {
    struct world *w = *state;
    struct squashfs_opts o = {.codec = SQUASHFS_ZSTD, .level = 3, .block = BLOCK, .jobs = 1};
    struct str one;

    put(w, "image", &o, 0);
    one = bytes_of(w, "image");
    for (unsigned jobs = 2; jobs < 8; jobs += 3) {
        o.jobs = jobs;
        put(w, "image", &o, 0);
        assert_true(str_eq(one, bytes_of(w, "image")));
    }
}

static void options_do_what_they_say(void **state) {
    struct world *w = *state;
    struct squashfs_opts o = {.codec = SQUASHFS_LZ4, .level = 9, .block = BLOCK, .jobs = 1};
    struct squashfs_disk_super s;
    size_t size;
    struct str all;

    put(w, "image", &o, 0);
    all = bytes_of(w, "image");
    squashfs_disk_get_super((const unsigned char *)all.p, &s);
    size = (size_t)s.used;
    assert_true(s.flags & SQUASHFS_DISK_OPTIONS);
    assert_true(s.fragments > 0);
    o.no_duplicates = true;
    put(w, "image", &o, 0);
    read_back(w, "image", 0, SQUASHFS_LZ4);
    all = bytes_of(w, "image");
    assert_true(all.n > size + BIG / 2);
    o.no_fragments = true;
    put(w, "image", &o, 0);
    read_back(w, "image", 0, SQUASHFS_LZ4);
    all = bytes_of(w, "image");
    squashfs_disk_get_super((const unsigned char *)all.p, &s);
    assert_int_equal(s.fragments, 0);
    assert_true(s.flags & SQUASHFS_DISK_NO_FRAGMENTS);
    o = (struct squashfs_opts){.codec = SQUASHFS_XZ, .block = BLOCK, .bcj = CODEC_BCJ_X86};
    put(w, "image", &o, 0);
    read_back(w, "image", 0, SQUASHFS_XZ);
}

/* What one file's change moves: its own blocks and the tables, nothing of the others. */
static void changes_stay_where_they_are(void **state) {
    struct world *w = *state;
    struct squashfs_opts o = {.codec = SQUASHFS_NONE, .block = BLOCK, .jobs = 2};
    struct squashfs_disk_super s;
    struct str was, is;
    size_t unlike = 0;

    put(w, "image", &o, 0);
    was = bytes_of(w, "image");
    find(w, STR("a-b"))->p = "Between";
    put(w, "image", &o, 0);
    is = bytes_of(w, "image");
    squashfs_disk_get_super((const unsigned char *)is.p, &s);
    for (size_t i = 0; i < s.inode_table; i++)
        unlike += was.p[i] != is.p[i];
    assert_int_equal(unlike, 1);
}

static void bad_entries_are_refused(void **state) {
    struct world *w = *state;
    struct squashfs_opts o = {.spool = w->dir.fd};
    struct squashfs_xattr posix = {STR("system.posix_acl_access"), STR("x")};
    struct squashfs_entry v[][2] = {
        {{.path = STR("fifo"), .kind = SQUASHFS_OTHER}, {.path = {0}}},
        {{.path = STR("l"), .kind = SQUASHFS_LINK}, {.path = {0}}},
        {{.path = STR("no/folder"), .kind = SQUASHFS_FILE}, {.path = {0}}},
        {{.path = STR("x"), .kind = SQUASHFS_DIR, .xattrs = &posix, .n_xattrs = 1}, {.path = {0}}},
    };
    struct outfile f;

    for (size_t i = 0; i < COUNT(v); i++) {
        struct squashfs_files files = {.v = v[i], .n = 1, .take = take};

        assert_int_equal(outfile_open(&f, w->dir.fd, "image", &w->e), 0);
        assert_int_not_equal(squashfs_write(&f, &o, &files, &w->e), OK);
        assert_true(str_has(str_of(w->e.msg), v[i][0].path.p));
        outfile_drop(&f);
    }
}

static int ignore(void *self, const struct squashfs_entry *x, struct source *data, struct err *e) {
    char got[512];

    (void)e, (void)self, (void)x;
    while (source_get(data, got, sizeof got) == sizeof got)
        ;
    return OK;
}

/* Damage is an error or goes unseen, and is never worse. */
static void damage_is_survived(void **state) {
    struct world *w = *state;
    struct squashfs_opts o = {.codec = SQUASHFS_NONE, .block = BLOCK};
    unsigned char *p;
    struct str all;
    size_t refused = 0, n;

    w->n = 16; /* without the many */
    put(w, "image", &o, 0);
    all = bytes_of(w, "image");
    p = arena_alloc(&w->mem, all.n);
    memcpy(p, all.p, all.n);
    n = bytes_le64(p + 40);
    for (size_t i = 0; i < n; i = i == SQUASHFS_DISK_SUPER ? bytes_le64(p + 64) : i + 1) {
        struct outfile f;
        AUTO(infile) in = INFILE_NONE;

        assert_int_equal(outfile_spool(&f, w->dir.fd, &w->e), 0);
        p[i] ^= 0xff;
        assert_int_equal(outfile_append(&f, p, i % 5 ? all.n : i, &w->e), 0);
        p[i] ^= 0xff;
        assert_int_equal(outfile_view(&f, &in, &w->e), 0);
        refused += squashfs_read(&in, 0, NULL, ignore, NULL, &w->e) != OK;
        outfile_drop(&f);
    }
    assert_true(refused > 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_codec_reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(options_do_what_they_say, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_stay_where_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_entries_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_survived, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
