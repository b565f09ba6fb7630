/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/installer.h"

#include "os/clock.h"
#include "text/tmpl.h"

static bool is_archive(const struct artifact *a) {
    return a->role == ROLE_PACKAGE && (str_is(a->os, "linux") || str_is(a->os, "macos")) &&
           (str_is(a->format, "tar.zst") || str_is(a->format, "tar.xz") ||
            str_is(a->format, "tar.gz") || str_is(a->format, "zip"));
}

/* What may stand in a word of the script's tables, which lie between quotes that nothing leaves. */
static bool is_word(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '.' || c == '_' || c == '+' || c == '~' || c == '-'))
            return false;
    }
    return s.n > 0;
}

/* Where `what` stands last in s, or s.n. */
static size_t find_last(struct str s, struct str what) {
    for (size_t i = s.n >= what.n ? s.n - what.n + 1 : 0; i-- > 0;)
        if (str_eq(str_cut(s, i, i + what.n), what))
            return i;
    return s.n;
}

/* A later version's archive is found by what stands around the version in this one's name. */
static bool add_archive(const struct page_job *j, const struct artifact *a, struct value *list) {
    struct value *v = value_new(j->mem, VALUE_MAP);
    struct str version = j->releases[0].version, before, after;
    size_t at = find_last(a->name, version);

    before = str_cut(a->name, 0, at);
    after = str_cut(a->name, at + version.n, a->name.n);
    if (!is_archive(a) || !is_word(before) || !is_word(after) || !is_word(a->arch))
        return false;
    value_set(j->mem, v, "system",
              value_str(j->mem, str_fmt(j->mem, STR_F "-" STR_F, STR_A(a->os), STR_A(a->arch))));
    value_set(j->mem, v, "format", value_str(j->mem, a->format));
    value_set(j->mem, v, "before", value_str(j->mem, before));
    value_set(j->mem, v, "after", value_str(j->mem, after));
    value_add(list, v);
    return true;
}

bool installer_useful(const struct page_job *j) {
    struct value *list = value_new(j->mem, VALUE_LIST);

    for (size_t i = 0; j->n && i < j->releases[0].ledger->n; i++)
        if (add_archive(j, &j->releases[0].ledger->v[i], list))
            return true;
    return false;
}

static struct value *versions(const struct page_job *j) {
    struct value *list = value_new(j->mem, VALUE_LIST);

    for (size_t i = 0; i < j->n; i++) {
        const struct page_release *r = &j->releases[i];
        struct value *v = value_new(j->mem, VALUE_MAP);

        if (!is_word(r->version) || !is_word(r->channel))
            continue;
        value_set(j->mem, v, "version", value_str(j->mem, r->version));
        value_set(j->mem, v, "channel",
                  value_str(j->mem, str_is(r->channel, "latest") ? STR("stable") : r->channel));
        value_set(j->mem, v, "date",
                  value_str(j->mem, str_cut(clock_rfc3339(j->mem, r->time), 0, 10)));
        value_add(list, v);
    }
    return list;
}

/* One line for a terminal: what could steer it becomes a blank. */
static struct str plain(struct arena *mem, struct str s) {
    char *p = arena_dup(mem, s.p, s.n);

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
            p[i] = ' ';
    return (struct str){p, s.n};
}

int installer_write(const struct page_job *j, struct buf *script, struct err *e) {
    struct value *v = value_new(j->mem, VALUE_MAP), *archives = value_new(j->mem, VALUE_LIST);
    struct str title = j->recipe->title.n ? j->recipe->title : j->recipe->name;

    if (!j->n)
        return err_set(e, E_BUG, "an install script without a release");
    for (size_t i = 0; i < j->releases[0].ledger->n; i++)
        (void)add_archive(j, &j->releases[0].ledger->v[i], archives);
    value_set(j->mem, v, "name", value_str(j->mem, j->recipe->name));
    value_set(j->mem, v, "title", value_str(j->mem, plain(j->mem, title)));
    value_set(j->mem, v, "url", value_str(j->mem, plain(j->mem, j->url)));
    value_set(j->mem, v, "version", value_str(j->mem, j->releases[0].version));
    value_set(j->mem, v, "signed", value_bool(j->mem, j->fingerprint.n > 0 && j->public_key.n > 0));
    value_set(j->mem, v, "fingerprint", value_str(j->mem, j->fingerprint));
    value_set(j->mem, v, "public_key", value_str(j->mem, str_trim(j->public_key)));
    value_set(j->mem, v, "archives", archives);
    value_set(j->mem, v, "versions", versions(j));
    return tmpl_render("site/install.sh", v, script, e);
}
