/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Endian loads and stores, the only way bytes become numbers and back. */

static inline uint16_t bytes_le16(const void *p) {
    const unsigned char *b = p;
    return (uint16_t)(b[0] | b[1] << 8);
}
static inline uint32_t bytes_le32(const void *p) {
    const unsigned char *b = p;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
static inline uint64_t bytes_le64(const void *p) {
    return bytes_le32(p) | (uint64_t)bytes_le32((const unsigned char *)p + 4) << 32;
}
static inline uint16_t bytes_be16(const void *p) {
    const unsigned char *b = p;
    return (uint16_t)(b[0] << 8 | b[1]);
}
static inline uint32_t bytes_be32(const void *p) {
    const unsigned char *b = p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}
static inline uint64_t bytes_be64(const void *p) {
    return (uint64_t)bytes_be32(p) << 32 | bytes_be32((const unsigned char *)p + 4);
}
static inline void bytes_put_le16(void *p, uint16_t v) {
    unsigned char *b = p;
    b[0] = (unsigned char)(v & 0xff);
    b[1] = (unsigned char)(v >> 8);
}
static inline void bytes_put_le32(void *p, uint32_t v) {
    unsigned char *b = p;
    for (int i = 0; i < 4; i++)
        b[i] = (unsigned char)(v >> 8 * i & 0xff);
}
static inline void bytes_put_le64(void *p, uint64_t v) {
    unsigned char *b = p;
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)(v >> 8 * i & 0xff);
}
static inline void bytes_put_be16(void *p, uint16_t v) {
    unsigned char *b = p;
    b[0] = (unsigned char)(v >> 8);
    b[1] = (unsigned char)(v & 0xff);
}
static inline void bytes_put_be32(void *p, uint32_t v) {
    unsigned char *b = p;
    for (int i = 0; i < 4; i++)
        b[i] = (unsigned char)(v >> (24 - 8 * i) & 0xff);
}
static inline void bytes_put_be64(void *p, uint64_t v) {
    unsigned char *b = p;
    for (int i = 0; i < 8; i++)
        b[i] = (unsigned char)(v >> (56 - 8 * i) & 0xff);
}
