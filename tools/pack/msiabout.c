/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiabout.h"

#include "model/names.h"
#include "pack/msibuild.h"
#include "pack/msiread.h"

static void put(struct arena *mem, struct value *map, const char *key, struct str s) {
    value_set(mem, map, key, value_str(mem, s));
}

/* The rule that goes on holding when the application is updated: the product code is another one
 * then. Four numbers, for a release is above its pre-releases. */
static struct value *registry(const struct msibuild *b) {
    struct value *v = value_new(b->mem, VALUE_MAP);
    const char *hive = b->scope == MSIBUILD_MACHINE ? "HKEY_LOCAL_MACHINE" : "HKEY_CURRENT_USER";

    put(b->mem, v, "key", str_fmt(b->mem, "%s\\" STR_F, hive, STR_A(b->key)));
    put(b->mem, v, "value", STR("Build"));
    put(b->mem, v, "operator", STR("greaterThanOrEqual"));
    put(b->mem, v, "version", b->build);
    value_set(b->mem, v, "check32BitOn64System", value_bool(b->mem, !b->wide));
    return v;
}

/* Exactly this package. */
static struct value *product(const struct msibuild *b) {
    struct value *v = value_new(b->mem, VALUE_MAP);

    put(b->mem, v, "productCode", b->product);
    put(b->mem, v, "operator", STR("greaterThanOrEqual"));
    put(b->mem, v, "productVersion", b->version);
    return v;
}

/* "%ProgramFiles%\\Hello World\\bin", as long as nobody chose another folder. */
static struct value *file(const struct msibuild *b) {
    struct value *v = value_new(b->mem, VALUE_MAP);
    struct str path = b->j->recipe->entry;
    size_t slash = str_rfind(path, '/'), name = slash == path.n ? 0 : slash + 1;
    const char *suffix =
        str_rfind(path, '.') <= name || str_rfind(path, '.') == path.n ? ".exe" : "";
    const char *root = b->scope != MSIBUILD_MACHINE ? "%LOCALAPPDATA%\\Programs"
                       : b->wide                    ? "%ProgramFiles%"
                                                    : "%ProgramFiles(x86)%";
    char *folder = arena_fmt(b->mem, "%s\\" STR_F "%s" STR_F, root, STR_A(b->title),
                             name ? "\\" : "", STR_A(str_cut(path, 0, name ? slash : 0)));

    for (char *c = folder; *c; c++)
        if (*c == '/')
            *c = '\\';
    put(b->mem, v, "path", str_of(folder));
    put(b->mem, v, "file", str_fmt(b->mem, STR_F "%s", STR_A(str_cut(path, name, path.n)), suffix));
    put(b->mem, v, "operator", STR("exists"));
    return v;
}

static struct value *others(const struct msibuild *b) {
    struct value *v = value_new(b->mem, VALUE_MAP);

    value_set(b->mem, v, "product", product(b));
    if (b->j->recipe->entry.n)
        value_set(b->mem, v, "file", file(b));
    return v;
}

static struct value *commands(const struct msibuild *b, struct str file_name) {
    struct value *v = value_new(b->mem, VALUE_MAP);
    struct str options = STR("/qn /norestart");

    put(b->mem, v, "install",
        str_fmt(b->mem, "msiexec /i \"" STR_F "\" " STR_F, STR_A(file_name), STR_A(options)));
    if (b->scope == MSIBUILD_BOTH)
        put(b->mem, v, "install-for-all-users",
            str_fmt(b->mem, "msiexec /i \"" STR_F "\" " STR_F " ALLUSERS=1 MSIINSTALLPERUSER=\"\"",
                    STR_A(file_name), STR_A(options)));
    put(b->mem, v, "repair",
        str_fmt(b->mem, "msiexec /fomus " STR_F " " STR_F, STR_A(b->product), STR_A(options)));
    put(b->mem, v, "uninstall",
        str_fmt(b->mem, "msiexec /x " STR_F " " STR_F, STR_A(b->product), STR_A(options)));
    return v;
}

static struct value *exit_codes(struct arena *mem) {
    static const struct {
        const char *key;
        int code;
    } known[] = {{"done", 0},
                 {"done-restart-needed", 3010},
                 {"done-restarting", 1641},
                 {"another-installation-is-running", 1618},
                 {"failed-or-refused", 1603}};
    struct value *v = value_new(mem, VALUE_MAP);

    for (size_t i = 0; i < COUNT(known); i++)
        value_set(mem, v, known[i].key, value_int(mem, known[i].code));
    return v;
}

int msiabout_beside(const struct pack_job *j, struct str file_name, struct str *suffix,
                    struct buf *text, struct err *e) {
    static const char *const contexts[] = {"system", "user", "user-or-system"};
    static const struct tree none;
    struct value *v = value_new(j->mem, VALUE_MAP);
    struct msibuild b;

    if (msibuild_begin(&b, j, &none, e) ||
        msiread_property(j->made, "ProductCode", j->mem, &b.product, e))
        return (int)e->code;
    *suffix = STR(".detection.json");
    put(j->mem, v, "file", file_name);
    put(j->mem, v, "name", j->recipe->title);
    put(j->mem, v, "publisher", j->recipe->vendor.n ? j->recipe->vendor : j->recipe->title);
    put(j->mem, v, "productCode", b.product);
    put(j->mem, v, "upgradeCode", b.upgrade);
    put(j->mem, v, "productVersion", b.version);
    put(j->mem, v, "context", str_of(contexts[b.scope]));
    put(j->mem, v, "architecture", str_of(names_arch_node(j->target->arch)));
    put(j->mem, v, "language", b.language);
    value_set(j->mem, v, "detection", registry(&b));
    value_set(j->mem, v, "otherDetections", others(&b));
    value_set(j->mem, v, "commands", commands(&b, file_name));
    value_set(j->mem, v, "exitCodes", exit_codes(j->mem));
    value_write_json(v, true, text);
    return buf_check(text, "what is told of the package", e);
}
