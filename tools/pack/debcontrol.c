/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/debcontrol.h"

#include "crypto/digest.h"
#include "io/codec.h"
#include "model/names.h"
#include "os/clock.h"
#include "pack/debshlibs.h"
#include "pack/linux.h"
#include "text/deb822.h"
#include "text/tmpl.h"

#include <string.h>

enum { TEXT_MAX = 64 * 1024 * 1024 };

/* Relations in the order of the Policy Manual, chapter 7. */
const struct debcontrol_relation debcontrol_relations[] = {
    {"pre-depends", "Pre-Depends"}, {"depends", "Depends"},
    {"recommends", "Recommends"},   {"suggests", "Suggests"},
    {"enhances", "Enhances"},       {"breaks", "Breaks"},
    {"conflicts", "Conflicts"},     {"replaces", "Replaces"},
    {"provides", "Provides"},       {NULL, NULL},
};

void debcontrol_version(const struct pack_job *j, struct buf *out) {
    const struct value *own = value_get(j->section, "release");
    const struct value *common = value_get(j->recipe->root, "release");
    bool asked = own || (common && common->at.file); /* a default has no place in a file */

    names_version_deb(j->recipe->version, asked ? j->recipe->release : STR(""), out);
}

/* As dpkg-gencontrol counts: each file rounded up to KiB, its other names nothing, all else one. */
static uint64_t installed_size(const struct tree *pkg) {
    uint64_t n = 1;

    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];

        if (x->kind != TREE_FILE)
            n++;
        else if (!x->link && !(x->marks & TREE_GHOST))
            n += (x->size + 1023) / 1024;
    }
    return n;
}

static void put_relation(struct buf *out, const char *field, const struct value *list,
                         const struct str *more, size_t n_more, struct arena *mem) {
    struct buf line;

    buf_init(&line, TEXT_MAX);
    for (size_t i = 0; i < n_more; i++)
        buf_fmt(&line, "%s" STR_F, line.n ? ", " : "", STR_A(more[i]));
    for (const struct value *v = list ? list->child : NULL; v; v = v->next) {
        bool twice = false;

        for (size_t i = 0; i < n_more; i++)
            twice |= str_eq(more[i], v->s);
        if (!twice)
            buf_fmt(&line, "%s" STR_F, line.n ? ", " : "", STR_A(v->s));
    }
    deb822_put(out, field, str_dup(mem, buf_get(&line)));
    buf_drop(&line);
}

static int put_control(const struct pack_job *j, const struct tree *pkg, struct buf *out,
                       struct err *e) {
    const struct recipe *r = j->recipe;
    const struct value *fields = value_get(j->section, "fields");
    struct str section = value_text(j->section, "section"), text;
    struct str priority = value_text(j->section, "priority"), *shlibs = NULL;
    AUTO(buf) version = BUF_NONE;
    size_t n_shlibs = 0;

    buf_init(&version, 1000);
    debcontrol_version(j, &version);
    if (value_flag(j->section, "shlibs", false) && debshlibs_find(j, pkg, &shlibs, &n_shlibs, e))
        return (int)e->code;
    deb822_put(out, "Package", r->name);
    deb822_put(out, "Version", buf_get(&version));
    deb822_put(out, "Architecture", str_of(names_arch_deb(j->target->arch)));
    if (value_flag(j->section, "essential", false))
        deb822_put(out, "Essential", STR("yes"));
    deb822_put(out, "Multi-Arch", value_text(j->section, "multi-arch"));
    deb822_put(out, "Maintainer", r->maintainer);
    deb822_put(out, "Installed-Size",
               str_fmt(j->mem, "%llu", (unsigned long long)installed_size(pkg)));
    for (size_t i = 0; debcontrol_relations[i].key; i++) {
        bool depends = !strcmp(debcontrol_relations[i].key, "depends");

        put_relation(out, debcontrol_relations[i].field,
                     value_get(j->section, debcontrol_relations[i].key), depends ? shlibs : NULL,
                     depends ? n_shlibs : 0, j->mem);
    }
    deb822_put(out, "Section", section.n ? section : r->section.n ? r->section : STR("misc"));
    deb822_put(out, "Priority", priority.n ? priority : STR("optional"));
    deb822_put(out, "Homepage", r->homepage);
    for (const struct value *v = fields ? fields->child : NULL; v; v = v->next)
        deb822_put(out, str_z(j->mem, v->key), v->s);
    text = str_trim(r->description);
    deb822_put(out, "Description",
               text.n ? str_fmt(j->mem, STR_F "\n" STR_F, STR_A(r->summary), STR_A(text))
                      : r->summary);
    return buf_check(out, "the control file", e);
}

/* A line of md5sums. There is one for each file, often tens of thousands. */
static void put_sum(struct buf *sums, const unsigned char md5[16], struct str path) {
    static const char digit[] = "0123456789abcdef";
    char line[34];

    for (size_t i = 0; i < 16; i++) {
        line[2 * i] = digit[md5[i] >> 4];
        line[2 * i + 1] = digit[md5[i] & 15];
    }
    line[32] = line[33] = ' ';
    buf_put(sums, line, sizeof line);
    buf_str(sums, path);
    buf_c(sums, '\n');
}

static int put_sums(const struct tree *pkg, bool later, struct buf *sums, struct buf *conffiles,
                    struct err *e) {
    for (size_t i = 0; i < pkg->n; i++) {
        const struct tree_entry *x = &pkg->v[i];
        const struct tree_entry *file = x->link ? &pkg->v[x->link - 1] : x;

        if (x->kind != TREE_FILE || x->marks & TREE_GHOST)
            continue;
        /* dpkg keeps the sums of conffiles itself and leaves them out of md5sums. Policy wants all
         * of /etc to be one. */
        if (x->marks & TREE_CONFIG || str_starts(x->path, "etc/")) {
            buf_fmt(conffiles, "/" STR_F "\n", STR_A(x->path));
            continue;
        }
        if (!later && !(file->digests->kinds & DIGEST_MD5))
            return err_set(e, E_BUG, STR_F " has no md5", STR_A(x->path));
        put_sum(sums, file->digests->md5, x->path);
    }
    if (buf_check(sums, "md5sums", e))
        return (int)e->code;
    return buf_check(conffiles, "conffiles", e);
}

static int add_scripts(const struct pack_job *j, const struct tree *pkg, struct tree *control,
                       struct err *e) {
    static const char *const names[] = {"preinst", "postinst", "prerm", "postrm"};

    for (int h = LINUX_PRE_INSTALL; h <= LINUX_POST_REMOVE; h++) {
        AUTO(buf) text = BUF_NONE;

        buf_init(&text, TEXT_MAX);
        if (linux_script(j, pkg, (enum linux_hook)h, LINUX_DEB, &text, e))
            return (int)e->code;
        if (text.n)
            tree_add_data(control, str_of(names[h]), 0755, str_dup(j->mem, buf_get(&text)));
    }
    return OK;
}

static int add_triggers(const struct pack_job *j, struct tree *control, struct err *e) {
    const struct value *list = value_get(j->section, "triggers");
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, TEXT_MAX);
    for (const struct value *v = list ? list->child : NULL; v; v = v->next)
        buf_fmt(&text, STR_F "\n", STR_A(v->s));
    if (buf_check(&text, "triggers", e))
        return (int)e->code;
    if (text.n)
        tree_add_data(control, STR("triggers"), 0644, str_dup(j->mem, buf_get(&text)));
    return OK;
}

int debcontrol_tree(const struct pack_job *j, const struct tree *pkg, struct tree *control,
                    struct err *e) {
    AUTO(buf) text = BUF_NONE;
    AUTO(buf) sums = BUF_NONE;
    AUTO(buf) conffiles = BUF_NONE;

    buf_init(&text, TEXT_MAX);
    buf_init(&sums, TEXT_MAX);
    buf_init(&conffiles, TEXT_MAX);
    if (put_control(j, pkg, &text, e) || put_sums(pkg, true, &sums, &conffiles, e))
        return (int)e->code;
    tree_add_data(control, STR("control"), 0644, str_dup(j->mem, buf_get(&text)));
    if (sums.n)
        tree_add_data(control, STR("md5sums"), 0644, str_dup(j->mem, buf_get(&sums)));
    if (conffiles.n)
        tree_add_data(control, STR("conffiles"), 0644, str_dup(j->mem, buf_get(&conffiles)));
    if (add_scripts(j, pkg, control, e) || add_triggers(j, control, e))
        return (int)e->code;
    return tree_finish(control, false, e);
}

int debcontrol_sums(const struct pack_job *j, const struct tree *pkg, struct tree *control,
                    struct err *e) {
    AUTO(buf) sums = BUF_NONE;
    AUTO(buf) conffiles = BUF_NONE;

    buf_init(&sums, TEXT_MAX);
    buf_init(&conffiles, TEXT_MAX);
    if (put_sums(pkg, false, &sums, &conffiles, e))
        return (int)e->code;
    for (size_t i = 0; i < control->n; i++)
        if (str_is(control->v[i].path, "md5sums"))
            control->v[i].bytes.data = str_dup(j->mem, buf_get(&sums));
    return OK;
}

/* Policy 12.5: packages refer to the licences of base-files instead of repeating them. */
static struct str common_license(struct str spdx) {
    static const char *const row[][2] = {
        {"Apache-2.0", "Apache-2.0"},  {"GPL-1.0-or-later", "GPL-1"},
        {"GPL-2.0-only", "GPL-2"},     {"GPL-2.0-or-later", "GPL-2"},
        {"GPL-3.0-only", "GPL-3"},     {"GPL-3.0-or-later", "GPL-3"},
        {"LGPL-2.0-only", "LGPL-2"},   {"LGPL-2.0-or-later", "LGPL-2"},
        {"LGPL-2.1-only", "LGPL-2.1"}, {"LGPL-2.1-or-later", "LGPL-2.1"},
        {"LGPL-3.0-only", "LGPL-3"},   {"LGPL-3.0-or-later", "LGPL-3"},
        {"MPL-1.1", "MPL-1.1"},        {"MPL-2.0", "MPL-2.0"},
        {"GFDL-1.3-only", "GFDL-1.3"}, {"GFDL-1.3-or-later", "GFDL-1.3"},
        {"CC0-1.0", "CC0-1.0"},        {"Artistic-1.0-Perl", "Artistic"},
    };

    for (size_t i = 0; i < COUNT(row); i++)
        if (str_is(spdx, row[i][0]))
            return str_of(row[i][1]);
    return (struct str){0};
}

static int add_copyright(const struct pack_job *j, struct tree *pkg, struct err *e) {
    const struct recipe *r = j->recipe;
    struct value *v = value_new(j->mem, VALUE_MAP);
    struct str license;
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, TEXT_MAX);
    if (linux_license(r, j->mem, &license, e))
        return (int)e->code;
    value_set(j->mem, v, "title", value_str(j->mem, r->title));
    value_set(j->mem, v, "maintainer", value_str(j->mem, r->maintainer));
    value_set(j->mem, v, "homepage", value_str(j->mem, r->homepage));
    value_set(j->mem, v, "holder", value_str(j->mem, r->vendor.n ? r->vendor : r->maintainer));
    value_set(j->mem, v, "year", value_int(j->mem, clock_split(r->time).year));
    value_set(j->mem, v, "license",
              value_str(j->mem, r->license.n ? r->license : STR("Proprietary")));
    value_set(j->mem, v, "text", value_str(j->mem, license));
    value_set(j->mem, v, "common", value_str(j->mem, common_license(r->license)));
    if (tmpl_render("deb/copyright", v, &text, e))
        return (int)e->code;
    tree_add_data(pkg, str_fmt(j->mem, "usr/share/doc/" STR_F "/copyright", STR_A(r->name)), 0644,
                  str_dup(j->mem, buf_get(&text)));
    return OK;
}

static void put_change(const struct pack_job *j, struct str version, int64_t time,
                       const struct str *items, size_t n, struct buf *out) {
    buf_fmt(out, STR_F " (" STR_F ") stable; urgency=medium\n\n", STR_A(j->recipe->name),
            STR_A(version));
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_trim(items[i]), line = str_split(&rest, '\n');

        buf_fmt(out, "  * " STR_F "\n", STR_A(line));
        while (rest.n) {
            line = str_trim(str_split(&rest, '\n'));
            if (line.n)
                buf_fmt(out, "    " STR_F "\n", STR_A(line));
        }
    }
    if (!n)
        buf_fmt(out, "  * Release " STR_F ".\n", STR_A(version));
    buf_fmt(out, "\n -- " STR_F "  " STR_F "\n\n", STR_A(j->recipe->maintainer),
            STR_A(clock_rfc2822(j->mem, time)));
}

static int add_changelog(const struct pack_job *j, struct tree *pkg, struct err *e) {
    const struct recipe *r = j->recipe;
    const struct codec_opts gzip = {.kind = CODEC_GZIP, .level = 9, .jobs = 1};
    struct sink to = SINK_NONE, s = SINK_NONE;
    AUTO(buf) text = BUF_NONE;
    AUTO(buf) packed = BUF_NONE;
    AUTO(buf) version = BUF_NONE;

    buf_init(&text, TEXT_MAX);
    buf_init(&packed, TEXT_MAX);
    buf_init(&version, 1000);
    debcontrol_version(j, &version);
    if (!r->n_changes || !str_eq(r->changes[0].version, r->version))
        put_change(j, buf_get(&version), r->time, NULL, 0, &text);
    for (size_t i = 0; i < r->n_changes; i++) {
        AUTO(buf) v = BUF_NONE;

        buf_init(&v, 1000);
        names_version_deb(r->changes[i].version, STR(""), &v);
        put_change(j, str_eq(r->changes[i].version, r->version) ? buf_get(&version) : buf_get(&v),
                   r->changes[i].time ? r->changes[i].time : r->time, r->changes[i].items,
                   r->changes[i].n_items, &text);
    }
    if (buf_check(&text, "the changelog", e))
        return (int)e->code;
    sink_buf(&to, &packed);
    if (codec_sink(&s, &to, &gzip, e))
        return (int)e->code;
    sink_str(&s, buf_get(&text));
    if (sink_close(&s, e))
        return (int)e->code;
    /* A version with a revision is Debian's own, whose changelog has another name: Policy 12.7. */
    tree_add_data(pkg,
                  str_fmt(j->mem, "usr/share/doc/" STR_F "/changelog%s.gz", STR_A(r->name),
                          str_find(buf_get(&version), '-') < version.n ? ".Debian" : ""),
                  0644, str_dup(j->mem, buf_get(&packed)));
    return OK;
}

int debcontrol_docs(const struct pack_job *j, struct tree *pkg, struct err *e) {
    if (add_copyright(j, pkg, e))
        return (int)e->code;
    return add_changelog(j, pkg, e);
}
