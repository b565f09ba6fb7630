/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimageread.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "container/squashfs.h"
#include "crypto/pgp.h"
#include "pack/appimageelf.h"

enum { BLOCK = 256 * 1024, DESKTOP_MAX = 64 * 1024, DESKTOPS = 64, FILES_MAX = 1000000 };
enum { UNPACKS_TO = 2000 };
#define UNPACKS_LEAST ((uint64_t)64 << 20)

struct desktop { /* what a desktop file says */
    struct str path, link;
    struct str name, version;
};

struct reader {
    struct infile *f;
    struct arena *mem;
    struct tree *found;
    char *block;
    uint64_t unpacked, most;
    struct desktop desktop[DESKTOPS];
    size_t n_desktop;
};

/* ---------------------------------------------------------------------------- the desktop files */

static bool is_desktop(struct str path) {
    return str_ends(path, ".desktop") &&
           (str_find(path, '/') == path.n || str_starts(path, "usr/share/applications/"));
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

static struct desktop *new_desktop(struct reader *r, const struct tree_entry *x) {
    struct desktop *d = &r->desktop[r->n_desktop];

    if (r->n_desktop == DESKTOPS || !is_desktop(x->path))
        return NULL;
    r->n_desktop++;
    *d = (struct desktop){.path = x->path};
    return d;
}

/* The one at the top; a link to another one is followed. */
static const struct desktop *main_desktop(const struct reader *r) {
    const struct desktop *top = NULL;

    for (size_t i = 0; i < r->n_desktop && !top; i++)
        if (str_find(r->desktop[i].path, '/') == r->desktop[i].path.n)
            top = &r->desktop[i];
    for (size_t i = 0; top && top->link.n && i < r->n_desktop; i++)
        if (str_eq(r->desktop[i].path, top->link))
            return &r->desktop[i];
    return top;
}

/* ------------------------------------------------------------------------------------ the image */

/* Reads a file to its end: damage is found only so. */
static int read_bytes(struct reader *r, const struct tree_entry *x, struct source *data,
                      struct err *e) {
    struct desktop *d = x->size <= DESKTOP_MAX ? new_desktop(r, x) : NULL;
    AUTO(buf) text = BUF_NONE;
    size_t got;

    buf_init(&text, DESKTOP_MAX);
    if (x->size > r->most - r->unpacked)
        return err_set(e, E_INPUT, "appimage: " STR_F ": its files are over %llu bytes together",
                       STR_A(x->path), (unsigned long long)r->most);
    r->unpacked += x->size;
    while ((got = source_get(data, r->block, BLOCK)))
        if (d)
            buf_put(&text, r->block, got);
    if (data->err.code) {
        *e = data->err;
        return err_in(e, STR_F, STR_A(x->path));
    }
    if (data->at != x->size)
        return err_set(e, E_INPUT, "appimage: " STR_F ": is cut off", STR_A(x->path));
    if (d) {
        d->name = key_of(buf_get(&text), "Name", r->mem);
        d->version = key_of(buf_get(&text), "X-AppImage-Version", r->mem);
    }
    return OK;
}

static int see(void *self, const struct squashfs_entry *y, struct source *data, struct err *e) {
    struct reader *r = self;
    struct tree_entry *x;
    struct desktop *d;

    if (!y->path.n)
        return OK;
    if (r->found->n == FILES_MAX)
        return err_set(e, E_INPUT, "appimage: more than %d files", FILES_MAX);
    if (tree_path_ok(y->path, e)) {
        e->code = E_INPUT;
        return err_in(e, "appimage");
    }
    if (y->kind == SQUASHFS_OTHER)
        return err_set(e, E_INPUT, "appimage: " STR_F ": neither file, folder nor link",
                       STR_A(y->path));
    x = tree_add(r->found);
    x->path = str_dup(r->mem, y->path);
    x->kind = y->kind == SQUASHFS_DIR ? TREE_DIR : y->kind == SQUASHFS_LINK ? TREE_LINK : TREE_FILE;
    x->mode = y->mode & 07777;
    x->target = str_dup(r->mem, y->target);
    x->size = x->kind == TREE_FILE ? y->size : 0;
    x->link = y->link;
    x->digests = arena_alloc(r->mem, sizeof *x->digests);
    if (x->kind == TREE_LINK && (d = new_desktop(r, x)))
        (void)tree_link_leads(x, r->mem, &d->link);
    return x->kind == TREE_FILE && !x->link && data ? read_bytes(r, x, data, e) : OK;
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

static int read_files(struct reader *r, const struct appimageelf *x, struct value *facts,
                      struct err *e) {
    struct squashfs_facts image = {0};

    r->most = r->f->size > (UINT64_MAX - UNPACKS_LEAST) / UNPACKS_TO
                  ? UINT64_MAX
                  : UNPACKS_LEAST + r->f->size * UNPACKS_TO;
    if (squashfs_read(r->f, x->end, &image, see, r, e))
        return (int)e->code;
    return add_facts(r, x, &image, facts, e);
}

static int files(struct infile *f, const struct appimageelf *x, struct arena *mem,
                 struct tree *found, struct value *facts, struct err *e) {
    struct reader *r = arena_alloc(mem, sizeof *r);
    int rc;

    *r = (struct reader){.f = f, .mem = mem, .found = found, .block = mem_alloc(BLOCK)};
    rc = read_files(r, x, facts, e);
    mem_free(r->block);
    return rc;
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
