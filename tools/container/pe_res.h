/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/pe.h"

/* The resources of an executable: read, changed, and written into a copy of it. */
enum { PE_RES_ICON = 3, PE_RES_GROUP_ICON = 14, PE_RES_VERSION = 16, PE_RES_MANIFEST = 24 };
enum { PE_RES_ENGLISH = 1033, PE_RES_MAX = 65536 /* of them in a file */ };

struct pe_res_key {
    uint16_t id;
    struct str name; /* UTF-16; empty: the id */
};

struct pe_res {
    struct pe_res_key type, name;
    uint16_t lang;
    uint32_t codepage, size;
    uint64_t at;      /* in the file that was read */
    struct str fresh; /* p: these bytes instead */
};

struct pe_res_list { /* in order: by type, name, language */
    struct arena *mem;
    struct pe_res *v;
    size_t n, room;
};

/* Those of a file; one without any has an empty list. E_INPUT when they are damaged. */
int pe_res_read(const struct pe *p, struct arena *mem, struct pe_res_list *l,
                struct err *e) MUST_USE;

/* The first of a type, NULL: none. */
const struct pe_res *pe_res_find(const struct pe_res_list *l, uint16_t type);

/* Takes out what has this type and name (any of that type when it is NULL), in all languages. */
void pe_res_remove(struct pe_res_list *l, uint16_t type, const struct pe_res_key *name);
void pe_res_add(struct pe_res_list *l, uint16_t type, struct pe_res_key name, uint16_t lang,
                struct str data);

/* Fills `to`, which is empty, with a copy of the file that has these resources: in their old place
 * where there is room and nothing else is in it, else in a section at the end. What is behind the
 * sections stays there. A signed file is E_INPUT: its signature has to be taken out first. */
int pe_res_write(const struct pe *p, const struct pe_res_list *l, struct outfile *to,
                 struct err *e) MUST_USE;

/* By how much that would move what is behind the sections. E_INPUT when pe_res_write could not. */
int pe_res_shift(const struct pe *p, const struct pe_res_list *l, int64_t *shift,
                 struct err *e) MUST_USE;

/* Programs read their own files: scripts, archives and runtimes travel behind the sections. */
enum pe_res_tail {
    PE_RES_TAIL_FOUND,  /* nothing is there, or it is looked for from the end or by the headers */
    PE_RES_TAIL_PLACED, /* nobody knows how it is found: it has to stay where it is */
    PE_RES_TAIL_SUMMED, /* the program checks its own bytes, so that none may change */
};
int pe_res_tail(const struct pe *p, enum pe_res_tail *t, struct err *e) MUST_USE;

/* --- what people see of a program ------------------------------------------------------------- */

/* The icon that shells show, from an .ico file: its pictures take the place of the first group's.
 * E_INPUT when it is none. */
int pe_res_set_icon(struct pe_res_list *l, struct str ico, struct err *e) MUST_USE;

struct pe_res_string {
    const char *key; /* "ProductName" */
    struct str value;
};
struct pe_res_version {
    uint16_t file[4], product[4];
    bool dll;
    const struct pe_res_string *string; /* in this order; empty values are left out */
    size_t n;
};
int pe_res_set_version(struct pe_res_list *l, const struct pe_res_version *v,
                       struct err *e) MUST_USE;

/* The XML that tells Windows how to run it. E_INPUT when it is none, or not well-formed. */
bool pe_res_xml_ok(struct str xml);
int pe_res_set_manifest(struct pe_res_list *l, struct str xml, bool dll, struct err *e) MUST_USE;
