/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/map.h"

/* Names that Windows Installer wants: identifiers, GUIDs, short file names. All of them come from
 * what they name, so that the next version has the same. */

/* A GUID in capitals and braces: UUID version 5 (RFC 9562, section 5.5) of "WHAT\nID\nTEXT". `what`
 * keeps kinds apart: "component", "product". */
struct str msinames_guid(struct arena *mem, const char *what, struct str id, struct str text);

/* Is it one: {8-4-4-4-12} hexadecimal digits in capitals? */
bool msinames_is_guid(struct str s);

/* An identifier of at most 72 characters: prefix, the end of the text as far as it can be read, and
 * 12 digits of its digest. "f_bin_hello.exe_0123456789AB" */
struct str msinames_id(struct arena *mem, const char *prefix, struct str text);

/* "SHORT~1.TXT|Long name.txt", or the name alone when it is short already. `taken` holds the short
 * names of the folder (in its own arena). */
struct str msinames_file(struct arena *mem, struct map *taken, struct str name);

/* 1.2.3-beta.4 is 1.2.3.N: N tells the pre-release so that later ones are larger, and a release is
 * 1.2.3. E_RECIPE when a part is larger than the installer can hold (255.255.65535). */
int msinames_version(struct str semver, struct buf *out, struct err *e) MUST_USE;

/* That N of a version that msinames_version takes, and for a release one above all of them: 65535.
 */
unsigned msinames_stage(struct str semver);
