/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/repository.h"

/* Repositories of rpm packages for dnf, yum and zypper (rpm-md). */
extern const struct repository yum_repository;
