/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cfb_image.h"

#include "base/bytes.h"

#include <string.h>

static size_t sector_size(const struct cfb_image *m) {
    return (size_t)1 << m->shift;
}

/* Version 3 ends where programs that count in 31 bits end. */
static int check_size(struct cfb_image *m, struct err *e) {
    if (m->version == 3 && m->n_fat >= ((size_t)1 << (31 - m->shift)) - 1)
        return err_set(e, E_INPUT, "%s: more than the 2 GiB that version 3 of the format holds",
                       m->f->name);
    if (m->n_fat >= CFB_IMAGE_SECTOR_MAX)
        return err_set(e, E_INPUT, "%s: more than a compound file holds", m->f->name);
    return OK;
}

static int append_sector(struct cfb_image *m, uint32_t what, struct err *e) {
    if (check_size(m, e))
        return (int)e->code;
    if (m->n_fat == m->fat_room)
        m->fat =
            arena_regrow(&m->mem, m->fat, m->n_fat, m->n_fat + 1, sizeof *m->fat, &m->fat_room);
    m->fat[m->n_fat++] = what;
    return OK;
}

int cfb_image_take(struct cfb_image *m, uint32_t last, uint32_t *sector, struct err *e) {
    /* osslsigncode takes a chain that goes on in the first sector for a broken one */
    if (last != CFB_IMAGE_END && !m->fat_low && m->n_fat)
        m->fat_low = 1;
    while (m->fat_low < m->n_fat && m->fat[m->fat_low] != CFB_IMAGE_FREE)
        m->fat_low++;
    if (m->fat_low == m->n_fat) {
        if (m->version == 4 && m->n_fat == CFB_IMAGE_LOCK) {
            if (append_sector(m, CFB_IMAGE_END, e))
                return (int)e->code;
            m->fat_low++;
        }
        if (append_sector(m, CFB_IMAGE_FREE, e))
            return (int)e->code;
    }
    *sector = (uint32_t)m->fat_low++;
    m->fat[*sector] = CFB_IMAGE_END;
    if (last != CFB_IMAGE_END)
        m->fat[last] = *sector;
    return OK;
}

/* n bytes into the sectors from `at` on, and zeros up to the end of the last one. */
static int write_run(struct cfb_image *m, uint32_t at, const char *p, size_t n, struct err *e) {
    static const char zeros[4096];
    size_t over = n & (sector_size(m) - 1);

    if (outfile_pwrite(m->f, cfb_image_at(m, at), p, n, e))
        return (int)e->code;
    if (over && outfile_pwrite(m->f, cfb_image_at(m, at) + n, zeros, sector_size(m) - over, e))
        return (int)e->code;
    return OK;
}

int cfb_image_put(struct cfb_image *m, const void *p, size_t n, uint32_t *first, uint32_t *last,
                  struct err *e) {
    const char *from = p;
    uint32_t start = 0;
    size_t run = 0; /* bytes that belong into the sectors from `start` on */

    for (size_t done = 0; done < n;) {
        size_t k = n - done < sector_size(m) ? n - done : sector_size(m);
        uint32_t sector = 0;

        if (cfb_image_take(m, *last, &sector, e))
            return (int)e->code;
        if (run && sector != *last + 1) {
            if (write_run(m, start, from + done - run, run, e))
                return (int)e->code;
            run = 0;
        }
        if (!run)
            start = sector;
        if (*last == CFB_IMAGE_END)
            *first = sector;
        *last = sector;
        run += k;
        done += k;
    }
    return run ? write_run(m, start, from + n - run, run, e) : OK;
}

/* A free small sector, with a sector of the file to lie in. */
static int take_small(struct cfb_image *m, uint32_t last, uint32_t *small, struct err *e) {
    uint32_t sector = 0;

    while (m->mini_low < m->n_mini && m->mini[m->mini_low] != CFB_IMAGE_FREE)
        m->mini_low++;
    if (m->mini_low == m->n_mini) {
        if (m->n_mini == m->mini_room)
            m->mini = arena_regrow(&m->mem, m->mini, m->n_mini, m->n_mini + 1, sizeof *m->mini,
                                   &m->mini_room);
        m->mini[m->n_mini++] = CFB_IMAGE_FREE;
    }
    *small = (uint32_t)m->mini_low++;
    m->mini[*small] = CFB_IMAGE_END;
    if (last != CFB_IMAGE_END)
        m->mini[last] = *small;
    if ((uint64_t)*small << CFB_IMAGE_MINI_SHIFT < (uint64_t)m->n_mini_at << m->shift)
        return OK;
    if (cfb_image_take(m, m->n_mini_at ? m->mini_at[m->n_mini_at - 1] : CFB_IMAGE_END, &sector, e))
        return (int)e->code;
    if (m->n_mini_at == m->mini_at_room)
        m->mini_at = arena_regrow(&m->mem, m->mini_at, m->n_mini_at, m->n_mini_at + 1,
                                  sizeof *m->mini_at, &m->mini_at_room);
    m->mini_at[m->n_mini_at++] = sector;
    return write_run(m, sector, "", 1, e);
}

int cfb_image_put_small(struct cfb_image *m, const void *p, size_t n, uint32_t *first,
                        struct err *e) {
    const char *from = p;
    uint32_t last = CFB_IMAGE_END;

    *first = CFB_IMAGE_END;
    for (size_t done = 0; done < n; done += CFB_IMAGE_MINI) {
        size_t k = n - done < CFB_IMAGE_MINI ? n - done : CFB_IMAGE_MINI;
        char block[CFB_IMAGE_MINI] = {0};
        uint64_t at;
        uint32_t small;

        if (take_small(m, last, &small, e))
            return (int)e->code;
        memcpy(block, from + done, k);
        at = (uint64_t)small << CFB_IMAGE_MINI_SHIFT;
        if (outfile_pwrite(
                m->f, cfb_image_at(m, m->mini_at[at >> m->shift]) + (at & (sector_size(m) - 1)),
                block, sizeof block, e))
            return (int)e->code;
        if (last == CFB_IMAGE_END)
            *first = small;
        last = small;
    }
    return OK;
}

size_t cfb_image_add(struct cfb_image *m, const struct cfb_entry *x) {
    if (m->n_entries == m->entry_room)
        m->entry = arena_regrow(&m->mem, m->entry, m->n_entries, m->n_entries + 1, sizeof *m->entry,
                                &m->entry_room);
    m->entry[m->n_entries] = *x;
    return m->n_entries++;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void entry_bytes(const struct cfb_entry *x, const struct cfb_image_tree *t,
                        unsigned char *p) {
    static const unsigned char kind[] = {[CFB_ROOT] = 5, [CFB_STORAGE] = 1, [CFB_STREAM] = 2};

    memset(p, 0, CFB_IMAGE_ENTRY);
    for (unsigned i = 0; i < x->name.n; i++)
        bytes_put_le16(p + 2 * i, x->name.unit[i]);
    bytes_put_le16(p + 64, (uint16_t)(2 * (x->name.n + 1)));
    p[66] = kind[x->kind];
    p[67] = !t->red;
    bytes_put_le32(p + 68, t->left);
    bytes_put_le32(p + 72, t->right);
    bytes_put_le32(p + 76, t->child);
    memcpy(p + 80, x->clsid, 16);
    bytes_put_le32(p + 96, x->state);
    bytes_put_le64(p + 100, x->created);
    bytes_put_le64(p + 108, x->modified);
    bytes_put_le32(p + 116, x->start);
    bytes_put_le64(p + 120, x->size);
}

/* The directory, filled up with entries that are none. */
static int write_directory(struct cfb_image *m, uint32_t *first, size_t *sectors, struct err *e) {
    AUTO(arena) mem = {0};
    struct cfb_image_tree *tree = arena_array(&mem, m->n_entries, sizeof *tree);
    unsigned char *block = arena_alloc(&mem, sector_size(m));
    size_t per = sector_size(m) / CFB_IMAGE_ENTRY;
    uint32_t last = CFB_IMAGE_END;

    m->entry[0].start = m->n_mini_at ? m->mini_at[0] : CFB_IMAGE_END;
    m->entry[0].size = (uint64_t)m->n_mini << CFB_IMAGE_MINI_SHIFT;
    if (cfb_image_trees(m, tree, e))
        return (int)e->code;
    *sectors = 0;
    for (size_t i = 0; i < m->n_entries; i += per, ++*sectors) {
        for (size_t k = 0; k < per; k++) {
            unsigned char *p = block + k * CFB_IMAGE_ENTRY;

            memset(p, 0, CFB_IMAGE_ENTRY);
            memset(p + 68, 0xff, 12);
            if (i + k < m->n_entries)
                entry_bytes(&m->entry[i + k], &tree[i + k], p);
        }
        if (cfb_image_put(m, block, sector_size(m), first, &last, e))
            return (int)e->code;
    }
    return OK;
}

/* A table of sector numbers into a block of sectors; `fill` behind its end. */
static void table_bytes(const uint32_t *v, size_t n, size_t from, size_t count, unsigned char *p) {
    for (size_t i = 0; i < count; i++)
        bytes_put_le32(p + 4 * i, from + i < n ? v[from + i] : CFB_IMAGE_FREE);
}

static int write_mini(struct cfb_image *m, uint32_t *first, size_t *sectors, struct err *e) {
    AUTO(arena) mem = {0};
    unsigned char *block = arena_alloc(&mem, sector_size(m));
    size_t per = sector_size(m) / 4;
    uint32_t last = CFB_IMAGE_END;

    while (m->n_mini && m->mini[m->n_mini - 1] == CFB_IMAGE_FREE)
        m->n_mini--;
    while (m->n_mini_at && (uint64_t)(m->n_mini_at - 1) << m->shift >=
                               (uint64_t)m->n_mini << CFB_IMAGE_MINI_SHIFT) {
        uint32_t sector = m->mini_at[--m->n_mini_at];

        m->fat[sector] = CFB_IMAGE_FREE;
        if (m->n_mini_at)
            m->fat[m->mini_at[m->n_mini_at - 1]] = CFB_IMAGE_END;
        if (m->fat_low > sector)
            m->fat_low = sector;
    }
    *sectors = 0;
    for (size_t i = 0; i < m->n_mini; i += per, ++*sectors) {
        table_bytes(m->mini, m->n_mini, i, per, block);
        if (cfb_image_put(m, block, sector_size(m), first, &last, e))
            return (int)e->code;
    }
    return OK;
}

struct fat_place { /* the sectors that the table of sectors itself takes, and those that name them
                    */
    uint32_t *fat, *difat;
    size_t n_fat, n_difat, fat_room, difat_room;
};

static int take_for(struct cfb_image *m, uint32_t **v, size_t *n, size_t *room, uint32_t mark,
                    struct err *e) {
    uint32_t sector;

    if (cfb_image_take(m, CFB_IMAGE_END, &sector, e))
        return (int)e->code;
    m->fat[sector] = mark;
    if (*n == *room)
        *v = arena_regrow(&m->mem, *v, *n, *n + 1, sizeof **v, room);
    (*v)[(*n)++] = sector;
    return OK;
}

/* The table must hold the sectors that it takes, too. */
static int place_fat(struct cfb_image *m, struct fat_place *t, struct err *e) {
    size_t per = sector_size(m) / 4;

    for (;;) {
        if (t->n_fat * per < m->n_fat) {
            if (take_for(m, &t->fat, &t->n_fat, &t->fat_room, CFB_IMAGE_FATSECT, e))
                return (int)e->code;
        } else if (CFB_IMAGE_DIFAT + t->n_difat * (per - 1) < t->n_fat) {
            if (take_for(m, &t->difat, &t->n_difat, &t->difat_room, CFB_IMAGE_DIFSECT, e))
                return (int)e->code;
        } else {
            return OK;
        }
    }
}

static int write_fat(struct cfb_image *m, const struct fat_place *t, struct err *e) {
    AUTO(arena) mem = {0};
    unsigned char *block = arena_alloc(&mem, sector_size(m));
    size_t per = sector_size(m) / 4;

    for (size_t i = 0; i < t->n_fat; i++) {
        table_bytes(m->fat, m->n_fat, i * per, per, block);
        if (write_run(m, t->fat[i], (const char *)block, sector_size(m), e))
            return (int)e->code;
    }
    for (size_t i = 0; i < t->n_difat; i++) {
        table_bytes(t->fat, t->n_fat, CFB_IMAGE_DIFAT + i * (per - 1), per - 1, block);
        bytes_put_le32(block + 4 * (per - 1), i + 1 < t->n_difat ? t->difat[i + 1] : CFB_IMAGE_END);
        if (write_run(m, t->difat[i], (const char *)block, sector_size(m), e))
            return (int)e->code;
    }
    return OK;
}

int cfb_image_finish(struct cfb_image *m, struct err *e) {
    static const unsigned char magic[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    unsigned char h[4096] = {0};
    struct fat_place t = {0};
    uint32_t directory = CFB_IMAGE_END, mini = CFB_IMAGE_END;
    size_t n_directory = 0, n_mini = 0;

    if (write_mini(m, &mini, &n_mini, e) || write_directory(m, &directory, &n_directory, e))
        return (int)e->code;
    while (m->n_fat && m->fat[m->n_fat - 1] == CFB_IMAGE_FREE)
        m->n_fat--;
    if (m->fat_low > m->n_fat)
        m->fat_low = m->n_fat;
    if (place_fat(m, &t, e) || write_fat(m, &t, e))
        return (int)e->code;
    memcpy(h, magic, sizeof magic);
    bytes_put_le16(h + 24, 0x3e);
    bytes_put_le16(h + 26, (uint16_t)m->version);
    bytes_put_le16(h + 28, 0xfffe);
    bytes_put_le16(h + 30, (uint16_t)m->shift);
    bytes_put_le16(h + 32, CFB_IMAGE_MINI_SHIFT);
    bytes_put_le32(h + 40, m->version == 4 ? (uint32_t)n_directory : 0);
    bytes_put_le32(h + 44, (uint32_t)t.n_fat);
    bytes_put_le32(h + 48, directory);
    bytes_put_le32(h + 56, CFB_IMAGE_CUTOFF);
    bytes_put_le32(h + 60, mini);
    bytes_put_le32(h + 64, (uint32_t)n_mini);
    bytes_put_le32(h + 68, t.n_difat ? t.difat[0] : CFB_IMAGE_END);
    bytes_put_le32(h + 72, (uint32_t)t.n_difat);
    table_bytes(t.fat, t.n_fat, 0, CFB_IMAGE_DIFAT, h + 76);
    if (outfile_pwrite(m->f, 0, h, sector_size(m), e))
        return (int)e->code;
    return outfile_truncate(m->f, ((uint64_t)m->n_fat + 1) << m->shift, e);
}
