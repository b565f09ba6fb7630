/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto/cms.h"
#include "crypto/digest.h"
#include "sign/authenticode.h"

#define AUTHENTICODE_INDIRECT "1.3.6.1.4.1.311.2.1.4"
#define AUTHENTICODE_LINK "1.3.6.1.4.1.311.2.1.28" /* what cabinets are signed as, too */
#define AUTHENTICODE_OPUS "1.3.6.1.4.1.311.2.1.12"
#define AUTHENTICODE_STATEMENT "1.3.6.1.4.1.311.2.1.11"
#define AUTHENTICODE_NESTED "1.3.6.1.4.1.311.2.4.1"
#define AUTHENTICODE_STAMP "1.3.6.1.4.1.311.3.3.1"
#define AUTHENTICODE_OLD_STAMP "1.2.840.113549.1.9.6"

/* A file that was read for its signatures. */
struct authenticode_file {
    const struct authenticode_form *form;
    struct infile *in;
    void *self;
    bool keep;             /* the digest is for a signature beside those in it, or for theirs */
    struct str *signature; /* DER, maybe with zeros behind */
    size_t n;
    const char *loose; /* what lies among them and is covered by none; NULL: nothing */
    const char *never; /* why it can have no signature; NULL: it can */
    const char *free;  /* what no signature of this file covers, as the format has it; NULL */
};

/* A kind of file that has signatures inside. */
struct authenticode_form {
    const char *name;
    bool (*sniff)(const void *head, size_t n);
    int (*open)(struct authenticode_file *f, struct arena *mem, struct err *e);
    /* The digests of what a signature covers, `kinds` of them in one read. */
    int (*digest)(struct authenticode_file *f, unsigned kinds, struct digest_set *out,
                  struct err *e);
    /* What is signed, SpcAttributeTypeAndOptionalValue: the same for all files of a kind. */
    struct str (*data)(struct arena *mem);
    /* Puts one signature in the place of all; empty: none. After `digest` of the same file. */
    int (*put)(struct authenticode_file *f, struct outfile *to, struct str der, struct err *e);
};

/* E_INPUT when it is of no kind that we know. `in` has to stay open. */
int authenticode_form_open(struct authenticode_file *f, struct infile *in, struct arena *mem,
                           struct err *e) MUST_USE;

extern const struct authenticode_form authenticode_pe, authenticode_msi, authenticode_cab;

/* SpcLink to no file, with the text that signtool writes too. */
struct str authenticode_obsolete(struct arena *mem);
