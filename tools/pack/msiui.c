/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiui.h"

#include "pack/windows.h"
#include "text/tmpl.h"

#include <string.h>

enum { TEXT_MAX = 16 * 1024 * 1024, RUN_PROGRAM = 210, WIDTH = 370, HEIGHT = 270, CENTRE = 50 };

/* ------------------------------------------------------------------------------------- licence */

static bool next_rune(struct str *s, uint32_t *rune) {
    const unsigned char *p = (const unsigned char *)s->p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    *rune = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        *rune = *rune << 6 | (p[i] & 63u);
    *s = str_cut(*s, n, s->n);
    return *rune >= 32 || *rune == '\n' || *rune == '\r' || *rune == '\t' || *rune == '\f';
}

/* RTF counts in signed 16 bits, and what is beyond them in two halves. Brackets in the texts of
 * dialogs name properties. */
static void put_rune(struct buf *out, uint32_t r) {
    if (r == '\n')
        buf_z(out, "\\par\n");
    else if (r == '\t')
        buf_z(out, "\\tab ");
    else if (r == '\\' || r == '{' || r == '}')
        buf_fmt(out, "\\%c", (char)r);
    else if (r == '[' || r == ']')
        buf_fmt(out, "\\'%02x", (unsigned)r);
    else if (r >= 0x10000)
        buf_fmt(out, "\\u%d?\\u%d?", (int)(int16_t)(0xd800 + ((r - 0x10000) >> 10)),
                (int)(int16_t)(0xdc00 + ((r - 0x10000) & 0x3ff)));
    else if (r >= 0x80)
        buf_fmt(out, "\\u%d?", (int)(int16_t)r);
    else if (r >= 32)
        buf_c(out, (char)r);
}

int msiui_rtf(struct str text, struct buf *out, struct err *e) {
    if (str_starts(text, "{\\rtf")) {
        buf_str(out, text);
        return buf_check(out, "the licence", e);
    }
    if (!str_utf8(text))
        return err_set(e, E_RECIPE, "the licence is no text in UTF-8");
    if (str_starts(text, "\xef\xbb\xbf"))
        text = str_cut(text, 3, text.n);
    buf_z(out, "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Segoe UI;}}\\fs16\n");
    while (text.n) {
        uint32_t rune;

        if (!next_rune(&text, &rune))
            return err_set(e, E_RECIPE, "the licence is no text: it has control characters");
        put_rune(out, rune);
    }
    buf_z(out, "}");
    return buf_check(out, "the licence", e);
}

/* ------------------------------------------------------------------------------------- strings */

static int strings(struct msibuild *b, struct value **all, struct err *e) {
    const char *name = arena_fmt(b->mem, "msi/" STR_F ".yaml", STR_A(b->language));
    struct str text;

    if (tmpl_find(name, &text, e))
        return (int)e->code;
    return value_yaml(text, name, b->mem, all, e);
}

int msiui_text(struct msibuild *b, const char *key, struct str *text, struct err *e) {
    struct value *all;

    if (strings(b, &all, e))
        return (int)e->code;
    *text = value_text(all, key);
    if (!text->n)
        *text = str_fmt(b->mem, "%lld", (long long)value_number(all, key, 0));
    return OK;
}

/* ------------------------------------------------------------------------------------- dialogs */

/* Part i of a row of the template; empty behind its end. */
static const struct value *part(const struct value *row, size_t i) {
    const struct value *c = row->child;

    while (c && i--)
        c = c->next;
    return c;
}

static struct str word(const struct value *row, size_t i) {
    const struct value *v = part(row, i);

    return v && v->kind == VALUE_STR ? v->s : (struct str){0};
}

static int number(const struct value *row, size_t i) {
    const struct value *v = part(row, i);

    return v && v->kind == VALUE_INT ? (int)v->i : 0;
}

static const struct value *rows(const struct value *map, const char *key) {
    const struct value *list = value_get(map, key);

    return list ? list->child : NULL;
}

static void controls(struct msibuild *b, struct str dialog, const struct value *d) {
    struct msidb_table *t = msibuild_table(b, "Control");

    for (const struct value *c = rows(d, "controls"); c; c = c->next)
        msidb_put(&b->db, t, "SSSiiiiiSSS", dialog, word(c, 0), word(c, 1), number(c, 2),
                  number(c, 3), number(c, 4), number(c, 5), number(c, 6), word(c, 7), word(c, 8),
                  word(c, 9));
}

/* Events of one control happen in their order. */
static void events(struct msibuild *b, struct str dialog, const struct value *d) {
    int order = 0;

    for (const struct value *c = rows(d, "events"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "ControlEvent"), "SSSSSi", dialog, word(c, 0),
                  word(c, 1), word(c, 2), word(c, 3), ++order);
    for (const struct value *c = rows(d, "conditions"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "ControlCondition"), "SSSS", dialog, word(c, 0),
                  word(c, 1), word(c, 2));
    for (const struct value *c = rows(d, "mappings"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "EventMapping"), "SSSS", dialog, word(c, 0), word(c, 1),
                  word(c, 2));
}

static void dialog(struct msibuild *b, const struct value *d) {
    const struct value *size = value_get(d, "size");
    struct str name = value_text(d, "name"), first = value_text(d, "first");
    const struct value *key = value_get(d, "default");

    msidb_put(&b->db, msibuild_table(b, "Dialog"), "SiiiiisSSS", name, CENTRE, CENTRE,
              size ? number(size, 0) : WIDTH, size ? number(size, 1) : HEIGHT,
              (int)value_number(d, "attributes", 3), "[ProductName]", first, key ? key->s : first,
              value_text(d, "cancel"));
    controls(b, name, d);
    events(b, name, d);
}

static void extras(struct msibuild *b, const struct value *all) {
    int order = 0;

    for (const struct value *c = rows(all, "styles"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "TextStyle"), "SSi-i", word(c, 0), word(c, 1),
                  number(c, 2), number(c, 3));
    for (const struct value *c = rows(all, "radio"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "RadioButton"), "SiSiiiiS", word(c, 0), ++order,
                  word(c, 1), number(c, 2), number(c, 3), number(c, 4), number(c, 5), word(c, 6));
    for (const struct value *c = rows(all, "properties"); c; c = c->next)
        msibuild_property(b, str_z(b->mem, word(c, 0)), word(c, 1));
    for (const struct value *c = rows(all, "texts"); c; c = c->next)
        msidb_put(&b->db, msibuild_table(b, "UIText"), "SS", word(c, 0), word(c, 1));
    for (const struct value *c = rows(all, "sequence"); c; c = c->next) {
        msidb_put(&b->db, msibuild_table(b, "InstallUISequence"), "SSi", word(c, 0), word(c, 1),
                  number(c, 2));
        if (number(c, 2) < 0) /* how it ended is shown of administrative installations too */
            msidb_put(&b->db, msibuild_table(b, "AdminUISequence"), "S-i", word(c, 0),
                      number(c, 2));
    }
    (void)msibuild_table(b, "ListBox"); /* the installer fills it itself */
    (void)msibuild_table(b, "Binary");
}

/* Whoever starts a program for a terminal so sees a window come and go. */
static bool launches(const struct msibuild *b) {
    return b->entry_id.n && !b->j->recipe->terminal;
}

/* The box at the end that starts the program. */
static void launch(struct msibuild *b) {
    if (!launches(b))
        return;
    msidb_put(&b->db, msibuild_table(b, "CustomAction"), "siS-", "LaunchProgram", RUN_PROGRAM,
              b->entry_id);
    msibuild_property(b, "LAUNCHPROGRAM", STR("1"));
    msidb_put(&b->db, msibuild_table(b, "CheckBox"), "ss", "LAUNCHPROGRAM", "1");
}

static const struct value *next_licence(const struct pack_job *j, const struct value *v) {
    const struct value *all = value_get(j->section, "license-files");

    return v ? v->next : all ? all->child : NULL;
}

/* The recipe with the licence of one language. */
static struct recipe licensed(const struct pack_job *j, const struct value *own) {
    struct recipe r = *j->recipe;

    if (own) {
        r.license_file = own->s;
        r.at_license_file = own->at;
    }
    return r;
}

static bool is_made(const struct pack_job *j, struct str language) {
    const struct value *list = value_get(j->section, "languages");

    for (const struct value *c = list ? list->child : NULL; c; c = c->next)
        if (str_eq(c->s, language))
            return true;
    return !list && str_is(language, "en");
}

int msiui_check(const struct pack_job *j, struct err *e) {
    for (const struct value *v = NULL; (v = next_licence(j, v));) {
        struct recipe r = licensed(j, v);
        struct str text;
        bool rich;

        if (!is_made(j, v->key))
            return err_set(e, E_RECIPE,
                           "%s: license-files: there is no " STR_F " among the languages",
                           recipe_where(&r, v->key_at, j->mem), STR_A(v->key));
        if (windows_license(&r, j->mem, &text, &rich, e))
            return (int)e->code;
    }
    return OK;
}

static int licence(struct msibuild *b, struct value *vars, struct err *e) {
    const struct value *own = NULL;
    struct recipe r;
    AUTO(buf) rtf = BUF_NONE;
    struct str text;
    bool rich;

    while ((own = next_licence(b->j, own)) && !str_eq(own->key, b->language))
        ;
    r = licensed(b->j, own);
    if (windows_license(&r, b->mem, &text, &rich, e))
        return (int)e->code;
    if (!text.n)
        return OK;
    buf_init(&rtf, TEXT_MAX);
    if (msiui_rtf(text, &rtf, e))
        return err_in(e, "%s: " STR_F, recipe_where(&r, r.at_license_file, b->mem),
                      STR_A(r.license_file));
    value_set(b->mem, vars, "license", value_str(b->mem, str_dup(b->mem, buf_get(&rtf))));
    msidb_put(&b->db, msibuild_table(b, "CheckBox"), "ss", "LICENSEACCEPTED", "1");
    return OK;
}

/* Where it goes when people choose for whom: the installer's own folders are those of the scope
 * that it began with. */
static void folders(struct msibuild *b, struct value *vars) {
    struct str name = msibuild_literal(b->mem, b->title);
    struct str user = str_fmt(b->mem, "[LocalAppDataFolder]Programs\\" STR_F "\\", STR_A(name));
    struct str programs = str_fmt(b->mem, "[%%ProgramFiles]\\" STR_F "\\", STR_A(name));
    struct str wide = str_fmt(b->mem, "[%%%s]\\" STR_F "\\",
                              b->wide ? "ProgramW6432" : "ProgramFiles(x86)", STR_A(name));

    value_set(b->mem, vars, "both", value_bool(b->mem, true));
    value_set(b->mem, vars, "user_folder", value_str(b->mem, user));
    value_set(b->mem, vars, "machine_folder", value_str(b->mem, programs));
    value_set(b->mem, vars, "machine_folder_64", value_str(b->mem, wide));
}

int msiui_add(struct msibuild *b, struct err *e) {
    static const char name[] = "msi/dialogs.yaml";
    AUTO(buf) text = BUF_NONE;
    struct value *vars, *all;

    if (strings(b, &vars, e) || licence(b, vars, e))
        return (int)e->code;
    value_set(b->mem, vars, "launch", value_bool(b->mem, launches(b)));
    value_set(b->mem, vars, "features",
              value_bool(b->mem, value_get(b->j->section, "features") != NULL));
    if (b->scope == MSIBUILD_BOTH)
        folders(b, vars);
    buf_init(&text, TEXT_MAX);
    if (tmpl_render(name, vars, &text, e) || value_yaml(buf_get(&text), name, b->mem, &all, e))
        return (int)e->code;
    for (const struct value *d = rows(all, "dialogs"); d; d = d->next)
        dialog(b, d);
    extras(b, all);
    launch(b);
    return OK;
}
