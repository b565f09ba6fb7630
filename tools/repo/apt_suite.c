/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_suite.h"

#include "base/log.h"
#include "base/map.h"
#include "crypto/pgp.h"
#include "os/fsys.h"

enum { STATE_MAX = 16 * 1024 * 1024, HOUR = 3600, DAY = 24 * 3600 };

/* Who signed, and the digests of index files that the two Releases before this one named: "signer
 * FINGERPRINT", "1 DIGEST", "2 DIGEST". */
static const char *const suite_state = ".slipway-state";

static int read_release(struct apt_suite *s, struct err *e) {
    struct arena *mem = s->job->mem;
    struct fsys_stat st;
    struct str text;
    const char *where = arena_fmt(mem, "%s/Release", s->where);

    s->old.mem = s->new.mem = mem;
    if (fsys_stat(s->dir.fd, "Release", &st, e))
        return (int)e->code;
    if (st.kind != FSYS_FILE)
        return OK;
    if (fsys_read(s->dir.fd, "Release", APT_RELEASE_MAX, mem, &text, e) ||
        apt_release_read(text, where, &s->old, e))
        return (int)e->code;
    /* twice: the lists of fields and files change */
    return apt_release_read(text, where, &s->new, e);
}

static unsigned forms_of(const struct value *section) {
    const struct value *list = value_get(section, "compress");
    unsigned forms = 0;

    if (!list)
        return APT_INDEX_GZ | APT_INDEX_XZ | APT_INDEX_ZST;
    for (const struct value *c = list->child; c; c = c->next)
        forms |= str_is(c->s, "gz")    ? APT_INDEX_GZ
                 : str_is(c->s, "xz")  ? APT_INDEX_XZ
                 : str_is(c->s, "zst") ? APT_INDEX_ZST
                                       : 0;
    return forms;
}

int apt_suite_open(struct apt_suite *s, struct repository_job *job, struct err *e) {
    const struct value *section = job->section;
    struct str suite = value_text(section, "suite"), component = value_text(section, "component");

    *s = (struct apt_suite){
        .job = job,
        .dir = FSYS_DIR_NONE,
        .name = suite.n ? suite : STR("stable"),
        .component = component.n ? component : STR("main"),
        .index = {.mem = job->mem},
        .forms = forms_of(section),
        .phased = (unsigned)value_number(section, "phased", 0),
        .keep = (unsigned)value_number(section, "keep", 0),
    };
    s->where = arena_fmt(job->mem, "%s/dists/" STR_F, job->where, STR_A(s->name));
    if (fsys_mkdirs(job->index, str_z(job->mem, s->name), e) ||
        fsys_dir_open(&s->dir, job->index, str_z(job->mem, s->name), e) || read_release(s, e))
        return (int)e->code;
    return apt_index_load(s->dir.fd, s->where, s->component, job->scan ? NULL : &s->old, &s->index,
                          e);
}

void apt_suite_drop(struct apt_suite *s) {
    fsys_dir_drop(&s->dir);
}

/* ------------------------------------------------------------------------------- Release */

static struct str with_word(struct str list, struct str word, struct arena *mem) {
    if (!list.n || apt_release_has(list, word))
        return list.n ? list : word;
    return str_fmt(mem, STR_F " " STR_F, STR_A(list), STR_A(word));
}

static void set_from(struct apt_suite *s, const char *field, const char *key) {
    struct str v = value_text(s->job->section, key);

    if (v.n)
        apt_release_set(&s->new, field, v);
}

/* Valid-Until keeps its distance from Date where no option says otherwise. */
static int64_t valid_for(const struct apt_suite *s) {
    int64_t days = value_number(s->job->section, "valid-days", 0), date, until;

    if (days)
        return days * DAY;
    if (apt_release_date(apt_release_get(&s->old, "Date"), &date) &&
        apt_release_date(apt_release_get(&s->old, "Valid-Until"), &until) && until > date)
        return until - date;
    return 0;
}

static void set_fields(struct apt_suite *s, int64_t date) {
    struct arena *mem = s->job->mem;
    struct apt_release *r = &s->new;
    int64_t valid = valid_for(s);
    struct str arches = apt_release_get(r, "Architectures");

    set_from(s, "Origin", "origin");
    set_from(s, "Label", "label");
    if (!apt_release_get(r, "Origin").n)
        apt_release_set(r, "Origin", s->job->title);
    if (!apt_release_get(r, "Label").n)
        apt_release_set(r, "Label", s->job->title);
    if (!apt_release_get(r, "Suite").n)
        apt_release_set(r, "Suite", s->name);
    set_from(s, "Codename", "codename");
    apt_release_set(r, "Date", apt_release_time(mem, date));
    apt_release_set(r, "Valid-Until", valid ? apt_release_time(mem, date + valid) : STR(""));
    apt_release_set(r, "Acquire-By-Hash", STR("yes"));
    for (size_t i = 0; i < s->index.n_arches; i++)
        arches = with_word(arches, s->index.arch[i], mem);
    apt_release_set(r, "Architectures", arches);
    apt_release_set(r, "Components",
                    with_word(apt_release_get(r, "Components"), s->component, mem));
    set_from(s, "Description", "description");
}

static struct str text_of(const struct apt_release *r, struct str date, struct str until) {
    struct apt_release copy = *r;
    AUTO(buf) b = BUF_NONE;
    struct str text;

    copy.field = arena_array(r->mem, r->n_fields + 2, sizeof *copy.field);
    copy.field_room = r->n_fields + 2;
    for (size_t i = 0; i < r->n_fields; i++)
        copy.field[i] = r->field[i];
    apt_release_set(&copy, "Date", date);
    apt_release_set(&copy, "Valid-Until", until);
    buf_init(&b, APT_RELEASE_MAX);
    apt_release_write(&copy, &b);
    text = str_dup(r->mem, buf_get(&b));
    return text;
}

/* The time of the new Release: never before that of the old one, or clients would refuse it. */
static int64_t date_of(const struct apt_suite *s) {
    int64_t old;

    if (!apt_release_date(apt_release_get(&s->old, "Date"), &old) || old < s->job->now)
        return s->job->now;
    if (old > s->job->now + HOUR)
        log_warn("%s: its Date is later than now; the new one follows it by a second. Is the "
                 "clock right?",
                 s->where);
    return old + 1;
}

/* ------------------------------------------------------------------------------- by-hash */

struct state {
    struct str signer;
    struct map kept; /* digest -> itself: named by one of the two Releases before */
    struct buf text; /* of the coming state file */
};

static int read_state(struct apt_suite *s, struct state *st, struct err *e) {
    struct fsys_stat there;
    struct str text;

    if (fsys_lstat(s->dir.fd, suite_state, &there, e))
        return (int)e->code;
    if (there.kind != FSYS_FILE)
        return OK;
    if (fsys_read(s->dir.fd, suite_state, STATE_MAX, s->job->mem, &text, e))
        return (int)e->code;
    while (text.n) {
        struct str line = str_split(&text, '\n'), rest = line, word = str_split(&rest, ' ');

        if (str_is(word, "signer"))
            st->signer = rest;
        else if (str_is(word, "1") && !map_put(&st->kept, rest, s))
            buf_fmt(&st->text, "2 " STR_F "\n", STR_A(rest));
    }
    return OK;
}

static int clear_hashes(struct apt_suite *s, const struct state *st, struct str dir,
                        struct err *e) {
    struct arena *mem = s->job->mem;
    const char *path = arena_fmt(mem, STR_F "/by-hash/SHA256", STR_A(dir));
    struct fsys_stat there;
    struct fsys_name *names;
    size_t n;

    if (fsys_stat(s->dir.fd, path, &there, e))
        return (int)e->code;
    if (there.kind != FSYS_DIR)
        return OK;
    if (fsys_list(s->dir.fd, path, mem, &names, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++)
        if (!map_get(&st->kept, names[i].name) &&
            fsys_unlink(s->dir.fd, arena_fmt(mem, "%s/" STR_F, path, STR_A(names[i].name)), e))
            return (int)e->code;
    return OK;
}

/* Index files of the two Releases before stay under their by-hash names, for clients that hold one
 * of those. */
static int keep_hashes(struct apt_suite *s, struct state *st, struct err *e) {
    struct arena *mem = s->job->mem;

    for (size_t i = 0; i < s->old.n; i++)
        if (!map_put(&st->kept, s->old.v[i].sha256, s))
            buf_fmt(&st->text, "1 " STR_F "\n", STR_A(s->old.v[i].sha256));
    for (size_t i = 0; i < s->new.n; i++)
        map_put(&st->kept, s->new.v[i].sha256, s);
    for (size_t i = 0; i < s->index.n_arches; i++)
        if (clear_hashes(s, st,
                         str_fmt(mem, STR_F "/binary-" STR_F, STR_A(s->component),
                                 STR_A(s->index.arch[i])),
                         e))
            return (int)e->code;
    return OK;
}

/* ------------------------------------------------------------------------------- closing */

/* Servers answer "not modified" by a file's time, in seconds: what is new must have a later one
 * also when two updates come in one second. Date is one. */
static int put_dated(const struct apt_suite *s, const char *name, struct str text, int64_t date,
                     struct err *e) {
    if (fsys_write(s->dir.fd, name, text, 0644, e))
        return (int)e->code;
    return fsys_set_time(s->dir.fd, name, date, e);
}

static int sign(struct apt_suite *s, struct str text, int64_t date, struct err *e) {
    static const struct {
        const char *name;
        int form;
    } to[] = {{"InRelease", PGP_CLEAR}, {"Release.gpg", PGP_DETACHED_ARMOR}};
    const struct signer *signer = s->job->signer;

    for (size_t i = 0; i < COUNT(to); i++) {
        AUTO(buf) sig = BUF_NONE;

        if (!signer) {
            if (fsys_unlink(s->dir.fd, to[i].name, e))
                return (int)e->code;
            continue;
        }
        buf_init(&sig, APT_RELEASE_MAX);
        if (signer->sign_bytes(signer->self, text, to[i].form, signer->when, &sig, e) ||
            buf_check(&sig, to[i].name, e) || put_dated(s, to[i].name, buf_get(&sig), date, e))
            return err_in(e, "%s/%s", s->where, to[i].name);
    }
    return OK;
}

int apt_suite_close(struct apt_suite *s, struct err *e) {
    struct state st = {.kept = {.mem = s->job->mem}};
    struct str signer = s->job->signer ? s->job->signer->fingerprint : STR(""), date, until, text;
    AUTO(buf) state = BUF_NONE;
    int64_t when = date_of(s);
    int rc;

    buf_init(&st.text, STATE_MAX);
    rc = read_state(s, &st, e);
    if (!rc) {
        set_fields(s, when);
        date = apt_release_get(&s->old, "Date");
        until = apt_release_get(&s->old, "Valid-Until");
        if (s->old.there && str_eq(signer, st.signer) && !valid_for(s) == !until.n &&
            str_eq(text_of(&s->new, date, until), text_of(&s->old, date, until))) {
            buf_drop(&st.text);
            return OK;
        }
        s->job->changed = true;
        rc = keep_hashes(s, &st, e);
    }
    if (!rc) {
        buf_init(&state, STATE_MAX);
        buf_fmt(&state, "signer " STR_F "\n" STR_F, STR_A(signer), STR_A(buf_get(&st.text)));
        text = text_of(&s->new, apt_release_get(&s->new, "Date"),
                       apt_release_get(&s->new, "Valid-Until"));
        if (buf_check(&state, suite_state, e) ||
            fsys_write(s->dir.fd, suite_state, buf_get(&state), 0644, e) ||
            put_dated(s, "Release", text, when, e) || sign(s, text, when, e))
            rc = (int)e->code;
    }
    buf_drop(&st.text);
    return rc;
}

int apt_suite_others(const struct apt_suite *s, struct map *named, struct err *e) {
    struct arena *mem = s->job->mem;
    struct fsys_name *suites;
    size_t n;

    if (fsys_list(s->job->index, ".", mem, &suites, &n, e))
        return (int)e->code;
    for (size_t i = 0; i < n; i++) {
        AUTO(fsys_dir) dir = FSYS_DIR_NONE;
        const char *suite = str_z(mem, suites[i].name);
        struct fsys_name *parts;
        size_t m;

        if (suites[i].kind != FSYS_DIR)
            continue;
        if (fsys_dir_open(&dir, s->job->index, suite, e) ||
            fsys_list(dir.fd, ".", mem, &parts, &m, e))
            return (int)e->code;
        for (size_t k = 0; k < m; k++) {
            struct apt_index ix = {.mem = mem};

            if (parts[k].kind != FSYS_DIR ||
                (str_is(s->name, suite) && str_eq(parts[k].name, s->component)))
                continue;
            if (apt_index_load(dir.fd, suite, parts[k].name, NULL, &ix, e))
                return (int)e->code;
            for (size_t x = 0; x < ix.n; x++)
                map_put(named, ix.v[x].filename, ix.mem);
        }
    }
    return OK;
}
