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
static const struct cab_entry *entries(const struct msibuild *b, size_t first, size_t end) {
    struct cab_entry *v = arena_array(b->mem, end - first + 1, sizeof *v);

    for (size_t i = first; i < end; i++)
        v[i - first] = (struct cab_entry){
            .name = b->file_id[i],
            .size = b->file[i]->size,
            .mtime = b->j->recipe->time,
            .attributes = CAB_ARCHIVE,
        };
    return v;
}

static int write_cabinet(struct files *f, const struct msibuild *b, size_t first, size_t end,
                         const struct cab_out *out, struct err *e) {
    const struct cab_opts o = opts(b->j);
    const struct cab_files files = {
        .v = entries(b, first, end), .n = end - first, .put = put, .self = f};

    if (payload_plan(&f->payload, f->v, end - first, e))
        return (int)e->code;
    return cab_write(out, &o, &files, e);
}

int msicab_put(struct msibuild *b, size_t first, size_t end, struct cfb *cfb, struct str name,
               struct err *e) {
    struct files f = {.v = b->file + first};
    struct sink s = SINK_NONE;
    struct cab_out out;
    struct err why = {0};
    int rc;

    if (cfb_stream(cfb, 0, name, &s, e))
        return (int)e->code;
    out = cab_to_cfb(&s, cfb);
    payload_init(&f.payload, b->j, DIGEST_MD5 | b->j->digests);
    rc = payload_end(&f.payload, write_cabinet(&f, b, first, end, &out, e), e);
    if (sink_close(&s, &why) && !rc) {
        *e = why;
        rc = (int)why.code;
    }
    return rc;
}
