/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"
#include "os/infile.h"

/* Executables of Windows (PE32 and PE32+): what signing them and setting their resources needs. */
enum { PE_I386 = 0x14c, PE_ARM = 0x1c4, PE_AMD64 = 0x8664, PE_ARM64 = 0xaa64 };
enum {
    PE_DIR_RESOURCE = 2,
    PE_DIR_SECURITY = 4,
    PE_DIR_RELOCATIONS = 5,
    PE_DIR_DEBUG = 6,
    PE_DIRS = 16
};
enum { PE_SECTION_HEAD = 40, PE_CERTS_MAX = 16 * 1024 * 1024, PE_ALIGN = 8 };

struct pe_section {
    char name[9];
    uint32_t head; /* where its header is in the file */
    uint32_t rva, virtual_size, at, size, flags;
};

struct pe_dir { /* a data directory: an address in memory, of the security directory in the file */
    uint32_t rva, size;
};

struct pe {
    struct infile *file;
    uint16_t machine;
    bool plus, dll;
    uint32_t coff, optional; /* where the headers begin */
    uint32_t checksum_at, dirs_at, n_dirs;
    uint32_t checksum, section_align, file_align, headers_size, image_size, symbols_at;
    struct pe_dir dir[PE_DIRS];
    struct pe_section *section;
    size_t n_sections;
    uint64_t end; /* of headers and sections; what is behind is the overlay */
    /* The certificate table, 0: unsigned. It is what the file ends with. */
    uint64_t certs_at, certs_size;
};

bool pe_sniff(const void *head, size_t n);
const char *pe_machine_name(uint16_t machine); /* "x86_64"; NULL for others */

/* E_INPUT with the reason when it is not one or is damaged. The infile has to stay open. */
int pe_open(struct pe *p, struct infile *f, struct arena *mem, struct err *e) MUST_USE;

/* The bytes without the signature: up to the certificate table, or all. */
uint64_t pe_body(const struct pe *p);

/* Puts what the Authenticode digest covers into `to`: the body without checksum and security
 * directory, with zeros to a multiple of 8. *sum gets what pe_checksum wants of the same bytes. */
int pe_digested(const struct pe *p, struct sink *to, uint64_t *sum, struct err *e) MUST_USE;

/* The checksum of the headers from pe_digested's sum, for a file of the body, the zeros and a
 * certificate table `certs` (whole; empty: none, and no zeros either). */
uint32_t pe_checksum(const struct pe *p, uint64_t sum, struct str certs);

struct pe_cert { /* an entry of the certificate table */
    uint16_t revision, type;
    struct str bytes; /* with the zeros behind a signature's end */
};
enum { PE_CERT_REVISION = 0x200, PE_CERT_PKCS7 = 2 };
int pe_certs(const struct pe *p, struct arena *mem, struct pe_cert **v, size_t *n,
             struct err *e) MUST_USE;

/* Puts a signature into the file that `p` was read from, in the place of all that are there: the
 * table, the security directory and the checksum. Empty: takes them away. `p` has to be opened
 * anew after it. */
int pe_put_signature(const struct pe *p, struct outfile *f, uint64_t sum, struct str signature,
                     struct err *e) MUST_USE;
