/* SPDX-License-Identifier: MIT */

/* Room that the type 2 specification lays out in an AppImage's program, zeros until what makes the
 * AppImage fills it in. Those tools find it by the names of the sections, so nothing here refers
 * to it, and the linker is told to keep it. */
enum { UPDATE = 1024, SIGNATURE = 1024, KEY = 8192, DIGEST = 16 };

extern const char appsections_update[UPDATE], appsections_signature[SIGNATURE],
    appsections_key[KEY], appsections_digest[DIGEST];

const char appsections_update[UPDATE] __attribute__((section(".upd_info"), aligned(16))) = {0};
const char appsections_signature[SIGNATURE]
    __attribute__((section(".sha256_sig"), aligned(16))) = {0};
const char appsections_key[KEY] __attribute__((section(".sig_key"), aligned(16))) = {0};
const char appsections_digest[DIGEST] __attribute__((section(".digest_md5"), aligned(16))) = {0};
