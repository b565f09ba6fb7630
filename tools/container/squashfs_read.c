/* SPDX-License-Identifier: Apache-2.0 */
#include "container/squashfs.h"

int squashfs_read(struct infile *f, uint64_t at, struct squashfs_facts *facts,
                  int (*see)(void *self, const struct squashfs_entry *x, struct source *data,
                             struct err *e),
                  void *self, struct err *e) {
    (void)at, (void)facts, (void)see, (void)self;
    return err_set(e, E_INPUT, "%s: squashfs images are not read yet", f->name);
}
