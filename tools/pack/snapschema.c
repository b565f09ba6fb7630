/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/snapschema.h"

#include <stddef.h>

static const char *const grades[] = {"stable", "devel", NULL};
static const char *const confinements[] = {"strict", "classic", "devmode", NULL};
static const char *const kinds[] = {"app", "base", "gadget", "kernel", NULL};
static const char *const daemons[] = {"simple", "forking", "oneshot", "notify", "dbus", NULL};
static const char *const scopes[] = {"system", "user", NULL};
static const char *const restarts[] = {"on-success",  "on-failure", "on-abnormal", "on-abort",
                                       "on-watchdog", "always",     "never",       NULL};
static const char *const installs[] = {"enable", "disable", NULL};
static const char *const refreshes[] = {"endure", "restart", "ignore-running", NULL};
static const char *const stops[] = {"sigterm", "sigterm-all", "sighup",  "sighup-all",
                                    "sigusr1", "sigusr1-all", "sigusr2", "sigusr2-all",
                                    "sigint",  "sigint-all",  NULL};
static const char *const mounts[] = {"tmpfs", NULL};

static const struct schema text_item[] = {{.kind = SCHEMA_STR}};
static const struct schema link_item[] = {
    {.kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = text_item}};

#define TEXT(k, h)                                                                                 \
    { .key = (k), .kind = SCHEMA_STR, .help = (h) }
#define WORD(k, w, h)                                                                              \
    { .key = (k), .kind = SCHEMA_WORD, .words = (w), .help = (h) }
#define LIST(k, h)                                                                                 \
    { .key = (k), .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = text_item, .help = (h) }
#define VARIABLES(h)                                                                               \
    { .key = "environment", .kind = SCHEMA_DICT, .sub = text_item, .help = (h) }

static const struct schema socket_keys[] = {
    TEXT("listen-stream", "A port, or a path below $SNAP_DATA, $SNAP_COMMON or $XDG_RUNTIME_DIR."),
    {.key = "socket-mode",
     .kind = SCHEMA_STR,
     .pattern = "^0?[0-7]{3}$",
     .help = "Its permissions, octal."},
    {0}};
static const struct schema socket_item[] = {{.kind = SCHEMA_MAP, .sub = socket_keys}};

static const struct schema app_keys[] = {
    TEXT("command", "The program, as `to` names it, and its arguments; `entry` without it, for the "
                    "app that is called like the snap."),
    LIST("command-chain", "Programs of the snap that start the command, one through the other."),
    LIST("plugs", "What it may use."),
    LIST("slots", "What it offers."),
    VARIABLES("Variables that it finds set."),
    TEXT("completer", "A file for bash's completion, as `to` names it."),
    TEXT("common-id", "The AppStream id; `id` without it, for the app with the menu entry."),
    TEXT("desktop", "A desktop file, as `to` names it, of an app that is not the entry's."),
    TEXT("autostart", "The name of the desktop file that the program puts into its autostart "
                      "folder."),
    WORD("daemon", daemons, "It is a service, of this kind."),
    WORD("daemon-scope", scopes, "A service of the system, as without it, or of each user."),
    WORD("restart-condition", restarts, "When it is started again."),
    TEXT("restart-delay", "How long that waits: 10s."),
    TEXT("start-timeout", "How long it may take to come up."),
    TEXT("stop-timeout", "How long it may take to end."),
    TEXT("watchdog-timeout", "How long it may be silent."),
    TEXT("stop-command", "What ends it."),
    TEXT("reload-command", "What makes it read its configuration again."),
    TEXT("post-stop-command", "What runs after its end."),
    WORD("stop-mode", stops, "The signal that ends it."),
    WORD("refresh-mode", refreshes, "Whether it goes on while the snap is refreshed."),
    WORD("install-mode", installs, "Whether it is started when the snap is installed."),
    LIST("success-exit-status", "Exit statuses beside 0 that are no failure."),
    TEXT("bus-name", "The name that a service of kind dbus takes."),
    LIST("activates-on", "Slots of kind dbus that start it."),
    LIST("after", "Services of the snap that are started before it."),
    LIST("before", "Services of the snap that are started after it."),
    TEXT("timer", "When it is started."),
    {.key = "sockets",
     .kind = SCHEMA_DICT,
     .sub = socket_item,
     .help = "Sockets that start it, by name."},
    {0}};
static const struct schema app_item[] = {{.kind = SCHEMA_MAP, .sub = app_keys}};

static const struct schema hook_keys[] = {{.key = "from",
                                           .kind = SCHEMA_STR,
                                           .flags = SCHEMA_PATH | SCHEMA_REQUIRED,
                                           .help = "The program; a script as a rule."},
                                          LIST("plugs", "What it may use."),
                                          LIST("slots", "What it offers."),
                                          LIST("command-chain",
                                               "Programs of the snap that start it."),
                                          VARIABLES("Variables that it finds set."),
                                          {0}};
static const struct schema hook_item[] = {{.kind = SCHEMA_MAP, .sub = hook_keys}};

static const struct schema layout_keys[] = {
    TEXT("bind", "A folder of $SNAP, $SNAP_DATA or $SNAP_COMMON that is seen there."),
    TEXT("bind-file", "A file that is seen there."),
    TEXT("symlink", "What a symlink there leads to."),
    WORD("type", mounts, "An empty folder in memory."),
    TEXT("user", "Its owner: root."),
    TEXT("group", "Its group: root."),
    {.key = "mode",
     .kind = SCHEMA_STR,
     .pattern = "^[01]?[0-7]{3}$",
     .help = "Its permissions, octal; 0755 without it."},
    {0}};
static const struct schema layout_item[] = {{.kind = SCHEMA_MAP, .sub = layout_keys}};
static const struct schema any_item[] = {{.kind = SCHEMA_ANY}};

const struct schema snapschema_keys[] = {
    TEXT("base", "The snap whose system the programs find below /; core24 without it, bare for "
                 "static programs."),
    WORD("grade", grades, "stable without it; devel keeps it out of stable channels."),
    WORD("confinement", confinements, "strict without it."),
    WORD("type", kinds, "app without it."),
    TEXT("epoch", "The generation of its data: 0, 1, 1*."),
    LIST("assumes", "What of snapd it needs: snapd2.60."),
    {.key = "plugs",
     .kind = SCHEMA_ANY,
     .help = "What all apps may use that do not say it themselves: a list of interfaces, or a map "
             "of plugs with their attributes."},
    {.key = "slots",
     .kind = SCHEMA_ANY,
     .help =
         "What all apps offer that do not say it themselves: a list, or a map with attributes."},
    VARIABLES("Variables that all apps find set."),
    {.key = "apps",
     .kind = SCHEMA_DICT,
     .sub = app_item,
     .help = "Programs and services by name, beside the one of `entry`, which is called like the "
             "snap, and those of `services`."},
    {.key = "hooks",
     .kind = SCHEMA_DICT,
     .sub = hook_item,
     .help = "Programs that snapd calls: install, configure, pre-refresh, post-refresh, remove …"},
    {.key = "layout",
     .kind = SCHEMA_DICT,
     .sub = layout_item,
     .help = "What the programs find at other places than their snap: /usr/share/hello: { bind: "
             "$SNAP/usr/share/hello }."},
    {.key = "system-usernames",
     .kind = SCHEMA_DICT,
     .sub = any_item,
     .help = "Users that services may become: snap_daemon: shared."},
    {.key = "links",
     .kind = SCHEMA_DICT,
     .sub = link_item,
     .help = "Addresses by kind, beside website and contact, which are the homepage and the "
             "maintainer."},
    {0}};
