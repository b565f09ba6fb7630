/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#if defined(__GNUC__)
#define PRINTF(a, b) __attribute__((format(printf, a, b)))
#define MUST_USE __attribute__((warn_unused_result))
#define AUTO_CLEANUP(fn) __attribute__((cleanup(fn)))
#else
#define PRINTF(a, b)
#define MUST_USE
#error "a compiler with the cleanup attribute is needed (gcc, clang)"
#endif

/* A variable of `struct type` that `type_drop` gives up when it leaves its scope. */
#define AUTO(type) AUTO_CLEANUP(type##_drop) struct type

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
