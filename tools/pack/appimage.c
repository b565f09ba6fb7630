/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimage.h"

#include "base/log.h"
#include "container/squashfs.h"
#include "crypto/pgp.h"
#include "io/blockcodec.h"
#include "model/names.h"
#include "pack/appimagedir.h"
#include "pack/appimageelf.h"
#include "pack/appimageread.h"
#include "pack/payload.h"
#include "pack/runtimes.h"
#include "pack/squash.h"

#include <string.h>

/* Of every file in every AppImage: 1980-01-01. The bytes that tell the times of files are then the
 * same in two versions, and clients need not fetch them. */
#define APPIMAGE_TIME 315532800

enum { UPDATE_MAX = 1024 }; /* the room that the specification's tools leave for it */

static const struct codec_word {
    const char *word;
    enum squashfs_codec codec;
    enum blockcodec_kind block;
} codecs[] = {
    {"zstd", SQUASHFS_ZSTD, BLOCKCODEC_ZSTD}, {"gzip", SQUASHFS_GZIP, BLOCKCODEC_GZIP},
    {"xz", SQUASHFS_XZ, BLOCKCODEC_XZ},       {"lz4", SQUASHFS_LZ4, BLOCKCODEC_LZ4},
    {"none", SQUASHFS_NONE, BLOCKCODEC_NONE},
};

static const char *const codec_words[] = {"zstd", "gzip", "xz", "lz4", "none", NULL};
static const char *const block_words[] = {"4K",   "8K",   "16K",  "32K", "64K",
                                          "128K", "256K", "512K", "1M",  NULL};
static const struct schema appimage_item[] = {{.kind = SCHEMA_STR}};

static const struct schema appimage_schema[] = {
    {.key = "compression",
     .kind = SCHEMA_WORD,
     .words = codec_words,
     .help = "Of the image; zstd without one."},
    {.key = "level",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 22,
     .help = "Compression level; zstd 15, gzip 9, xz 6, lz4 1 without it."},
    {.key = "block-size",
     .kind = SCHEMA_WORD,
     .words = block_words,
     .help = "How much is compressed in one piece; 128K without it. Larger is smaller, and starts "
             "slower."},
    {.key = "arguments",
     .kind = SCHEMA_LIST,
     .flags = SCHEMA_ONE_OR_LIST,
     .sub = appimage_item,
     .help = "Arguments that the program gets before those of its user."},
    {.key = "environment",
     .kind = SCHEMA_DICT,
     .sub = appimage_item,
     .help = "Variables that the program finds set."},
    {.key = "update-information",
     .kind = SCHEMA_STR,
     .help = "Where updates are found: \"zsync|https://…\" or \"gh-releases-zsync|OWNER|REPOSITORY|"
             "latest|NAME-*x86_64.AppImage.zsync\"; none to have none. Without it, where "
             "publish: { to: dir } has a url."},
    {0},
};

static const struct codec_word *codec_of(const struct pack_job *j) {
    struct str word = value_text(j->section, "compression");

    for (size_t i = 0; i < COUNT(codecs); i++)
        if (str_is(word, codecs[i].word))
            return &codecs[i];
    return &codecs[0];
}

static uint32_t block_of(const struct pack_job *j) {
    struct str word = value_text(j->section, "block-size");
    uint64_t n = 0;

    if (!word.n || !str_u64(str_cut(word, 0, word.n - 1), 1024, &n))
        return 0;
    return (uint32_t)(n << (str_ends(word, "M") ? 20 : 10));
}

/* ------------------------------------------------------------------------- update information */

static struct str file_name(const struct pack_job *j) {
    return str_fmt(j->mem, STR_F "-" STR_F "-%s.AppImage", STR_A(j->recipe->name),
                   STR_A(j->recipe->version), appimagedir_arch(j->target->arch));
}

/* The address that stays the same from version to version (docs/publish-dir.md). */
static struct str published_at(const struct pack_job *j) {
    const struct value *rows = value_get(j->recipe->root, "publish");
    struct str channel = names_channel(j->recipe->version), url;
    struct str zsync = names_zsync(file_name(j), j->recipe->version, j->mem);

    for (const struct value *v = rows ? rows->child : NULL; v; v = v->next) {
        url = value_text(v, "url");
        if (!str_is(value_text(v, "to"), "dir") || !url.n)
            continue;
        while (str_ends(url, "/"))
            url.n--;
        if (str_is(channel, "latest"))
            return str_fmt(j->mem, "zsync|" STR_F "/releases/latest/" STR_F, STR_A(url),
                           STR_A(zsync));
        return str_fmt(j->mem, "zsync|" STR_F "/channels/" STR_F "/" STR_F, STR_A(url),
                       STR_A(channel), STR_A(zsync));
    }
    return (struct str){0};
}

static struct str update_information(const struct pack_job *j) {
    struct str text = value_text(j->section, "update-information");

    if (str_is(text, "none"))
        return (struct str){0};
    return text.n ? text : published_at(j);
}

static bool fields_ok(struct str text) {
    struct str rest = text, kind = str_split(&rest, '|');
    size_t want = str_is(kind, "zsync")               ? 1
                  : str_is(kind, "gh-releases-zsync") ? 4
                  : str_is(kind, "pling-v1-zsync")    ? 2
                                                      : 0;

    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f)
            return false;
    if (!want)
        return false;
    for (; rest.n; want--)
        if (!want || !str_split(&rest, '|').n)
            return false;
    return !want;
}

static int check_update(const struct pack_job *j, struct err *e) {
    const struct value *v = value_get(j->section, "update-information");

    if (v && v->s.n > UPDATE_MAX)
        return err_set(e, E_RECIPE, "%s: appimage: update-information has at most %d bytes",
                       recipe_where(j->recipe, v->at, j->mem), UPDATE_MAX);
    if (!v || str_is(v->s, "none") || fields_ok(v->s))
        return OK;
    return err_set(e, E_RECIPE,
                   "%s: appimage: update-information is \"zsync|ADDRESS\", "
                   "\"gh-releases-zsync|OWNER|REPOSITORY|TAG|NAME\", \"pling-v1-zsync|ID|NAME\" or "
                   "none",
                   recipe_where(j->recipe, v->at, j->mem));
}

/* --------------------------------------------------------------------------------- the contract */

static int appimage_check(const struct pack_job *j, struct err *e) {
    const struct value *level = value_get(j->section, "level");
    const struct codec_word *c = codec_of(j);

    if (!appimagedir_arch(j->target->arch) || !runtimes_appimage(j->target->arch).n)
        return err_set(e, E_RECIPE, "%s: appimage: there is no runtime for the architecture %s",
                       recipe_where(j->recipe, j->target->at, j->mem), names_arch(j->target->arch));
    if (level && !blockcodec_level_ok(c->block, (int)level->i))
        return err_set(e, E_RECIPE, "%s: appimage: %s has no level %d",
                       recipe_where(j->recipe, level->at, j->mem), c->word, (int)level->i);
    if (check_update(j, e))
        return (int)e->code;
    return appimagedir_check(j, e);
}

static int appimage_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    buf_str(out, file_name(j));
    return buf_check(out, "the file name", e);
}

static int put_section(struct outfile *f, const struct appimageelf_part *p, const char *name,
                       struct str text, enum code code, const char *what, struct err *e) {
    AUTO(buf) all = BUF_NONE;

    if (text.n > p->n)
        return err_set(e, code, "appimage: %s has %zu bytes; the section %s takes %llu", what,
                       text.n, name, (unsigned long long)p->n);
    buf_init(&all, (size_t)p->n);
    buf_str(&all, text);
    buf_zero(&all, (size_t)p->n - text.n);
    return outfile_pwrite(f, p->at, all.p, all.n, e);
}

static int read_elf(struct outfile *f, struct arena *mem, struct infile *view,
                    struct appimageelf *x, struct err *e) {
    return outfile_view(f, view, e) || appimageelf_read(view, mem, x, e) ? (int)e->code : OK;
}

static int put_runtime(const struct pack_job *j, struct outfile *f, struct err *e) {
    struct str runtime = runtimes_appimage(j->target->arch), info = update_information(j);
    AUTO(infile) view = INFILE_NONE;
    struct appimageelf x;

    if (outfile_append(f, runtime.p, runtime.n, e) || read_elf(f, j->mem, &view, &x, e))
        return (int)e->code;
    if (x.end != runtime.n || !x.update.n || !x.signature.n || !x.key.n)
        return err_set(e, E_BUG, "the runtime of AppImages has not the sections that it must have");
    return info.n ? put_section(f, &x.update, ".upd_info", info, E_RECIPE, "update-information", e)
                  : OK;
}

static int put_image(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                     struct err *e) {
    const struct squashfs_opts o = {
        .codec = codec_of(j)->codec,
        .level = (int)value_number(j->section, "level", 0),
        .block = block_of(j),
        .bcj = (int)payload_filter(pkg, false),
        .mtime = APPIMAGE_TIME,
        .jobs = j->jobs,
        .spool = j->spool,
    };

    return squash_write(j, pkg, &o, f, e);
}

static int appimage_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                          struct err *e) {
    if (put_runtime(j, f, e) || put_image(j, pkg, f, e))
        return (int)e->code;
    return outfile_mode(f, 0755, e);
}

/* -------------------------------------------------------------------------------- the signature */

/* The key, as text: who verifies takes both sections as such. In the signature's place the digest
 * of all else, so that a block map never takes the front of two AppImages for the same. */
static int appimage_reserve(const struct signer *s, struct outfile *f, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    AUTO(buf) key = BUF_NONE;
    struct appimageelf x;
    struct str hex;

    buf_init(&key, 1024 * 1024);
    if (read_elf(f, &mem, &view, &x, e) || s->public_key(s->self, &key, e) ||
        put_section(f, &x.key, ".sig_key", buf_get(&key), E_SIGN, "the public key", e) ||
        appimageelf_digest(&view, &x, &mem, &hex, e))
        return (int)e->code;
    return put_section(f, &x.signature, ".sha256_sig", hex, E_SIGN, "a digest", e);
}

/* As appimagetool signs and AppImageUpdate verifies: the text of the digest, without a newline. */
static int appimage_embed(const struct signer *s, struct outfile *f, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) view = INFILE_NONE;
    AUTO(buf) sig = BUF_NONE;
    struct appimageelf x;
    struct str hex;

    buf_init(&sig, 1024 * 1024);
    if (read_elf(f, &mem, &view, &x, e) || appimageelf_digest(&view, &x, &mem, &hex, e) ||
        s->sign_bytes(s->self, hex, PGP_DETACHED_ARMOR, s->when, &sig, e))
        return (int)e->code;
    return put_section(f, &x.signature, ".sha256_sig", buf_get(&sig), E_SIGN, "the signature", e);
}

const struct packager appimage_packager = {
    .name = "appimage",
    .suffix = ".AppImage",
    .traits =
        PACK_INNER_SIG | PACK_DESKTOP | PACK_DESKTOP_ALWAYS | PACK_BLOCKMAP_INSIDE | PACK_ZSYNC,
    .oses = 1u << OS_LINUX,
    .schema = appimage_schema,
    .check = appimage_check,
    .file_name = appimage_file_name,
    .layout = appimagedir_layout,
    .write = appimage_write,
    .embed = appimage_embed,
    .reserve = appimage_reserve,
    .list = appimageread_list,
    .sniff = appimageelf_magic,
};
