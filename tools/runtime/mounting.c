/* SPDX-License-Identifier: MIT */
#include "runtime/mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME = 64, LAZILY = 2 /* MNT_DETACH */ };

/* Names go into an option list and into /proc/mounts. */
static void safe_name(const char *name, char to[NAME]) {
    size_t n = 0;
    for (; n < NAME - 1 && name[n]; n++) {
        unsigned char c = (unsigned char)name[n];
        to[n] = (char)(c <= ' ' || c == ',' || c == '\\' || c == '#' || c == 127 ? '_' : c);
    }
    to[n] = 0;
}

static int mount_directly(struct mounting *m, const char *name) {
    char options[120], type[NAME + 8];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
             (unsigned)geteuid(), (unsigned)getegid());
    snprintf(type, sizeof type, "fuse.%s", name);
    if (mount(name, m->dir, type, MS_RDONLY | MS_NOSUID | MS_NODEV, options)) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    m->fd = fd;
    return 0;
}

/* fusermount is looked for where the caller's programs are, then where systems have it. Only a
 * set-uid one of root's can mount, and no other is started. */
static int find_helper(char *to) {
    static const char *const names[] = {"fusermount3", "fusermount"};
    static const char places[] = "/usr/bin:/bin:/usr/local/bin:/usr/sbin:/sbin:/run/wrappers/bin";
    const char *lists[] = {getenv("PATH"), places};
    for (size_t l = 0; l < 2; l++)
        for (size_t k = 0; k < 2; k++)
            for (const char *p = lists[l]; p && *p;) {
                size_t n = strcspn(p, ":");
                struct stat st;
                int len = snprintf(to, PATH_MAX, "%.*s/%s", (int)n, p, names[k]);
                if (*p == '/' && len < PATH_MAX && !stat(to, &st) && S_ISREG(st.st_mode) &&
                    !st.st_uid && st.st_mode & S_ISUID && !access(to, X_OK))
                    return 0;
                p += n + (p[n] == ':');
            }
    *to = 0;
    return -ENOENT;
}

/* In the child: nothing of fusermount's own words, the caller says it better. */
static void become_helper(const char *helper, char *const argv[], int comm) {
    char number[16];
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    if (comm >= 0) {
        fcntl(comm, F_SETFD, 0);
        snprintf(number, sizeof number, "%d", comm);
        setenv("_FUSE_COMMFD", number, 1);
    }
    execv(helper, argv);
    _exit(127);
}

static int ended_well(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 0;
    return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* The descriptor of /dev/fuse that fusermount sends, or -1. */
static int receive(int from) {
    char byte;
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } room;
    struct iovec v = {&byte, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    m.msg_control = room.bytes;
    m.msg_controllen = sizeof room.bytes;
    ssize_t n;
    do
        n = recvmsg(from, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    int fd = -1;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

static int mount_by_helper(struct mounting *m, const char *name) {
    char options[3 * NAME];
    int ends[2];
    snprintf(options, sizeof options, "ro,nosuid,nodev,subtype=%s,fsname=%s", name, name);
    char *const argv[] = {m->helper, "-o", options, "--", m->dir, NULL};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -errno;
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return -EAGAIN;
    }
    if (!child)
        become_helper(m->helper, argv, ends[1]);
    close(ends[1]);
    m->fd = receive(ends[0]);
    close(ends[0]);
    if (ended_well(child) && m->fd >= 0)
        return 0;
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
    return -EPERM;
}

int mounting_mount(struct mounting *m, const char *name, const char **why) {
    char safe[NAME];
    safe_name(name, safe);
    m->fd = -1;
    m->helper[0] = 0;
    int rc = mount_directly(m, safe);
    if (!rc)
        return 0;
    if (access("/dev/fuse", F_OK))
        *why = "no /dev/fuse";
    else if (find_helper(m->helper))
        *why = "no fusermount3 or fusermount";
    else if ((rc = mount_by_helper(m, safe)) != 0)
        *why = "fusermount may not mount here";
    return rc;
}

/* A mount whose server has died answers nothing but ENOTCONN. */
static int mounted(const struct mounting *m) {
    struct stat st, above;
    char parent[PATH_MAX];
    const char *slash = strrchr(m->dir, '/');
    if (!slash || stat(m->dir, &st))
        return errno == ENOTCONN;
    snprintf(parent, sizeof parent, "%.*s/", (int)(slash - m->dir), m->dir);
    return !stat(parent, &above) && above.st_dev != st.st_dev;
}

int mounting_unmount(const struct mounting *m, int lazy) {
    if (!mounted(m))
        return 0;
    if (!m->helper[0]) {
        if (!umount2(m->dir, lazy ? LAZILY : 0))
            return 0;
        return errno == EINVAL || errno == ENOENT ? 0 : -errno;
    }
    char *const argv[] = {(char *)(size_t)m->helper, "-u", lazy ? "-qz" : "-q", "--",
                          (char *)(size_t)m->dir,    NULL};
    pid_t child = fork();
    if (child < 0)
        return -EAGAIN;
    if (!child)
        become_helper(m->helper, argv, -1);
    return ended_well(child) ? 0 : -EBUSY;
}
