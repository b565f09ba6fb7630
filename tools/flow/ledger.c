/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/ledger.h"

#include "os/fsys.h"

#include <string.h>

static const char ledger_seal[] = ",\n  \"seal\": \"sha256:";
static const char ledger_tail[] = "\"\n}\n";

enum { HEX = 64 };

/* The digest is taken over the text up to and including `"sha256:`. */
static int seal_of(struct str text, struct arena *mem, struct str *hex, struct err *e) {
    struct digest_set d;

    if (digest_bytes(text, DIGEST_SHA256, &d, e))
        return (int)e->code;
    *hex = digest_hex(mem, d.sha256, sizeof d.sha256);
    return OK;
}

int ledger_text(const struct release *r, struct buf *text, struct err *e) {
    AUTO(arena) mem = {0};
    struct str hex, body;

    release_write(r, text);
    if (buf_check(text, "the ledger", e))
        return (int)e->code;
    body = str_trim(buf_get(text));
    if (!str_ends(body, "}"))
        return err_set(e, E_BUG, "the ledger's text does not end in a brace");
    body = str_trim(str_cut(body, 0, body.n - 1));
    text->n = body.n; /* the body starts at the buffer's first byte: release_write adds no blanks */
    buf_z(text, ledger_seal);
    if (buf_check(text, "the ledger", e) || seal_of(buf_get(text), &mem, &hex, e))
        return (int)e->code;
    buf_str(text, hex);
    buf_z(text, ledger_tail);
    return buf_check(text, "the ledger", e);
}

static int check_seal(struct str text, const char *path, struct arena *mem, struct err *e) {
    size_t tail = HEX + strlen(ledger_tail);
    struct str body, hex;

    if (text.n < tail + strlen(ledger_seal) || !str_ends(text, ledger_tail) ||
        !str_ends(str_cut(text, 0, text.n - tail), ledger_seal))
        return err_set(e, E_WRONG, "%s: has no seal at its end: not written by slipway, or changed",
                       path);
    body = str_cut(text, 0, text.n - tail);
    if (seal_of(body, mem, &hex, e))
        return (int)e->code;
    if (memcmp(hex.p, text.p + body.n, HEX))
        return err_set(e, E_WRONG, "%s: does not match its own seal: it was changed", path);
    return OK;
}

int ledger_parse(struct str text, const char *path, struct arena *mem, struct release *r,
                 struct err *e) {
    if (check_seal(text, path, mem, e))
        return (int)e->code;
    return release_read(text, path, mem, r, e);
}

int ledger_read(int dir, const char *path, struct arena *mem, struct release *r, struct err *e) {
    struct str text;

    if (fsys_read(dir, path, LEDGER_FILE_MAX, mem, &text, e))
        return (int)e->code;
    return ledger_parse(text, path, mem, r, e);
}

int ledger_write(int dir, const char *path, const struct release *r, struct err *e) {
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, LEDGER_FILE_MAX);
    if (ledger_text(r, &text, e))
        return (int)e->code;
    return fsys_write(dir, path, buf_get(&text), 0644, e);
}
