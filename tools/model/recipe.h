/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/tree.h"
#include "text/value.h"

#include <stdint.h>

enum os_kind { OS_LINUX, OS_WINDOWS, OS_MACOS };
enum arch_kind { ARCH_X86_64, ARCH_AARCH64, ARCH_I686, ARCH_ARMV7, ARCH_UNIVERSAL, ARCH_ANY };

struct recipe_files { /* one row of files: */
    struct pos at;
    struct str from, to; /* exactly one of from, link, dir, text says what it is */
    struct str link;     /* makes a symlink with this target */
    bool dir;            /* makes an (empty) folder */
    struct str text;     /* a file with this content */
    bool has_text;
    bool has_mode, has_dir_mode, has_strip;
    uint32_t mode, dir_mode;
    struct str owner, group, role; /* role: config, config-replace, doc, license, ghost, or empty */
    struct str *exclude;           /* globs */
    size_t n_exclude;
    bool strip, follow; /* strip ELF copies; follow symlinks instead of keeping them */
    bool optional;      /* a from that matches nothing is fine */
};

struct recipe_step { /* one row of build: */
    struct pos at;
    struct str name;
    struct str run; /* text for sh -c, or empty: argv */
    struct str *argv;
    size_t n_argv;
    struct str dir;
    struct str *env;
    size_t n_env; /* "K=V" */
    struct str *inputs;
    size_t n_inputs; /* globs */
    struct str *outputs;
    size_t n_outputs; /* globs */
};

struct recipe_service {
    struct pos at;
    struct str name, exec, description, restart, user, type, args, working_dir;
    struct str *env;
    size_t n_env;
    struct str *after;
    size_t n_after;
    bool enable, start; /* default true */
};

struct recipe_protocol {
    struct str scheme;
    struct pos at;
};
struct recipe_assoc {
    struct str extension, mime, description;
};

struct target {
    struct pos at;
    enum os_kind os;
    enum arch_kind arch;
    struct str *formats;
    struct pos *formats_at;
    size_t n_formats;
    struct recipe_files *files;
    size_t n_files;           /* the target's own, after the recipe-wide ones */
    bool strip, has_strip;    /* has_strip: it was written, so it wins over the recipe's */
    const struct value *root; /* the target's map: format sections that win over the recipe's */
    const struct recipe *own; /* the recipe as this target sees it; NULL: as it is */
};

struct recipe {
    const char *file; /* as named by the user */
    const char *dir;  /* absolute folder of the recipe: relative paths start here */
    struct str name, title, id, version, summary, description, vendor, maintainer, homepage,
        license;
    struct str license_file, icon, entry, section, categories,
        release; /* release: package revision, default "1" */
    struct pos at_name, at_version, at_icon, at_entry, at_license_file, at_license;
    int64_t time; /* SOURCE_DATE_EPOCH, else the tag's or commit's time, else 0 with a warning */
    struct recipe_change {
        struct str version, date_text, author;
        int64_t time;
        struct str *items;
        size_t n_items;
    } * changes;
    size_t n_changes; /* newest first; empty without a changelog */
    struct recipe_protocol *protocols;
    size_t n_protocols;
    struct recipe_assoc *associations;
    size_t n_associations;
    bool menu, desktop; /* shortcuts */
    bool terminal;      /* entry is a console program: no .desktop window */
    struct recipe_step *steps;
    size_t n_steps;
    struct recipe_files *files;
    size_t n_files; /* for every target */
    struct recipe_service *services;
    size_t n_services;
    struct {
        struct str pre_install, post_install, pre_remove, post_remove, pre_upgrade, post_upgrade;
    } scripts; /* texts, read from the files */
    struct target *targets;
    size_t n_targets;
    bool strip;
    const struct value *root; /* the whole checked map, variables expanded, extends merged */
    const struct value *vars; /* what {{ }} sees */
};

/* The section of a format or signer for one target: the target's own map laid over the recipe's (a
 * key of the target's wins). NULL: neither has one. */
const struct value *recipe_section(const struct recipe *r, const struct target *t, const char *name,
                                   struct arena *mem);

/* "slipway.yaml:12:7" for messages; the recipe's file when the position is not known. */
const char *recipe_where(const struct recipe *r, struct pos at, struct arena *mem);
bool recipe_placed(const struct recipe *r, const struct err *e); /* does it begin with that? */
