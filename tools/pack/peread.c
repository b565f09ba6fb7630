/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/peread.h"

#include "container/pe_facts.h"
#include "crypto/digest.h"
#include "pack/tell.h"

#include <string.h>

enum { NATIVE = 1 };

static void tell_version(struct arena *mem, struct value *facts, const char *key,
                         const uint16_t v[4]) {
    tell_text(mem, facts, key,
              str_fmt(mem, "%u.%u.%u.%u", (unsigned)v[0], (unsigned)v[1], (unsigned)v[2],
                      (unsigned)v[3]));
}

static void tell_strings(struct arena *mem, struct value *facts, const struct pe_facts *f) {
    struct value *all = value_new(mem, VALUE_MAP);

    if (f->has_fixed) {
        tell_version(mem, facts, "File-Version", f->file);
        tell_version(mem, facts, "Product-Version", f->product);
    }
    for (size_t i = 0; i < f->n_strings; i++)
        value_set(mem, all, str_z(mem, f->string[i].key), value_str(mem, f->string[i].value));
    if (all->n)
        value_set(mem, facts, "Version-Information", all);
}

static void tell_icons(struct arena *mem, struct value *facts, const struct pe_facts *f) {
    for (size_t i = 0; i < f->n_icons; i++)
        tell_item(mem, facts, "Icon",
                  str_fmt(mem, "%ux%u, %u bits", f->icon[i].width, f->icon[i].height,
                          f->icon[i].bits));
}

/* --- manifest --------------------------------------------------------------------------------- */

static size_t find(struct str s, const char *z) {
    size_t n = strlen(z);

    for (size_t i = 0; i + n <= s.n; i++)
        if (!memcmp(s.p + i, z, n))
            return i;
    return s.n;
}

/* The value of an attribute of the first element of that name. */
static struct str attribute(struct str xml, const char *element, const char *name) {
    struct str tag = str_cut(xml, find(xml, element), xml.n);
    size_t at;

    tag = str_cut(tag, 0, str_find(tag, '>'));
    at = find(tag, name);
    if (at == tag.n)
        return (struct str){0};
    tag = str_trim(str_cut(tag, at + strlen(name), tag.n));
    if (!str_starts(tag, "="))
        return (struct str){0};
    tag = str_trim(str_cut(tag, 1, tag.n));
    if (tag.n < 2)
        return (struct str){0};
    return str_cut(tag, 1, 1 + str_find(str_cut(tag, 1, tag.n), tag.p[0]));
}

/* The text of the first element of that name. */
static struct str content(struct str xml, const char *element) {
    struct str rest = str_cut(xml, find(xml, element), xml.n);
    size_t open = str_find(rest, '>');

    if (open == rest.n || (open && rest.p[open - 1] == '/'))
        return (struct str){0};
    rest = str_cut(rest, open + 1, rest.n);
    return str_trim(str_cut(rest, 0, str_find(rest, '<')));
}

static void tell_manifest(struct arena *mem, struct value *facts, struct str xml) {
    struct str aware = content(xml, "dpiAwareness>"), old = content(xml, "dpiAware>");

    tell_text(mem, facts, "Manifest", xml.n ? STR("present") : STR("none"));
    if (!xml.n)
        return;
    if (!aware.n)
        aware = content(xml, "dpiAwareness ");
    if (!old.n)
        old = content(xml, "dpiAware ");
    tell_text(mem, facts, "Execution-Level", attribute(xml, "requestedExecutionLevel", "level"));
    tell_text(mem, facts, "UI-Access", attribute(xml, "requestedExecutionLevel", "uiAccess"));
    tell_text(mem, facts, "DPI-Awareness", aware.n ? aware : old);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* What a signature would cover, and the sum of the headers, from one read. */
static int tell_sums(const struct pe *p, struct arena *mem, struct value *facts, struct err *e) {
    AUTO(arena) scratch = {0};
    struct digest_set set;
    struct digest *d;
    struct sink to;
    uint64_t sum;
    uint32_t want;
    char *certs = arena_alloc(&scratch, p->certs_size <= PE_CERTS_MAX ? (size_t)p->certs_size : 0);
    int rc;

    if (p->certs_size > PE_CERTS_MAX)
        return OK;
    if ((p->certs_size && infile_read(p->file, p->certs_at, certs, (size_t)p->certs_size, e)) ||
        digest_new(&d, DIGEST_SHA256, e))
        return (int)e->code;
    digest_sink(&to, d);
    rc = pe_digested(p, &to, &sum, e);
    if (rc) {
        digest_free(d);
        return rc;
    }
    if (digest_end(d, &set, e))
        return (int)e->code;
    want = pe_checksum(p, sum, (struct str){certs, (size_t)p->certs_size});
    tell_text(mem, facts, "Authenticode-SHA-256", digest_hex(mem, set.sha256, sizeof set.sha256));
    tell_text(mem, facts, "Checksum",
              !p->checksum ? STR("none")
              : p->checksum == want
                  ? STR("right")
                  : str_fmt(mem, "%08x, it should be %08x", (unsigned)p->checksum, (unsigned)want));
    return OK;
}

static int tell_all(struct infile *in, bool kind, struct arena *mem, struct value *facts,
                    struct err *e) {
    const char *machine, *subsystem;
    struct pe_facts f;
    struct pe p;

    if (pe_open(&p, in, mem, e) || pe_facts_read(&p, mem, &f, e))
        return (int)e->code;
    if (kind)
        tell_text(mem, facts, "Kind",
                  p.dll                   ? STR("library")
                  : f.subsystem == NATIVE ? STR("driver")
                                          : STR("program"));
    machine = pe_machine_name(p.machine);
    subsystem = pe_facts_subsystem(f.subsystem);
    tell_text(mem, facts, "Architecture",
              machine ? str_of(machine) : str_fmt(mem, "0x%04x", (unsigned)p.machine));
    tell_text(mem, facts, "Subsystem",
              subsystem ? str_of(subsystem) : str_fmt(mem, "%u", (unsigned)f.subsystem));
    if (f.managed)
        tell_text(mem, facts, "Code", STR(".NET"));
    tell_strings(mem, facts, &f);
    tell_icons(mem, facts, &f);
    if (!f.damage) /* else nobody knows of one */
        tell_manifest(mem, facts, f.manifest);
    if (f.damage) {
        struct str why = str_of(f.damage);

        tell_text(mem, facts, "Resources",
                  str_starts(why, in->name) ? str_cut(why, str_of(in->name).n + 2, why.n) : why);
    }
    if (pe_body(&p) > p.end)
        tell_text(mem, facts, "Overlay",
                  str_fmt(mem, "%llu bytes behind the sections",
                          (unsigned long long)(pe_body(&p) - p.end)));
    return tell_sums(&p, mem, facts, e);
}

int peread_facts(struct infile *in, struct arena *mem, struct value *facts, struct err *e) {
    return tell_all(in, false, mem, facts, e);
}

static int list(struct infile *in, struct arena *mem, struct tree *found, struct value *facts,
                struct err *e) {
    (void)found;
    return tell_all(in, true, mem, facts, e);
}

const struct packager peread_format = {
    .name = "pe",
    .suffix = ".exe",
    .list = list,
    .sniff = pe_sniff,
};
