/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/msicab.h"

#include "container/cab.h"
#include "crypto/digest.h"
#include "pack/payload.h"

struct files { /* of one cabinet */
    const struct tree_entry **v;
    struct payload payload;
};

static int put(void *self, size_t i, struct sink *s, struct err *e) {
    struct files *f = self;

    return payload_put(&f->payload, f->v[i], s, e);
}

static struct cab_opts opts(const struct pack_job *j) {
    struct str word = value_text(j->section, "compression");

    return (struct cab_opts){
        .method = str_is(word, "none")  ? CAB_STORE
                  : str_is(word, "lzx") ? CAB_LZX
                                        : CAB_MSZIP,
        .jobs = j->jobs,
    };
}

/* The installer looks for members by the keys of table File. */
static const struct cab_entry *entries(const struct msibuild *b, struct arena *mem) {
    struct cab_entry *v = arena_array(mem, b->n_files + 1, sizeof *v);

    for (size_t i = 0; i < b->n_files; i++)
        v[i] = (struct cab_entry){
            .name = b->file_id[i],
            .size = b->file[i]->size,
            .mtime = b->j->recipe->time,
            .attributes = CAB_ARCHIVE,
        };
    return v;
}

static int write_cabinet(struct files *f, const struct cab_entry *v, size_t n,
                         const struct cab_opts *o, const struct cab_out *out, struct err *e) {
    const struct cab_files files = {.v = v, .n = n, .put = put, .self = f};

    if (payload_plan(&f->payload, f->v, n, e))
        return (int)e->code;
    return cab_write(out, o, &files, e);
}

/* One that holds n files from number `first` on. */
static int put_one(struct msibuild *b, struct cfb *cfb, struct str name, const struct cab_entry *v,
                   size_t first, size_t n, const struct cab_opts *o, struct err *e) {
    struct files f = {.v = b->file + first};
    struct sink s = SINK_NONE;
    struct cab_out out;
    struct err why = {0};
    int rc;

    if (cfb_stream(cfb, 0, msidb_stream_name(b->mem, name, false), &s, e))
        return (int)e->code;
    out = cab_to_cfb(&s, cfb);
    payload_init(&f.payload, b->j, DIGEST_MD5 | b->j->digests);
    rc = payload_end(&f.payload, write_cabinet(&f, v + first, n, o, &out, e), e);
    if (sink_close(&s, &why) && !rc) {
        *e = why;
        rc = (int)why.code;
    }
    return rc;
}

static int put_all(struct msibuild *b, struct cfb *cfb, const struct cab_entry *v, struct err *e) {
    const struct cab_opts o = opts(b->j);
    size_t done = 0, take = 0;

    for (int disk = 1; done < b->n_files; disk++, done += take) {
        struct str name = str_fmt(b->mem, "app%d.cab", disk);

        if (cab_cut(v + done, b->n_files - done, &o, 0, &take, e) ||
            put_one(b, cfb, name, v, done, take, &o, e))
            return (int)e->code;
        msidb_put(&b->db, msibuild_table(b, "Media"), "ii-S", disk, (int)(done + take),
                  str_fmt(b->mem, "#" STR_F, STR_A(name)));
    }
    return OK;
}

int msicab_put(struct msibuild *b, struct cfb *cfb, struct err *e) {
    AUTO(arena) mem = {0};

    return put_all(b, cfb, entries(b, &mem), e);
}
