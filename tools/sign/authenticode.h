/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "crypto/chain.h"
#include "crypto/signkey.h"
#include "model/contracts.h"

/* Authenticode: signatures inside the files of Windows. The recipe's section
 * `sign: authenticode:`. */
extern const struct schema authenticode_schema[];
struct tsp_servers;

struct authenticode { /* an open key and how to sign with it; {0} is empty */
    struct signkey *key;
    struct secret_set known;
    enum digest_kind kind;       /* of the file and of the signature */
    struct tsp_servers *servers; /* for time stamps (crypto/tsp.h) */
    size_t n_servers;            /* 0: no time stamp */
    struct str name, url;        /* what is signed, for people; may be empty */
    /* Asks a person for the PIN of a token that has none in the section; set before opening, NULL:
     * nobody is asked. False: there is no answer. */
    bool (*ask)(void *self, const char *what, struct buf *secret);
    void *ask_self;
    /* What name and url are when the section has none; set before opening. Windows shows a package
     * under a name of numbers otherwise when it asks whether it may be installed. */
    struct str title, homepage;
    bool apart; /* nothing is signed here: what is to be signed waits in the folder `held`, and what
                   was signed elsewhere is taken from there (sign/authenticode_held.h) */
    int held;
};

/* Opens the section's key: relative paths of its references start at `base_dir`. With
 * `certificate_only` its secret half is not looked for. */
int authenticode_open(struct authenticode *a, const struct value *section, const char *base_dir,
                      bool certificate_only, struct arena *mem, struct err *e) MUST_USE;
/* Only its settings, without a key: for attaching. */
int authenticode_servers(struct authenticode *a, const struct value *section, struct arena *mem,
                         struct err *e) MUST_USE;
void authenticode_close(struct authenticode *a);

/* Notes, before anything is opened, what env: and file: references of the section lead to, and
 * names in hide[] the variables; returns how many. */
enum { AUTHENTICODE_HIDE = 4 };
size_t authenticode_foresee(const struct value *section, const char *base_dir,
                            struct secret_set *known, struct str hide[AUTHENTICODE_HIDE]);

/* Whether a reference is to what a program prints, so that only opening tells it. */
bool authenticode_runs(const struct value *section);
/* Whether the key is in another place: nothing is signed while packing then (the section opens with
 * `certificate_only` alone). */
bool authenticode_apart(const struct value *section);

/* Of the certificate that signs: SHA-256, lower-case hex. */
int authenticode_fingerprint(const struct authenticode *a, struct arena *mem, struct str *hex,
                             struct err *e) MUST_USE;
/* Appends, in words, all that decides the bytes of a signature beside the file: certificates,
 * digest, name, address, whether there is a time stamp. For keys of caches; nothing secret. */
int authenticode_note(const struct authenticode *a, struct buf *out, struct err *e) MUST_USE;

/* Can it have a signature of this kind inside, by its first 1024 bytes? */
bool authenticode_sniff(const void *head, size_t n);
/* E_INPUT, too, when it is of such a kind and yet can hold none, as the second cabinet of a set. */
int authenticode_count(struct infile *f, size_t *signatures, struct err *e) MUST_USE;

/* Signs the file in the making in place. Signatures that are there are replaced, or with `append`
 * get this one as a nested one beside them. */
int authenticode_sign(struct authenticode *a, struct outfile *f, bool append,
                      struct err *e) MUST_USE;
/* The same; `name` is what people call the file, where its own is another for now. */
int authenticode_sign_as(struct authenticode *a, struct outfile *f, bool append, const char *name,
                         struct err *e) MUST_USE;

/* Takes all signatures out; *count of them. */
int authenticode_remove(struct outfile *f, size_t *count, struct err *e) MUST_USE;

/* Signing in two steps, for a key that is elsewhere. Prepare writes into the folder NAME.tosign
 * (what is signed), NAME.digest (its digest, raw) and NAME.json (all else); somebody puts
 * NAME.signature beside them, raw or in base64; attach signs the same file with that. `a` has a
 * key without its secret half, for attach only time stamp servers. */
int authenticode_prepare(const struct authenticode *a, struct infile *f, bool append,
                         const char *name, int dir, struct err *e) MUST_USE;
int authenticode_attach(const struct authenticode *a, struct outfile *f, const char *name, int dir,
                        bool append, struct err *e) MUST_USE;

/* All signatures of a file: what is wrong with them goes into `bad`, one line a finding; facts get
 * a list of maps, one a signature. Without roots nothing is said about whom the certificates lead
 * to. `now`: when, for those without a time stamp. */
int authenticode_verify(struct infile *f, const struct chain *roots, int64_t now, struct arena *mem,
                        struct value *facts, size_t *signatures, struct report *bad,
                        struct err *e) MUST_USE;
