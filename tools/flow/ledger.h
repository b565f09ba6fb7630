/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/release.h"

/* The ledger as a file: release.json with a digest of itself as its last member, so that one
 * changed byte of it is found like one of any other file. */
enum { LEDGER_FILE_MAX = 64 * 1024 * 1024 };

/* The text of release.json, ending in `"seal": "sha256:…"`. */
int ledger_text(const struct release *r, struct buf *text, struct err *e) MUST_USE;

/* Checks the seal and reads the ledger. A broken seal is E_WRONG, what is no ledger E_INPUT. */
int ledger_read(int dir, const char *path, struct arena *mem, struct release *r,
                struct err *e) MUST_USE;

/* The same of a text; `path` names it in messages. */
int ledger_parse(struct str text, const char *path, struct arena *mem, struct release *r,
                 struct err *e) MUST_USE;

/* Writes it atomically. */
int ledger_write(int dir, const char *path, const struct release *r, struct err *e) MUST_USE;
