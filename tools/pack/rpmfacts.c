/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmfacts.h"

#include "base/cursor.h"
#include "container/rpmtags.h"
#include "crypto/digest.h"
#include "os/clock.h"
#include "pack/rpmdeps.h"

enum { PACKET_SIGNATURE = 2, SUB_ISSUER = 16, SUB_FINGERPRINT = 33 };

static void put(struct arena *mem, struct value *facts, const char *key, struct str s) {
    if (s.n)
        value_set(mem, facts, key, value_str(mem, s));
}

/* "name >= 1.2, name, …" in one line. */
static void put_relations(const struct rpmhdr *h, uint32_t name, uint32_t flags, uint32_t version,
                          const char *key, struct arena *mem, struct value *facts) {
    enum { LINE_MAX_BYTES = 1 << 24, RELATIONS_MAX = 100000 };
    const struct rpmhdr_item *flag = rpmhdr_find(h, flags);
    size_t n, n_version;
    struct str *names, *versions;
    AUTO(buf) b = BUF_NONE;

    buf_init(&b, LINE_MAX_BYTES);
    if (rpmhdr_count(h, name) > RELATIONS_MAX || rpmhdr_count(h, version) > RELATIONS_MAX)
        return;
    names = rpmhdr_texts(h, name, mem, &n);
    versions = rpmhdr_texts(h, version, mem, &n_version);
    for (size_t i = 0; i < n; i++) {
        uint64_t f = rpmhdr_item_number(flag, i, 0);

        if (f & RPMDEPS_RPMLIB)
            continue;
        buf_fmt(&b, "%s" STR_F, b.n ? ", " : "", STR_A(names[i]));
        if (i < n_version && versions[i].n)
            buf_fmt(&b, " %s%s%s " STR_F, f & RPMDEPS_LESS ? "<" : "",
                    f & RPMDEPS_GREATER ? ">" : "", f & RPMDEPS_EQUAL ? "=" : "",
                    STR_A(versions[i]));
    }
    put(mem, facts, key, str_dup(mem, buf_get(&b)));
}

/* The key that a signature names: its fingerprint, or its id where there is no fingerprint. */
static struct str issuer(struct cursor *area, struct arena *mem) {
    struct str id = {0};

    while (cursor_left(area) && !area->bad) {
        size_t n = cursor_u8(area);
        struct cursor sub;
        struct str bytes;
        unsigned type;

        if (n >= 192 && n < 255)
            n = ((n - 192) << 8) + cursor_u8(area) + 192;
        else if (n == 255)
            n = cursor_be32(area);
        bytes = cursor_take(area, n);
        if (!bytes.n)
            break;
        cursor_init(&sub, bytes.p, bytes.n);
        type = cursor_u8(&sub) & 0x7f;
        if (type == SUB_FINGERPRINT && bytes.n > 10)
            return digest_hex(mem, bytes.p + 2, bytes.n - 2);
        if (type == SUB_ISSUER && bytes.n == 9)
            id = digest_hex(mem, bytes.p + 1, 8);
    }
    return id;
}

/* RFC 4880, 5.2: a signature packet of version 3 or 4. */
static struct str describe(struct str sig, struct arena *mem) {
    struct cursor c, hashed, plain;
    unsigned head, algorithm;
    struct str key, area;

    cursor_init(&c, sig.p, sig.n);
    head = cursor_u8(&c);
    if (head & 0x40) { /* new form of lengths */
        unsigned n = cursor_u8(&c);

        cursor_skip(&c, n < 192 ? 0 : n < 224 ? 1 : 4);
    } else {
        cursor_skip(&c, (size_t)1 << (head & 3));
    }
    if ((head & 0x40 ? head & 0x3f : head >> 2 & 15) != PACKET_SIGNATURE)
        return STR("not understood");
    switch (cursor_u8(&c)) {
    case 3:
        cursor_skip(&c, 6); /* length 5, type, time */
        key = cursor_take(&c, 8);
        key = digest_hex(mem, key.p, key.n);
        algorithm = cursor_u8(&c);
        break;
    case 4:
        cursor_skip(&c, 1);
        algorithm = cursor_u8(&c);
        cursor_skip(&c, 1);
        area = cursor_take(&c, cursor_be16(&c));
        cursor_init(&hashed, area.p, area.n);
        area = cursor_take(&c, cursor_be16(&c));
        cursor_init(&plain, area.p, area.n);
        key = issuer(&hashed, mem);
        if (!key.n)
            key = issuer(&plain, mem);
        break;
    default:
        return STR("of a version that is not understood");
    }
    if (c.bad)
        return STR("damaged");
    return str_fmt(mem, "%s, key " STR_F,
                   algorithm == 1    ? "RSA"
                   : algorithm == 17 ? "DSA"
                   : algorithm == 22 ? "EdDSA"
                                     : "OpenPGP",
                   STR_A(key));
}

static void add_signature(const struct rpmhdr *sig, struct arena *mem, struct value *facts) {
    static const uint32_t tags[] = {RPMSIG_RSA, RPMSIG_DSA, RPMSIG_PGP, RPMSIG_GPG};

    for (size_t i = 0; i < COUNT(tags); i++) {
        const struct rpmhdr_item *x = rpmhdr_find(sig, tags[i]);

        if (x && x->kind == RPMHDR_BIN) {
            put(mem, facts, "Signature", describe(x->bytes, mem));
            return;
        }
    }
    put(mem, facts, "Signature", STR("none"));
}

void rpmfacts_add(const struct rpmhdr *sig, const struct rpmhdr *h, struct arena *mem,
                  struct value *facts) {
    static const struct {
        const char *key;
        uint32_t tag;
    } rows[] = {
        {"Name", RPMTAGS_NAME},         {"Version", RPMTAGS_VERSION},
        {"Release", RPMTAGS_RELEASE},   {"Architecture", RPMTAGS_ARCH},
        {"Summary", RPMTAGS_SUMMARY},   {"Group", RPMTAGS_GROUP},
        {"License", RPMTAGS_LICENSE},   {"Vendor", RPMTAGS_VENDOR},
        {"Packager", RPMTAGS_PACKAGER}, {"URL", RPMTAGS_URL},
    };
    uint64_t time = rpmhdr_number(h, RPMTAGS_BUILDTIME, 0, 0);
    uint64_t size = rpmhdr_number(h, RPMTAGS_LONGSIZE, 0, rpmhdr_number(h, RPMTAGS_SIZE, 0, 0));
    struct str codec = rpmhdr_text(h, RPMTAGS_PAYLOADCOMPRESSOR);

    for (size_t i = 0; i < COUNT(rows); i++)
        put(mem, facts, rows[i].key, rpmhdr_text(h, rows[i].tag));
    if (rpmhdr_count(h, RPMTAGS_EPOCH))
        put(mem, facts, "Epoch",
            str_fmt(mem, "%llu", (unsigned long long)rpmhdr_number(h, RPMTAGS_EPOCH, 0, 0)));
    put(mem, facts, "Build-Time", clock_rfc3339(mem, (int64_t)time));
    put(mem, facts, "Installed-Size", str_fmt(mem, "%llu", (unsigned long long)size));
    put_relations(h, RPMTAGS_REQUIRENAME, RPMTAGS_REQUIREFLAGS, RPMTAGS_REQUIREVERSION, "Requires",
                  mem, facts);
    put_relations(h, RPMTAGS_PROVIDENAME, RPMTAGS_PROVIDEFLAGS, RPMTAGS_PROVIDEVERSION, "Provides",
                  mem, facts);
    put_relations(h, RPMTAGS_CONFLICTNAME, RPMTAGS_CONFLICTFLAGS, RPMTAGS_CONFLICTVERSION,
                  "Conflicts", mem, facts);
    put_relations(h, RPMTAGS_OBSOLETENAME, RPMTAGS_OBSOLETEFLAGS, RPMTAGS_OBSOLETEVERSION,
                  "Obsoletes", mem, facts);
    put_relations(h, RPMTAGS_RECOMMENDNAME, RPMTAGS_RECOMMENDNAME + 2, RPMTAGS_RECOMMENDNAME + 1,
                  "Recommends", mem, facts);
    put_relations(h, RPMTAGS_SUGGESTNAME, RPMTAGS_SUGGESTNAME + 2, RPMTAGS_SUGGESTNAME + 1,
                  "Suggests", mem, facts);
    put_relations(h, RPMTAGS_SUPPLEMENTNAME, RPMTAGS_SUPPLEMENTNAME + 2, RPMTAGS_SUPPLEMENTNAME + 1,
                  "Supplements", mem, facts);
    put_relations(h, RPMTAGS_ENHANCENAME, RPMTAGS_ENHANCENAME + 2, RPMTAGS_ENHANCENAME + 1,
                  "Enhances", mem, facts);
    put(mem, facts, "Description", rpmhdr_text(h, RPMTAGS_DESCRIPTION));
    put(mem, facts, "Compression", codec.n ? codec : STR("none"));
    add_signature(sig, mem, facts);
}
