/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/nsismake.h"

#include "base/log.h"
#include "crypto/secret.h"
#include "model/names.h"
#include "os/child.h"
#include "os/envvar.h"
#include "os/fsys.h"
#include "pack/nsisfiles.h"
#include "pack/windows.h"
#include "text/tmpl.h"

#include <string.h>

enum { SCRIPT_MAX = 16 << 20, ICON_MAX = 32 << 20, DICTIONARY = 32, MIB = 1 << 20 };
enum { LARGE = 128 << 10 }; /* bytes of a file */

const char *const nsismake_compressions[] = {"lzma", "bzip2", "zlib", "none", NULL};

/* Of the setup program too, not only of the entry. */
static struct str copyright(const struct recipe *r) {
    return value_text(value_get(r->root, "windows"), "copyright");
}

int nsismake_check(const struct pack_job *j, struct err *e) {
    const struct recipe *r = j->recipe;
    const struct str texts[] = {r->title, r->vendor, r->summary, r->homepage, copyright(r)};

    if (!names_arch_node(j->target->arch) || j->target->arch == ARCH_ARMV7 ||
        j->target->arch == ARCH_UNIVERSAL)
        return err_set(e, E_RECIPE,
                       "%s: programs for Windows are made for x86_64, i686 or aarch64, not %s",
                       recipe_where(r, j->target->at, j->mem), names_arch(j->target->arch));
    for (size_t i = 0; i < COUNT(texts); i++)
        if (str_ends(texts[i], "$\\")) /* it would hide the quote behind it from makensis */
            return err_set(e, E_RECIPE, "%s: \"" STR_F "\": a text for NSIS cannot end with $\\",
                           r->file, STR_A(texts[i]));
    return windows_check(j, e);
}

int nsismake_file_name(const struct pack_job *j, const char *suffix, struct buf *out,
                       struct err *e) {
    buf_fmt(out, STR_F "-" STR_F "-%s%s", STR_A(j->recipe->name), STR_A(j->recipe->version),
            names_arch_node(j->target->arch), suffix);
    return buf_check(out, "the file name", e);
}

static void set(struct nsismake *m, const char *key, struct str s) {
    value_set(m->job->mem, m->vars, key, value_str(m->job->mem, s));
}

static void set_flag(struct nsismake *m, const char *key, bool b) {
    value_set(m->job->mem, m->vars, key, value_bool(m->job->mem, b));
}

/* With a backslash in front: templates take one before {{ for something else. */
static void set_in(struct nsismake *m, const char *key, struct str s) {
    set(m, key, str_fmt(m->job->mem, "\\" STR_F, STR_A(s)));
}

/* In captions an ampersand underlines the letter behind it, two are one. */
static struct str twice_ampersand(struct str s, struct arena *mem) {
    char *p = arena_alloc(mem, s.n * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '&')
            p[n++] = '&';
        p[n++] = s.p[i];
    }
    return (struct str){p, n};
}

struct str nsismake_backslashes(struct str s, struct arena *mem) {
    char *p = arena_dup(mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if (p[i] == '/')
            p[i] = '\\';
    return (struct str){p, s.n};
}

/* Packed one by one, a file that did not change has the same bytes in the next version, and
 * updaters do not fetch it again. Large files lose little by it, small ones much. */
static bool one_by_one(const struct tree *pkg) {
    uint64_t n = 0;

    for (size_t i = 0; i < pkg->n; i++)
        n += pkg->v[i].kind == TREE_FILE;
    return n && tree_size(pkg) / n >= LARGE;
}

static void set_compression(struct nsismake *m) {
    struct arena *mem = m->job->mem;
    struct str word = value_text(m->job->section, "compression");
    int64_t most = value_number(m->job->section, "dictionary", DICTIONARY), mib = 1;
    uint64_t size = tree_size(m->pkg);

    if (!word.n)
        word = STR("lzma");
    while (mib < most && (uint64_t)mib * MIB < size)
        mib *= 2; /* no larger than what there is to look back on */
    set(m, "dictionary",
        str_is(word, "lzma") ? str_fmt(mem, "%d", (int)(mib < most ? mib : most)) : STR(""));
    set(m, "compressor",
        str_is(word, "none")
            ? STR("")
            : str_fmt(mem, "%s" STR_F,
                      value_flag(m->job->section, "solid", !one_by_one(m->pkg)) ? "/SOLID " : "",
                      STR_A(word)));
}

static int set_vars(struct nsismake *m, struct err *e) {
    const struct recipe *r = m->job->recipe;
    struct arena *mem = m->job->mem;
    enum arch_kind arch = m->job->target->arch;
    uint16_t v[4];

    if (windows_version(r, v, e) || windows_entry(m->job, m->pkg, &m->entry, e))
        return (int)e->code;
    m->vars = value_new(mem, VALUE_MAP);
    set(m, "name", r->name);
    set_in(m, "in_name", r->name);
    set(m, "title", r->title);
    set(m, "title_amp", twice_ampersand(r->title, mem));
    set(m, "file_title", windows_file_title(r, mem));
    set_in(m, "in_title", windows_file_title(r, mem));
    set(m, "id", r->id);
    set(m, "version", r->version);
    set_in(m, "in_version", r->version);
    set(m, "version4", str_fmt(mem, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]));
    set(m, "major", str_fmt(mem, "%u", v[0]));
    set(m, "minor", str_fmt(mem, "%u", v[1]));
    set(m, "summary", r->summary.n ? r->summary : r->title);
    set(m, "vendor", r->vendor);
    set(m, "copyright", copyright(r).n ? copyright(r) : r->vendor);
    set(m, "homepage", r->homepage);
    set(m, "entry", nsismake_backslashes(m->entry, mem));
    set_in(m, "in_entry", nsismake_backslashes(m->entry, mem));
    set(m, "stub", arch == ARCH_X86_64 ? STR("amd64-unicode") : STR("x86-unicode"));
    set(m, "startup_size", arch == ARCH_X86_64 ? STR("104") : STR("68")); /* of STARTUPINFO */
    set(m, "execute_size", arch == ARCH_X86_64 ? STR("112") : STR("60")); /* SHELLEXECUTEINFO */
    set(m, "pad_in", arch == ARCH_X86_64 ? STR(", i 0") : STR(""));       /* before pointers */
    set(m, "pad_out", arch == ARCH_X86_64 ? STR(", i") : STR(""));
    set_flag(m, "wide", arch == ARCH_X86_64 || arch == ARCH_AARCH64);
    set_flag(m, "arm", arch == ARCH_AARCH64);
    set_flag(m, "icon", r->icon.n > 0);
    set_compression(m);
    return OK;
}

static int put(struct nsismake *m, const char *name, struct buf *text, struct err *e) {
    return fsys_write(m->dir.fd, name, buf_get(text), 0600, e) ? err_in(e, "%s", m->dir.path) : OK;
}

static int put_icon(struct nsismake *m, struct err *e) {
    AUTO(buf) ico = BUF_NONE;

    buf_init(&ico, ICON_MAX);
    if (windows_icon(m->job->recipe, &ico, e) || !ico.n)
        return (int)e->code;
    return put(m, "icon.ico", &ico, e);
}

int nsismake_open(struct nsismake *m, const struct pack_job *j, const struct tree *pkg,
                  struct err *e) {
    m->job = j;
    m->pkg = pkg;
    if (!child_found("makensis"))
        return err_set(e, E_TOOL, "makensis is needed, and is not installed: apt-get install nsis");
    if (tree_size(pkg) > INT32_MAX)
        return err_set(e, E_INPUT, "%llu bytes of files: programs made by NSIS hold at most 2 GiB",
                       (unsigned long long)tree_size(pkg));
    if (set_vars(m, e) || tmpdir_open(&m->dir, "nsis", e) || put_icon(m, e))
        return (int)e->code;
    return nsisfiles_write(j, pkg, m->dir.fd, e);
}

int nsismake_render(struct nsismake *m, const char *name, struct err *e) {
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, SCRIPT_MAX);
    if (tmpl_render(arena_fmt(m->job->mem, "nsis/%s", name), m->vars, &text, e) ||
        buf_check(&text, name, e))
        return (int)e->code;
    return put(m, name, &text, e);
}

struct said {
    const struct pack_job *job;
    struct buf errors;
};

/* makensis tells what is wrong in one or more lines and ends with the place. */
static void hear(void *self, struct str line) {
    struct said *s = self;

    line = str_trim(line);
    if (!line.n || str_ends(line, " warning:") || str_ends(line, " warnings:"))
        return; /* at the end all of them are said once more */
    if (str_starts(line, "warning") || str_has(line, " warning")) {
        log_warn("makensis: " STR_F, STR_A(line));
        return;
    }
    if (s->errors.n)
        buf_z(&s->errors, "; ");
    buf_str(&s->errors, line);
}

static bool no_use(void *self) {
    const struct said *s = self;

    return s->job->stop && s->job->stop(s->job->stop_self);
}

struct hidden {
    struct arena *mem;
    struct str *v;
    size_t n, room;
};

static void hide(struct hidden *h, struct str name) {
    if (h->n == h->room)
        h->v = arena_grow(h->mem, h->v, h->n, h->n + 1, sizeof *h->v, &h->room);
    h->v[h->n++] = name;
}

/* Hooks can read variables, and put them into the program: those that hold secrets are not theirs.
 */
static void hide_secrets(struct hidden *h, const struct value *v) {
    struct str name;

    for (; v; v = v->next) {
        if (v->kind == VALUE_STR && secret_kind(v->s, &name) == SECRET_ENV)
            hide(h, name);
        hide_secrets(h, v->child);
    }
}

int nsismake_run(struct nsismake *m, const char *script, struct err *e) {
    struct arena *mem = m->job->mem;
    struct hidden without = {.mem = mem};
    const struct str add[] = {STR("LC_ALL=C.UTF-8"), STR("TZ=UTC"),
                              str_fmt(mem, "SOURCE_DATE_EPOCH=%lld",
                                      (long long)m->job->recipe->time)};
    const char *argv[] = {NSISMAKE_TOOL,   "-V2",  "-NOCONFIG", "-NOCD",
                          "-INPUTCHARSET", "UTF8", script,      NULL};
    AUTO(buf) errors = BUF_NONE;
    struct said said = {m->job, BUF_NONE};
    struct child_opts o = {.dir = m->dir.path, .line = hear, .stop = no_use, .self = &said};
    int status = 0;

    hide(&without, STR("NSISDIR"));
    hide(&without, STR("NSISCONFDIR"));
    if (m->job->recipe->root)
        hide_secrets(&without, m->job->recipe->root->child);
    o.env = envvar_without(mem, without.v, without.n, add, COUNT(add));
    buf_init(&said.errors, ERR_MAX / 2);
    if (child_run(argv, &o, &status, e)) {
        buf_drop(&said.errors);
        return (int)e->code;
    }
    errors = said.errors;
    if (status)
        return err_set(e, E_TOOL, "makensis: " STR_F,
                       STR_A(errors.n ? buf_get(&errors) : STR("failed and does not say why")));
    return OK;
}

int nsismake_take(struct nsismake *m, struct outfile *f, struct err *e) {
    AUTO(infile) made = INFILE_NONE;

    if (nsisfiles_check(m->pkg, e) || infile_open(&made, m->dir.fd, "out.exe", e) ||
        outfile_append_from(f, made.fd, 0, made.size, e))
        return (int)e->code;
    if (m->job->tick)
        m->job->tick(m->job->tick_self, tree_size(m->pkg));
    return OK;
}

void nsismake_drop(struct nsismake *m) {
    tmpdir_drop(&m->dir);
}
