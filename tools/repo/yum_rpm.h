/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "os/infile.h"
#include "repo/yum_pkg.h"

/* One .rpm as rpm-md repositories describe it. */
struct yum_rpm {
    struct str
        href; /* where it lies below the root; empty: Packages/h/NAME-VERSION-RELEASE.ARCH.rpm */
    bool file_time; /* its time is that of the file; else when it was built, which is the same
                       wherever the file comes from */
};

enum { YUM_RPM_MAX = 256 * 1024 * 1024 }; /* bytes of a package in one document */

/* Reads a package once: digests, headers and the three pieces of XML, which createrepo_c would
 * write in the same words. `doc` are buffers to append to, `p` gets the facts in `mem`. E_INPUT,
 * E_WRONG for what is no package, is damaged or ends too early. */
int yum_rpm_read(struct infile *f, const struct yum_rpm *how, struct arena *mem, struct yum_pkg *p,
                 struct buf doc[YUM_DOCS], struct err *e) MUST_USE;
