/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/cmd.h"
#include "flow/registry.h"
#include "flow/repos.h"
#include "model/flaw.h"
#include "os/clock.h"
#include "os/envvar.h"
#include "os/thread.h"
#include "sign/openpgp.h"

#include <stdio.h>

struct repo_opts {
    const char *suite, *component, *codename, *origin, *label, *description, *url, *name, *key,
        *passphrase;
    unsigned valid_days, phased, keep;
    struct opts_list compress, remove;
};

static const struct opts_row repo_rows[] = {
    {"key", 'k', OPTS_TEXT, offsetof(struct repo_opts, key), "KEY",
     "Sign the indexes: a key's fingerprint in your keyring, or env:NAME, file:PATH, "
     "command:ARGV."},
    {"passphrase", 0, OPTS_TEXT, offsetof(struct repo_opts, passphrase), "REF",
     "The key's passphrase: env:NAME, file:PATH or command:ARGV."},
    {"remove", 0, OPTS_LIST, offsetof(struct repo_opts, remove), "NAME[=VERSION]",
     "Take packages out."},
    {"keep", 0, OPTS_NUM, offsetof(struct repo_opts, keep), "N",
     "Versions of each package that stay; all without it."},
    {"suite", 0, OPTS_TEXT, offsetof(struct repo_opts, suite), "SUITE",
     "apt: the suite; stable without it."},
    {"component", 0, OPTS_TEXT, offsetof(struct repo_opts, component), "NAME",
     "apt: the component; main without it."},
    {"codename", 0, OPTS_TEXT, offsetof(struct repo_opts, codename), "NAME", "apt: the codename."},
    {"origin", 0, OPTS_TEXT, offsetof(struct repo_opts, origin), "TEXT", "apt: Origin."},
    {"label", 0, OPTS_TEXT, offsetof(struct repo_opts, label), "TEXT", "apt: Label."},
    {"description", 0, OPTS_TEXT, offsetof(struct repo_opts, description), "TEXT",
     "apt: Description."},
    {"valid-days", 0, OPTS_NUM, offsetof(struct repo_opts, valid_days), "N",
     "apt: days until clients refuse the indexes (Valid-Until)."},
    {"phased", 0, OPTS_NUM, offsetof(struct repo_opts, phased), "PERCENT",
     "apt: how many machines get the added packages (Phased-Update-Percentage)."},
    {"compress", 0, OPTS_LIST, offsetof(struct repo_opts, compress), "KIND,…",
     "How indexes are compressed: gz, xz, zst."},
    {"url", 0, OPTS_TEXT, offsetof(struct repo_opts, url), "URL",
     "Where clients find DIR: writes their .sources or .repo file."},
    {"name", 0, OPTS_TEXT, offsetof(struct repo_opts, name), "NAME",
     "What these client files are called; repository without it."},
    {0},
};

static void put_text(struct arena *mem, struct value *map, const char *key, const char *text) {
    if (text)
        value_set(mem, map, key, value_str(mem, str_of(text)));
}

static void put_number(struct arena *mem, struct value *map, const char *key, unsigned n) {
    if (n)
        value_set(mem, map, key, value_int(mem, n));
}

/* The options as the row of a recipe would say it, checked like one. */
static int options(const struct repository *kind, const struct repo_opts *o, struct arena *mem,
                   struct value **out, struct err *e) {
    struct value *map = value_new(mem, VALUE_MAP);

    put_text(mem, map, "suite", o->suite);
    put_text(mem, map, "component", o->component);
    put_text(mem, map, "codename", o->codename);
    put_text(mem, map, "origin", o->origin);
    put_text(mem, map, "label", o->label);
    put_text(mem, map, "description", o->description);
    put_number(mem, map, "valid-days", o->valid_days);
    put_number(mem, map, "phased", o->phased);
    put_number(mem, map, "keep", o->keep);
    if (o->compress.n) {
        struct value *list = value_new(mem, VALUE_LIST);

        for (size_t i = 0; i < o->compress.n; i++)
            value_add(list, value_str(mem, str_of(o->compress.v[i])));
        /* one word where the format takes one */
        value_set(mem, map, "compress",
                  list->child && !list->child->next ? value_str(mem, list->child->s) : list);
    }
    for (const struct value *c = map->child; c; c = c->next)
        if (!schema_find(kind->schema, c->key))
            return err_set(e, E_USAGE, "%s repositories have no --" STR_F, kind->name,
                           STR_A(c->key));
    *out = map;
    return OK;
}

static int check_options(const struct repository *kind, struct value *map, struct arena *mem,
                         struct err *e) {
    struct flaws f = {.mem = mem};
    struct report r = {.mem = mem};

    schema_check(map, kind->schema, "", &f);
    if (flaw_tell(&f, &r))
        return err_set(e, E_USAGE, STR_F, STR_A(r.line[0]));
    return kind->check ? kind->check(map, e) : OK;
}

static int open_key(const struct repo_opts *o, struct arena *mem, struct signer *s, struct buf *pub,
                    struct err *e) {
    struct value *section = value_new(mem, VALUE_MAP);
    struct str key = str_of(o->key);
    bool set;
    int64_t when = 0;

    if (str_find(key, ':') == key.n)
        key = str_fmt(mem, "gpg:" STR_F, STR_A(key));
    value_set(mem, section, "key", value_str(mem, key));
    put_text(mem, section, "passphrase", o->passphrase);
    if (clock_source_date(&set, &when, e) || openpgp_open(section, ".", when, mem, s, e))
        return (int)e->code;
    return openpgp_public(s, pub, e);
}

/* For the log's filter: nothing shows what opened the key. */
static struct str hide(void *signer, struct str text, struct arena *a) {
    return secret_redact(openpgp_secrets(signer), text, a);
}

static void print_done(const struct cmd_run *run, const char *dir, const struct repository_job *j) {
    struct value *v = value_new(run->mem, VALUE_MAP);
    AUTO(buf) out = BUF_NONE;

    if (!run->common->json) {
        if (!run->common->quiet)
            printf("%s: %zu added, %zu removed, %zu in all%s\n", dir, j->added, j->removed,
                   j->kept + j->added, j->changed ? "" : "; nothing changed");
        return;
    }
    put_text(run->mem, v, "repository", dir);
    value_set(run->mem, v, "added", value_int(run->mem, (int64_t)j->added));
    value_set(run->mem, v, "removed", value_int(run->mem, (int64_t)j->removed));
    value_set(run->mem, v, "packages", value_int(run->mem, (int64_t)(j->kept + j->added)));
    value_set(run->mem, v, "changed", value_bool(run->mem, j->changed));
    buf_init(&out, 1 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static int fill(struct cmd_run *run, const struct repo_opts *o, struct repository_job *j,
                struct err *e) {
    struct repository_add *add = arena_array(run->mem, (size_t)run->n_args + 1, sizeof *add);
    struct str *gone = arena_array(run->mem, o->remove.n + 1, sizeof *gone);
    bool set;

    for (int i = 2; i < run->n_args; i++)
        add[j->n_add++] = (struct repository_add){.dir = FSYS_HERE, .path = run->args[i]};
    for (size_t i = 0; i < o->remove.n; i++)
        gone[j->n_remove++] = str_of(o->remove.v[i]);
    j->add = add;
    j->remove = gone;
    j->scan = !j->n_add && !j->n_remove;
    j->name = str_of(o->name ? o->name : "repository");
    j->title = j->name;
    j->url = str_of(o->url);
    j->jobs = run->common->jobs ? run->common->jobs : thread_cores();
    j->mem = run->mem;
    if (clock_source_date(&set, &j->now, e))
        return (int)e->code;
    if (!set)
        j->now = clock_now();
    return OK;
}

static int repo_run(struct cmd_run *run, struct err *e) {
    const struct repo_opts *o = run->opts;
    const struct repository *kind;
    struct repository_job j = {0};
    struct signer signer = {0};
    AUTO(buf) pub = BUF_NONE;
    struct value *section = NULL;
    int rc;

    if (run->n_args < 2)
        return err_set(e, E_USAGE, "repo apt DIR [FILE…] or repo yum DIR [FILE…]");
    kind = registry_repository(str_of(run->args[0]));
    if (!kind)
        return err_set(e, E_USAGE, "no repositories of kind \"%s\"; there are apt and yum",
                       run->args[0]);
    buf_init(&pub, 1 << 20);
    if (options(kind, o, run->mem, &section, e) || check_options(kind, section, run->mem, e) ||
        fill(run, o, &j, e))
        return (int)e->code;
    if (run->common->dry_run) {
        log_info("would add %zu and remove %zu in %s", j.n_add, j.n_remove, run->args[1]);
        return OK;
    }
    if (o->key && open_key(o, run->mem, &signer, &pub, e)) {
        openpgp_close(&signer);
        return (int)e->code;
    }
    if (!o->key)
        log_info("unsigned: clients will want to be told to trust it; --key signs");
    j.section = section;
    j.signer = o->key ? &signer : NULL;
    j.public_key = buf_get(&pub);
    if (j.signer)
        log_filter_set(hide, &signer);
    rc = repos_update(kind, run->args[1], &j, e);
    log_filter_set(NULL, NULL);
    openpgp_close(&signer);
    if (!rc)
        print_done(run, run->args[1], &j);
    return rc;
}

const struct cmd cmd_repo = {
    .name = "repo",
    .args = "apt|yum DIR [FILE…]",
    .summary = "Add packages to an apt or yum repository, or take them out.",
    .text =
        "Adds the FILEs to the repository in DIR, which is made when it is missing and may have "
        "been made by another tool. Without FILE and --remove the packages that lie in DIR are "
        "what there is to index. The indexes change in one step: no client sees half of it, a "
        "killed run leaves the old ones whole. A second run on DIR waits for the first.\n\n"
        "Without --key the repository is unsigned.",
    .opts = repo_rows,
    .opts_size = sizeof(struct repo_opts),
    .run = repo_run,
};
