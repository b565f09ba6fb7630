/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/lzx.h"

/* The numbers of LZX that packing and unpacking share. */
enum {
    LZX_CODE_VERBATIM = 1,
    LZX_CODE_ALIGNED = 2,
    LZX_CODE_RAW = 3,
    LZX_CODE_SLOTS = 50,
    LZX_CODE_MAIN = 256 + 8 * LZX_CODE_SLOTS, /* symbols */
    LZX_CODE_LENGTHS = 249,
    LZX_CODE_ALIGNS = 8,
    LZX_CODE_PRE = 20,
    LZX_CODE_BITS = 16, /* of the longest code */
    LZX_CODE_SHORT = 7, /* lengths from here on are in a symbol of their own */
    LZX_CODE_MIN = 2,   /* of a match */
    LZX_CODE_MAX = 257,
    LZX_CODE_E8_SIZE = 12000000, /* what makecab says of every stream */
};
#define LZX_CODE_E8_END (UINT64_C(32768) * LZX_FRAME)

/* Offsets are written as 0, 1, 2: one of the last three; else the offset and 2. */
static inline unsigned lzx_code_slot(uint32_t formatted) {
    unsigned l = 0;

    if (formatted < 4)
        return formatted;
    if (formatted >= 262144)
        return 34 + (formatted >> 17);
    while (formatted >> (l + 1))
        l++;
    return 2 * l + (formatted >> (l - 1) & 1);
}

static inline unsigned lzx_code_extra(unsigned slot) {
    return slot < 4 ? 0 : slot >= 36 ? 17 : slot / 2 - 1;
}

static inline uint32_t lzx_code_base(unsigned slot) {
    if (slot < 4)
        return slot;
    if (slot >= 36)
        return (uint32_t)(slot - 34) << 17;
    return (2 + (slot & 1u)) << (slot / 2 - 1);
}

/* Main symbols at this window. */
static inline unsigned lzx_code_main(unsigned window) {
    static const unsigned char slots[] = {30, 32, 34, 36, 38, 42, 50};

    return 256 + 8u * slots[window - LZX_WINDOW_MIN];
}

/* Lengths of at most `most` bits for symbols that occur freq[] times: complete unless none occurs;
 * at least two get one. */
void lzx_code_lengths(const uint32_t *freq, unsigned n, unsigned most, uint8_t *len);

/* The codes of such lengths. */
void lzx_code_codes(const uint8_t *len, unsigned n, uint16_t *code);
