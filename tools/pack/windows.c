/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/windows.h"

#include "base/utf16.h"
#include "container/ico.h"
#include "crypto/digest.h"
#include "model/names.h"
#include "os/fsys.h"
#include "pack/linux.h"
#include "pack/winlook.h"

#include <errno.h>
#include <string.h>

enum { ICON_MAX = 32 << 20, LINKS_MAX = 8, PART_MAX = UINT16_MAX };

size_t windows_length(struct str text) {
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        n += (c & 0xc0) != 0x80;
        n += c >= 0xf0;
    }
    return n;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same(struct str s, const char *word) {
    size_t n = strlen(word);

    if (s.n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(s.p[i]) != word[i])
            return false;
    return true;
}

/* Devices answer to these names in every folder, whatever follows the first dot. */
static bool reserved(struct str part) {
    static const char *const words[] = {"con", "prn", "aux", "nul", "conin$", "conout$"};
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6",
                                         "7", "8", "9", "¹", "²", "³"};
    struct str stem = str_trim(str_cut(part, 0, str_find(part, '.')));

    for (size_t i = 0; i < COUNT(words); i++)
        if (same(stem, words[i]))
            return true;
    if (stem.n < 4 || (!same(str_cut(stem, 0, 3), "com") && !same(str_cut(stem, 0, 3), "lpt")))
        return false;
    for (size_t i = 0; i < COUNT(digits); i++)
        if (str_is(str_cut(stem, 3, stem.n), digits[i]))
            return true;
    return false;
}

static int part_ok(struct str part, struct err *e) {
    for (size_t i = 0; i < part.n; i++) {
        unsigned char c = (unsigned char)part.p[i];

        if (c < 0x20)
            return err_set(e, E_RECIPE, "a control character cannot be in a name on Windows");
        if (strchr("<>:\"|?*\\", c))
            return err_set(e, E_RECIPE, "\"" STR_F "\": a name on Windows cannot have a %c%s",
                           STR_A(part), c,
                           c == '\\' ? "; recipes part folders by /, for Windows too" : "");
    }
    if (str_ends(part, ".") || str_ends(part, " "))
        return err_set(e, E_RECIPE, "\"" STR_F "\": a name on Windows cannot end with a %s",
                       STR_A(part), str_ends(part, ".") ? "dot" : "blank");
    if (reserved(part))
        return err_set(e, E_RECIPE, "\"" STR_F "\" is the name of a device on Windows",
                       STR_A(part));
    return OK;
}

int windows_path_ok(struct str path, struct err *e) {
    while (path.n)
        if (part_ok(str_split(&path, '/'), e))
            return (int)e->code;
    return OK;
}

struct str windows_file_title(const struct recipe *r, struct arena *mem) {
    struct str title = r->title.n ? r->title : r->name;
    char *to = arena_alloc(mem, title.n + 2);
    size_t n = 0;

    for (size_t i = 0; i < title.n; i++) {
        unsigned char c = (unsigned char)title.p[i];
        bool bad = c < 0x20 || strchr("<>:\"/\\|?*", c);

        if (bad || c == ' ') {
            if (n && to[n - 1] != ' ')
                to[n++] = ' ';
        } else
            to[n++] = (char)c;
    }
    while (n && (to[n - 1] == ' ' || to[n - 1] == '.'))
        n--;
    if (!n || reserved((struct str){to, n}))
        return r->name;
    return (struct str){to, n};
}

int windows_version(const struct recipe *r, uint16_t v[4], struct err *e) {
    struct names_semver s;

    memset(v, 0, 4 * sizeof *v);
    if (!names_semver(r->version, &s) || s.major > PART_MAX || s.minor > PART_MAX ||
        s.patch > PART_MAX)
        return err_set(e, E_RECIPE,
                       "%s:%u:%u: version " STR_F
                       ": the numbers of a version on Windows end at 65535",
                       r->file, r->at_version.line, r->at_version.col, STR_A(r->version));
    v[0] = (uint16_t)s.major;
    v[1] = (uint16_t)s.minor;
    v[2] = (uint16_t)s.patch;
    return OK;
}

static const char *host_path(const struct recipe *r, struct str path, struct arena *mem) {
    return str_starts(path, "/") ? str_z(mem, path)
                                 : arena_fmt(mem, "%s/" STR_F, r->dir, STR_A(path));
}

int windows_icon(const struct recipe *r, struct buf *ico, struct err *e) {
    AUTO(arena) mem = {0};
    const char *where = recipe_where(r, r->at_icon, &mem);
    struct str file;
    struct png img;

    if (!r->icon.n)
        return OK;
    if (fsys_read(FSYS_HERE, host_path(r, r->icon, &mem), ICON_MAX, &mem, &file, e)) {
        if (!e->sys || e->sys == ENOENT)
            e->code = E_RECIPE;
        return err_in(e, "%s: icon", where);
    }
    if (ico_valid(file)) {
        buf_str(ico, file);
        return buf_check(ico, "an icon", e);
    }
    if (!png_magic(file.p, file.n))
        return err_set(e, E_RECIPE,
                       "%s: " STR_F " is neither a PNG nor an .ico file, which Windows wants",
                       where, STR_A(r->icon));
    if (png_read(file, str_z(&mem, r->icon), &mem, &img, e)) {
        e->code = E_RECIPE;
        return err_in(e, "%s", where);
    }
    if (img.width != img.height || img.width < ICO_LARGEST)
        return err_set(e, E_RECIPE,
                       "%s: " STR_F " is %u x %u pixels; an icon for Windows must be square and "
                       "at least %d wide",
                       where, STR_A(r->icon), (unsigned)img.width, (unsigned)img.height,
                       ICO_LARGEST);
    return ico_write(&img, ico, e);
}

/* Text of editors on Windows: UTF-8 and UTF-16, both with a mark in front. */
static struct str unmarked(struct str text, struct arena *mem) {
    bool big = str_starts(text, "\xfe\xff");

    if (str_starts(text, "\xef\xbb\xbf"))
        return str_cut(text, 3, text.n);
    if ((big || str_starts(text, "\xff\xfe")) && text.n % 2 == 0)
        return utf16_text(mem, str_cut(text, 2, text.n), big);
    return text;
}

static bool is_text(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 && (!s.p[i] || !strchr("\t\n\r\f", s.p[i])))
            return false;
    return str_utf8(s);
}

/* Of RTF that is not whole, Windows shows nothing at all. */
static bool rtf_is_whole(struct str s) {
    size_t depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '{')
            depth++;
        else if (s.p[i] == '}' && !--depth)
            return !str_trim(str_cut(s, i + 1, s.n)).n;
    }
    return false;
}

int windows_license(const struct recipe *r, struct arena *mem, struct str *text, bool *rtf,
                    struct err *e) {
    const char *flaw = NULL;

    *rtf = false;
    if (linux_license(r, mem, text, e))
        return (int)e->code;
    if (!r->license_file.n)
        return OK;
    *text = unmarked(*text, mem);
    *rtf = str_starts(*text, "{\\rtf");
    if (!is_text(*text))
        flaw = "is neither text in UTF-8 or UTF-16 nor RTF";
    else if (!str_trim(*text).n)
        flaw = "is empty, and installers ask for consent to it";
    else if (*rtf && !rtf_is_whole(*text))
        flaw = "is RTF whose braces do not match";
    if (flaw)
        return err_set(e, E_RECIPE, "%s: license-file " STR_F " %s",
                       recipe_where(r, r->at_license_file, mem), STR_A(r->license_file), flaw);
    return OK;
}

int windows_uuid(const char *space, struct str name, struct arena *mem, struct str *uuid,
                 struct err *e) {
    char *bytes = arena_alloc(mem, 16 + name.n + 1), hex[33];
    struct digest_set d;
    struct str x;
    size_t n = 0;

    for (const char *p = space; *p && n < 32; p++)
        if (*p != '-')
            hex[n++] = *p;
    if (!digest_unhex((struct str){hex, n}, bytes, 16))
        return err_set(e, E_BUG, "%s is no UUID", space);
    if (name.n)
        memcpy(bytes + 16, name.p, name.n);
    if (digest_bytes((struct str){bytes, 16 + name.n}, DIGEST_SHA1, &d, e))
        return (int)e->code;
    d.sha1[6] = (unsigned char)((d.sha1[6] & 0x0f) | 0x50); /* version 5 */
    d.sha1[8] = (unsigned char)((d.sha1[8] & 0x3f) | 0x80); /* the variant of the RFC */
    x = digest_hex(mem, d.sha1, 16);
    *uuid = str_fmt(mem, "%.8s-%.4s-%.4s-%.4s-%.12s", x.p, x.p + 8, x.p + 12, x.p + 16, x.p + 20);
    return OK;
}

static bool drive(struct str to) {
    return to.n > 2 && to.p[1] == ':' && (to.p[2] == '/' || to.p[2] == '\\');
}

static int check_rows(const struct recipe *r, const struct recipe_files *v, size_t n,
                      struct arena *mem, struct err *e) {
    for (size_t i = 0; i < n; i++) {
        struct str to = v[i].to;

        if (str_starts(to, "/") || drive(to))
            return err_set(e, E_RECIPE,
                           "%s: " STR_F ": installers of Windows put files below one folder; "
                           "write the path below it, without a slash or a drive in front",
                           recipe_where(r, v[i].at, mem), STR_A(to));
        if (!str_is(to, ".") && windows_path_ok(to, e))
            return err_in(e, "%s", recipe_where(r, v[i].at, mem));
    }
    return OK;
}

static int check_title(const struct recipe *r, struct err *e) {
    if (windows_length(r->title) > WINDOWS_TITLE_MAX)
        return err_set(e, E_RECIPE, "%s: the title is longer than %d characters", r->file,
                       WINDOWS_TITLE_MAX);
    return linux_one_line(r, "title", r->title, e);
}

int windows_check(const struct pack_job *j, struct err *e) {
    const struct recipe *r = j->recipe;
    AUTO(arena) mem = {0};
    AUTO(buf) ico = BUF_NONE;
    struct str license;
    uint16_t version[4];
    bool rtf;

    buf_init(&ico, ICON_MAX);
    if (check_title(r, e) || linux_one_line(r, "vendor", r->vendor, e) ||
        linux_one_line(r, "summary", r->summary, e) || windows_version(r, version, e) ||
        check_rows(r, r->files, r->n_files, &mem, e) ||
        check_rows(r, j->target->files, j->target->n_files, &mem, e) || windows_icon(r, &ico, e) ||
        windows_license(r, &mem, &license, &rtf, e) || winlook_check(r, e))
        return (int)e->code;
    for (size_t i = 0; i < r->n_protocols; i++)
        if (r->protocols[i].scheme.n < 2)
            return err_set(e, E_RECIPE,
                           "%s: protocol " STR_F ": Windows takes a single letter for a drive",
                           recipe_where(r, r->protocols[i].at, &mem),
                           STR_A(r->protocols[i].scheme));
    if ((r->n_protocols || r->n_associations || r->menu || r->desktop) && !r->entry.n)
        return err_set(e, E_RECIPE, "%s: protocols, associations and shortcuts need an entry",
                       r->file);
    return OK;
}

/* A link becomes a second copy of the file that it leads to. */
static int follow(const struct pack_job *j, const struct tree *app, struct tree_entry *x,
                  struct err *e) {
    const struct tree_entry *to = x;
    struct tree_entry made = *x;
    struct str path;

    for (int i = 0; i < LINKS_MAX && to && to->kind == TREE_LINK; i++)
        to = tree_link_leads(to, j->mem, &path) ? tree_find(app, path) : NULL;
    if (!to || to->kind != TREE_FILE)
        return err_set(e, E_RECIPE,
                       "%s: " STR_F ": a symbolic link to " STR_F
                       " cannot be installed on Windows; `follow: true` takes what it leads to",
                       recipe_where(j->recipe, x->at, j->mem), STR_A(x->path), STR_A(x->target));
    if (to->link)
        to = &app->v[to->link - 1];
    made = *to;
    made.path = x->path;
    made.at = x->at;
    *x = made;
    return OK;
}

static int fits(const struct pack_job *j, const struct tree_entry *x, size_t folder,
                struct err *e) {
    size_t n = folder + windows_length(x->path);

    if (windows_path_ok(x->path, e))
        return err_in(e, "%s: " STR_F, recipe_where(j->recipe, x->at, j->mem), STR_A(x->path));
    if (n > WINDOWS_PATH_MAX)
        return err_set(e, E_RECIPE,
                       "%s: " STR_F ": its path would be %zu characters long on Windows, which "
                       "takes %d",
                       recipe_where(j->recipe, x->at, j->mem), STR_A(x->path), n, WINDOWS_PATH_MAX);
    return OK;
}

int windows_archive_check(const struct pack_job *j, struct err *e) {
    const struct value *section = value_get(j->recipe->root, "windows");
    AUTO(buf) ico = BUF_NONE;

    buf_init(&ico, ICON_MAX);
    return value_flag(section, "resources", true) ? windows_icon(j->recipe, &ico, e) : OK;
}

/* Nobody knows below which folder it is unpacked: a short one is taken for granted. */
int windows_archive_tree(const struct pack_job *j, const struct tree *pkg, struct err *e) {
    for (size_t i = 0; i < pkg->n; i++)
        if (!(pkg->v[i].marks & TREE_GHOST) && fits(j, &pkg->v[i], sizeof "C:\\", e))
            return (int)e->code;
    return OK;
}

int windows_tree(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                 struct err *e) {
    size_t folder =
        sizeof "C:\\Program Files\\" + windows_length(windows_file_title(j->recipe, j->mem));

    pkg->room = app->n + 64;
    pkg->v = arena_array(pkg->mem, pkg->room, sizeof *pkg->v);
    for (size_t i = 0; i < app->n; i++) {
        struct tree_entry x = app->v[i];

        if (x.marks & TREE_GHOST)
            continue;
        if (str_starts(x.path, "/"))
            return err_set(e, E_RECIPE, "%s: " STR_F ": there is no such place on Windows",
                           recipe_where(j->recipe, x.at, j->mem), STR_A(x.path));
        if (x.kind == TREE_LINK && follow(j, app, &x, e))
            return (int)e->code;
        if (fits(j, &x, folder, e))
            return (int)e->code;
        if (x.link) { /* its bytes once more: positions change where entries are left out */
            struct str path = x.path;

            x = app->v[x.link - 1];
            x.path = path;
        }
        x.link = 0;
        *tree_add(pkg) = x;
    }
    return tree_finish(pkg, true, e);
}

int windows_entry(const struct pack_job *j, const struct tree *pkg, struct str *entry,
                  struct err *e) {
    const struct recipe *r = j->recipe;
    const struct tree_entry *x;

    *entry = (struct str){0};
    if (!r->entry.n)
        return OK;
    *entry = r->entry;
    x = tree_find(pkg, *entry);
    if (!x || x->kind != TREE_FILE) {
        *entry = str_fmt(j->mem, STR_F ".exe", STR_A(r->entry));
        x = tree_find(pkg, *entry);
    }
    if (!x || x->kind != TREE_FILE)
        return err_set(e, E_RECIPE, "%s: entry " STR_F ": no such file among those for Windows",
                       recipe_where(r, r->at_entry, j->mem), STR_A(r->entry));
    return OK;
}
