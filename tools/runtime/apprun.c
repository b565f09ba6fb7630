/* SPDX-License-Identifier: MIT */
#include "runtime/apprun.h"

#include "runtime/guard.h"
#include "runtime/say.h"
#include "runtime/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, NOT_STARTED = 126, NAME_PART = 6 };

/* What the caller left to signals; the program gets it as it was. */
struct before {
    struct sigaction child;
    sigset_t mask;
};

static void exec_apprun(struct appenv *a, const char *dir, char **argv) {
    char program[PATH_MAX + 8];
    snprintf(program, sizeof program, "%s/AppRun", dir);
    if (!appenv_set(a, dir))
        execv(program, argv);
    say(a->name, "cannot start AppRun: %s", strerror(errno));
}

static int failure(void) {
    return errno == ENOENT ? NOT_FOUND : NOT_STARTED;
}

/* ---- mounted ---- */

static int mount_image(struct appenv *a, struct sqimage *s, struct mounting *m, struct guard *g,
                       const char **why) {
    char prefix[sizeof ".mount_" + NAME_PART];
    snprintf(prefix, sizeof prefix, ".mount_%.*s", NAME_PART, a->name);
    *why = "no folder to mount it at";
    int rc = appenv_temporary(prefix, 0, m->dir);
    if (rc)
        return rc;
    rc = mounting_mount(m, a->name, why);
    if (rc) {
        rmdir(m->dir);
        return rc;
    }
    rc = guard_mount(g, m, s);
    if (rc) {
        *why = "no process to serve it";
        mounting_unmount(m, 1);
        rmdir(m->dir);
    }
    return rc;
}

/* ---- unpacked ---- */

/* What the terminal sends goes to the child too; what a process sends is for this one alone. */
static void passed_on(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    (void)context;
}

static const int passed[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGUSR1,
                             SIGUSR2, SIGCONT, SIGWINCH, SIGALRM};

static void set_of_passed(sigset_t *s) {
    sigemptyset(s);
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        sigaddset(s, passed[i]);
    sigaddset(s, SIGCHLD);
}

/* Waits for the child to end, handing on signals meanwhile. */
static int supervise(pid_t child, const sigset_t *set) {
    int status = 0;
    for (;;) {
        pid_t rc = waitpid(child, &status, WNOHANG);
        if (rc == child || (rc < 0 && errno != EINTR))
            return status;
        siginfo_t info;
        int number = sigwaitinfo(set, &info);
        if (number > 0 && number != SIGCHLD && info.si_code <= 0 && info.si_pid != child)
            kill(child, number);
    }
}

/* Ends as the child did. */
static int end_as(int status) {
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    int number = WTERMSIG(status);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* the child's core is enough */
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
    raise(number);
    return 128 + number;
}

static int start_child(struct appenv *a, const char *dir, char **argv, const struct before *b) {
    struct sigaction all = {.sa_sigaction = passed_on, .sa_flags = SA_SIGINFO};
    struct sigaction olds[sizeof passed / sizeof *passed];
    sigset_t set;
    int refused[2];
    set_of_passed(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    /* A handler, as what is ignored does not come to sigwaitinfo. */
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        sigaction(passed[i], &all, &olds[i]);
    if (pipe2(refused, O_CLOEXEC))
        return NOT_STARTED;
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        say(a->name, "cannot start AppRun: %s", strerror(errno));
        return NOT_STARTED;
    }
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(NOT_STARTED);
        for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
            sigaction(passed[i], &olds[i], NULL);
        sigaction(SIGCHLD, &b->child, NULL);
        sigprocmask(SIG_SETMASK, &b->mask, NULL);
        exec_apprun(a, dir, argv);
        _exit(failure());
    }
    return supervise(child, &set);
}

static int unpack_image(struct appenv *a, struct sqimage *s, const char *dir) {
    struct unpack u = {.image = s};
    int into = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = into < 0 ? -errno : unpack_tree(&u, into);
    if (into >= 0)
        close(into);
    if (rc)
        say(a->name, "cannot unpack to %s: %s%s%s", dir, u.failed, *u.failed ? ": " : "",
            unpack_reason(rc));
    return rc;
}

static int run_unpacked(struct appenv *a, struct sqimage *s, char **argv, const struct before *b,
                        const char *why) {
    char dir[PATH_MAX];
    struct guard g = {-1, -1};
    const char *keep = getenv("NO_CLEANUP");
    int kept = keep && *keep && strcmp(keep, "0");
    int rc = appenv_temporary("appimage_extracted_", 1, dir);
    if (rc) {
        say(a->name, "cannot make a folder in %s to unpack to: %s", dir, strerror(-rc));
        return NOT_FOUND;
    }
    if (!kept && (rc = guard_folder(&g, dir)) != 0) {
        say(a->name, "cannot start a process: %s", strerror(-rc));
        rmdir(dir);
        return NOT_FOUND;
    }
    if (why)
        say(a->name, "cannot be mounted (%s): running from %s", why, dir);
    rc = unpack_image(a, s, dir);
    sqimage_close(s);
    int status = rc ? NOT_FOUND << 8 : start_child(a, dir, argv, b);
    if (!kept && guard_end(&g))
        unpack_remove(dir);
    return end_as(status);
}

int apprun_start(struct appenv *a, struct sqimage *s, char **argv, int unpacked) {
    struct before b;
    struct mounting m;
    struct guard g;
    const char *why = NULL;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &usual, &b.child);
    sigprocmask(SIG_SETMASK, NULL, &b.mask);
    int rc = unpacked || mount_image(a, s, &m, &g, &why);
    sigprocmask(SIG_SETMASK, &b.mask, NULL);
    if (rc)
        return run_unpacked(a, s, argv, &b, why);
    sigaction(SIGCHLD, &b.child, NULL);
    exec_apprun(a, m.dir, argv);
    rc = failure();
    guard_end(&g);
    return rc;
}

/* ---- mounted, for somebody else ---- */

int apprun_mount(struct appenv *a, struct sqimage *s) {
    struct mounting m;
    struct guard g;
    const char *why = NULL;
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t set, before;
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, NULL, &before);
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaddset(&set, ends[i]);
    if (mount_image(a, s, &m, &g, &why)) {
        say(a->name, "cannot be mounted (%s)", why);
        return NOT_FOUND;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        sigaddset(&before, ends[i]);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("%s\n", m.dir);
    fflush(stdout);
    siginfo_t info;
    struct timespec often = {.tv_nsec = 100000000};
    struct pollfd gone = {.fd = g.done, .events = POLLIN};
    int number;
    while ((number = sigtimedwait(&set, &info, &often)) < 0)
        if (poll(&gone, 1, 0) > 0)
            break;
    guard_end(&g);
    return number < 0 ? 0 : end_as(number);
}
