/* SPDX-License-Identifier: Apache-2.0 */
#include "os/thread.h"
#include "unit/cmocka_all.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 200 };

struct work {
    atomic_uint ran[N];
    size_t fails_a, fails_b;
};

static int task(void *ctx, size_t i, struct err *e) {
    static const struct timespec later = {0, 20000000};
    struct work *w = ctx;

    atomic_fetch_add(&w->ran[i], 1);
    if (i == w->fails_a)
        nanosleep(&later, NULL); /* the smaller index fails later in time */
    if (i == w->fails_a || i == w->fails_b)
        return err_set(e, E_INPUT, "task %zu", i);
    return OK;
}

static void each_runs_once(void **state) {
    (void)state;
    for (unsigned jobs = 0; jobs < 9; jobs++) {
        struct work w = {.fails_a = N, .fails_b = N};
        struct err e = {0};

        assert_int_equal(thread_each(jobs, N, task, &w, &e), 0);
        for (size_t i = 0; i < N; i++)
            assert_int_equal(atomic_load(&w.ran[i]), 1);
        assert_int_equal(thread_each(jobs, 0, task, &w, &e), 0);
    }
}

static void the_smallest_failure_is_told(void **state) {
    (void)state;
    for (unsigned jobs = 1; jobs < 9; jobs++) {
        struct work w = {.fails_a = 20, .fails_b = 21};
        struct err e = {0};

        assert_int_equal(thread_each(jobs, N, task, &w, &e), E_INPUT);
        assert_string_equal(e.msg, "task 20");
        if (jobs == 1) /* nothing new is started; others may get far before the failure is known */
            assert_int_equal(atomic_load(&w.ran[N - 1]), 0);
    }
}

struct box {
    struct thread_lock *lock;
    int value;
};

static void fill(void *arg) {
    struct box *b = arg;

    thread_enter(b->lock);
    b->value = 7;
    thread_wake_all(b->lock);
    thread_leave(b->lock);
}

static void a_thread_wakes_another(void **state) {
    struct box b = {thread_lock_new(), 0};
    struct thread *t;
    struct err e = {0};

    (void)state;
    thread_enter(b.lock);
    assert_int_equal(thread_start(&t, fill, &b, &e), 0);
    while (!b.value)
        thread_wait(b.lock);
    thread_leave(b.lock);
    thread_join(t);
    thread_join(NULL);
    assert_int_equal(b.value, 7);
    thread_lock_free(b.lock);
    thread_lock_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_runs_once),
        cmocka_unit_test(the_smallest_failure_is_told),
        cmocka_unit_test(a_thread_wakes_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
