/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msineeds.h"

#include "pack/msinames.h"
#include "pack/msiui.h"
#include "pack/windows.h"

enum {
    ROOT_CLASSES,
    ROOT_USER,
    ROOT_MACHINE,
    FOLDER = 0, /* kinds of a RegLocator: the value names a folder; it is what is wanted */
    RAW = 2,
    TEXT_MOST = 200, /* of 255: a short name stands in front, a condition around it */
    WIDE = 16,
    ONLY_DETECT = 2,
    MIN_INCLUSIVE = 256,
    SET_PROPERTY = 51,
    PYTHON_NEWEST = 40,
    PYTHONS_AN_ACTION = 8, /* a condition has 255 characters */
    AT_PYTHON = 70         /* behind AppSearch, before LaunchConditions */
};

static int check_guid(struct str s, struct err *e) {
    return msinames_is_guid(s)
               ? OK
               : err_set(e, E_RECIPE,
                         "a GUID is written {01234567-89AB-CDEF-0123-456789ABCDEF}, in capitals");
}

static int check_key(struct str s, struct err *e) {
    struct str rest = s, root = str_split(&rest, '\\');

    if (rest.n && rest.n <= 255 &&
        (str_is(root, "HKLM") || str_is(root, "HKCU") || str_is(root, "HKCR")))
        return OK;
    return err_set(e, E_RECIPE, "a key to look for begins with HKLM\\, HKCU\\ or HKCR\\");
}

static int check_text(struct str s, struct err *e) {
    return windows_length(s) <= TEXT_MOST
               ? OK
               : err_set(e, E_RECIPE, "installer packages hold %d characters of this", TEXT_MOST);
}

static bool numbers(struct str s, size_t most) {
    size_t n = 0;
    uint64_t v;

    while (s.n && n++ < most)
        if (!str_u64(str_split(&s, '.'), 65535, &v))
            return false;
    return n && !s.n;
}

static int check_version(struct str s, struct err *e) {
    return numbers(s, 4) ? OK
                         : err_set(e, E_RECIPE, "a version to look for is up to four numbers: 2.1");
}

static bool python(struct str s, unsigned *minor) {
    struct str rest = s, major = str_split(&rest, '.');
    uint64_t v;

    if (!str_is(major, "3") || !str_u64(rest, PYTHON_NEWEST - 1, &v))
        return false;
    *minor = (unsigned)v;
    return true;
}

static int check_python(struct str s, struct err *e) {
    unsigned minor;

    return python(s, &minor)
               ? OK
               : err_set(e, E_RECIPE, "the least version of Python is written like \"3.8\"");
}

/* Builds of Windows count on through its versions, 0: it is none. The installer's own VersionNT
 * stops at 8.1. */
static unsigned build_of(struct str s) {
    static const struct {
        const char *name;
        unsigned build;
    } known[] = {{"7", 7600}, {"8", 9200}, {"8.1", 9600}, {"10", 10240}, {"11", 22000}};
    uint64_t v;

    for (size_t i = 0; i < COUNT(known); i++)
        if (str_is(s, known[i].name))
            return known[i].build;
    return str_starts(s, "10.0.") && str_u64(str_cut(s, 5, s.n), 999999, &v) ? (unsigned)v : 0;
}

static int check_windows(struct str s, struct err *e) {
    return build_of(s) ? OK
                       : err_set(e, E_RECIPE,
                                 "the least version of Windows is 7, 8, 8.1, 10, 11 or with its "
                                 "build, \"10.0.17763\"");
}

const struct schema msineeds_schema[] = {
    {.key = "windows",
     .kind = SCHEMA_STR,
     .check = check_windows,
     .help = "The least version of Windows: 10, 11, or with its build, \"10.0.17763\"."},
    {.key = "python",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = check_python,
     .help = "The least version, \"3.8\", in the registry or the PATH."},
    {.key = "registry",
     .kind = SCHEMA_STR,
     .check = check_key,
     .help = "A key that has to have a value; with `file` the value names that file's folder."},
    {.key = "name",
     .kind = SCHEMA_STR,
     .check = check_text,
     .help = "The name of the key's value; the key's own without one."},
    {.key = "value",
     .kind = SCHEMA_ANY,
     .help = "The text or number that it has to be; any without one."},
    {.key = "file",
     .kind = SCHEMA_STR,
     .check = check_text,
     .help = "A file, \"[ProgramFiles64Folder]Vendor\\\\tool.exe\"."},
    {.key = "version",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = check_version,
     .help = "The least version of the file (of its version resource) or the product."},
    {.key = "product",
     .kind = SCHEMA_STR,
     .check = check_guid,
     .help = "The upgrade code of another package that has to be installed."},
    {.key = "title", .kind = SCHEMA_STR, .help = "What it is called in the message."},
    {.key = "message", .kind = SCHEMA_STR, .help = "The whole message instead of slipway's own."},
    {0},
};

struct need {
    struct msibuild *b;
    const struct value *v;
    const char *property; /* what is found */
    const char *given;    /* what a command line may say instead */
    int seen;             /* signatures so far */
};

static const struct value *list(const struct pack_job *j) {
    const struct value *all = value_get(j->section, "requires");

    return all ? all->child : NULL;
}

static bool has(const struct value *v, const char *key) {
    return value_get(v, key) != NULL;
}

static const char *what_is_wrong(const struct value *v) {
    int kinds = has(v, "python") + has(v, "windows") + has(v, "product") +
                (has(v, "registry") || has(v, "file"));
    const struct value *value = value_get(v, "value");

    if (kinds != 1)
        return "each names one of python, windows, registry, file and product";
    if (has(v, "version") && !has(v, "file") && !has(v, "product"))
        return "a version is that of a file or a product";
    if ((has(v, "name") || value) && !has(v, "registry"))
        return "name and value are those of a registry key";
    if (value && (has(v, "file") || (value->kind != VALUE_STR && value->kind != VALUE_INT) ||
                  str_has(value->s, "\"")))
        return "a value to compare with is a text without quotes, or a number";
    if (value && windows_length(value->s) > TEXT_MOST)
        return "a value to compare with has at most 200 characters";
    if (has(v, "file") && !has(v, "registry") && !str_has(value_text(v, "file"), "\\"))
        return "a file is named with its folder, \"[SystemFolder]x.dll\" as [SystemFolder]\\x.dll";
    if (!has(v, "python") && !has(v, "windows") && !has(v, "title") && !has(v, "message"))
        return "a title or a message says what is missing";
    return NULL;
}

int msineeds_check(const struct pack_job *j, struct err *e) {
    for (const struct value *v = list(j); v; v = v->next) {
        const char *wrong = what_is_wrong(v);

        if (wrong)
            return err_set(e, E_RECIPE, "%s: requires: %s", recipe_where(j->recipe, v->at, j->mem),
                           wrong);
    }
    return OK;
}

/* --------------------------------------------------------------------------------- looking for */

/* A row of AppSearch; its signature's id. */
static struct str signature(struct need *n) {
    struct str id = str_fmt(n->b->mem, "%s_%d", n->property, ++n->seen);

    msidb_put(&n->b->db, msibuild_table(n->b, "AppSearch"), "sS", n->property, id);
    return id;
}

static void of_file(struct need *n, struct str id, struct str name, struct str version) {
    struct map taken = {.mem = n->b->mem};

    msidb_put(&n->b->db, msibuild_table(n->b, "Signature"), "SSS------", id,
              msinames_file(n->b->mem, &taken, name), version);
}

/* Keys of the machine are looked for in both views: programs of 32 bits write into the other. */
static void in_registry(struct need *n, int root, struct str key, struct str name, int kind,
                        struct str file, struct str version) {
    int views = root == ROOT_MACHINE ? 2 : 1;

    for (int i = 0; i < views; i++) {
        struct str id = signature(n);

        msidb_put(&n->b->db, msibuild_table(n->b, "RegLocator"), "SiSSi", id, root, key, name,
                  kind | (i == 0 && root == ROOT_MACHINE ? WIDE : 0));
        if (file.n)
            of_file(n, id, file, version);
    }
}

static int root_of(struct str w) {
    return str_is(w, "HKCR") ? ROOT_CLASSES : str_is(w, "HKCU") ? ROOT_USER : ROOT_MACHINE;
}

static void find_registry(struct need *n) {
    struct str key = value_text(n->v, "registry"), root = str_split(&key, '\\');
    struct str file = value_text(n->v, "file");

    in_registry(n, root_of(root), key, value_text(n->v, "name"), file.n ? FOLDER : RAW, file,
                value_text(n->v, "version"));
}

static void find_file(struct need *n) {
    struct str path = value_text(n->v, "file"), id = signature(n);
    size_t slash = str_rfind(path, '\\');

    msidb_put(&n->b->db, msibuild_table(n->b, "DrLocator"), "S-Si", id, str_cut(path, 0, slash), 0);
    of_file(n, id, str_cut(path, slash + 1, path.n), value_text(n->v, "version"));
}

static void find_product(struct need *n) {
    struct str none = {0}, least = value_text(n->v, "version");

    msidb_put(&n->b->db, msibuild_table(n->b, "Upgrade"), "SSSSi-s", value_text(n->v, "product"),
              least.n ? least : STR("0.0.0"), none, none, ONLY_DETECT | MIN_INCLUSIVE, n->property);
}

static void find_windows(struct need *n) {
    in_registry(n, ROOT_MACHINE, STR("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"),
                STR("CurrentBuildNumber"), RAW, (struct str){0}, (struct str){0});
}

/* The folders of python.org's installers in the PATH: a search for files cannot take it apart. */
static void python_in_path(struct need *n, unsigned minor) {
    static const char *const sequences[] = {"InstallExecuteSequence", "InstallUISequence"};
    struct msibuild *b = n->b;

    for (int part = 0; minor < PYTHON_NEWEST; part++) {
        struct str action = str_fmt(b->mem, "Path%s_%d", n->property, part + 1);
        AUTO(buf) condition = BUF_NONE;
        struct str all;

        buf_init(&condition, 255);
        for (int i = 0; i < PYTHONS_AN_ACTION && minor < PYTHON_NEWEST; i++, minor++)
            buf_fmt(&condition, "%s%%PATH ~>< \"\\Python3%u\"", i ? " OR " : "", minor);
        all = str_dup(b->mem, buf_get(&condition));
        msidb_put(&b->db, msibuild_table(b, "CustomAction"), "SiSs-", action, SET_PROPERTY,
                  str_of(n->property), "PATH");
        for (size_t i = 0; i < COUNT(sequences); i++)
            msidb_put(&b->db, msibuild_table(b, sequences[i]), "SSi", action, all,
                      AT_PYTHON + part);
    }
}

/* PEP 514: each registers the folder that python.exe lies in, those of 32 bits with a mark. */
static void find_python(struct need *n) {
    struct str none = {0}, exe = STR("python.exe");
    unsigned least = 0;

    (void)python(value_text(n->v, "python"), &least);
    for (unsigned minor = least; minor < PYTHON_NEWEST; minor++)
        for (int narrow = 0; narrow < 2; narrow++) {
            struct str key = str_fmt(n->b->mem, "Software\\Python\\PythonCore\\3.%u%s\\InstallPath",
                                     minor, narrow ? "-32" : "");

            in_registry(n, ROOT_USER, key, none, FOLDER, exe, none);
            in_registry(n, ROOT_MACHINE, key, none, FOLDER, exe, none);
        }
    python_in_path(n, least);
}

/* ------------------------------------------------------------------------------------- telling */

static struct str replaced(struct arena *mem, struct str text, const char *what, struct str by) {
    size_t n = str_of(what).n;

    for (size_t i = 0; i + n <= text.n; i++)
        if (str_starts(str_cut(text, i, text.n), what))
            return str_fmt(mem, STR_F STR_F STR_F, STR_A(str_cut(text, 0, i)), STR_A(by),
                           STR_A(str_cut(text, i + n, text.n)));
    return text;
}

/* "Python 3.8 or newer". */
static int title_of(struct need *n, struct str *title, struct err *e) {
    const char *key = has(n->v, "python") ? "python" : "windows";

    *title = value_text(n->v, "title");
    if (title->n || !has(n->v, key))
        return OK;
    if (msiui_text(n->b, key, title, e))
        return (int)e->code;
    *title = replaced(n->b->mem, *title, "[NEEDED]", value_text(n->v, key));
    return OK;
}

static struct str holds(struct need *n) {
    const struct value *value = value_get(n->v, "value");

    if (has(n->v, "windows"))
        return str_fmt(n->b->mem, "%s >= %u", n->property, build_of(value_text(n->v, "windows")));
    if (value)
        return str_fmt(n->b->mem, "%s = \"%s" STR_F "\"", n->property,
                       value->kind == VALUE_INT ? "#" : "", STR_A(value->s));
    return str_of(n->property);
}

static int condition(struct need *n, struct err *e) {
    struct msibuild *b = n->b;
    struct str title, text = value_text(n->v, "message"), so = holds(n);

    if (title_of(n, &title, e) || (!text.n && msiui_text(b, "needed", &text, e)))
        return (int)e->code;
    title = msibuild_literal(b->mem, title);
    msidb_put(&b->db, msibuild_table(b, "LaunchCondition"), "SS",
              str_fmt(b->mem, "Installed OR %s OR " STR_F, n->given, STR_A(so)),
              msibuild_cut(replaced(b->mem, text, "[NEEDED]", title), 255));
    return OK;
}

int msineeds_add(struct msibuild *b, struct buf *secure, struct err *e) {
    int count = 0;

    for (const struct value *v = list(b->j); v; v = v->next) {
        struct need n = {.b = b, .v = v};

        n.property = arena_fmt(b->mem, "FOUND%d", ++count);
        n.given = arena_fmt(b->mem, "REQUIRED%d", count);

        if (has(v, "python"))
            find_python(&n);
        else if (has(v, "windows"))
            find_windows(&n);
        else if (has(v, "registry"))
            find_registry(&n);
        else if (has(v, "file"))
            find_file(&n);
        else
            find_product(&n);
        buf_fmt(secure, ";%s;%s", n.property, n.given);
        if (condition(&n, e))
            return (int)e->code;
    }
    return OK;
}
