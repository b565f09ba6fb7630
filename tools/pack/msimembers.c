/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msimembers.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "container/cab.h"
#include "crypto/digest.h"

#include <stdlib.h>
#include <string.h>

enum { NOT_COMPRESSED = 0x2000, PATCH_ADDED = 0x1000, BLOCK = 65536, MD5 = 16 };
enum { FILE_SIZE = 3, FILE_ATTRIBUTES = 6, FILE_SEQUENCE = 7 };
enum { MEDIA_LAST = 1, MEDIA_CABINET = 3 };

struct members {
    const struct cfb_file *c;
    const struct msidb *db;
    struct arena mem;
    struct map files, hashes; /* rows by their key */
    struct map *md5;
    struct digest *sum;
    bool *read; /* which streams were, as cabinets */
};

static const struct msidb_cell *row(const struct msidb_table *t, size_t i) {
    return &t->cell[i * t->n_columns];
}

static void index_rows(const struct members *m, const char *table, struct map *rows) {
    const struct msidb_table *t = msidb_find(m->db, str_of(table));

    for (size_t i = 0; t && i < t->n_rows; i++)
        (void)map_put(rows, t->cell[i * t->n_columns].s, &t->cell[i * t->n_columns]);
}

/* Of an empty file Windows has zeros there, others its MD5: it has no bytes to be wrong. */
static int check_hash(const struct members *m, const struct cab_entry *x, const unsigned char *md5,
                      struct err *e) {
    const struct msidb_cell *h = x->size ? map_get(&m->hashes, x->name) : NULL;

    for (size_t i = 0; h && i < 4; i++)
        if ((uint32_t)h[2 + i].i != bytes_le32(md5 + 4 * i))
            return err_set(e, E_INPUT, "file " STR_F ": its bytes are not those of its hash",
                           STR_A(x->name));
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
    if (source_close(data, e) || digest_next(m->sum, &d, e) || check_hash(m, x, d.md5, e))
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
    if (m->read[i]) /* once, however many rows say so */
        return OK;
    m->read[i] = true;
    cfb_source(&s, &at, m->c, (size_t)i);
    in = cab_from_cfb(&at, m->c->f->name);
    if (cab_read(&in, see, m, e))
        return err_in(e, "cabinet " STR_F, STR_A(name));
    return OK;
}

/* --- which cabinets ----------------------------------------------------------------------------
 */

static int by_last(const void *a, const void *b) {
    const struct msidb_cell *x = *(const struct msidb_cell *const *)a;
    const struct msidb_cell *y = *(const struct msidb_cell *const *)b;

    return (x[MEDIA_LAST].i > y[MEDIA_LAST].i) - (x[MEDIA_LAST].i < y[MEDIA_LAST].i);
}

/* The cabinet in the package that a medium's files lie in; empty: they lie beside it. */
static struct str cabinet_of(const struct msidb_cell *medium) {
    struct str name = medium[MEDIA_CABINET].s;

    return str_starts(name, "#") ? str_cut(name, 1, name.n) : (struct str){0};
}

/* All files that should lie in a cabinet of the package have been seen there. Those of a medium
 * have numbers up to its last one, and above that of the medium before. */
static int complete(struct members *m, const struct msidb_cell **medium, size_t n, struct err *e) {
    const struct msidb_table *t = msidb_find(m->db, STR("File"));

    for (size_t i = 0; t && i < t->n_rows; i++) {
        const struct msidb_cell *f = row(t, i);
        size_t low = 0, high = n;

        if (f[FILE_ATTRIBUTES].kind == MSIDB_INT &&
            f[FILE_ATTRIBUTES].i & (NOT_COMPRESSED | PATCH_ADDED))
            continue;
        while (low < high) {
            size_t mid = low + (high - low) / 2;

            if (medium[mid][MEDIA_LAST].i < f[FILE_SEQUENCE].i)
                low = mid + 1;
            else
                high = mid;
        }
        if (low < n && cabinet_of(medium[low]).n && !map_get(m->md5, f[0].s)) {
            struct str name = cabinet_of(medium[low]);

            return err_set(e, E_INPUT, "file " STR_F " is not in the cabinet " STR_F, STR_A(f[0].s),
                           STR_A(name));
        }
    }
    return OK;
}

static int check_all(struct members *m, struct err *e) {
    const struct msidb_table *t = msidb_find(m->db, STR("Media"));
    const struct msidb_cell **medium;
    size_t n = 0;

    if (!t || t->n_columns <= MEDIA_CABINET)
        return OK;
    index_rows(m, "File", &m->files);
    index_rows(m, "MsiFileHash", &m->hashes);
    m->read = arena_array(&m->mem, m->c->n_entries, sizeof *m->read);
    medium = arena_array(&m->mem, t->n_rows, sizeof *medium);
    for (size_t i = 0; i < t->n_rows; i++)
        if (row(t, i)[MEDIA_LAST].i > 0)
            medium[n++] = row(t, i);
    if (n)
        qsort(medium, n, sizeof *medium, by_last);
    for (size_t i = 0; i < n; i++) {
        struct str name = cabinet_of(medium[i]);

        if (name.n && read_cabinet(m, name, e))
            return (int)e->code;
    }
    return complete(m, medium, n, e);
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
