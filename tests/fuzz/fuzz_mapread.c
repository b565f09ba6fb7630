/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/latest_yml.h"
#include "feed/mapread.h"

/* Block maps as text and compressed, and an update manifest that is compared with an empty ledger.
 */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n) {
    AUTO(arena) a = {0};
    struct str s = {(const char *)p, n};
    struct release r = {.mem = &a, .version = STR("1.0.0")};
    struct report bad = {.mem = &a};
    struct mapread m;
    struct err e = {0};

    if (mapread_json(s, "fuzz", &a, &m, &e))
        e = (struct err){0};
    if (mapread_gzip(s, "fuzz", &a, &m, &e))
        e = (struct err){0};
    return latest_yml_feeder.verify(STR("latest-linux.yml"), s, &r, &bad, "fuzz", &a, &e);
}
