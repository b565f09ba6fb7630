/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/apptree.h"

#include "stage/glob.h"

/* Below the install root or /usr: what filesystem packages and base files of the distributions own,
 * by the File System Hierarchy and the XDG specifications. */
static const char *const below_root[] = {
    "bin",
    "sbin",
    "lib",
    "lib{32,64,x32,exec}",
    "include",
    "games",
    "share",
    "src",
    "lib/{debug,pkgconfig,cmake,modules,modprobe.d,sysctl.d,sysusers.d,tmpfiles.d,binfmt.d}",
    "lib{,64}/{pkgconfig,cmake}",
    "lib/*-linux-gnu*",
    "lib/{systemd,systemd/system,systemd/user,systemd/system-preset,systemd/user-preset}",
    "lib/{udev,udev/rules.d,udev/hwdb.d,firewalld,firewalld/services}",
    "share/{applications,appdata,metainfo,pixmaps,doc,info,licenses,locale,man,misc,themes,fonts}",
    "share/{icons,icons/hicolor,icons/hicolor/*,icons/hicolor/*/*,sounds,pkgconfig,aclocal}",
    "share/{mime,mime/packages,lintian,lintian/overrides,desktop-directories,wayland-sessions}",
    "share/man/{man[1-9n],*/man[1-9n],*}",
    "share/locale/{*,*/LC_MESSAGES}",
    "share/{bash-completion,bash-completion/completions,fish,fish/vendor_completions.d}",
    "share/{zsh,zsh/site-functions,zsh/vendor-completions,xsessions,polkit-1,polkit-1/*}",
    "share/{dbus-1,dbus-1/*,glib-2.0,glib-2.0/schemas,thumbnailers,kservices5,metainfo}",
};
static const char *const below_slash[] = {
    "{bin,boot,dev,etc,home,lib,lib32,lib64,libx32,media,mnt,opt,proc,root,run,sbin,srv,sys,tmp}",
    "{usr,var}",
    "usr/local",
    "usr/local/{bin,etc,games,include,lib,man,sbin,share,src}",
    "var/{cache,lib,local,log,mail,opt,spool,tmp,www}",
    "etc/{cron.d,cron.daily,cron.hourly,cron.monthly,cron.weekly,default,init.d,logrotate.d}",
    "etc/{modprobe.d,modules-load.d,pam.d,profile.d,rsyslog.d,skel,ssl,sudoers.d,sysconfig}",
    "etc/{sysctl.d,systemd,systemd/system,tmpfiles.d,udev,udev/rules.d,xdg,xdg/autostart,X11}",
    "etc/{apparmor.d,bash_completion.d,dbus-1,dbus-1/*,apt,apt/*,yum.repos.d,ld.so.conf.d}",
};

/* No pattern is deeper than this below its root: most folders of a large tree are. */
enum { DEEPEST = 5 };

static bool any(const char *const *v, size_t n, struct str path) {
    size_t deep = 1;

    for (size_t i = 0; i < path.n; i++)
        deep += path.p[i] == '/';
    if (deep > DEEPEST)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((v[i][0] == '{' || !path.n || v[i][0] == path.p[0]) && glob_match(str_of(v[i]), path))
            return true;
    return false;
}

bool apptree_system_folder(struct str path) {
    struct str rel;

    if (!str_starts(path, "/"))
        return any(below_root, COUNT(below_root), path);
    rel = str_cut(path, 1, path.n);
    if (str_starts(rel, "usr/") && any(below_root, COUNT(below_root), str_cut(rel, 4, rel.n)))
        return true;
    return any(below_slash, COUNT(below_slash), rel);
}

const struct tree_entry *apptree_find(const struct tree *app, struct str path) {
    for (size_t i = 0; i < app->n; i++)
        if (str_eq(app->v[i].path, path))
            return &app->v[i];
    return NULL;
}

int apptree_program(const struct tree *app, struct str path, struct err *e) {
    const struct tree_entry *x = apptree_find(app, path);

    if (!x && str_starts(path, "/"))
        return 0;
    if (!x)
        return err_set(e, E_RECIPE,
                       "\"" STR_F "\" is not among the files of this target; name it as a `to` of "
                       "`files` does",
                       STR_A(path));
    if (x->kind == TREE_DIR)
        return err_set(e, E_RECIPE, "\"" STR_F "\" is a folder, not a program", STR_A(path));
    if (x->kind == TREE_FILE && !(x->mode & 0111))
        return err_set(e, E_RECIPE,
                       "\"" STR_F "\" is not executable; give its row `mode: \"0755\"`",
                       STR_A(path));
    return 0;
}
