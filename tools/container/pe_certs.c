/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "container/pe.h"

enum { BLOCK = 512 * 1024, CERT_HEAD = 8 };

uint64_t pe_body(const struct pe *p) {
    return p->certs_size ? p->certs_at : p->file->size;
}

static uint32_t security_at(const struct pe *p) {
    return p->dirs_at + 8 * PE_DIR_SECURITY;
}

/* The sum of words with the carries put back in, which is the sum modulo 65535: larger words have
 * the same, and the carries can wait. */
static uint64_t add_words(uint64_t sum, const unsigned char *p, size_t n) {
    size_t i = 0;

    for (; n - i >= 4; i += 4)
        sum += bytes_le32(p + i);
    for (size_t shift = 0; i < n; i++, shift += 8)
        sum += (uint64_t)p[i] << shift;
    return sum;
}

/* Zeros over what neither digest nor checksum cover, in the block that begins at `at`. */
static void blank(unsigned char *block, uint64_t at, size_t n, uint32_t from, uint32_t bytes) {
    for (uint32_t i = from; i < from + bytes; i++)
        if (i >= at && i - at < n)
            block[i - at] = 0;
}

/* Puts the parts of a block that are not left out. */
static void put_parts(const struct pe *p, struct sink *to, const unsigned char *block, uint64_t at,
                      size_t n) {
    const uint64_t gap[][2] = {{p->checksum_at, p->checksum_at + 4},
                               {security_at(p), security_at(p) + 8}};
    uint64_t from = at, end = at + n;

    for (size_t i = 0; i < COUNT(gap); i++) {
        if (gap[i][1] <= from || gap[i][0] >= end)
            continue;
        if (gap[i][0] > from)
            sink_put(to, block + (from - at), (size_t)(gap[i][0] - from));
        from = gap[i][1];
    }
    if (from < end)
        sink_put(to, block + (from - at), (size_t)(end - from));
}

int pe_digested(const struct pe *p, struct sink *to, uint64_t *sum, struct err *e) {
    unsigned char *block = mem_alloc(BLOCK);
    uint64_t end = pe_body(p);
    int rc = OK;

    *sum = 0;
    if (p->n_dirs <= PE_DIR_SECURITY) {
        mem_free(block);
        return err_set(e, E_INPUT, "%s: its headers have no room for a signature", p->file->name);
    }
    infile_ahead(p->file, 0, end);
    for (uint64_t at = 0; !rc && at < end;) {
        size_t n = end - at < BLOCK ? (size_t)(end - at) : BLOCK;

        rc = infile_read(p->file, at, block, n, e);
        if (rc)
            break;
        put_parts(p, to, block, at, n);
        blank(block, at, n, p->checksum_at, 4);
        blank(block, at, n, security_at(p), 8);
        *sum = add_words(*sum, block, n);
        at += n;
    }
    mem_free(block);
    sink_zero(to, (PE_ALIGN - end % PE_ALIGN) % PE_ALIGN);
    if (!rc && to->err.code) {
        *e = to->err;
        rc = (int)e->code;
    }
    return rc;
}

uint32_t pe_checksum(const struct pe *p, uint64_t sum, struct str certs) {
    uint64_t size = pe_body(p);

    if (certs.n) {
        size += (PE_ALIGN - size % PE_ALIGN) % PE_ALIGN;
        sum += size + certs.n; /* the security directory */
        sum = add_words(sum, (const unsigned char *)certs.p, certs.n);
        size += certs.n;
    }
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)(sum + size);
}

int pe_certs(const struct pe *p, struct arena *mem, struct pe_cert **v, size_t *n, struct err *e) {
    size_t size = (size_t)p->certs_size, cap = 0;
    unsigned char *table;

    *v = NULL;
    *n = 0;
    if (!size)
        return OK;
    if (size > PE_CERTS_MAX)
        return err_set(e, E_INPUT, "%s: a certificate table of %zu bytes is too large",
                       p->file->name, size);
    table = arena_alloc(mem, size);
    if (infile_read(p->file, p->certs_at, table, size, e))
        return (int)e->code;
    for (size_t at = 0; size - at >= CERT_HEAD;) {
        uint32_t length = bytes_le32(table + at), step;

        if (length < CERT_HEAD || length > size - at)
            return err_set(e, E_INPUT,
                           "%s: damaged PE file: an entry of its certificate table "
                           "does not fit into it",
                           p->file->name);
        *v = arena_grow(mem, *v, *n, *n + 1, sizeof **v, &cap);
        (*v)[(*n)++] = (struct pe_cert){bytes_le16(table + at + 4),
                                        bytes_le16(table + at + 6),
                                        {(const char *)table + at + CERT_HEAD, length - CERT_HEAD}};
        step = length + (PE_ALIGN - length % PE_ALIGN) % PE_ALIGN;
        at += step < size - at ? step : size - at;
    }
    return OK;
}

static int put_u32(struct outfile *f, uint32_t at, uint32_t v, struct err *e) {
    unsigned char b[4];

    bytes_put_le32(b, v);
    return outfile_pwrite(f, at, b, sizeof b, e);
}

int pe_put_signature(const struct pe *p, struct outfile *f, uint64_t sum, struct str signature,
                     struct err *e) {
    uint64_t body = pe_body(p), at = body + (PE_ALIGN - body % PE_ALIGN) % PE_ALIGN;
    size_t pad = (PE_ALIGN - signature.n % PE_ALIGN) % PE_ALIGN;
    unsigned char head[CERT_HEAD];
    AUTO(buf) certs = BUF_NONE;

    buf_init(&certs, PE_CERTS_MAX);
    if (signature.n) {
        bytes_put_le32(head, (uint32_t)(CERT_HEAD + signature.n + pad));
        bytes_put_le16(head + 4, PE_CERT_REVISION);
        bytes_put_le16(head + 6, PE_CERT_PKCS7);
        buf_put(&certs, head, sizeof head);
        buf_str(&certs, signature);
        buf_zero(&certs, pad);
    } else
        at = body;
    if (buf_check(&certs, "the signature", e))
        return (int)e->code;
    if (at + certs.n > UINT32_MAX)
        return err_set(e, E_INPUT, "%s: too large for a signature", p->file->name);
    if (outfile_truncate(f, at, e) || (certs.n && outfile_pwrite(f, at, certs.p, certs.n, e)) ||
        put_u32(f, security_at(p), certs.n ? (uint32_t)at : 0, e) ||
        put_u32(f, security_at(p) + 4, (uint32_t)certs.n, e))
        return (int)e->code;
    return put_u32(f, p->checksum_at, pe_checksum(p, sum, buf_get(&certs)), e);
}
