/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"

/* Secrets of the recipe, which names them by reference only:
 *   env:NAME          an environment variable
 *   file:PATH         a file, relative to the recipe's folder
 *   command:ARGV…     what a program prints, run in the recipe's folder. Split at blanks, no shell;
 *                     '…' and "…" keep blanks together, nothing else is special
 *   gpg:WHICH         a key in the user's own keyring (OpenPGP keys only)
 *   pkcs11:URI        a key in a token (not for OpenPGP) */
enum secret_kind {
    SECRET_NONE, /* not a reference */
    SECRET_ENV,
    SECRET_FILE,
    SECRET_COMMAND,
    SECRET_GPG,
    SECRET_PKCS11
};
enum { SECRET_MAX = 1024 * 1024 };

/* *rest is what follows the colon. */
enum secret_kind secret_kind(struct str reference, struct str *rest);

/* Whether a text is a reference at all: E_RECIPE otherwise, and the message does not show it. The
 * `check` of a recipe's schema (with SCHEMA_SECRET). */
int secret_check(struct str reference, struct err *e);

/* The secrets of a run, so that nothing that is shown can hold one. Empty: `{0}`. Wiped when
 * dropped. */
struct secret_set {
    struct buf *v;
    size_t n, room;
};
void secret_set_drop(struct secret_set *s);

/* Appends the bytes behind a reference (env, file, command) to `out`, which becomes a secret
 * buffer, and notes them in `known` when that is not NULL. E_SIGN when there is nothing behind it,
 * E_RECIPE when it is no reference of these kinds; messages show the reference only. */
int secret_resolve(struct str reference, const char *base_dir, struct secret_set *known,
                   struct buf *out, struct err *e) MUST_USE;

/* What can be told of a reference before it is needed, without a look inside. *why: what is wrong
 * when it is missing. */
enum secret_state { SECRET_THERE, SECRET_MISSING, SECRET_UNKNOWN };
enum secret_state secret_look(struct str reference, const char *base_dir, const char **why);

/* Before a reference is needed: notes in `known` what a variable or a file holds, as far as it can
 * be had by now. True when it is a variable, whose name is *variable then. */
bool secret_foresee(struct str reference, const char *base_dir, struct secret_set *known,
                    struct str *variable);

/* As secret_resolve, for one line of text (a passphrase): the newline at the end goes, others are
 * refused. */
int secret_line(struct str reference, const char *base_dir, struct secret_set *known,
                struct buf *out, struct err *e) MUST_USE;

/* Runs a command as command: has it, with these bytes as its input and variables ("K=V") beside
 * ours, and appends what it prints. E_SIGN with the first line it says on failure. */
int secret_run(struct str command, const char *base_dir, struct str input, const struct str *env,
               size_t n_env, struct buf *out, struct err *e) MUST_USE;

/* Notes a secret and, of one in several lines, each line that is long enough to tell. */
void secret_note(struct secret_set *s, struct str secret);

/* The text with *** for every known secret in it; the text itself when there is none. */
struct str secret_redact(const struct secret_set *s, struct str text, struct arena *a);
