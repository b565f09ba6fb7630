/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmhead.h"

#include "container/rpmtags.h"
#include "model/names.h"
#include "pack/linux.h"
#include "pack/rpmattr.h"
#include "pack/rpmscript.h"

#include <string.h>

/* What the readers of rpm's tags expect of a builder of this age. */
#define RPMHEAD_BUILDER "4.18.0"

enum { VERSION_MAX = 1000 };

void rpmhead_version(const struct pack_job *j, struct buf *out) {
    names_version_rpm(j->recipe->version, out);
    buf_fmt(out, "-" STR_F STR_F, STR_A(j->recipe->release.n ? j->recipe->release : STR("1")),
            STR_A(value_text(j->section, "dist")));
}

static struct str version_release(const struct pack_job *j) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, VERSION_MAX);
    rpmhead_version(j, &b);
    return str_dup(j->mem, buf_get(&b));
}

/* With the epoch, as relations have it. */
static struct str evr(const struct pack_job *j) {
    int64_t epoch = value_number(j->section, "epoch", -1);

    if (epoch < 0)
        return version_release(j);
    return str_fmt(j->mem, "%lld:" STR_F, (long long)epoch, STR_A(version_release(j)));
}

static const char *isa(enum arch_kind a) { /* %{_isa} */
    switch (a) {
    case ARCH_X86_64:
        return "(x86-64)";
    case ARCH_AARCH64:
        return "(aarch-64)";
    case ARCH_I686:
        return "(x86-32)";
    case ARCH_ARMV7:
        return "(armv7hl-32)";
    default:
        return NULL;
    }
}

static struct str packager(const struct pack_job *j) {
    struct str own = value_text(j->section, "packager");

    return own.n ? own : j->recipe->maintainer;
}

static bool release_ok(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
              (s.p[i] >= 'A' && s.p[i] <= 'Z') || memchr("._+~^", s.p[i], 5)))
            return false;
    return true;
}

static int check_prefixes(const struct pack_job *j, struct err *e) {
    const struct value *list = value_get(j->section, "prefixes");

    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        if (!str_starts(v->s, "/") || linux_one_line(j->recipe, "prefixes", v->s, e))
            return err_set(e, E_RECIPE, "%s: rpm: prefixes: \"" STR_F "\" is no absolute path",
                           recipe_where(j->recipe, v->at, j->mem), STR_A(v->s));
    return OK;
}

int rpmhead_check(const struct pack_job *j, struct err *e) {
    const struct recipe *r = j->recipe;
    const struct value *dist = value_get(j->section, "dist");
    const struct {
        const char *key;
        struct str value;
    } lines[] = {{"summary", r->summary},   {"maintainer", r->maintainer},
                 {"homepage", r->homepage}, {"vendor", r->vendor},
                 {"license", r->license},   {"group", value_text(j->section, "group")},
                 {"packager", packager(j)}};

    if (!names_arch_rpm(j->target->arch))
        return err_set(e, E_RECIPE, "%s: rpm: has no architecture \"%s\"",
                       recipe_where(r, j->target->at, j->mem), names_arch(j->target->arch));
    if (!r->summary.n)
        return err_set(e, E_RECIPE, "%s: rpm: needs a summary", r->file);
    if (!release_ok(r->release))
        return err_set(e, E_RECIPE,
                       "%s: rpm: a release has letters, digits and . _ + ~ ^ only, not \"" STR_F
                       "\"",
                       r->file, STR_A(r->release));
    if (dist && !release_ok(dist->s))
        return err_set(e, E_RECIPE, "%s: rpm: dist has letters, digits and . _ + ~ ^ only",
                       recipe_where(r, dist->at, j->mem));
    for (size_t i = 0; i < COUNT(lines); i++)
        if (linux_one_line(r, lines[i].key, lines[i].value, e))
            return (int)e->code;
    if (check_prefixes(j, e))
        return (int)e->code;
    return rpmdeps_check(j, e);
}

static void add_if(struct rpmhdr *h, uint32_t tag, struct str s) {
    if (s.n)
        rpmhdr_add_text(h, tag, s);
}

static void add_names(struct rpmhdr *h, const struct pack_job *j) {
    const struct recipe *r = j->recipe;
    const char *arch = names_arch_rpm(j->target->arch);
    struct str vr = version_release(j), text = str_trim(r->description);
    struct str group = value_text(j->section, "group");
    size_t minus = str_rfind(vr, '-'); /* neither version nor release has one */
    int64_t epoch = value_number(j->section, "epoch", -1);

    rpmhdr_add_texts(h, RPMTAGS_I18NTABLE, &STR("C"), 1);
    rpmhdr_add_text(h, RPMTAGS_NAME, r->name);
    rpmhdr_add_text(h, RPMTAGS_VERSION, str_cut(vr, 0, minus));
    rpmhdr_add_text(h, RPMTAGS_RELEASE, str_cut(vr, minus + 1, vr.n));
    if (epoch >= 0)
        rpmhdr_add_one(h, RPMTAGS_EPOCH, (uint32_t)epoch);
    rpmhdr_add_i18n(h, RPMTAGS_SUMMARY, r->summary);
    rpmhdr_add_i18n(h, RPMTAGS_DESCRIPTION, text.n ? text : r->summary);
    rpmhdr_add_one(h, RPMTAGS_BUILDTIME, (uint32_t)r->time);
    rpmhdr_add_text(h, RPMTAGS_BUILDHOST, STR("localhost"));
    add_if(h, RPMTAGS_VENDOR, r->vendor);
    rpmhdr_add_text(h, RPMTAGS_LICENSE, r->license.n ? r->license : STR("Proprietary"));
    add_if(h, RPMTAGS_PACKAGER, packager(j));
    rpmhdr_add_i18n(h, RPMTAGS_GROUP, group.n ? group : STR("Unspecified"));
    add_if(h, RPMTAGS_URL, r->homepage);
    rpmhdr_add_text(h, RPMTAGS_OS, STR("linux"));
    rpmhdr_add_text(h, RPMTAGS_ARCH, str_of(arch));
    rpmhdr_add_text(h, RPMTAGS_PLATFORM, str_fmt(j->mem, "%s-linux", arch));
    rpmhdr_add_text(h, RPMTAGS_SOURCERPM,
                    str_fmt(j->mem, STR_F "-" STR_F ".src.rpm", STR_A(r->name), STR_A(vr)));
    rpmhdr_add_text(h, RPMTAGS_RPMVERSION, STR(RPMHEAD_BUILDER));
    rpmhdr_add_text(h, RPMTAGS_ENCODING, STR("utf-8"));
}

static struct str change_text(const struct pack_job *j, const struct recipe_change *c) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, 1 << 24);
    for (size_t i = 0; i < c->n_items; i++) {
        struct str rest = str_trim(c->items[i]);
        const char *lead = "- ";

        while (rest.n) {
            struct str line = str_trim(str_split(&rest, '\n'));

            buf_fmt(&b, "%s%s" STR_F, b.n ? "\n" : "", lead, STR_A(line));
            lead = "  ";
        }
    }
    return b.n ? str_dup(j->mem, buf_get(&b)) : STR("- Release.");
}

static void add_changes(struct rpmhdr *h, const struct pack_job *j) {
    const struct recipe *r = j->recipe;
    struct str *name = arena_array(j->mem, r->n_changes, sizeof *name);
    struct str *text = arena_array(j->mem, r->n_changes, sizeof *text);
    uint32_t *time = arena_array(j->mem, r->n_changes, sizeof *time);

    for (size_t i = 0; i < r->n_changes; i++) {
        const struct recipe_change *c = &r->changes[i];
        AUTO(buf) version = BUF_NONE;

        buf_init(&version, VERSION_MAX);
        if (str_eq(c->version, r->version))
            rpmhead_version(j, &version);
        else
            names_version_rpm(c->version, &version);
        time[i] = (uint32_t)(c->time ? c->time : r->time);
        name[i] = str_fmt(j->mem, STR_F " - " STR_F, STR_A(c->author.n ? c->author : packager(j)),
                          STR_A(buf_get(&version)));
        text[i] = change_text(j, c);
    }
    if (!r->n_changes)
        return;
    rpmhdr_add_u32(h, RPMTAGS_CHANGELOGTIME, time, r->n_changes);
    rpmhdr_add_texts(h, RPMTAGS_CHANGELOGNAME, name, r->n_changes);
    rpmhdr_add_texts(h, RPMTAGS_CHANGELOGTEXT, text, r->n_changes);
}

static void add_prefixes(struct rpmhdr *h, const struct pack_job *j) {
    const struct value *list = value_get(j->section, "prefixes");
    struct str *v = arena_array(j->mem, list ? list->n : 0, sizeof *v);
    size_t n = 0;

    for (const struct value *x = list ? list->child : NULL; x; x = x->next)
        v[n++] = x->s;
    if (n)
        rpmhdr_add_texts(h, RPMTAGS_PREFIXES, v, n);
}

static void add_codec(struct rpmhdr *h, struct rpmdeps *d, const struct codec_opts *c) {
    int level = c->level;

    if (!level)
        level = c->kind == CODEC_ZSTD   ? 19
                : c->kind == CODEC_XZ   ? 6
                : c->kind == CODEC_GZIP ? 9
                                        : 0;
    rpmhdr_add_text(h, RPMTAGS_PAYLOADFORMAT, STR("cpio"));
    if (c->kind != CODEC_NONE) /* rpm takes a payload of unknown compression as it is */
        rpmhdr_add_text(h, RPMTAGS_PAYLOADCOMPRESSOR, str_of(codec_name(c->kind)));
    rpmhdr_add_text(h, RPMTAGS_PAYLOADFLAGS, str_fmt(h->mem, "%d", level));
    if (c->kind == CODEC_ZSTD)
        rpmdeps_rpmlib(d, "PayloadIsZstd", "5.4.18-1");
    if (c->kind == CODEC_XZ)
        rpmdeps_rpmlib(d, "PayloadIsXz", "5.2-1");
}

static void add_own(struct rpmdeps *d, const struct pack_job *j, const struct rpmfiles *f) {
    const char *mark = isa(j->target->arch);
    struct str name = j->recipe->name, version = evr(j);

    rpmdeps_add(d, RPMDEPS_PROVIDES, name, RPMDEPS_EQUAL, version);
    if (mark)
        rpmdeps_add(d, RPMDEPS_PROVIDES, str_fmt(j->mem, STR_F "%s", STR_A(name), mark),
                    RPMDEPS_EQUAL, version);
    if (f->config) {
        struct str config = str_fmt(j->mem, "config(" STR_F ")", STR_A(name));

        rpmdeps_add(d, RPMDEPS_PROVIDES, config, RPMDEPS_CONFIG | RPMDEPS_EQUAL, version);
        rpmdeps_add(d, RPMDEPS_REQUIRES, config, RPMDEPS_CONFIG | RPMDEPS_EQUAL, version);
    }
    rpmdeps_rpmlib(d, "CompressedFileNames", "3.0.4-1");
    rpmdeps_rpmlib(d, "FileDigests", "4.6.0-1");
    rpmdeps_rpmlib(d, "PayloadFilesHavePrefix", "4.0-1");
    if (f->hard_links)
        rpmdeps_rpmlib(d, "PartialHardlinkSets", "4.0.4-1");
    if (f->large)
        rpmdeps_rpmlib(d, "LargeFiles", "4.12.0-1");
}

int rpmhead_plan(struct rpmhead *x, const struct pack_job *j, const struct tree *pkg,
                 struct codec_opts codec, struct err *e) {
    struct rpmdeps d = {.mem = j->mem};
    AUTO(buf) trial = BUF_NONE;

    *x = (struct rpmhead){.job = j, .fixed = {.mem = j->mem}, .codec = codec};
    rpmfiles_list(pkg, j->mem, &x->files);
    add_names(&x->fixed, j);
    add_changes(&x->fixed, j);
    add_prefixes(&x->fixed, j);
    add_codec(&x->fixed, &d, &codec);
    add_own(&d, j, &x->files);
    if (rpmscript_tags(j, pkg, &d, &x->fixed, e) || rpmdeps_section(&d, j, e) ||
        rpmdeps_elf(&d, j, &x->files, &x->color, e) || rpmattr_find(&d, j, &x->files, e))
        return (int)e->code;
    rpmdeps_tags(&d, &x->fixed);
    buf_init(&trial, RPMHEAD_MAX);
    if (rpmhead_main(x, NULL, &trial, e))
        return (int)e->code;
    x->size = trial.n;
    return OK;
}

int rpmhead_main(const struct rpmhead *x, const struct rpmhead_payload *p, struct buf *out,
                 struct err *e) {
    static const struct rpmhead_payload none;
    AUTO(arena) mem = {0};
    struct rpmhdr h = {.mem = &mem};
    struct str digest;

    h.v = arena_grow(&mem, NULL, 0, x->fixed.n + 32, sizeof *h.v, &h.room);
    memcpy(h.v, x->fixed.v, x->fixed.n * sizeof *h.v);
    h.n = x->fixed.n;
    if (rpmfiles_tags(&x->files, x->job, x->color, p != NULL, &h, e))
        return (int)e->code;
    if (!p)
        p = &none;
    digest = digest_hex(&mem, p->packed, sizeof p->packed);
    rpmhdr_add_texts(&h, RPMTAGS_PAYLOADDIGEST, &digest, 1);
    rpmhdr_add_one(&h, RPMTAGS_PAYLOADDIGESTALGO, 8);
    digest = digest_hex(&mem, p->plain, sizeof p->plain);
    rpmhdr_add_texts(&h, RPMTAGS_PAYLOADDIGESTALT, &digest, 1);
    return rpmhdr_write(&h, RPMHDR_IMMUTABLE, out, e);
}
