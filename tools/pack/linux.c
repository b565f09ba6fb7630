/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/linux.h"

#include "model/names.h"
#include "os/fsys.h"
#include "pack/payload.h"
#include "text/tmpl.h"

#include <errno.h>
#include <string.h>

enum { MANUAL_MAX = 16 * 1024 * 1024, LICENSE_MAX = 4 * 1024 * 1024, PATH_MAX_BYTES = 4096 };

static int place(const struct pack_job *j, struct str path, struct arena *mem, struct str *to,
                 struct err *e) {
    AUTO(buf) full = BUF_NONE;

    buf_init(&full, PATH_MAX_BYTES);
    if (names_linux_path(j->recipe, path, &full) || buf_check(&full, "a path", e))
        return (int)(e->code ? e->code : E_BUG);
    *to = str_dup(mem, str_cut(buf_get(&full), 1, full.n));
    return OK;
}

/* bin/hello -> ../app/hello must go on leading to the file that is now in usr/lib/NAME/app. */
static int keep_link(const struct pack_job *j, const struct tree_entry *x, struct tree_entry *y,
                     struct arena *mem, struct err *e) {
    struct tree_entry moved = *y;
    struct str there, now, want;

    if (!tree_link_leads(x, mem, &there) || !there.n)
        return OK;
    if (place(j, there, mem, &want, e))
        return (int)e->code;
    if (!tree_link_leads(&moved, mem, &now) || !str_eq(now, want))
        y->target = tree_link_target(y->path, want, mem);
    return OK;
}

/* usr/share/man/man1/hello.1, not compressed yet. */
static bool is_manual(struct str path) {
    size_t dot = str_rfind(path, '.');

    return str_starts(path, "usr/share/man/") && str_has(path, "/man") && dot + 1 < path.n &&
           path.p[dot + 1] >= '1' && path.p[dot + 1] <= '9';
}

/* Every distribution wants its manual pages compressed; a link to one follows its new name. */
static int pack_manual(const struct pack_job *j, struct tree_entry *y, struct err *e) {
    const struct codec_opts gzip = {.kind = CODEC_GZIP, .level = 9, .jobs = 1};
    struct sink to = SINK_NONE, s = SINK_NONE;
    struct pack_job quiet = *j;
    struct payload p;
    AUTO(buf) out = BUF_NONE;

    buf_init(&out, MANUAL_MAX);
    if (y->kind == TREE_LINK &&
        is_manual(str_fmt(j->mem, "usr/share/man/man1/" STR_F, STR_A(y->target))))
        y->target = str_fmt(j->mem, STR_F ".gz", STR_A(y->target));
    if (y->kind == TREE_DIR || y->size > MANUAL_MAX / 2)
        return OK;
    y->path = str_fmt(j->mem, STR_F ".gz", STR_A(y->path));
    if (y->kind != TREE_FILE || y->link)
        return OK;
    quiet.tick = NULL;
    payload_init(&p, &quiet, 0);
    sink_buf(&to, &out);
    if (codec_sink(&s, &to, &gzip, e))
        return (int)e->code;
    if (payload_end(&p, payload_put(&p, y, &s, e), e))
        sink_fail(&s, e);
    if (sink_close(&s, e))
        return (int)e->code;
    y->bytes = (struct tree_bytes){.data = str_dup(j->mem, buf_get(&out))};
    y->size = out.n;
    y->digests = arena_alloc(j->mem, sizeof *y->digests);
    return OK;
}

int linux_tree(const struct pack_job *j, const struct tree *app, struct tree *pkg, struct err *e) {
    /* Room at once, and for the parents that come later: growing leaves the old arrays behind. */
    pkg->room = app->n + 64;
    pkg->v = arena_array(pkg->mem, pkg->room, sizeof *pkg->v);
    /* Positions in pkg are those in app, so the indices of hard links stay right. */
    for (size_t i = 0; i < app->n; i++) {
        const struct tree_entry *x = &app->v[i];
        struct tree_entry *y;
        struct str full;

        if (place(j, x->path, pkg->mem, &full, e))
            return (int)e->code;
        y = tree_add(pkg);
        *y = *x;
        y->path = full;
        if (x->kind == TREE_LINK && keep_link(j, x, y, pkg->mem, e))
            return (int)e->code;
        if (is_manual(full) && pack_manual(j, y, e))
            return (int)e->code;
    }
    return OK;
}

int linux_license(const struct recipe *r, struct arena *mem, struct str *text, struct err *e) {
    const char *path;

    *text = (struct str){0};
    if (!r->license_file.n)
        return OK;
    path = str_starts(r->license_file, "/")
               ? str_z(mem, r->license_file)
               : arena_fmt(mem, "%s/" STR_F, r->dir, STR_A(r->license_file));
    if (fsys_read(FSYS_HERE, path, LICENSE_MAX, mem, text, e)) {
        if (!e->sys || e->sys == ENOENT)
            e->code = E_RECIPE;
        return err_in(e, "%s: license-file", recipe_where(r, r->at_license_file, mem));
    }
    return OK;
}

int linux_one_line(const struct recipe *r, const char *key, struct str value, struct err *e) {
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
            return err_set(e, E_RECIPE, "%s: %s must be one line without control characters",
                           r->file, key);
    return OK;
}

static bool is_shell(struct str script, bool *bash) {
    struct str first = str_cut(script, 0, str_find(script, '\n'));

    *bash = str_has(first, "bash");
    return !str_starts(first, "#!") || str_ends(str_trim(first), "/sh") ||
           str_ends(str_trim(first), " sh") || str_has(first, "/sh ") || *bash ||
           str_ends(str_trim(first), "dash");
}

/* The script without its #! line and without newlines at the end. */
static struct str body(struct str script) {
    if (str_starts(script, "#!"))
        script = str_cut(script, str_find(script, '\n') + 1, script.n);
    while (script.n && script.p[script.n - 1] == '\n')
        script.n--;
    return script;
}

/* The options of its #! line ("-eu"). Around it runs a script with -e, which it has not asked for.
 */
static struct str options(struct str script) {
    struct str line = str_trim(str_cut(script, 0, str_find(script, '\n'))), flags;
    size_t blank = str_rfind(line, ' ');

    if (!str_starts(line, "#!") || blank == line.n)
        return STR("+e");
    flags = str_cut(line, blank + 1, line.n);
    if (flags.n < 2 || flags.p[0] != '-')
        return STR("+e");
    for (size_t i = 1; i < flags.n; i++)
        if (flags.p[i] < 'a' || flags.p[i] > 'z')
            return STR("+e");
    return flags;
}

struct hook_texts {
    struct str user, upgrade;
};

static struct hook_texts texts_of(const struct recipe *r, enum linux_hook hook) {
    switch (hook) {
    case LINUX_PRE_INSTALL:
        return (struct hook_texts){r->scripts.pre_install, r->scripts.pre_upgrade};
    case LINUX_POST_INSTALL:
        return (struct hook_texts){r->scripts.post_install, r->scripts.post_upgrade};
    case LINUX_PRE_REMOVE:
        return (struct hook_texts){r->scripts.pre_remove, {0}};
    case LINUX_POST_REMOVE:
        return (struct hook_texts){r->scripts.post_remove, {0}};
    }
    return (struct hook_texts){{0}, {0}};
}

static bool below(const struct tree *pkg, const char *folder) {
    for (size_t i = 0; i < pkg->n; i++)
        if (pkg->v[i].kind == TREE_FILE && str_starts(pkg->v[i].path, folder))
            return true;
    return false;
}

static struct value *services(const struct recipe *r, struct arena *mem) {
    struct value *list = value_new(mem, VALUE_LIST);

    for (size_t i = 0; i < r->n_services; i++) {
        struct value *v = value_new(mem, VALUE_MAP);
        struct str name = r->services[i].name;

        if (str_ends(name, ".service"))
            name.n -= strlen(".service");
        value_set(mem, v, "unit", value_str(mem, str_fmt(mem, STR_F ".service", STR_A(name))));
        value_set(mem, v, "enable", value_bool(mem, r->services[i].enable));
        value_set(mem, v, "start", value_bool(mem, r->services[i].start));
        value_add(list, v);
    }
    return list;
}

/* The list of accounts that staging made for the services, for systemd-sysusers. */
static struct str accounts(const struct recipe *r, const struct tree *pkg, struct arena *mem) {
    struct str name = str_fmt(mem, STR_F ".conf", STR_A(r->name));
    struct str path = str_fmt(mem, "usr/lib/sysusers.d/" STR_F, STR_A(name));

    for (size_t i = 0; i < pkg->n; i++)
        if (str_eq(pkg->v[i].path, path))
            return name;
    return (struct str){0};
}

static struct value *vars_of(const struct pack_job *j, const struct tree *pkg, enum linux_hook hook,
                             enum linux_dialect dialect, bool *needed) {
    struct arena *mem = j->mem;
    const struct recipe *r = j->recipe;
    struct value *v = value_new(mem, VALUE_MAP);
    bool after = hook == LINUX_POST_INSTALL || hook == LINUX_POST_REMOVE;
    bool desktop = below(pkg, "usr/share/applications/");
    bool mime = below(pkg, "usr/share/mime/packages/");
    bool icons = below(pkg, "usr/share/icons/hicolor/");

    value_set(mem, v, "name", value_str(mem, r->name));
    value_set(mem, v, "deb", value_bool(mem, dialect == LINUX_DEB));
    value_set(mem, v, "pre_install", value_bool(mem, hook == LINUX_PRE_INSTALL));
    value_set(mem, v, "post_install", value_bool(mem, hook == LINUX_POST_INSTALL));
    value_set(mem, v, "pre_remove", value_bool(mem, hook == LINUX_PRE_REMOVE));
    value_set(mem, v, "post_remove", value_bool(mem, hook == LINUX_POST_REMOVE));
    value_set(mem, v, "at_install",
              value_bool(mem, hook == LINUX_PRE_INSTALL || hook == LINUX_POST_INSTALL));
    value_set(mem, v, "services", services(r, mem));
    value_set(mem, v, "caches", value_bool(mem, after && (desktop || mime || icons)));
    value_set(mem, v, "desktop_file", value_bool(mem, desktop));
    value_set(mem, v, "mime_file", value_bool(mem, mime));
    value_set(mem, v, "icon_file", value_bool(mem, icons));
    value_set(mem, v, "accounts",
              value_str(mem, hook == LINUX_POST_INSTALL ? accounts(r, pkg, mem) : (struct str){0}));
    *needed = (after && (desktop || mime || icons)) || (r->n_services && hook != LINUX_PRE_INSTALL);
    return v;
}

int linux_script(const struct pack_job *j, const struct tree *pkg, enum linux_hook hook,
                 enum linux_dialect dialect, struct buf *out, struct err *e) {
    static const char *const words[] = {"pre-install", "post-install", "pre-remove", "post-remove"};
    struct hook_texts t = texts_of(j->recipe, hook);
    bool needed, shell, bash = false, upgrade_bash = false;
    struct value *v = vars_of(j, pkg, hook, dialect, &needed);

    if (!needed && !t.user.n && !t.upgrade.n)
        return OK;
    shell = is_shell(t.user, &bash) && is_shell(t.upgrade, &upgrade_bash);
    if (!shell && !needed && !t.upgrade.n) {
        buf_str(out, t.user);
        return buf_check(out, "a script", e);
    }
    if (!shell)
        return err_set(e, E_RECIPE,
                       "%s: the %s script is no shell script, and something else has to run there "
                       "too; write it for sh or bash, or call it from there",
                       j->recipe->file, words[hook]);
    value_set(j->mem, v, "shebang",
              value_str(j->mem, bash || upgrade_bash ? STR("#!/bin/bash") : STR("#!/bin/sh")));
    value_set(j->mem, v, "user_set", value_str(j->mem, options(t.user)));
    value_set(j->mem, v, "user", value_str(j->mem, body(t.user)));
    value_set(j->mem, v, "upgrade_set", value_str(j->mem, options(t.upgrade)));
    value_set(j->mem, v, "upgrade", value_str(j->mem, body(t.upgrade)));
    return tmpl_render("linux/script", v, out, e);
}
