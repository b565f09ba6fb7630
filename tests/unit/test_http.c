/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "io/http.h"
#include "io/url.h"
#include "os/thread.h"
#include "unit/cmocka_all.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A server that says what it is told, one connection after the other, and remembers what was asked.
 */
struct server {
    const char *const *say; /* one answer a connection; NULL ends */
    bool stall;             /* the last connection is left open until the client goes */
    int listen;
    unsigned port, asked;
    char ask[8][2048];
    struct thread *thread;
    struct http *client;
    struct arena mem;
};

static void serve(void *self) {
    struct server *s = self;

    for (size_t i = 0; s->say[i]; i++) {
        char *ask = s->ask[i];
        size_t n = 0;
        int fd = accept(s->listen, NULL, NULL);

        while (n + 1 < sizeof s->ask[i] && !strstr(ask, "\r\n\r\n")) {
            ssize_t got = recv(fd, ask + n, sizeof s->ask[i] - 1 - n, 0);

            if (got <= 0)
                break;
            n += (size_t)got;
        }
        if (strstr(ask, "Content-Length: ") && !strstr(ask, "sent body"))
            recv(fd, ask + n, sizeof s->ask[i] - 1 - n, 0);
        s->asked++;
        (void)!send(fd, s->say[i], strlen(s->say[i]), MSG_NOSIGNAL);
        if (s->stall && !s->say[i + 1])
            while (recv(fd, ask + n, 1, 0) > 0)
                ;
        close(fd);
    }
}

static void start(struct server *s, const char *const *say, bool stall) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct http_opts fast = {.connect_ms = 120000, .stall_s = 120, .tries = 3, .pause_ms = 10};
    socklen_t n = sizeof at;
    struct err e = {0};

    log_setup(LOG_QUIET, NULL, NULL);
    s->say = say;
    s->stall = stall;
    if (stall)
        fast.stall_s = 1;
    s->listen = socket(AF_INET, SOCK_STREAM, 0);
    assert_return_code(bind(s->listen, (struct sockaddr *)&at, n), 0);
    assert_return_code(listen(s->listen, 8), 0);
    getsockname(s->listen, (struct sockaddr *)&at, &n);
    s->port = ntohs(at.sin_port);
    assert_int_equal(thread_start(&s->thread, serve, s, &e), OK);
    assert_int_equal(http_open(&s->client, &fast, &e), OK);
}

static void stop(struct server *s) {
    http_close(s->client);
    shutdown(s->listen, SHUT_RDWR);
    thread_join(s->thread);
    close(s->listen);
    arena_drop(&s->mem);
}

static const char *at(struct server *s, const char *path) {
    return arena_fmt(&s->mem, "http://user:secret@127.0.0.1:%u/%s", s->port, path);
}

static int get(struct server *s, const struct http_request *r, struct http_answer *a,
               struct err *e) {
    return http_send(s->client, r, &s->mem, a, e);
}

#define SAYS(...) TELLS(false, __VA_ARGS__)
#define TELLS(stall, ...)                                                                          \
    static const char *const say[] = {__VA_ARGS__, NULL};                                          \
    struct server s = {0};                                                                         \
    struct http_answer a = {0};                                                                    \
    struct err e = {0};                                                                            \
    start(&s, say, stall)

static void test_answer(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\nX-Two: 2\r\n"
         "cache-control: public, max-age=300\r\nContent-Type: text/plain\r\n\r\nhello");
    uint64_t seconds = 0;

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a%20b?token=1")}, &a, &e), OK);
    assert_int_equal(a.status, 200);
    assert_true(str_is(a.body, "hello") && str_is(a.etag, "\"x\""));
    assert_true(str_is(a.type, "text/plain") && str_is(http_header(&a, "x-two"), "2"));
    assert_true(http_lifetime(&a, &seconds) && seconds == 300);
    assert_non_null(strstr(s.ask[0], "GET /a%20b?token=1 HTTP/1.1\r\n"));
    assert_non_null(strstr(s.ask[0], "User-Agent: slipway/"));
    assert_int_equal(http_expect(&a, "http://x", &e), OK);
    stop(&s);
}

static void test_status_is_an_answer(void **state) {
    SAYS("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a?token=1")}, &a, &e), OK);
    assert_int_equal(a.status, 404);
    assert_true(str_is(a.body, "none"));
    assert_int_equal(http_expect(&a, at(&s, "a?token=1"), &e), E_NET);
    assert_null(strstr(e.msg, "secret"));
    assert_null(strstr(e.msg, "token"));
    assert_non_null(strstr(e.msg, "/a: the server answers 404; "));
    stop(&s);
}

static void test_trouble_passes(void **state) {
    SAYS("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), OK);
    assert_true(a.status == 200 && str_is(a.body, "ok"));
    assert_int_equal(s.asked, 3);
    stop(&s);
}

static void test_trouble_stays(void **state) {
    SAYS("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), OK);
    assert_int_equal(a.status, 500);
    assert_int_equal(s.asked, 3);
    stop(&s);
}

static void test_left_alone(void **state) {
    SAYS("HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), OK);
    assert_int_equal(a.status, 429);
    assert_int_equal(s.asked, 1);
    stop(&s);
}

static void test_once(void **state) {
    SAYS("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");

    (void)state;
    assert_int_equal(
        get(&s, &(struct http_request){.url = at(&s, "a"), .method = "POST", .once = true}, &a, &e),
        OK);
    assert_int_equal(a.status, 500);
    assert_int_equal(s.asked, 1);
    stop(&s);
}

static int restart(void *self, struct err *e) {
    (void)e;
    buf_clear(self);
    return OK;
}

static void into(struct server *s, struct http_request *r, struct sink *to, struct buf *got) {
    buf_init(got, 1000);
    sink_buf(to, got);
    r->url = at(s, "file");
    r->to = to;
    r->restart = restart;
    r->restart_self = got;
}

static void test_cut_goes_on(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\n\r\n01234",
         "HTTP/1.1 206 Part\r\nContent-Length: 5\r\nETag: \"v1\"\r\n"
         "Content-Range: bytes 5-9/10\r\n\r\n56789");
    struct http_request r = {0};
    struct sink to;
    AUTO(buf) got = BUF_NONE;

    (void)state;
    into(&s, &r, &to, &got);
    assert_int_equal(get(&s, &r, &a, &e), OK);
    assert_true(str_is(buf_get(&got), "0123456789") && a.size == 10);
    assert_non_null(strstr(s.ask[1], "Range: bytes=5-\r\n"));
    assert_non_null(strstr(s.ask[1], "If-Range: \"v1\"\r\n"));
    stop(&s);
}

static void test_cut_and_changed_starts_over(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\n\r\n01234",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"v2\"\r\n\r\nnew");
    struct http_request r = {0};
    struct sink to;
    AUTO(buf) got = BUF_NONE;

    (void)state;
    into(&s, &r, &to, &got);
    assert_int_equal(get(&s, &r, &a, &e), OK);
    assert_true(str_is(buf_get(&got), "new") && a.size == 3);
    stop(&s);
}

static void test_cut_for_good(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234",
         "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n012\r\n");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), E_NET);
    assert_non_null(strstr(e.msg, "127.0.0.1"));
    assert_null(strstr(e.msg, "secret"));
    stop(&s);
}

static void test_chunked(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n012\r\n2\r\n34\r\n0\r\n\r\n");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), OK);
    assert_true(str_is(a.body, "01234"));
    stop(&s);
}

static void test_too_large(void **state) {
    SAYS("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n01234",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n");
    struct http_request r = {.max = 4};

    (void)state;
    r.url = at(&s, "a");
    assert_int_equal(get(&s, &r, &a, &e), E_WRONG);
    assert_int_equal(get(&s, &r, &a, &e), E_WRONG);
    assert_non_null(strstr(e.msg, "larger than 4 bytes"));
    stop(&s);
}

static void test_stall(void **state) {
    TELLS(true, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n01");
    struct http_request r = {.once = true};

    (void)state;
    r.url = at(&s, "a");
    assert_int_equal(get(&s, &r, &a, &e), E_NET);
    stop(&s);
}

static void test_redirects(void **state) {
    SAYS("HTTP/1.1 302 Found\r\nLocation: /other\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
         "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");

    (void)state;
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), OK);
    assert_true(str_is(a.body, "ok") && !http_header(&a, "X-A").n);
    assert_non_null(strstr(s.ask[1], "GET /other "));
    assert_int_equal(get(&s, &(struct http_request){.url = at(&s, "a")}, &a, &e), E_NET);
    assert_non_null(strstr(e.msg, "redirected"));
    stop(&s);
}

static int give(void *self, uint64_t from, void *p, size_t n, size_t *got, struct err *e) {
    struct str left = str_cut(*(struct str *)self, (size_t)from, SIZE_MAX);

    (void)e;
    *got = left.n < n ? left.n : n;
    if (*got)
        memcpy(p, left.p, *got);
    return OK;
}

static void test_put_is_sent_again(void **state) {
    SAYS("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
         "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n");
    struct str body = STR("sent body"), header = STR("X-Amz-Acl: public-read");
    struct http_request r = {
        .header = &header, .n_header = 1, .body = give, .body_self = &body, .body_size = body.n};

    (void)state;
    r.url = at(&s, "a");
    assert_int_equal(get(&s, &r, &a, &e), OK);
    assert_int_equal(a.status, 201);
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(strstr(s.ask[i], "PUT /a HTTP/1.1\r\n"));
        assert_non_null(strstr(s.ask[i], "X-Amz-Acl: public-read\r\n"));
        assert_non_null(strstr(s.ask[i], "\r\n\r\nsent body"));
    }
    stop(&s);
}

static void test_range(void **state) {
    SAYS("HTTP/1.1 206 Part\r\nContent-Length: 2\r\nContent-Range: bytes 3-4/9\r\n\r\n34");
    struct http_request r = {.from = 3, .count = 2};

    (void)state;
    r.url = at(&s, "a");
    assert_int_equal(get(&s, &r, &a, &e), OK);
    assert_true(a.status == 206 && str_is(a.body, "34"));
    assert_non_null(strstr(s.ask[0], "Range: bytes=3-4\r\n"));
    stop(&s);
}

static void test_nobody_there(void **state) {
    SAYS("");

    (void)state;
    shutdown(s.listen, SHUT_RDWR);
    assert_int_equal(
        get(&s, &(struct http_request){.url = "http://u:secret@127.0.0.1:1/x?t=1"}, &a, &e), E_NET);
    assert_null(strstr(e.msg, "secret"));
    assert_null(strstr(e.msg, "t=1"));
    assert_int_equal(get(&s, &(struct http_request){.url = "file:///etc/passwd"}, &a, &e), E_USAGE);
    assert_int_equal(get(&s, &(struct http_request){.url = "http://a b/"}, &a, &e), E_USAGE);
    stop(&s);
}

static void test_url(void **state) {
    AUTO(arena) mem = {0};

    (void)state;
    assert_string_equal(url_shown(&mem, STR("https://u:p@h:1/a@b?q=1#f")), "https://h:1/a@b");
    assert_string_equal(url_shown(&mem, STR("http://h?u@q")), "http://h");
    assert_string_equal(url_shown(&mem, STR("ftp://x?y")), "ftp://x");
    assert_true(str_is(url_path(&mem, STR("a b/ü+%/~.-_")), "a%20b/%C3%BC%2B%25/~.-_"));
    assert_string_equal(url_join(&mem, STR("http://u:p@h/s//?sig=1#x"), STR("a+b")),
                        "http://u:p@h/s/a%2Bb?sig=1");
    assert_string_equal(url_join(&mem, STR("http://h"), STR("a/b")), "http://h/a/b");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_status_is_an_answer),
        cmocka_unit_test(test_trouble_passes),
        cmocka_unit_test(test_trouble_stays),
        cmocka_unit_test(test_left_alone),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_cut_goes_on),
        cmocka_unit_test(test_cut_and_changed_starts_over),
        cmocka_unit_test(test_cut_for_good),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_put_is_sent_again),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
