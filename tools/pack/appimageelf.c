/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/appimageelf.h"

#include "base/mem.h"
#include "crypto/digest.h"

#include <string.h>

enum { MAGIC_AT = 8, STRINGS_MAX = 1024 * 1024, PART_MAX = 1024 * 1024, BLOCK = 256 * 1024 };

bool appimageelf_magic(const void *head, size_t n) {
    const char *p = head;

    return elf_magic(head, n) && n > MAGIC_AT + 2 && p[MAGIC_AT] == 'A' && p[MAGIC_AT + 1] == 'I' &&
           (p[MAGIC_AT + 2] == 1 || p[MAGIC_AT + 2] == 2);
}

static int check_head(struct infile *f, struct err *e) {
    char head[MAGIC_AT + 3];

    if (f->size < sizeof head)
        return err_set(e, E_INPUT, "appimage: the file is too short for one");
    if (infile_read(f, 0, head, sizeof head, e))
        return (int)e->code;
    if (!appimageelf_magic(head, sizeof head))
        return err_set(e, E_INPUT, "appimage: does not begin like one");
    if (head[MAGIC_AT + 2] == 1)
        return err_set(e, E_INPUT,
                       "appimage: of type 1, an ISO 9660 image; only type 2 is read here");
    return OK;
}

/* The names of sections, NUL-terminated in any case. */
static int read_strings(struct infile *f, const struct elf_head *h, const struct elf_section *v,
                        struct arena *mem, struct str *text, struct err *e) {
    const struct elf_section *s = &v[h->shstrndx];
    char *p;

    if (h->shstrndx >= h->shnum || s->size > STRINGS_MAX || s->offset > f->size ||
        s->size > f->size - s->offset)
        return err_set(e, E_INPUT, "appimage: the names of its program's sections are not there");
    p = arena_alloc(mem, (size_t)s->size + 1);
    *text = (struct str){p, (size_t)s->size};
    return infile_read(f, s->offset, p, (size_t)s->size, e);
}

static int note(struct appimageelf_part *p, const char *name, const struct elf_section *s,
                uint64_t end, struct err *e) {
    enum { NOBITS = 8 };

    if (p->n || s->type == NOBITS || s->size > PART_MAX || s->offset > end ||
        s->size > end - s->offset)
        return err_set(e, E_INPUT, "appimage: the section %s of its program is damaged", name);
    *p = (struct appimageelf_part){s->offset, s->size};
    return OK;
}

static bool overlap(const struct appimageelf_part *a, const struct appimageelf_part *b) {
    return a->n && b->n && a->at < b->at + b->n && b->at < a->at + a->n;
}

int appimageelf_read(struct infile *f, struct arena *mem, struct appimageelf *x, struct err *e) {
    static const char *const names[] = {".upd_info", ".sha256_sig", ".sig_key"};
    struct appimageelf_part *part[] = {&x->update, &x->signature, &x->key};
    struct elf_section *v;
    struct elf_head h;
    struct str text = {0};

    *x = (struct appimageelf){0};
    if (check_head(f, e) || elf_head(f, &h, e) || elf_sections(f, &h, mem, &v, e))
        return (int)e->code;
    if (!h.shnum)
        return err_set(e, E_INPUT, "appimage: its program has no sections");
    x->machine = h.machine;
    /* As libappimage finds it: behind the table of sections, or the last of them. */
    x->end = h.shoff + h.shnum * (h.is64 ? 64u : 40u);
    if (v[h.shnum - 1].offset < f->size && v[h.shnum - 1].size <= f->size - v[h.shnum - 1].offset &&
        v[h.shnum - 1].offset + v[h.shnum - 1].size > x->end)
        x->end = v[h.shnum - 1].offset + v[h.shnum - 1].size;
    if (read_strings(f, &h, v, mem, &text, e))
        return (int)e->code;
    for (size_t i = 0; i < h.shnum; i++)
        for (size_t k = 0; v[i].name < text.n && k < COUNT(names); k++)
            if (!strcmp(text.p + v[i].name, names[k]) && note(part[k], names[k], &v[i], x->end, e))
                return (int)e->code;
    if (overlap(&x->update, &x->signature) || overlap(&x->update, &x->key) ||
        overlap(&x->signature, &x->key))
        return err_set(e, E_INPUT, "appimage: sections of its program overlap");
    return OK;
}

/* Zeros over what lies of the part in the n bytes that came from `at`. */
static void blank(const struct appimageelf_part *p, uint64_t at, char *block, size_t n) {
    uint64_t from = p->at > at ? p->at : at, to = p->at + p->n;

    if (to > at + n)
        to = at + n;
    if (from < to)
        memset(block + (from - at), 0, (size_t)(to - from));
}

static int sum(struct infile *f, const struct appimageelf *x, struct digest *d, struct err *e) {
    char *block = mem_alloc(BLOCK);
    int rc = OK;

    for (uint64_t at = 0; at < f->size && !rc;) {
        size_t n = f->size - at < BLOCK ? (size_t)(f->size - at) : BLOCK;

        rc = infile_read(f, at, block, n, e);
        if (rc)
            break;
        blank(&x->signature, at, block, n);
        blank(&x->key, at, block, n);
        digest_put(d, block, n);
        at += n;
    }
    mem_free(block);
    return rc;
}

int appimageelf_digest(struct infile *f, const struct appimageelf *x, struct arena *mem,
                       struct str *hex, struct err *e) {
    struct digest_set set;
    struct digest *d;

    if (digest_new(&d, DIGEST_SHA256, e))
        return (int)e->code;
    if (sum(f, x, d, e)) {
        digest_free(d);
        return (int)e->code;
    }
    if (digest_end(d, &set, e))
        return (int)e->code;
    *hex = digest_hex(mem, set.sha256, sizeof set.sha256);
    return OK;
}

int appimageelf_text(struct infile *f, const struct appimageelf_part *p, struct arena *mem,
                     struct str *text, struct err *e) {
    char *bytes = arena_alloc(mem, (size_t)p->n + 1);

    if (p->n && infile_read(f, p->at, bytes, (size_t)p->n, e))
        return (int)e->code;
    *text = str_of(bytes);
    return OK;
}
