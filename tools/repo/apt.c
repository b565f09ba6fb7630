/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt.h"

#include "repo/apt_pool.h"
#include "repo/apt_verify.h"
#include "repo/client.h"
#include "text/deb822.h"

#include <string.h>

enum { YEAR = 31536000, HOUR = 3600, MINUTE = 60, CLIENT_MAX = 1024 * 1024 };

/* A folder's name, and a word of a Release field. */
static int word_check(struct str s, struct err *e) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i && c && strchr("+-._~", c))))
            return err_set(e, E_RECIPE, "it is one word of letters, digits and + - . _ ~");
    }
    return s.n && s.n < 100 ? OK : err_set(e, E_RECIPE, "it must not be empty or long");
}

static const char word_pattern[] = "^[A-Za-z0-9][A-Za-z0-9+._~-]{0,98}$";

static const char *const compress_words[] = {"gz", "xz", "zst", NULL};
static const struct schema compress_item[] = {{.kind = SCHEMA_WORD, .words = compress_words}};

static const struct schema apt_schema[] = {
    {.key = "suite",
     .kind = SCHEMA_STR,
     .check = word_check,
     .pattern = word_pattern,
     .help = "The suite; stable without it, and the first word of a pre-release for that: beta."},
    {.key = "component",
     .kind = SCHEMA_STR,
     .check = word_check,
     .pattern = word_pattern,
     .help = "The component; main without it."},
    {.key = "codename",
     .kind = SCHEMA_STR,
     .check = word_check,
     .pattern = word_pattern,
     .help = "Codename of the suite's Release file."},
    {.key = "origin", .kind = SCHEMA_STR, .help = "Origin; the title without it."},
    {.key = "label", .kind = SCHEMA_STR, .help = "Label; the title without it."},
    {.key = "description", .kind = SCHEMA_STR, .help = "Description of the suite, in one line."},
    {.key = "valid-days",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 3650,
     .help = "Days until clients refuse the indexes (Valid-Until); for ever without it."},
    {.key = "phased",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 100,
     .help = "How many of a hundred machines get the added packages at first "
             "(Phased-Update-Percentage)."},
    {.key = "keep",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 10000,
     .help = "Versions of each package that stay; all without it."},
    {.key = "compress",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = compress_item,
     .help = "The compressed forms of the indexes beside the plain one: gz, xz and zst without "
             "it."},
    {0},
};

static int apt_write(struct apt_suite *s, struct err *e) {
    struct apt_index *ix = &s->index;

    for (size_t i = 0; i < ix->n; i++) {
        size_t k = 0;

        while (k < ix->n_arches && !str_eq(ix->arch[k], ix->v[i].arch))
            k++;
        if (k < ix->n_arches)
            continue;
        if (k == APT_INDEX_ARCHES)
            return err_set(e, E_INPUT, "%s: more than %d architectures", s->where,
                           APT_INDEX_ARCHES);
        ix->arch[ix->n_arches++] = ix->v[i].arch;
    }
    for (size_t i = 0; i < ix->n_arches; i++)
        if (apt_index_write(ix, s->dir.fd, s->component, ix->arch[i], s->forms, s->job->jobs,
                            &s->new, &s->changed, e))
            return (int)e->code;
    return OK;
}

/* NAME.sources holds the key itself, so that it is all a client needs. */
static int client_files(const struct apt_suite *s, struct err *e) {
    const struct repository_job *j = s->job;
    AUTO(buf) text = BUF_NONE;

    if (j->signer && client_put(j, ".asc", j->public_key, e))
        return (int)e->code;
    if (!j->url.n)
        return OK;
    buf_init(&text, CLIENT_MAX);
    buf_fmt(&text, "Types: deb\nURIs: " STR_F "\nSuites: " STR_F "\nComponents: " STR_F "\n",
            STR_A(j->url), STR_A(s->name), STR_A(apt_release_get(&s->new, "Components")));
    if (j->signer)
        deb822_put(&text, "Signed-By", str_fmt(j->mem, "\n" STR_F, STR_A(str_trim(j->public_key))));
    else
        buf_z(&text, "Trusted: yes\n");
    if (buf_check(&text, "the .sources file", e))
        return (int)e->code;
    return client_put(j, ".sources", buf_get(&text), e);
}

/* A client that only sees the server cannot list the folder: dists/suites does it for `slipway
 * verify`. */
static int write_suites(const struct repository_job *j, struct err *e) {
    AUTO(buf) text = BUF_NONE;
    struct fsys_name *names;
    size_t n;

    buf_init(&text, CLIENT_MAX);
    if (fsys_list(j->index, ".", j->mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (names[i].kind == FSYS_DIR && !str_starts(names[i].name, "."))
            buf_fmt(&text, STR_F "\n", STR_A(names[i].name));
    if (buf_check(&text, "dists/suites", e))
        return (int)e->code;
    return fsys_write(j->index, "suites", buf_get(&text), 0644, e);
}

static int apt_update(struct repository_job *j, struct err *e) {
    AUTO(apt_suite) s = {.dir = FSYS_DIR_NONE};

    if (apt_suite_open(&s, j, e))
        return (int)e->code;
    if ((j->scan ? apt_pool_scan(&s, e) : apt_pool_add(&s, e)) || apt_pool_prune(&s, e))
        return (int)e->code;
    j->kept = s.index.n - (j->added < s.index.n ? j->added : s.index.n);
    if (apt_write(&s, e) || apt_suite_close(&s, e) || client_files(&s, e))
        return (int)e->code;
    return j->changed ? write_suites(j, e) : OK;
}

static uint64_t apt_cache_seconds(struct str path) {
    if (str_has(path, "/by-hash/") || str_starts(path, "pool/"))
        return YEAR;
    return str_starts(path, "dists/") ? MINUTE : HOUR;
}

const struct repository apt_repository = {
    .name = "apt",
    .suffix = ".deb",
    .index = "dists",
    .schema = apt_schema,
    .update = apt_update,
    .verify = apt_verify,
    .cache_seconds = apt_cache_seconds,
};
