/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "text/value.h"

/* Facts for people, on standard output. Nothing in them steers the terminal. */

/* "  Key: text", a line for each of a list. */
void show_fact(const struct value *v);

/* Signatures inside a file, as authenticode_verify gives them. */
void show_signatures(const struct value *list);
