/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* The records of a ZIP archive as bytes (APPNOTE 6.3, section 4.3), for its writer and its reader.
 */
enum {
    ZIP_HEAD_LOCAL = 0x04034b50,
    ZIP_HEAD_CENTRAL = 0x02014b50,
    ZIP_HEAD_END = 0x06054b50,
    ZIP_HEAD_END64 = 0x06064b50,
    ZIP_HEAD_LOCATOR = 0x07064b50,
};
enum {
    ZIP_HEAD_LOCAL_SIZE = 30,
    ZIP_HEAD_CENTRAL_SIZE = 46,
    ZIP_HEAD_END_SIZE = 22,
    ZIP_HEAD_END64_SIZE = 56,
    ZIP_HEAD_LOCATOR_SIZE = 20,
};
enum { ZIP_HEAD_STORED = 0, ZIP_HEAD_DEFLATED = 8 };
enum { ZIP_HEAD_ENCRYPTED = 1, ZIP_HEAD_DESCRIPTOR = 8, ZIP_HEAD_UTF8 = 0x800 };
enum { ZIP_HEAD_UNIX = 3, ZIP_HEAD_MACOS = 19 };
enum { ZIP_HEAD_EXTRA64 = 1, ZIP_HEAD_MAX16 = 0xffff };
#define ZIP_HEAD_MAX32 UINT32_MAX

struct zip_head {
    struct str name;                 /* as written: folders with a slash at the end */
    unsigned made_by, flags, method; /* made_by: of the system that wrote it; only read */
    uint32_t time;                   /* DOS date and time */
    uint32_t crc;
    uint64_t packed, size, at; /* at: of the local header */
    uint32_t attributes;       /* Unix mode << 16 | DOS bits */
};

/* Seconds since 1970 as DOS date and time of UTC, within what it can hold. */
uint32_t zip_head_time(int64_t seconds);

/* A local header: its length depends on name and size alone, so that it can be written again. */
void zip_head_put_local(struct buf *out, const struct zip_head *h);
void zip_head_put_central(struct buf *out, const struct zip_head *h);

/* The end of the archive, for n entries whose directory takes `size` bytes at `at`. */
void zip_head_put_end(struct buf *out, uint64_t n, uint64_t at, uint64_t size);
