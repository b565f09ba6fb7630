/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

/* Says hello; with an argument to that name, with a hello:// link to what the link names. */
int main(int argc, char **argv) {
    const char *whom = argc > 1 ? argv[1] : "world";

    if (!strcmp(whom, "--version")) {
        puts("hello " VERSION);
        return 0;
    }
    if (!strncmp(whom, "hello://", 8))
        whom += 8;
    printf("Hello, %s!\n", whom);
    return 0;
}
