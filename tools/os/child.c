/* SPDX-License-Identifier: Apache-2.0 */
#include "os/child.h"

#include "os/envvar.h"
#include "os/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192, POLL_MS = 200 };

struct pipes {
    int in[2], out[2], err[2], fail[2];
};

struct reader { /* one of the child's outputs */
    int fd;
    struct buf *to;
    struct buf line;
};

static void close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_all(struct pipes *p) {
    int *pair[] = {p->in, p->out, p->err, p->fail};

    for (size_t i = 0; i < COUNT(pair); i++) {
        close_fd(&pair[i][0]);
        close_fd(&pair[i][1]);
    }
}

static int make_pipes(struct pipes *p, struct err *e) {
    int *pair[] = {p->in, p->out, p->err, p->fail};

    for (size_t i = 0; i < COUNT(pair); i++)
        pair[i][0] = pair[i][1] = -1;
    for (size_t i = 0; i < COUNT(pair); i++)
        if (pipe2(pair[i], O_CLOEXEC)) {
            err_sys(e, "no pipe for a child process");
            close_all(p);
            return (int)e->code;
        }
    return OK;
}

/* Between fork and exec: only calls that are safe there. */
static void become(const char *const *argv, const struct child_opts *o, const struct pipes *p,
                   pid_t parent) {
    extern char **environ;
    char *const *env;
    char *const *args;
    sigset_t none;
    int why;

    /* Killed, we cannot end it any more. (The thread that forks waits for it, so lives as long.) */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    memcpy(&args, &argv, sizeof args); /* execvp takes the strings as they are */
    if (o->env) {
        memcpy(&env, &o->env, sizeof env);
        environ = (char **)(uintptr_t)env;
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(p->in[0], 0) >= 0 && dup2(p->out[1], 1) >= 0 && dup2(p->err[1], 2) >= 0 &&
        (!o->dir || !chdir(o->dir)))
        execvp(argv[0], args);
    why = errno;
    if (write(p->fail[1], &why, sizeof why) != sizeof why)
        _exit(126);
    _exit(127);
}

static void give_lines(struct reader *r, const struct child_opts *o, bool all) {
    struct str rest = buf_get(&r->line);

    while (rest.n) {
        size_t nl = str_find(rest, '\n');

        if (nl == rest.n && !all && rest.n < LINE_MAX_BYTES / 2)
            break;
        o->line(o->self, str_cut(rest, 0, nl));
        rest = str_cut(rest, nl + (nl < rest.n), rest.n);
    }
    memmove(r->line.p ? r->line.p : (char *)r, rest.n ? rest.p : (char *)r, rest.n);
    r->line.n = rest.n;
}

static void take(struct reader *r, const struct child_opts *o) {
    char block[LINE_MAX_BYTES / 2];
    ssize_t n = read(r->fd, block, sizeof block);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        close_fd(&r->fd);
        return;
    }
    if (r->to)
        buf_put(r->to, block, (size_t)n);
    if (o->line) {
        buf_put(&r->line, block, (size_t)n);
        give_lines(r, o, false);
    }
}

/* Feeds the input and drains both outputs at once, so that neither side waits for the other. */
static void talk(struct pipes *p, pid_t pid, const struct child_opts *o) {
    struct reader r[2] = {{p->out[0], o->output, BUF_NONE}, {p->err[0], o->errors, BUF_NONE}};
    struct str left = o->input;
    bool told = false;

    p->out[0] = p->err[0] = -1;
    buf_init(&r[0].line, LINE_MAX_BYTES);
    buf_init(&r[1].line, LINE_MAX_BYTES);
    fcntl(p->in[1], F_SETFL, O_NONBLOCK);
    while (r[0].fd >= 0 || r[1].fd >= 0) {
        struct pollfd f[3] = {{r[0].fd, POLLIN, 0}, {r[1].fd, POLLIN, 0}, {-1, POLLOUT, 0}};

        if (!left.n)
            close_fd(&p->in[1]);
        f[2].fd = p->in[1];
        if (!told && (interrupt_signal() || (o->stop && o->stop(o->self))))
            told = !kill(pid, SIGTERM);
        if (poll(f, 3, POLL_MS) < 0 && errno != EINTR)
            break;
        if (f[2].revents) {
            ssize_t n = write(p->in[1], left.p, left.n);

            if (n > 0)
                left = str_cut(left, (size_t)n, left.n);
            else if (n < 0 && errno != EAGAIN && errno != EINTR)
                left.n = 0; /* it does not read its input: its business */
        }
        for (int i = 0; i < 2; i++)
            if (f[i].revents)
                take(&r[i], o);
    }
    for (int i = 0; i < 2; i++) {
        if (o->line)
            give_lines(&r[i], o, true);
        buf_drop(&r[i].line);
        close_fd(&r[i].fd);
    }
}

static int judge(const char *name, int how, int *status, struct err *e) {
    if (WIFSIGNALED(how))
        return err_set(e, E_TOOL, "%s: was killed by signal %d (%s)", name, WTERMSIG(how),
                       strsignal(WTERMSIG(how)));
    if (status) {
        *status = WEXITSTATUS(how);
        return OK;
    }
    if (WEXITSTATUS(how))
        return err_set(e, E_TOOL, "%s: ended with status %d", name, WEXITSTATUS(how));
    return OK;
}

/* A child that does not read its input is no reason for a signal to this thread. Other threads may
 * run children, too: what is set for the whole process is left alone. */
static void hold_sigpipe(sigset_t *before) {
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void let_sigpipe(const sigset_t *before) {
    static const struct timespec now;
    sigset_t pipe;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (sigismember(before, SIGPIPE))
        return;
    while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

int child_run(const char *const *argv, const struct child_opts *o, int *status, struct err *e) {
    static const struct child_opts none;
    sigset_t before;
    struct pipes p;
    int how = 0, why = 0;
    pid_t pid, parent = getpid();

    if (!o)
        o = &none;
    if (interrupt_check(e))
        return err_in(e, "%s", argv[0]);
    if (make_pipes(&p, e))
        return (int)e->code;
    pid = fork();
    if (pid < 0) {
        err_sys(e, "%s: cannot be started", argv[0]);
        close_all(&p);
        return (int)(e->code = E_TOOL);
    }
    if (!pid)
        become(argv, o, &p, parent);
    close_fd(&p.in[0]);
    close_fd(&p.out[1]);
    close_fd(&p.err[1]);
    close_fd(&p.fail[1]);
    hold_sigpipe(&before);
    if (read(p.fail[0], &why, sizeof why) != sizeof why)
        why = 0;
    talk(&p, pid, o);
    let_sigpipe(&before);
    close_all(&p);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        if (interrupt_signal()) /* it closed its outputs, and works on */
            kill(pid, SIGTERM);
    if (why) {
        errno = why;
        err_sys(e, "%s: cannot be run", argv[0]);
        return (int)(e->code = E_TOOL);
    }
    if (how && interrupt_check(e)) /* whatever it says of its end: that is why */
        return err_in(e, "%s", argv[0]);
    return judge(argv[0], how, status, e);
}

bool child_found(const char *program) {
    struct str path = str_of(envvar_get("PATH"));

    if (strchr(program, '/'))
        return !access(program, X_OK);
    while (path.n) {
        struct str dir = str_split(&path, ':');
        char full[4096];

        if ((size_t)snprintf(full, sizeof full, STR_F "/%s", STR_A(dir), program) < sizeof full &&
            !access(full, X_OK))
            return true;
    }
    return false;
}
