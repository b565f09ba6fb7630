/* SPDX-License-Identifier: MIT */
#pragma once

#include <limits.h>

/* What an AppImage is called and where it lies. */
struct appenv {
    int fd;              /* of the AppImage, which may be replaced or gone while it runs */
    char path[PATH_MAX]; /* absolute, links followed */
    const char *argv0;   /* how it was called */
    char name[NAME_MAX + 1];
};

/* The AppImage is this program, or the file that TARGET_APPIMAGE names. 0, or an errno negated,
 * and then `path` is what was tried. */
int appenv_find(struct appenv *a, const char *argv0);

/* Tells the program by its environment: APPIMAGE, APPDIR, OWD, ARGV0, and the portable folders
 * beside the AppImage as HOME and XDG_CONFIG_HOME. */
int appenv_set(const struct appenv *a, const char *dir);

/* Makes the folder "PATH.what". */
int appenv_portable(const struct appenv *a, const char *what);

/* A new folder of this user's alone, where temporary files go: TEMP/prefixXXXXXX. `exec`: programs
 * can be started from there. 0, or an errno negated, and then `to` is what was tried. */
int appenv_temporary(const char *prefix, int exec, char to[PATH_MAX]);
