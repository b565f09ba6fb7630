/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/rpmscript.h"

#include "container/rpmtags.h"
#include "pack/linux.h"

enum { SCRIPT_MAX = 4 * 1024 * 1024, WORDS_MAX = 16 };

static void add(const struct pack_job *j, struct str text, uint32_t tag, uint32_t prog,
                uint32_t flag, struct rpmdeps *d, struct rpmhdr *h) {
    struct str words[WORDS_MAX] = {STR("/bin/sh")}, line;
    size_t n = 0;

    if (str_starts(text, "#!")) {
        line = str_split(&text, '\n');
        line = str_cut(line, 2, line.n);
        while (n < WORDS_MAX && (line = str_trim(line)).n)
            words[n++] = str_split(&line, ' ');
    }
    if (n > 1) {
        rpmhdr_add_texts(h, prog, words, n);
        rpmdeps_rpmlib(d, "ScriptletInterpreterArgs", "4.0.3-1");
    } else {
        rpmhdr_add_text(h, prog, words[0]);
    }
    while (str_ends(text, "\n"))
        text.n--;
    rpmhdr_add_text(h, tag, text.n ? text : STR(":"));
    if (str_is(words[0], "<lua>"))
        rpmdeps_rpmlib(d, "BuiltinLuaScripts", "4.2.2-1");
    else
        rpmdeps_add(d, RPMDEPS_REQUIRES, str_dup(j->mem, words[0]), RPMDEPS_INTERP | flag,
                    (struct str){0});
}

/* A transaction's script is a file that the section names: before the transaction of a first
 * installation there is no shell, so these are mostly written in Lua. */
static int add_file(const struct pack_job *j, const char *key, uint32_t tag, uint32_t prog,
                    uint32_t flag, struct rpmdeps *d, struct rpmhdr *h, struct err *e) {
    const struct value *v = value_get(j->section, key);
    const char *path;
    struct str text;

    if (!v || !v->s.n)
        return OK;
    path = str_starts(v->s, "/") ? str_z(j->mem, v->s)
                                 : arena_fmt(j->mem, "%s/" STR_F, j->recipe->dir, STR_A(v->s));
    if (fsys_read(FSYS_HERE, path, SCRIPT_MAX, j->mem, &text, e)) {
        e->code = E_RECIPE;
        return err_in(e, "%s: rpm: %s", recipe_where(j->recipe, v->at, j->mem), key);
    }
    if (str_ends(v->s, ".lua"))
        text = str_fmt(j->mem, "#!<lua>\n" STR_F, STR_A(text));
    add(j, text, tag, prog, flag, d, h);
    return OK;
}

int rpmscript_tags(const struct pack_job *j, const struct tree *pkg, struct rpmdeps *d,
                   struct rpmhdr *h, struct err *e) {
    static const struct {
        enum linux_hook hook;
        uint32_t tag, prog, flag;
    } rows[] = {
        {LINUX_PRE_INSTALL, RPMTAGS_PREIN, RPMTAGS_PREINPROG, RPMDEPS_PRE},
        {LINUX_POST_INSTALL, RPMTAGS_POSTIN, RPMTAGS_POSTINPROG, RPMDEPS_POST},
        {LINUX_PRE_REMOVE, RPMTAGS_PREUN, RPMTAGS_PREUNPROG, RPMDEPS_PREUN},
        {LINUX_POST_REMOVE, RPMTAGS_POSTUN, RPMTAGS_POSTUNPROG, RPMDEPS_POSTUN},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(buf) text = BUF_NONE;

        buf_init(&text, SCRIPT_MAX);
        if (linux_script(j, pkg, rows[i].hook, LINUX_RPM, &text, e))
            return (int)e->code;
        if (text.n)
            add(j, str_dup(j->mem, buf_get(&text)), rows[i].tag, rows[i].prog, rows[i].flag, d, h);
    }
    if (add_file(j, "pre-trans", RPMTAGS_PRETRANS, RPMTAGS_PRETRANSPROG, RPMDEPS_PRETRANS, d, h, e))
        return (int)e->code;
    return add_file(j, "post-trans", RPMTAGS_POSTTRANS, RPMTAGS_POSTTRANSPROG, RPMDEPS_POSTTRANS, d,
                    h, e);
}
