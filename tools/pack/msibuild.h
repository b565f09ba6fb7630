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

/* A component has a registry value as its key, stays when the product goes, is not installed where
 * its key is, is 64-bit code. */
enum {
    MSIBUILD_KEY_REGISTRY = 4,
    MSIBUILD_PERMANENT = 16,
    MSIBUILD_NEVER_OVERWRITE = 128,
    MSIBUILD_64BIT = 256
};
/* Scope BOTH, and it is installed for all users. The installer makes 1 of 2 itself, or nothing. */
#define MSIBUILD_FOR_ALL "ALLUSERS = 1 OR (ALLUSERS = 2 AND NOT MSIINSTALLPERUSER)"
/* Of the registry; SCOPE: the machine's or the user's, as it is installed. */
enum {
    MSIBUILD_ROOT_SCOPE = -1,
    MSIBUILD_ROOT_CLASSES = 0,
    MSIBUILD_ROOT_CURRENT_USER = 1,
    MSIBUILD_ROOT_LOCAL_MACHINE = 2
};

struct msibuild {
    const struct pack_job *j;
    const struct tree *pkg;
    struct arena *mem;
    struct msidb db;
    enum msibuild_scope scope;
    int root;            /* of the registry: the scope's own; MSIBUILD_ROOT_SCOPE: the
                            installer decides */
    bool wide;           /* 64-bit code */
    struct str title;    /* as a file name */
    struct str version;  /* "1.2.3" */
    struct str build;    /* "1.2.3.STAGE": a release is above its pre-releases */
    unsigned stage;      /* 65535: a release */
    struct str language; /* "en": of the dialogs */
    struct str seed;     /* of the GUIDs of components */
    struct str upgrade;  /* GUIDs; product and package are known when all else is */
    struct str product, package;
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

/* A component of its own for what is no file: its key is a value of the user's registry, or of the
 * scope's. No component may hold both what is the user's and what is the machine's (ICE57). Gives
 * its id. */
struct str msibuild_component(struct msibuild *b, const char *what, const char *directory);
struct str msibuild_component_scope(struct msibuild *b, const char *what);
/* Only where the condition holds. */
struct str msibuild_component_when(struct msibuild *b, const char *what, int root,
                                   const char *condition);

/* A text as it is, where the installer would fill in what stands in brackets. */
struct str msibuild_literal(struct arena *mem, struct str text);

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
