/* SPDX-License-Identifier: MIT */
#pragma once

/* Whether the program or the working folder of some process lies in the folder. */
int inuse_now(const char *path);

/* Whether some process was given the folder as its APPDIR: a descendant of AppRun, which may be
 * about to start a program from there. */
int inuse_soon(const char *path);
