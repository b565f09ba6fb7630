/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "model/release.h"

/* The download page of a published folder, index.html: one file that works without JavaScript and
 * loads nothing from elsewhere. docs/download-page.md tells what is on it. */

struct page_release {
    struct str version, channel;  /* channel: "latest" or "stable", "beta" … */
    int64_t time;                 /* 0: no date is shown */
    const struct release *ledger; /* what the release holds */
    const char *folder;           /* its place below the page: "releases/v1.0.1" */
};

/* All that page and install script are made of. Nothing else reaches them: same job, same bytes. */
struct page_job {
    const struct recipe *recipe;         /* name, title, summary, description, homepage, license */
    const struct page_release *releases; /* [0] is what is offered, then others, newest first */
    size_t n;                            /* 1 at least */
    struct str url; /* where the folder is served, without a slash at the end; empty: links are
                       relative and there are no commands that need it */
    bool apt, yum;  /* the folder has apt/NAME.sources, yum/NAME.repo; only shown with a url */
    bool script;    /* and install/install.sh */
    struct str fingerprint; /* of the key that signs; empty: unsigned */
    struct str public_key;  /* armored; for the script */
    struct str icon;        /* a small PNG file, see page_icon; empty: none */
    struct arena *mem;
};

/* The recipe's icon as a PNG of PAGE_ICON pixels at most; empty when it has none that can be used
 * (another format). Reads the file. */
enum { PAGE_ICON = 128 };
int page_icon(const struct recipe *r, struct arena *mem, struct str *png, struct err *e) MUST_USE;

/* Appends the page. E_BUG without a release. */
int page_write(const struct page_job *j, struct buf *html, struct err *e) MUST_USE;
