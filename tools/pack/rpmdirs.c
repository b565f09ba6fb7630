/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmdirs.h"

#include "base/attr.h"

/* By the File System Hierarchy and what Fedora and openSUSE own; * is any one name. Each row speaks
 * for the folders above it too. */
static const char *const rpmdirs_known[] = {
    "boot",
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
    "root",
    "run",
    "sbin",
    "bin",
    "srv",
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
    "usr/share/man/*/*",
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

static bool above_or_same(struct str path, struct str row) {
    while (path.n) {
        struct str a = str_split(&path, '/'), b = str_split(&row, '/');

        if (!str_is(b, "*") && !str_eq(a, b))
            return false;
    }
    return true;
}

bool rpmdirs_system(struct str path) {
    for (size_t i = 0; i < COUNT(rpmdirs_known); i++)
        if (above_or_same(path, str_of(rpmdirs_known[i])))
            return true;
    return false;
}
