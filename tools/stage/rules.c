/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/rules.h"

#include "model/names.h"

#include <string.h>

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static bool lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool letter(char c) {
    return lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Only letters (when asked for), digits and the characters of `more`. */
static bool made_of(struct str s, bool upper, const char *more) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!c || !(digit(c) || lower(c) || (upper && letter(c)) || strchr(more, c)))
            return false;
    }
    return true;
}

int rules_name(struct str s, struct err *e) {
    if (s.n && (digit(s.p[0]) || lower(s.p[0])) && made_of(s, false, "+.-"))
        return OK;
    return err_set(e, E_RECIPE,
                   "it is made of a-z, 0-9, +, . and -, and starts with a letter or digit "
                   "(\"title\" takes what people see)");
}

int rules_id(struct str s, struct err *e) {
    size_t parts = 0;
    bool good = s.n && s.n <= 255 && s.p[s.n - 1] != '.';

    while (good && s.n) {
        struct str part = str_split(&s, '.');

        good = part.n && part.p[0] != '-' && made_of(part, true, "_-");
        parts++;
    }
    if (good && parts > 1)
        return OK;
    return err_set(e, E_RECIPE, "it is a reversed domain name like com.example.hello");
}

int rules_version(struct str s, struct err *e) {
    struct names_semver v;

    if (str_is(s, "git") || names_semver(s, &v))
        return OK;
    if (str_starts(s, "v") && names_semver(str_cut(s, 1, s.n), &v))
        return err_set(e, E_RECIPE, "it is written without the v: " STR_F,
                       STR_A(str_cut(s, 1, s.n)));
    return err_set(e, E_RECIPE,
                   "it is MAJOR.MINOR.PATCH as in semver.org (1.2.3, 1.2.3-beta.1), or git");
}

int rules_release(struct str s, struct err *e) {
    if (s.n && (digit(s.p[0]) || letter(s.p[0])) && made_of(s, true, ".+~"))
        return OK;
    return err_set(e, E_RECIPE, "it is a package revision like 1 or 2.fc40");
}

int rules_mail(struct str s, struct err *e) {
    size_t open = str_find(s, '<'), at;
    struct str who = str_cut(s, 0, open), mail = str_cut(s, open + 1, s.n);
    bool good = who.n > 1 && who.p[who.n - 1] == ' ' && !is_blank(who.p[0]) &&
                str_find(who, '>') == who.n && str_ends(mail, ">");

    if (good) {
        mail.n--;
        at = str_find(mail, '@');
        good = at && at + 1 < mail.n && at == str_rfind(mail, '@');
        for (size_t i = 0; i < mail.n; i++)
            good = good && !is_blank(mail.p[i]) && mail.p[i] != '<' && mail.p[i] != '>';
    }
    if (good)
        return OK;
    return err_set(e, E_RECIPE, "it is written Name <name@example.com>");
}

int rules_url(struct str s, struct err *e) {
    size_t skip = str_starts(s, "https://") ? 8 : str_starts(s, "http://") ? 7 : 0;
    bool good = skip && s.n > skip && !strchr("/?#", s.p[skip]);

    for (size_t i = 0; i < s.n; i++)
        good = good && !is_blank(s.p[i]);
    return good ? OK : err_set(e, E_RECIPE, "it is an http:// or https:// address");
}

int rules_scheme(struct str s, struct err *e) {
    if (s.n && lower(s.p[0]) && made_of(s, false, "+.-")) /* RFC 3986, 3.1 */
        return OK;
    if (str_has(s, ":"))
        return err_set(e, E_RECIPE, "only the scheme is written here, without \"://\"");
    return err_set(e, E_RECIPE,
                   "a scheme is made of a-z, 0-9, +, . and -, and starts with a "
                   "letter");
}

int rules_mode(struct str s, struct err *e) {
    bool good = s.n >= 3 && s.n <= 5;

    for (size_t i = 0; i < s.n; i++)
        good = good && s.p[i] >= '0' && s.p[i] <= '7';
    if (good && rules_mode_bits(s) <= 07777)
        return OK;
    return err_set(e, E_RECIPE, "it is octal and in quotes, like \"0755\"");
}

uint32_t rules_mode_bits(struct str s) {
    uint32_t m = 0;

    for (size_t i = 0; i < s.n; i++)
        m = m * 8 + (uint32_t)(s.p[i] - '0');
    return m;
}

int rules_some(struct str s, struct err *e) {
    return s.n ? OK : err_set(e, E_RECIPE, "it must not be empty");
}

static bool parts_ok(struct str s) {
    while (s.n) {
        struct str part = str_split(&s, '/');

        if (!part.n || str_is(part, ".") || str_is(part, "..") || part.n > 255)
            return false;
    }
    return true;
}

int rules_to(struct str s, struct err *e) {
    struct str t = str_cut(s, str_starts(s, "/") ? 1 : str_starts(s, "./") ? 2 : 0, s.n);

    if (str_is(s, ".") || str_is(s, "./") || str_is(s, "/"))
        return OK;
    if (t.n && str_ends(t, "/"))
        t.n--;
    if (t.n && !str_ends(t, "/") && parts_ok(t))
        return OK;
    return err_set(e, E_RECIPE, "it is a path without \"..\" and empty parts");
}

int rules_inside(struct str s, struct err *e) {
    if (s.n && !str_ends(s, "/") && !str_starts(s, "/") && parts_ok(s))
        return OK;
    return err_set(e, E_RECIPE,
                   "it is a path below the install root, like bin/hello, without \"..\"");
}

int rules_account(struct str s, struct err *e) {
    struct str t = str_ends(s, "$") ? str_cut(s, 0, s.n - 1) : s;

    if (t.n && t.n <= 32 && (letter(t.p[0]) || t.p[0] == '_') && made_of(t, true, "_.-"))
        return OK;
    return err_set(e, E_RECIPE, "it is the name of a user or group");
}

int rules_unit(struct str s, struct err *e) {
    if (s.n && s.n <= 200 && (letter(s.p[0]) || digit(s.p[0])) && made_of(s, true, "_.@:-"))
        return OK;
    return err_set(e, E_RECIPE,
                   "it is a service name like hellod, made of letters, digits and "
                   "_ . @ : -");
}

int rules_variable(struct str s, struct err *e) {
    if (s.n && !digit(s.p[0]) && made_of(s, true, "_"))
        return OK;
    return err_set(e, E_RECIPE, "a variable's name is made of letters, digits and _");
}

int rules_extension(struct str s, struct err *e) {
    bool good = s.n && s.p[0] != '.';

    for (size_t i = 0; i < s.n; i++)
        good = good && !is_blank(s.p[i]) && s.p[i] != '/';
    return good ? OK : err_set(e, E_RECIPE, "it is written without the dot, like txt");
}

int rules_mime(struct str s, struct err *e) {
    struct str sub = s, type = str_split(&sub, '/');

    if (type.n && sub.n && (digit(type.p[0]) || lower(type.p[0])) && made_of(type, false, ".+-") &&
        (digit(sub.p[0]) || letter(sub.p[0])) && made_of(sub, true, ".+-"))
        return OK;
    return err_set(e, E_RECIPE, "it is a media type like text/x-hello");
}

struct spdx {
    struct str s;
    size_t at;
    unsigned depth;
};

static struct str word(struct spdx *x) {
    size_t from;

    while (x->at < x->s.n && x->s.p[x->at] == ' ')
        x->at++;
    from = x->at;
    if (x->at < x->s.n && (x->s.p[x->at] == '(' || x->s.p[x->at] == ')'))
        x->at++;
    else
        while (x->at < x->s.n && !strchr(" ()", x->s.p[x->at]))
            x->at++;
    return str_cut(x->s, from, x->at);
}

static bool operator(struct str w) {
    return str_is(w, "AND") || str_is(w, "OR") || str_is(w, "WITH");
}

static bool spdx_id(struct str w, bool exception) {
    if (str_starts(w, "DocumentRef-")) { /* DocumentRef-x:LicenseRef-y */
        struct str doc = str_split(&w, ':');

        if (doc.n <= strlen("DocumentRef-") || !made_of(doc, true, ".-") ||
            !str_starts(w, "LicenseRef-"))
            return false;
    }
    if (!exception && str_ends(w, "+"))
        w.n--;
    return w.n && !operator(w) && made_of(w, true, ".-");
}

static bool spdx_expression(struct spdx *x);

static bool spdx_term(struct spdx *x) {
    struct str w = word(x);
    size_t back;
    bool good;

    if (str_is(w, "(")) {
        if (++x->depth > 32)
            return false;
        good = spdx_expression(x);
        x->depth--;
        return good && str_is(word(x), ")");
    }
    if (!spdx_id(w, false))
        return false;
    back = x->at;
    if (!str_is(word(x), "WITH")) {
        x->at = back;
        return true;
    }
    return spdx_id(word(x), true);
}

static bool spdx_expression(struct spdx *x) {
    for (;;) {
        size_t back;
        struct str w;

        if (!spdx_term(x))
            return false;
        back = x->at;
        w = word(x);
        if (!str_is(w, "AND") && !str_is(w, "OR")) {
            x->at = back;
            return true;
        }
    }
}

int rules_spdx(struct str s, struct err *e) {
    struct spdx x = {.s = s};

    if (spdx_expression(&x) && !word(&x).n)
        return OK;
    return err_set(e, E_RECIPE,
                   "it is an SPDX expression like MIT, \"Apache-2.0 OR MIT\" or "
                   "LicenseRef-Proprietary");
}
