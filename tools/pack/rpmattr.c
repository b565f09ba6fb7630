/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmattr.h"

enum { SCRIPT_HEAD = 256, DESKTOP_MAX = 64 * 1024 };

/* The first bytes of a file, up to `room`. */
static int read_head(const struct tree_entry *t, void *p, size_t room, struct str *head,
                     struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    size_t n = t->size < room ? (size_t)t->size : room;

    *head = (struct str){0};
    if (!t->bytes.path) {
        *head = str_cut(t->bytes.data, 0, n);
        return OK;
    }
    if (t->bytes.n_range) /* of ELF files only */
        return OK;
    if (infile_open(&in, FSYS_HERE, t->bytes.path, e) ||
        infile_read_some(&in, t->bytes.from, p, n, &n, e))
        return (int)e->code;
    *head = (struct str){p, n};
    return OK;
}

static void provide(struct rpmdeps *d, struct str name) {
    rpmdeps_add(d, RPMDEPS_PROVIDES, name, RPMDEPS_FOUND_PROVIDES, (struct str){0});
}

static bool control_free(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return s.n > 0;
}

/* #!/usr/bin/python3 -s requires /usr/bin/python3. */
static void add_script(struct rpmdeps *d, struct str head) {
    struct str line;

    if (!str_starts(head, "#!"))
        return;
    line = str_trim(str_cut(head, 2, str_find(head, '\n')));
    line = str_split(&line, ' ');
    line = str_split(&line, '\t');
    if (str_starts(line, "/") && control_free(line))
        rpmdeps_add(d, RPMDEPS_REQUIRES, str_dup(d->mem, line), RPMDEPS_FOUND_REQUIRES,
                    (struct str){0});
}

static void add_desktop(struct rpmdeps *d, struct str name, struct str text) {
    struct str mimes = {0};
    bool executable = false;

    while (text.n) {
        struct str value = str_split(&text, '\n'), key = str_trim(str_split(&value, '='));

        value = str_trim(value);
        executable |= str_is(key, "Exec") || (str_is(key, "Type") && str_is(value, "Application"));
        if (str_is(key, "MimeType"))
            mimes = value;
    }
    if (!executable)
        return;
    provide(d, STR("application()"));
    provide(d, str_fmt(d->mem, "application(" STR_F ")", STR_A(name)));
    while (mimes.n) {
        struct str one = str_split(&mimes, ';');

        if (control_free(one))
            provide(d, str_fmt(d->mem, "mimehandler(" STR_F ")", STR_A(one)));
    }
}

int rpmattr_find(struct rpmdeps *d, const struct pack_job *j, const struct rpmfiles *f,
                 struct err *e) {
    bool requires = value_flag(j->section, "auto-requires", true);
    bool provides = value_flag(j->section, "auto-provides", true);
    char *block = arena_alloc(d->mem, DESKTOP_MAX);

    for (size_t i = 0; i < f->n; i++) {
        const struct tree_entry *x = f->v[i].entry;
        struct str name = str_cut(x->path, str_rfind(x->path, '/') + 1, x->path.n), head;
        bool script = x->mode & 0111 && !(x->marks & TREE_ELF), desktop;

        if (x->kind != TREE_FILE || x->marks & TREE_GHOST)
            continue;
        if (!control_free(name)) /* no relation could name it */
            name = (struct str){0};
        desktop = str_starts(x->path, "usr/share/applications/") && str_ends(name, ".desktop");
        if (provides && str_starts(x->path, "usr/share/metainfo/") &&
            (str_ends(name, ".metainfo.xml") || str_ends(name, ".appdata.xml"))) {
            provide(d, STR("metainfo()"));
            provide(d, str_fmt(d->mem, "metainfo(" STR_F ")", STR_A(name)));
        }
        if (!(desktop && provides) && !(script && requires))
            continue;
        if (read_head(f->v[i].bytes, block, desktop ? DESKTOP_MAX : SCRIPT_HEAD, &head, e))
            return (int)e->code;
        if (desktop && provides)
            add_desktop(d, name, head);
        if (script && requires)
            add_script(d, head);
    }
    return OK;
}
