/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret.h"

#include "os/child.h"
#include "os/envvar.h"
#include "os/infile.h"

#include <string.h>

enum { ARGS_MAX = 64, SHORT = 4 /* bytes: less would turn ordinary text into stars */ };

static const struct {
    const char *word;
    enum secret_kind kind;
} words[] = {
    {"env:", SECRET_ENV}, {"file:", SECRET_FILE},     {"command:", SECRET_COMMAND},
    {"gpg:", SECRET_GPG}, {"pkcs11:", SECRET_PKCS11},
};

enum secret_kind secret_kind(struct str reference, struct str *rest) {
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_starts(reference, words[i].word)) {
            *rest = str_trim(str_cut(reference, strlen(words[i].word), reference.n));
            return rest->n ? words[i].kind : SECRET_NONE;
        }
    *rest = (struct str){0};
    return SECRET_NONE;
}

int secret_check(struct str reference, struct err *e) {
    struct str rest;

    if (secret_kind(reference, &rest) != SECRET_NONE)
        return OK;
    return err_set(e, E_RECIPE,
                   "secrets are taken only by reference: env:NAME, file:PATH or command:ARGV");
}

void secret_set_drop(struct secret_set *s) {
    for (size_t i = 0; i < s->n; i++)
        buf_drop(&s->v[i]);
    mem_free(s->v);
    *s = (struct secret_set){0};
}

static void note_one(struct secret_set *s, struct str secret) {
    struct buf *b;

    if (secret.n < SHORT)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (str_eq(buf_get(&s->v[i]), secret))
            return;
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->v = mem_resize(s->v, s->room * sizeof *s->v);
    }
    b = &s->v[s->n++];
    buf_init(b, secret.n);
    b->secret = true;
    buf_str(b, secret);
}

/* As JSON writes it: results may be JSON. */
static void note_both(struct secret_set *s, struct str secret) {
    AUTO(buf) json = BUF_NONE;

    note_one(s, secret);
    if (str_find(secret, '"') == secret.n && str_find(secret, '\\') == secret.n)
        return;
    buf_init(&json, 2 * secret.n);
    json.secret = true;
    for (size_t i = 0; i < secret.n; i++) {
        if (secret.p[i] == '"' || secret.p[i] == '\\')
            buf_c(&json, '\\');
        buf_c(&json, secret.p[i]);
    }
    note_one(s, buf_get(&json));
}

/* Logs come in lines: a key of many lines is known by each of its own. The frame of a PEM or armor
 * block is no secret. */
void secret_note(struct secret_set *s, struct str secret) {
    enum { TELLING = 16 };
    struct str rest = str_trim(secret);

    if (str_find(rest, '\n') == rest.n) {
        note_both(s, rest);
        return;
    }
    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n'));

        if (line.n >= TELLING && !str_starts(line, "-----") && str_find(line, ' ') == line.n)
            note_both(s, line);
    }
}

/* The longest secret that begins here: one may be the beginning of another. */
static size_t known_at(const struct secret_set *s, struct str text, size_t at) {
    size_t longest = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct str k = buf_get(&s->v[i]);

        if (k.n > longest && k.n <= text.n - at && !memcmp(text.p + at, k.p, k.n))
            longest = k.n;
    }
    return longest;
}

struct str secret_redact(const struct secret_set *s, struct str text, struct arena *a) {
    char *out = NULL;
    size_t n = 0;

    for (size_t i = 0; i < text.n;) {
        size_t k = known_at(s, text, i);

        if (k && !out) { /* a secret has at least as many bytes as there are stars */
            out = arena_alloc(a, text.n + 1);
            memcpy(out, text.p, i);
            n = i;
        }
        if (k) {
            memcpy(out + n, "***", 3);
            n += 3;
            i += k;
        } else {
            if (out)
                out[n++] = text.p[i];
            i++;
        }
    }
    return out ? (struct str){out, n} : text;
}

static int from_env(struct str name, struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    const char *value = envvar_get(str_z(&mem, name));

    if (!value)
        return err_set(e, E_SIGN, "env:" STR_F ": the environment has no such variable",
                       STR_A(name));
    if (!*value)
        return err_set(e, E_SIGN, "env:" STR_F ": the variable is empty", STR_A(name));
    buf_z(out, value);
    return OK;
}

static const char *full_path(struct str path, const char *base_dir, struct arena *mem) {
    return str_starts(path, "/") || !base_dir ? str_z(mem, path)
                                              : arena_fmt(mem, "%s/" STR_F, base_dir, STR_A(path));
}

static int from_file(struct str path, const char *base_dir, struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    AUTO(infile) f = INFILE_NONE;
    const char *full = full_path(path, base_dir, &mem);
    char block[4096];
    uint64_t at = 0;
    size_t got = 1;

    if (infile_open(&f, FSYS_HERE, full, e)) {
        err_in(e, "file:" STR_F, STR_A(path));
        return (int)(e->code = E_SIGN);
    }
    for (; got; at += got) {
        if (infile_read_some(&f, at, block, sizeof block, &got, e))
            return err_in(e, "file:" STR_F, STR_A(path));
        buf_put(out, block, got);
    }
    memset(block, 0, sizeof block);
    return at ? OK : err_set(e, E_SIGN, "file:" STR_F ": the file is empty", STR_A(path));
}

/* One word of a command line; blanks inside quotes belong to it. */
static bool cut_word(struct str *rest, struct buf *word) {
    char quote = 0;
    size_t i = 0;

    *rest = str_trim(*rest);
    for (; i < rest->n; i++) {
        char c = rest->p[i];

        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (!quote && (c == ' ' || c == '\t'))
            break;
        else
            buf_c(word, c);
    }
    *rest = str_cut(*rest, i, rest->n);
    return !quote;
}

static bool is_over(void *self) {
    const struct buf *out = self;

    return out->over;
}

int secret_run(struct str text, const char *base_dir, struct str input, const struct str *env,
               size_t n_env, struct buf *out, struct err *e) {
    AUTO(arena) mem = {0};
    const char *argv[ARGS_MAX + 1] = {NULL};
    AUTO(buf) said = BUF_NONE;
    struct child_opts o = {.dir = base_dir,
                           .env = n_env ? envvar_with(&mem, env, n_env) : NULL,
                           .input = input,
                           .output = out,
                           .errors = &said,
                           .stop = is_over,
                           .self = out};
    struct str rest = str_trim(text), line;
    size_t n = 0, before = out->n;
    int rc;

    buf_init(&said, 4096);
    while (rest.n) {
        AUTO(buf) word = BUF_NONE;

        buf_init(&word, text.n);
        if (!cut_word(&rest, &word))
            return err_set(e, E_RECIPE, "command: a quote is not closed");
        if (n == ARGS_MAX)
            return err_set(e, E_RECIPE, "command: more than %d arguments", ARGS_MAX);
        argv[n++] = str_z(&mem, buf_get(&word));
    }
    if (!n)
        return err_set(e, E_RECIPE, "command: which program?");
    rc = child_run(argv, &o, NULL, e);
    if (out->over) { /* it was ended for that */
        *e = (struct err){0};
        return err_set(e, E_SIGN, "command:%s: what it printed is larger than %zu bytes", argv[0],
                       out->cap);
    }
    if (rc) {
        rest = str_trim(buf_get(&said));
        line = str_split(&rest, '\n');
        err_in(e, "command:%s", argv[0]);
        if (line.n)
            err_set(e, E_SIGN, "%s: " STR_F, str_z(&mem, str_of(e->msg)), STR_A(line));
        return (int)(e->code = E_SIGN);
    }
    if (out->n == before)
        return err_set(e, E_SIGN, "command:%s: it printed nothing", argv[0]);
    return OK;
}

static int resolve(struct str reference, const char *base_dir, struct buf *out, struct err *e) {
    struct str rest;

    switch (secret_kind(reference, &rest)) {
    case SECRET_ENV:
        return from_env(rest, out, e);
    case SECRET_FILE:
        return from_file(rest, base_dir, out, e);
    case SECRET_COMMAND:
        return secret_run(rest, base_dir, (struct str){0}, NULL, 0, out, e);
    case SECRET_GPG:
        return err_set(e, E_RECIPE, "gpg: names a key of the keyring, nothing else");
    case SECRET_PKCS11:
        return err_set(e, E_RECIPE,
                       "pkcs11: keys in tokens cannot be used here; OpenPGP cards are gpg:");
    case SECRET_NONE:
        break;
    }
    return secret_check(reference, e);
}

int secret_resolve(struct str reference, const char *base_dir, struct secret_set *known,
                   struct buf *out, struct err *e) {
    size_t before = out->n;

    out->secret = true;
    if (resolve(reference, base_dir, out, e) || buf_check(out, "a secret", e))
        return (int)e->code;
    if (known)
        secret_note(known, str_cut(buf_get(out), before, out->n));
    return OK;
}

int secret_line(struct str reference, const char *base_dir, struct secret_set *known,
                struct buf *out, struct err *e) {
    size_t before = out->n;
    struct str line;

    if (secret_resolve(reference, base_dir, known, out, e))
        return (int)e->code;
    if (out->n > before && out->p[out->n - 1] == '\n')
        out->n--;
    if (out->n > before && out->p[out->n - 1] == '\r')
        out->n--;
    out->p[out->n] = 0;
    line = str_cut(buf_get(out), before, out->n);
    if (!line.n || str_find(line, '\n') < line.n || str_find(line, 0) < line.n)
        return err_set(e, E_SIGN, STR_F ": one line of text is expected",
                       STR_A(str_cut(reference, 0, str_find(reference, ' '))));
    return OK;
}

enum secret_state secret_look(struct str reference, const char *base_dir, const char **why) {
    AUTO(arena) mem = {0};
    struct err ignored = {0};
    struct fsys_stat st;
    struct str rest;

    switch (secret_kind(reference, &rest)) {
    case SECRET_ENV:
        *why = "the environment variable is not set";
        return envvar_is_set(str_z(&mem, rest)) ? SECRET_THERE : SECRET_MISSING;
    case SECRET_FILE:
        *why = "there is no such file";
        return !fsys_stat(FSYS_HERE, full_path(rest, base_dir, &mem), &st, &ignored) &&
                       st.kind == FSYS_FILE
                   ? SECRET_THERE
                   : SECRET_MISSING;
    default:
        return SECRET_UNKNOWN;
    }
}

bool secret_foresee(struct str reference, const char *base_dir, struct secret_set *known,
                    struct str *variable) {
    struct str rest;
    enum secret_kind kind = secret_kind(reference, &rest);
    AUTO(buf) b = BUF_NONE;
    struct err why = {0};

    if (kind != SECRET_ENV && kind != SECRET_FILE)
        return false;
    buf_init(&b, SECRET_MAX);
    (void)(secret_resolve(reference, base_dir, known, &b, &why) == OK); /* said when it is needed */
    if (kind == SECRET_ENV)
        *variable = rest;
    return kind == SECRET_ENV;
}
