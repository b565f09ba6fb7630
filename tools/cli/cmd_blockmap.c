/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "feed/blockmap.h"
#include "os/fsys.h"
#include "os/outfile.h"
#include "os/thread.h"

#include <stdio.h>

struct blockmap_opts {
    const char *out;
    bool append, plain;
};

static const struct opts_row blockmap_rows[] = {
    {"output", 'o', OPTS_TEXT, offsetof(struct blockmap_opts, out), "OUT",
     "Where the map goes; FILE.blockmap without it."},
    {"append", 0, OPTS_FLAG, offsetof(struct blockmap_opts, append), NULL,
     "Append the map to FILE, as AppImages carry it; with --output to a copy."},
    {"plain", 0, OPTS_FLAG, offsetof(struct blockmap_opts, plain), NULL,
     "Write the JSON itself, not compressed."},
    {0},
};

/* OUT as an outfile in its folder. */
static int open_out(struct outfile *f, const char *path, struct arena *mem, struct err *e) {
    struct str s = str_of(path);
    size_t slash = str_rfind(s, '/');
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;

    if (slash == s.n)
        return outfile_open(f, FSYS_HERE, path, e);
    if (fsys_dir_open(&dir, FSYS_HERE, str_z(mem, str_cut(s, 0, slash ? slash : 1)), e))
        return (int)e->code;
    return outfile_open(f, dir.fd, path + slash + 1, e);
}

/* A new file takes FILE's place: its bytes and the trailer, whole or not at all. */
static int write_out(struct cmd_run *run, const struct blockmap_opts *o, struct infile *in,
                     struct str bytes, const char *path, struct err *e) {
    AUTO(outfile) out = OUTFILE_NONE;
    struct fsys_stat st;

    if (open_out(&out, path, run->mem, e))
        return (int)e->code;
    if (o->append &&
        (fsys_stat(FSYS_HERE, run->args[0], &st, e) ||
         outfile_append_from(&out, in->fd, 0, in->size, e) || outfile_mode(&out, st.mode, e)))
        return (int)e->code;
    if (outfile_append(&out, bytes.p, bytes.n, e) || infile_check_unchanged(in, e))
        return (int)e->code;
    return outfile_commit(&out, e);
}

static void print_facts(struct cmd_run *run, uint64_t size, const struct digest_set *sums,
                        size_t map, const char *path) {
    struct value *v = value_new(run->mem, VALUE_MAP);
    AUTO(buf) out = BUF_NONE;

    value_set(run->mem, v, "size", value_int(run->mem, (int64_t)size));
    value_set(run->mem, v, "sha512",
              value_str(run->mem, digest_base64(run->mem, sums->sha512, sizeof sums->sha512)));
    value_set(run->mem, v, "blockMapSize", value_int(run->mem, (int64_t)map));
    value_set(run->mem, v, "output", value_str(run->mem, str_of(path)));
    buf_init(&out, 1 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

/* The whole file with its trailer is what updaters compare: its digest is made of that. */
static int digest_whole(const char *path, unsigned jobs, uint64_t *size, struct digest_set *sums,
                        struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    if (infile_open(&in, FSYS_HERE, path, e))
        return (int)e->code;
    *size = in.size;
    return digest_infile(&in, 0, in.size, DIGEST_SHA512, jobs, sums, e);
}

static int blockmap_run(struct cmd_run *run, struct err *e) {
    const struct blockmap_opts *o = run->opts;
    unsigned jobs = run->common->jobs ? run->common->jobs : thread_cores();
    AUTO(infile) in = INFILE_NONE;
    AUTO(buf) json = BUF_NONE;
    AUTO(buf) packed = BUF_NONE;
    struct digest_set sums = {0};
    const char *path;
    uint64_t size;

    if (run->n_args != 1)
        return err_set(e, E_USAGE, "blockmap takes one FILE");
    path = o->out      ? o->out
           : o->append ? run->args[0]
                       : arena_fmt(run->mem, "%s.blockmap", run->args[0]);
    buf_init(&json, BLOCKMAP_MAX);
    buf_init(&packed, BLOCKMAP_MAX);
    if (infile_open(&in, FSYS_HERE, run->args[0], e) ||
        blockmap_infile(&in, 0, in.size,
                        run->common->json && !o->append ? (unsigned)DIGEST_SHA512 : 0, jobs, &sums,
                        &json, e))
        return (int)e->code;
    if (o->append ? blockmap_trailer(buf_get(&json), &packed, e)
                  : !o->plain && blockmap_gzip(buf_get(&json), &packed, e))
        return (int)e->code;
    size = in.size;
    if (run->common->dry_run)
        return OK;
    if (write_out(run, o, &in, o->plain && !o->append ? buf_get(&json) : buf_get(&packed), path, e))
        return (int)e->code;
    if (run->common->json && o->append && digest_whole(path, jobs, &size, &sums, e))
        return (int)e->code;
    if (run->common->json)
        print_facts(run, size, &sums, o->append ? packed.n - 4 : packed.n, path);
    return OK;
}

const struct cmd cmd_blockmap = {
    .name = "blockmap",
    .args = "FILE",
    .summary = "Write the block map of a file, as electron-updater reads it.",
    .text = "Cuts FILE into chunks by its content and writes their digests, the same as "
            "electron-builder does: updaters compare the maps of two versions and download only "
            "the chunks that they lack. --json prints size, sha512 and blockMapSize as "
            "latest-linux.yml wants them.",
    .opts = blockmap_rows,
    .opts_size = sizeof(struct blockmap_opts),
    .run = blockmap_run,
};
