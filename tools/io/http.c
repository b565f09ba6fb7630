/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http.h"

#include "base/log.h"
#include "io/url.h"
#include "os/clock.h"
#include "os/fault.h"
#include "os/interrupt.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

enum { HEADERS_MAX = 200, HEADER_BYTES = 64 * 1024, REDIRECTS = 10, WAIT_MAX = 60 };

struct http {
    CURL *curl;
    struct http_opts o;
    char why[CURL_ERROR_SIZE];
};

struct transfer { /* one request, over all its tries */
    struct http *h;
    const struct http_request *r;
    struct arena *mem;
    struct http_answer *a;
    struct err err; /* what a callback had to say */
    uint64_t taken; /* bytes of a good body that went to the sink */
    uint64_t sent;  /* bytes of the request's body that this try gave */
    uint64_t max;
    size_t header_bytes;
    struct str etag; /* a strong one of the answer that `taken` is from */
    struct buf body;
    bool begun; /* this try's body has begun */
    bool resumed;
};

int http_open(struct http **out, const struct http_opts *o, struct err *e) {
    struct http *h;
    struct sigaction now;

    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return err_set(e, E_NET, "libcurl cannot be used on this machine");
    /* A server that goes away must fail the request, not end this process. */
    if (!sigaction(SIGPIPE, NULL, &now) && now.sa_handler == SIG_DFL) {
        now.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &now, NULL);
    }
    h = mem_alloc(sizeof *h);
    h->o = o ? *o : (struct http_opts){0};
    h->o.connect_ms = h->o.connect_ms ? h->o.connect_ms : 20000;
    h->o.stall_s = h->o.stall_s ? h->o.stall_s : 30;
    h->o.tries = h->o.tries ? h->o.tries : 4;
    h->o.pause_ms = h->o.pause_ms ? h->o.pause_ms : 500;
    h->curl = curl_easy_init();
    if (!h->curl) {
        http_close(h);
        return err_set(e, E_NET, "libcurl cannot be used on this machine");
    }
    *out = h;
    return OK;
}

void http_close(struct http *h) {
    if (!h)
        return;
    curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    mem_free(h);
}

static bool good(const struct transfer *t) {
    return t->a->status >= 200 && t->a->status < 300;
}

/* A status line begins another answer: one that was a redirect, or "100 Continue", is forgotten. */
static size_t on_header(char *p, size_t size, size_t n, void *self) {
    struct transfer *t = self;
    struct str line = str_trim((struct str){p, size * n});

    if (str_starts(line, "HTTP/")) {
        t->a->n_header = 0;
        t->header_bytes = 0;
        return size * n;
    }
    t->header_bytes += line.n;
    if (!line.n)
        return size * n;
    if (t->a->n_header == HEADERS_MAX || t->header_bytes > HEADER_BYTES) {
        err_set(&t->err, E_NET, "the answer's headers are too large");
        return 0;
    }
    t->a->header[t->a->n_header++] = str_dup(t->mem, line);
    return size * n;
}

static int too_large(struct transfer *t) {
    return err_set(&t->err, E_WRONG, "is larger than %" PRIu64 " bytes", t->max);
}

/* The first byte of a good body: does it go on where the last try was cut? */
static int begin_good(struct transfer *t) {
    uint64_t at = 0;
    struct str range = http_header(t->a, "Content-Range");
    curl_off_t length = -1;

    if (t->taken && t->resumed && t->a->status == 206) {
        range = str_trim(str_cut(range, str_find(range, ' '), range.n));
        if (!str_u64(str_cut(range, 0, str_find(range, '-')), UINT64_MAX, &at) || at != t->taken)
            return err_set(&t->err, E_NET, "the server answers with another part than asked for");
    } else if (t->taken) {
        if (!t->r->restart)
            return err_set(&t->err, E_NET, "the answer was cut and cannot be gone on with");
        if (t->r->restart(t->r->restart_self, &t->err))
            return (int)t->err.code;
        t->taken = 0;
    }
    t->etag =
        str_starts(http_header(t->a, "ETag"), "\"") ? http_header(t->a, "ETag") : (struct str){0};
    curl_easy_getinfo(t->h->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (t->max && length > 0 && (uint64_t)length > t->max - t->taken)
        return too_large(t);
    return OK;
}

static size_t on_body(char *p, size_t size, size_t n, void *self) {
    struct transfer *t = self;
    long status = 0;

    n *= size;
    if (!t->begun) {
        t->begun = true;
        curl_easy_getinfo(t->h->curl, CURLINFO_RESPONSE_CODE, &status);
        t->a->status = (unsigned)status;
        if (good(t) && t->r->to && begin_good(t))
            return 0;
    }
    if (!good(t)) { /* what a refusal says, as far as it is of use */
        buf_put(&t->body, p, n < HTTP_SAID - t->body.n ? n : HTTP_SAID - t->body.n);
        return n;
    }
    if (t->max && n > t->max - (t->r->to ? t->taken : t->body.n))
        return too_large(t) ? 0 : n;
    if (!t->r->to) {
        buf_put(&t->body, p, n);
        return n;
    }
    sink_put(t->r->to, p, n);
    if (t->r->to->err.code) {
        t->err = t->r->to->err;
        return 0;
    }
    t->taken += n;
    return n;
}

static size_t on_send(char *p, size_t size, size_t n, void *self) {
    struct transfer *t = self;
    size_t got = 0;

    if (t->r->body(t->r->body_self, t->sent, p, size * n, &got, &t->err))
        return CURL_READFUNC_ABORT;
    t->sent += got;
    return got;
}

static int on_rewind(void *self, curl_off_t at, int origin) {
    struct transfer *t = self;

    if (origin != SEEK_SET || at < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    t->sent = (uint64_t)at;
    return CURL_SEEKFUNC_OK;
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)self, (void)a, (void)b, (void)c, (void)d;
    return interrupt_signal();
}

static void set_method(struct transfer *t) {
    CURL *c = t->h->curl;
    const char *usual = t->r->body ? "PUT" : "GET";
    const char *method = t->r->method ? t->r->method : usual;

    if (t->r->body) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_READFUNCTION, on_send);
        curl_easy_setopt(c, CURLOPT_READDATA, t);
        curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_rewind);
        curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->r->body_size);
    }
    if (!strcmp(method, "HEAD"))
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, usual) != 0)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
}

static void set_limits(struct transfer *t) {
    CURL *c = t->h->curl;
    const char *protocols = str_starts(str_of(t->r->url), "https://") ? "https" : "http,https";

    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)t->h->o.connect_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)t->h->o.stall_s);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)t->h->o.total_ms);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
}

static struct curl_slist *headers_of(struct transfer *t) {
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < t->r->n_header; i++)
        list = curl_slist_append(list, str_z(t->mem, t->r->header[i]));
    if (t->r->body) /* a server that never answers "continue" would cost a second each time */
        list = curl_slist_append(list, "Expect:");
    if (t->resumed)
        list = curl_slist_append(list, arena_fmt(t->mem, "If-Range: " STR_F, STR_A(t->etag)));
    return list;
}

/* One try. Connections outlive the reset. */
static CURLcode try_once(struct transfer *t) {
    CURL *c = t->h->curl;
    struct curl_slist *headers;
    CURLcode rc;
    long status = 0;

    curl_easy_reset(c);
    t->a->status = 0;
    t->a->n_header = 0;
    t->sent = t->header_bytes = 0;
    t->begun = false;
    buf_clear(&t->body);
    t->h->why[0] = 0;
    /* A body whose address has its own range, or that cannot be told from another, starts over. */
    t->resumed = t->taken && t->etag.n && !t->r->count;
    headers = headers_of(t);
    set_limits(t);
    set_method(t);
    curl_easy_setopt(c, CURLOPT_URL, t->r->url);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "slipway/" SLIPWAY_VERSION);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->h->why);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    if (t->r->count)
        curl_easy_setopt(c, CURLOPT_RANGE,
                         arena_fmt(t->mem, "%" PRIu64 "-%" PRIu64, t->r->from,
                                   t->r->from + t->r->count - 1));
    else if (t->resumed)
        curl_easy_setopt(c, CURLOPT_RANGE, arena_fmt(t->mem, "%" PRIu64 "-", t->taken));
    rc = fault_hit() ? CURLE_ABORTED_BY_CALLBACK : curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    t->a->status = (unsigned)status;
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return rc;
}

/* Whether another try may end better. */
static bool passing(const struct transfer *t, CURLcode rc) {
    unsigned s = t->a->status;

    if (t->err.code || interrupt_signal())
        return false;
    switch (rc) {
    case CURLE_OK:
        return s == 429 || s == 503 || (!t->r->once && (s == 500 || s == 502 || s == 504));
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return true;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
        return !t->r->once;
    default:
        return false;
    }
}

static int fail(struct transfer *t, CURLcode rc, struct err *e) {
    const char *shown = url_shown(t->mem, str_of(t->r->url));
    const char *why = t->h->why[0] ? t->h->why : curl_easy_strerror(rc);

    if (interrupt_check(e))
        return (int)e->code;
    if (t->err.code) {
        *e = t->err;
        return err_in(e, "%s", shown);
    }
    switch (rc) {
    case CURLE_TOO_MANY_REDIRECTS:
        return err_set(e, E_NET, "%s: is redirected more than %d times; check the address", shown,
                       REDIRECTS);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return err_set(e, E_NET, "%s: is redirected to what is not %s; check the address", shown,
                       str_starts(str_of(t->r->url), "https://") ? "https" : "http or https");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return err_set(e, E_NET, "%s: %s; check the server's certificate and this machine's clock",
                       shown, why);
    case CURLE_PARTIAL_FILE:
        return err_set(e, E_NET, "%s: the answer was cut off; try again later", shown);
    case CURLE_OPERATION_TIMEDOUT:
        return err_set(e, E_NET, "%s: %s; is the server there?", shown, why);
    default:
        return err_set(e, E_NET, "%s: %s; check the address and the connection", shown, why);
    }
}

/* Waits before the next try. False: the server wants to be left alone for longer than we wait. */
static bool wait_for(struct transfer *t, unsigned tried) {
    curl_off_t asked = 0;
    uint64_t ms = (uint64_t)t->h->o.pause_ms << (tried < 8 ? tried - 1 : 7);

    curl_easy_getinfo(t->h->curl, CURLINFO_RETRY_AFTER, &asked);
    if (asked > WAIT_MAX)
        return false;
    if (asked > 0)
        ms = (uint64_t)asked * 1000;
    if (ms > WAIT_MAX * 1000)
        ms = WAIT_MAX * 1000;
    log_info("%s: %s; trying again in %.1f s", url_shown(t->mem, str_of(t->r->url)),
             t->a->status ? arena_fmt(t->mem, "status %u", t->a->status) : t->h->why,
             (double)ms / 1000);
    clock_sleep(ms);
    return !interrupt_signal();
}

static int finish(struct transfer *t, struct err *e) {
    /* An empty body never came by on_body. */
    if (good(t) && t->r->to && !t->begun && t->taken && t->a->status != 206 && begin_good(t)) {
        *e = t->err;
        return err_in(e, "%s", url_shown(t->mem, str_of(t->r->url)));
    }
    t->a->body = str_dup(t->mem, buf_get(&t->body));
    t->a->size = good(t) && t->r->to ? t->taken : t->body.n;
    t->a->type = http_header(t->a, "Content-Type");
    t->a->etag = http_header(t->a, "ETag");
    t->a->cache_control = http_headers(t->a, "Cache-Control", t->mem);
    return OK;
}

int http_send(struct http *h, const struct http_request *r, struct arena *mem,
              struct http_answer *a, struct err *e) {
    struct transfer t = {.h = h, .r = r, .mem = mem, .a = a};
    AUTO(buf) body = BUF_NONE;
    CURLcode rc = CURLE_OK;
    int result;

    *a = (struct http_answer){.header = arena_array(mem, HEADERS_MAX, sizeof *a->header)};
    t.max = r->max ? r->max : r->to ? 0 : HTTP_SMALL;
    if (url_check(str_of(r->url), e))
        return (int)e->code;
    buf_init(&t.body, t.max > HTTP_SAID ? (size_t)t.max : HTTP_SAID);
    for (unsigned tried = 1;; tried++) {
        rc = try_once(&t);
        if (tried >= h->o.tries || !passing(&t, rc) || !wait_for(&t, tried))
            break;
    }
    result = rc ? fail(&t, rc, e) : finish(&t, e);
    body = t.body; /* given up with the scope */
    return result;
}
