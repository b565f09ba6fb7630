/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/report.h"
#include "model/publisher.h"
#include "model/recipe.h"
#include "model/release.h"
#include "model/schema.h"
#include "os/infile.h"
#include "os/outfile.h"

/* What a format, a signer and a publisher are to the rest of slipway. One table each, in
 * flow/registry.c. */

/* All that a packager may know. */
struct pack_job {
    const struct recipe *recipe; /* with the format's overrides applied */
    const struct target *target;
    const struct value
        *section;      /* the format's own section, checked against its schema; NULL: none */
    unsigned jobs;     /* threads to use; never changes a byte */
    unsigned digests;  /* kinds that other formats want of the same files: made on the only read */
    struct arena *mem; /* scratch for this artifact */
    int spool;         /* folder for spools (the dist folder) */
    size_t variant;    /* which of the files that packager.variants counts */
    void (*tick)(void *self, uint64_t bytes); /* progress, payload bytes read; may be NULL */
    void *tick_self;
    bool (*stop)(void *self); /* is there no use in going on? For what takes long; may be NULL */
    void *stop_self;
    /* Signs, in place, a program that write makes to go into the package: `name` in the open folder
     * `dir`. NULL: such programs are not signed. */
    int (*sign_program)(void *self, int dir, const char *name, struct err *e);
    void *sign_self;
    struct infile *made; /* for packager.beside: the package, finished; else NULL */
};

/* An open key. `sign` reads [at, at+n) of a file. The form is enum pgp_form for OpenPGP. */
struct signer {
    const char *kind; /* "openpgp" */
    void *self;
    struct str fingerprint;
    unsigned algorithm; /* pgp_algorithm */
    int64_t when;       /* time to write into signatures; 0: now */
    int (*sign)(void *self, struct infile *f, uint64_t at, uint64_t n, int form, int64_t when,
                struct buf *sig, struct err *e);
    int (*sign_bytes)(void *self, struct str bytes, int form, int64_t when, struct buf *sig,
                      struct err *e);
    int (*public_key)(void *self, struct buf *armored, struct err *e);
};

enum pack_trait {
    PACK_INNER_SIG = 1,  /* has a signature inside: embed is not NULL */
    PACK_NO_CASE = 2,    /* lands on file systems that fold case: clashes are refused */
    PACK_DIGEST_MD5 = 4, /* write makes these of each file where they are not known yet */
    PACK_DIGEST_SHA256 = 8,
    PACK_DESKTOP =
        16, /* wants the desktop things (share/applications, icons, metainfo) in its tree */
    PACK_UNITS = 32,    /* wants systemd units in its tree */
    PACK_BLOCKMAP = 64, /* gets a block map beside it, NAME.blockmap, for differential updates */
    PACK_BLOCKMAP_INSIDE = 128, /* its block map is appended to it: readers do not mind a tail */
    PACK_ZSYNC = 256,           /* gets a file for zsync beside it */
    PACK_DESKTOP_ALWAYS = 512,  /* with PACK_DESKTOP: cannot be without them, menu entry or not */
    PACK_AUTHENTICODE = 1024,   /* Windows asks who signed it: gets an Authenticode signature */
    PACK_ONE_THREAD = 2048,     /* write takes long and keeps one processor busy: it runs beside the
                                   other formats, and looks at no digests but its own traits' */
};

struct packager {
    const char *name;   /* the word recipes use: "deb" */
    const char *suffix; /* ".deb", to know files by their name */
    unsigned traits;
    unsigned oses;                                /* 1 << OS_LINUX | … */
    const struct schema *schema;                  /* of its section in the recipe */
    size_t (*variants)(const struct pack_job *j); /* files it makes for one target; NULL: one */
    /* Pure; all formats, before the first byte; E_RECIPE with a position. */
    int (*check)(const struct pack_job *j, struct err *e);
    int (*file_name)(const struct pack_job *j, struct buf *out, struct err *e); /* pure */
    int (*layout)(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                  struct err *e); /* reads no files but ELF headers; pkg is finished */
    int (*write)(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                 struct err *e);
    int (*embed)(const struct signer *s, struct outfile *f,
                 struct err *e); /* NULL: nothing inside to sign */
    /* With PACK_BLOCKMAP_INSIDE and a signature that covers the appended map too: what the map is
     * to see in the signature's place, before embed writes it. NULL: embed runs before the map. */
    int (*reserve)(const struct signer *s, struct outfile *f, struct err *e);
    /* Reads a package back, ours or anyone's: entries with kind, mode, size, target and (where the
     * format has them) digests; facts as a map of strings
     * ("Name", "Version", "Architecture", "Signature" …) in display order. Checks every digest the
     * format carries; E_INPUT/E_WRONG with the entry named. */
    int (*list)(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                struct err *e);
    /* A small file beside the package for those who install it: the end of its name, which comes
     * behind the package's, and its text. Reads nothing but j->made. NULL: none. */
    int (*beside)(const struct pack_job *j, struct str file_name, struct str *suffix,
                  struct buf *text, struct err *e);
    bool (*sniff)(const void *head, size_t n); /* is it ours by its first 1024 bytes */
    /* Where those do not tell: is it ours by more of them? NULL: they do. */
    int (*probe)(struct infile *f, bool *is, struct err *e);
    const char *tool, *tool_mend; /* a program that write runs, and how one comes by it; or NULL */
};
