/* SPDX-License-Identifier: MIT */
#include "runtime/say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* An AppDir's AppRun: does what AppRun.conf beside it says (README.md has its grammar), and becomes
 * the program that it names. */
enum { CONF = 64 << 10, NOT_FOUND = 127, NOT_STARTED = 126 };

struct launch {
    char dir[PATH_MAX]; /* the AppDir */
    char program[PATH_MAX], cwd[PATH_MAX];
    char **argv; /* room for the program's, the lines' and the caller's arguments */
    size_t argc;
    unsigned line;
};

static int wrong(const struct launch *l, const char *why) {
    say("AppRun.conf", "line %u: %s", l->line, why);
    return NOT_FOUND;
}

static int gone(const char *what) {
    say("AppRun", "%s: %s", what, strerror(errno));
    return NOT_FOUND;
}

/* ---- words ---- */

/* The next word, which is ended by a NUL; "" when there is none. */
static char *word(char **rest) {
    char *p = *rest, *end = p + strcspn(p, " \t");
    *rest = end + strspn(end, " \t");
    *end = 0;
    return p;
}

/* Relative, and nowhere outside of the AppDir by its words. */
static int below(const char *path) {
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, "/");
        if (!n || (n == 2 && p[0] == '.' && p[1] == '.'))
            return 0;
        p += n;
        if (!*p)
            return 1;
    }
}

static int absolute(const struct launch *l, const char *path, char to[PATH_MAX]) {
    if (!below(path))
        return wrong(l, "a path that is not below the AppDir");
    int n = snprintf(to, PATH_MAX, "%s/%s", l->dir, path);
    return n < PATH_MAX ? 0 : wrong(l, "the path is too long");
}

static int is_name(const char *s) {
    if (!*s || (*s >= '0' && *s <= '9'))
        return 0;
    for (; *s; s++)
        if (!(*s == '_' || (*s >= '0' && *s <= '9') || ((*s | 32) >= 'a' && (*s | 32) <= 'z')))
            return 0;
    return 1;
}

/* ---- lines ---- */

/* What a variable holds where it is not set: a prefix alone would take the system's own away. */
static const char *usual(const char *name) {
    if (!strcmp(name, "PATH"))
        return "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
    if (!strcmp(name, "XDG_DATA_DIRS"))
        return "/usr/local/share:/usr/share";
    if (!strcmp(name, "XDG_CONFIG_DIRS"))
        return "/etc/xdg";
    return "";
}

static int prepend(const struct launch *l, const char *name, const char *path) {
    char full[PATH_MAX];
    int rc = absolute(l, path, full);
    if (rc)
        return rc;
    const char *old = getenv(name);
    if (!old || !*old)
        old = usual(name);
    size_t n = strlen(full) + strlen(old) + 2;
    char *both = malloc(n);
    if (!both)
        return gone(name);
    snprintf(both, n, "%s%s%s", full, *old ? ":" : "", old);
    rc = setenv(name, both, 1) ? gone(name) : 0;
    free(both);
    return rc;
}

static int variable(const struct launch *l, const char *verb, const char *name, const char *value) {
    char full[PATH_MAX];
    if (!is_name(name))
        return wrong(l, "no name of a variable");
    if (!strcmp(verb, "prepend"))
        return prepend(l, name, value);
    if (!strcmp(verb, "unset"))
        return unsetenv(name) ? gone(name) : 0;
    if (!strcmp(verb, "setpath")) {
        int rc = absolute(l, value, full);
        if (rc)
            return rc;
        value = full;
    }
    const char *old = getenv(name);
    if (!strcmp(verb, "default") && old && *old)
        return 0;
    return setenv(name, value, 1) ? gone(name) : 0;
}

static int one_of(const char *verb, const char *const *all) {
    for (; *all; all++)
        if (!strcmp(verb, *all))
            return 1;
    return 0;
}

static int command(struct launch *l, char *line) {
    static const char *const variables[] = {"set", "default", "setpath", "prepend", "unset", NULL};
    char *rest = line + strspn(line, " \t");
    if (!*rest || *rest == '#')
        return 0;
    const char *verb = word(&rest);
    if (!strcmp(verb, "exec"))
        return *l->program ? wrong(l, "a second exec") : absolute(l, rest, l->program);
    if (!strcmp(verb, "chdir"))
        return absolute(l, rest, l->cwd);
    if (!strcmp(verb, "arg")) {
        l->argv[l->argc++] = rest;
        return 0;
    }
    if (!one_of(verb, variables))
        return wrong(l, "an unknown word");
    const char *name = word(&rest);
    return variable(l, verb, name, rest);
}

/* The lines' texts stay where they are, as arguments point there. */
static int commands(struct launch *l, char *text) {
    while (*text) {
        char *end = text + strcspn(text, "\n");
        int more = *end == '\n';
        *end = 0;
        l->line++;
        int rc = command(l, text);
        if (rc)
            return rc;
        text = end + more;
    }
    return *l->program ? 0 : wrong(l, "the file ends without an exec");
}

/* ---- */

/* The folder that this program lies in; where there is no /proc, by how it was started. */
static int find_dir(struct launch *l) {
    ssize_t n = readlink("/proc/self/exe", l->dir, sizeof l->dir - 1);
    if (n > 0) {
        l->dir[n] = 0;
    } else {
        const char *started = (const char *)(size_t)getauxval(AT_EXECFN);
        char *path = started ? realpath(started, NULL) : NULL;
        if (!path || strlen(path) >= sizeof l->dir)
            return gone("cannot tell where it lies");
        memcpy(l->dir, path, strlen(path) + 1);
        free(path);
    }
    char *slash = strrchr(l->dir, '/');
    if (slash)
        *slash = 0;
    /* A name that leads here too may stay, and is shorter to show. */
    const char *given = getenv("APPDIR");
    struct stat a, b;
    if (given && *given == '/' && !stat(given, &a) && !stat(*l->dir ? l->dir : "/", &b) &&
        a.st_dev == b.st_dev && a.st_ino == b.st_ino && strlen(given) < sizeof l->dir)
        memcpy(l->dir, given, strlen(given) + 1);
    else if (setenv("APPDIR", *l->dir ? l->dir : "/", 1))
        return gone("APPDIR");
    return 0;
}

static int read_conf(const struct launch *l, char *text) {
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/AppRun.conf", l->dir);
    int fd = len < PATH_MAX ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return gone("AppRun.conf");
    size_t n = 0;
    for (ssize_t got; n <= CONF && (got = read(fd, text + n, CONF + 1 - n)) != 0;) {
        if (got < 0 && errno != EINTR)
            return gone("AppRun.conf");
        n += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    if (n > CONF || memchr(text, 0, n)) {
        say("AppRun.conf", "not a text of at most 64 KiB");
        return NOT_FOUND;
    }
    text[n] = 0;
    return 0;
}

int main(int argc, char **argv) {
    struct launch l = {.argc = 1};
    int rc = find_dir(&l);
    char *text = malloc(CONF + 2);
    /* A line is two bytes at least, so there are no more arguments of lines than this. */
    l.argv = calloc(CONF / 2 + (size_t)argc + 2, sizeof *l.argv);
    if (!text || !l.argv)
        return gone("memory");
    if (!rc)
        rc = read_conf(&l, text);
    if (!rc)
        rc = commands(&l, text);
    if (rc)
        return rc;
    l.argv[0] = l.program;
    for (int i = 1; i < argc; i++)
        l.argv[l.argc++] = argv[i];
    if (*l.cwd && chdir(l.cwd))
        return gone(l.cwd);
    execv(l.program, l.argv);
    rc = errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : NOT_STARTED;
    gone(l.program);
    return rc;
}
