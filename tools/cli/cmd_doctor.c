/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "crypto/secret.h"
#include "crypto/signkey.h"
#include "crypto/signkey_module.h"
#include "flow/registry.h"
#include "os/child.h"
#include "os/envvar.h"
#include "os/fsys.h"
#include "os/git.h"
#include "os/thread.h"

#include <stdio.h>

struct doctor {
    struct cmd_run *run;
    size_t missing;
};

/* One line a thing; `mend` empty when nothing is to be done. */
static void say(const struct doctor *d, const char *status, const char *what, const char *mend) {
    struct value *v;
    AUTO(buf) out = BUF_NONE;

    if (!d->run->common->json) {
        printf("%-8s %s%s%s\n", status, what, *mend ? ": " : "", mend);
        return;
    }
    v = value_new(d->run->mem, VALUE_MAP);
    value_set(d->run->mem, v, "status", value_str(d->run->mem, str_of(status)));
    value_set(d->run->mem, v, "what", value_str(d->run->mem, str_of(what)));
    value_set(d->run->mem, v, "mend", value_str(d->run->mem, str_of(mend)));
    buf_init(&out, 1 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static void good(const struct doctor *d, const char *what) {
    if (!d->run->common->quiet)
        say(d, "good", what, "");
}

static void other(const struct doctor *d, const char *status, const char *what) {
    if (!d->run->common->quiet)
        say(d, status, what, "");
}

static void bad(struct doctor *d, const char *what, const char *mend) {
    say(d, "missing", what, mend);
    d->missing++;
}

/* `needed`: what the recipe asks for; NULL when nothing here does. */
static void program(struct doctor *d, const char *name, const char *needed, const char *mend) {
    if (child_found(name))
        good(d, name);
    else if (needed)
        bad(d, arena_fmt(d->run->mem, "%s, for %s", name, needed), mend);
    else
        other(d, "unused",
              arena_fmt(d->run->mem, "%s is not here, and nothing in the recipe needs it", name));
}

/* Has a target of the recipe packages of the format? */
static bool makes(const struct recipe *r, const char *format) {
    for (size_t i = 0; r && i < r->n_targets; i++)
        for (size_t k = 0; k < r->targets[i].n_formats; k++)
            if (str_is(r->targets[i].formats[k], format))
                return true;
    return false;
}

/* What formats run, each program once. */
static void tools(struct doctor *d, const struct recipe *r) {
    const struct packager *const *all = registry_packagers();

    for (size_t i = 0; all[i]; i++) {
        const char *needed = NULL;
        bool told = !all[i]->tool;

        for (size_t k = 0; all[k] && !told; k++) {
            bool same = all[k]->tool && str_is(str_of(all[k]->tool), all[i]->tool);

            told = same && k < i;
            if (same && !needed && makes(r, all[k]->name))
                needed = all[k]->name;
        }
        if (!told)
            program(d, all[i]->tool, needed, all[i]->tool_mend);
    }
}

static void reference(struct doctor *d, const struct recipe *r, struct str ref, const char *key) {
    const char *what = arena_fmt(d->run->mem, "%s " STR_F, key, STR_A(ref)), *why;

    switch (secret_look(ref, r->dir, &why)) {
    case SECRET_THERE:
        good(d, what);
        return;
    case SECRET_MISSING:
        bad(d, what, why);
        return;
    case SECRET_UNKNOWN:
        other(d, "unknown", arena_fmt(d->run->mem, "%s is only known when it is used", what));
    }
}

static void folder(struct doctor *d, const char *path, const char *what) {
    enum { ROOM_MIN_MB = 100 };
    const char *probe = arena_fmt(d->run->mem, "%s/.slipway-doctor", path);
    const char *both = arena_fmt(d->run->mem, "%s (%s)", what, path);
    struct err e = {0};
    uint64_t room;
    char text[32];

    if (fsys_write(FSYS_HERE, probe, STR(""), 0600, &e) || fsys_unlink(FSYS_HERE, probe, &e) ||
        fsys_free(FSYS_HERE, path, &room, &e))
        bad(d, both, e.msg);
    else if (room < ROOM_MIN_MB * UINT64_C(1000000))
        bad(d, arena_fmt(d->run->mem, "room in %s", both),
            arena_fmt(d->run->mem, "only %s are free; make room", progress_size(text, room)));
    else
        good(d, arena_fmt(d->run->mem, "%s can be written, %s are free", both,
                          progress_size(text, room)));
}

static void repository(struct doctor *d, const struct recipe *r) {
    struct git_facts git;
    struct err e = {0};
    bool dirty;

    if (git_facts(r->dir, d->run->mem, &git, &e) || git_dirty(r->dir, &dirty, &e))
        bad(d, "git", e.msg);
    else if (!git.found)
        other(d, "unused", "no git repository: times come from SOURCE_DATE_EPOCH alone");
    else
        good(d, arena_fmt(d->run->mem, "git repository, newest version tag " STR_F "%s",
                          STR_A(git.tag.n ? git.tag : STR("(none)")),
                          dirty ? ", with changes that are not committed" : ""));
}

/* --- Authenticode ----------------------------------------------------------------------------- */

static void tokens(struct doctor *d, struct signkey_module *m, struct str uri) {
    struct signkey_module_token *v;
    struct err e = {0};
    size_t n, fits = 0, keys = 0;

    if (signkey_module_tokens(m, d->run->mem, &v, &n, &e)) {
        bad(d, "tokens", e.msg);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const char *what =
            arena_fmt(d->run->mem, "token " STR_F, STR_A(signkey_module_name(&v[i])));

        if (!signkey_module_fits(uri, &v[i]))
            continue;
        fits++;
        if (!v[i].login)
            continue;
        keys++;
        if (v[i].locked)
            bad(d, what, "it is locked after too many wrong PINs; its maker's tools unlock it");
        else if (v[i].last)
            bad(d, what, "the next wrong PIN locks it; its maker's tools set the count back");
        else
            good(d, what);
    }
    if (keys > 1)
        bad(d, "one token that fits the key", "token= or serial= in the URI says which");
    else if (!fits)
        bad(d, "a token for sign.authenticode.key",
            arena_fmt(d->run->mem, "none of %zu fits; is it plugged in?", n));
}

static void token_key(struct doctor *d, const struct value *section, struct str uri) {
    struct str module = value_text(section, "module");
    struct signkey_module *m;
    struct err e = {0};

    if (signkey_tokens(&e))
        bad(d, "keys in tokens", e.msg);
    else
        good(d, "keys in tokens");
    e = (struct err){0};
    if (signkey_module_open(&m, module.n ? str_z(d->run->mem, module) : NULL, &e)) {
        bad(d, "sign.authenticode.module", e.msg);
        return;
    }
    tokens(d, m, uri);
    signkey_module_close(m);
}

static void authenticode(struct doctor *d, const struct recipe *r, const struct value *section) {
    static const char *const keys[] = {"certificate", "key", "passphrase"};
    struct str command = value_text(section, "command"), rest;

    for (size_t i = 0; i < COUNT(keys); i++) {
        struct str ref = value_text(section, keys[i]);

        if (secret_kind(ref, &rest) == SECRET_PKCS11)
            token_key(d, section, rest);
        else if (ref.n)
            reference(d, r, ref, arena_fmt(d->run->mem, "sign.authenticode.%s", keys[i]));
    }
    if (command.n)
        program(d, str_z(d->run->mem, str_cut(command, 0, str_find(command, ' '))),
                "sign: authenticode", "its command signs");
}

static int with_recipe(struct doctor *d, const struct cmd_recipe *o, struct err *e) {
    const struct value *key;
    struct flow *f;

    if (cmd_open(d->run, o, &f, e))
        return (int)e->code;
    key = value_get(value_get(flow_recipe(f)->root, "sign"), "openpgp");
    good(d, flow_recipe(f)->file);
    program(d, "gpg", key ? "sign: openpgp" : NULL, "apt-get install gnupg");
    program(d, "gpg-agent", key ? "sign: openpgp" : NULL, "apt-get install gpg-agent");
    program(d, "sh", flow_recipe(f)->n_steps ? "build: steps" : NULL, "install a POSIX shell");
    tools(d, flow_recipe(f));
    if (key) {
        reference(d, flow_recipe(f), value_text(key, "key"), "sign.openpgp.key");
        if (value_text(key, "passphrase").n)
            reference(d, flow_recipe(f), value_text(key, "passphrase"), "sign.openpgp.passphrase");
    }
    key = value_get(value_get(flow_recipe(f)->root, "sign"), "authenticode");
    if (key)
        authenticode(d, flow_recipe(f), key);
    repository(d, flow_recipe(f));
    flow_close(f);
    return OK;
}

static int doctor_run(struct cmd_run *run, struct err *e) {
    const struct cmd_recipe *o = run->opts;
    struct doctor d = {.run = run};
    struct fsys_stat st;

    if (cmd_no_args(run, e) || fsys_stat(FSYS_HERE, o->file ? o->file : "slipway.yaml", &st, e))
        return (int)e->code;
    good(&d, arena_fmt(run->mem, "slipway %s, %u processors", SLIPWAY_VERSION, thread_cores()));
    if (st.kind != FSYS_NONE || o->file) {
        if (with_recipe(&d, o, e))
            return (int)e->code;
    } else {
        other(&d, "unused", "no slipway.yaml here; slipway init writes one");
        program(&d, "gpg", NULL, NULL);
        tools(&d, NULL);
    }
    folder(&d, ".", "this folder");
    folder(&d, envvar_is_set("TMPDIR") ? envvar_get("TMPDIR") : "/tmp", "the temporary folder");
    if (d.missing)
        return err_set(e, E_INPUT, "%zu thing%s missing", d.missing,
                       d.missing == 1 ? " is" : "s are");
    return OK;
}

static const struct opts_row doctor_rows[] = {CMD_RECIPE_OPTS, {0}};

const struct cmd cmd_doctor = {
    .name = "doctor",
    .args = "",
    .summary = "Say what this machine lacks.",
    .text = "Looks for what the recipe needs: programs, keys behind references, a repository with "
            "tags, folders that can be written. Each line of what is missing names the mend; the "
            "exit status is 4 then.",
    .opts = doctor_rows,
    .opts_size = sizeof(struct cmd_recipe),
    .run = doctor_run,
};
