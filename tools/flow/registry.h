/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"
#include "model/feeder.h"
#include "model/repository.h"
#include "stage/load.h"

/* The tables of everything that slipway can make, sign with and publish to. A new format is one row
 * here. */
const struct packager *registry_packager(struct str word); /* NULL: unknown */
const struct packager *const *registry_packagers(void);    /* NULL-ended */
const struct publisher *registry_publisher(struct str word);
const struct publisher *const *registry_publishers(void);
const struct repository *registry_repository(struct str word);
const struct repository *const *registry_repositories(void);
const struct feeder *const *registry_feeders(void);
const struct load_section *
registry_sections(struct arena *mem); /* what a recipe may hold beside the common keys */
