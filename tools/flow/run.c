/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run.h"

#include "base/log.h"
#include "flow/apart.h"
#include "flow/programs.h"
#include "model/names.h"
#include "os/clock.h"
#include "os/thread.h"

static const char *hidden(const char *what, struct arena *a) {
    struct str all = str_of(what), text = log_filtered(all, a);

    return text.p == all.p ? what : str_z(a, text);
}

void run_begin(const struct flow *f, const char *what, uint64_t bytes) {
    AUTO(arena) mem = {0};

    if (f->o.watch && f->o.watch->begin)
        f->o.watch->begin(f->o.watch->self, hidden(what, &mem), bytes);
}

void run_end(const struct flow *f, const char *what, const char *outcome, uint64_t size,
             uint64_t since) {
    double seconds = (double)(clock_monotonic() - since) / 1e9;
    AUTO(arena) mem = {0};

    if (f->o.watch && f->o.watch->end)
        f->o.watch->end(f->o.watch->self, hidden(what, &mem), outcome, size, seconds);
}

void run_tick(void *flow, uint64_t bytes) {
    const struct flow *f = flow;

    if (f->o.watch && f->o.watch->tick)
        f->o.watch->tick(f->o.watch->self, bytes);
}

int run_store(struct flow *f, struct err *e) {
    const struct recipe *r = f->recipe;

    if (f->store_open)
        return OK;
    if (store_open(&f->store, f->o.dist, f->mem, e)) {
        store_drop(&f->store);
        return (int)e->code;
    }
    f->store_open = true;
    f->store.force = f->o.force;
    store_begin(&f->store, r->name, r->title, r->version, names_channel(r->version), r->time);
    return OK;
}

/* Signatures carry the release's time only where the caller fixed it; otherwise the time they are
 * made at. */
static int signature_time(int64_t *when, struct err *e) {
    bool set;

    *when = 0;
    return clock_source_date(&set, when, e);
}

int run_signer(struct flow *f, struct err *e) {
    const struct value *section = value_get(value_get(f->recipe->root, "sign"), "openpgp");
    int64_t when;

    if (f->signer_open || !section)
        return OK;
    if (signature_time(&when, e) ||
        openpgp_open(section, f->recipe->dir, when, f->mem, &f->signer, e))
        return (int)e->code;
    f->signer_open = true;
    return OK;
}

bool run_for_windows(const struct flow *f) {
    for (size_t i = 0; i < f->n_items; i++)
        if (f->items[i].target->os == OS_WINDOWS)
            return true;
    return false;
}

void run_call_it(struct flow *f) {
    f->authenticode.title = f->recipe->title;
    f->authenticode.homepage = f->recipe->homepage;
}

int run_authenticode(struct flow *f, struct err *e) {
    const struct value *section = value_get(value_get(f->recipe->root, "sign"), "authenticode");
    AUTO(buf) note = BUF_NONE;

    if (f->authenticode.key || !section || !run_for_windows(f))
        return OK;
    if (authenticode_apart(section))
        return apart_open(f, section, e);
    run_call_it(f);
    f->authenticode.ask = f->o.ask;
    buf_init(&note, 1 << 20);
    if (authenticode_open(&f->authenticode, section, f->recipe->dir, false, f->mem, e) ||
        authenticode_fingerprint(&f->authenticode, f->mem, &f->certificate, e) ||
        authenticode_note(&f->authenticode, &note, e) || buf_check(&note, "the key's note", e))
        return (int)e->code;
    f->signing = str_dup(f->mem, buf_get(&note));
    return OK;
}

struct str run_redact(void *flow, struct str text, struct arena *a) {
    const struct flow *f = flow;

    text = secret_redact(&f->known, text, a);
    text = secret_redact(&f->authenticode.known, text, a);
    return f->signer_open ? secret_redact(openpgp_secrets(&f->signer), text, a) : text;
}

int run_told(struct flow *f, struct err *e) {
    struct str all = str_of(e->msg), text = run_redact(f, all, f->mem);
    int sys = e->sys;

    if (text.p != all.p)
        err_set(e, e->code, STR_F, STR_A(text));
    e->sys = sys;
    return (int)e->code;
}

static bool stopped(void *flow) {
    struct flow *f = flow;

    return atomic_load(&f->stop);
}

struct pack_job run_job(struct flow *f, const struct flow_item *item, struct arena *mem) {
    return (struct pack_job){
        .recipe = item->recipe,
        .target = item->target,
        .section = item->section,
        .jobs = f->o.jobs ? f->o.jobs : thread_cores(),
        .mem = mem,
        .variant = item->variant,
        .spool = f->store_open ? f->store.state.fd : FSYS_HERE,
        .tick = run_tick,
        .tick_self = f,
        .stop = stopped,
        .stop_self = f,
        .sign_program = f->signing.n ? programs_sign : NULL,
        .sign_self = f,
    };
}
