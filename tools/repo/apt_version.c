/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_version.h"

#include <string.h>

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters before other characters, `~` before everything, also before the end. */
static int rank(struct str s, size_t at) {
    char c = at < s.n ? s.p[at] : 0;

    if (!c || digit(c))
        return 0;
    if (c == '~')
        return -1;
    return letter(c) ? (unsigned char)c : (unsigned char)c + 256;
}

/* A run of what is no digit, then a number, in turns. */
static int part_cmp(struct str a, struct str b) {
    size_t i = 0, k = 0;

    while (i < a.n || k < b.n) {
        int first = 0;

        while ((i < a.n && !digit(a.p[i])) || (k < b.n && !digit(b.p[k]))) {
            int x = rank(a, i), y = rank(b, k);

            if (x != y)
                return x - y;
            i++;
            k++;
        }
        while (i < a.n && a.p[i] == '0')
            i++;
        while (k < b.n && b.p[k] == '0')
            k++;
        while (i < a.n && k < b.n && digit(a.p[i]) && digit(b.p[k])) {
            if (!first)
                first = a.p[i] - b.p[k];
            i++;
            k++;
        }
        if (i < a.n && digit(a.p[i]))
            return 1;
        if (k < b.n && digit(b.p[k]))
            return -1;
        if (first)
            return first;
    }
    return 0;
}

static struct str epoch_of(struct str *s) {
    size_t colon = str_find(*s, ':');
    struct str epoch = {0};

    if (colon == s->n)
        return epoch;
    epoch = str_cut(*s, 0, colon);
    *s = str_cut(*s, colon + 1, s->n);
    return epoch;
}

int apt_version_cmp(struct str a, struct str b) {
    struct str ea = epoch_of(&a), eb = epoch_of(&b);
    size_t i = str_rfind(a, '-'), k = str_rfind(b, '-');
    int c = part_cmp(ea.n ? ea : STR("0"), eb.n ? eb : STR("0"));

    if (!c)
        c = part_cmp(str_cut(a, 0, i), str_cut(b, 0, k));
    return c ? c : part_cmp(str_cut(a, i + 1, a.n), str_cut(b, k + 1, b.n));
}

bool apt_version_ok(struct str s) {
    struct str rest = s, epoch = epoch_of(&rest);
    bool good = rest.n && s.n <= 200 && digit(rest.p[0]);

    for (size_t i = 0; i < epoch.n; i++)
        good = good && digit(epoch.p[i]);
    if (str_find(s, ':') < s.n && !epoch.n)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        good = good &&
               (digit(rest.p[i]) || letter(rest.p[i]) || (rest.p[i] && strchr(".+-:~", rest.p[i])));
    return good;
}
