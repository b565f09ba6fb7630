/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cab_unpack.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "io/lzx.h"
#include "io/mszip.h"

#include <string.h>

struct cab_unpack {
    unsigned reserve;
    const struct cab_unpack_folder *folder;
    uint64_t at;   /* of the next block in the cabinet */
    unsigned left; /* blocks */
    uint64_t done; /* bytes of the folder up to the end of the block in `out` */
    size_t n;      /* bytes of that block */
    struct mszip *mszip;
    struct lzx_unpacker *lzx;
    unsigned char in[CAB_DATA_MOST + 4];
    unsigned char room[2 * CAB_DATA_BLOCK]; /* the block before, and the block */
};

struct cab_unpack *cab_unpack_new(unsigned reserve) {
    struct cab_unpack *u = mem_alloc(sizeof *u);

    u->reserve = reserve;
    return u;
}

void cab_unpack_free(struct cab_unpack *u) {
    if (!u)
        return;
    mszip_free(u->mszip);
    lzx_unpacker_free(u->lzx);
    mem_free(u);
}

static int start(struct cab_unpack *u, const struct cab_unpack_folder *f, struct err *e) {
    u->folder = NULL;
    u->at = f->at;
    u->left = f->blocks;
    u->done = u->n = 0;
    switch (f->method & 15) {
    case 0:
        break;
    case 1:
        if (!u->mszip && mszip_new(&u->mszip, 0, e))
            return (int)e->code;
        break;
    case 3:
        lzx_unpacker_free(u->lzx);
        if (lzx_unpacker_new(&u->lzx, f->method >> 8 & 31, e))
            return (int)e->code;
        break;
    case 2:
        return err_set(e, E_INPUT, "is compressed by Quantum, which slipway does not read");
    default:
        return err_set(e, E_INPUT, "is compressed in a way that is not known (%u)", f->method & 15);
    }
    u->folder = f;
    return OK;
}

/* Reads a block into u->in and compares its sum; *n bytes stand for u->n. */
static int read_block(struct cab_unpack *u, const struct cab_in *in, size_t *n, struct err *e) {
    unsigned char h[CAB_DATA_HEAD];
    uint64_t data = u->at + CAB_DATA_HEAD + u->reserve;
    uint32_t sum;

    if (!u->left--)
        return err_set(e, E_INPUT, "its folder ends too early");
    if (data > u->folder->end)
        return err_set(e, E_INPUT, "its folder's bytes end too early");
    if (in->read(in->self, u->at, h, sizeof h, e))
        return (int)e->code;
    sum = bytes_le32(h);
    *n = bytes_le16(h + 4);
    u->n = bytes_le16(h + 6);
    if (*n > CAB_DATA_MOST || !*n || !u->n || u->n > CAB_DATA_BLOCK)
        return err_set(e, E_INPUT, "a block has no size that blocks have");
    if (u->left && u->n != CAB_DATA_BLOCK)
        return err_set(e, E_INPUT, "a block in the middle is too short");
    if (*n > u->folder->end - data)
        return err_set(e, E_INPUT, "its folder's bytes end too early");
    if (in->read(in->self, data, u->in, *n, e))
        return (int)e->code;
    u->at = data + *n;
    if (!sum) /* none was made */
        return OK;
    if (u->reserve) {
        unsigned char more[4 + 255];
        uint32_t got = cab_data_sum(u->in, *n, 0);

        memcpy(more, h + 4, 4);
        if (in->read(in->self, data - u->reserve, more + 4, u->reserve, e))
            return (int)e->code;
        if (cab_data_sum(more, 4 + u->reserve, got) == sum)
            return OK;
    } else if (cab_data_sum(h + 4, 4, cab_data_sum(u->in, *n, 0)) == sum) {
        return OK;
    }
    return err_set(e, E_INPUT, "the sum of a block is wrong");
}

static int next_block(struct cab_unpack *u, const struct cab_in *in, struct err *e) {
    unsigned char *out = u->room + CAB_DATA_BLOCK;
    size_t before = u->n, n;

    memcpy(u->room, out, CAB_DATA_BLOCK); /* all but the last are full */
    if (read_block(u, in, &n, e))
        return (int)e->code;
    switch (u->folder->method & 15) {
    case 0:
        if (n != u->n)
            return err_set(e, E_INPUT, "a stored block has two sizes");
        memcpy(out, u->in, n);
        break;
    case 3:
        if (lzx_unpack(u->lzx, u->in, n, out, u->n, e))
            return (int)e->code;
        break;
    default:
        if (mszip_unpack(u->mszip, u->in, n, out, before, u->n, e))
            return (int)e->code;
    }
    u->done += u->n;
    return OK;
}

int cab_unpack_get(struct cab_unpack *u, const struct cab_in *in, const struct cab_unpack_folder *f,
                   uint64_t at, void *p, size_t n, size_t *got, struct err *e) {
    size_t in_block;

    *got = 0;
    if (u->folder != f && start(u, f, e))
        return (int)e->code;
    if (at < u->done - u->n)
        return err_set(e, E_BUG, "a cabinet is read backwards");
    while (at >= u->done)
        if (next_block(u, in, e)) {
            u->folder = NULL; /* what comes next begins anew, and fails the same way */
            return (int)e->code;
        }
    in_block = (size_t)(at - (u->done - u->n));
    *got = n < u->n - in_block ? n : u->n - in_block;
    memcpy(p, u->room + CAB_DATA_BLOCK + in_block, *got);
    return OK;
}
