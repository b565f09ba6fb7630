/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

/* By the descriptor, not by stdio: no copy of it stays in a buffer. */
static bool read_line(struct buf *line) {
    char c;
    ssize_t n;

    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
        buf_c(line, c);
    return n == 1 && line->n && !line->over;
}

bool ask_secret(void *self, const char *what, struct buf *secret) {
    struct termios before, quiet;
    bool said;

    (void)self;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet))
        return false;
    fprintf(stderr, "%s: ", what);
    secret->secret = true;
    said = read_line(secret);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    return said;
}
