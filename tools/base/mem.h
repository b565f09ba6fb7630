/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Memory that outgrows or outlives an arena's pattern (growing buffers, worker blocks): the only
 * other door to malloc. mem_alloc zeroes; both end the process when memory runs out. */
void *mem_alloc(size_t n);
void *mem_resize(void *p, size_t n);
void mem_free(void *p);

/* At the start of the process: large pieces go back to the system at once, whatever was given back
 * before. glibc would keep more and more of them, with holes between. */
void mem_start(void);

/* Says so and ends the process with E_BUG: no caller could do better. */
void mem_out(size_t wanted);
