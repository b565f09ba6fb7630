/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { INTERRUPT = 3, END = 4, BACK = 8, CLEAR = 21, DELETE = 127 };

/* A character of UTF-8 is taken back whole. */
static void take_back(struct buf *line) {
    while (line->n && ((unsigned char)line->p[--line->n] & 0xc0) == 0x80)
        continue;
}

/* By the descriptor, not by stdio: no copy of it stays in a buffer. The terminal edits no line and
 * sends no signals meanwhile, so that its echo comes back whatever is typed. */
static bool read_line(struct buf *line, bool *stop) {
    char c;
    ssize_t n;

    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n' && c != '\r' && c != END) {
        if (c == INTERRUPT) {
            *stop = true;
            return false;
        }
        if (c == BACK || c == DELETE)
            take_back(line);
        else if (c == CLEAR)
            line->n = 0;
        else
            buf_c(line, c);
    }
    return n == 1 && line->n && !line->over;
}

bool ask_secret(void *self, const char *what, struct buf *secret) {
    struct termios before, quiet;
    bool said, stop = false;

    (void)self;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || tcgetattr(STDIN_FILENO, &before))
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet))
        return false;
    fprintf(stderr, "%s: ", what);
    secret->secret = true;
    said = read_line(secret, &stop);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    if (stop)
        raise(SIGINT);
    return said;
}
