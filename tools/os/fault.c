/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fault.h"

#include "os/envvar.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* The one counter of the process: set up by main before any thread starts. */
static atomic_ulong fault_calls;
static unsigned long fault_at;
static bool fault_on, fault_kill;

void fault_setup(const char *value) {
    uint64_t n = 0;

    fault_on = fault_kill = false;
    fault_at = 0;
    if (!value || !*value)
        return;
    if (!strcmp(value, "count"))
        fault_on = true;
    else if (str_starts(str_of(value), "kill:")) {
        fault_on = fault_kill = str_u64(str_of(value + 5), UINT32_MAX, &n) && n;
        fault_at = (unsigned long)n;
    } else if (str_u64(str_of(value), UINT32_MAX, &n) && n) {
        fault_on = true;
        fault_at = (unsigned long)n;
    }
}

bool fault_hit(void) {
    unsigned long n;

    if (!fault_on)
        return false;
    n = atomic_fetch_add(&fault_calls, 1) + 1;
    if (!fault_at || n != fault_at)
        return false;
    if (fault_kill)
        raise(SIGKILL);
    errno = EIO;
    return true;
}

unsigned long fault_count(void) {
    return atomic_load(&fault_calls);
}
