/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs.h"

#include "container/squashfs_data.h"
#include "container/squashfs_dirs.h"
#include "container/squashfs_order.h"
#include "container/squashfs_xattr.h"

#include <string.h>

static enum blockcodec_kind block_kind(enum squashfs_codec c) {
    static const enum blockcodec_kind to[] = {
        [SQUASHFS_NONE] = BLOCKCODEC_NONE, [SQUASHFS_GZIP] = BLOCKCODEC_GZIP,
        [SQUASHFS_XZ] = BLOCKCODEC_XZ,     [SQUASHFS_LZ4] = BLOCKCODEC_LZ4,
        [SQUASHFS_ZSTD] = BLOCKCODEC_ZSTD,
    };

    return to[c];
}

const char *squashfs_codec_name(enum squashfs_codec c) {
    return blockcodec_name(block_kind(c));
}

bool squashfs_sniff(const void *head, size_t n) {
    return n >= SQUASHFS_DISK_SUPER && bytes_le32(head) == SQUASHFS_DISK_MAGIC &&
           bytes_le16((const unsigned char *)head + 28) == 4;
}

/* There is no number for none: blocks that are all stored as they are need no codec, and every
 * reader has gzip. */
static uint16_t disk_codec(enum squashfs_codec c) {
    static const uint16_t to[] = {
        [SQUASHFS_NONE] = SQUASHFS_DISK_GZIP, [SQUASHFS_GZIP] = SQUASHFS_DISK_GZIP,
        [SQUASHFS_XZ] = SQUASHFS_DISK_XZ,     [SQUASHFS_LZ4] = SQUASHFS_DISK_LZ4,
        [SQUASHFS_ZSTD] = SQUASHFS_DISK_ZSTD,
    };

    return to[c];
}

/* What the codec's readers must know, or what says how the image was made: lz4 always, others when
 * it is not their default. */
static size_t codec_options(const struct squashfs_image *m, unsigned char *p) {
    enum { LZ4_BLOCKS = 1, LZ4_HC = 1, LZ4_FAST = 2, ZLIB_WINDOW = 15 };
    enum { XZ_X86 = 1, XZ_ARM = 8 };
    int level = m->codec.level, usual = blockcodec_level(m->codec.kind);

    switch (m->o->codec) {
    case SQUASHFS_GZIP:
        bytes_put_le32(p, (uint32_t)level);
        bytes_put_le16(p + 4, ZLIB_WINDOW);
        bytes_put_le16(p + 6, 0);
        return level == usual ? 0 : 8;
    case SQUASHFS_XZ:
        bytes_put_le32(p, m->block);
        bytes_put_le32(p + 4, m->codec.filter == CODEC_BCJ_X86 ? XZ_X86 : XZ_ARM);
        return m->codec.filter == CODEC_PLAIN || m->block < SQUASHFS_DISK_META ? 0 : 8;
    case SQUASHFS_LZ4:
        bytes_put_le32(p, LZ4_BLOCKS);
        bytes_put_le32(p + 4, level > LZ4_FAST ? LZ4_HC : 0);
        return 8;
    case SQUASHFS_ZSTD:
        bytes_put_le32(p, (uint32_t)level);
        return level == usual ? 0 : 4;
    default:
        return 0;
    }
}

static int check_opts(struct squashfs_image *m, struct err *e) {
    const struct squashfs_opts *o = m->o;

    m->block = o->block ? o->block : 128 * 1024;
    if (m->block < SQUASHFS_DISK_BLOCK_LEAST || m->block > SQUASHFS_DISK_BLOCK_MOST ||
        (m->block & (m->block - 1)))
        return err_set(e, E_BUG, "squashfs has no blocks of %u bytes", (unsigned)m->block);
    if (o->codec > SQUASHFS_ZSTD || !blockcodec_level_ok(block_kind(o->codec), o->level))
        return err_set(e, E_BUG, "squashfs: no such codec or level");
    m->codec = (struct blockcodec_opts){
        .kind = block_kind(o->codec),
        .level = o->level ? o->level : blockcodec_level(block_kind(o->codec)),
        .block = m->block,
        .filter = o->bcj == CODEC_BCJ_X86 || o->bcj == CODEC_BCJ_ARM ? (enum codec_filter)o->bcj
                                                                     : CODEC_PLAIN,
    };
    return OK;
}

static int index_of_id(uint32_t id, uint32_t *ids, uint32_t *n, uint16_t *index, struct err *e) {
    uint32_t i = 0;

    while (i < *n && ids[i] != id)
        i++;
    if (i == *n && i == SQUASHFS_DISK_IDS)
        return err_set(e, E_INPUT, "squashfs holds no more than %d users and groups", (int)i);
    if (i == *n)
        ids[(*n)++] = id;
    *index = (uint16_t)i;
    return OK;
}

static int list_ids(struct squashfs_image *m, struct squashfs_meta *table, uint32_t *n,
                    struct err *e) {
    uint32_t *ids = arena_array(&m->mem, SQUASHFS_DISK_IDS, sizeof *ids);

    *n = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct squashfs_entry *x = squashfs_image_entry(m, i);

        if (index_of_id(x->uid, ids, n, &m->node[i].uid, e) ||
            index_of_id(x->gid, ids, n, &m->node[i].gid, e))
            return (int)e->code;
    }
    for (uint32_t i = 0; i < *n; i++) {
        unsigned char id[4];

        bytes_put_le32(id, ids[i]);
        squashfs_meta_put(table, id, sizeof id);
    }
    return OK;
}

static void list_fragments(const struct squashfs_image *m, struct squashfs_meta *table) {
    uint64_t at = m->fragment_at;

    for (size_t i = 0; i < m->n_fragments; i++) {
        unsigned char row[SQUASHFS_DISK_FRAGMENT] = {0};

        bytes_put_le64(row, at);
        bytes_put_le32(row + 8, m->fragment[i]);
        squashfs_meta_put(table, row, sizeof row);
        at += m->fragment[i] & (SQUASHFS_DISK_STORED - 1);
    }
}

/* The pairs, where each set begins in them, and a head that says where they begin. */
static int write_xattrs(struct squashfs_image *m, struct squashfs_meta *pairs,
                        struct squashfs_meta *sets, uint32_t n, uint64_t *at, struct err *e) {
    unsigned char head[16] = {0};
    uint64_t list;

    *at = SQUASHFS_DISK_NONE;
    if (!n)
        return OK;
    bytes_put_le64(head, m->f->size - m->base);
    bytes_put_le32(head + 8, n);
    if (squashfs_meta_end(pairs, m, e))
        return (int)e->code;
    /* The list of blocks has to follow the head at once. */
    if (squashfs_meta_end(sets, m, e))
        return (int)e->code;
    *at = m->f->size - m->base;
    list = *at - sets->out.n;
    if (outfile_append(m->f, head, sizeof head, e))
        return (int)e->code;
    for (size_t i = 0; i < sets->n; i++) {
        unsigned char place[8];

        bytes_put_le64(place, list + sets->at[i]);
        if (outfile_append(m->f, place, sizeof place, e))
            return (int)e->code;
    }
    return OK;
}

struct tables {
    struct blockcodec *codec;
    struct squashfs_meta inodes, lists, fragments, refs, ids, pairs, sets;
};

static uint16_t flags_of(const struct squashfs_image *m, uint32_t sets, bool options) {
    unsigned flags = 0;

    if (m->o->codec == SQUASHFS_NONE)
        flags |= SQUASHFS_DISK_STORED_INODES | SQUASHFS_DISK_STORED_DATA |
                 SQUASHFS_DISK_STORED_FRAGMENTS | SQUASHFS_DISK_STORED_XATTRS |
                 SQUASHFS_DISK_STORED_IDS;
    if (!m->n_fragments)
        flags |= SQUASHFS_DISK_NO_FRAGMENTS;
    if (!m->o->no_duplicates)
        flags |= SQUASHFS_DISK_DUPLICATES;
    if (!sets)
        flags |= SQUASHFS_DISK_NO_XATTRS;
    if (m->o->as_mksquashfs)
        flags |= SQUASHFS_DISK_REFS;
    if (options)
        flags |= SQUASHFS_DISK_OPTIONS;
    return (uint16_t)flags;
}

/* mksquashfs points to an empty table of fragments, too. */
static int write_refs(struct squashfs_image *m, struct squashfs_meta *table,
                      struct squashfs_disk_super *s, struct err *e) {
    struct str refs;

    if (!m->o->as_mksquashfs)
        return OK;
    if (!m->n_fragments)
        s->fragment_table = m->f->size - m->base;
    squashfs_order_refs(m, &m->mem, &refs);
    squashfs_meta_put(table, refs.p, refs.n);
    return squashfs_meta_list(table, m, &s->export_table, e);
}

static int write_tables(struct squashfs_image *m, struct tables *t, struct squashfs_disk_super *s,
                        struct err *e) {
    uint32_t n_sets, n_ids;

    if (squashfs_xattr_write(m, &t->pairs, &t->sets, &n_sets, e) ||
        list_ids(m, &t->ids, &n_ids, e) || squashfs_dirs_write(m, &t->inodes, &t->lists, e))
        return (int)e->code;
    list_fragments(m, &t->fragments);
    s->inode_table = m->f->size - m->base;
    if (squashfs_meta_end(&t->inodes, m, e))
        return (int)e->code;
    s->dir_table = m->f->size - m->base;
    if (squashfs_meta_end(&t->lists, m, e))
        return (int)e->code;
    if (m->n_fragments && squashfs_meta_list(&t->fragments, m, &s->fragment_table, e))
        return (int)e->code;
    if (write_refs(m, &t->refs, s, e) || squashfs_meta_list(&t->ids, m, &s->id_table, e) ||
        write_xattrs(m, &t->pairs, &t->sets, n_sets, &s->xattr_table, e))
        return (int)e->code;
    s->used = m->f->size - m->base;
    s->ids = (uint16_t)n_ids;
    s->root = m->node[0].ref;
    s->flags = (uint16_t)(s->flags | flags_of(m, n_sets, s->flags));
    return OK;
}

static int write_head(struct squashfs_image *m, struct squashfs_disk_super *s, struct err *e) {
    unsigned char p[SQUASHFS_DISK_SUPER + 2 + 16] = {0}, *options = p + SQUASHFS_DISK_SUPER + 2;
    size_t n = codec_options(m, options), size = SQUASHFS_DISK_SUPER;

    if (n) {
        s->flags = SQUASHFS_DISK_OPTIONS;
        bytes_put_le16(options - 2, (uint16_t)(n | SQUASHFS_DISK_META_STORED));
        size += 2 + n;
    }
    return outfile_append(m->f, p, size, e);
}

static int write_super(struct squashfs_image *m, struct squashfs_disk_super *s, struct err *e) {
    static const unsigned char zeros[SQUASHFS_DISK_PAD];
    unsigned char p[SQUASHFS_DISK_SUPER];
    int64_t mtime = m->o->mtime;

    s->inodes = m->inodes;
    s->mtime = mtime < 0 ? 0 : mtime > UINT32_MAX ? UINT32_MAX : (uint32_t)mtime;
    s->block = m->block;
    s->fragments = (uint32_t)m->n_fragments;
    s->codec = disk_codec(m->o->codec);
    while (1u << s->block_log < m->block)
        s->block_log++;
    squashfs_disk_put_super(p, s);
    if (s->used % sizeof zeros &&
        outfile_append(m->f, zeros, sizeof zeros - s->used % sizeof zeros, e))
        return (int)e->code;
    return outfile_pwrite(m->f, m->base, p, sizeof p, e);
}

static int write_image(struct squashfs_image *m, struct tables *t, struct err *e) {
    struct squashfs_disk_super s = {.xattr_table = SQUASHFS_DISK_NONE,
                                    .fragment_table = SQUASHFS_DISK_NONE,
                                    .export_table = SQUASHFS_DISK_NONE};
    struct squashfs_meta *const all[] = {&t->inodes, &t->lists, &t->fragments, &t->refs,
                                         &t->ids,    &t->pairs, &t->sets};
    struct blockcodec_opts small = m->codec;
    int rc;

    if (m->o->as_mksquashfs)
        small.block = SQUASHFS_DISK_META;
    if (squashfs_dirs_link(m, e) || write_head(m, &s, e) || squashfs_data_write(m, e) ||
        blockcodec_new(&t->codec, &small, e))
        return (int)e->code;
    for (size_t i = 0; i < COUNT(all); i++)
        squashfs_meta_init(all[i], t->codec);
    t->inodes.steady =
        !m->o->as_mksquashfs; /* every folder says where the inodes of what is in it lie */
    rc = write_tables(m, t, &s, e);
    for (size_t i = 0; i < COUNT(all); i++)
        squashfs_meta_drop(all[i]);
    blockcodec_free(t->codec);
    return rc ? rc : write_super(m, &s, e);
}

int squashfs_write(struct outfile *f, const struct squashfs_opts *o,
                   const struct squashfs_files *files, struct err *e) {
    struct squashfs_image m = {.o = o, .files = files, .f = f, .base = f->size};
    struct tables *t;
    int rc;

    if (check_opts(&m, e))
        return (int)e->code;
    m.own_root = !files->n || files->v[0].path.n;
    m.root = (struct squashfs_entry){.kind = SQUASHFS_DIR, .mode = 0755, .mtime = o->mtime};
    m.n = files->n + m.own_root;
    m.node = arena_array(&m.mem, m.n, sizeof *m.node);
    for (size_t i = 0; i < m.n; i++)
        m.node[i].fragment = SQUASHFS_DISK_NONE32;
    t = mem_alloc(sizeof *t);
    rc = write_image(&m, t, e);
    mem_free(t);
    arena_drop(&m.mem);
    return rc;
}
