/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* packager.beside: NAME.detection.json, what Configuration Manager, Intune and scripts want to know
 * to install the package and to see whether it is there. */
int msiabout_beside(const struct pack_job *j, struct str file_name, struct str *suffix,
                    struct buf *text, struct err *e) MUST_USE;
