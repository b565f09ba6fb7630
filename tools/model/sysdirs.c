/* SPDX-License-Identifier: Apache-2.0 */
#include "model/sysdirs.h"

#include "base/attr.h"

#include <string.h>

/* By the File System Hierarchy, the XDG specifications and what the base packages of Debian, Fedora
 * and openSUSE own. Each row speaks for the folders above it too; * in a name is any text. */
static const char *const everywhere[] = {
    "bin",
    "boot",
    "dev",
    "etc/X11",
    "etc/apparmor.d",
    "etc/bash_completion.d",
    "etc/cron.d",
    "etc/cron.daily",
    "etc/cron.hourly",
    "etc/cron.monthly",
    "etc/cron.weekly",
    "etc/dbus-1/*",
    "etc/default",
    "etc/init.d",
    "etc/ld.so.conf.d",
    "etc/logrotate.d",
    "etc/modprobe.d",
    "etc/modules-load.d",
    "etc/pam.d",
    "etc/profile.d",
    "etc/rsyslog.d",
    "etc/skel",
    "etc/ssl",
    "etc/sudoers.d",
    "etc/sysconfig",
    "etc/sysctl.d",
    "etc/systemd/system",
    "etc/tmpfiles.d",
    "etc/udev/rules.d",
    "etc/xdg/autostart",
    "etc/yum.repos.d",
    "home",
    "lib",
    "lib64",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr/bin",
    "usr/games",
    "usr/include",
    "usr/lib/binfmt.d",
    "usr/lib/cmake",
    "usr/lib/debug",
    "usr/lib/firewalld/services",
    "usr/lib/modprobe.d",
    "usr/lib/modules",
    "usr/lib/modules-load.d",
    "usr/lib/pkgconfig",
    "usr/lib/sysctl.d",
    "usr/lib/systemd/system",
    "usr/lib/systemd/system-preset",
    "usr/lib/systemd/user",
    "usr/lib/systemd/user-preset",
    "usr/lib/sysusers.d",
    "usr/lib/tmpfiles.d",
    "usr/lib/udev/hwdb.d",
    "usr/lib/udev/rules.d",
    "usr/lib64/cmake",
    "usr/lib64/pkgconfig",
    "usr/libexec",
    "usr/local/*",
    "usr/sbin",
    "usr/share/aclocal",
    "usr/share/appdata",
    "usr/share/applications",
    "usr/share/bash-completion/completions",
    "usr/share/dbus-1/*",
    "usr/share/desktop-directories",
    "usr/share/doc",
    "usr/share/fish/vendor_completions.d",
    "usr/share/fonts",
    "usr/share/glib-2.0/schemas",
    "usr/share/icons/hicolor/*/*",
    "usr/share/info",
    "usr/share/licenses",
    "usr/share/locale/*/LC_MESSAGES",
    "usr/share/man/*",
    "usr/share/man/*/man*",
    "usr/share/metainfo",
    "usr/share/mime/packages",
    "usr/share/misc",
    "usr/share/pixmaps",
    "usr/share/pkgconfig",
    "usr/share/polkit-1/*",
    "usr/share/sounds",
    "usr/share/themes",
    "usr/share/thumbnailers",
    "usr/share/wayland-sessions",
    "usr/share/xsessions",
    "usr/share/zsh/site-functions",
    "usr/src",
    "var/cache",
    "var/lib",
    "var/local",
    "var/log",
    "var/mail",
    "var/opt",
    "var/spool",
    "var/tmp",
    "var/www",
};
static const char *const debian[] = {
    "etc/apt/*",
    "lib32",
    "libx32",
    "usr/lib/*-linux-gnu",
    "usr/lib/*-linux-gnueabi",
    "usr/lib/*-linux-gnueabihf",
    "usr/lib/*-linux-gnux32",
    "usr/lib32",
    "usr/libx32",
    "usr/share/kservices5",
    "usr/share/lintian/overrides",
    "usr/share/zsh/vendor-completions",
};

/* No row is deeper: most folders of a large tree are. */
enum { DEEPEST = 6 };

static bool name_matches(struct str name, struct str row) {
    size_t star = str_find(row, '*');
    struct str end;

    if (star == row.n)
        return str_eq(name, row);
    end = str_cut(row, star + 1, row.n);
    return name.n >= row.n - 1 && !memcmp(name.p, row.p, star) &&
           str_eq(str_cut(name, name.n - end.n, name.n), end);
}

static bool above_or_same(struct str path, struct str row) {
    while (path.n)
        if (!name_matches(str_split(&path, '/'), str_split(&row, '/')))
            return false;
    return true;
}

/* Only rows that begin with `front`, and the path follows it. */
static bool any(const char *const *v, size_t n, const char *front, struct str path) {
    size_t deep = 1;

    for (size_t i = 0; i < path.n; i++)
        deep += path.p[i] == '/';
    if (!path.n || deep > DEEPEST)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct str row = str_of(v[i]);

        if (str_starts(row, front) && above_or_same(path, str_cut(row, strlen(front), row.n)))
            return true;
    }
    return false;
}

bool sysdirs_app(struct str path) {
    const char *front = str_starts(path, "/") ? "" : "usr/";

    path = str_cut(path, !*front, path.n);
    return any(everywhere, COUNT(everywhere), front, path) ||
           any(debian, COUNT(debian), front, path);
}

bool sysdirs_rpm(struct str path) {
    return any(everywhere, COUNT(everywhere), "", path);
}
