/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/msidb.h"
#include "model/contracts.h"

/* An installer package in the making: what the files of msi* share. */
enum msibuild_scope {
    MSIBUILD_MACHINE, /* for all users, asks for administrator rights */
    MSIBUILD_USER,    /* below the user's own folder, asks for nothing */
    MSIBUILD_BOTH     /* for the user, or with ALLUSERS=1 MSIINSTALLPERUSER="" for all */
};

/* A component is 64-bit code, has a registry value as its key. */
enum { MSIBUILD_KEY_REGISTRY = 4, MSIBUILD_64BIT = 256, MSIBUILD_ROOT_CURRENT_USER = 1 };
enum { MSIBUILD_ROOT_SCOPE = -1 }; /* of the registry: the machine's or the user's */

struct msibuild {
    const struct pack_job *j;
    const struct tree *pkg;
    struct arena *mem;
    struct msidb db;
    enum msibuild_scope scope;
    bool wide;                      /* 64-bit code */
    struct str title;               /* as a file name */
    struct str version;             /* "1.2.3" */
    struct str language;            /* "en": of the dialogs */
    struct str upgrade, product;    /* GUIDs */
    struct str key;                 /* "Software\Vendor\Name": where it keeps its own values */
    const struct tree_entry **file; /* in the order of the cabinet: number i has Sequence i + 1 */
    struct str *file_id;
    size_t n_files;
    struct str entry_id, icon; /* of the program that shortcuts start; icon: empty without one */
};

/* The language of this file: "en" without any in the recipe. */
struct str msibuild_language(const struct pack_job *j);

/* The section's words; the names and GUIDs of the product. E_RECIPE with the position. */
int msibuild_begin(struct msibuild *b, const struct pack_job *j, const struct tree *pkg,
                   struct err *e) MUST_USE;

struct msidb_table *msibuild_table(struct msibuild *b, const char *name);
void msibuild_property(struct msibuild *b, const char *name, struct str value);

/* The component that file number i is. */
struct str msibuild_component_of(const struct msibuild *b, size_t i);

/* A component of its own for what is no file: its key is a registry value. Gives its id. */
struct str msibuild_component(struct msibuild *b, const char *what, const char *directory);

/* A registry value; a NULL name: the key's own. */
void msibuild_registry(struct msibuild *b, int root, struct str key, const char *name,
                       struct str value, struct str component);

/* The first characters of a text, as many as a column holds. */
struct str msibuild_cut(struct str text, size_t most);

/* Has a table, which is small, a row with that first key? */
bool msibuild_has(const struct msibuild *b, const char *table, struct str key);

/* The number of the file with that key. */
size_t msibuild_file(const struct msibuild *b, struct str id);

/* The file of the tree that a recipe's path names, with or without ".exe": its number in b->file;
 * b->n_files when there is none. */
size_t msibuild_program(const struct msibuild *b, struct str path);
