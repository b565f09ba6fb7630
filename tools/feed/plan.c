/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/plan.h"

#include "base/map.h"

#include <inttypes.h>
#include <stdio.h>

enum { BATCH = 1000 };

struct step { /* bytes that lie together, in the old file or in the new one */
    bool fetch;
    uint64_t from, end;
};

struct planning {
    struct plan out;
    size_t steps;
    size_t ranges, header; /* of the batch that is being filled */
};

static struct str key(const struct mapread_chunk *c) {
    return (struct str){(const char *)c->sum, sizeof c->sum};
}

static void end_batch(struct planning *p) {
    p->out.requests += p->ranges > 0;
    if (p->header > p->out.header)
        p->out.header = p->header;
    p->ranges = 0;
    p->header = 0;
}

static void end_step(struct planning *p, const struct step *s) {
    char range[64];

    if (s->end == s->from)
        return;
    if (s->fetch) {
        p->header += (size_t)snprintf(range, sizeof range, "%s%" PRIu64 "-%" PRIu64,
                                      p->ranges ? ", " : "bytes=", s->from, s->end - 1);
        p->out.fetched += s->end - s->from;
        p->out.ranges++;
        p->ranges++;
    } else {
        p->out.copied += s->end - s->from;
    }
    if (++p->steps % BATCH == 0)
        end_batch(p);
}

/* The first of equal chunks counts, and one whose size differs is as good as none: both as the
 * client has it. */
struct plan plan_make(const struct mapread *old, const struct mapread *now, struct arena *mem) {
    struct map have = {.mem = mem};
    struct planning p = {0};
    struct step s = {0};

    for (size_t i = 0; i < old->n; i++)
        map_put(&have, key(&old->v[i]), &old->v[i]);
    for (size_t i = 0; i < now->n; i++) {
        const struct mapread_chunk *c = &now->v[i], *o = map_get(&have, key(c));
        bool fetch = !o || o->size != c->size;
        uint64_t from = fetch ? c->at : o->at;

        if (s.fetch != fetch || s.end != from) {
            end_step(&p, &s);
            s = (struct step){fetch, from, from};
        }
        s.end += c->size;
    }
    end_step(&p, &s);
    end_batch(&p);
    return p.out;
}
