/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/winlook.h"

#include "base/log.h"
#include "container/pe_res.h"
#include "pack/windows.h"
#include "text/tmpl.h"

#include <string.h>

enum { ICON_MAX = 32 << 20, MANIFEST_MAX = 1 << 20 };

const struct schema winlook_schema[] = {
    {.key = "resources",
     .kind = SCHEMA_BOOL,
     .help = "Icon, version information and manifest are set in the entry; true without this "
             "key. A signed program is left as it is anyway."},
    {.key = "manifest",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "The XML that takes the place of the entry's own; without it one that has none gets "
             "a plain one (asInvoker, Windows 7 to 11)."},
    {.key = "copyright",
     .kind = SCHEMA_STR,
     .help = "The entry's LegalCopyright: \"(c) 2026 Example Inc\"."},
    {0},
};

static const struct value *section(const struct recipe *r) {
    return value_get(r->root, "windows");
}

/* --- the manifest ----------------------------------------------------------------------------- */

/* The section's file; empty when there is none. */
static int own_manifest(const struct recipe *r, struct arena *mem, struct str *xml, struct err *e) {
    const struct value *v = value_get(section(r), "manifest");
    struct pe_res_list nowhere = {.mem = mem};
    const char *path;

    *xml = (struct str){0};
    if (!v)
        return OK;
    path =
        str_starts(v->s, "/") ? str_z(mem, v->s) : arena_fmt(mem, "%s/" STR_F, r->dir, STR_A(v->s));
    if (fsys_read(FSYS_HERE, path, MANIFEST_MAX, mem, xml, e) ||
        pe_res_set_manifest(&nowhere, *xml, false, e)) {
        e->code = E_RECIPE;
        return err_in(e, "%s: manifest " STR_F, recipe_where(r, v->at, mem), STR_A(v->s));
    }
    return OK;
}

/* Nothing in it changes what a program sees or how it is drawn: it runs with the rights of whoever
 * started it, and knows the Windows that it runs on. */
static int plain_manifest(const struct recipe *r, struct arena *mem, struct str *xml,
                          struct err *e) {
    struct value *vars = value_new(mem, VALUE_MAP);
    AUTO(buf) text = BUF_NONE;
    uint16_t v[4];

    if (windows_version(r, v, e))
        return (int)e->code;
    value_set(mem, vars, "version4",
              value_str(mem, str_fmt(mem, "%u.%u.%u.%u", v[0], v[1], v[2], v[3])));
    value_set(mem, vars, "id", value_str(mem, r->id.n ? r->id : r->name));
    buf_init(&text, MANIFEST_MAX);
    if (tmpl_render("windows/app.manifest", vars, &text, e) || buf_check(&text, "a manifest", e))
        return (int)e->code;
    *xml = str_dup(mem, buf_get(&text));
    return OK;
}

static int set_manifest(const struct recipe *r, const struct pe *p, bool beside,
                        struct pe_res_list *l, struct err *e) {
    struct str xml;

    if (own_manifest(r, l->mem, &xml, e))
        return (int)e->code;
    if (!xml.n && (beside || p->dll || pe_res_find(l, PE_RES_MANIFEST)))
        return OK;
    if (!xml.n && plain_manifest(r, l->mem, &xml, e))
        return (int)e->code;
    return pe_res_set_manifest(l, xml, p->dll, e);
}

/* --- icon and version ------------------------------------------------------------------------- */

static int set_icon(const struct recipe *r, struct pe_res_list *l, struct err *e) {
    AUTO(buf) ico = BUF_NONE;

    buf_init(&ico, ICON_MAX);
    if (windows_icon(r, &ico, e))
        return (int)e->code;
    return ico.n ? pe_res_set_icon(l, buf_get(&ico), e) : OK;
}

static int set_version(const struct recipe *r, struct str name, bool dll, struct pe_res_list *l,
                       struct err *e) {
    struct str title = r->title.n ? r->title : r->name;
    /* the task manager and the question of the firewall show the description: the name, then */
    const struct pe_res_string strings[] = {
        {"CompanyName", r->vendor},
        {"FileDescription", title},
        {"FileVersion", r->version},
        {"InternalName", r->name},
        {"LegalCopyright", value_text(section(r), "copyright")},
        {"OriginalFilename", name},
        {"ProductName", title},
        {"ProductVersion", r->version},
    };
    struct pe_res_version v = {.dll = dll, .string = strings, .n = COUNT(strings)};

    if (windows_version(r, v.file, e))
        return (int)e->code;
    memcpy(v.product, v.file, sizeof v.product);
    return pe_res_set_version(l, &v, e);
}

/* --- all of it -------------------------------------------------------------------------------- */

int winlook_check(const struct recipe *r, struct err *e) {
    AUTO(arena) mem = {0};
    struct str xml;

    return own_manifest(r, &mem, &xml, e);
}

/* A program that works as it is: never worth breaking. Failures of the disk are told as such. */
static int leave(struct str name, struct err *why, struct err *e) {
    if (why->sys) {
        *e = *why;
        return (int)e->code;
    }
    log_warn(STR_F ": keeps its own icon and version: %s", STR_A(name), why->msg);
    return OK;
}

static int why_not(const struct pe *p, const struct pe_res_list *l, struct err *why) {
    enum pe_res_tail tail;
    int64_t shift;

    if (pe_res_tail(p, &tail, why) || pe_res_shift(p, l, &shift, why))
        return (int)why->code;
    if (tail == PE_RES_TAIL_SUMMED)
        return err_set(why, E_INPUT, "it checks that none of its bytes have changed");
    if (tail == PE_RES_TAIL_PLACED && shift)
        return err_set(why, E_INPUT,
                       "there is data behind its sections, which would move; set them when it is "
                       "built");
    return OK;
}

static int is_program(struct infile *in, bool *is, struct err *e) {
    unsigned char b[2] = {0};
    size_t n;

    *is = false;
    if (infile_read_some(in, 0, b, sizeof b, &n, e))
        return (int)e->code;
    *is = b[0] == 'M' && b[1] == 'Z';
    return OK;
}

int winlook_program(const struct recipe *r, struct str name, bool beside, struct infile *in,
                    struct outfile *to, bool *changed, struct err *e) {
    AUTO(arena) mem = {0};
    struct err why = {0};
    struct pe_res_list l;
    bool program;
    struct pe p;

    *changed = false;
    if (!value_flag(section(r), "resources", true))
        return OK;
    if (is_program(in, &program, e))
        return (int)e->code;
    if (!program)
        return OK;
    if (pe_open(&p, in, &mem, e))
        return err_in(e, "%s: entry", recipe_where(r, r->at_entry, &mem));
    if (p.certs_size)
        return OK;
    if (pe_res_read(&p, &mem, &l, &why))
        return leave(name, &why, e);
    if (set_icon(r, &l, e) || set_version(r, name, p.dll, &l, e) ||
        set_manifest(r, &p, beside, &l, e))
        return (int)e->code;
    if (why_not(&p, &l, &why))
        return leave(name, &why, e);
    if (pe_res_write(&p, &l, to, e))
        return (int)e->code;
    *changed = true;
    return OK;
}

int winlook_set(const struct recipe *r, struct str name, struct infile *in, struct outfile *to,
                bool *changed, struct err *e) {
    return winlook_program(r, name, false, in, to, changed, e);
}
