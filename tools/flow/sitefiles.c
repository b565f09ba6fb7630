/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sitefiles.h"

#include "feed/installer.h"
#include "flow/ledger.h"
#include "flow/registry.h"
#include "model/names.h"

#include <stdlib.h>
#include <string.h>

enum {
    FILE_MAX = 16 * 1024 * 1024,
    POINTER_SECONDS = 60,
    CLIENT_SECONDS = 3600,
    RELEASE_SECONDS = 300
};

struct files { /* one generation, being described */
    struct flow *f;
    const struct publish_place *p;
    struct release ledger;
    bool *changed;
};

int sitefiles_link(int root, const char *target, const char *path, struct err *e) {
    AUTO(arena) mem = {0};
    struct str name = str_of(path), have;
    struct fsys_stat st;
    size_t slash = str_rfind(name, '/');

    if (slash < name.n && fsys_mkdirs(root, str_z(&mem, str_cut(name, 0, slash)), e))
        return (int)e->code;
    if (fsys_lstat(root, path, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return fsys_symlink(root, target, path, e);
    if (st.kind != FSYS_LINK)
        return err_set(e, E_INPUT, "%s is there and is not slipway's link: move it away", path);
    if (fsys_readlink(root, path, &mem, &have, e))
        return (int)e->code;
    return str_is(have, target) ? OK : fsys_symlink_over(root, target, path, e);
}

/* Puts a file into the coming generation unless it has the same bytes there. */
static int put(const struct files *s, const char *name, struct str text, struct err *e) {
    const char *path = arena_fmt(s->f->mem, "%s/%s", s->p->next, name);

    return fsys_write_changed(s->p->root, path, text, 0644, s->changed, e);
}

static int describe(struct files *s, const char *path, const char *name, enum artifact_role role,
                    uint64_t cache, struct err *e) {
    struct artifact a = {
        .name = str_of(name),
        .role = role,
        .made_by = STR("slipway " SLIPWAY_VERSION),
        .cache_seconds = cache,
    };
    AUTO(infile) in = INFILE_NONE;

    if (infile_open(&in, s->p->root, path, e) ||
        digest_infile(&in, 0, in.size, DIGEST_SHA256 | DIGEST_SHA512, 1, &a.digests, e))
        return (int)e->code;
    a.size = in.size;
    release_add(&s->ledger, &a);
    return OK;
}

struct part { /* one repository: its kind, its root below the site and the prefix of its index */
    const struct repository *kind;
    const char *root;
};

/* All files of an index; what begins with a dot is slipway's own. */
static int describe_index(struct files *s, const struct part *part, const char *dir,
                          const char *below, struct err *e) {
    struct arena *mem = s->f->mem;
    struct fsys_name *names;
    size_t n;

    if (fsys_list(s->p->root, dir, mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_fmt(mem, "%s/" STR_F, dir, STR_A(names[i].name));
        const char *rel = arena_fmt(mem, "%s/" STR_F, below, STR_A(names[i].name));

        if (str_starts(names[i].name, "."))
            continue;
        if (names[i].kind == FSYS_DIR) {
            if (describe_index(s, part, path, rel, e))
                return (int)e->code;
        } else if (names[i].kind == FSYS_FILE &&
                   describe(s, path, arena_fmt(mem, "%s/%s", part->root, rel), ROLE_INDEX,
                            part->kind->cache_seconds(str_of(rel)), e)) {
            return (int)e->code;
        }
    }
    return OK;
}

/* The files that tell clients of the repository, in its root. */
static int describe_client_files(struct files *s, const struct part *part, struct err *e) {
    struct arena *mem = s->f->mem;
    struct fsys_name *names;
    size_t n;

    if (fsys_list(s->p->root, part->root, mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_fmt(mem, "%s/" STR_F, part->root, STR_A(names[i].name));

        if (names[i].kind == FSYS_FILE && !str_starts(names[i].name, ".") &&
            describe(s, path, path, str_ends(names[i].name, ".asc") ? ROLE_KEY : ROLE_OTHER,
                     CLIENT_SECONDS, e))
            return (int)e->code;
    }
    return OK;
}

/* A folder "apt" or "yum-beta" of the generation is the index of the repository apt or yum/beta. */
static int describe_repository(struct files *s, struct str folder, struct err *e) {
    struct arena *mem = s->f->mem;
    struct str rest = folder, word = str_split(&rest, '-');
    struct part part = {.kind = registry_repository(word)};

    if (!part.kind)
        return OK;
    part.root =
        rest.n ? arena_fmt(mem, STR_F "/" STR_F, STR_A(word), STR_A(rest)) : str_z(mem, word);
    if (describe_client_files(s, &part, e))
        return (int)e->code;
    return describe_index(s, &part, arena_fmt(mem, "%s/" STR_F, s->p->next, STR_A(folder)),
                          part.kind->index, e);
}

/* The ledgers of all releases: who knows the site only by its address finds the old ones by them.
 */
static int describe_releases(struct files *s, struct err *e) {
    struct arena *mem = s->f->mem;
    struct fsys_name *names;
    size_t n;

    if (fsys_list(s->p->root, "releases", mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_fmt(mem, "releases/" STR_F "/release.json", STR_A(names[i].name));

        struct fsys_stat st;

        if (names[i].kind != FSYS_DIR || !str_starts(names[i].name, "v"))
            continue;
        if (fsys_stat(s->p->root, path, &st, e) ||
            (st.kind == FSYS_FILE && describe(s, path, path, ROLE_OTHER, RELEASE_SECONDS, e)))
            return (int)e->code;
    }
    return OK;
}

static int write_ledger(struct files *s, struct err *e) {
    struct arena *mem = s->f->mem;
    struct fsys_name *names;
    AUTO(buf) text = BUF_NONE;
    size_t n;

    buf_init(&text, LEDGER_FILE_MAX);
    if (fsys_list(s->p->root, s->p->next, mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (names[i].kind == FSYS_DIR && describe_repository(s, names[i].name, e))
            return (int)e->code;
    if (describe_releases(s, e))
        return (int)e->code;
    if (ledger_text(&s->ledger, &text, e) || put(s, "site.json", buf_get(&text), e))
        return (int)e->code;
    return sitefiles_link(s->p->root, ".slipway/current/site.json", "site.json", e);
}

/* ------------------------------------------------------------------------------- the page */

struct shown { /* a published release */
    struct release ledger;
    struct page_release page;
};

static int newest_first(const void *a, const void *b) {
    const struct shown *const *x = a, *const *y = b;

    return names_semver_cmp((*y)->page.version, (*x)->page.version);
}

/* The releases of the folder; the one that `latest` is comes first. */
static int read_releases(struct files *s, struct page_release **out, size_t *n, struct err *e) {
    struct arena *mem = s->f->mem;
    struct fsys_name *names;
    struct shown **v;
    size_t count, m = 0;

    if (fsys_list(s->p->root, "releases", mem, &names, &count, e))
        return (int)e->code;
    v = arena_array(mem, count + 1, sizeof *v);
    for (size_t i = 0; i < count; i++) {
        struct str version = str_cut(names[i].name, 1, names[i].name.n);
        struct names_semver parts;
        struct shown *r;

        if (names[i].kind != FSYS_DIR || !str_starts(names[i].name, "v") ||
            !names_semver(version, &parts))
            continue;
        r = v[m++] = arena_alloc(mem, sizeof *r);
        r->page.version = version;
        r->page.folder = arena_fmt(mem, "releases/" STR_F, STR_A(names[i].name));
    }
    qsort(v, m, sizeof *v, newest_first);
    for (size_t i = 0; i < m; i++)
        if (str_eq(v[i]->page.version, s->p->latest)) {
            struct shown *latest = v[i];

            memmove(v + 1, v, i * sizeof *v);
            v[0] = latest;
        }
    *n = m < SITEFILES_KEEP ? m : SITEFILES_KEEP;
    *out = arena_array(mem, *n + 1, sizeof **out);
    for (size_t i = 0; i < *n; i++) {
        struct str channel = names_channel(v[i]->page.version);

        if (ledger_read(s->p->root, arena_fmt(mem, "%s/release.json", v[i]->page.folder), mem,
                        &v[i]->ledger, e))
            return (int)e->code;
        v[i]->page.ledger = &v[i]->ledger;
        v[i]->page.time = v[i]->ledger.time;
        v[i]->page.channel = str_is(channel, "latest") ? STR("stable") : channel;
        (*out)[i] = v[i]->page;
    }
    return OK;
}

static bool is_there(const struct files *s, const char *path) {
    struct err ignored = {0};
    struct fsys_stat st;

    return !fsys_lstat(s->p->root, path, &st, &ignored) && st.kind == FSYS_FILE;
}

static int write_page(struct files *s, const struct page_job *job, bool wanted, struct err *e) {
    AUTO(buf) html = BUF_NONE;

    if (!wanted)
        return OK;
    buf_init(&html, FILE_MAX);
    if (page_write(job, &html, e) || buf_check(&html, "index.html", e) ||
        put(s, "index.html", buf_get(&html), e) ||
        sitefiles_link(s->p->root, ".slipway/current/index.html", "index.html", e))
        return (int)e->code;
    return describe(s, arena_fmt(s->f->mem, "%s/index.html", s->p->next), "index.html", ROLE_OTHER,
                    POINTER_SECONDS, e);
}

static int write_script(struct files *s, const struct page_job *job, struct err *e) {
    AUTO(buf) script = BUF_NONE;

    if (!job->script)
        return OK;
    buf_init(&script, FILE_MAX);
    if (installer_write(job, &script, e) || buf_check(&script, "install.sh", e) ||
        put(s, "install.sh", buf_get(&script), e) ||
        sitefiles_link(s->p->root, "../.slipway/current/install.sh", "install/install.sh", e))
        return (int)e->code;
    return describe(s, arena_fmt(s->f->mem, "%s/install.sh", s->p->next), "install/install.sh",
                    ROLE_OTHER, POINTER_SECONDS, e);
}

int sitefiles_write(struct flow *f, const struct value *row, struct str url, struct str public_key,
                    const struct publish_place *p, bool *changed, struct err *e) {
    struct files s = {
        .f = f,
        .p = p,
        .ledger = {.mem = f->mem,
                   .name = f->recipe->name,
                   .title = f->recipe->title,
                   .version = p->latest,
                   .channel = names_channel(p->latest),
                   .time = f->recipe->time},
        .changed = changed,
    };
    struct page_release *releases = NULL;
    struct page_job job = {
        .recipe = f->recipe,
        .url = url,
        .apt = is_there(&s, arena_fmt(f->mem, "apt/" STR_F ".sources", STR_A(f->recipe->name))),
        .yum = is_there(&s, arena_fmt(f->mem, "yum/" STR_F ".repo", STR_A(f->recipe->name))),
        .fingerprint = f->signer.kind ? f->signer.fingerprint : (struct str){0},
        .public_key = public_key,
        .mem = f->mem,
    };

    if (read_releases(&s, &releases, &job.n, e) || page_icon(f->recipe, f->mem, &job.icon, e))
        return (int)e->code;
    job.releases = releases;
    job.script =
        job.n && url.n && value_flag(row, "install-script", true) && installer_useful(&job);
    if (write_script(&s, &job, e) ||
        write_page(&s, &job, job.n && value_flag(row, "page", true), e))
        return (int)e->code;
    return write_ledger(&s, e);
}
