/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "container/pe.h"

/* Where n bytes at an address in memory are in the file; false: not in it, or not together. */
bool pe_rva_at(const struct pe *p, uint32_t rva, uint32_t n, uint64_t *at);
