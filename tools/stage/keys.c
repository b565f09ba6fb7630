/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/keys.h"

#include "stage/rules.h"

#define LINE(k, h)                                                                                 \
    { .key = k, .kind = SCHEMA_STR, .help = h }
#define FLAG(k, h)                                                                                 \
    { .key = k, .kind = SCHEMA_BOOL, .help = h }
#define FILE_NAME(k, h)                                                                            \
    {                                                                                              \
        .key = k, .kind = SCHEMA_STR, .flags = SCHEMA_PATH, .help = h, .check = rules_some,        \
        .pattern = RULES_SOME                                                                      \
    }
#define LIST_OF(k, item, h)                                                                        \
    { .key = k, .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .help = h, .sub = item }
#define ROWS(k, table_item, h)                                                                     \
    { .key = k, .kind = SCHEMA_LIST, .help = h, .sub = table_item }

static const struct schema text_item[] = {{.kind = SCHEMA_STR}, {0}};
static const struct schema some_item[] = {
    {.kind = SCHEMA_STR, .check = rules_some, .pattern = RULES_SOME}, {0}};
static const struct schema long_item[] = {{.kind = SCHEMA_STR, .flags = SCHEMA_LINES}, {0}};
static const struct schema scheme_item[] = {
    {.kind = SCHEMA_STR, .check = rules_scheme, .pattern = RULES_SCHEME}, {0}};

static const char *const roles[] = {"config", "config-replace", "doc", "license", "ghost", NULL};

static const struct schema file_keys[] = {
    {.key = "from",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "The file, folder (with what is in it) or glob (`*`, `?`, `[…]`, `**`) to install."},
    {.key = "to",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = rules_to,
     .pattern = RULES_TO,
     .help = "Where it goes, relative to the format's install root, or absolute where the system "
             "has such paths. A slash at the end means \"into this folder\"; `.` is the root."},
    {.key = "link",
     .kind = SCHEMA_STR,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "Instead of `from`: makes a symbolic link that points to this."},
    FLAG("dir", "Instead of `from`: makes an empty folder."),
    {.key = "text",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_LINES,
     .help = "Instead of `from`: makes a file with this content."},
    {.key = "mode",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = rules_mode,
     .pattern = RULES_MODE,
     .help = "Permissions of files, octal and quoted: `\"0755\"`. Without it 0755 for what is "
             "executable, else 0644."},
    {.key = "dir-mode",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = rules_mode,
     .pattern = RULES_MODE,
     .help = "Permissions of folders; without it 0755."},
    {.key = "owner",
     .kind = SCHEMA_STR,
     .check = rules_account,
     .pattern = RULES_ACCOUNT,
     .help = "The owning user; `root` without it."},
    {.key = "group",
     .kind = SCHEMA_STR,
     .check = rules_account,
     .pattern = RULES_ACCOUNT,
     .help = "The owning group; `root` without it."},
    {.key = "role",
     .kind = SCHEMA_WORD,
     .words = roles,
     .help = "What it is to a package manager: a configuration file that upgrades keep, one that "
             "they replace, documentation, a licence, or a file that is owned but not shipped."},
    LIST_OF("exclude", some_item, "Globs of what is left out, relative to `from`."),
    FLAG("strip",
         "Strips copies of ELF files on the way in, or does not, whatever the target says."),
    FLAG("follow", "Installs what symbolic links point to instead of the links."),
    FLAG("optional", "A `from` that matches nothing is no mistake."),
    {0}};
static const struct schema file_item[] = {{.kind = SCHEMA_MAP, .sub = file_keys}, {0}};

static const struct schema script_keys[] = {
    FILE_NAME("pre-install", "Runs before the first installation."),
    FILE_NAME("post-install", "Runs after an installation."),
    FILE_NAME("pre-remove", "Runs before the removal."),
    FILE_NAME("post-remove", "Runs after the removal."),
    FILE_NAME("pre-upgrade", "Runs before an upgrade."),
    FILE_NAME("post-upgrade", "Runs after an upgrade."),
    {0}};

static const struct schema override_keys[] = {
    {.key = "name",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = rules_name,
     .pattern = RULES_NAME,
     .help = "The name in this format."},
    LINE("title", "The title in this format."),
    LINE("summary", "The summary in this format."),
    {.key = "description",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_LINES,
     .help = "The description in this format."},
    LINE("vendor", "The vendor in this format."),
    {.key = "maintainer",
     .kind = SCHEMA_STR,
     .check = rules_mail,
     .pattern = RULES_MAIL,
     .help = "The maintainer in this format."},
    {.key = "homepage",
     .kind = SCHEMA_STR,
     .check = rules_url,
     .pattern = RULES_URL,
     .help = "The homepage in this format."},
    {.key = "license",
     .kind = SCHEMA_STR,
     .check = rules_spdx,
     .help = "The licence in this format."},
    {.key = "release",
     .kind = SCHEMA_STR,
     .check = rules_release,
     .pattern = RULES_RELEASE,
     .help = "The package revision in this format."},
    {.key = "scripts",
     .kind = SCHEMA_MAP,
     .sub = script_keys,
     .help = "Scripts of this format; each wins over the recipe's of the same name."},
    ROWS("files", file_item, "Files of this format, beside those of the recipe and the target."),
    {0}};

static const char *const restarts[] = {"no",          "always",   "on-success",  "on-failure",
                                       "on-abnormal", "on-abort", "on-watchdog", NULL};
static const char *const types[] = {"simple", "exec", "forking", "oneshot",
                                    "notify", "dbus", "idle",    NULL};

static const struct schema service_keys[] = {
    {.key = "name",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = rules_unit,
     .pattern = RULES_UNIT,
     .help = "The service's name."},
    {.key = "exec",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = rules_to,
     .pattern = RULES_TO,
     .help = "The program, as `to` names it."},
    LINE("args", "Its arguments."),
    LINE("description", "What the service is; the title without it."),
    {.key = "restart", .kind = SCHEMA_WORD, .words = restarts, .help = "When it is started again."},
    {.key = "type", .kind = SCHEMA_WORD, .words = types, .help = "How it tells that it is up."},
    {.key = "user",
     .kind = SCHEMA_STR,
     .check = rules_account,
     .pattern = RULES_ACCOUNT,
     .help = "The user it runs as."},
    {.key = "environment",
     .kind = SCHEMA_DICT,
     .sub = text_item,
     .help = "Its environment variables."},
    LIST_OF("after", some_item, "Units that are started before it."),
    LINE("working-directory", "The folder it runs in."),
    FLAG("enable", "Starts with the system; true without this key."),
    FLAG("start", "Is started by the installation; true without this key."),
    {0}};
static const struct schema service_item[] = {{.kind = SCHEMA_MAP, .sub = service_keys}, {0}};

static const struct schema step_keys[] = {
    LINE("name", "What messages call the step; `step N` without it."),
    {.key = "run",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED | SCHEMA_LINES | SCHEMA_OR_LIST,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "A text for `sh -c`, or a list: the program and its arguments."},
    {.key = "dir",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .help = "The folder it runs in; the recipe's without it."},
    {.key = "env",
     .kind = SCHEMA_DICT,
     .sub = long_item,
     .help = "Environment variables beside slipway's own."},
    LIST_OF("inputs", some_item,
            "Globs of what it reads. While they, the command and the environment are unchanged, "
            "the step is skipped; without this key it always runs."),
    LIST_OF("outputs", some_item, "Globs of what it makes; each has to be there afterwards."),
    {0}};
static const struct schema step_item[] = {{.kind = SCHEMA_MAP, .sub = step_keys}, {0}};

static const struct schema association_keys[] = {
    {.key = "extension",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = rules_extension,
     .pattern = RULES_EXTENSION,
     .help = "The file extension, without the dot."},
    {.key = "mime",
     .kind = SCHEMA_STR,
     .check = rules_mime,
     .pattern = RULES_MIME,
     .help = "The media type; `application/x-NAME-EXTENSION` without it."},
    LINE("description", "What people see."),
    {0}};
static const struct schema association_item[] = {{.kind = SCHEMA_MAP, .sub = association_keys},
                                                 {0}};

static const struct schema shortcut_keys[] = {FLAG("menu", "In the menu of applications."),
                                              FLAG("desktop", "On the desktop."),
                                              {0}};

static const char *const systems[] = {"linux", "windows", "macos", NULL};
static const char *const machines[] = {"x86_64", "aarch64", "i686",  "armv7", "universal", "any",
                                       "amd64",  "x64",     "arm64", "x86",   "i386",      NULL};

static const struct schema recipe_keys[] = {
    {.key = "schema",
     .kind = SCHEMA_INT,
     .flags = SCHEMA_REQUIRED,
     .min = 1,
     .max = 1,
     .help = "The version of this format: 1."},
    {.key = "extends",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "Another recipe, relative to this one, whose keys are taken where this one has none. "
             "Maps are merged key by key; lists and single values of this one win."},
    {.key = "name",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED | SCHEMA_QUOTED,
     .check = rules_name,
     .pattern = RULES_NAME,
     .help = "The machine name, of packages and files: a-z, 0-9, `+`, `.`, `-`."},
    LINE("title", "What people see; the name without it."),
    {.key = "id",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_QUOTED,
     .check = rules_id,
     .pattern = RULES_ID,
     .help = "Reversed domain name: bundle id, AppUserModelID, AppStream id, seed of GUIDs."},
    {.key = "version",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED | SCHEMA_QUOTED,
     .check = rules_version,
     .pattern = RULES_VERSION,
     .help = "The version after semver.org, or `git`: that of the newest tag. When HEAD is N "
             "commits behind it, the next patch version with `-dev.N+gCOMMIT`."},
    {.key = "release",
     .kind = SCHEMA_STR,
     .check = rules_release,
     .pattern = RULES_RELEASE,
     .help = "The package revision, counted up when only the packaging changed; 1 without it."},
    LINE("summary", "What it is, in one line."),
    {.key = "description",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_LINES,
     .help = "What it is, at length."},
    LINE("vendor", "Who makes it."),
    {.key = "maintainer",
     .kind = SCHEMA_STR,
     .check = rules_mail,
     .pattern = RULES_MAIL,
     .help = "Who answers for the packages: `Name <name@example.com>`."},
    {.key = "homepage",
     .kind = SCHEMA_STR,
     .check = rules_url,
     .pattern = RULES_URL,
     .help = "Its web page."},
    {.key = "license",
     .kind = SCHEMA_STR,
     .check = rules_spdx,
     .help = "The licence as an SPDX expression."},
    FILE_NAME("license-file", "The licence's text, which packages carry and installers show."),
    FILE_NAME("icon", "A square PNG, best 512 or 1024 wide; every other size and kind is derived."),
    {.key = "changelog",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_PATH,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "`git` (from tags and commits) or a file like CHANGELOG.md."},
    {.key = "entry",
     .kind = SCHEMA_STR,
     .check = rules_inside,
     .pattern = RULES_INSIDE,
     .help = "The program that shortcuts and AppRun start, as `to` names it."},
    FLAG("terminal", "The entry is a program for a terminal, not one with windows: it gets no "
                     "shortcut in the menu, and installers do not offer to start it."),
    {.key = "section",
     .kind = SCHEMA_STR,
     .check = rules_some,
     .pattern = RULES_SOME,
     .help = "The packages' section or group, like `utils`."},
    LIST_OF("categories", some_item, "Categories of the desktop menu, like `Utility`."),
    LIST_OF("protocols", scheme_item, "URL schemes that the application opens, like `hello`."),
    ROWS("associations", association_item, "File types that the application opens."),
    {.key = "shortcuts",
     .kind = SCHEMA_MAP,
     .sub = shortcut_keys,
     .help = "Where installers put shortcuts to the entry."},
    FLAG("strip", "Strips copies of all ELF files on the way in."),
    ROWS("build", step_item, "Steps that make the files, run in order."),
    ROWS("files", file_item, "Files of every target."),
    ROWS("services", service_item, "Programs that run in the background."),
    {.key = "scripts",
     .kind = SCHEMA_MAP,
     .sub = script_keys,
     .help = "Files of shell scripts that package managers run."},
    {0}};

static const struct schema target_keys[] = {
    {.key = "os",
     .kind = SCHEMA_WORD,
     .flags = SCHEMA_REQUIRED,
     .words = systems,
     .help = "The system it is for."},
    {.key = "arch",
     .kind = SCHEMA_WORD,
     .flags = SCHEMA_REQUIRED,
     .words = machines,
     .help = "The machine it is for. `any` needs no special one; amd64, x64, arm64, x86 and i386 "
             "are other words for the first three."},
    {.key = "entry",
     .kind = SCHEMA_STR,
     .check = rules_inside,
     .pattern = RULES_INSIDE,
     .help = "This target's entry, instead of the recipe's."},
    ROWS("files", file_item, "Files of this target, beside the recipe's."),
    FLAG("strip",
         "Strips copies of this target's ELF files, or does not, whatever the recipe says."),
    {0}};

const struct schema *keys_overrides(void) {
    return override_keys;
}

static size_t count(const struct schema *table) {
    size_t n = 0;

    while (table && table[n].key)
        n++;
    return n;
}

struct table {
    struct schema *v;
    size_t n;
};

static struct table table_new(const struct schema *start, size_t more, struct arena *mem) {
    struct table t = {arena_array(mem, count(start) + more + 1, sizeof *t.v), 0};

    for (; start && start->key; start++)
        t.v[t.n++] = *start;
    return t;
}

/* A format's own keys win over the common ones of the same name. */
static const struct schema *format_keys(const struct load_section *s, struct arena *mem) {
    struct table t = table_new(s->schema, count(override_keys), mem);

    for (const struct schema *o = override_keys; o->key; o++)
        if (!schema_find(s->schema, str_of(o->key)))
            t.v[t.n++] = *o;
    return t.v;
}

static struct schema section_row(const struct load_section *s, struct arena *mem) {
    bool format = s->kind == LOAD_FORMAT;

    return (struct schema){
        .key = s->name,
        .kind = SCHEMA_MAP,
        .help = s->help ? s->help
                        : arena_fmt(mem,
                                    s->kind == LOAD_FORMAT      ? "Only for `%s` packages."
                                    : s->kind == LOAD_PUBLISHER ? "`to: %s`."
                                                                : "The `%s` signer.",
                                    s->name),
        .sub = format ? format_keys(s, mem) : s->schema,
    };
}

static const struct schema *boxed(struct schema s, struct arena *mem) {
    struct schema *p = arena_array(mem, 2, sizeof *p);

    p[0] = s;
    return p;
}

const struct schema *keys_recipe(const struct load_section *sections, struct arena *mem) {
    size_t n = 0, formats = 0;
    struct table root, target, sign, publish;
    const char **words;

    while (sections && sections[n].name)
        n++;
    root = table_new(recipe_keys, n + 3, mem);
    target = table_new(target_keys, n + 1, mem);
    sign = table_new(NULL, n, mem);
    publish = table_new(NULL, n, mem);
    words = arena_array(mem, n + 1, sizeof *words);
    target.n++; /* formats */
    for (size_t i = 0; i < n; i++) {
        struct schema row = section_row(&sections[i], mem);

        if (sections[i].kind == LOAD_SIGNER)
            sign.v[sign.n++] = row;
        else if (sections[i].kind == LOAD_PUBLISHER)
            publish.v[publish.n++] = row;
        else if (sections[i].kind == LOAD_MAP)
            root.v[root.n++] = row;
        else
            target.v[target.n++] = root.v[root.n++] = row, words[formats++] = row.key;
    }
    target.v[count(target_keys)] =
        (struct schema){.key = "formats",
                        .kind = SCHEMA_LIST,
                        .flags = SCHEMA_REQUIRED | SCHEMA_ONE_OR_LIST,
                        .min = 1,
                        .help = "The packages to make.",
                        .sub = boxed((struct schema){.kind = SCHEMA_WORD, .words = words}, mem)};
    root.v[root.n++] =
        (struct schema){.key = "targets",
                        .kind = SCHEMA_LIST,
                        .flags = SCHEMA_REQUIRED,
                        .min = 1,
                        .help = "What is made, one row for each system and machine.",
                        .sub = boxed((struct schema){.kind = SCHEMA_MAP, .sub = target.v}, mem)};
    root.v[root.n++] = (struct schema){
        .key = "sign",
        .kind = SCHEMA_MAP,
        .help = "Keys to sign with, by reference only: `env:`, `file:`, `command:`, `pkcs11:`.",
        .sub = sign.v};
    root.v[root.n++] = (struct schema){
        .key = "publish",
        .kind = SCHEMA_LIST,
        .flags = SCHEMA_ONE_OR_LIST,
        .help = "Where a release goes, one row for each place.",
        .sub = boxed((struct schema){.kind = SCHEMA_PICK, .pattern = "to", .sub = publish.v}, mem)};
    return root.v;
}
