/* SPDX-License-Identifier: Apache-2.0 */
#include "container/tar.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

/* Written here and not by libarchive: its writer passes every byte through 10 KiB blocks of its
 * own, which costs more than fast compression does. The layout is in GNU tar's manual, "Basic Tar
 * Format". */
enum {
    TAR_BLOCK = 512,
    TAR_RECORD = 10240,
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_LINK = 157,
    AT_MAGIC = 257,
    AT_OWNER = 265,
    AT_GROUP = 297,
    NAME_ROOM = 100,
};

static void put_octal(unsigned char *to, size_t room, uint64_t v) {
    for (size_t i = room - 1; i-- > 0; v >>= 3)
        to[i] = (unsigned char)('0' + (v & 7));
    to[room - 1] = 0;
}

/* Numbers that octal digits cannot hold are big-endian with the top bit set. */
static void put_number(unsigned char *to, size_t room, uint64_t v) {
    if (room - 1 >= 22 || v >> 3 * (room - 1) == 0) {
        put_octal(to, room, v);
        return;
    }
    memset(to, 0, room);
    for (size_t i = room; i-- > room - 8; v >>= 8)
        to[i] = (unsigned char)(v & 0xff);
    to[0] |= 0x80;
}

static void put_text(unsigned char *to, size_t room, struct str s) {
    memcpy(to, s.p, s.n < room ? s.n : room);
}

static void header(struct sink *s, struct str name, char type, const struct tar_entry *t,
                   uint64_t size, struct str target) {
    unsigned char b[TAR_BLOCK] = {0};
    unsigned sum = 0;

    if (name.n)
        put_text(b + AT_NAME, NAME_ROOM, name);
    put_octal(b + AT_MODE, 8, t->mode & 07777);
    put_octal(b + AT_UID, 8, 0);
    put_octal(b + AT_GID, 8, 0);
    put_number(b + AT_SIZE, 12, size);
    put_number(b + AT_MTIME, 12, t->mtime > 0 ? (uint64_t)t->mtime : 0);
    b[AT_TYPE] = (unsigned char)type;
    if (target.n)
        put_text(b + AT_LINK, NAME_ROOM, target);
    memcpy(b + AT_MAGIC, "ustar  ", 8);
    if (t->owner.n)
        put_text(b + AT_OWNER, 31, t->owner);
    if (t->group.n)
        put_text(b + AT_GROUP, 31, t->group);
    memset(b + AT_SUM, ' ', 8);
    for (size_t i = 0; i < sizeof b; i++)
        sum += b[i];
    put_octal(b + AT_SUM, 7, sum);
    sink_put(s, b, sizeof b);
}

static bool folder_slash(const struct tar_entry *t) {
    return t->kind == TAR_DIR && !str_ends(t->path, "/");
}

/* A name that does not fit into the header goes before it, as the content of an entry of its own.
 */
static void long_text(struct sink *s, char type, struct str text, bool slash) {
    static const struct tar_entry none = {.owner = {"root", 4}, .group = {"root", 4}};
    uint64_t n = text.n + slash + 1;

    header(s, STR("././@LongLink"), type, &none, n, STR(""));
    sink_str(s, text);
    if (slash)
        sink_put(s, "/", 1);
    sink_zero(s, 1);
    tar_pad(s, n);
}

static uint64_t padded(uint64_t n) {
    return (n + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

static size_t name_size(const struct tar_entry *t) {
    return t->path.n + folder_slash(t);
}

void tar_put(struct sink *s, const struct tar_entry *t) {
    static const char type[] = {
        [TAR_FILE] = '0', [TAR_DIR] = '5', [TAR_SYMLINK] = '2', [TAR_HARDLINK] = '1'};
    char room[NAME_ROOM];
    struct str name = t->path;

    if (t->target.n > NAME_ROOM)
        long_text(s, 'K', t->target, false);
    if (name_size(t) > NAME_ROOM) {
        long_text(s, 'L', t->path, folder_slash(t));
    } else if (folder_slash(t)) {
        memcpy(room, name.p, name.n);
        room[name.n] = '/';
        name = (struct str){room, name.n + 1};
    }
    header(s, name, type[t->kind], t, t->kind == TAR_FILE ? t->size : 0, t->target);
}

void tar_pad(struct sink *s, uint64_t size) {
    sink_zero(s, padded(size) - size);
}

void tar_end(struct sink *s) {
    uint64_t n = s->at + 2 * TAR_BLOCK;

    sink_zero(s, (n + TAR_RECORD - 1) / TAR_RECORD * TAR_RECORD - s->at);
}

uint64_t tar_size(const struct tar_entry *t) {
    uint64_t n = TAR_BLOCK + (t->kind == TAR_FILE ? padded(t->size) : 0);

    if (t->target.n > NAME_ROOM)
        n += TAR_BLOCK + padded(t->target.n + 1);
    if (name_size(t) > NAME_ROOM)
        n += TAR_BLOCK + padded(name_size(t) + 1);
    return n;
}

uint64_t tar_total(uint64_t entries) {
    return (entries + 2 * TAR_BLOCK + TAR_RECORD - 1) / TAR_RECORD * TAR_RECORD;
}
