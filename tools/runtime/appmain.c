/* SPDX-License-Identifier: MIT */
#include "runtime/appelf.h"
#include "runtime/appenv.h"
#include "runtime/apprun.h"
#include "runtime/say.h"
#include "runtime/sqdir.h"
#include "runtime/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first program of an AppImage of type 2: what it begins with, and what starts. */
enum { NOT_STARTED = 127, FAILED = 1 };

struct app {
    struct appenv env;
    struct appelf elf;
    int argc;
    char **argv;
};

static const char help[] =
    "Options of this AppImage, all other arguments go to the program in it:\n"
    "\n"
    "  --appimage-extract [PATTERN]  unpack into squashfs-root, what matches PATTERN if given\n"
    "  --appimage-extract-and-run    run from a temporary folder that is removed afterwards\n"
    "  --appimage-mount              mount, print where, and wait to be ended\n"
    "  --appimage-offset             print where the SquashFS image begins\n"
    "  --appimage-updateinformation  print where updates come from (also --appimage-updateinfo)\n"
    "  --appimage-signature          print the embedded signature\n"
    "  --appimage-portable-home      make the folder that is then used as HOME:\n"
    "                                %s.home\n"
    "  --appimage-portable-config    make the folder that is then used as XDG_CONFIG_HOME:\n"
    "                                %s.config\n"
    "  --appimage-version            print the version of the runtime\n"
    "  --appimage-help               print this\n"
    "\n"
    "Environment: APPIMAGE_EXTRACT_AND_RUN=1, NO_CLEANUP=1 (keep what is unpacked),\n"
    "TARGET_APPIMAGE=FILE (be the runtime of that file), TMPDIR, VERBOSE=1 (list what is\n"
    "unpacked).\n"
    "\n"
    "Without FUSE the AppImage unpacks itself each time it is started.\n"
    "\n"
    "This program contains musl (MIT), zstd (BSD-3-Clause), zlib (Zlib), liblzma (public\n"
    "domain) and lz4 (BSD-2-Clause).\n";

static int open_image(struct app *a, struct sqimage *s, struct sqimage_inode *root) {
    const char *why = "its image is damaged";
    int rc = sqimage_open(s, a->env.fd, a->elf.end, a->elf.size, &why);
    if (!rc)
        rc = sqimage_inode(s, s->root, root);
    if (!rc && root->kind != SQIMAGE_DIR)
        rc = -ENOTDIR;
    if (rc)
        say(a->env.name, "%s", why);
    return rc;
}

/* ---- options ---- */

static int show_section(struct app *a, const char *name) {
    uint64_t at, n;
    char text[1024];
    if (appelf_find(&a->elf, name, &at, &n)) {
        say(a->env.name, "it has no section %s", name);
        return FAILED;
    }
    size_t room = n < sizeof text ? (size_t)n : sizeof text;
    if (pread(a->env.fd, text, room, (off_t)at) != (ssize_t)room) {
        say(a->env.name, "cannot read its section %s", name);
        return FAILED;
    }
    printf("%.*s\n", (int)strnlen(text, room), text);
    return 0;
}

static int extract(struct app *a) {
    struct sqimage s;
    struct sqimage_inode root;
    if (a->argc > 3) {
        say(a->env.name, "--appimage-extract takes one pattern");
        return FAILED;
    }
    const char *pattern = a->argc == 3 ? a->argv[2] : NULL;
    while (pattern && (*pattern == '/' || !strncmp(pattern, "./", 2)))
        pattern++;
    if (open_image(a, &s, &root))
        return FAILED;
    if (mkdir("squashfs-root", 0755) && errno != EEXIST) {
        say(a->env.name, "cannot make squashfs-root here: %s", strerror(errno));
        return FAILED;
    }
    int into = open("squashfs-root", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (into < 0) {
        say(a->env.name, "squashfs-root: %s", strerror(errno));
        return FAILED;
    }
    struct unpack u = {
        .image = &s, .pattern = pattern, .faithful = 1, .verbose = getenv("VERBOSE") != NULL};
    int rc = unpack_tree(&u, into);
    close(into);
    sqimage_close(&s);
    if (rc)
        say(a->env.name, "squashfs-root/%s: %s", u.failed, unpack_reason(rc));
    else if (pattern && !u.made)
        say(a->env.name, "nothing in it matches '%s'", pattern);
    return rc ? FAILED : 0;
}

static int portable(struct app *a, const char *what) {
    int rc = appenv_portable(&a->env, what);
    if (rc)
        say(a->env.name, "cannot make %s.%s: %s", a->env.path, what, strerror(-rc));
    else
        say(a->env.name, "made %s.%s", a->env.path, what);
    return rc ? FAILED : 0;
}

static int mount_only(struct app *a) {
    struct sqimage s;
    struct sqimage_inode root;
    return open_image(a, &s, &root) ? NOT_STARTED : apprun_mount(&a->env, &s);
}

/* The program's own start. */
static int run(struct app *a, int unpacked) {
    struct sqimage s;
    struct sqimage_inode root;
    struct sqdir_entry e;
    if (open_image(a, &s, &root))
        return NOT_STARTED;
    int rc = sqdir_find(&s, &root, "AppRun", 6, &e);
    if (rc) {
        say(a->env.name, rc == -ENOENT ? "there is no AppRun in it" : "its image is damaged");
        return NOT_STARTED;
    }
    return apprun_start(&a->env, &s, a->argv, unpacked);
}

static int option(struct app *a, const char *word) {
    if (!strcmp(word, "help"))
        return printf(help, a->env.path, a->env.path) < 0;
    if (!strcmp(word, "version"))
        return puts("AppImage runtime of slipway " SLIPWAY_VERSION) < 0;
    if (!strcmp(word, "offset"))
        return printf("%llu\n", (unsigned long long)a->elf.end) < 0;
    if (!strcmp(word, "updateinformation") || !strcmp(word, "updateinfo"))
        return show_section(a, ".upd_info");
    if (!strcmp(word, "signature"))
        return show_section(a, ".sha256_sig");
    if (!strcmp(word, "portable-home"))
        return portable(a, "home");
    if (!strcmp(word, "portable-config"))
        return portable(a, "config");
    if (!strcmp(word, "extract"))
        return extract(a);
    if (!strcmp(word, "mount"))
        return mount_only(a);
    say(a->env.name, "no option --appimage-%s (see --appimage-help)", word);
    return FAILED;
}

int main(int argc, char **argv) {
    static const char prefix[] = "--appimage-";
    static char *const none[] = {NULL};
    struct app a = {.argc = argc, .argv = argc ? argv : (char **)(size_t)none};
    int rc = appenv_find(&a.env, argc ? argv[0] : NULL);
    if (rc) {
        say(a.env.name, "cannot open %s: %s", a.env.path, strerror(-rc));
        return NOT_STARTED;
    }
    if (appelf_open(&a.elf, a.env.fd)) {
        say(a.env.name, "cannot tell where its program ends");
        return NOT_STARTED;
    }
    const char *word = argc > 1 && !strncmp(argv[1], prefix, sizeof prefix - 1)
                           ? argv[1] + sizeof prefix - 1
                           : NULL;
    if (word && strcmp(word, "extract-and-run")) {
        rc = option(&a, word);
        return fflush(stdout) ? FAILED : rc;
    }
    if (word) {
        /* The program does not get to see it. */
        memmove(argv + 1, argv + 2, sizeof *argv * (size_t)(argc - 1));
        a.argc--;
    }
    const char *wish = getenv("APPIMAGE_EXTRACT_AND_RUN");
    return run(&a, word != NULL || (wish && *wish && strcmp(wish, "0")));
}
