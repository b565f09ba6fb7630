/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify_map.h"

#include "feed/mapread.h"
#include "flow/registry.h"

/* A signature that covers the map is written after it, into the program at the file's beginning:
 * the map tells what was reserved there. */
static uint64_t checked_from(const struct artifact *a) {
    enum { SIGNED_HEAD = 1024 * 1024 };
    const struct packager *p = registry_packager(a->format);

    return a->signer.n && p && p->reserve ? SIGNED_HEAD : 0;
}

static int check_inside(const struct artifact *a, struct infile *in, struct arena *mem,
                        struct err *e) {
    struct mapread m;
    uint64_t inside;

    if (mapread_inside(in, mem, &m, e))
        return (int)e->code;
    inside = in->size - m.size - 4;
    if (inside != a->blockmap_size)
        return err_set(e, E_WRONG, "%s: its block map has %llu bytes, the ledger says %llu",
                       in->name, (unsigned long long)inside, (unsigned long long)a->blockmap_size);
    return mapread_check(&m, in, checked_from(a), e);
}

static int check_beside(const struct place *place, const struct artifact *map, struct infile *in,
                        struct arena *mem, struct err *e) {
    const char *name = str_z(mem, map->name);
    struct mapread m;
    struct str bytes;

    if (place->read(place->self, name, MAPREAD_TEXT_MAX, mem, &bytes, e) || !bytes.p)
        return (int)e->code; /* that it is not there is said where files are looked for */
    if (mapread_gzip(bytes, name, mem, &m, e))
        return (int)e->code;
    if (m.size != in->size)
        return err_set(e, E_WRONG, "%s: its block map is of %llu bytes, it has %llu", in->name,
                       (unsigned long long)m.size, (unsigned long long)in->size);
    return mapread_check(&m, in, 0, e);
}

/* What is wrong with the map is a finding, what is wrong with this machine is not. */
static int found(const struct err *why, struct report *bad, struct err *e) {
    if (why->code == E_WRONG || why->code == E_INPUT) {
        report_err(bad, why);
        return OK;
    }
    *e = *why;
    return (int)e->code;
}

int verify_maps(const struct place *place, const struct release *r, const struct artifact *a,
                struct infile *in, struct report *bad, struct arena *mem, struct err *e) {
    struct err why = {0};

    if (a->blockmap_size && check_inside(a, in, mem, &why) && found(&why, bad, e))
        return (int)e->code;
    for (size_t i = 0; i < r->n; i++) {
        const struct artifact *map = &r->v[i];

        why = (struct err){0};
        if (map->role == ROLE_BLOCKMAP && str_is(map->format, "blockmap") &&
            str_eq(map->parent, a->name) && check_beside(place, map, in, mem, &why) &&
            found(&why, bad, e))
            return (int)e->code;
    }
    return OK;
}
