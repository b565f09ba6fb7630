/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What packages of Linux systems have in common. */

/* The application's tree as it lies on an installed system: bin/ sbin/ lib/ … below usr/, other
 * relative paths below usr/lib/NAME/, absolute ones without their slash. Not finished: the format
 * adds its own files first. */
int linux_tree(const struct pack_job *j, const struct tree *app, struct tree *pkg,
               struct err *e) MUST_USE;

enum linux_hook { LINUX_PRE_INSTALL, LINUX_POST_INSTALL, LINUX_PRE_REMOVE, LINUX_POST_REMOVE };
enum linux_dialect { LINUX_DEB, LINUX_RPM };

/* The maintainer script of a hook, from templates/linux/script: the recipe's own script and what
 * services and caches need. Empty when there is nothing to do. A recipe's shell script runs in a
 * subshell when the package is installed or upgraded (pre- and post-install) or removed or purged
 * (pre- and post-remove), not in dpkg's and rpm's further calls; it gets the package manager's
 * arguments and SLIPWAY_ACTION (install, upgrade, remove, purge). A script in another language is
 * taken as it is; E_RECIPE when something else has to run there too. */
int linux_script(const struct pack_job *j, const struct tree *pkg, enum linux_hook hook,
                 enum linux_dialect dialect, struct buf *out, struct err *e) MUST_USE;

/* The text of the recipe's license-file, or empty. */
int linux_license(const struct recipe *r, struct arena *mem, struct str *text,
                  struct err *e) MUST_USE;

/* Refuses values that would break out of a one-line field: newlines and control characters.
 * E_RECIPE. */
int linux_one_line(const struct recipe *r, const char *key, struct str value,
                   struct err *e) MUST_USE;
