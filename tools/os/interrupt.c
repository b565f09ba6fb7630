/* SPDX-License-Identifier: Apache-2.0 */
#include "os/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* A signal handler can reach nothing but a variable of the process. */
static atomic_int interrupt_came;

static void note(int sig) {
    atomic_store(&interrupt_came, sig);
}

void interrupt_setup(void) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < COUNT(signals); i++) {
        struct sigaction now, ours = {.sa_handler = note, .sa_flags = SA_RESETHAND};

        /* What nohup or a shell's & ignores stays ignored. */
        if (!sigaction(signals[i], NULL, &now) && now.sa_handler == SIG_DFL)
            sigaction(signals[i], &ours, NULL);
    }
}

int interrupt_signal(void) {
    return atomic_load(&interrupt_came);
}

int interrupt_check(struct err *e) {
    return interrupt_signal() ? err_set(e, E_INPUT, "interrupted") : OK;
}

void interrupt_finish(void) {
    int sig = interrupt_signal();

    if (!sig)
        return;
    signal(sig, SIG_DFL);
    raise(sig);
}
