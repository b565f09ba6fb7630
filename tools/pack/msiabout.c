/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msiabout.h"

#include "pack/msibuild.h"

static void put(struct arena *mem, struct value *map, const char *key, struct str s) {
    value_set(mem, map, key, value_str(mem, s));
}

/* Where the system keeps its entry: that is what a rule on the registry looks at. */
static struct value *registry(const struct msibuild *b) {
    struct value *v = value_new(b->mem, VALUE_MAP);
    const char *hive = b->scope == MSIBUILD_MACHINE ? "HKEY_LOCAL_MACHINE" : "HKEY_CURRENT_USER";

    put(b->mem, v, "key",
        str_fmt(b->mem, "%s\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\" STR_F, hive,
                STR_A(b->product)));
    put(b->mem, v, "value", STR("DisplayVersion"));
    put(b->mem, v, "operator", STR("greaterThanOrEqual"));
    put(b->mem, v, "version", b->version);
    value_set(b->mem, v, "check32BitOn64System", value_bool(b->mem, !b->wide));
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

    if (msibuild_begin(&b, j, &none, e))
        return (int)e->code;
    *suffix = STR(".detection.json");
    put(j->mem, v, "file", file_name);
    put(j->mem, v, "name", j->recipe->title);
    put(j->mem, v, "publisher", j->recipe->vendor.n ? j->recipe->vendor : j->recipe->title);
    put(j->mem, v, "productCode", b.product);
    put(j->mem, v, "upgradeCode", b.upgrade);
    put(j->mem, v, "productVersion", b.version);
    put(j->mem, v, "context", str_of(contexts[b.scope]));
    value_set(j->mem, v, "detection", registry(&b));
    value_set(j->mem, v, "commands", commands(&b, file_name));
    value_set(j->mem, v, "exitCodes", exit_codes(j->mem));
    value_write_json(v, true, text);
    return buf_check(text, "what is told of the package", e);
}
