/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* Changes package repositories so that no client ever sees half a change: packages first, then the
 * index as a whole by one rename, packages that went only in the next run. */

struct repos_place { /* where a repository's parts lie, all below one folder */
    int dir;
    const char *where; /* that folder's path, for messages */
    const char *root;  /* of the repository, relative to it; "." */
    const char *index; /* the folder that is edited: a private copy already */
};

/* Runs one update of `kind` on the copy of its index. `job` says what to change; its root, where
 * and index are filled in here. What `job->changed` tells is left to the caller to switch in. */
int repos_edit(const struct repository *kind, const struct repos_place *p,
               struct repository_job *job, struct err *e) MUST_USE;

/* A repository on plain files, slipway's or anyone's: locks DIR (waits for another run and says
 * so), clears away what a killed run left, edits a copy of the index and switches it in. After a
 * failure everything is as it was. */
int repos_update(const struct repository *kind, const char *dir, struct repository_job *job,
                 struct err *e) MUST_USE;
