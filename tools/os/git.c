/* SPDX-License-Identifier: Apache-2.0 */
#include "os/git.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

enum { TAGS_MAX = 10000, WALK_MAX = 1000000 };

struct repo {
    git_repository *git;
};

static void repo_drop(struct repo *r) {
    if (!r->git)
        return;
    git_repository_free(r->git);
    r->git = NULL;
}

static int fail(struct err *e, const char *what) {
    const git_error *g = git_error_last();

    return err_set(e, E_INPUT, "git: %s: %s", what, g ? g->message : "unknown error");
}

/* Not being in a repository is no error: *found says it. */
static int repo_open(struct repo *r, const char *dir, bool *found, struct err *e) {
    int rc;

    *found = false;
    /* Never shut down: each beginning reads all certificates that the system trusts, which takes
     * longer than the rest of a run may. */
    git_libgit2_init();
    /* CI checks out as another user than it builds as; nothing in the repository is executed here.
     */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    rc = git_repository_open_ext(&r->git, dir, 0, NULL);
    if (!rc) {
        *found = true;
        return OK;
    }
    r->git = NULL;
    if (rc != GIT_ENOTFOUND)
        fail(e, dir);
    return rc == GIT_ENOTFOUND ? OK : (int)e->code;
}

/* SemVer without or with "v"; full checks are names_semver's, in model/. */
struct semver {
    uint64_t part[3];
    struct str pre;
};

static bool parse(struct str s, struct semver *v) {
    struct str core = str_cut(s, 0, str_find(s, '+')), rest;

    if (s.n && s.p[0] == 'v')
        core = str_cut(core, 1, core.n);
    v->pre = str_cut(core, str_find(core, '-') + 1, core.n);
    rest = str_cut(core, 0, str_find(core, '-'));
    for (int i = 0; i < 3; i++) {
        struct str part = str_split(&rest, '.');

        if (!str_u64(part, UINT64_MAX, &v->part[i]) || (part.n > 1 && part.p[0] == '0'))
            return false;
    }
    return !rest.n;
}

/* SemVer 2.0.0, section 11: pre-release identifiers, numbers before words. */
static int compare_pre(struct str a, struct str b) {
    if (!a.n || !b.n)
        return a.n ? -1 : b.n ? 1 : 0;
    while (a.n && b.n) {
        struct str x = str_split(&a, '.'), y = str_split(&b, '.');
        uint64_t i, k;
        bool nx = str_u64(x, UINT64_MAX, &i), ny = str_u64(y, UINT64_MAX, &k);
        int c = nx && ny ? (i > k) - (i < k) : nx ? -1 : ny ? 1 : str_cmp(x, y);

        if (c)
            return c;
    }
    return a.n ? 1 : b.n ? -1 : 0;
}

static int compare(const struct semver *a, const struct semver *b) {
    for (int i = 0; i < 3; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    return compare_pre(a->pre, b->pre);
}

static int newest_first(const void *a, const void *b) {
    const struct git_tag *x = a, *y = b;
    struct semver v = {{0}, {0}}, w = {{0}, {0}};
    int c;

    parse(x->name, &v);
    parse(y->name, &w);
    c = compare(&w, &v);
    return c ? c : str_cmp(x->name, y->name);
}

struct tag_walk {
    git_repository *git;
    git_oid head;
    struct arena *mem;
    struct git_tag *v;
    size_t n, room;
};

static void add_tag(struct tag_walk *w, struct str name, git_object *target, git_object *commit) {
    struct git_tag t = {.name = str_dup(w->mem, name)};
    const git_signature *by;
    const char *message = "";

    t.version = str_cut(t.name, t.name.n && t.name.p[0] == 'v', t.name.n);
    if (git_object_type(target) == GIT_OBJECT_TAG) {
        const git_tag *a = (const git_tag *)target;

        by = git_tag_tagger(a);
        message = git_tag_message(a);
    } else {
        by = git_commit_committer((const git_commit *)commit);
    }
    if (by) {
        t.author = str_dup(w->mem, str_of(by->name));
        t.email = str_dup(w->mem, str_of(by->email));
        t.time = by->when.time;
    }
    t.message = str_dup(w->mem, str_trim(str_of(message)));
    w->v = arena_grow(w->mem, w->v, w->n, w->n + 1, sizeof *w->v, &w->room);
    w->v[w->n++] = t;
}

static int see_ref(const char *name, git_oid *oid, void *self) {
    struct tag_walk *w = self;
    struct str tag = str_of(name);
    git_object *target = NULL, *commit = NULL;
    const git_oid *id;
    struct semver v;

    if (!str_starts(tag, "refs/tags/") || w->n >= TAGS_MAX)
        return 0;
    tag = str_cut(tag, strlen("refs/tags/"), tag.n);
    if (!parse(tag, &v) || git_object_lookup(&target, w->git, oid, GIT_OBJECT_ANY))
        return 0;
    if (!git_object_peel(&commit, target, GIT_OBJECT_COMMIT)) {
        id = git_object_id(commit);
        if (git_oid_equal(id, &w->head) || git_graph_descendant_of(w->git, &w->head, id) == 1)
            add_tag(w, tag, target, commit);
        git_object_free(commit);
    }
    git_object_free(target);
    return 0;
}

static int read_tags(git_repository *git, struct arena *a, struct git_tag **list, size_t *n,
                     struct err *e) {
    struct tag_walk w = {.git = git, .mem = a};

    *list = NULL;
    *n = 0;
    if (git_reference_name_to_id(&w.head, git, "HEAD"))
        return OK; /* no commit yet */
    if (git_tag_foreach(git, see_ref, &w))
        return fail(e, "tags");
    if (w.n)
        qsort(w.v, w.n, sizeof *w.v, newest_first);
    *list = w.v;
    *n = w.n;
    return OK;
}

int git_tags(const char *dir, struct arena *a, struct git_tag **list, size_t *n, struct err *e) {
    AUTO(repo) r = {NULL};
    bool found;

    *list = NULL;
    *n = 0;
    if (repo_open(&r, dir, &found, e) || !found)
        return (int)e->code;
    return read_tags(r.git, a, list, n, e);
}

static bool is_dirty(git_repository *git) {
    git_status_options o = {.version = GIT_STATUS_OPTIONS_VERSION};
    git_status_list *list = NULL;
    size_t n;

    o.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    o.flags = GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    if (git_repository_is_bare(git) || git_status_list_new(&list, git, &o))
        return false;
    n = git_status_list_entrycount(list);
    git_status_list_free(list);
    return n > 0;
}

static void read_head(git_repository *git, struct arena *a, struct git_facts *f) {
    char hex[GIT_OID_HEXSZ + 1];
    git_reference *head = NULL;
    git_commit *commit = NULL;
    git_oid id;

    if (git_reference_name_to_id(&id, git, "HEAD"))
        return;
    f->commit = str_dup(a, str_of(git_oid_tostr(hex, sizeof hex, &id)));
    f->short_commit = str_cut(f->commit, 0, 7);
    if (!git_commit_lookup(&commit, git, &id)) {
        f->commit_time = git_commit_time(commit);
        git_commit_free(commit);
    }
    if (!git_repository_head(&head, git)) {
        if (git_reference_is_branch(head))
            f->branch = str_dup(a, str_of(git_reference_shorthand(head)));
        git_reference_free(head);
    }
}

static bool on_head(git_repository *git, struct str tag, struct arena *a) {
    git_object *o = NULL, *commit = NULL;
    git_oid head;
    bool yes = false;

    if (git_reference_name_to_id(&head, git, "HEAD") ||
        git_revparse_single(&o, git, arena_fmt(a, "refs/tags/" STR_F, STR_A(tag))))
        return false;
    if (!git_object_peel(&commit, o, GIT_OBJECT_COMMIT)) {
        yes = git_oid_equal(git_object_id(commit), &head);
        git_object_free(commit);
    }
    git_object_free(o);
    return yes;
}

int git_facts(const char *dir, struct arena *a, struct git_facts *f, struct err *e) {
    AUTO(repo) r = {NULL};
    struct git_tag *tags;
    size_t n;

    *f = (struct git_facts){0};
    if (repo_open(&r, dir, &f->found, e) || !f->found)
        return (int)e->code;
    read_head(r.git, a, f);
    if (!f->commit.n)
        return OK;
    if (read_tags(r.git, a, &tags, &n, e))
        return (int)e->code;
    if (!n)
        return OK;
    f->tag = tags[0].name;
    f->version = tags[0].version;
    f->tag_time = tags[0].time;
    f->exact = on_head(r.git, f->tag, a);
    if (n > 1)
        f->previous = tags[1].name;
    return OK;
}

static struct git_change change_of(const git_commit *c, struct arena *a) {
    char hex[GIT_OID_HEXSZ + 1];
    const git_signature *by = git_commit_author(c);
    const char *message = git_commit_message(c);
    struct str text = str_of(message ? message : "");
    struct git_change g = {.time = git_commit_time(c)};

    g.id = str_dup(a, str_of(git_oid_tostr(hex, sizeof hex, git_commit_id(c))));
    text = str_trim(text);
    g.subject = str_dup(a, str_trim(str_cut(text, 0, str_find(text, '\n'))));
    g.body = str_dup(a, str_trim(str_cut(text, str_find(text, '\n'), text.n)));
    if (by) {
        g.author = str_dup(a, str_of(by->name));
        g.email = str_dup(a, str_of(by->email));
    }
    return g;
}

static int push(git_repository *git, git_revwalk *walk, struct str name, bool hide, struct arena *a,
                struct err *e) {
    git_object *o = NULL;
    int rc;

    if (git_revparse_single(&o, git, str_z(a, name)))
        return fail(e, str_z(a, name));
    if (git_object_type(o) == GIT_OBJECT_TAG) {
        git_object *commit = NULL;

        rc = git_object_peel(&commit, o, GIT_OBJECT_COMMIT);
        git_object_free(o);
        if (rc)
            return fail(e, str_z(a, name));
        o = commit;
    }
    rc = hide ? git_revwalk_hide(walk, git_object_id(o)) : git_revwalk_push(walk, git_object_id(o));
    git_object_free(o);
    return rc ? fail(e, str_z(a, name)) : OK;
}

static int collect(git_repository *git, git_revwalk *walk, size_t max, struct arena *a,
                   struct git_change **list, size_t *n) {
    size_t room = 0, seen = 0;
    git_oid id;

    while (*n < max && seen++ < WALK_MAX && !git_revwalk_next(&id, walk)) {
        git_commit *c = NULL;

        if (git_commit_lookup(&c, git, &id))
            continue;
        if (git_commit_parentcount(c) < 2) {
            *list = arena_grow(a, *list, *n, *n + 1, sizeof **list, &room);
            (*list)[(*n)++] = change_of(c, a);
        }
        git_commit_free(c);
    }
    return OK;
}

int git_changes(const char *dir, struct str from, struct str to, size_t max, struct arena *a,
                struct git_change **list, size_t *n, struct err *e) {
    AUTO(repo) r = {NULL};
    git_revwalk *walk = NULL;
    bool found;
    int rc;

    *list = NULL;
    *n = 0;
    if (repo_open(&r, dir, &found, e) || !found)
        return (int)e->code;
    if (git_revwalk_new(&walk, r.git))
        return fail(e, "log");
    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
    rc = push(r.git, walk, to.n ? to : STR("HEAD"), false, a, e);
    if (!rc && from.n)
        rc = push(r.git, walk, from, true, a, e);
    if (!rc)
        rc = collect(r.git, walk, max, a, list, n);
    git_revwalk_free(walk);
    return rc;
}

int git_dirty(const char *dir, bool *dirty, struct err *e) {
    AUTO(repo) r = {NULL};
    bool found;

    *dirty = false;
    if (repo_open(&r, dir, &found, e) || !found)
        return (int)e->code;
    *dirty = is_dirty(r.git);
    return OK;
}
