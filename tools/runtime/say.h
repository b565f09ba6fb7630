/* SPDX-License-Identifier: MIT */
#pragma once

/* One line on stderr: "NAME: text". Names longer than it is proper are cut. */
void say(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
