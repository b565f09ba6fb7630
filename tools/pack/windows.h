/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/contracts.h"

/* What installers of Windows have in common. Messages of the checks begin with the position in the
 * recipe. */
enum { WINDOWS_PATH_MAX = 259, WINDOWS_TITLE_MAX = 100, WINDOWS_UUID = 36 };

/* A path that Windows can hold: no reserved names (con, com1.txt), characters, or dots and blanks
 * at the end of a part. E_RECIPE without a position. */
int windows_path_ok(struct str path, struct err *e) MUST_USE;

/* Characters of a text as Windows counts them, in UTF-16. */
size_t windows_length(struct str text);

/* What can be known of the recipe before anything is built: names, version, protocols, the icon and
 * the licence. */
int windows_check(const struct pack_job *j, struct err *e) MUST_USE;

/* The application's tree below the folder that it is installed to, finished: with links made files,
 * and without names that Windows refuses, takes for one or finds too long. */
int windows_tree(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                 struct err *e) MUST_USE;

/* The path of the recipe's entry in a tree made so, "bin/hello.exe" also for "bin/hello"; empty
 * when the recipe has none. */
int windows_entry(const struct pack_job *j, const struct tree *pkg, struct str *entry,
                  struct err *e) MUST_USE;

/* The title as the name of a file or folder: "A/B: C" becomes "A B C". */
struct str windows_file_title(const struct recipe *r, struct arena *mem);

/* 1.2.3-beta.1 is 1.2.3.0: four numbers below 65,536. */
int windows_version(const struct recipe *r, uint16_t v[4], struct err *e) MUST_USE;

/* The recipe's icon as an .ico file; empty when it has none. */
int windows_icon(const struct recipe *r, struct buf *ico, struct err *e) MUST_USE;

/* Archives for Windows: an icon that their programs cannot be given, and names that cannot be
 * unpacked there. */
int windows_archive_check(const struct pack_job *j, struct err *e) MUST_USE;
int windows_archive_tree(const struct pack_job *j, const struct tree *pkg, struct err *e) MUST_USE;

/* The text of the license-file, UTF-8 (also where the file has UTF-16) or RTF; empty when there is
 * none. */
int windows_license(const struct recipe *r, struct arena *mem, struct str *text, bool *rtf,
                    struct err *e) MUST_USE;

/* The version 5 UUID of a name in a name space, both as text (RFC 4122, 4.3), in lower case. */
int windows_uuid(const char *space, struct str name, struct arena *mem, struct str *uuid,
                 struct err *e) MUST_USE;
