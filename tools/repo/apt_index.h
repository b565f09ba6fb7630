/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/apt_deb.h"
#include "repo/apt_release.h"

/* The Packages files of one component: all its packages, each once, with those of architecture all
 * in every architecture's file. */
enum { APT_INDEX_ARCHES = 64 };
enum { APT_INDEX_GZ = 1, APT_INDEX_XZ = 2, APT_INDEX_ZST = 4 };

struct apt_index {
    struct arena *mem;
    struct apt_deb *v;
    size_t n, room;
    struct str arch[APT_INDEX_ARCHES]; /* that have a file already */
    size_t n_arches;
};

/* Reads what there is: Packages, or one of its compressed forms. `suite` is the suite's folder, `r`
 * its Release: a file that is not what it says is E_WRONG; NULL or one that is not there: no check.
 */
int apt_index_load(int suite, const char *where, struct str component, const struct apt_release *r,
                   struct apt_index *ix, struct err *e) MUST_USE;

/* All paragraphs of a Packages file; they stay within `text`. */
int apt_index_parse(struct str text, const char *where, struct apt_index *ix,
                    struct err *e) MUST_USE;

void apt_index_add(struct apt_index *ix, const struct apt_deb *d);

/* By name, version, architecture and path; what is there twice goes. */
void apt_index_sort(struct apt_index *ix);

/* Writes the files of one architecture, compressed in each of `forms`, with their by-hash names,
 * and notes them in `r`. A Packages file that would be the same stays, and so do its forms. */
int apt_index_write(const struct apt_index *ix, int suite, struct str component, struct str arch,
                    unsigned forms, unsigned jobs, struct apt_release *r, bool *changed,
                    struct err *e) MUST_USE;
