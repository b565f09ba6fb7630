/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/pointers.h"

#include "model/names.h"
#include "os/fsys.h"

enum { STATE_MAX = 1024 * 1024 };

static const char *const pointers_current = ".slipway/current";

/* A stable version is the channel "stable"; others have the first word of their pre-release. */
static struct str channel_of(struct str version) {
    struct str c = names_channel(version);

    return str_is(c, "latest") ? STR("stable") : c;
}

static int read_state(struct pointers *p, struct err *e) {
    struct arena *mem = p->mem;
    int root = p->root;
    struct fsys_stat st;
    struct str target, text;
    struct value *v;
    const char *file;

    p->channels = value_new(mem, VALUE_MAP);
    p->generation = 0;
    if (fsys_lstat(root, pointers_current, &st, e))
        return (int)e->code;
    if (st.kind == FSYS_NONE)
        return OK;
    if (fsys_readlink(root, pointers_current, mem, &target, e))
        return (int)e->code;
    if (!str_starts(target, "generations/") ||
        !str_u64(str_cut(target, 12, target.n), UINT32_MAX, &p->generation))
        return err_set(e, E_INPUT, "%s does not point at a generation: " STR_F, pointers_current,
                       STR_A(target));
    file = arena_fmt(mem, ".slipway/" STR_F "/pointers.json", STR_A(target));
    if (fsys_read(root, file, STATE_MAX, mem, &text, e) || value_json(text, file, mem, &v, e))
        return (int)e->code;
    for (const struct value *c = value_get(v, "channels") ? value_get(v, "channels")->child : NULL;
         c; c = c->next)
        value_set(mem, p->channels, str_z(mem, c->key), value_str(mem, c->s));
    return OK;
}

static const char *generation_path(const struct pointers *p, uint64_t n) {
    return arena_fmt(p->mem, ".slipway/generations/%llu", (unsigned long long)n);
}

int pointers_begin(struct pointers *p, int root, struct arena *mem, struct err *e) {
    *p = (struct pointers){.root = root, .mem = mem};
    if (read_state(p, e))
        return (int)e->code;
    p->next = generation_path(p, p->generation + 1);
    if (fsys_remove_tree(root, p->next, e))
        return (int)e->code;
    return p->generation ? fsys_link_tree(root, generation_path(p, p->generation), p->next, e)
                         : fsys_mkdirs(root, p->next, e);
}

bool pointers_set(struct pointers *p, struct str version) {
    const char *channel = str_z(p->mem, channel_of(version));
    struct str have = value_text(p->channels, channel);

    if (have.n && names_semver_cmp(version, have) <= 0)
        return false;
    value_set(p->mem, p->channels, channel, value_str(p->mem, version));
    return true;
}

struct str pointers_latest(const struct pointers *p) {
    struct str best = value_text(p->channels, "stable");

    if (best.n)
        return best;
    for (const struct value *c = p->channels->child; c; c = c->next)
        if (!best.n || names_semver_cmp(c->s, best) > 0)
            best = c->s;
    return best;
}

static int write_links(const struct pointers *p, struct err *e) {
    const char *channels = arena_fmt(p->mem, "%s/channels", p->next);
    const char *latest = arena_fmt(p->mem, "%s/latest", p->next);

    if (fsys_remove_tree(p->root, channels, e) || fsys_mkdirs(p->root, channels, e) ||
        fsys_unlink(p->root, latest, e) ||
        fsys_symlink(p->root,
                     arena_fmt(p->mem, "../../../releases/v" STR_F, STR_A(pointers_latest(p))),
                     latest, e))
        return (int)e->code;
    for (const struct value *c = p->channels->child; c; c = c->next)
        if (fsys_symlink(p->root, arena_fmt(p->mem, "../../../../releases/v" STR_F, STR_A(c->s)),
                         arena_fmt(p->mem, "%s/" STR_F, channels, STR_A(c->key)), e))
            return (int)e->code;
    return OK;
}

static int write_generation(const struct pointers *p, struct err *e) {
    struct value *state = value_new(p->mem, VALUE_MAP);
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, STATE_MAX);
    value_set(p->mem, state, "latest", value_str(p->mem, pointers_latest(p)));
    value_set(p->mem, state, "channels", p->channels);
    value_write_json(state, true, &text);
    if (buf_check(&text, "pointers.json", e) || write_links(p, e) ||
        fsys_write(p->root, arena_fmt(p->mem, "%s/pointers.json", p->next), buf_get(&text), 0644,
                   e))
        return (int)e->code;
    return fsys_sync_dir(p->root, p->next, e);
}

/* releases/latest and channels never change themselves: they lead through .slipway/current. */
static int fixed_links(int root, struct err *e) {
    static const char *const link[][2] = {
        {"../.slipway/current/latest", "releases/latest"},
        {".slipway/current/channels", "channels"},
    };

    if (fsys_mkdirs(root, "releases", e))
        return (int)e->code;
    for (size_t i = 0; i < COUNT(link); i++) {
        struct fsys_stat st;

        if (fsys_lstat(root, link[i][1], &st, e))
            return (int)e->code;
        if (st.kind == FSYS_NONE && fsys_symlink(root, link[i][0], link[i][1], e))
            return (int)e->code;
        if (st.kind != FSYS_NONE && st.kind != FSYS_LINK)
            return err_set(e, E_INPUT, "%s is there and is not slipway's link: move it away",
                           link[i][1]);
    }
    return OK;
}

/* The generation before the current one stays, for readers that are inside it. */
static int remove_old(int root, uint64_t keep, struct arena *mem, struct err *e) {
    struct fsys_name *names;
    size_t n;

    if (fsys_list(root, ".slipway/generations", mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        uint64_t g;

        if (str_u64(names[i].name, UINT32_MAX, &g) && g + 1 < keep &&
            fsys_remove_tree(
                root, arena_fmt(mem, ".slipway/generations/" STR_F, STR_A(names[i].name)), e))
            return (int)e->code;
    }
    return OK;
}

int pointers_switch(struct pointers *p, struct err *e) {
    if (write_generation(p, e) || fixed_links(p->root, e) ||
        fsys_symlink_over(p->root, str_cut(str_of(p->next), 9, SIZE_MAX).p, pointers_current, e))
        return (int)e->code;
    p->generation++;
    return remove_old(p->root, p->generation, p->mem, e);
}

int pointers_forget(struct pointers *p, struct err *e) {
    return fsys_remove_tree(p->root, p->next, e);
}

static void check_pointer(int root, const char *where, const char *path, struct report *bad) {
    struct fsys_stat st;
    struct err why = {0};

    if (fsys_stat(root, path, &st, &why))
        report_err(bad, &why);
    else if (st.kind != FSYS_DIR)
        report_add(bad, "%s/%s: points at nothing", where, path);
}

int pointers_check(int root, const char *where, struct report *bad, struct arena *mem,
                   struct err *e) {
    struct pointers p = {.root = root, .mem = mem};

    if (read_state(&p, e))
        return err_in(e, "%s", where);
    if (!p.generation) {
        report_add(bad, "%s: has no pointers; nothing was published to the end", where);
        return OK;
    }
    check_pointer(root, where, "releases/latest", bad);
    for (const struct value *c = p.channels->child; c; c = c->next) {
        const char *path = arena_fmt(mem, "channels/" STR_F, STR_A(c->key));
        const char *folder = arena_fmt(mem, "releases/v" STR_F, STR_A(c->s));

        check_pointer(root, where, path, bad);
        check_pointer(root, where, folder, bad);
    }
    return OK;
}
