/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/inspect.h"

#include "flow/registry.h"
#include "flow/verify_inside.h"
#include "pack/cabread.h"
#include "pack/msipatch.h"
#include "pack/peread.h"

enum { HEAD = 1024 };

/* What is read and never made. */
static const struct packager *const others[] = {&cabread_format, &msipatch_format,
                                                &msipatch_transform_format, &peread_format, NULL};

struct seeking {
    struct infile *in;
    const char *path;
    unsigned char head[HEAD];
    size_t n;
    const struct packager *found;
};

/* By the bytes; where several formats share them (tar.gz and any gzip), the name decides. */
static int seek(struct seeking *s, const struct packager *const *formats, struct err *e) {
    for (const struct packager *const *p = formats; *p; p++) {
        bool is = (*p)->sniff && (*p)->sniff(s->head, s->n);

        if (is && (*p)->probe && (*p)->probe(s->in, &is, e))
            return (int)e->code;
        if (is && (!s->found || str_ends(str_of(s->path), (*p)->suffix)))
            s->found = *p;
    }
    return OK;
}

int inspect_infile(struct infile *in, const char *path, struct arena *mem, struct inspect *out,
                   struct err *e) {
    struct seeking s = {.in = in, .path = path};

    *out = (struct inspect){.files = {.mem = mem}, .facts = value_new(mem, VALUE_MAP)};
    if (infile_read_some(in, 0, s.head, sizeof s.head, &s.n, e) ||
        seek(&s, registry_packagers(), e) || (!s.found && seek(&s, others, e)))
        return (int)e->code;
    if (!s.found)
        return err_set(e, E_INPUT, "%s: no format that slipway reads", path);
    out->format = s.found->name;
    out->size = in->size;
    if (digest_infile(in, 0, in->size, DIGEST_SHA256, 1, &out->digests, e))
        return (int)e->code;
    if (s.found->list(in, mem, &out->files, out->facts, e))
        return str_starts(str_of(e->msg), in->name) ? (int)e->code : err_in(e, "%s", path);
    return OK;
}

int inspect_file(const char *path, struct arena *mem, struct inspect *out, struct report *bad,
                 struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    *out = (struct inspect){.files = {.mem = mem}};
    if (infile_open(&in, FSYS_HERE, path, e))
        return (int)e->code;
    if (inspect_infile(&in, path, mem, out, e)) {
        struct err why = {0};

        if (out->format &&
            verify_inside(&in, NULL, (struct str){0}, mem, &out->signatures, bad, &why))
            out->signatures = NULL;
        return (int)e->code;
    }
    return verify_inside(&in, NULL, (struct str){0}, mem, &out->signatures, bad, e);
}
