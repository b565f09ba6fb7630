/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/page.h"

#include "container/png.h"
#include "crypto/digest.h"
#include "feed/page_ways.h"
#include "model/names.h"
#include "model/recipe.h"
#include "os/clock.h"
#include "os/fsys.h"
#include "text/tmpl.h"

enum { ICON_FILE_MAX = 16 * 1024 * 1024, OLDER_MAX = 20 };

/* ------------------------------------------------------------------------------- small values */

static void put(struct arena *mem, struct value *map, const char *key, struct str s) {
    value_set(mem, map, key, value_str(mem, s));
}

static void put_z(struct arena *mem, struct value *map, const char *key, const char *z) {
    put(mem, map, key, str_of(z));
}

/* A path as part of a URL. */
static struct str encoded(struct arena *mem, struct str s) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, s.n * 3 + 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '-' || c == '.' || c == '_' || c == '~' || c == '/')
            buf_c(&b, (char)c);
        else
            buf_fmt(&b, "%%%02X", c);
    }
    return str_dup(mem, buf_get(&b));
}

static struct str human(struct arena *mem, uint64_t n) {
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB"};
    uint64_t tenths = n * 10;
    size_t i = 0;

    if (n < 1000)
        return str_fmt(mem, "%llu bytes", (unsigned long long)n);
    for (; tenths >= 10000 && i + 1 < COUNT(unit); i++)
        tenths = (tenths + 500) / 1000;
    return tenths >= 1000 ? str_fmt(mem, "%llu %s", (unsigned long long)(tenths + 5) / 10, unit[i])
                          : str_fmt(mem, "%llu.%llu %s", (unsigned long long)tenths / 10,
                                    (unsigned long long)tenths % 10, unit[i]);
}

/* "21 November 2026" */
static struct str day(struct arena *mem, int64_t time) {
    static const char *const month[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    struct clock_utc t = clock_split(time);

    return str_fmt(mem, "%d %s %d", t.day, month[t.month - 1], t.year);
}

static void put_date(struct arena *mem, struct value *v, int64_t time) {
    put(mem, v, "date", time ? str_cut(clock_rfc3339(mem, time), 0, 10) : STR(""));
    put(mem, v, "day", time ? day(mem, time) : STR(""));
}

static void put_hash(struct arena *mem, struct value *v, const char *key, struct str text) {
    struct digest_set d;
    struct err ignored = {0};

    if (digest_bytes(text, DIGEST_SHA256, &d, &ignored))
        return;
    put(mem, v, key,
        str_fmt(mem, "sha256-" STR_F, STR_A(digest_base64(mem, d.sha256, sizeof d.sha256))));
}

/* ------------------------------------------------------------------------------- files */

/* In the order of the page. What ends in `end` is told from others of its format. */
static const struct {
    const char *format, *kind, *end;
} page_kinds[] = {
    {"deb", "Debian, Ubuntu", NULL},
    {"rpm", "Fedora, SUSE", NULL},
    {"appimage", "AppImage", NULL},
    {"snap", "Snap", NULL},
    {"flatpak", "Flatpak", NULL},
    {"nsis", "Setup program", NULL},
    {"msi", "Windows Installer", NULL},
    {"msi", "Windows Installer, English", "-en.msi"},
    {"msi", "Windows Installer, Deutsch", "-de.msi"},
    {"msi", "Windows Installer, Français", "-fr.msi"},
    {"msi", "Windows Installer, Español", "-es.msi"},
    {"portable", "Portable program", NULL},
    {"msix", "App package", NULL},
    {"dmg", "Disk image", NULL},
    {"pkg", "Installer package", NULL},
    {"zip", "ZIP archive", NULL},
    {"tar.gz", "Archive (tar.gz)", NULL},
    {"tar.xz", "Archive (tar.xz)", NULL},
    {"tar.zst", "Archive (tar.zst)", NULL},
};

/* Its row in page_kinds, or one behind the last. */
static size_t rank_of(const struct artifact *a) {
    size_t plain = COUNT(page_kinds);

    for (size_t i = 0; i < COUNT(page_kinds); i++) {
        if (!str_is(a->format, page_kinds[i].format))
            continue;
        if (!page_kinds[i].end)
            plain = i;
        else if (str_ends(a->name, page_kinds[i].end))
            return i;
    }
    return plain;
}

static struct value *file_value(const struct page_job *j, const struct page_release *r,
                                const struct artifact *a) {
    struct arena *mem = j->mem;
    struct value *v = value_new(mem, VALUE_MAP);
    struct str href = encoded(mem, str_fmt(mem, "%s/" STR_F, r->folder, STR_A(a->name)));
    struct str asc = str_fmt(mem, STR_F ".asc", STR_A(a->name));
    size_t rank = rank_of(a);

    put(mem, v, "format", a->format);
    put(mem, v, "kind", rank < COUNT(page_kinds) ? str_of(page_kinds[rank].kind) : a->format);
    put(mem, v, "file", a->name);
    put(mem, v, "href", href);
    put(mem, v, "bytes", str_fmt(mem, "%llu", (unsigned long long)a->size));
    put(mem, v, "size", human(mem, a->size));
    put(mem, v, "sha256", digest_hex(mem, a->digests.sha256, sizeof a->digests.sha256));
    put(mem, v, "signature",
        release_find(r->ledger, asc) ? str_fmt(mem, STR_F ".asc", STR_A(href)) : STR(""));
    return v;
}

/* The packages of a release for one system and architecture (NULL: for all), in the order of
 * page_kinds. */
static struct value *files_of(const struct page_job *j, const struct page_release *r,
                              const char *os, const char *arch) {
    struct value *files = value_new(j->mem, VALUE_LIST);

    for (size_t rank = 0; rank <= COUNT(page_kinds); rank++)
        for (size_t i = 0; i < r->ledger->n; i++) {
            const struct artifact *a = &r->ledger->v[i];

            if (a->role == ROLE_PACKAGE && rank_of(a) == rank &&
                (!os || (str_is(a->os, os) && str_is(a->arch, arch))))
                value_add(files, file_value(j, r, a));
        }
    return files;
}

static const struct {
    const char *os, *label;
} page_systems[] = {{"linux", "Linux"}, {"windows", "Windows"}, {"macos", "macOS"}, {"", "Other"}};

static const struct {
    const char *arch, *label, *mac;
} page_arches[] = {
    {"x86_64", "64-bit (Intel, AMD)", "Intel"},       {"aarch64", "64-bit ARM", "Apple silicon"},
    {"i686", "32-bit (Intel, AMD)", "Intel, 32-bit"}, {"armv7", "32-bit ARM", "32-bit ARM"},
    {"universal", "Universal", "Universal"},          {"any", "All processors", "All processors"},
    {"", "All processors", "All processors"},
};

static struct value *arch_value(const struct page_job *j, const char *os, size_t arch) {
    struct arena *mem = j->mem;
    const char *word = page_arches[arch].arch;
    struct value *v = value_new(mem, VALUE_MAP), *files = files_of(j, &j->releases[0], os, word);

    if (!files->child)
        return NULL;
    put(mem, v, "id", str_fmt(mem, "%s-%s", *os ? os : "other", *word ? word : "all"));
    put_z(mem, v, "os", os);
    put_z(mem, v, "arch", word);
    put_z(mem, v, "arch_label",
          str_is(str_of(os), "macos") ? page_arches[arch].mac : page_arches[arch].label);
    value_set(mem, v, "files", files);
    return v;
}

static struct value *groups(const struct page_job *j) {
    struct arena *mem = j->mem;
    struct value *list = value_new(mem, VALUE_LIST);

    for (size_t s = 0; s < COUNT(page_systems); s++) {
        struct value *v = value_new(mem, VALUE_MAP), *arches = value_new(mem, VALUE_LIST);

        for (size_t a = 0; a < COUNT(page_arches); a++) {
            struct value *arch = arch_value(j, page_systems[s].os, a);

            if (arch)
                value_add(arches, arch);
        }
        if (!arches->child)
            continue;
        put_z(mem, v, "id", *page_systems[s].os ? page_systems[s].os : "other");
        put_z(mem, v, "os", page_systems[s].os);
        put_z(mem, v, "label", page_systems[s].label);
        value_set(mem, v, "arches", arches);
        value_add(list, v);
    }
    return list;
}

/* Checksums, their signatures and the key. */
static struct value *proofs(const struct page_job *j, const struct page_release *r) {
    struct arena *mem = j->mem;
    struct value *list = value_new(mem, VALUE_LIST);

    for (size_t i = 0; i < r->ledger->n; i++) {
        const struct artifact *a = &r->ledger->v[i];
        struct value *v = value_new(mem, VALUE_MAP);

        if (a->role != ROLE_CHECKSUMS && a->role != ROLE_KEY &&
            !(a->role == ROLE_SIGNATURE && str_starts(a->name, "checksums.")))
            continue;
        put(mem, v, "href", encoded(mem, str_fmt(mem, "%s/" STR_F, r->folder, STR_A(a->name))));
        put(mem, v, "label", a->name);
        value_add(list, v);
    }
    return list;
}

static struct value *older(const struct page_job *j) {
    struct arena *mem = j->mem;
    struct value *list = value_new(mem, VALUE_LIST);

    for (size_t i = 1; i < j->n && i <= OLDER_MAX; i++) {
        const struct page_release *r = &j->releases[i];
        struct value *v = value_new(mem, VALUE_MAP);

        put(mem, v, "version", r->version);
        put(mem, v, "channel", str_is(r->channel, "stable") ? STR("") : r->channel);
        put_date(mem, v, r->time);
        value_set(mem, v, "files", files_of(j, r, NULL, NULL));
        value_set(mem, v, "proofs", proofs(j, r));
        value_add(list, v);
    }
    return list;
}

/* ------------------------------------------------------------------------------- the recipe */

static void add_paragraph(struct arena *mem, struct value *list, struct buf *text,
                          struct value **items) {
    struct value *v = value_new(mem, VALUE_MAP);

    if (!text->n && !*items)
        return;
    put(mem, v, "text", str_dup(mem, buf_get(text)));
    value_set(mem, v, "items", *items ? *items : value_new(mem, VALUE_LIST));
    value_add(list, v);
    buf_clear(text);
    *items = NULL;
}

/* Paragraphs end at empty lines; lines that begin with "- " or "* " are items of a list. */
static struct value *description(struct arena *mem, struct str text) {
    struct value *list = value_new(mem, VALUE_LIST), *items = NULL;
    AUTO(buf) para = BUF_NONE;

    buf_init(&para, text.n * 2 + 16);
    while (text.n) {
        struct str line = str_trim(str_split(&text, '\n'));

        if (str_starts(line, "- ") || str_starts(line, "* ")) {
            if (para.n)
                add_paragraph(mem, list, &para, &items);
            if (!items)
                items = value_new(mem, VALUE_LIST);
            value_add(items, value_str(mem, str_trim(str_cut(line, 2, line.n))));
            continue;
        }
        if (!line.n || items)
            add_paragraph(mem, list, &para, &items);
        if (line.n)
            buf_fmt(&para, "%s" STR_F, para.n ? " " : "", STR_A(line));
    }
    add_paragraph(mem, list, &para, &items);
    return list;
}

static void put_recipe(const struct page_job *j, struct value *v) {
    const struct recipe *r = j->recipe;
    struct arena *mem = j->mem;
    bool web = str_starts(r->homepage, "https://") || str_starts(r->homepage, "http://");
    struct str icon = {0};

    if (j->icon.n)
        icon = str_fmt(mem, "data:image/png;base64," STR_F,
                       STR_A(digest_base64(mem, j->icon.p, j->icon.n)));
    put(mem, v, "title", r->title.n ? r->title : r->name);
    put(mem, v, "summary", r->summary);
    put(mem, v, "license", r->license);
    put(mem, v, "vendor", r->vendor);
    put(mem, v, "homepage", web ? r->homepage : STR(""));
    put(mem, v, "icon", icon);
    value_set(mem, v, "description", description(mem, r->description));
}

/* A fingerprint in groups of four, as gpg shows it. */
static struct str in_fours(struct arena *mem, struct str s) {
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, s.n * 2 + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (i && i % 4 == 0)
            buf_c(&b, ' ');
        buf_c(&b, s.p[i]);
    }
    return str_dup(mem, buf_get(&b));
}

int page_write(const struct page_job *j, struct buf *html, struct err *e) {
    struct arena *mem = j->mem;
    struct value *v = value_new(mem, VALUE_MAP);
    const struct page_release *r = j->releases;
    struct str style, script;

    if (!j->n)
        return err_set(e, E_BUG, "a download page without a release");
    if (tmpl_find("site/page.css", &style, e) || tmpl_find("site/page.js", &script, e))
        return (int)e->code;
    put(mem, v, "style", style);
    put(mem, v, "script", script);
    put_hash(mem, v, "style_hash", style);
    put_hash(mem, v, "script_hash", script);
    put_recipe(j, v);
    put(mem, v, "version", r->version);
    put(mem, v, "channel",
        str_is(r->channel, "stable") || str_is(r->channel, "latest") ? STR("") : r->channel);
    put_date(mem, v, r->time);
    put(mem, v, "fingerprint", in_fours(mem, j->fingerprint));
    value_set(mem, v, "groups", groups(j));
    value_set(mem, v, "older", older(j));
    value_set(mem, v, "proofs", proofs(j, r));
    value_set(mem, v, "ways", page_ways(j));
    value_set(mem, v, "verify", page_ways_verify(j));
    return tmpl_render("site/index.html", v, html, e);
}

int page_icon(const struct recipe *r, struct arena *mem, struct str *png, struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(buf) out = BUF_NONE;
    struct png img, small;
    struct str file;
    const char *path;

    *png = (struct str){0};
    if (!r->icon.n)
        return OK;
    path = str_starts(r->icon, "/") ? str_z(&scratch, r->icon)
                                    : arena_fmt(&scratch, "%s/" STR_F, r->dir, STR_A(r->icon));
    if (fsys_read(FSYS_HERE, path, ICON_FILE_MAX, &scratch, &file, e))
        return (int)e->code;
    if (!png_magic(file.p, file.n))
        return OK;
    if (png_read(file, str_z(&scratch, r->icon), &scratch, &img, e))
        return (int)e->code;
    if (img.width < PAGE_ICON && img.height < PAGE_ICON) {
        *png = str_dup(mem, file);
        return OK;
    }
    png_shrink(&img, PAGE_ICON, &scratch, &small);
    buf_init(&out, ICON_FILE_MAX);
    if (png_write(&small, &out, e) || buf_check(&out, "the icon", e))
        return (int)e->code;
    *png = str_dup(mem, buf_get(&out));
    return OK;
}
