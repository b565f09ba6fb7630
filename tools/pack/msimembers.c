/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msimembers.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "container/cab.h"
#include "crypto/digest.h"

#include <string.h>

enum { NOT_COMPRESSED = 0x2000, PATCH_ADDED = 0x1000, BLOCK = 65536, MD5 = 16 };
enum { FILE_SIZE = 3, FILE_ATTRIBUTES = 6, FILE_SEQUENCE = 7, MEDIA_CABINET = 3 };

struct members {
    const struct cfb_file *c;
    const struct msidb *db;
    struct arena mem;
    struct map files, hashes; /* rows by their key */
    struct map *md5;
    struct digest *sum;
};

static const struct msidb_cell *row(const struct msidb_table *t, size_t i) {
    return &t->cell[i * t->n_columns];
}

static void index_rows(const struct members *m, const char *table, struct map *rows) {
    const struct msidb_table *t = msidb_find(m->db, str_of(table));

    for (size_t i = 0; t && i < t->n_rows; i++)
        (void)map_put(rows, t->cell[i * t->n_columns].s, &t->cell[i * t->n_columns]);
}

static int check_hash(const struct members *m, struct str key, const unsigned char *md5,
                      struct err *e) {
    const struct msidb_cell *h = map_get(&m->hashes, key);

    for (size_t i = 0; h && i < 4; i++)
        if ((uint32_t)h[2 + i].i != bytes_le32(md5 + 4 * i))
            return err_set(e, E_INPUT, "file " STR_F ": its bytes are not those of its hash",
                           STR_A(key));
    return OK;
}

static int see(void *self, const struct cab_entry *x, struct source *data, struct err *e) {
    struct members *m = self;
    const struct msidb_cell *f = map_get(&m->files, x->name);
    struct digest_set d;
    char *block;
    size_t n;

    if (!f) /* the installer takes no notice of it */
        return OK;
    if ((uint64_t)(uint32_t)f[FILE_SIZE].i != x->size)
        return err_set(e, E_INPUT, "file " STR_F ": the cabinet has %llu bytes, table File says %u",
                       STR_A(x->name), (unsigned long long)x->size, (unsigned)f[FILE_SIZE].i);
    block = mem_alloc(BLOCK);
    while ((n = source_get(data, block, BLOCK)) > 0)
        digest_put(m->sum, block, n);
    mem_free(block);
    if (source_close(data, e) || digest_next(m->sum, &d, e) || check_hash(m, x->name, d.md5, e))
        return (int)e->code;
    (void)map_put(m->md5, f[0].s, arena_dup(m->md5->mem, d.md5, MD5));
    return OK;
}

static int read_cabinet(struct members *m, struct str name, struct err *e) {
    struct str packed = msidb_stream_name(&m->mem, name, false);
    ptrdiff_t i = cfb_find(m->c, 0, packed);
    struct source s;
    struct cfb_at at;
    struct cab_in in;

    if (i == CFB_NONE)
        return err_set(e, E_INPUT, "table Media: the package has no cabinet " STR_F, STR_A(name));
    cfb_source(&s, &at, m->c, (size_t)i);
    in = cab_from_cfb(&at, m->c->f->name);
    if (cab_read(&in, see, m, e))
        return err_in(e, "cabinet " STR_F, STR_A(name));
    return OK;
}

/* All files with a number up to the medium's last one, and above `from`, have been seen. */
static int complete(struct members *m, int from, int last, struct str cabinet, struct err *e) {
    const struct msidb_table *t = msidb_find(m->db, STR("File"));

    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *f = row(t, i);

        if (f[FILE_SEQUENCE].i <= from || f[FILE_SEQUENCE].i > last ||
            (f[FILE_ATTRIBUTES].kind == MSIDB_INT &&
             f[FILE_ATTRIBUTES].i & (NOT_COMPRESSED | PATCH_ADDED)))
            continue;
        if (!map_get(m->md5, f[0].s))
            return err_set(e, E_INPUT, "file " STR_F " is not in the cabinet " STR_F, STR_A(f[0].s),
                           STR_A(cabinet));
    }
    return OK;
}

/* The medium with the smallest last number above `from`. */
static const struct msidb_cell *next_medium(const struct msidb_table *t, int from) {
    const struct msidb_cell *best = NULL;

    for (size_t i = 0; i < t->n_rows; i++)
        if (row(t, i)[1].i > from && (!best || row(t, i)[1].i < best[1].i))
            best = row(t, i);
    return best;
}

static int check_all(struct members *m, struct err *e) {
    const struct msidb_table *t = msidb_find(m->db, STR("Media"));
    const struct msidb_cell *x;

    index_rows(m, "File", &m->files);
    index_rows(m, "MsiFileHash", &m->hashes);
    for (int from = 0; t && t->n_columns > MEDIA_CABINET && (x = next_medium(t, from));
         from = x[1].i) {
        struct str cabinet = x[MEDIA_CABINET].s;

        if (x[MEDIA_CABINET].kind != MSIDB_STR || !str_starts(cabinet, "#"))
            continue; /* it lies beside the package */
        cabinet = str_cut(cabinet, 1, cabinet.n);
        if (read_cabinet(m, cabinet, e) || complete(m, from, x[1].i, cabinet, e))
            return (int)e->code;
    }
    return OK;
}

int msimembers_check(const struct cfb_file *c, const struct msidb *db, struct map *md5,
                     struct err *e) {
    struct members m = {.c = c, .db = db, .md5 = md5};

    m.files = m.hashes = (struct map){.mem = &m.mem};
    if (!digest_new(&m.sum, DIGEST_MD5, e))
        (void)check_all(&m, e);
    digest_free(m.sum);
    arena_drop(&m.mem);
    return (int)e->code;
}
