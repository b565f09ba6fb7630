/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Runs while slipway is built: finish IN OUT gives the linked runtime the magic bytes of the type 2
 * specification, lets it end with its table of sections at a multiple of 4096 (the image behind it
 * can then be mounted by a loop device too), and checks what an AppImage's tools count on. */
enum { MOST = 1 << 20, PAGE = 4096, HEAD = 64, ROW = 64 };

static size_t number(const unsigned char *p, int n) {
    size_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

static int no(const char *why) {
    fprintf(stderr, "finish: the runtime %s\n", why);
    return 1;
}

static size_t slurp(const char *path, unsigned char *to) {
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(to, 1, MOST, f) : 0;
    if (f)
        fclose(f);
    return n;
}

/* The section's size in the file. */
static size_t section(const unsigned char *p, size_t n, const char *name) {
    size_t at = number(p + 40, 8), count = number(p + 60, 2), names = number(p + 62, 2);
    size_t text = number(p + at + names * ROW + 24, 8), len = strlen(name) + 1;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *r = p + at + i * ROW;
        size_t s = text + number(r, 4);
        if (s + len <= n && !memcmp(p + s, name, len) && number(r + 4, 4) == 1)
            return number(r + 32, 8);
    }
    return 0;
}

static int check(const unsigned char *p, size_t n) {
    static const struct {
        const char *name;
        size_t size;
    } rooms[] = {
        {".upd_info", 1024}, {".sha256_sig", 1024}, {".sig_key", 8192}, {".digest_md5", 16}};
    if (n < HEAD || memcmp(p, "\177ELF\2\1", 6))
        return no("is no 64-bit little-endian ELF program");
    size_t at = number(p + 40, 8), rows = number(p + 60, 2);
    if (number(p + 58, 2) != ROW || !rows || at > n || rows * ROW != n - at)
        return no("does not end with its table of sections");
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        if (section(p, n, rooms[i].name) != rooms[i].size)
            return no("lacks a section of the type 2 specification");
    for (size_t i = 0; i < number(p + 56, 2); i++)
        if (number(p + number(p + 32, 8) + i * number(p + 54, 2), 4) == 3)
            return no("needs an interpreter");
    return 0;
}

int main(int argc, char **argv) {
    unsigned char *p = argc == 3 ? calloc(2, MOST) : NULL;
    if (!p)
        return no("was not named");
    size_t n = slurp(argv[1], p);
    if (n == MOST)
        return no("is larger than 1 MiB");
    if (check(p, n))
        return 1;
    size_t at = number(p + 40, 8), rows = n - at, end = (n + PAGE - 1) / PAGE * PAGE;
    memmove(p + end - rows, p + at, rows);
    memset(p + at, 0, end - n < rows ? end - n : rows);
    for (size_t k = 0; k < 8; k++)
        p[40 + k] = (unsigned char)((end - rows) >> 8 * k);
    memcpy(p + 8, "AI\2", 3);
    FILE *f = fopen(argv[2], "wb");
    if (!f || fwrite(p, 1, end, f) != end || fclose(f))
        return no("cannot be written");
    free(p);
    return 0;
}
