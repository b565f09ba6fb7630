/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/vars.h"

#include "model/names.h"
#include "os/clock.h"
#include "os/envvar.h"
#include "text/tmpl.h"

#include <string.h>

enum {
    VARS_ONE_MAX = 1024 * 1024,      /* one expanded string */
    VARS_ALL_MAX = 32 * 1024 * 1024, /* all of them */
    VARS_COMMITS_MAX = 100000
};

static struct value *find(struct value *map, const char *key) {
    for (struct value *c = map && map->kind == VALUE_MAP ? map->child : NULL; c; c = c->next)
        if (str_is(c->key, key))
            return c;
    return NULL;
}

static bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void note_env(struct vars *v, struct value *env, struct str name, struct pos at) {
    const char *key = str_z(v->mem, name), *text = envvar_get(key);

    if (!text || value_get(env, key))
        return;
    if (!str_utf8(str_of(text)))
        flaw_add(v->flaws, at, key, "the environment variable %s is not valid UTF-8", key);
    else
        value_set(v->mem, env, key, value_str(v->mem, str_dup(v->mem, str_of(text))));
}

/* Which variables of the environment the text may want, and whether it wants git's. */
static void scan_text(struct vars *v, struct value *env, const struct value *t, bool *git) {
    struct str s = t->s;

    for (size_t i = 0; i + 4 < s.n; i++) {
        size_t end = i + 4;

        if (i && (name_char(s.p[i - 1]) || s.p[i - 1] == '.'))
            continue;
        if (!memcmp(s.p + i, "git.", 4))
            *git = true;
        if (memcmp(s.p + i, "env.", 4) != 0)
            continue;
        while (end < s.n && name_char(s.p[end]))
            end++;
        note_env(v, env, str_cut(s, i + 4, end), t->at);
    }
}

static void scan(struct vars *v, struct value *env, const struct value *t, bool *git) {
    if (t->kind == VALUE_STR && str_has(t->s, "{{"))
        scan_text(v, env, t, git);
    for (const struct value *c = t->child; c; c = c->next)
        scan(v, env, c, git);
}

static void put(struct vars *v, struct value *map, const char *key, struct str s) {
    value_set(v->mem, map, key, value_str(v->mem, s));
}

static void put_git(struct vars *v) {
    struct value *git = value_new(v->mem, VALUE_MAP);

    value_set(v->mem, v->map, "git", git);
    if (!v->git.found)
        return;
    if (v->git.commit.n) {
        put(v, git, "commit", v->git.commit);
        put(v, git, "short", v->git.short_commit);
    }
    if (v->git.branch.n)
        put(v, git, "branch", v->git.branch);
    if (v->git.tag.n)
        put(v, git, "tag", v->git.tag);
}

static int put_time(struct vars *v, struct err *e) {
    bool set;
    struct str text;

    if (clock_source_date(&set, &v->time, e))
        return (int)e->code;
    if (!set) {
        v->timeless = !v->git.found || !v->git.commit.n;
        v->time = v->timeless ? 0 : v->git.exact ? v->git.tag_time : v->git.commit_time;
    }
    text = clock_rfc3339(v->mem, v->time);
    put(v, v->map, "time", text);
    put(v, v->map, "date", str_cut(text, 0, str_find(text, 'T')));
    return OK;
}

static int gather(struct vars *v, const struct value *root, const char *dir, struct err *e) {
    const struct value *version = value_get(root, "version");
    struct value *env = value_new(v->mem, VALUE_MAP);
    bool git = version && version->kind == VALUE_STR && str_has(version->s, "git");
    bool dated;
    int64_t t;

    value_set(v->mem, v->map, "env", env);
    scan(v, env, root, &git);
    if (clock_source_date(&dated, &t, e))
        return (int)e->code;
    if ((git || !dated) && git_facts(dir, v->mem, &v->git, e)) {
        if (git)
            return err_in(e, "the recipe's git facts");
        memset(&v->git, 0, sizeof v->git); /* only the time was wanted: there is none, then */
        *e = (struct err){0};
    }
    put_git(v);
    return put_time(v, e);
}

/* What tmpl says, in the words of recipes. */
static const char *reason(const struct vars *v, const char *msg) {
    static const char unknown[] = "unknown variable \"";
    struct str name = str_of(msg);

    if (!str_starts(name, unknown))
        return msg;
    name = str_cut(name, sizeof unknown - 1, name.n);
    name = str_cut(name, 0, str_find(name, '"'));
    if (str_is(name, "os") || str_is(name, "arch"))
        return arena_fmt(v->mem, "{{ " STR_F " }} is known only inside a target", STR_A(name));
    if (str_starts(name, "env.") && name.n > 4)
        return arena_fmt(v->mem, "the environment variable " STR_F " is not set",
                         STR_A(str_cut(name, 4, name.n)));
    if (str_starts(name, "git.") && !v->git.found)
        return arena_fmt(v->mem, "{{ " STR_F " }} is not known: this is no git repository",
                         STR_A(name));
    if (str_is(name, "git.tag") && !v->git.tag.n)
        return "{{ git.tag }} is not known: no version tag leads to HEAD";
    return msg;
}

static void expand_text(struct vars *v, struct value *t) {
    struct err e = {0};
    AUTO(buf) out = BUF_NONE;

    if (t->kind != VALUE_STR || !str_has(t->s, "{{"))
        return;
    buf_init(&out, VARS_ONE_MAX);
    if (v->made > VARS_ALL_MAX) {
        flaw_add(v->flaws, t->at, "large", "the recipe's variables make more than %d MiB of text",
                 VARS_ALL_MAX >> 20);
    } else if (tmpl_expand(t->s, NULL, v->map, &out, &e)) {
        flaw_add(v->flaws, t->at, "expand", "%s", reason(v, e.msg));
    } else {
        t->s = str_dup(v->mem, buf_get(&out));
        v->made += out.n;
        return;
    }
    t->kind = VALUE_NULL;
    t->quoted = true; /* schema_check: it has been told what is wrong */
}

static void expand(struct vars *v, struct value *t) {
    expand_text(v, t);
    for (struct value *c = t->child; c; c = c->next)
        expand(v, c);
}

/* A commit after the tag gets the next version's number, so that it sorts between the two. */
static int git_version(struct vars *v, struct value *version, const char *dir, struct err *e) {
    struct names_semver n;
    struct git_change *list;
    size_t commits;

    if (!v->git.found || !v->git.tag.n) {
        flaw_add(v->flaws, version->at, "version",
                 v->git.found ? "version: git finds no version tag that leads to HEAD; make one: "
                                "git tag v0.1.0"
                              : "version: git needs a git repository with a version tag; write "
                                "the version here, or: git init, git commit, git tag v0.1.0");
        version->kind = VALUE_NULL;
        version->quoted = true;
        return OK;
    }
    version->s = v->git.version;
    if (v->git.exact || !names_semver(v->git.version, &n))
        return OK;
    if (git_changes(dir, v->git.tag, v->git.commit, VARS_COMMITS_MAX, v->mem, &list, &commits, e))
        return (int)e->code;
    if (n.pre.n)
        version->s =
            str_fmt(v->mem, "%llu.%llu.%llu-" STR_F ".dev.%zu+g" STR_F, (unsigned long long)n.major,
                    (unsigned long long)n.minor, (unsigned long long)n.patch, STR_A(n.pre), commits,
                    STR_A(v->git.short_commit));
    else
        version->s = str_fmt(v->mem, "%llu.%llu.%llu-dev.%zu+g" STR_F, (unsigned long long)n.major,
                             (unsigned long long)n.minor, (unsigned long long)n.patch + 1, commits,
                             STR_A(v->git.short_commit));
    return OK;
}

/* The scalars that the others are made with: in this order each may use those before it. */
static int basics(struct vars *v, struct value *root, const char *dir, struct err *e) {
    static const char *const keys[] = {"name", "version", "title"};
    struct str before = {0};

    for (size_t i = 0; i < COUNT(keys); i++) {
        struct value *t = find(root, keys[i]);

        if (t) {
            expand_text(v, t);
            if (i == 1 && t->kind == VALUE_STR && str_is(t->s, "git") && git_version(v, t, dir, e))
                return (int)e->code;
        }
        if (i == 0)
            before = t ? t->s : before;
        put(v, v->map, keys[i], t ? t->s : i == 2 ? before : (struct str){0});
    }
    return OK;
}

static void expand_target(struct vars *v, struct value *t) {
    static const char *const keys[] = {"os", "arch"};
    struct value *outer = v->map;

    if (t->kind != VALUE_MAP) {
        expand(v, t);
        return;
    }
    v->map = value_copy(v->mem, outer);
    for (size_t i = 0; i < COUNT(keys); i++) {
        struct value *k = find(t, keys[i]);
        enum arch_kind a;

        if (k)
            expand_text(v, k);
        if (k && i && k->kind == VALUE_STR && names_arch_find(k->s, &a))
            put(v, v->map, keys[i], str_of(names_arch(a)));
        else
            put(v, v->map, keys[i], k ? k->s : (struct str){0});
    }
    expand(v, t);
    v->map = outer;
}

int vars_expand(struct vars *v, struct value *root, const char *dir, struct err *e) {
    v->map = value_new(v->mem, VALUE_MAP);
    if (gather(v, root, dir, e) || basics(v, root, dir, e))
        return (int)e->code;
    for (struct value *c = root->child; c; c = c->next) {
        if (str_is(c->key, "targets") && c->kind == VALUE_LIST)
            for (struct value *t = c->child; t; t = t->next)
                expand_target(v, t);
        else
            expand(v, c);
    }
    return OK;
}
