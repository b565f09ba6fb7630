/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/apt_release.h"

#include "model/tree.h"
#include "os/clock.h"
#include "repo/apt_deb.h"
#include "text/deb822.h"

#include <string.h>

static size_t place(const struct apt_release *r, struct str path, bool *found) {
    size_t lo = 0, hi = r->n;

    *found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = str_cmp(r->v[mid].path, path);

        if (!c) {
            *found = true;
            return mid;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct apt_release_file *apt_release_find(const struct apt_release *r, struct str path) {
    bool found;
    size_t i = place(r, path, &found);

    return found ? &r->v[i] : NULL;
}

void apt_release_put(struct apt_release *r, const struct apt_release_file *f) {
    bool found;
    size_t i = place(r, f->path, &found);

    if (!found) {
        if (r->n == r->room)
            r->v = arena_grow(r->mem, r->v, r->n, r->n + 1, sizeof *r->v, &r->room);
        memmove(r->v + i + 1, r->v + i, (r->n - i) * sizeof *r->v);
        r->n++;
    }
    r->v[i] = *f;
}

void apt_release_drop(struct apt_release *r, struct str prefix) {
    size_t m = 0;

    for (size_t i = 0; i < r->n; i++)
        if (!str_eq(str_cut(r->v[i].path, 0, prefix.n), prefix))
            r->v[m++] = r->v[i];
    r->n = m;
}

struct str apt_release_get(const struct apt_release *r, const char *name) {
    for (size_t i = 0; i < r->n_fields; i++)
        if (apt_deb_named(r->field[i].name, name))
            return r->field[i].value;
    return (struct str){0};
}

void apt_release_set(struct apt_release *r, const char *name, struct str value) {
    size_t i = 0;

    while (i < r->n_fields && !apt_deb_named(r->field[i].name, name))
        i++;
    if (!value.n) {
        if (i < r->n_fields) {
            memmove(r->field + i, r->field + i + 1, (r->n_fields - i - 1) * sizeof *r->field);
            r->n_fields--;
        }
        return;
    }
    if (i == r->n_fields) {
        if (i == r->field_room)
            r->field = arena_grow(r->mem, r->field, i, i + 1, sizeof *r->field, &r->field_room);
        r->n_fields++;
    }
    r->field[i] = (struct apt_release_field){str_of(name), value};
}

bool apt_release_has(struct str list, struct str word) {
    while (list.n)
        if (str_eq(str_split(&list, ' '), word))
            return true;
    return false;
}

static bool is_hex(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 64;
}

/* " SHA256 SIZE PATH" lines; blanks between them as each tool likes. */
static int read_files(struct str lines, const char *where, struct apt_release *r, struct err *e) {
    while (lines.n) {
        struct str line = str_trim(str_split(&lines, '\n')), rest = line;
        struct apt_release_file f = {.sha256 = str_split(&rest, ' ')};
        struct err why = {0};
        struct str size;

        if (!line.n)
            continue;
        rest = str_trim(rest);
        size = str_split(&rest, ' ');
        f.path = str_trim(rest);
        if (!is_hex(f.sha256) || !str_u64(size, INT64_MAX, &f.size))
            return err_set(e, E_INPUT, "%s: SHA256: no digest, size and path: " STR_F, where,
                           STR_A(line));
        if (tree_path_ok(f.path, &why))
            return err_set(e, E_INPUT, "%s: SHA256: %s", where, why.msg);
        apt_release_put(r, &f);
    }
    return OK;
}

int apt_release_read(struct str text, const char *where, struct apt_release *r, struct err *e) {
    static const char *const digests[] = {"MD5Sum", "SHA1", "SHA512"};
    struct deb822_para *p;
    size_t n;

    *r = (struct apt_release){.mem = r->mem, .there = true};
    if (deb822_read(text, where, r->mem, &p, &n, e))
        return (int)e->code;
    if (n != 1)
        return err_set(e, E_INPUT, "%s: is no Release file", where);
    for (size_t i = 0; i < p->n; i++) {
        bool other = false;

        for (size_t k = 0; k < COUNT(digests); k++)
            other |= apt_deb_named(p->v[i].name, digests[k]);
        if (apt_deb_named(p->v[i].name, "SHA256")) {
            if (read_files(p->v[i].value, where, r, e))
                return (int)e->code;
        } else if (!other) {
            apt_release_set(r, str_z(r->mem, p->v[i].name), p->v[i].value);
        }
    }
    return OK;
}

void apt_release_write(const struct apt_release *r, struct buf *text) {
    for (size_t i = 0; i < r->n_fields; i++)
        deb822_put(text, str_z(r->mem, r->field[i].name), r->field[i].value);
    buf_z(text, "SHA256:\n");
    for (size_t i = 0; i < r->n; i++)
        buf_fmt(text, " " STR_F " %16llu " STR_F "\n", STR_A(r->v[i].sha256),
                (unsigned long long)r->v[i].size, STR_A(r->v[i].path));
}

static bool number(struct str s, uint64_t max, int *n) {
    uint64_t v;

    if (!str_u64(s, max, &v))
        return false;
    *n = (int)v;
    return true;
}

bool apt_release_date(struct str s, int64_t *seconds) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct str part[6], time = {0};
    int day, year, hour, minute, second, month = 0;

    for (size_t i = 0; i < COUNT(part); i++) {
        s = str_trim(s);
        part[i] = str_split(&s, ' ');
    }
    time = part[4];
    for (int i = 0; i < 12; i++)
        if (part[2].n == 3 && !memcmp(part[2].p, months + 3 * i, 3))
            month = i + 1;
    if (!month || !number(part[1], 31, &day) || !number(part[3], 9999, &year) ||
        !number(str_split(&time, ':'), 23, &hour) || !number(str_split(&time, ':'), 59, &minute) ||
        !number(time, 60, &second) || year < 1970)
        return false;
    if (!str_is(part[5], "UTC") && !str_is(part[5], "GMT") && !str_is(part[5], "Z") &&
        !str_is(part[5], "+0000"))
        return false;
    *seconds = clock_join(year, month, day, hour, minute, second);
    return true;
}

struct str apt_release_time(struct arena *mem, int64_t seconds) {
    struct str s = clock_rfc2822(mem, seconds);

    return str_fmt(mem, STR_F " UTC", STR_A(str_cut(s, 0, str_rfind(s, ' '))));
}
