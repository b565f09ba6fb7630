/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "io/source.h"

/* cpio in the "newc" form, and the stripped form ("07070X") that rpm has for packages with files
 * over 4 GiB: there an entry is but the number of a file of the header. */
#define CPIO_FILE_MAX 0xfffffffeu /* the largest file that newc can hold */

struct cpio_entry {
    bool stripped;
    uint32_t index; /* stripped: which file; nothing but `size` counts then */
    struct str path;
    uint32_t ino, mode, nlink; /* mode with its type bits */
    int64_t mtime;
    uint64_t size; /* of the content; a stripped entry that was read does not know it */
};

/* The head; the content and cpio_pad follow. */
void cpio_put(struct sink *s, const struct cpio_entry *x);
void cpio_pad(struct sink *s, uint64_t size);
void cpio_end(struct sink *s);

uint64_t cpio_size(const struct cpio_entry *x); /* bytes of head, content and padding */
uint64_t cpio_total(uint64_t entries);          /* the archive, given the sum of cpio_size */

/* The next head; *end at the trailer. E_INPUT when it is damaged. The content and cpio_skip_pad
 * follow. The path lives in the arena. */
int cpio_next(struct source *s, struct arena *mem, struct cpio_entry *x, bool *end,
              struct err *e) MUST_USE;
bool cpio_skip_pad(struct source *s, uint64_t size); /* false: the source has failed */
