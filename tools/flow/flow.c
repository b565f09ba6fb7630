/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#include "base/log.h"
#include "flow/apart.h"
#include "flow/keysthere.h"
#include "flow/merge.h"
#include "flow/packing.h"
#include "flow/publishing.h"
#include "flow/registry.h"
#include "flow/run.h"
#include "flow/signing.h"
#include "model/names.h"
#include "os/clock.h"
#include "pack/winlook.h"
#include "stage/load.h"
#include "stage/steps.h"

enum { STEP_TAIL_MAX = 64 * 1024 };

static bool target_chosen(const struct flow_opts *o, const struct target *t) {
    for (size_t i = 0; i < o->n_targets; i++) {
        struct str rest = str_of(o->targets[i]), os = str_split(&rest, '/');
        enum arch_kind arch;

        if (str_is(os, names_os(t->os)) &&
            (!rest.n || (names_arch_find(rest, &arch) && arch == t->arch)))
            return true;
    }
    return !o->n_targets;
}

static bool format_chosen(const struct flow_opts *o, struct str format) {
    for (size_t i = 0; i < o->n_formats; i++)
        if (str_is(format, o->formats[i]))
            return true;
    return !o->n_formats;
}

/* One of the files of a format. False: there is a mistake in the recipe. */
static bool add_variant(struct flow *f, struct flow_item item, const char *where, size_t *room,
                        struct report *problems) {
    const struct packager *p = item.packager;
    struct pack_job job = run_job(f, &item, f->mem);
    struct err why = {0};
    AUTO(buf) name = BUF_NONE;

    buf_init(&name, 255);
    if ((p->check && p->check(&job, &why)) || p->file_name(&job, &name, &why)) {
        report_once(problems, &why);
        return false;
    }
    item.file_name = str_dup(f->mem, buf_get(&name));
    for (size_t k = 0; k < f->n_items; k++)
        if (str_eq(f->items[k].file_name, item.file_name)) {
            report_add(problems, "%s: two artifacts would be called " STR_F, where,
                       STR_A(item.file_name));
            return false;
        }
    f->items = arena_grow(f->mem, f->items, f->n_items, f->n_items + 1, sizeof *f->items, room);
    f->items[f->n_items++] = item;
    return true;
}

static void add_item(struct flow *f, const struct target *t, size_t i, size_t *room,
                     struct report *problems) {
    const char *where = recipe_where(f->recipe, t->formats_at[i], f->mem);
    const struct packager *p = registry_packager(t->formats[i]);
    struct flow_item item = {.packager = p, .target = t};
    const struct recipe *r;
    struct err why = {0};
    struct pack_job job;
    size_t n;

    if (!p || !(p->oses & 1u << t->os)) {
        report_add(problems, "%s: there is no format \"" STR_F "\" for %s", where,
                   STR_A(t->formats[i]), names_os(t->os));
        return;
    }
    if (recipe_for_format(f->recipe, t, p->name, f->mem, &r, &why)) {
        report_once(problems, &why);
        return;
    }
    item.recipe = r;
    item.section = recipe_section(f->recipe, t, p->name, f->mem);
    job = run_job(f, &item, f->mem);
    n = p->variants ? p->variants(&job) : 1;
    for (item.variant = 0; item.variant < n; item.variant++)
        if (!add_variant(f, item, where, room, problems))
            return;
}

/* Of the programs for Windows, once for all formats. */
static void check_look(struct flow *f, struct report *problems) {
    struct err why = {0};

    if (run_for_windows(f) && winlook_check(f->recipe, &why))
        report_once(problems, &why);
}

static int plan(struct flow *f, struct report *problems, struct err *e) {
    const struct recipe *r = f->recipe;
    size_t room = 0;

    for (size_t t = 0; t < r->n_targets; t++)
        for (size_t i = 0; i < r->targets[t].n_formats; i++)
            if (target_chosen(&f->o, &r->targets[t]) &&
                format_chosen(&f->o, r->targets[t].formats[i]))
                add_item(f, &r->targets[t], i, &room, problems);
    check_look(f, problems);
    if (problems->total)
        return err_set(e, E_RECIPE, "%s", str_z(f->mem, problems->line[0]));
    if (!f->n_items && (f->o.n_formats || f->o.n_targets))
        return err_set(e, E_USAGE,
                       "the recipe has no target and format that fit --target and --format");
    return OK;
}

static int check_words(const struct flow_opts *o, struct err *e) {
    for (size_t i = 0; i < o->n_formats; i++)
        if (!registry_packager(str_of(o->formats[i]))) {
            AUTO(buf) have = BUF_NONE;

            buf_init(&have, ERR_MAX);
            for (const struct packager *const *p = registry_packagers(); *p; p++)
                buf_fmt(&have, "%s%s", have.n ? ", " : "", (*p)->name);
            return err_set(e, E_USAGE, "no format \"%s\" (have: %s)", o->formats[i], have.p);
        }
    for (size_t i = 0; i < o->n_targets; i++) {
        struct str rest = str_of(o->targets[i]), os = str_split(&rest, '/');
        enum os_kind k;
        enum arch_kind a;

        if (!names_os_find(os, &k) || (rest.n && !names_arch_find(rest, &a)))
            return err_set(
                e, E_USAGE,
                "no target \"%s\": targets are written linux/x86_64, windows/aarch64, macos …",
                o->targets[i]);
    }
    return OK;
}

static void foresee(struct flow *f) {
    const struct value *sign = value_get(f->recipe->root, "sign");

    f->n_hide = openpgp_foresee(value_get(sign, "openpgp"), f->recipe->dir, &f->known, f->hide);
    f->n_hide += authenticode_foresee(value_get(sign, "authenticode"), f->recipe->dir, &f->known,
                                      &f->hide[f->n_hide]);
}

int flow_open(struct flow **out, const struct flow_opts *o, struct arena *mem,
              struct report *problems, struct err *e) {
    struct flow *f = arena_alloc(mem, sizeof *f);
    struct load_opts load = {
        .path = o->recipe,
        .sections = registry_sections(mem),
        .set_version = o->version,
        .set = o->set,
        .n_set = o->n_set,
        .flags = o->strict ? LOAD_STRICT : 0,
    };

    *out = NULL;
    f->o = *o;
    f->mem = mem;
    f->store = STORE_NONE;
    f->held = FSYS_DIR_NONE;
    if (check_words(o, e) || load_recipe(&load, mem, problems, &f->recipe, e))
        return (int)e->code;
    foresee(f);
    log_filter_set(run_redact, f);
    if (plan(f, problems, e) || publishing_check(f, problems, e)) {
        for (size_t i = 0; i < problems->n; i++)
            problems->line[i] = run_redact(f, problems->line[i], mem);
        run_told(f, e);
        flow_close(f);
        return (int)e->code;
    }
    *out = f;
    return OK;
}

void flow_close(struct flow *f) {
    if (!f)
        return;
    log_filter_set(NULL, NULL);
    if (f->signer_open)
        openpgp_close(&f->signer);
    authenticode_close(&f->authenticode);
    fsys_dir_drop(&f->held);
    secret_set_drop(&f->known);
    store_drop(&f->store);
}

const struct recipe *flow_recipe(const struct flow *f) {
    return f->recipe;
}

const struct flow_item *flow_items(const struct flow *f, size_t *n) {
    *n = f->n_items;
    return f->items;
}

const struct release *flow_ledger(const struct flow *f) {
    return &f->store.settled;
}

static void step_begin(void *self, struct str name) {
    const struct flow *f = self;

    run_begin(f, str_z(f->mem, name), 0);
}

static void step_end(void *self, struct str name, bool skipped, double seconds) {
    const struct flow *f = self;

    if (f->o.watch && f->o.watch->end)
        f->o.watch->end(f->o.watch->self, arena_fmt(f->mem, "build " STR_F, STR_A(name)),
                        skipped ? "unchanged" : "built", 0, seconds);
}

static void step_line(void *self, struct str text) {
    const struct flow *f = self;

    if (f->o.watch && f->o.watch->line)
        f->o.watch->line(f->o.watch->self, text);
}

static int build(struct flow *f, struct err *e) {
    AUTO(buf) tail = BUF_NONE;
    struct steps_opts o = {
        .force = f->o.force,
        .tail = &tail,
        .begin = step_begin,
        .end = step_end,
        .line = step_line,
        .self = f,
        .hide = f->hide,
        .n_hide = f->n_hide,
        .redact = run_redact,
    };

    if (f->o.dry_run) {
        for (size_t i = 0; i < f->recipe->n_steps; i++)
            log_info("would run build step " STR_F, STR_A(f->recipe->steps[i].name));
        return OK;
    }
    if (!f->recipe->n_steps)
        return OK;
    if (run_store(f, e))
        return (int)e->code;
    o.state_dir = arena_fmt(f->mem, "%s/.slipway", f->o.dist);
    buf_init(&tail, STEP_TAIL_MAX);
    if (!steps_run(f->recipe, &o, e))
        return OK;
    if (tail.n)
        log_info("the last lines were:\n" STR_F, STR_A(str_trim(buf_get(&tail))));
    return (int)e->code;
}

static int settle(struct flow *f, struct err *e) {
    return f->o.dry_run ? OK : store_settle(&f->store, e);
}

/* Nothing leaves here with a secret in its message. */
int flow_build(struct flow *f, struct err *e) {
    return build(f, e) ? run_told(f, e) : OK;
}

int flow_pack(struct flow *f, struct err *e) {
    return packing_run(f, e) || settle(f, e) ? run_told(f, e) : OK;
}

int flow_sign(struct flow *f, struct err *e) {
    return signing_run(f, e) || settle(f, e) ? run_told(f, e) : OK;
}

int flow_merge(struct flow *f, const char *const *dists, size_t n, struct err *e) {
    for (size_t i = 0; i < n; i++) {
        if (f->o.dry_run)
            log_info("would merge %s into %s", dists[i], f->o.dist);
        else if (merge_folder(f, FSYS_HERE, dists[i], e))
            return run_told(f, e);
    }
    return f->o.dry_run || !merge_end(f, e) ? OK : run_told(f, e);
}

int flow_publish(struct flow *f, struct err *e) {
    return (!f->o.dry_run && apart_ready(f, e)) || publishing_run(f, e) ? run_told(f, e) : OK;
}

/* What a program prints is no secret that can be foreseen: it has to be known before the build
 * steps may show it. */
static int open_keys(struct flow *f, struct err *e) {
    const struct value *sign = value_get(f->recipe->root, "sign");

    if (f->o.dry_run)
        return OK;
    if (keysthere_check(f, e))
        return (int)e->code;
    if (openpgp_runs(value_get(sign, "openpgp")) && run_signer(f, e))
        return (int)e->code;
    return authenticode_runs(value_get(sign, "authenticode")) ? run_authenticode(f, e) : OK;
}

int flow_release(struct flow *f, struct err *e) {
    if (open_keys(f, e) || build(f, e) || packing_run(f, e) || signing_run(f, e) || settle(f, e) ||
        (!f->o.dry_run && apart_ready(f, e)) || publishing_run(f, e))
        return run_told(f, e);
    return OK;
}
