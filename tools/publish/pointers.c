/* SPDX-License-Identifier: Apache-2.0 */
#include "publish/pointers.h"

#include "model/names.h"
#include "os/fsys.h"
#include "text/value.h"

enum { STATE_MAX = 1024 * 1024 };

static const char *const pointers_current = ".slipway/current";

struct pointers {
    struct value *channels; /* name -> version */
    uint64_t generation;
};

/* A stable version is the channel "stable"; others have the first word of their pre-release. */
static struct str channel_of(struct str version) {
    struct str c = names_channel(version);

    return str_is(c, "latest") ? STR("stable") : c;
}

static int read_state(int root, struct arena *mem, struct pointers *p, struct err *e) {
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

static bool is_newer(const struct pointers *p, struct arena *mem, struct str channel,
                     struct str version) {
    struct str have = value_text(p->channels, str_z(mem, channel));

    return !have.n || names_semver_cmp(version, have) > 0;
}

/* `latest` is the newest stable release, or the newest of all while there is no stable one. */
static struct str latest_of(const struct pointers *p) {
    struct str best = value_text(p->channels, "stable");

    if (best.n)
        return best;
    for (const struct value *c = p->channels->child; c; c = c->next)
        if (!best.n || names_semver_cmp(c->s, best) > 0)
            best = c->s;
    return best;
}

static int write_generation(int root, const struct pointers *p, const char *dir, struct arena *mem,
                            struct err *e) {
    struct value *state = value_new(mem, VALUE_MAP);
    struct str latest = latest_of(p);
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, STATE_MAX);
    value_set(mem, state, "latest", value_str(mem, latest));
    value_set(mem, state, "channels", p->channels);
    value_write_json(state, true, &text);
    if (buf_check(&text, "pointers.json", e) || fsys_remove_tree(root, dir, e) ||
        fsys_mkdirs(root, arena_fmt(mem, "%s/channels", dir), e) ||
        fsys_write(root, arena_fmt(mem, "%s/pointers.json", dir), buf_get(&text), 0644, e) ||
        fsys_symlink(root, arena_fmt(mem, "../../../releases/v" STR_F, STR_A(latest)),
                     arena_fmt(mem, "%s/latest", dir), e))
        return (int)e->code;
    for (const struct value *c = p->channels->child; c; c = c->next)
        if (fsys_symlink(root, arena_fmt(mem, "../../../../releases/v" STR_F, STR_A(c->s)),
                         arena_fmt(mem, "%s/channels/" STR_F, dir, STR_A(c->key)), e))
            return (int)e->code;
    return fsys_sync_dir(root, dir, e);
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

int pointers_move(int root, struct str version, struct arena *mem, bool *moved, struct err *e) {
    struct str channel = channel_of(version);
    struct pointers p;
    const char *to;

    *moved = false;
    if (read_state(root, mem, &p, e))
        return (int)e->code;
    if (!is_newer(&p, mem, channel, version))
        return fixed_links(root, e);
    value_set(mem, p.channels, str_z(mem, channel), value_str(mem, version));
    to = arena_fmt(mem, "generations/%llu", (unsigned long long)p.generation + 1);
    if (write_generation(root, &p, arena_fmt(mem, ".slipway/%s", to), mem, e) ||
        fixed_links(root, e) || fsys_symlink_over(root, to, pointers_current, e))
        return (int)e->code;
    *moved = true;
    return remove_old(root, p.generation + 1, mem, e);
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
    struct pointers p;

    if (read_state(root, mem, &p, e))
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
