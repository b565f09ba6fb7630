/* SPDX-License-Identifier: Apache-2.0 */
#include "io/lzx_code.h"

#include <stdlib.h>
#include <string.h>

struct leaf {
    uint32_t freq;
    uint16_t symbol;
};

static int by_freq(const void *a, const void *b) {
    const struct leaf *x = a, *y = b;

    if (x->freq != y->freq)
        return x->freq < y->freq ? -1 : 1;
    return x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

/* How many codes there are of each length: Huffman's tree by two queues, the leaves and the nodes
 * in the order they were made. count[] has room for the deepest tree of 656 leaves. */
static void tree_depths(const struct leaf *leaf, unsigned n, unsigned *count) {
    uint32_t weight[LZX_CODE_MAIN];
    uint16_t parent[2 * LZX_CODE_MAIN] = {0}, depth[LZX_CODE_MAIN];
    unsigned l = 0, q = 0, made = 0;

    for (; made + 1 < n; made++) {
        uint32_t sum = 0;

        for (int k = 0; k < 2; k++) {
            if (l < n && (q == made || leaf[l].freq <= weight[q])) {
                sum += leaf[l].freq;
                parent[l++] = (uint16_t)made;
            } else {
                sum += weight[q];
                parent[n + q++] = (uint16_t)made;
            }
        }
        weight[made] = sum;
    }
    depth[made - 1] = 0;
    for (unsigned i = made - 1; i-- > 0;)
        depth[i] = (uint16_t)(depth[parent[n + i]] + 1);
    for (unsigned i = 0; i < n; i++)
        count[depth[parent[i]] + 1]++;
}

/* Codes that are too long become shorter, and others longer until all fit. */
static void limit_depths(unsigned *count, unsigned deepest, unsigned most) {
    uint64_t room = 0;

    for (unsigned i = most + 1; i <= deepest; i++)
        count[most] += count[i];
    for (unsigned i = most; i; i--)
        room += (uint64_t)count[i] << (most - i);
    for (; room != UINT64_C(1) << most; room--) {
        count[most]--;
        for (unsigned i = most - 1; i; i--)
            if (count[i]) {
                count[i]--;
                count[i + 1] += 2;
                break;
            }
    }
}

void lzx_code_lengths(const uint32_t *freq, unsigned n, unsigned most, uint8_t *len) {
    struct leaf leaf[LZX_CODE_MAIN];
    unsigned count[LZX_CODE_MAIN + 1] = {0}, used = 0, at;

    memset(len, 0, n);
    for (unsigned i = 0; i < n; i++)
        if (freq[i])
            leaf[used++] = (struct leaf){freq[i], (uint16_t)i};
    if (!used)
        return;
    if (used == 1) { /* readers want a complete tree */
        len[leaf[0].symbol] = 1;
        len[leaf[0].symbol ? 0 : 1] = 1;
        return;
    }
    qsort(leaf, used, sizeof *leaf, by_freq);
    tree_depths(leaf, used, count);
    limit_depths(count, used, most);
    at = used;
    for (unsigned bits = 1; bits <= most; bits++)
        for (unsigned k = count[bits]; k; k--)
            len[leaf[--at].symbol] = (uint8_t)bits;
}

void lzx_code_codes(const uint8_t *len, unsigned n, uint16_t *code) {
    unsigned next[LZX_CODE_BITS + 2] = {0};

    for (unsigned i = 0; i < n; i++)
        if (len[i])
            next[len[i] + 1]++;
    for (unsigned i = 1; i <= LZX_CODE_BITS + 1; i++)
        next[i] = i > 1 ? (next[i] + next[i - 1]) << 1 : 0;
    for (unsigned i = 0; i < n; i++)
        if (len[i])
            code[i] = (uint16_t)next[len[i]]++;
}
