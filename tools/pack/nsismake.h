/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"
#include "os/tmpdir.h"

/* Programs made by makensis, which is a program of its own (Debian: nsis). It works in a folder of
 * ours, in which the files to pack are symlinks to where they lie: no path of this machine and no
 * byte of a name that means something to its language is in the script.
 *
 * Of the processors of Windows it has code for two. What it makes for ARM64 is an x86 program,
 * which Windows there runs too, around files that are what they are. */
struct nsismake {
    const struct pack_job *job;
    const struct tree *pkg;
    struct tmpdir dir;
    struct value *vars; /* what templates see */
    struct str entry;   /* path in the tree, or empty */
};
#define NSISMAKE_NONE ((struct nsismake){.dir = TMPDIR_NONE})

#define NSISMAKE_TOOL "makensis"
#define NSISMAKE_MEND "apt-get install nsis"

/* The keys of a section that nsismake reads; for a table of both formats' keys. */
#define NSISMAKE_KEYS                                                                              \
    {.key = "compression",                                                                         \
     .kind = SCHEMA_WORD,                                                                          \
     .words = nsismake_compressions,                                                               \
     .help = "How the files are packed; lzma without it."},                                        \
        {.key = "solid",                                                                           \
         .kind = SCHEMA_BOOL,                                                                      \
         .help = "All files are packed as one, which is smaller; when each is packed alone, "      \
                 "updates download less. Without this key true for files that have less than "     \
                 "128 KiB on average."},                                                           \
    {                                                                                              \
        .key = "dictionary", .kind = SCHEMA_INT, .min = 1, .max = 256,                             \
        .help = "MiB that lzma looks back, and that unpacking takes of memory; 32 without it."     \
    }

extern const char *const nsismake_compressions[];

/* What both formats check and how they are called, NAME-VERSION-x64SUFFIX. */
int nsismake_check(const struct pack_job *j, struct err *e) MUST_USE;
int nsismake_file_name(const struct pack_job *j, const char *suffix, struct buf *out,
                       struct err *e) MUST_USE;

/* a/b as a\b. */
struct str nsismake_backslashes(struct str path, struct arena *mem);

/* Makes the folder with all that scripts name: install.nsh and remove.nsh (what puts the tree's
 * files below $INSTDIR and takes them away), icon.ico; and the variables. */
int nsismake_open(struct nsismake *m, const struct pack_job *j, const struct tree *pkg,
                  struct err *e) MUST_USE;

/* Renders templates/nsis/NAME into the folder. */
int nsismake_render(struct nsismake *m, const char *name, struct err *e) MUST_USE;

/* Compiles a script of the folder: out.exe there. */
int nsismake_run(struct nsismake *m, const char *script, struct err *e) MUST_USE;

/* Appends what was made to `f`. E_INPUT when a file of the tree changed meanwhile. */
int nsismake_take(struct nsismake *m, struct outfile *f, struct err *e) MUST_USE;
void nsismake_drop(struct nsismake *m);
