/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

/* Says hello to the journal once an hour. */
int main(void) {
    for (;;) {
        puts("Hello from the background.");
        fflush(stdout);
        sleep(3600);
    }
}
