/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/pgp_home.h"

#include "base/log.h"
#include "os/child.h"
#include "os/clock.h"
#include "os/envvar.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_PATH_MAX = 107, STALE_SECONDS = 60, TRIES = 4 };

static const char prefix[] = "slipway-pgp-";
enum { LONGEST = sizeof "/slipway-pgp-XXXXXX/S.gpg-agent.browser" - 1 };

static const char agent_conf[] = "allow-loopback-pinentry\ndisable-scdaemon\n";

/* Nothing but the configuration below decides what a signature looks like. */
static const char gpg_conf[] = "no-greeting\n"
                               "no-permission-warning\n"
                               "disable-dirmngr\n"
                               "no-auto-check-trustdb\n"
                               "trust-model always\n"
                               "digest-algo SHA512\n"
                               "no-emit-version\n"
                               "no-comments\n";

int pgp_home_fail(const struct pgp_home *h, gpgme_error_t why, const char *what, struct err *e) {
    char text[200];

    switch (gpgme_err_code(why)) {
    case GPG_ERR_INV_ENGINE:
        return err_set(e, E_SIGN,
                       "%s: the gpg program is missing or too old; apt-get install gnupg", what);
    case GPG_ERR_NO_AGENT:
        return err_set(e, E_SIGN, "%s: gpg-agent cannot be started; apt-get install gnupg", what);
    case GPG_ERR_BAD_PASSPHRASE:
    case GPG_ERR_CANCELED:
    case GPG_ERR_NO_PASSPHRASE:
    case GPG_ERR_NO_PIN_ENTRY:
        if (h && h->asked && h->given)
            return err_set(e, E_SIGN, "%s: wrong passphrase", what);
        return err_set(e, E_SIGN, "%s: the key needs a passphrase and none was given", what);
    case GPG_ERR_NO_DATA:
        return err_set(e, E_SIGN, "%s: there is no OpenPGP data in it", what);
    default:
        gpgme_strerror_r(why, text, sizeof text);
        return err_set(e, E_SIGN, "%s: gpg says: %s", what, text);
    }
}

int pgp_home_context(const char *dir, gpgme_ctx_t *ctx, struct err *e) {
    struct sigaction now;
    gpgme_error_t why;

    *ctx = NULL;
    /* A gpg that ends early must fail the call, not end this process by SIGPIPE. */
    if (!sigaction(SIGPIPE, NULL, &now) && now.sa_handler == SIG_DFL) {
        now.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &now, NULL);
    }
    gpgme_check_version(NULL);
    why = gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP);
    if (!why)
        why = gpgme_new(ctx);
    if (!why && dir)
        why = gpgme_ctx_set_engine_info(*ctx, GPGME_PROTOCOL_OpenPGP, NULL, dir);
    if (!why)
        return OK;
    if (*ctx)
        gpgme_release(*ctx);
    *ctx = NULL;
    return pgp_home_fail(NULL, why, "OpenPGP", e);
}

static gpgme_error_t answer(void *home, const char *hint, const char *info, int again, int fd) {
    struct pgp_home *h = home;

    (void)hint, (void)info;
    h->asked = true;
    if (again || !h->given)
        return gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_CANCELED);
    if (gpgme_io_writen(fd, h->passphrase.p, h->passphrase.n) || gpgme_io_writen(fd, "\n", 1))
        return gpgme_error_from_errno(errno);
    return 0;
}

/* A lock file that nobody holds means that its run is gone; a young folder without one is being
 * made right now. */
static bool is_stale(const char *path) {
    AUTO(fsys_lock) lock = FSYS_LOCK_NONE;
    AUTO(arena) mem = {0};
    const char *name = arena_fmt(&mem, "%s/lock", path);
    struct fsys_stat st;
    struct err ignored = {0};
    bool got = false;

    if (fsys_lstat(FSYS_HERE, path, &st, &ignored) || st.kind != FSYS_DIR)
        return false;
    if (st.mtime + STALE_SECONDS > clock_now() &&
        (fsys_lstat(FSYS_HERE, name, &st, &ignored) || st.kind != FSYS_FILE))
        return false;
    return !fsys_lock(&lock, FSYS_HERE, name, false, &got, &ignored) && got;
}

/* The agent of a removed home ends by itself: it watches its folder. Folders of other users cannot
 * be locked, and so are left alone. */
static void remove_stale(const char *base) {
    AUTO(arena) mem = {0};
    struct fsys_name *names;
    struct err ignored = {0};
    size_t n;

    if (fsys_list(FSYS_HERE, base, &mem, &names, &n, &ignored))
        return;
    for (size_t i = 0; i < n; i++) {
        const char *path;

        if (names[i].kind != FSYS_DIR || !str_starts(names[i].name, prefix))
            continue;
        path = arena_fmt(&mem, "%s/" STR_F, base, STR_A(names[i].name));
        if (is_stale(path) && fsys_remove_tree(FSYS_HERE, path, &ignored))
            log_debug("%s: a leftover that cannot be removed", path);
    }
}

/* A folder with its lock held. Another run may take a folder without a held lock for a leftover and
 * remove it: then the next try makes another. */
static int make_in(struct pgp_home *h, const char *base, struct err *e) {
    for (int i = 0; i < TRIES; i++) {
        struct fsys_stat st = {0};
        bool got = false;

        if (tmpdir_open_in(&h->dir, base, "pgp", e) ||
            fsys_lock(&h->lock, h->dir.fd, "lock", false, &got, e) ||
            (got && fsys_lstat(h->dir.fd, "lock", &st, e)))
            return (int)e->code;
        if (got && st.kind == FSYS_FILE)
            return OK;
        fsys_lock_drop(&h->lock);
        tmpdir_drop(&h->dir);
    }
    return err_set(e, E_INPUT, "%s: other runs remove every folder that is made there", base);
}

static int make_folder(struct pgp_home *h, struct err *e) {
    const char *const base[] = {envvar_get("TMPDIR"), "/tmp", envvar_get("XDG_RUNTIME_DIR"),
                                "/dev/shm"};
    struct err why = {0};

    for (size_t i = 0; i < COUNT(base); i++) {
        struct err here = {0};

        if (!base[i] || base[i][0] != '/')
            continue;
        if (strlen(base[i]) + LONGEST > SOCKET_PATH_MAX) {
            err_set(&here, E_SIGN, "%s: too long a path for the socket of gpg-agent", base[i]);
        } else {
            remove_stale(base[i]);
            if (!make_in(h, base[i], &here))
                return OK;
            fsys_lock_drop(&h->lock);
            tmpdir_drop(&h->dir);
        }
        if (!why.code)
            why = here;
    }
    return err_set(e, E_SIGN, "no place for a private GNUPGHOME; set TMPDIR to one: %s",
                   why.code ? why.msg : "no temporary folder");
}

/* Where gpg looks for the agent of a home (NULL: the user's). */
static int agent_socket(const char *home, struct arena *a, const char **path, struct err *e) {
    const char *const ours[] = {"gpgconf",     "--homedir",    home ? home : "",
                                "--list-dirs", "agent-socket", NULL};
    const char *const users[] = {"gpgconf", "--list-dirs", "agent-socket", NULL};
    struct child_opts o = {0};
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, 4096);
    o.output = &text;
    if (child_run(home ? ours : users, &o, NULL, e)) {
        err_in(e, "the user's keyring");
        return (int)(e->code = E_SIGN);
    }
    *path = str_z(a, str_trim(buf_get(&text)));
    return OK;
}

/* The user's secret keys stay with the user's agent: our home's socket is a note that leads there
 * (libassuan follows it), so that our gpg.conf holds and theirs is not touched. */
static int borrow_agent(struct pgp_home *h, struct err *e) {
    const char *const launch[] = {"gpgconf", "--launch", "gpg-agent", NULL};
    AUTO(arena) mem = {0};
    const char *from, *to;
    struct str note;

    if (child_run(launch, NULL, NULL, e)) {
        err_in(e, "the user's keyring");
        return (int)(e->code = E_SIGN);
    }
    if (agent_socket(NULL, &mem, &to, e) || agent_socket(h->dir.path, &mem, &from, e))
        return (int)e->code;
    note = str_fmt(&mem, "%%Assuan%%\nsocket=%s\n", to);
    return fsys_write(FSYS_HERE, from, note, 0600, e);
}

static int write_conf(const struct pgp_home *h, int64_t when, struct err *e) {
    AUTO(buf) text = BUF_NONE;

    buf_init(&text, 4096);
    buf_z(&text, gpg_conf);
    if (h->their)
        buf_z(&text, "no-autostart\n");
    if (when) /* keys and their self-signatures may be younger than the time asked for */
        buf_fmt(&text, "faked-system-time %lld!\nignore-time-conflict\nignore-valid-from\n",
                (long long)when);
    return fsys_write(h->dir.fd, "gpg.conf", buf_get(&text), 0600, e);
}

int pgp_home_clock(struct pgp_home *h, int64_t when, struct err *e) {
    if (h->when == when)
        return OK;
    if (write_conf(h, when, e))
        return (int)e->code;
    h->when = when;
    return OK;
}

static int fill_folder(struct pgp_home *h, struct err *e) {
    if (write_conf(h, 0, e) || fsys_write(h->dir.fd, "gpg-agent.conf", str_of(agent_conf), 0600, e))
        return err_in(e, "%s", h->dir.path);
    return h->their ? borrow_agent(h, e) : OK;
}

int pgp_home_open(struct pgp_home *h, struct str passphrase, bool their, struct err *e) {
    *h = (struct pgp_home){.dir = TMPDIR_NONE, .lock = FSYS_LOCK_NONE, .their = their};
    buf_init(&h->passphrase, passphrase.n + 1);
    h->passphrase.secret = true;
    buf_str(&h->passphrase, passphrase);
    h->given = passphrase.n > 0;
    if (make_folder(h, e) || fill_folder(h, e) || pgp_home_context(h->dir.path, &h->ctx, e)) {
        pgp_home_drop(h);
        return (int)e->code;
    }
    /* Without a passphrase the user's agent may ask by its own pinentry or know it already. */
    if (!their || h->given) {
        gpgme_set_pinentry_mode(h->ctx, GPGME_PINENTRY_MODE_LOOPBACK);
        gpgme_set_passphrase_cb(h->ctx, answer, h);
    }
    return OK;
}

/* The sockets are in the home, or in a folder for them below /run/user where there is one. */
static void stop_agent(const struct pgp_home *h) {
    const char *const stop[] = {"gpgconf", "--homedir", h->dir.path, "--kill", "gpg-agent", NULL};
    const char *const tidy[] = {"gpgconf", "--homedir", h->dir.path, "--remove-socketdir", NULL};
    struct fsys_stat keys = {0}, socket = {0};
    struct err ignored = {0};
    AUTO(buf) quiet = BUF_NONE;
    struct child_opts o = {.output = &quiet, .errors = &quiet};
    bool there;

    buf_init(&quiet, 4096);
    if (fsys_lstat(h->dir.fd, "S.gpg-agent", &socket, &ignored) ||
        fsys_lstat(h->dir.fd, "private-keys-v1.d", &keys, &ignored))
        return;
    there = socket.kind != FSYS_NONE;
    if ((there || keys.kind == FSYS_DIR) && !h->their && child_run(stop, &o, NULL, &ignored))
        log_debug("gpg-agent: %s", ignored.msg);
    if (!there && (keys.kind == FSYS_DIR || h->their) && child_run(tidy, &o, NULL, &ignored))
        log_debug("the sockets of gpg-agent: %s", ignored.msg);
}

void pgp_home_drop(struct pgp_home *h) {
    if (h->ctx)
        gpgme_release(h->ctx);
    h->ctx = NULL;
    buf_drop(&h->passphrase);
    if (h->dir.fd < 0)
        return;
    stop_agent(h);
    tmpdir_drop(&h->dir);
    fsys_lock_drop(&h->lock);
}

int pgp_home_import(struct pgp_home *h, struct str keys, const char *what,
                    gpgme_import_result_t *result, struct err *e) {
    gpgme_data_t d = NULL;
    gpgme_error_t why = gpgme_data_new_from_mem(&d, keys.n ? keys.p : "", keys.n, 0);

    *result = NULL;
    if (!why)
        why = gpgme_op_import(h->ctx, d);
    if (d)
        gpgme_data_release(d);
    if (why && gpgme_err_code(why) != GPG_ERR_NO_DATA)
        return pgp_home_fail(h, why, what, e);
    *result = why ? NULL : gpgme_op_import_result(h->ctx);
    if (*result && !(*result)->considered && (*result)->secret_read)
        return pgp_home_fail(h, gpgme_err_make(GPG_ERR_SOURCE_USER_1, GPG_ERR_NO_AGENT), what, e);
    if (!*result || !(*result)->considered)
        return err_set(e, E_SIGN, "%s: holds no OpenPGP key", what);
    return OK;
}

int pgp_home_take(gpgme_data_t d, struct buf *out, struct err *e) {
    char block[4096];
    ssize_t n;

    if (gpgme_data_seek(d, 0, SEEK_SET) < 0)
        return err_set(e, E_BUG, "gpgme: its output cannot be read");
    while ((n = gpgme_data_read(d, block, sizeof block)) > 0)
        buf_put(out, block, (size_t)n);
    memset(block, 0, sizeof block);
    return n < 0 ? err_set(e, E_BUG, "gpgme: its output cannot be read")
                 : buf_check(out, "what gpg gave", e);
}

static ssize_t give(void *source, void *p, size_t n) {
    struct source *s = source;
    size_t got = source_get(s, p, n);

    if (s->err.code) { /* the reason is kept by the source */
        errno = EIO;
        return -1;
    }
    return (ssize_t)got;
}

int pgp_home_source(struct source *s, gpgme_data_t *d, struct err *e) {
    static struct gpgme_data_cbs cbs = {.read = give}; /* gpgme wants it writable; nobody writes */
    gpgme_error_t why = gpgme_data_new_from_cbs(d, &cbs, s);

    if (why) {
        *d = NULL;
        return pgp_home_fail(NULL, why, "gpgme", e);
    }
    gpgme_data_set_flag(*d, "io-buffer-size", "262144"); /* 512 bytes without it */
    return OK;
}

unsigned pgp_home_algorithm(gpgme_pubkey_algo_t a) {
    switch (a) {
    case GPGME_PK_EDDSA:
        return 22;
    case GPGME_PK_ECDSA:
        return 19;
    default:
        return (unsigned)a; /* the rest has the RFC's numbers */
    }
}
