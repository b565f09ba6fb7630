/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/cabread.h"

#include "base/mem.h"
#include "container/cab.h"
#include "pack/tell.h"

enum { BLOCK = 65536, QUANTUM = 2 };

struct reading {
    struct arena *mem;
    struct tree *found;
    char *block;
    size_t read, unread;
};

static int see(void *self, const struct cab_entry *x, struct source *data, struct err *e) {
    struct reading *r = self;
    struct tree_entry *t;

    if (tree_path_ok(x->name, e)) {
        e->code = E_INPUT;
        return (int)e->code;
    }
    t = tree_add(r->found);
    t->path = str_dup(r->mem, x->name);
    t->mode = x->attributes & CAB_EXEC ? 0755 : x->attributes & CAB_READONLY ? 0444 : 0644;
    t->size = x->size;
    r->unread += !data;
    if (!data)
        return OK;
    r->read++;
    while (source_get(data, r->block, BLOCK) > 0)
        ;
    return source_close(data, e);
}

static struct str method(const struct cab_folder *f, struct arena *mem) {
    static const char *const names[] = {"stored", "MSZIP", "Quantum", "LZX"};

    if (f->method >= COUNT(names))
        return str_fmt(mem, "method %u", f->method);
    return f->method < QUANTUM ? str_of(names[f->method])
                               : str_fmt(mem, "%s:%u", names[f->method], f->window);
}

/* Runs of folders of one method. */
static void tell_folders(const struct cab_about *a, struct arena *mem, struct value *facts) {
    for (size_t i = 0, next; i < a->n_folders; i = next) {
        struct str text = method(&a->folder[i], mem);
        size_t blocks = 0;

        for (next = i; next < a->n_folders && a->folder[next].method == a->folder[i].method &&
                       a->folder[next].window == a->folder[i].window;
             next++)
            blocks += a->folder[next].blocks;
        tell_item(
            mem, facts, "Folder",
            next - i == 1
                ? str_fmt(mem, STR_F ", %zu block%s", STR_A(text), blocks, blocks == 1 ? "" : "s")
                : str_fmt(mem, STR_F ", %zu folders, %zu blocks", STR_A(text), next - i, blocks));
    }
}

static void tell_all(const struct cab_about *a, const struct reading *r, struct value *facts) {
    tell_folders(a, r->mem, facts);
    tell_number(r->mem, facts, "Files", (int64_t)a->n_files);
    if (a->before.n || a->after.n)
        tell_text(r->mem, facts, "Set",
                  str_fmt(r->mem, "%u, number %u of it", a->set, a->number + 1));
    tell_text(r->mem, facts, "Previous", a->before);
    tell_text(r->mem, facts, "Next", a->after);
}

static int list(struct infile *f, struct arena *mem, struct tree *found, struct value *facts,
                struct err *e) {
    struct reading r = {.mem = mem, .found = found, .block = mem_alloc(BLOCK)};
    struct cab_in in = cab_from_infile(f);
    struct cab_about about;
    int rc;

    in.any = true;
    rc = cab_about(&in, mem, &about, e);
    if (!rc)
        rc = cab_read(&in, see, &r, e);
    mem_free(r.block);
    if (rc)
        return rc;
    if (tree_finish(found, false, e))
        return (int)(e->code = E_INPUT);
    tell_all(&about, &r, facts);
    if (r.read)
        tell_item(mem, facts, TELL_CHECKED,
                  str_fmt(mem, "the sums of %zu of %zu files", r.read, about.n_files));
    if (r.unread)
        tell_item(mem, facts, TELL_UNCHECKED,
                  str_fmt(mem, "%zu of %zu files: packed by Quantum, or partly in other cabinets",
                          r.unread, about.n_files));
    return OK;
}

const struct packager cabread_format = {
    .name = "cab",
    .suffix = ".cab",
    .list = list,
    .sniff = cab_sniff,
};
