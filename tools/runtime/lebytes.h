/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Little-endian numbers out of bytes that lie anywhere. */
static inline uint16_t lebytes_16(const unsigned char *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t lebytes_32(const unsigned char *p) {
    return lebytes_16(p) | (uint32_t)lebytes_16(p + 2) << 16;
}

static inline uint64_t lebytes_64(const unsigned char *p) {
    return lebytes_32(p) | (uint64_t)lebytes_32(p + 4) << 32;
}
