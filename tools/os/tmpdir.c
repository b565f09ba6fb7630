/* SPDX-License-Identifier: Apache-2.0 */
#include "os/tmpdir.h"

#include "os/envvar.h"
#include "os/fault.h"
#include "os/fsys.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int tmpdir_open(struct tmpdir *d, const char *purpose, struct err *e) {
    return tmpdir_open_in(d, envvar_is_set("TMPDIR") ? envvar_get("TMPDIR") : "/tmp", purpose, e);
}

int tmpdir_open_in(struct tmpdir *d, const char *base, const char *purpose, struct err *e) {
    *d = TMPDIR_NONE;
    if ((size_t)snprintf(d->path, sizeof d->path, "%s/slipway-%s-XXXXXX", base, purpose) >=
        sizeof d->path)
        return err_set(e, E_INPUT, "%s: too long for a temporary folder's path", base);
    if (fault_hit() || !mkdtemp(d->path)) /* 0700 */
        return err_sys(e, "%s: no temporary folder can be made there (TMPDIR)", base);
    d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0) {
        err_sys(e, "%s", d->path);
        rmdir(d->path);
        return (int)e->code;
    }
    return OK;
}

void tmpdir_drop(struct tmpdir *d) {
    struct err ignored = {0};

    if (d->fd < 0)
        return;
    close(d->fd);
    d->fd = -1;
    /* Nothing can be done about a failure here: the folder is private and in the temporary place.
     */
    if (fsys_remove_tree(FSYS_HERE, d->path, &ignored))
        return;
}
