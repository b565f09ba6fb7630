/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

/* Facts of the git work tree that holds a folder, by libgit2; no git program is run. */
struct git_facts {
    bool found;        /* false: not in a repository; the rest is empty */
    struct str commit; /* 40 hex digits, empty in a repository without commits */
    struct str short_commit;
    struct str branch;
    struct str
        tag; /* newest version tag reachable from HEAD, as written ("v1.2.3"); empty if none */
    struct str version;  /* that tag as SemVer without "v" */
    bool exact;          /* the tag is on HEAD */
    int64_t commit_time; /* HEAD's committer time */
    int64_t tag_time;    /* the tagger's time, or the commit's for a light tag */
    struct str previous; /* version tag before `tag`, or empty */
};

struct git_change {
    struct str id, subject, body, author, email;
    int64_t time;
};

int git_facts(const char *dir, struct arena *a, struct git_facts *f, struct err *e) MUST_USE;

/* Do tracked files differ from HEAD? Looks at every one of them, which takes long in a large
 * repository. */
int git_dirty(const char *dir, bool *dirty, struct err *e) MUST_USE;

/* Commits reachable from `to` (a tag or commit) and not from `from` (empty: from the beginning),
 * newest first, merges left out, at most `max`. */
int git_changes(const char *dir, struct str from, struct str to, size_t max, struct arena *a,
                struct git_change **list, size_t *n, struct err *e) MUST_USE;

struct git_tag {
    struct str name, version, message, author, email;
    int64_t time;
};
/* All SemVer tags reachable from HEAD, newest version first by SemVer precedence. */
int git_tags(const char *dir, struct arena *a, struct git_tag **list, size_t *n,
             struct err *e) MUST_USE;
