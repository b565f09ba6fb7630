/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "os/clock.h"
#include "os/fsys.h"
#include "sign/devkey.h"

#include <stdio.h>
#include <string.h>

struct keys_opts {
    const char *store, *kind, *uid;
    unsigned days;
};

static const struct opts_row keys_rows[] = {
    {"store", 0, OPTS_TEXT, offsetof(struct keys_opts, store), "DIR",
     "The folder of the keys; ~/.local/share/slipway/keys without it."},
    {"kind", 0, OPTS_TEXT, offsetof(struct keys_opts, kind), "KIND",
     "ed25519 or rsa4096 (OpenPGP), or authenticode; ed25519 without it."},
    {"uid", 0, OPTS_TEXT, offsetof(struct keys_opts, uid), "NAME",
     "Whose key it is: \"Ann Example <ann@example.com>\"."},
    {"days", 0, OPTS_NUM, offsetof(struct keys_opts, days), "N",
     "Days until it expires; 365 without it."},
    {0},
};

static struct str day(struct arena *mem, int64_t time) {
    return time ? str_cut(clock_rfc3339(mem, time), 0, 10) : STR("never");
}

static void print_key(const struct devkey *k, bool json, struct arena *mem) {
    struct value *v = value_new(mem, VALUE_MAP);
    AUTO(buf) out = BUF_NONE;

    if (!json) {
        printf(STR_F "  " STR_F "  " STR_F "  expires " STR_F "\n  public  " STR_F
                     "\n  secret  " STR_F "\n",
               STR_A(k->name), STR_A(k->fingerprint), STR_A(k->uid), STR_A(day(mem, k->expires)),
               STR_A(k->public), STR_A(k->secret));
        return;
    }
    value_set(mem, v, "name", value_str(mem, k->name));
    value_set(mem, v, "fingerprint", value_str(mem, k->fingerprint));
    value_set(mem, v, "uid", value_str(mem, k->uid));
    value_set(mem, v, "created", value_int(mem, k->created));
    value_set(mem, v, "expires", value_int(mem, k->expires));
    value_set(mem, v, "public", value_str(mem, k->public));
    value_set(mem, v, "secret", value_str(mem, k->secret));
    buf_init(&out, 1 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static int keys_new(struct cmd_run *run, const struct keys_opts *o, struct err *e) {
    const char *name = run->n_args > 1 ? run->args[1] : "dev";
    struct devkey k;

    if (devkey_new(o->store, name, o->kind ? o->kind : "ed25519", o->uid, o->days ? o->days : 365,
                   run->mem, &k, e))
        return (int)e->code;
    print_key(&k, run->common->json, run->mem);
    if (!run->common->json)
        log_info("to sign with it: sign: { %s: \"file:" STR_F "\" } }",
                 k.code ? "authenticode: { certificate" : "openpgp: { key", STR_A(k.secret));
    return OK;
}

static int keys_list(struct cmd_run *run, const struct keys_opts *o, struct err *e) {
    struct devkey *v;
    size_t n;

    if (devkey_list(o->store, run->mem, &v, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        print_key(&v[i], run->common->json, run->mem);
    if (!n)
        log_info("no keys; slipway keys new NAME makes one");
    return OK;
}

/* The public key as text: what users import, and what a site offers. */
static int keys_export(struct cmd_run *run, const struct keys_opts *o, struct err *e) {
    enum { KEY_MAX = 1024 * 1024 };
    const char *name = run->n_args > 1 ? run->args[1] : "dev";
    struct devkey *v;
    struct str text;
    size_t n;

    if (devkey_list(o->store, run->mem, &v, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        if (!str_is(v[i].name, name))
            continue;
        if (fsys_read(FSYS_HERE, str_z(run->mem, v[i].public), KEY_MAX, run->mem, &text, e))
            return (int)e->code;
        fwrite(text.p, 1, text.n, stdout);
        return OK;
    }
    return err_set(e, E_INPUT, "there is no key \"%s\"; slipway keys list shows what is there",
                   name);
}

static int keys_run(struct cmd_run *run, struct err *e) {
    const struct keys_opts *o = run->opts;
    const char *what = run->n_args ? run->args[0] : "list";

    if (run->n_args > 2)
        return err_set(e, E_USAGE, "unexpected \"%s\"", run->args[2]);
    if (!strcmp(what, "new"))
        return keys_new(run, o, e);
    if (!strcmp(what, "list") && run->n_args < 2)
        return keys_list(run, o, e);
    if (!strcmp(what, "export"))
        return keys_export(run, o, e);
    return err_set(e, E_USAGE, "keys new [NAME], keys list or keys export [NAME], not \"%s\"",
                   what);
}

const struct cmd cmd_keys = {
    .name = "keys",
    .args = "new [NAME] | list | export [NAME]",
    .summary = "Make, list and export development keys.",
    .text = "A development key is a throw-away OpenPGP key without a passphrase, or with --kind "
            "authenticode a certificate that its own key issued, for trying out and "
            "for tests. It lies in a folder of slipway's own; GnuPG's keyring is not touched. Real "
            "releases are signed with a key of yours, by reference. export prints the public key "
            "or the certificate, for those who are to trust it.",
    .opts = keys_rows,
    .opts_size = sizeof(struct keys_opts),
    .run = keys_run,
};
