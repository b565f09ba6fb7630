/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "io/sink.h"

/* Requests over HTTP by libcurl: certificates are checked, redirects followed (10 at most, never
 * from https to http), connections kept for the next request, and what may be trouble of the moment
 * (no connection, a cut body, 429, 5xx) is tried again. No message shows the user, password or
 * query of an address, nor a header. */
struct http; /* one client; one thread at a time */

struct http_opts {       /* 0: the default */
    unsigned connect_ms; /* for a connection to stand: 20000 */
    unsigned stall_s;    /* without a byte: 30 */
    unsigned tries;      /* of one request: 4 */
    unsigned pause_ms;   /* before the second try, doubled before each further one: 500 */
    unsigned total_ms;   /* for one try, from beginning to end: no limit */
};

int http_open(struct http **h, const struct http_opts *o,
              struct err *e) MUST_USE; /* o may be NULL */
void http_close(struct http *h);       /* NULL is fine */

enum { HTTP_SMALL = 16 * 1024 * 1024, HTTP_SAID = 64 * 1024 };

struct http_request {
    const char *method; /* NULL: "GET", with a body "PUT" */
    const char *url;
    const struct str *header; /* "Name: value" */
    size_t n_header;
    /* What is sent: up to n bytes at `at`, asked for again when a try failed. NULL: nothing. */
    int (*body)(void *self, uint64_t at, void *p, size_t n, size_t *got, struct err *e);
    void *body_self;
    uint64_t body_size;
    uint64_t from, count; /* count > 0: these bytes only; the answer is 206 then, or 200 and all */
    /* Where the body of a 2xx answer goes; NULL: into the answer. */
    struct sink *to;
    /* Empties `to` when a body was cut and cannot be gone on with; NULL: then the request fails. */
    int (*restart)(void *self, struct err *e);
    void *restart_self;
    uint64_t max; /* a larger body is E_WRONG; 0: no bound with `to`, HTTP_SMALL without */
    bool once; /* doing it twice would do harm: tried again only when it did not reach the server */
};

struct http_answer {
    unsigned status;
    struct str *header; /* "Name: value" of the last answer, redirects left out */
    size_t n_header;
    struct str body; /* of a 2xx answer without `to`; of others the first HTTP_SAID bytes */
    struct str type, etag, cache_control; /* headers that are often wanted; empty: absent */
    uint64_t size;                        /* of the body that came */
};

/* OK when there was an answer, whatever its status; else E_NET, or the sink's own failure. What the
 * answer holds lives in `mem`. */
int http_send(struct http *h, const struct http_request *r, struct arena *mem,
              struct http_answer *a, struct err *e) MUST_USE;

/* E_NET that names the address, the status and what can be done, unless it is 2xx. */
int http_expect(const struct http_answer *a, const char *url, struct err *e) MUST_USE;

/* A header of the answer, its name in any case; empty: absent. */
struct str http_header(const struct http_answer *a, const char *name);

/* One that may come several times, as a list with commas. */
struct str http_headers(const struct http_answer *a, const char *name, struct arena *mem);

/* The max-age of Cache-Control in seconds, 0 for no-store and no-cache. False: it says nothing. */
bool http_lifetime(const struct http_answer *a, uint64_t *seconds);
