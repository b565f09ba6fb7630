/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "feed/page.h"
#include "text/value.h"

/* The ways to install that the page shows, each with commands to copy, and how to check a file: as
 * templates/site/index.html reads them. */
struct value *page_ways(const struct page_job *j);
struct value *page_ways_verify(const struct page_job *j);
