/* SPDX-License-Identifier: MIT */
#include "runtime/guard.h"

#include "runtime/fuseserve.h"
#include "runtime/inuse.h"
#include "runtime/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEEP_AT = 1000, SOON = 20, LATER = 1000, PATIENCE = 300, STARTS = 50 };
#define CLEARING "!" /* said when the last user has gone */
#define CLEARED "."

/* The guard's side. */
struct watch {
    int keep, done,
        term; /* the first says that the program is gone, the last that a SIGTERM came */
};

/* ---- becoming a process of the background ---- */

/* Descriptors that are not ours are somebody's pipe, who waits for its end. */
static void close_others(const int *ours, size_t n) {
    DIR *d = opendir("/proc/self/fd");
    long most = sysconf(_SC_OPEN_MAX);
    int from = 0, to = most > 0 && most < 4096 ? (int)most : 4096;
    for (struct dirent *e; d ? (e = readdir(d)) != NULL : from < to;) {
        int fd = d ? (int)strtol(e->d_name, NULL, 10) : from++,
            mine = fd < 3 || (d && fd == dirfd(d));
        for (size_t i = 0; i < n; i++)
            mine |= ours[i] == fd;
        if (!mine)
            close(fd);
    }
    if (d)
        closedir(d);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        if (null >= 0)
            dup2(null, fd);
        else
            close(fd);
    if (null > 2)
        close(null);
}

static int ignore_signals(void) {
    static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGUSR1,
                                  SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_SETMASK, &term, NULL);
    return signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Twice forked, so that it is nobody's child who might wonder. 1 in the new process. */
static int detach(void) {
    pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child) {
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EAGAIN;
    }
    setsid();
    child = fork();
    if (child)
        _exit(child < 0);
    return 1;
}

/* The program's end of the pipe that keeps the guard waiting: where scripts do not use numbers. */
static int out_of_the_way(int fd) {
    int far = fcntl(fd, F_DUPFD, KEEP_AT);
    if (far < 0)
        far = fcntl(fd, F_DUPFD, 100);
    if (far < 0)
        return fcntl(fd, F_SETFD, 0) ? -errno : fd;
    close(fd);
    return far;
}

/* As detach, with pipes. In the guard `other` is the one more descriptor that stays open. */
static int begin(struct guard *g, struct watch *w, const int *others, size_t n) {
    int keep[2], done[2];
    if (pipe2(keep, O_CLOEXEC))
        return -errno;
    if (pipe2(done, O_CLOEXEC)) {
        close(keep[0]);
        close(keep[1]);
        return -errno;
    }
    int rc = detach();
    if (rc != 1) {
        close(keep[0]);
        close(done[1]);
        g->done = done[0];
        g->keep = rc ? keep[1] : out_of_the_way(keep[1]);
        return rc;
    }
    int ours[8] = {keep[0], done[1]};
    for (size_t i = 0; i < n && i < 6; i++)
        ours[2 + i] = others[i];
    close_others(ours, 2 + n);
    w->keep = keep[0];
    w->done = done[1];
    w->term = ignore_signals();
    if (chdir("/"))
        _exit(1);
    return 1;
}

int guard_end(struct guard *g) {
    char c = 0;
    struct pollfd p = {.fd = g->done, .events = POLLIN};
    close(g->keep);
    if (poll(&p, 1, PATIENCE) <= 0)
        return 0;
    while (c != CLEARED[0]) {
        ssize_t n = read(g->done, &c, 1);
        if (!n || (n < 0 && errno != EINTR))
            break;
    }
    return c != CLEARED[0];
}

static void tell(const struct watch *w, const char *what) {
    ssize_t rc = write(w->done, what, 1);
    (void)rc;
}

/* Waits for `fd` to end, or for a SIGTERM, at most so long. */
static int pause_for(const struct watch *w, int fd, int ms) {
    struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = w->term, .events = POLLIN}};
    struct signalfd_siginfo s;
    int rc = poll(p, 2, ms);
    if (rc > 0 && p[1].revents && read(w->term, &s, sizeof s) > 0)
        return SIGTERM;
    return 0;
}

static int ended(int fd, int ms) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) > 0;
}

/* A daemon may have closed every descriptor, the guard's too, and not yet have started the program
 * that it will be: whoever looks like one gets STARTS times SOON. Whether a SIGTERM came. */
static int wait_for_starts(const struct watch *w, const char *path) {
    int stop = 0;
    for (int i = 0; i < STARTS && !stop && !inuse_now(path) && inuse_soon(path); i++)
        stop = pause_for(w, -1, SOON) == SIGTERM;
    return stop;
}

/* ---- a mount ---- */

struct server {
    struct watch w;
    struct mounting *m;
    struct fuseserve f;
    int child; /* of the guard: ends with the server */
};

/* Unmounts, when the last user has gone; while the server lives or is this process. */
static void clear_mount(struct server *s) {
    int wait = 1, told = 0, stop = wait_for_starts(&s->w, s->m->dir);
    while (!stop && (s->child < 0 || !ended(s->child, 0))) {
        int open = atomic_load(s->f.open);
        if (open <= 0 && !told) {
            tell(&s->w, CLEARING);
            told = 1;
        }
        if (open <= 0 && !mounting_unmount(s->m, 0))
            break;
        if (pause_for(&s->w, s->child, wait) == SIGTERM)
            break;
        wait = wait * 2 < LATER ? wait * 2 : LATER;
    }
    mounting_unmount(s->m, 1);
    rmdir(s->m->dir);
    tell(&s->w, CLEARED);
}

/* The server: should the guard be killed, it takes its place. */
static void serve(struct server *s, int guard) {
    prctl(PR_SET_NAME, "appimage-server");
    if (fuseserve_start(&s->f))
        _exit(1);
    while (!ended(guard, -1))
        continue;
    atomic_store(&s->f.stay, 1);
    while (!ended(s->w.keep, -1))
        continue;
    s->child = -1;
    clear_mount(s);
    _exit(0);
}

static void watch_server(struct server *s, pid_t child) {
    prctl(PR_SET_NAME, "appimage-guard");
    struct pollfd p[] = {{.fd = s->w.keep, .events = POLLIN},
                         {.fd = s->child, .events = POLLIN},
                         {.fd = s->w.term, .events = POLLIN}};
    while (poll(p, 3, -1) < 0 || !(p[0].revents || p[1].revents)) {
        struct signalfd_siginfo info;
        if (p[2].revents && read(s->w.term, &info, sizeof info) < 0)
            continue;
    }
    clear_mount(s);
    /* After a lazy unmount the server stays for who still has files open. */
    if (ended(s->child, LATER))
        waitpid(child, NULL, 0);
    _exit(0);
}

int guard_mount(struct guard *g, struct mounting *m, struct sqimage *image) {
    struct server s = {.w = {-1, -1, -1}, .m = m};
    int life[2], work[2];
    s.f.fd = m->fd;
    s.f.image = image;
    s.f.open =
        mmap(NULL, sizeof *s.f.open, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s.f.open == MAP_FAILED)
        return -ENOMEM;
    atomic_init(s.f.open, 0);
    const int ours[] = {m->fd, image->fd};
    int rc = begin(g, &s.w, ours, 2);
    if (rc != 1) {
        close(m->fd);
        m->fd = -1;
        munmap(s.f.open, sizeof *s.f.open);
        return rc;
    }
    if (pipe2(life, O_CLOEXEC) || pipe2(work, O_CLOEXEC))
        _exit(1);
    pid_t child = fork();
    if (!child) {
        close(life[1]);
        close(work[0]);
        serve(&s, life[0]);
    }
    close(life[0]);
    close(work[1]);
    close(m->fd);
    s.child = work[0];
    watch_server(&s, child);
    return 0;
}

/* ---- a folder ---- */

int guard_folder(struct guard *g, const char *path) {
    struct watch w = {-1, -1, -1};
    int rc = begin(g, &w, NULL, 0);
    if (rc != 1)
        return rc;
    prctl(PR_SET_NAME, "appimage-guard");
    while (!ended(w.keep, -1))
        continue;
    int stop = wait_for_starts(&w, path);
    for (int wait = SOON; !stop && inuse_now(path); stop = pause_for(&w, -1, wait) == SIGTERM)
        wait = wait * 2 < LATER ? wait * 2 : LATER;
    tell(&w, CLEARING);
    if (!unpack_remove(path))
        tell(&w, CLEARED);
    _exit(0);
}
