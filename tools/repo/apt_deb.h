/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/digest.h"
#include "os/infile.h"

/* One package in an index: its paragraph and what the index is sorted and searched by, all within
 * the text. */
struct apt_deb {
    struct str text; /* the paragraph, its last newline included */
    struct str name, version, arch, filename;
    struct str sha256; /* hexadecimal; empty in what others wrote without */
    uint64_t size;
};

enum { APT_DEB_CONTROL_MAX = 4 * 1024 * 1024 };

/* Reads a .deb: its control fields as they are, Description last, and Filename, Size, MD5sum and
 * SHA256 of the file before that. `filename` is where it lies below the root, empty: where it
 * belongs, pool/COMPONENT/h/hello/hello_1.0_amd64.deb. `phased`: Phased-Update-Percentage, 0: none.
 * E_INPUT, naming the file, for what is no package or has a broken control file. */
struct apt_deb_opts {
    struct str filename, component;
    unsigned phased;
};
int apt_deb_read(struct infile *f, const struct apt_deb_opts *o, struct arena *mem,
                 struct apt_deb *out, struct err *e) MUST_USE;

/* One paragraph of a Packages file. E_INPUT with `where` when it is none or its Filename leaves the
 * repository. */
int apt_deb_parse(struct str text, const char *where, struct apt_deb *out, struct err *e) MUST_USE;

/* A field's value up to the end of its line; empty when absent. */
struct str apt_deb_field(struct str text, const char *name);

/* A field's name is `z`, in any case. */
bool apt_deb_named(struct str name, const char *z);
