/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "model/recipe.h"

/* How each ecosystem spells systems, architectures and versions. Pure. */
const char *names_os(enum os_kind os);    /* linux windows macos */
const char *names_arch(enum arch_kind a); /* x86_64 aarch64 i686 armv7 universal any: as recipes and
                                             release.json write it */
bool names_os_find(struct str s, enum os_kind *os); /* also darwin */
bool names_arch_find(struct str s,
                     enum arch_kind *a);       /* also amd64, x64, arm64, x86, i386, noarch, all */
const char *names_arch_deb(enum arch_kind a);  /* amd64 arm64 i386 armhf - all; NULL: cannot be */
const char *names_arch_rpm(enum arch_kind a);  /* x86_64 aarch64 i686 armv7hl - noarch */
const char *names_arch_node(enum arch_kind a); /* x64 arm64 ia32 armv7l universal - */

struct names_semver { /* SemVer 2.0.0 */
    uint64_t major, minor, patch;
    struct str pre, build;
};
bool names_semver(struct str s, struct names_semver *v);
int names_semver_cmp(struct str a, struct str b); /* precedence, section 11; both valid; <0 0 >0 */

/* 1.2.0-beta.1+b5 -> 1.2.0~beta.1+b5 (deb); 1.2.0~beta.1^b5 or without build for rpm. Characters
 * the system refuses become '.'. */
void names_version_deb(struct str semver, struct str revision,
                       struct buf *out); /* revision "1": left out when empty */
void names_version_rpm(struct str semver, struct buf *out);
/* "latest" for a stable version, else the first letters of the pre-release: "beta" of 1.0.0-beta.2;
 * "pre" when it has none. */
struct str names_channel(struct str semver);

/* Where a path of an application's tree lands on an installed Linux system, with a leading slash:
 * absolute ones stay; below bin sbin lib lib64 libexec share include games: /usr/PATH; others:
 * /usr/lib/NAME/PATH. Returns 0. */
int names_linux_path(const struct recipe *r, struct str path, struct buf *out);

/* The name under which an AppImage's control file stays the same from version to version:
 * "hello-1.2.0-x86_64.AppImage" -> "hello-x86_64.AppImage.zsync". */
struct str names_zsync(struct str file, struct str version, struct arena *mem);
