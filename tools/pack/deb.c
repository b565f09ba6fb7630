/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/deb.h"

#include "container/ar.h"
#include "model/names.h"
#include "pack/debcheck.h"
#include "pack/debcontrol.h"
#include "pack/debread.h"
#include "pack/linux.h"
#include "pack/tarput.h"

#include <stdio.h>
#include <string.h>

enum { CONTROL_MAX = 256 * 1024 * 1024 };

static const char *const deb_codecs[] = {"xz", "zstd", "gzip", "none", NULL};
static const char *const deb_multi_arch[] = {"same", "foreign", "allowed", "no", NULL};
static const struct schema deb_item[] = {{.kind = SCHEMA_STR}};

#define RELATION(name, text)                                                                       \
    {                                                                                              \
        .key = (name), .kind = SCHEMA_LIST, .flags = SCHEMA_ONE_OR_LIST, .sub = deb_item,          \
        .help = (text)                                                                             \
    }

static const struct schema deb_schema[] = {
    RELATION("depends", "Packages that must be there: \"libc6 (>= 2.34)\"."),
    RELATION("pre-depends", "Packages that must be configured before this one is unpacked."),
    RELATION("recommends", "Packages that are installed with it unless the user objects."),
    RELATION("suggests", "Packages that go well with it."),
    RELATION("enhances", "Packages that it makes better."),
    RELATION("breaks", "Packages that do not work beside it."),
    RELATION("conflicts", "Packages that cannot be installed beside it."),
    RELATION("replaces", "Packages whose files it may overwrite."),
    RELATION("provides", "Virtual packages that it is."),
    {.key = "shlibs",
     .kind = SCHEMA_BOOL,
     .help = "Work out depends from the libraries that the ELF files need."},
    {.key = "section", .kind = SCHEMA_STR, .help = "Archive section; misc without one."},
    {.key = "priority", .kind = SCHEMA_STR, .help = "Priority; optional without one."},
    {.key = "essential", .kind = SCHEMA_BOOL, .help = "dpkg refuses to remove it."},
    {.key = "multi-arch",
     .kind = SCHEMA_WORD,
     .words = deb_multi_arch,
     .help = "How it can be installed for several architectures."},
    {.key = "compression",
     .kind = SCHEMA_WORD,
     .words = deb_codecs,
     .help = "Of data.tar; xz without one."},
    {.key = "level",
     .kind = SCHEMA_INT,
     .min = 1,
     .max = 22,
     .help = "Compression level; the codec's usual one without it."},
    RELATION("triggers", "Lines of deb-triggers(5): \"interest-noawait /usr/lib/x\"."),
    {.key = "fields",
     .kind = SCHEMA_DICT,
     .sub = deb_item,
     .help = "Further fields of the control file."},
    {0},
};

static struct codec_opts codec_of(const struct pack_job *j) {
    struct str word = value_text(j->section, "compression");

    return (struct codec_opts){
        .kind = word.n ? codec_find(word) : CODEC_XZ,
        .level = (int)value_number(j->section, "level", 0),
    };
}

static int deb_check(const struct pack_job *j, struct err *e) {
    struct codec_opts c = codec_of(j);

    if (!codec_level_ok(c.kind, c.level))
        return err_set(e, E_RECIPE, "%s: deb: %s has no level %d",
                       recipe_where(j->recipe, value_get(j->section, "level")->at, j->mem),
                       codec_name(c.kind), c.level);
    return debcheck_job(j, e);
}

static int deb_file_name(const struct pack_job *j, struct buf *out, struct err *e) {
    buf_fmt(out, STR_F "_", STR_A(j->recipe->name));
    debcontrol_version(j, out);
    buf_fmt(out, "_%s.deb", names_arch_deb(j->target->arch));
    return buf_check(out, "the file name", e);
}

static int deb_layout(const struct pack_job *j, const struct tree *app, struct tree *pkg,
                      struct err *e) {
    if (linux_tree(j, app, pkg, e) || debcontrol_docs(j, pkg, e))
        return (int)e->code;
    return tree_finish(pkg, false, e);
}

static bool sums_known(const struct tree *pkg) {
    for (size_t i = 0; i < pkg->n; i++)
        if (pkg->v[i].kind == TREE_FILE && !pkg->v[i].link &&
            !(pkg->v[i].digests->kinds & DIGEST_MD5))
            return false;
    return true;
}

static int control_bytes(const struct pack_job *j, const struct tree *control, struct buf *bytes,
                         struct err *e) {
    struct tarput t = {
        .tree = control,
        .prefix = "./",
        .root = true,
        .mtime = j->recipe->time,
        /* As dpkg-deb's --uniform-compression: whoever reads the data can read the control files
         * too. */
        .codec = codec_of(j),
    };
    struct pack_job quiet = *j;
    struct sink s = SINK_NONE;

    quiet.tick = NULL;
    sink_buf(&s, bytes);
    if (tarput_write(&t, &quiet, &s, e))
        return (int)e->code;
    return sink_close(&s, e);
}

static int put_data(const struct pack_job *j, const struct tree *pkg, struct codec_opts codec,
                    struct outfile *to, struct err *e) {
    struct tarput t = {
        .tree = pkg,
        .prefix = "./",
        .root = true,
        .mtime = j->recipe->time,
        .codec = codec,
        .digests = DIGEST_MD5 | j->digests,
    };
    struct sink s = SINK_NONE;

    sink_outfile(&s, to);
    if (tarput_write(&t, j, &s, e))
        return (int)e->code;
    return sink_close(&s, e);
}

/* What is in front of the data: control.tar, and the head of a data.tar of yet unknown size. */
static int write_front(const struct pack_job *j, const struct tree *control, struct outfile *f,
                       struct err *e) {
    enum codec_kind codec = codec_of(j).kind;
    AUTO(buf) bytes = BUF_NONE;
    char name[AR_NAME_MAX + 1];

    buf_init(&bytes, CONTROL_MAX);
    snprintf(name, sizeof name, "control.tar%s", codec_suffix(codec));
    if (control_bytes(j, control, &bytes, e) || ar_begin(f, e) ||
        ar_member(f, "debian-binary", j->recipe->time, STR("2.0\n"), e) ||
        ar_member(f, name, j->recipe->time, buf_get(&bytes), e))
        return (int)e->code;
    snprintf(name, sizeof name, "data.tar%s", codec_suffix(codec));
    return ar_head(f, f->size, name, j->recipe->time, 0, e);
}

static int end_data(const struct pack_job *j, uint64_t data, struct outfile *f, struct err *e) {
    char name[AR_NAME_MAX + 1];

    snprintf(name, sizeof name, "data.tar%s", codec_suffix(codec_of(j).kind));
    if (ar_head(f, data - AR_HEAD_SIZE, name, j->recipe->time, f->size - data, e))
        return (int)e->code;
    return ar_pad(f, e);
}

/* Without compression sums are as long as the zeros that stand for them: they are written over
 * those once the data is there. A tar's length is a multiple of 512: no padding moves it. */
static int settle_control(const struct pack_job *j, const struct tree *control, uint64_t data,
                          struct outfile *f, struct err *e) {
    AUTO(buf) bytes = BUF_NONE;

    buf_init(&bytes, CONTROL_MAX);
    if (control_bytes(j, control, &bytes, e))
        return (int)e->code;
    return outfile_pwrite(f, data - AR_HEAD_SIZE - bytes.n, bytes.p, bytes.n, e);
}

/* control.tar comes first and holds the sums. Where they are known, or their room is, it is written
 * at once; otherwise data.tar waits in a spool while its files are read for the only time. */
static int deb_write(const struct pack_job *j, const struct tree *pkg, struct outfile *f,
                     struct err *e) {
    AUTO(outfile) spool = OUTFILE_NONE;
    struct tree control = {.mem = j->mem};
    struct codec_opts codec = codec_of(j);
    bool known = sums_known(pkg), direct = known || codec.kind == CODEC_NONE;
    uint64_t data;

    if (codec.kind == CODEC_XZ || codec.kind == CODEC_GZIP)
        codec.filter =
            payload_filter(pkg, false); /* dpkg's own liblzma 5.2 knows no ARM64 filter */
    if (!direct && (outfile_spool(&spool, j->spool, e) || put_data(j, pkg, codec, &spool, e)))
        return (int)e->code;
    if (debcontrol_tree(j, pkg, &control, e) || write_front(j, &control, f, e))
        return (int)e->code;
    data = f->size;
    if (direct ? put_data(j, pkg, codec, f, e) : outfile_append_from(f, spool.fd, 0, spool.size, e))
        return (int)e->code;
    if (direct && !known &&
        (debcontrol_sums(j, pkg, &control, e) || settle_control(j, &control, data, f, e)))
        return (int)e->code;
    return end_data(j, data, f, e);
}

static bool deb_sniff(const void *head, size_t n) {
    return n >= 21 && !memcmp(head, "!<arch>\ndebian-binary", 21);
}

const struct packager deb_packager = {
    .name = "deb",
    .suffix = ".deb",
    .traits = PACK_DIGEST_MD5 | PACK_DESKTOP | PACK_UNITS,
    .oses = 1u << OS_LINUX,
    .schema = deb_schema,
    .check = deb_check,
    .file_name = deb_file_name,
    .layout = deb_layout,
    .write = deb_write,
    .list = debread_list,
    .sniff = deb_sniff,
};
