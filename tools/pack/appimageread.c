/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimageread.h"

#include "base/bytes.h"
#include "crypto/pgp.h"
#include "pack/appimageelf.h"
#include "pack/squash.h"

enum { DESKTOP_MAX = 64 * 1024, DESKTOPS = 64 };

struct desktop { /* what a desktop file says */
    struct str path;
    struct str name, version;
};

struct reader {
    struct infile *f;
    struct arena *mem;
    struct tree *found;
    struct desktop desktop[DESKTOPS];
    size_t n_desktop;
};

/* ---------------------------------------------------------------------------- the desktop files */

static bool at_top(struct str path) {
    return str_find(path, '/') == path.n;
}

static bool is_desktop(struct str path) {
    return str_ends(path, ".desktop") &&
           (at_top(path) || str_starts(path, "usr/share/applications/"));
}

static struct str key_of(struct str text, const char *key, struct arena *mem) {
    bool here = false;

    while (text.n) {
        struct str line = str_split(&text, '\n'), word;

        if (str_starts(line, "["))
            here = str_is(str_trim(line), "[Desktop Entry]");
        word = str_trim(str_cut(line, 0, str_find(line, '=')));
        line = str_cut(line, str_find(line, '=') + 1, line.n);
        if (here && str_is(word, key) && str_utf8(line))
            return str_dup(mem, str_trim(line));
    }
    return (struct str){0};
}

static bool wants(void *self, const struct tree_entry *x) {
    const struct reader *r = self;

    return r->n_desktop < DESKTOPS && x->size <= DESKTOP_MAX && is_desktop(x->path);
}

static void got(void *self, const struct tree_entry *x, struct str text) {
    struct reader *r = self;

    r->desktop[r->n_desktop++] = (struct desktop){
        .path = x->path,
        .name = key_of(text, "Name", r->mem),
        .version = key_of(text, "X-AppImage-Version", r->mem),
    };
}

/* The one at the top; a link to another one is followed. */
static const struct desktop *main_desktop(const struct reader *r) {
    struct str path = {0};

    for (size_t i = 0; i < r->found->n && !path.n; i++) {
        const struct tree_entry *x = &r->found->v[i];

        if (!at_top(x->path) || !is_desktop(x->path))
            continue;
        if (x->kind != TREE_LINK || !tree_link_leads(x, r->mem, &path))
            path = x->path;
    }
    for (size_t i = 0; i < r->n_desktop; i++)
        if (str_eq(r->desktop[i].path, path))
            return &r->desktop[i];
    return NULL;
}

/* -------------------------------------------------------------------------------------- the rest
 */

static const char *machine_name(uint16_t machine) {
    switch (machine) {
    case ELF_M_X86_64:
        return "x86_64";
    case ELF_M_AARCH64:
        return "aarch64";
    case ELF_M_386:
        return "i686";
    case ELF_M_ARM:
        return "armhf";
    default:
        return "unknown";
    }
}

static void fact(struct value *facts, struct arena *mem, const char *key, struct str text) {
    if (text.n)
        value_set(mem, facts, key, value_str(mem, text));
}

/* A block map that was appended to the file, by its last 4 bytes. */
static int map_size(struct infile *f, uint64_t end, uint64_t *n, struct err *e) {
    unsigned char last[4];
    uint64_t tail = f->size > end ? f->size - end : 0;

    *n = 0;
    if (tail <= sizeof last)
        return OK;
    if (infile_read(f, f->size - sizeof last, last, sizeof last, e))
        return (int)e->code;
    if (bytes_be32(last) <= tail - sizeof last)
        *n = bytes_be32(last);
    return OK;
}

static int add_facts(struct reader *r, const struct appimageelf *x,
                     const struct squashfs_facts *image, struct value *facts, struct err *e) {
    const struct desktop *d = main_desktop(r);
    struct str update = {0};
    uint64_t map;

    if (appimageelf_text(r->f, &x->update, r->mem, &update, e) ||
        map_size(r->f, x->end + image->size, &map, e))
        return (int)e->code;
    fact(facts, r->mem, "Name", d ? d->name : STR(""));
    fact(facts, r->mem, "Version", d ? d->version : STR(""));
    fact(facts, r->mem, "Architecture", str_of(machine_name(x->machine)));
    fact(facts, r->mem, "Runtime",
         str_fmt(r->mem, "type 2, %llu bytes", (unsigned long long)x->end));
    fact(facts, r->mem, "Compression",
         str_fmt(r->mem, "%s, blocks of %u KiB", squashfs_codec_name(image->codec),
                 (unsigned)(image->block / 1024)));
    fact(facts, r->mem, "Update-Information", str_utf8(update) ? update : STR("damaged"));
    if (map)
        fact(facts, r->mem, "Block map", str_fmt(r->mem, "%llu bytes", (unsigned long long)map));
    return OK;
}

static int files(struct infile *f, const struct appimageelf *x, struct arena *mem,
                 struct tree *found, struct value *facts, struct err *e) {
    struct reader *r = arena_alloc(mem, sizeof *r);
    const struct squash_reader way = {
        .what = "appimage",
        .mem = mem,
        .found = found,
        .most = squash_most(f->size),
        .wants = wants,
        .got = got,
        .self = r,
    };
    struct squashfs_facts image = {0};

    *r = (struct reader){.f = f, .mem = mem, .found = found};
    if (squash_read(&way, f, x->end, &image, e))
        return (int)e->code;
    return add_facts(r, x, &image, facts, e);
}

static int signature(struct infile *f, const struct appimageelf *x, struct arena *mem,
                     struct value *facts, struct err *e) {
    struct source_bytes left;
    struct source in = SOURCE_NONE;
    struct str sig, key, hex;
    struct pgp_verdict v;
    int rc;

    if (appimageelf_text(f, &x->signature, mem, &sig, e) ||
        appimageelf_text(f, &x->key, mem, &key, e))
        return (int)e->code;
    fact(facts, mem, "Signature",
         !sig.n   ? STR("none")
         : !key.n ? STR("not checked: the key is not in the file")
                  : STR(""));
    if (!sig.n || !key.n)
        return OK;
    if (appimageelf_digest(f, x, mem, &hex, e))
        return (int)e->code;
    source_str(&in, &left, hex);
    rc = pgp_verify(&in, sig, key, mem, &v, e);
    source_drop(&in);
    if (rc)
        return rc;
    if (!v.good && !v.signer.n)
        return err_set(e, E_WRONG, "appimage: what is in .sha256_sig is no signature: " STR_F,
                       STR_A(v.why));
    if (!v.good && str_is(v.why, "BAD signature"))
        return err_set(e, E_WRONG,
                       "appimage: the signature in it is not one of these bytes: the file was "
                       "changed after it was signed (key " STR_F ")",
                       STR_A(v.signer));
    fact(facts, mem, "Signature",
         v.good ? str_fmt(mem, "good, by the key beside it, " STR_F " " STR_F, STR_A(v.signer),
                          STR_A(v.uid))
                : v.why);
    return OK;
}

int appimageread_files(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                       struct err *e) {
    struct appimageelf x;

    if (appimageelf_read(f, mem, &x, e))
        return (int)e->code;
    return files(f, &x, mem, found, facts, e);
}

int appimageread_list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                      struct err *e) {
    struct appimageelf x;

    if (appimageelf_read(f, mem, &x, e) || files(f, &x, mem, found, facts, e))
        return (int)e->code;
    return signature(f, &x, mem, facts, e);
}
