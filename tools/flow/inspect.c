/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/inspect.h"

#include "flow/registry.h"

enum { HEAD = 1024 };

/* By the first bytes; where several formats share them (tar.gz and any gzip), the name decides. */
static const struct packager *find_packager(const char *path, const void *head, size_t n) {
    const struct packager *found = NULL;

    for (const struct packager *const *p = registry_packagers(); *p; p++) {
        if (!(*p)->sniff || !(*p)->sniff(head, n))
            continue;
        if (!found || str_ends(str_of(path), (*p)->suffix))
            found = *p;
    }
    return found;
}

int inspect_infile(struct infile *in, const char *path, struct arena *mem, struct inspect *out,
                   struct err *e) {
    unsigned char head[HEAD];
    const struct packager *p;
    size_t n;

    *out = (struct inspect){.files = {.mem = mem}, .facts = value_new(mem, VALUE_MAP)};
    if (infile_read_some(in, 0, head, sizeof head, &n, e))
        return (int)e->code;
    p = find_packager(path, head, n);
    if (!p)
        return err_set(e, E_INPUT, "%s: no format that slipway reads", path);
    out->format = p->name;
    out->size = in->size;
    if (digest_infile(in, 0, in->size, DIGEST_SHA256, 1, &out->digests, e))
        return (int)e->code;
    if (p->list(in, mem, &out->files, out->facts, e))
        return err_in(e, "%s", path);
    return OK;
}

int inspect_file(const char *path, struct arena *mem, struct inspect *out, struct err *e) {
    AUTO(infile) in = INFILE_NONE;

    *out = (struct inspect){.files = {.mem = mem}};
    if (infile_open(&in, FSYS_HERE, path, e))
        return (int)e->code;
    return inspect_infile(&in, path, mem, out, e);
}
