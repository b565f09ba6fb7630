/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/latest_yml.h"

#include "feed/yaml_dump.h"
#include "model/names.h"
#include "os/clock.h"

#include <string.h>

enum { TEXT_MAX = 4 * 1024 * 1024, CHANNELS = 3, POINTER_SECONDS = 300, RANKS = 8 };

/* What updaters are told of, in the order that files of one manifest stand in: the first is
 * what clients take that know no better. */
static const struct kind {
    enum os_kind os;
    const char *format;
    enum feeder_way way;
} kinds[] = {
    {OS_LINUX, "appimage", FEEDER_PARTS},
    {OS_LINUX, "deb", FEEDER_WHOLE},
    {OS_LINUX, "rpm", FEEDER_WHOLE},
    {OS_LINUX, "pacman", FEEDER_WHOLE},
    {OS_WINDOWS, "nsis", FEEDER_PARTS},
    {OS_WINDOWS, "msi", FEEDER_NOT}, /* listed, and never installed from by electron-updater */
    {OS_MACOS, "zip", FEEDER_PARTS},
    {OS_MACOS, "dmg", FEEDER_NOT}, /* as this one */
};

/* One manifest: a system, and on Linux one architecture of it. */
static const struct platform {
    enum os_kind os;
    enum arch_kind arch; /* ARCH_ANY: all of them */
    const char *suffix;
} platforms[] = {
    {OS_WINDOWS, ARCH_ANY, ""},           {OS_MACOS, ARCH_ANY, "-mac"},
    {OS_LINUX, ARCH_X86_64, "-linux"},    {OS_LINUX, ARCH_I686, "-linux-ia32"},
    {OS_LINUX, ARCH_ARMV7, "-linux-arm"}, {OS_LINUX, ARCH_AARCH64, "-linux-arm64"},
};

struct entry { /* one of files: */
    const struct artifact *a;
    unsigned rank;
};

static int check_channel(struct str s, struct err *e) {
    bool ok = s.n > 0 && s.n <= 64;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (i && strchr("-_.", c))))
            ok = false;
    }
    return ok ? OK
              : err_set(e, E_RECIPE,
                        "a channel is letters, digits, '-', '_' and '.', like latest or beta");
}

static const struct schema map_item[] = {{.kind = SCHEMA_STR}, {0}};

static const struct schema latest_yml_schema[] = {
    {.key = "enabled",
     .kind = SCHEMA_BOOL,
     .help = "Write latest-linux.yml and the like when there is something to put into them; true."},
    {.key = "channel",
     .kind = SCHEMA_STR,
     .check = check_channel,
     .pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
     .help = "Instead of the version's own: latest, or beta of 1.0.0-beta.1."},
    {.key = "all-channels",
     .kind = SCHEMA_BOOL,
     .help =
         "Also for the channels that are less stable: a stable release for beta and alpha too."},
    {.key = "release-name",
     .kind = SCHEMA_STR,
     .help = "The release's name, shown by the updater."},
    {.key = "release-notes",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_LINES,
     .help = "What is new; without it the changelog's entry of this version."},
    {.key = "staging-percentage",
     .kind = SCHEMA_INT,
     .min = 0,
     .max = 100,
     .help = "How many of 100 installations are offered the release."},
    {.key = "minimum-system-version",
     .kind = SCHEMA_STR,
     .help = "The oldest system kernel that is offered the release, as os.release() tells it."},
    {.key = "blockmap",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = map_item,
     .help = "Formats that get a NAME.blockmap beside the package, for differential updates: zip."},
    {0},
};

bool latest_yml_wants_map(const struct value *section, struct str format) {
    const struct value *list = value_get(section, "blockmap");

    for (const struct value *c = list ? list->child : NULL; c; c = c->next)
        if (str_eq(c->s, format))
            return true;
    return false;
}

/* electron-builder's numbers; a package for every machine comes before those for one. */
static unsigned arch_rank(enum arch_kind a) {
    static const unsigned ranks[] = {
        [ARCH_UNIVERSAL] = 0, [ARCH_ANY] = 0,   [ARCH_I686] = 1,
        [ARCH_X86_64] = 2,    [ARCH_ARMV7] = 3, [ARCH_AARCH64] = 4,
    };

    return ranks[a];
}

/* Does the package belong into the manifest, and how far in front? */
static bool belongs(const struct artifact *a, const struct platform *p, unsigned *rank) {
    enum os_kind os;
    enum arch_kind arch;

    if (a->role != ROLE_PACKAGE || !names_os_find(a->os, &os) || os != p->os ||
        !names_arch_find(a->arch, &arch) || (p->arch != ARCH_ANY && p->arch != arch))
        return false;
    for (unsigned i = 0; i < COUNT(kinds); i++)
        if (kinds[i].os == os && str_is(a->format, kinds[i].format)) {
            *rank = i * RANKS + arch_rank(arch);
            return true;
        }
    return false;
}

static enum feeder_way way(const struct artifact *a) {
    for (size_t p = 0; p < COUNT(platforms); p++) {
        unsigned rank;

        if (belongs(a, &platforms[p], &rank))
            return kinds[rank / RANKS].way;
    }
    return FEEDER_NOT;
}

/* The ledger is sorted by name: what ranks alike stays in that order. */
static struct entry *gather(const struct release *r, const struct platform *p, struct arena *mem,
                            size_t *n) {
    struct entry *v = arena_array(mem, r->n + 1, sizeof *v);

    *n = 0;
    for (size_t i = 0; i < r->n; i++) {
        unsigned rank;
        size_t at = *n;

        if (!belongs(&r->v[i], p, &rank))
            continue;
        for (; at > 0 && v[at - 1].rank > rank; at--)
            v[at] = v[at - 1];
        v[at] = (struct entry){&r->v[i], rank};
        (*n)++;
    }
    if (p->os == OS_MACOS && *n && !str_is(v[0].a->format, "zip"))
        *n = 0; /* the updater of macOS installs from a zip alone */
    return v;
}

static struct str sha512(const struct artifact *a, struct arena *mem) {
    return digest_base64(mem, a->digests.sha512, sizeof a->digests.sha512);
}

static void put_key(struct buf *out, const char *key, struct str s) {
    buf_fmt(out, "%s: ", key);
    yaml_dump(s, 2, out);
    buf_c(out, '\n');
}

/* Says the recipe that the application brings elevate.exe, with which electron-updater starts setup
 * programs that are for all users? Without that they ask for the rights themselves. */
static bool wants_admin(const struct recipe *r, const struct artifact *a, struct arena *mem) {
    for (size_t i = 0; r && str_is(a->format, "nsis") && i < r->n_targets; i++) {
        const struct target *t = &r->targets[i];
        const struct value *s = recipe_section(r, t, "nsis", mem);

        if (t->os == OS_WINDOWS && str_is(a->arch, names_arch(t->arch)))
            return str_is(value_text(s, "per-machine"), "true") &&
                   value_flag(s, "elevate-helper", false);
    }
    return false;
}

static void put_file(const struct recipe *r, const struct artifact *a, struct arena *mem,
                     struct buf *out) {
    buf_z(out, "  - url: ");
    yaml_dump(a->name, 6, out);
    buf_fmt(out, "\n    sha512: " STR_F "\n    size: %llu\n", STR_A(sha512(a, mem)),
            (unsigned long long)a->size);
    if (a->blockmap_size)
        buf_fmt(out, "    blockMapSize: %llu\n", (unsigned long long)a->blockmap_size);
    if (wants_admin(r, a, mem))
        buf_z(out, "    isAdminRightsRequired: true\n");
}

/* The recipe's own notes, else the changelog's entry of this version as a list. */
static struct str notes(const struct feeder_job *j) {
    const struct recipe *r = j->recipe;
    struct str all = value_text(j->section, "release-notes");

    if (value_get(j->section, "release-notes"))
        return all;
    for (size_t i = 0; r && i < r->n_changes; i++) {
        if (!str_eq(r->changes[i].version, j->release->version))
            continue;
        for (size_t k = 0; k < r->changes[i].n_items; k++)
            all = str_fmt(j->mem, STR_F "- " STR_F "\n", STR_A(all),
                          STR_A(str_trim(r->changes[i].items[k])));
        break;
    }
    return all;
}

/* The keys and their order are electron-builder's, so is the quoting. */
static void put_manifest(const struct feeder_job *j, const struct entry *v, size_t n,
                         struct buf *out) {
    struct str date = clock_rfc3339(j->mem, j->release->time), text;
    int64_t staging = value_number(j->section, "staging-percentage", -1);

    put_key(out, "version", j->release->version);
    buf_z(out, "files:\n");
    for (size_t i = 0; i < n; i++)
        put_file(j->recipe, v[i].a, j->mem, out);
    put_key(out, "path", v[0].a->name);
    buf_fmt(out, "sha512: " STR_F "\n", STR_A(sha512(v[0].a, j->mem)));
    text = value_text(j->section, "release-name");
    if (text.n)
        put_key(out, "releaseName", text);
    text = notes(j);
    if (text.n)
        put_key(out, "releaseNotes", text);
    if (staging >= 0)
        buf_fmt(out, "stagingPercentage: %lld\n", (long long)staging);
    text = value_text(j->section, "minimum-system-version");
    if (text.n)
        put_key(out, "minimumSystemVersion", text);
    buf_fmt(out, "releaseDate: '" STR_F ".000Z'\n", STR_A(str_cut(date, 0, date.n - 1)));
}

/* A stable release is also the newest beta, a beta also the newest alpha. */
static size_t channels(const struct feeder_job *j, struct str v[CHANNELS]) {
    struct str own = value_text(j->section, "channel");
    size_t n = 1;

    v[0] = own.n ? own : names_channel(j->release->version);
    if (!value_flag(j->section, "all-channels", false))
        return n;
    if (str_is(v[0], "latest"))
        v[n++] = STR("beta");
    if (str_is(v[0], "latest") || str_is(v[0], "beta"))
        v[n++] = STR("alpha");
    return n;
}

static int make(const struct feeder_job *j, struct err *e) {
    struct str channel[CHANNELS];
    size_t n_channels = channels(j, channel);

    if (!value_flag(j->section, "enabled", true))
        return OK;
    for (size_t p = 0; p < COUNT(platforms); p++) {
        size_t n;
        struct entry *v = gather(j->release, &platforms[p], j->mem, &n);
        AUTO(buf) text = BUF_NONE;

        if (!n)
            continue;
        buf_init(&text, TEXT_MAX);
        put_manifest(j, v, n, &text);
        if (buf_check(&text, "the update manifest", e))
            return (int)e->code;
        for (size_t c = 0; c < n_channels; c++) {
            struct str name =
                str_fmt(j->mem, STR_F "%s.yml", STR_A(channel[c]), platforms[p].suffix);

            if (j->put(j->self, name, buf_get(&text), POINTER_SECONDS, e))
                return (int)e->code;
        }
    }
    return OK;
}

/* ------------------------------------------------------------------------ verify */

struct check {
    const struct release *release;
    struct report *bad;
    const char *where; /* "dist/latest-linux.yml" */
    struct arena *mem;
};

/* A file of the manifest against the ledger: what a client will be told to download. */
static void check_file(const struct check *c, const struct value *file) {
    struct str url = value_text(file, "url");
    const struct artifact *a = release_find(c->release, url);
    int64_t map = value_number(file, "blockMapSize", 0);

    if (!url.n || !a) {
        report_add(c->bad, "%s: names \"" STR_F "\", which the ledger does not have", c->where,
                   STR_A(url));
        return;
    }
    if (!str_eq(value_text(file, "sha512"), sha512(a, c->mem)))
        report_add(c->bad, "%s: the sha512 of " STR_F " is not the ledger's", c->where, STR_A(url));
    if (value_number(file, "size", -1) != (int64_t)a->size)
        report_add(c->bad, "%s: the size of " STR_F " is not the ledger's %llu", c->where,
                   STR_A(url), (unsigned long long)a->size);
    if (map < 0 || (uint64_t)map != a->blockmap_size)
        report_add(c->bad, "%s: the blockMapSize of " STR_F " is not the ledger's %llu", c->where,
                   STR_A(url), (unsigned long long)a->blockmap_size);
}

static void check_manifest(const struct check *c, const struct value *m) {
    const struct value *files = value_get(m, "files");
    struct str version = value_text(m, "version");

    if (!str_eq(version, c->release->version))
        report_add(c->bad, "%s: is for version \"" STR_F "\", the ledger is for " STR_F, c->where,
                   STR_A(version), STR_A(c->release->version));
    if (!files || files->kind != VALUE_LIST || !files->child) {
        report_add(c->bad, "%s: has no files", c->where);
        return;
    }
    for (const struct value *f = files->child; f; f = f->next)
        check_file(c, f);
    if (!str_eq(value_text(m, "path"), value_text(files->child, "url")) ||
        !str_eq(value_text(m, "sha512"), value_text(files->child, "sha512")))
        report_add(c->bad, "%s: path and sha512 are not those of the first file", c->where);
}

static int verify(struct str name, struct str text, const struct release *r, struct report *bad,
                  const char *where, struct arena *mem, struct err *e) {
    struct check c = {.release = r, .bad = bad, .mem = mem};
    struct err why = {0};
    struct value *m;

    (void)e;
    if (!str_ends(name, ".yml") || str_find(name, '/') < name.n)
        return OK;
    c.where = arena_fmt(mem, "%s/" STR_F, where, STR_A(name));
    if (value_yaml(text, c.where, mem, &m, &why))
        report_err(bad, &why);
    else
        check_manifest(&c, m);
    return OK;
}

const struct feeder latest_yml_feeder = {
    .name = "latest.yml",
    .schema = latest_yml_schema,
    .make = make,
    .verify = verify,
    .way = way,
};
