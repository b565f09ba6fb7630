/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/client.h"

#include "os/fsys.h"

static bool name_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i && (c == '.' || c == '-' || c == '_' || c == '+'))))
            return false;
    }
    return s.n > 0 && s.n < 200;
}

int client_put(const struct repository_job *j, const char *suffix, struct str text, struct err *e) {
    AUTO(arena) mem = {0};
    bool changed = false;

    if (!name_ok(j->name))
        return err_set(e, E_USAGE,
                       "\"" STR_F "\" cannot be the name of a client's file: letters, digits and "
                       "+ - . _ can",
                       STR_A(j->name));
    return fsys_write_changed(j->root, arena_fmt(&mem, STR_F "%s", STR_A(j->name), suffix), text,
                              0644, &changed, e);
}
