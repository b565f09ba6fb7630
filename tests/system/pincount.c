/* SPDX-License-Identifier: Apache-2.0 */
/* A PKCS#11 library in front of $PINCOUNT_LIBRARY that writes a line into $PINCOUNT_LOG for each
 * PIN that is tried, and one for each signature. Loaded before all else (LD_PRELOAD) it also takes
 * RTLD_DEEPBIND away, which pkcs11-provider asks for and AddressSanitizer refuses. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOGIN = 18, SIGN = 43, FUNCTIONS = 68, FAILED = 5 };

struct functions { /* CK_FUNCTION_LIST */
    unsigned char version[2];
    void (*at[FUNCTIONS])(void);
};

typedef void plain_fn(void);
typedef void *open_fn(const char *, int);
typedef unsigned long list_fn(struct functions **);
typedef unsigned long login_fn(unsigned long, unsigned long, unsigned char *, unsigned long);
typedef unsigned long sign_fn(unsigned long, unsigned char *, unsigned long, unsigned char *,
                              unsigned long *);

unsigned long C_GetFunctionList(struct functions **out);

static struct functions here, *there;

/* C has no cast from a pointer of data to one of code. */
static plain_fn *symbol(void *library, const char *name) {
    void *p = dlsym(library, name);
    plain_fn *f;

    memcpy(&f, &p, sizeof f);
    return f;
}

static void note(const char *what) {
    FILE *f = fopen(getenv("PINCOUNT_LOG"), "a");

    fprintf(f, "%s\n", what);
    fclose(f);
}

static unsigned long login(unsigned long session, unsigned long who, unsigned char *pin,
                           unsigned long n) {
    note("login");
    return ((login_fn *)there->at[LOGIN])(session, who, pin, n);
}

static unsigned long sign(unsigned long session, unsigned char *data, unsigned long n,
                          unsigned char *out, unsigned long *room) {
    if (out) /* not the question for its length */
        note("sign");
    return ((sign_fn *)there->at[SIGN])(session, data, n, out, room);
}

unsigned long C_GetFunctionList(struct functions **out) {
    void *library = dlopen(getenv("PINCOUNT_LIBRARY"), RTLD_NOW);
    list_fn *list = library ? (list_fn *)symbol(library, "C_GetFunctionList") : NULL;

    if (!list || list(&there))
        return FAILED;
    here = *there;
    here.at[LOGIN] = (plain_fn *)login;
    here.at[SIGN] = (plain_fn *)sign;
    *out = &here;
    return 0;
}

void *dlopen(const char *path, int flags) {
    return ((open_fn *)symbol(RTLD_NEXT, "dlopen"))(path, flags & ~RTLD_DEEPBIND);
}
