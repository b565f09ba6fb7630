/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/map.h"
#include "model/repository.h"
#include "os/fsys.h"
#include "repo/apt_index.h"

/* One suite while it is being changed: its folder in the index, what Release says, and the packages
 * of one component. */
struct apt_suite {
    struct repository_job *job;
    struct fsys_dir dir;
    const char *where; /* "site/apt/dists/stable" */
    struct str name, component;
    struct apt_release old, new;
    struct apt_index index;
    unsigned forms, phased, keep;
    bool changed; /* packages or their files */
};

/* The options of the section. */
int apt_suite_open(struct apt_suite *s, struct repository_job *job, struct err *e) MUST_USE;
void apt_suite_drop(struct apt_suite *s);

/* Writes Release, its signatures and the by-hash files that stay, when there is anything new. */
int apt_suite_close(struct apt_suite *s, struct err *e) MUST_USE;

/* Every Filename that a suite of the index names, apart from the component that `s` changes. */
int apt_suite_others(const struct apt_suite *s, struct map *named, struct err *e) MUST_USE;
