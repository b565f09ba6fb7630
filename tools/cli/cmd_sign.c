/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/map.h"
#include "cli/ask.h"
#include "cli/cmd.h"
#include "flow/apart.h"
#include "model/flaw.h"
#include "os/abspath.h"
#include "os/fsys.h"
#include "os/outfile.h"
#include "sign/authenticode.h"

#include <stdio.h>

struct sign_cli {
    struct cmd_recipe recipe; /* first: the other options of the steps */
    const char *certificate, *key, *passphrase, *module, *command, *name, *url, *digest;
    const char *prepare, *attach, *out;
    struct opts_list servers;
    bool append, replace, remove;
};

static const struct opts_row sign_rows[] = {
    CMD_RECIPE_OPTS,
    {"certificate", 0, OPTS_TEXT, offsetof(struct sign_cli, certificate), "REF",
     "With FILE: the certificate, by reference: file:PATH, env:NAME, command:ARGV."},
    {"key", 0, OPTS_TEXT, offsetof(struct sign_cli, key), "REF",
     "With FILE: its key, when it is not in the same file, or pkcs11:URI."},
    {"passphrase", 0, OPTS_TEXT, offsetof(struct sign_cli, passphrase), "REF",
     "With FILE: the key's passphrase or the token's PIN, by reference."},
    {"module", 0, OPTS_TEXT, offsetof(struct sign_cli, module), "LIBRARY",
     "With FILE: the PKCS#11 library of the token."},
    {"command", 0, OPTS_TEXT, offsetof(struct sign_cli, command), "ARGV",
     "With FILE: a program that signs the digest on its standard input."},
    {"timestamp", 0, OPTS_FILES, offsetof(struct sign_cli, servers), "URL",
     "With FILE: a time stamp server; several are asked in order."},
    {"name", 0, OPTS_TEXT, offsetof(struct sign_cli, name), "NAME",
     "With FILE: what Windows calls the program when it asks."},
    {"url", 0, OPTS_TEXT, offsetof(struct sign_cli, url), "URL",
     "With FILE: what that question links to."},
    {"digest", 0, OPTS_TEXT, offsetof(struct sign_cli, digest), "NAME",
     "With FILE: sha256 (the default), sha384 or sha512."},
    {"append", 0, OPTS_FLAG, offsetof(struct sign_cli, append), NULL,
     "With FILE: beside the signature that is there."},
    {"replace", 0, OPTS_FLAG, offsetof(struct sign_cli, replace), NULL,
     "With FILE: in the place of the signatures that are there."},
    {"remove", 0, OPTS_FLAG, offsetof(struct sign_cli, remove), NULL,
     "With FILE: take all signatures out."},
    {"prepare", 0, OPTS_TEXT, offsetof(struct sign_cli, prepare), "DIR",
     "Write what is to be signed elsewhere into DIR: of FILE, or of the recipe's release."},
    {"attach", 0, OPTS_TEXT, offsetof(struct sign_cli, attach), "DIR",
     "Put in the signatures that came back into DIR."},
    {"output", 0, OPTS_TEXT, offsetof(struct sign_cli, out), "OUT",
     "With FILE: where the signed file goes, instead of into its place."},
    {0},
};

/* A recipe whose key is elsewhere: what is next is said each time. */
static int prepare_all(const struct sign_cli *o, struct flow *f, struct err *e) {
    size_t n;

    if (apart_prepare(f, o->prepare, &n, e))
        return (int)e->code;
    if (n)
        log_info("%zu file%s to sign in %s: each NAME.tosign gets a NAME.signature beside it, and "
                 "slipway sign --attach %s takes them",
                 n, n == 1 ? "" : "s", o->prepare, o->prepare);
    else
        log_info("there is nothing to sign");
    return OK;
}

static int attach_all(const struct sign_cli *o, struct flow *f, struct err *e) {
    struct apart_taken t;

    if (apart_attach(f, o->attach, &t, e))
        return (int)e->code;
    if (t.left)
        log_warn("%zu file%s no signature yet", t.left, t.left == 1 ? " has" : "s have");
    if (t.programs)
        log_info("%zu program%s signed: slipway pack puts them into the packages", t.programs,
                 t.programs == 1 ? " is" : "s are");
    if (t.packages)
        log_info("%zu package%s signed, and all that describes the release is made anew",
                 t.packages, t.packages == 1 ? " is" : "s are");
    return OK;
}

static int sign_recipe(struct cmd_run *run, struct err *e) {
    const struct sign_cli *o = run->opts;
    struct flow *f;
    int rc;

    if (o->certificate || o->key || o->passphrase || o->module || o->command || o->name || o->url ||
        o->digest || o->servers.n || o->append || o->replace || o->remove || o->out)
        return err_set(e, E_USAGE, "sign which FILE? These options are for single files");
    if (o->prepare && o->attach)
        return err_set(e, E_USAGE, "--prepare and --attach are two different steps");
    if (cmd_open(run, &o->recipe, &f, e))
        return (int)e->code;
    if (run->common->dry_run && (o->prepare || o->attach)) {
        log_info("would write %s", o->prepare ? o->prepare : "the signed files");
        flow_close(f);
        return OK;
    }
    rc = o->prepare ? prepare_all(o, f, e) : o->attach ? attach_all(o, f, e) : flow_sign(f, e);
    flow_close(f);
    if (o->prepare || o->attach)
        return rc;
    if (!rc && !run->common->dry_run)
        progress_summary(run->progress, o->recipe.dist ? o->recipe.dist : "dist");
    return rc;
}

/* --- single files ----------------------------------------------------------------------------- */

static void put(struct arena *mem, struct value *section, const char *key, const char *text) {
    if (text)
        value_set(mem, section, key, value_str(mem, str_of(text)));
}

/* The options as the recipe's section, checked as that is. */
static int section_of(struct cmd_run *run, struct value **out, struct err *e) {
    const struct sign_cli *o = run->opts;
    struct value *v = value_new(run->mem, VALUE_MAP), *list = value_new(run->mem, VALUE_LIST);
    struct flaws flaws = {.mem = run->mem};
    struct report *told = arena_alloc(run->mem, sizeof *told);

    told->mem = run->mem;
    put(run->mem, v, "certificate", o->certificate);
    put(run->mem, v, "key", o->key);
    put(run->mem, v, "passphrase", o->passphrase);
    put(run->mem, v, "module", o->module);
    put(run->mem, v, "command", o->command);
    put(run->mem, v, "name", o->name);
    put(run->mem, v, "url", o->url);
    put(run->mem, v, "digest", o->digest);
    for (size_t i = 0; i < o->servers.n; i++)
        value_add(list, value_str(run->mem, str_of(o->servers.v[i])));
    if (o->servers.n)
        value_set(run->mem, v, "timestamp", list);
    schema_check(v, authenticode_schema, "", &flaws);
    *out = v;
    return flaw_tell(&flaws, told) ? err_set(e, E_USAGE, STR_F, STR_A(told->line[0])) : OK;
}

static int open_folder(const char *path, struct arena *mem, struct fsys_dir *dir, const char **name,
                       struct err *e) {
    struct str s = str_of(path);
    size_t slash = str_rfind(s, '/');

    *name = slash == s.n ? path : path + slash + 1;
    return fsys_dir_open(dir, FSYS_HERE,
                         slash == s.n ? "." : str_z(mem, str_cut(s, 0, slash ? slash : 1)), e);
}

/* Two steps: the parts are called as the file is. */
static int in_parts(const struct sign_cli *o, struct authenticode *a, struct infile *in,
                    struct outfile *to, const char *name, struct err *e) {
    const char *path = o->prepare ? o->prepare : o->attach;
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;

    if ((o->prepare && fsys_mkdirs(FSYS_HERE, path, e)) || fsys_dir_open(&dir, FSYS_HERE, path, e))
        return (int)e->code;
    return o->prepare ? authenticode_prepare(a, in, o->append, name, dir.fd, e)
                      : authenticode_attach(a, to, name, dir.fd, o->append, e);
}

/* The new file takes the old one's place whole, or not at all. */
static int change_file(struct cmd_run *run, struct authenticode *a, struct infile *in,
                       const char *path, size_t signatures, struct err *e) {
    const struct sign_cli *o = run->opts;
    AUTO(outfile) to = OUTFILE_NONE;
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    const char *name, *own = path + str_rfind(str_of(path), '/');
    const char *at = o->out; /* where a link leads to is signed, and the link stays one */
    int rc;

    own = *own ? own + 1 : path;
    if (o->prepare)
        return in_parts(o, a, in, NULL, own, e);
    if ((!at && abspath_real(path, run->mem, &at, e)) ||
        open_folder(at, run->mem, &dir, &name, e) || outfile_open(&to, dir.fd, name, e) ||
        outfile_append_from(&to, in->fd, 0, in->size, e) || outfile_mode(&to, in->st.mode, e))
        return (int)e->code;
    rc = o->remove   ? authenticode_remove(&to, &signatures, e)
         : o->attach ? in_parts(o, a, in, &to, own, e)
                     : authenticode_sign(a, &to, o->append, e);
    if (rc || infile_check_unchanged(in, e))
        return (int)e->code;
    return outfile_commit(&to, e);
}

static int sign_file(struct cmd_run *run, struct authenticode *a, const char *path, struct err *e) {
    const struct sign_cli *o = run->opts;
    AUTO(infile) in = INFILE_NONE;
    size_t n;

    if (infile_open(&in, FSYS_HERE, path, e) || authenticode_count(&in, &n, e))
        return (int)e->code;
    if (n && !o->append && !o->replace && !o->remove)
        return err_set(e, E_USAGE,
                       "%s is signed already; --append puts a signature beside that one, --replace "
                       "in its place",
                       path);
    if (run->common->dry_run || (o->remove && !n && !o->out))
        return OK;
    return change_file(run, a, &in, path, n, e);
}

/* The parts in the folder are called as the files are. */
static int check_names(struct cmd_run *run, struct err *e) {
    struct map names = {.mem = run->mem};

    for (int i = 0; i < run->n_args; i++) {
        struct str s = str_of(run->args[i]);
        size_t slash = str_rfind(s, '/');
        struct str own = slash == s.n ? s : str_cut(s, slash + 1, s.n);

        if (map_put(&names, own, run))
            return err_set(e, E_USAGE,
                           "two files are called " STR_F "; each wants a folder of its own",
                           STR_A(own));
    }
    return OK;
}

static struct str hide(void *self, struct str text, struct arena *mem) {
    const struct authenticode *a = self;

    return secret_redact(&a->known, text, mem);
}

static int sign_files(struct cmd_run *run, struct authenticode *a, struct err *e) {
    const struct sign_cli *o = run->opts;
    struct value *section;
    struct str said;
    int rc = OK;

    if (section_of(run, &section, e) || ((o->prepare || o->attach) && check_names(run, e)))
        return (int)e->code;
    if (!o->remove && !o->attach)
        rc = authenticode_open(a, section, ".", o->prepare, run->mem, e);
    else if (!o->remove)
        rc = authenticode_servers(a, section, run->mem, e);
    log_filter_set(hide, a);
    for (int i = 0; i < run->n_args && !rc; i++)
        rc = sign_file(run, a, run->args[i], e);
    log_filter_set(NULL, NULL);
    said = str_of(e->msg);
    said = rc ? secret_redact(&a->known, said, run->mem) : said;
    if (said.p != e->msg)
        err_set(e, e->code, STR_F, STR_A(said));
    return rc;
}

static int sign_run(struct cmd_run *run, struct err *e) {
    const struct sign_cli *o = run->opts;
    struct authenticode a = {.ask = ask_secret};
    int rc;

    if (!run->n_args)
        return sign_recipe(run, e);
    if (o->append + o->replace + o->remove > 1)
        return err_set(e, E_USAGE, "--append, --replace and --remove are three different things");
    if ((o->prepare != NULL) + (o->attach != NULL) + o->remove > 1)
        return err_set(e, E_USAGE, "--prepare, --attach and --remove are three different steps");
    if (o->recipe.dist) /* the file itself would be changed, and nobody asked for that */
        return err_set(e, E_USAGE,
                       "--dist (-o) is the folder of a release; where a signed file goes is "
                       "--output");
    if (o->out && (run->n_args > 1 || o->prepare))
        return err_set(e, E_USAGE, "--output is where one signed file goes");
    rc = sign_files(run, &a, e);
    authenticode_close(&a);
    return rc;
}

const struct cmd cmd_sign = {
    .name = "sign",
    .args = "[FILE...]",
    .summary = "Write checksums and detached signatures, or sign single files.",
    .text =
        "Without FILE: writes checksums.sha256 and checksums.sha512 over all sealed artifacts and, "
        "with the recipe's key, a detached OpenPGP signature NAME.asc of each. A file whose bytes "
        "are not the sealed ones is refused.\n\n"
        "With FILE: puts an Authenticode signature into an executable of Windows, a Windows "
        "Installer "
        "database or a cabinet, in its place or "
        "into --output, without a recipe. Secrets are given by reference, never by themselves. "
        "The key is in a file, in a PKCS#11 token, or behind a program that signs digests; or it "
        "is in another place altogether: --prepare DIR writes NAME.tosign and its digest, "
        "NAME.digest, somebody signs and puts NAME.signature beside them, and --attach DIR makes "
        "the signed file of it. A recipe that says sign: authenticode: apart is signed in these "
        "steps too, without FILE: the programs that were packed, then slipway pack again, then the "
        "packages.",
    .opts = sign_rows,
    .opts_size = sizeof(struct sign_cli),
    .run = sign_run,
};
