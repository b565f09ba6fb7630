/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "feed/page.h"

/* install/install.sh of a published folder: a script for any POSIX shell that installs the archive
 * (tar.zst, tar.xz, tar.gz, zip) made for the machine it runs on, after checking the signed
 * checksums. docs/install-script.md is its manual. */

/* Is there an archive that a script could install? Without one no script is worth publishing. */
bool installer_useful(const struct page_job *j);

/* Appends the script. */
int installer_write(const struct page_job *j, struct buf *script, struct err *e) MUST_USE;
