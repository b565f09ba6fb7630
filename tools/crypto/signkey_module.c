/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/signkey_module.h"

#include "os/envvar.h"

#include <dlfcn.h>
#include <string.h>

/* The part of PKCS#11 (v2.40, section 3 to 5) that looking needs. */
enum {
    AT_INITIALIZE = 0,
    AT_FINALIZE = 1,
    AT_SLOT_LIST = 4,
    AT_TOKEN_INFO = 6,
    AT_OPEN_SESSION = 12,
    AT_CLOSE_SESSION = 13,
    AT_ATTRIBUTE = 24,
    AT_FIND_INIT = 26,
    AT_FIND = 27,
    AT_FIND_FINAL = 28,
    FUNCTIONS = 68
};
enum {
    NEEDS_LOGIN = 4,
    HAS_PIN = 8,
    HAS_PAD = 0x100,
    IS_MADE = 0x400,
    FINAL_TRY = 0x20000,
    PIN_LOCKED = 0x40000
};
enum { SLOTS_MAX = 256, CERT_MAX = 64 * 1024, SERIAL_SESSION = 4, IS_RUNNING = 0x191 };
enum { IS_CLASS = 0, IS_VALUE = 0x11, IS_CERTIFICATE = 1 };

struct functions { /* CK_FUNCTION_LIST */
    unsigned char major, minor;
    void (*at[FUNCTIONS])(void);
};

struct token_info { /* CK_TOKEN_INFO */
    char label[32], maker[32], model[16], serial[16];
    unsigned long flags, counts[10];
    unsigned char versions[4];
    char time[16];
};

struct attribute { /* CK_ATTRIBUTE */
    unsigned long type;
    void *p;
    unsigned long n;
};

struct signkey_module {
    const struct functions *f;
    bool running;
};

typedef unsigned long plain_fn(void *);
typedef unsigned long list_fn(const struct functions **);
typedef unsigned long slots_fn(unsigned char, unsigned long *, unsigned long *);
typedef unsigned long info_fn(unsigned long, struct token_info *);
typedef unsigned long session_fn(unsigned long, unsigned long, void *, void *, unsigned long *);
typedef unsigned long handle_fn(unsigned long);
typedef unsigned long match_fn(unsigned long, struct attribute *, unsigned long);
typedef unsigned long find_fn(unsigned long, unsigned long *, unsigned long, unsigned long *);
typedef unsigned long get_fn(unsigned long, unsigned long, struct attribute *, unsigned long);

static int load(struct signkey_module *m, const char *path, struct err *e) {
    list_fn *list = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL), *p;

    if (!library)
        return err_set(e, E_SIGN, "the token's module: %s", dlerror());
    p = dlsym(library, "C_GetFunctionList");
    if (!p)
        return err_set(e, E_SIGN, "the token's module: %s is no PKCS#11 library", path);
    memcpy(&list, &p, sizeof list); /* as dlsym's page does: C has no cast for it */
    if (list(&m->f) || !m->f || m->f->major < 2)
        return err_set(e, E_SIGN, "the token's module: %s gives no functions of PKCS#11", path);
    return OK;
}

int signkey_module_open(struct signkey_module **out, const char *path, struct err *e) {
    struct signkey_module *m = mem_alloc(sizeof *m);
    unsigned long rv;

    *out = NULL;
    if (!path && envvar_is_set("PKCS11_MODULE_PATH"))
        path = envvar_get("PKCS11_MODULE_PATH");
    if (load(m, path ? path : "p11-kit-proxy.so", e)) {
        signkey_module_close(m);
        return (int)e->code;
    }
    rv = ((plain_fn *)m->f->at[AT_INITIALIZE])(NULL);
    m->running = !rv;
    if (rv && rv != IS_RUNNING) {
        signkey_module_close(m);
        return err_set(e, E_SIGN, "the token's module %s does not start (PKCS#11 error 0x%lx)",
                       path ? path : "p11-kit-proxy.so", rv);
    }
    *out = m;
    return OK;
}

void signkey_module_close(struct signkey_module *m) {
    if (!m)
        return;
    if (m->running)
        ((plain_fn *)m->f->at[AT_FINALIZE])(NULL);
    mem_free(m); /* the library stays: OpenSSL loads it next, and not all outlive being unloaded */
}

/* --- tokens ----------------------------------------------------------------------------------- */

static struct str unpadded(const char *p, size_t n, struct arena *mem) {
    while (n && (p[n - 1] == ' ' || !p[n - 1]))
        n--;
    return str_dup(mem, (struct str){p, n});
}

int signkey_module_tokens(struct signkey_module *m, struct arena *mem,
                          struct signkey_module_token **v, size_t *n, struct err *e) {
    unsigned long slot[SLOTS_MAX], got = SLOTS_MAX,
                                   rv = ((slots_fn *)m->f->at[AT_SLOT_LIST])(1, slot, &got);

    *n = 0;
    *v = arena_array(mem, SLOTS_MAX, sizeof **v);
    if (rv)
        return err_set(e, E_SIGN, "the token's module lists no tokens (PKCS#11 error 0x%lx)", rv);
    for (unsigned long i = 0; i < got && i < SLOTS_MAX; i++) {
        struct token_info t = {0};

        if (((info_fn *)m->f->at[AT_TOKEN_INFO])(slot[i], &t) || !(t.flags & IS_MADE))
            continue;
        (*v)[(*n)++] = (struct signkey_module_token){
            .slot = slot[i],
            .label = unpadded(t.label, sizeof t.label, mem),
            .maker = unpadded(t.maker, sizeof t.maker, mem),
            .model = unpadded(t.model, sizeof t.model, mem),
            .serial = unpadded(t.serial, sizeof t.serial, mem),
            .login = (t.flags & NEEDS_LOGIN) && (t.flags & HAS_PIN),
            .pad = t.flags & HAS_PAD,
            .last = t.flags & FINAL_TRY,
            .locked = t.flags & PIN_LOCKED,
        };
    }
    return OK;
}

static bool read_cert(struct signkey_module *m, unsigned long session, unsigned long object,
                      struct arena *mem, struct str *der) {
    struct attribute value = {IS_VALUE, NULL, 0};
    get_fn *get = (get_fn *)m->f->at[AT_ATTRIBUTE];

    if (get(session, object, &value, 1) || !value.n || value.n > CERT_MAX)
        return false;
    value.p = arena_alloc(mem, value.n);
    if (get(session, object, &value, 1) || value.n > CERT_MAX)
        return false;
    *der = (struct str){value.p, value.n};
    return true;
}

size_t signkey_module_certs(struct signkey_module *m, const struct signkey_module_token *t,
                            struct arena *mem, struct str *der, size_t room) {
    unsigned long class = IS_CERTIFICATE, session, object, got;
    struct attribute want = {IS_CLASS, &class, sizeof class};
    find_fn *find = (find_fn *)m->f->at[AT_FIND];
    size_t n = 0;

    if (((session_fn *)m->f->at[AT_OPEN_SESSION])(t->slot, SERIAL_SESSION, NULL, NULL, &session))
        return 0;
    if (!((match_fn *)m->f->at[AT_FIND_INIT])(session, &want, 1)) {
        while (n < room && !find(session, &object, 1, &got) && got == 1)
            if (read_cert(m, session, object, mem, &der[n]))
                n++;
        ((handle_fn *)m->f->at[AT_FIND_FINAL])(session);
    }
    ((handle_fn *)m->f->at[AT_CLOSE_SESSION])(session);
    return n;
}

struct str signkey_module_name(const struct signkey_module_token *t) {
    return t->label.n ? t->label : t->serial.n ? t->serial : STR("(no name)");
}

/* --- URIs ------------------------------------------------------------------------------------- */

static int hex_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Is the value, in percent encoding, this text? */
static bool says(struct str value, struct str text) {
    size_t k = 0;

    for (size_t i = 0; i < value.n; i++, k++) {
        int c = (unsigned char)value.p[i];

        if (c == '%' && value.n - i > 2 && hex_of(value.p[i + 1]) >= 0 &&
            hex_of(value.p[i + 2]) >= 0) {
            c = hex_of(value.p[i + 1]) * 16 + hex_of(value.p[i + 2]);
            i += 2;
        }
        if (k >= text.n || (unsigned char)text.p[k] != c)
            return false;
    }
    return k == text.n;
}

static struct str path_of(struct str uri) {
    if (str_starts(uri, "pkcs11:"))
        uri = str_cut(uri, 7, uri.n);
    return str_cut(uri, 0, str_find(uri, '?'));
}

/* The value of an attribute in the URI's path; false: it is not in it. */
static bool attribute(struct str uri, const char *key, struct str *value) {
    struct str rest = path_of(uri);

    while (rest.n) {
        struct str part = str_trim(str_split(&rest, ';'));
        size_t at = str_find(part, '=');

        if (at < part.n && str_is(str_cut(part, 0, at), key)) {
            *value = str_cut(part, at + 1, part.n);
            return true;
        }
    }
    return false;
}

bool signkey_module_fits(struct str uri, const struct signkey_module_token *t) {
    const struct {
        const char *key;
        struct str is;
    } v[] = {{"token", t->label},
             {"manufacturer", t->maker},
             {"model", t->model},
             {"serial", t->serial}};
    struct str value;
    uint64_t slot;

    for (size_t i = 0; i < COUNT(v); i++)
        if (attribute(uri, v[i].key, &value) && !says(value, v[i].is))
            return false;
    return !attribute(uri, "slot-id", &value) ||
           (str_u64(value, UINT64_MAX, &slot) && slot == t->slot);
}

static void put_attribute(struct str uri, const char *key, struct str text, struct buf *out) {
    struct str there;

    if (!text.n || attribute(uri, key, &there))
        return;
    buf_fmt(out, "%s%s=", out->n > 7 ? ";" : "", key);
    for (size_t i = 0; i < text.n; i++)
        buf_fmt(out, "%%%02X", (unsigned char)text.p[i]);
}

void signkey_module_exact(struct str uri, const struct signkey_module_token *t, struct buf *out) {
    struct str path = path_of(uri);
    size_t ask = str_find(uri, '?');

    buf_z(out, "pkcs11:");
    buf_str(out, path);
    if (t) {
        put_attribute(uri, "token", t->label, out);
        put_attribute(uri, "serial", t->serial, out);
    }
    buf_str(out, str_cut(uri, ask, uri.n));
    buf_c(out, 0);
}
