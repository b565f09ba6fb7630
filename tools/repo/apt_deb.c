/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_deb.h"

#include "container/ar.h"
#include "container/tar.h"
#include "io/codec.h"
#include "model/tree.h"
#include "repo/apt_version.h"
#include "text/deb822.h"

#include <string.h>

struct control {
    struct arena *mem;
    struct str text;
};

static int see_control(void *self, const struct tar_entry *t, struct source *data, struct err *e) {
    struct control *c = self;
    char *p;

    if (t->kind != TAR_FILE || c->text.p ||
        (!str_is(t->path, "control") && !str_is(t->path, "./control")))
        return OK;
    if (t->size > APT_DEB_CONTROL_MAX)
        return err_set(e, E_INPUT, "its control file has %llu bytes", (unsigned long long)t->size);
    p = arena_alloc(c->mem, (size_t)t->size + 1);
    if (!source_need(data, p, (size_t)t->size)) {
        *e = data->err;
        return (int)e->code;
    }
    c->text = (struct str){p, (size_t)t->size};
    return OK;
}

static int read_control(struct infile *f, struct arena *mem, struct str *text, struct err *e) {
    struct control c = {.mem = mem};
    struct source raw = SOURCE_NONE, s = SOURCE_NONE;
    struct source_range range;
    struct ar_entry *v;
    enum codec_kind kind;
    size_t n, i = 0;
    int rc;

    if (ar_read(f, mem, &v, &n, e))
        return err_in(e, "is not a Debian package");
    while (i < n && !str_starts(v[i].name, "control.tar"))
        i++;
    if (i == n || !str_is(v[0].name, "debian-binary"))
        return err_set(e, E_INPUT, "is not a Debian package");
    kind = v[i].name.n == 11 ? CODEC_NONE : codec_find(str_cut(v[i].name, 12, v[i].name.n));
    if (kind == CODEC_BAD)
        return err_set(e, E_INPUT, STR_F ": a compression that is not read here", STR_A(v[i].name));
    source_infile(&raw, &range, f, v[i].at, v[i].size);
    if (codec_source(&s, &raw, kind, e))
        return (int)e->code;
    rc = tar_read(&s, see_control, &c, e);
    if (rc)
        source_drop(&s);
    else
        rc = source_close(&s, e);
    if (!rc && !c.text.n)
        rc = err_set(e, E_INPUT, "has no control file");
    *text = c.text;
    return rc;
}

static bool word(struct str s, const char *more) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!plain && (!c || !strchr(more, c)))
            return false;
    }
    return s.n && s.n <= 200 && s.p[0] != '.' && s.p[0] != '-' && s.p[0] != '+';
}

static int check_names(const struct apt_deb *d, struct err *e) {
    if (!word(d->name, "+-."))
        return err_set(e, E_INPUT, "Package: \"" STR_F "\" is no package name", STR_A(d->name));
    if (!apt_version_ok(d->version))
        return err_set(e, E_INPUT, "Version: \"" STR_F "\" is no version", STR_A(d->version));
    if (!word(d->arch, "-"))
        return err_set(e, E_INPUT, "Architecture: \"" STR_F "\" is no architecture",
                       STR_A(d->arch));
    return OK;
}

/* The field that begins at *at, with its further lines. */
static struct str next_field(struct str text, size_t *at, struct str *name) {
    size_t from = *at, end = from;

    do {
        end += str_find(str_cut(text, end, text.n), '\n') + 1;
    } while (end < text.n && (text.p[end] == ' ' || text.p[end] == '\t'));
    if (end > text.n)
        end = text.n;
    *at = end;
    *name = str_cut(text, from, from + str_find(str_cut(text, from, end), ':'));
    return str_cut(text, from, end);
}

bool apt_deb_named(struct str name, const char *z) {
    for (size_t i = 0; i <= name.n; i++) {
        char a = i < name.n ? name.p[i] : 0, b = z[i];

        if (a >= 'A' && a <= 'Z')
            a = (char)(a + 32);
        if (b >= 'A' && b <= 'Z')
            b = (char)(b + 32);
        if (a != b)
            return false;
        if (!a)
            break;
    }
    return true;
}

static struct str first_line(struct str field, struct str name) {
    struct str value = str_cut(field, name.n + 1, field.n);

    return str_trim(str_cut(value, 0, str_find(value, '\n')));
}

struct str apt_deb_field(struct str text, const char *name) {
    size_t at = 0;

    while (at < text.n) {
        struct str key, field = next_field(text, &at, &key);

        if (apt_deb_named(key, name))
            return first_line(field, key);
    }
    return (struct str){0};
}

static bool is_ours(struct str name) {
    static const char *const own[] = {"Filename", "Size",   "MD5sum", "SHA1",
                                      "SHA256",   "SHA512", "Status", "Phased-Update-Percentage"};

    for (size_t i = 0; i < COUNT(own); i++)
        if (apt_deb_named(name, own[i]))
            return true;
    return false;
}

static struct str pool_path(const struct apt_deb *d, struct str component, struct arena *mem) {
    struct str v = str_cut(d->version, str_find(d->version, ':') + 1, d->version.n);
    size_t head = str_starts(d->name, "lib") && d->name.n > 3 ? 4 : 1;

    if (str_find(d->version, ':') == d->version.n)
        v = d->version;
    return str_fmt(mem, "pool/" STR_F "/" STR_F "/" STR_F "/" STR_F "_" STR_F "_" STR_F ".deb",
                   STR_A(component), STR_A(str_cut(d->name, 0, head)), STR_A(d->name),
                   STR_A(d->name), STR_A(v), STR_A(d->arch));
}

static struct str paragraph(struct str control, const struct apt_deb *d, const struct digest_set *s,
                            unsigned phased, struct arena *mem, struct err *e) {
    AUTO(buf) out = BUF_NONE;
    struct str description = {0};
    size_t at = 0;

    buf_init(&out, APT_DEB_CONTROL_MAX + 4096);
    while (at < control.n) {
        struct str name, field = next_field(control, &at, &name);

        if (apt_deb_named(name, "Description"))
            description = field;
        else if (!is_ours(name))
            buf_fmt(&out, STR_F "\n", STR_A(str_trim(field)));
    }
    buf_fmt(&out, "Filename: " STR_F "\nSize: %llu\nMD5sum: " STR_F "\nSHA256: " STR_F "\n",
            STR_A(d->filename), (unsigned long long)d->size,
            STR_A(digest_hex(mem, s->md5, sizeof s->md5)),
            STR_A(digest_hex(mem, s->sha256, sizeof s->sha256)));
    if (phased)
        buf_fmt(&out, "Phased-Update-Percentage: %u\n", phased);
    if (description.n)
        buf_fmt(&out, STR_F "\n", STR_A(str_trim(description)));
    if (buf_check(&out, "its paragraph", e))
        return (struct str){0};
    return str_dup(mem, buf_get(&out));
}

/* deb822 says what is no field; an empty line would end the paragraph in the middle. */
static int check_control(struct str *control, struct arena *mem, struct err *e) {
    struct deb822_para *paras;
    size_t n;

    while (control->n && (control->p[control->n - 1] == '\n' || control->p[control->n - 1] == ' '))
        control->n--;
    if (deb822_read(*control, "control", mem, &paras, &n, e))
        return (int)e->code;
    if (n != 1)
        return err_set(e, E_INPUT, "its control file has %zu paragraphs", n);
    return OK;
}

int apt_deb_read(struct infile *f, const struct apt_deb_opts *o, struct arena *mem,
                 struct apt_deb *out, struct err *e) {
    AUTO(arena) scratch = {0};
    struct digest_set sums;
    struct apt_deb d = {.size = f->size};
    struct str control;

    if (digest_infile(f, 0, f->size, DIGEST_MD5 | DIGEST_SHA256, 1, &sums, e) ||
        read_control(f, &scratch, &control, e) || check_control(&control, &scratch, e))
        return err_in(e, "%s", f->name);
    d.name = apt_deb_field(control, "Package");
    d.version = apt_deb_field(control, "Version");
    d.arch = apt_deb_field(control, "Architecture");
    if (check_names(&d, e) || infile_check_unchanged(f, e))
        return err_in(e, "%s", f->name);
    d.filename = o->filename.n ? o->filename : pool_path(&d, o->component, &scratch);
    d.text = paragraph(control, &d, &sums, o->phased, mem, e);
    if (!d.text.n)
        return err_in(e, "%s", f->name);
    return apt_deb_parse(d.text, f->name, out, e);
}

static bool is_sha256(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 64;
}

int apt_deb_parse(struct str text, const char *where, struct apt_deb *out, struct err *e) {
    struct err why = {0};
    struct str size = {0};
    struct {
        const char *name;
        struct str *value;
    } want[] = {{"Package", &out->name},  {"Version", &out->version},
                {"Size", &size},          {"Architecture", &out->arch},
                {"SHA256", &out->sha256}, {"Filename", &out->filename}};

    *out = (struct apt_deb){.text = text};
    for (size_t at = 0; at < text.n;) {
        struct str name, field = next_field(text, &at, &name);

        for (size_t i = 0; i < COUNT(want); i++)
            if (!want[i].value->p && apt_deb_named(name, want[i].name))
                *want[i].value = first_line(field, name);
    }
    while (str_starts(out->filename, "./"))
        out->filename = str_cut(out->filename, 2, out->filename.n);
    if (check_names(out, e))
        return err_in(e, "%s", where);
    if (!str_u64(size, INT64_MAX, &out->size))
        return err_set(e, E_INPUT, "%s: " STR_F " has no Size", where, STR_A(out->name));
    if (tree_path_ok(out->filename, &why))
        return err_set(e, E_INPUT, "%s: Filename of " STR_F ": %s", where, STR_A(out->name),
                       why.msg);
    if (out->sha256.n && !is_sha256(out->sha256))
        return err_set(e, E_INPUT, "%s: SHA256 of " STR_F " is none", where, STR_A(out->name));
    return OK;
}
