/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msi.h"

#include "container/cfb.h"
#include "container/msisum.h"
#include "crypto/digest.h"
#include "model/names.h"
#include "pack/msiabout.h"
#include "pack/msicab.h"
#include "pack/msicode.h"
#include "pack/msifeatures.h"
#include "pack/msifiles.h"
#include "pack/msiflow.h"
#include "pack/msinames.h"
#include "pack/msineeds.h"
#include "pack/msipatch.h"
#include "pack/msiread.h"
#include "pack/msischema.h"
#include "pack/msiservice.h"
#include "pack/msishell.h"
#include "pack/msiui.h"
#include "pack/msivalues.h"
#include "pack/msiversion.h"
#include "pack/windows.h"

#include <string.h>

enum {
    ICON_MAX = 4 * 1024 * 1024,
    PAGES = 200,
    PAGES_ARM64 = 500,
    WORDS = 2,
    WORDS_USER = 8,
    TEXT_MOST = 240
};
static const uint64_t version3_most = UINT64_C(1800) * 1024 * 1024;

/* Of Windows Installer packages: {000C1084-0000-0000-C000-000000000046}. */
static const unsigned char msi_class[16] = {0x84, 0x10, 0x0c, 0, 0, 0, 0, 0,
                                            0xc0, 0,    0,    0, 0, 0, 0, 0x46};

static const char *const msi_scopes[] = {"machine", "user", "both", NULL};
static const char *const msi_codecs[] = {"mszip", "lzx", "none", NULL};
static const char *const msi_languages[] = {"en", "de", "fr", "es", NULL};

static int check_guid(struct str s, struct err *e) {
    return msinames_is_guid(s)
               ? OK
               : err_set(e, E_RECIPE,
                         "a GUID is written {01234567-89AB-CDEF-0123-456789ABCDEF}, in capitals");
}

static int check_short(struct str s, struct err *e) {
    return windows_length(s) <= TEXT_MOST
               ? OK
               : err_set(e, E_RECIPE, "installer packages hold %d characters of this", TEXT_MOST);
}

static int check_inside(struct str s, struct err *e) {
    return str_is(s, ".") ? OK : windows_path_ok(s, e);
}

static const struct schema msi_language[] = {{.kind = SCHEMA_WORD, .words = msi_languages}};
static const struct schema msi_item[] = {{.kind = SCHEMA_STR, .check = check_short}};
static const struct schema msi_registry[] = {{.kind = SCHEMA_MAP, .sub = msivalues_schema}};
static const struct schema msi_condition[] = {
    {.key = "condition",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = check_short,
     .help = "As the installer writes conditions: VersionNT64 >= 603."},
    {.key = "message",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .check = check_short,
     .help = "What people are told when it does not hold."},
    {0},
};
static const struct schema msi_conditions[] = {{.kind = SCHEMA_MAP, .sub = msi_condition}};

static const struct schema msi_requires[] = {{.kind = SCHEMA_MAP, .sub = msineeds_schema}};
static const struct schema msi_feature[] = {
    {.key = "name",
     .kind = SCHEMA_STR,
     .flags = SCHEMA_REQUIRED,
     .help = "What ADDLOCAL=… of the command line calls it."},
    {.key = "title", .kind = SCHEMA_STR, .help = "What people see."},
    {.key = "description", .kind = SCHEMA_STR, .help = "A sentence."},
    {.key = "files",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_REQUIRED | SCHEMA_ONE_OR_LIST,
     .sub = msi_item,
     .min = 1,
     .help = "Patterns of the installed files; a slash at the end: all of that folder."},
    {.key = "default",
     .kind = SCHEMA_BOOL,
     .help = "Installed unless somebody leaves it out; true."},
    {0},
};
static const struct schema msi_features[] = {{.kind = SCHEMA_MAP, .sub = msi_feature}};

static int check_named(struct str s, struct err *e) {
    return s.n ? OK : err_set(e, E_RECIPE, "it names no file");
}

static const struct schema msi_license[] = {
    {.kind = SCHEMA_STR, .flags = SCHEMA_PATH, .check = check_named, .pattern = "."}};

static const struct schema msi_schema[] = {
    {.key = "scope",
     .kind = SCHEMA_WORD,
     .words = msi_scopes,
     .help = "machine (for all users, the default), user, or both: the user's own unless "
             "ALLUSERS=1 is given."},
    {.key = "upgrade-code",
     .kind = SCHEMA_STR,
     .check = check_guid,
     .help = "What stays the same in all versions; derived from the recipe's id without it."},
    {.key = "allow-downgrades",
     .kind = SCHEMA_BOOL,
     .help = "Install over a newer version too; false."},
    {.key = "languages",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = msi_language,
     .help = "Of the dialogs, a file each: en, de, fr, es."},
    {.key = "license-files",
     .kind = SCHEMA_DICT,
     .sub = msi_license,
     .help = "Licences by language, instead of the recipe's license-file: { de: LIZENZ.txt }."},
    {.key = "compression",
     .kind = SCHEMA_WORD,
     .words = msi_codecs,
     .help = "Of the cabinets: mszip, lzx (smaller, slower) or none."},
    {.key = "path",
     .kind = SCHEMA_STR,
     .check = check_inside,
     .help = "A folder of the application that is added to the PATH: bin, or . for its own."},
    {.key = "environment",
     .kind = SCHEMA_DICT,
     .sub = msi_item,
     .help = "Environment variables. [INSTALLDIR] is filled in."},
    {.key = "registry",
     .kind = SCHEMA_LIST,
     .sub = msi_registry,
     .help = "Registry values, which go with the application."},
    {.key = "features",
     .kind = SCHEMA_LIST,
     .sub = msi_features,
     .help = "Parts of the application that people may leave out."},
    {.key = "services",
     .kind = SCHEMA_DICT,
     .sub = msiservice_schema,
     .help = "What Windows has to know of the recipe's services, by their names."},
    {.key = "requires",
     .kind = SCHEMA_LIST,
     .sub = msi_requires,
     .help = "What has to be installed before."},
    {.key = "conditions",
     .kind = SCHEMA_LIST,
     .sub = msi_conditions,
     .help = "What must hold before it is installed."},
    {0},
};

static size_t msi_variants(const struct pack_job *j) {
    const struct value *list = value_get(j->section, "languages");

    return list && list->n ? list->n : 1;
}

static int msi_check(const struct pack_job *j, struct err *e) {
    AUTO(buf) version = BUF_NONE;
    enum arch_kind a = j->target->arch;

    buf_init(&version, 64);
    if (a != ARCH_X86_64 && a != ARCH_AARCH64 && a != ARCH_I686)
        return err_set(e, E_RECIPE, "%s: msi: there are none for the architecture %s",
                       recipe_where(j->recipe, j->target->at, j->mem), names_arch(a));
    if (!j->recipe->id.n)
        return err_set(e, E_RECIPE,
                       "%s: msi needs `id`, like com.example." STR_F
                       ", by which Windows tells this product from all others",
                       recipe_where(j->recipe, j->recipe->at_name, j->mem), STR_A(j->recipe->name));
    if (msinames_version(j->recipe->version, &version, e))
        return err_in(e, "%s", recipe_where(j->recipe, j->recipe->at_version, j->mem));
    if (msifeatures_check(j, e) || msineeds_check(j, e) || msiservice_check(j, e) ||
        msivalues_check(j, e) || msiui_check(j, e))
        return (int)e->code;
    return windows_check(j, e);
}

/* hello-1.2.0-x64.msi; further languages say which. */
static int msi_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    struct str language = msibuild_language(j);
    enum arch_kind a = j->target->arch;

    buf_fmt(out, STR_F "-" STR_F "-%s", STR_A(j->recipe->name), STR_A(j->recipe->version),
            a == ARCH_I686 ? "x86" : names_arch_node(a));
    if (!str_is(language, "en"))
        buf_fmt(out, "-" STR_F, STR_A(language));
    buf_z(out, ".msi");
    return buf_check(out, "the file name", e);
}

/* ------------------------------------------------------------------------------------- writing */

struct writer {
    struct msibuild b;
    struct cfb *cfb;
};

static int put_bytes(struct cfb *c, struct str name, struct str bytes, struct err *e) {
    struct sink s = SINK_NONE;

    if (cfb_stream(c, 0, name, &s, e))
        return (int)e->code;
    sink_put(&s, bytes.p, bytes.n);
    return sink_close(&s, e);
}

static int open_table(void *self, struct str name, struct sink *s, struct err *e) {
    struct writer *w = self;

    return cfb_stream(w->cfb, 0, name, s, e);
}

static int add_icon(struct msibuild *b, struct err *e) {
    AUTO(buf) ico = BUF_NONE;
    struct msidb_cell *row;

    buf_init(&ico, ICON_MAX);
    if (windows_icon(b->j->recipe, &ico, e))
        return (int)e->code;
    if (!ico.n)
        return OK;
    b->icon = STR("app.ico");
    row = msidb_row(&b->db, msibuild_table(b, "Icon"));
    row[0] = (struct msidb_cell){.kind = MSIDB_STR, .s = b->icon};
    row[1] = (struct msidb_cell){.kind = MSIDB_BIN, .s = str_dup(b->mem, buf_get(&ico))};
    return OK;
}

static int add_entry(struct msibuild *b, struct err *e) {
    struct str entry;

    if (windows_entry(b->j, b->pkg, &entry, e))
        return (int)e->code;
    if (entry.n)
        b->entry_id = b->file_id[msibuild_program(b, entry)];
    return OK;
}

static int put_cabinets(struct writer *w, struct err *e) {
    if (msiversion_set(&w->b, e) || msicab_put(&w->b, w->cfb, e))
        return (int)e->code;
    msifiles_hashes(&w->b);
    return OK;
}

static int summary(struct msibuild *b, struct msisum *s, struct err *e) {
    const struct recipe *r = b->j->recipe;
    enum arch_kind a = b->j->target->arch;
    const char *platform = a == ARCH_AARCH64 ? "Arm64" : a == ARCH_X86_64 ? "x64" : "Intel";
    struct str language;

    if (msiui_text(b, "language", &language, e))
        return (int)e->code;
    *s = (struct msisum){
        .title = STR("Installation Database"),
        .subject = r->title,
        .author = r->vendor.n ? r->vendor : r->title,
        .keywords = STR("Installer"),
        .comments = str_fmt(b->mem,
                            "This installer database contains the logic and data required "
                            "to install " STR_F ".",
                            STR_A(r->title)),
        .template = str_fmt(b->mem, "%s;" STR_F, platform, STR_A(language)),
        .program = STR("slipway " SLIPWAY_VERSION),
        .time = r->time,
        .pages = a == ARCH_AARCH64 ? PAGES_ARM64 : PAGES,
        .words = WORDS | (b->scope == MSIBUILD_USER ? WORDS_USER : 0),
        .security = 2,
    };
    return OK;
}

static int put_summary(struct writer *w, const struct msisum *s, struct err *e) {
    AUTO(buf) bytes = BUF_NONE;

    buf_init(&bytes, 1 << 20);
    msisum_write(s, &bytes);
    if (buf_check(&bytes, "the summary information", e))
        return (int)e->code;
    return put_bytes(w->cfb, STR(MSISUM_STREAM), buf_get(&bytes), e);
}

static int write_all(struct writer *w, struct outfile *f, struct err *e) {
    struct msibuild *b = &w->b;
    struct msisum s;
    struct cfb_opts o = {.version = tree_size(b->pkg) > version3_most ? 4 : 3};

    memcpy(o.clsid, msi_class, sizeof o.clsid);
    if (msifiles_add(b, e) || add_entry(b, e) || msifeatures_complete(b, e) || add_icon(b, e) ||
        msishell_add(b, e) || cfb_begin(&w->cfb, f, &o, e) || put_cabinets(w, e) ||
        msiflow_add(b, e) || msiui_add(b, e))
        return (int)e->code;
    msischema_validation(&b->db);
    if (summary(b, &s, e) || msicode_set(b, &s, e))
        return (int)e->code;
    s.revision = b->package;
    msibuild_property(b, "ProductCode", b->product);
    if (msidb_write(&b->db, open_table, w, e) || put_summary(w, &s, e))
        return (int)e->code;
    return cfb_end(w->cfb, e);
}

static int msi_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                     struct err *e) {
    struct writer w = {0};
    struct arena mem = {0}; /* the tables of many files are gone before the package is read again */
    struct pack_job own = *j;
    int rc;

    own.mem = &mem;
    rc = msibuild_begin(&w.b, &own, pkg, e);
    if (!rc)
        rc = write_all(&w, f, e);
    cfb_free(w.cfb);
    arena_drop(&mem);
    return rc;
}

const struct packager msi_packager = {
    .name = "msi",
    .suffix = ".msi",
    .traits = PACK_NO_CASE | PACK_DIGEST_MD5 | PACK_BLOCKMAP | PACK_AUTHENTICODE,
    .oses = 1u << OS_WINDOWS,
    .schema = msi_schema,
    .variants = msi_variants,
    .check = msi_check,
    .file_name = msi_file_name,
    .layout = windows_tree,
    .write = msi_write,
    .list = msiread_list,
    .beside = msiabout_beside,
    .sniff = cfb_sniff,
    .probe = msipatch_none,
};
