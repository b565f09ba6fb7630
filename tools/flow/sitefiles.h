/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "flow/run.h"

/* The files of a published folder that are made from all that is in it: the download page, the
 * install script, and site.json, the ledger of everything that is neither a release nor a package.
 * docs/publish-dir.md tells the layout. */

/* A symlink in the published folder that leads into the current generation. E_INPUT when something
 * else is in its place. */
int sitefiles_link(int root, const char *target, const char *path, struct err *e) MUST_USE;

/* Writes them into the coming generation where they differ from what is there. */
int sitefiles_write(struct flow *f, const struct value *row, struct str url, struct str public_key,
                    const struct publish_place *p, bool *changed, struct err *e) MUST_USE;

/* Reads site.json of a published folder; a folder without one gives an empty ledger. */
enum { SITEFILES_KEEP = 20 }; /* releases that the page lists */
