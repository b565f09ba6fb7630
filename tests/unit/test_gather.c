/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fsys.h"
#include "os/tmpdir.h"
#include "stage/gather.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stage { /* a recipe's folder with files in it */
    struct arena mem;
    struct tmpdir dir;
    struct recipe r;
    struct target t;
    struct recipe_files v[16];
    struct tree tree;
    struct err e;
};

static int open_stage(void **state) {
    struct stage *s = mem_alloc(sizeof *s);

    s->dir = TMPDIR_NONE;
    if (tmpdir_open(&s->dir, "gather", &s->e))
        return -1;
    s->r.file = "slipway.yaml";
    s->r.dir = s->dir.path;
    s->r.files = s->v;
    s->t.os = OS_LINUX;
    *state = s;
    return 0;
}

static int close_stage(void **state) {
    struct stage *s = *state;

    tmpdir_drop(&s->dir);
    arena_drop(&s->mem);
    mem_free(s);
    return 0;
}

static void file(struct stage *s, const char *path, mode_t mode) {
    const char *slash = strrchr(path, '/');
    struct err e = {0};

    if (slash)
        assert_int_equal(
            fsys_mkdirs(s->dir.fd, arena_fmt(&s->mem, "%.*s", (int)(slash - path), path), &e), 0);
    if (fsys_write(s->dir.fd, path, str_of(path), mode, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(fchmodat(s->dir.fd, path, mode, 0), 0);
}

static struct recipe_files *row(struct stage *s, const char *from, const char *to) {
    struct recipe_files *f = &s->v[s->r.n_files++];

    *f = (struct recipe_files){.at = {"slipway.yaml", (unsigned)s->r.n_files, 5},
                               .from = str_of(from),
                               .to = str_of(to)};
    return f;
}

static int gather(struct stage *s) {
    s->e = (struct err){0};
    return gather_tree(&s->r, &s->t, 0, &s->mem, &s->tree, &s->e);
}

static void is(struct stage *s, const char *want) {
    const char *all = "";

    if (gather(s))
        fail_msg("%s", s->e.msg);
    for (size_t i = 0; i < s->tree.n; i++) {
        const struct tree_entry *x = &s->tree.v[i];

        all = arena_fmt(&s->mem, "%s" STR_F "%s%s" STR_F " ", all, STR_A(x->path),
                        x->kind == TREE_DIR ? "/" : "", x->kind == TREE_LINK ? "->" : "",
                        STR_A(x->target));
    }
    assert_string_equal(all, want);
}

static void fails(struct stage *s, int code, const char *words) {
    assert_int_equal(gather(s), code);
    if (!strstr(s->e.msg, words))
        fail_msg("\"%s\" lacks \"%s\"", s->e.msg, words);
}

static const struct tree_entry *at(struct stage *s, const char *path) {
    const struct tree_entry *x = tree_find(&s->tree, str_of(path));

    assert_non_null(x);
    return x;
}

static void slashes_say_what_is_copied(void **state) {
    struct stage *s = *state;

    file(s, "share/a/x", 0644);
    file(s, "share/y", 0644);
    row(s, "share/", "c/");
    is(s, "c/ c/a/ c/a/x c/y ");
    s->v[0].to = STR("c");
    is(s, "c/ c/a/ c/a/x c/y ");
    s->v[0].from = STR("share");
    is(s, "c/ c/a/ c/a/x c/y ");
    s->v[0].to = STR("c/");
    is(s, "c/ c/share/ c/share/a/ c/share/a/x c/share/y ");
    s->v[0].from = STR("share/y");
    is(s, "c/ c/y ");
    s->v[0].to = STR("c/z");
    is(s, "c/ c/z ");
    s->v[0].to = STR("/etc//x/./z");
    is(s, "/etc/ /etc/x/ /etc/x/z ");
    s->v[0].from = STR("share/");
    s->v[0].to = STR("/");
    is(s, "/a/ /a/x /y ");
    s->v[0].from = STR("./share/.");
    s->v[0].to = STR("./");
    is(s, "a/ a/x y ");
    s->v[0].from = STR("share/y");
    s->v[0].to = (struct str){0};
    is(s, "share/ share/y ");
}

static void patterns_keep_what_follows_them(void **state) {
    struct stage *s = *state;

    file(s, "a/b/one.so", 0644);
    file(s, "a/b/c/two.so", 0644);
    file(s, "a/three.txt", 0644);
    row(s, "a/**/*.so", "lib/x");
    is(s, "lib/ lib/x/ lib/x/b/ lib/x/b/c/ lib/x/b/c/two.so lib/x/b/one.so ");
    assert_int_equal(at(s, "lib/x/b/c")->marks & TREE_IMPLIED, 0);
    assert_int_equal(at(s, "lib")->marks & TREE_IMPLIED, TREE_IMPLIED);
    s->v[0].from = STR("a/*");
    is(s, "lib/ lib/x/ lib/x/b/ lib/x/b/c/ lib/x/b/c/two.so lib/x/b/one.so lib/x/three.txt ");
    s->v[0].from = str_fmt(&s->mem, "%s/a/*.txt", s->dir.path);
    is(s, "lib/ lib/x/ lib/x/three.txt ");
    assert_int_equal(fsys_symlink(s->dir.fd, "b", "a/ln", &s->e), 0);
    s->v[0].from = STR("./a//[bl]*");
    is(s, "lib/ lib/x/ lib/x/b/ lib/x/b/c/ lib/x/b/c/two.so lib/x/b/one.so lib/x/ln->b ");
    s->v[0].from = STR("a/{b,c}/");
    is(s, "lib/ lib/x/ lib/x/b/ lib/x/b/c/ lib/x/b/c/two.so lib/x/b/one.so ");
    s->v[0].from = STR("a/*.dll");
    fails(s, E_INPUT, "slipway.yaml:1:5: a/*.dll: nothing matches this pattern");
    s->v[0].optional = true;
    is(s, "");
}

static void modes_come_from_the_x_bit_alone(void **state) {
    struct stage *s = *state;

    file(s, "d/run", 0700);
    file(s, "d/read", 0400);
    file(s, "d/all", 0677);
    assert_int_equal(fchmodat(s->dir.fd, "d", 0700, 0), 0);
    row(s, "d/", "x");
    assert_int_equal(gather(s), 0);
    assert_int_equal(at(s, "x")->mode, 0755);
    assert_int_equal(at(s, "x/run")->mode, 0755);
    assert_int_equal(at(s, "x/read")->mode, 0644);
    assert_int_equal(at(s, "x/all")->mode, 0644);
    assert_true(str_is(at(s, "x/all")->owner, "root"));
    s->v[0].has_mode = true;
    s->v[0].mode = 04750;
    s->v[0].owner = STR("game");
    s->v[0].role = STR("config");
    assert_int_equal(gather(s), 0);
    assert_int_equal(at(s, "x/read")->mode, 04750);
    assert_int_equal(at(s, "x")->mode, 0755);
    assert_true(str_is(at(s, "x/all")->owner, "game"));
    assert_int_equal(at(s, "x/all")->marks & TREE_CONFIG, TREE_CONFIG);
    assert_int_equal(at(s, "x")->marks & TREE_CONFIG, 0);
}

static void rows_that_make_things(void **state) {
    struct stage *s = *state;
    struct recipe_files *f;

    file(s, "d/x", 0644);
    row(s, "d/", "var/lib/h");
    f = row(s, "", "var/lib/h");
    f->dir = true;
    f->has_mode = true;
    f->mode = 0700;
    f = row(s, "", "etc/t");
    f->has_text = true;
    f->text = STR("hi\n");
    row(s, "", "bin/h")->link = STR("../lib/h");
    is(s, "bin/ bin/h->../lib/h etc/ etc/t var/ var/lib/ var/lib/h/ var/lib/h/x ");
    assert_int_equal(at(s, "var/lib/h")->mode, 0700);
    assert_int_equal(at(s, "etc/t")->size, 3);
    assert_int_equal(at(s, "etc/t")->marks & TREE_MADE, 0);
}

/* No package may own /usr/bin because a copied folder was called bin. */
static void system_folders_are_not_owned(void **state) {
    struct stage *s = *state;
    static const char *const systems[] = {"bin",
                                          "share",
                                          "share/man/man1",
                                          "share/icons/hicolor/16x16",
                                          "lib/systemd/system",
                                          "lib/x86_64-linux-gnu"};
    static const char *const ours[] = {"share/hello", "share/man/x/y", "lib/hello",
                                       "share/doc/hello", "share/hello/bin"};

    for (size_t i = 0; i < COUNT(systems); i++)
        file(s, arena_fmt(&s->mem, "d/%s/f", systems[i]), 0644);
    for (size_t i = 0; i < COUNT(ours); i++)
        file(s, arena_fmt(&s->mem, "d/%s/f", ours[i]), 0644);
    row(s, "d/", "./");
    assert_int_equal(gather(s), 0);
    for (size_t i = 0; i < COUNT(systems); i++)
        assert_int_equal(at(s, systems[i])->marks, TREE_IMPLIED);
    for (size_t i = 0; i < COUNT(ours); i++)
        assert_int_equal(at(s, ours[i])->marks, 0);
    s->v[0].to = STR("/usr");
    assert_int_equal(gather(s), 0);
    assert_int_equal(at(s, "/usr")->marks, TREE_IMPLIED);
    assert_int_equal(at(s, "/usr/share/man/man1")->marks, TREE_IMPLIED);
    assert_int_equal(at(s, "/usr/lib/hello")->marks, 0);
}

static void leaves_out_what_is_excluded(void **state) {
    struct stage *s = *state;
    static struct str no[] = {{"*.map", 5}, {"test/", 5}, {"b/only", 6}};
    struct recipe_files *f;

    file(s, "d/a.map", 0644);
    file(s, "d/b/x.map", 0644);
    file(s, "d/b/only", 0644);
    file(s, "d/c/only", 0644);
    file(s, "d/c/test/x", 0644);
    f = row(s, "d/", "o");
    f->exclude = no;
    f->n_exclude = COUNT(no);
    is(s, "o/ o/b/ o/c/ o/c/only ");
    f->from = STR("d");
    is(s, "o/ o/b/ o/c/ o/c/only ");
    f->from = STR("d/**");
    is(s, "o/ o/c/ o/c/only ");
}

static void symlinks(void **state) {
    struct stage *s = *state;
    struct err e = {0};

    file(s, "d/real", 0755);
    assert_int_equal(fsys_symlink(s->dir.fd, "real", "d/ln", &e), 0);
    assert_int_equal(fsys_symlink(s->dir.fd, "/usr/bin/env", "d/env", &e), 0);
    row(s, "d/", "o");
    is(s, "o/ o/env->/usr/bin/env o/ln->real o/real ");
    assert_int_equal(fsys_symlink(s->dir.fd, "../../x", "d/out", &e), 0);
    fails(s, E_RECIPE, "slipway.yaml:1:5: o/out -> ../../x leads out of the tree");
    assert_int_equal(fsys_unlink(s->dir.fd, "d/out", &e), 0);
    assert_int_equal(fsys_symlink(s->dir.fd, s->dir.path, "d/out", &e), 0);
    fails(s, E_RECIPE, "is no place of an installed system");
    s->v[0].follow = true;
    fails(s, E_INPUT, "leads back into itself");
    assert_int_equal(fsys_unlink(s->dir.fd, "d/out", &e), 0);
    is(s, "o/ o/env o/ln o/real ");
    assert_int_equal(at(s, "o/ln")->size, 6);
    assert_int_equal(fsys_symlink(s->dir.fd, "nowhere", "d/zz", &e), 0);
    fails(s, E_INPUT, "leads nowhere");
    s->v[0].follow = false;
    is(s, "o/ o/env->/usr/bin/env o/ln->real o/real o/zz->nowhere ");
}

static void hard_links_are_found(void **state) {
    struct stage *s = *state;
    struct err e = {0};

    file(s, "d/z", 0644);
    assert_int_equal(fsys_link(s->dir.fd, "d/z", "d/a", &e), 0);
    assert_int_equal(fsys_link(s->dir.fd, "d/z", "elsewhere", &e), 0);
    row(s, "d/", "o");
    is(s, "o/ o/a o/z ");
    assert_int_equal(at(s, "o/z")->link, 1 + (size_t)(at(s, "o/a") - s->tree.v));
    assert_ptr_equal(at(s, "o/z")->digests, at(s, "o/a")->digests);
    assert_int_equal(tree_size(&s->tree), 3);
    row(s, "elsewhere", "p")->has_mode = true;
    s->v[1].mode = 0600;
    assert_int_equal(gather(s), 0);
    assert_int_equal(at(s, "p")->link, 0);
}

static void refuses_with_the_row(void **state) {
    struct stage *s = *state;

    file(s, "f", 0644);
    file(s, "g", 0644);
    row(s, "f", "x");
    row(s, "g", "x");
    fails(s, E_RECIPE,
          "slipway.yaml:2:5: \"x\" is there twice; the other is \"x\", which came from "
          "slipway.yaml:1:5");
    s->v[1].to = STR("../x");
    fails(s, E_RECIPE, "slipway.yaml:2:5: path \"../x\" has a \"..\" part");
    s->v[1].from = STR("none");
    fails(s, E_INPUT, "slipway.yaml:2:5: none: no such file");
    s->v[1].from = STR("g/");
    fails(s, E_INPUT, "not a folder");
    assert_int_equal(mkfifoat(s->dir.fd, "fifo", 0644), 0);
    s->v[1].from = STR("fifo");
    s->v[1].to = STR("y");
    fails(s, E_INPUT, "slipway.yaml:2:5: ");
    assert_non_null(strstr(s->e.msg, "is a device, pipe or socket"));
    file(s, "bad\nname", 0644);
    s->v[1].from = STR("bad\nname");
    s->v[1].to = STR("y/");
    fails(s, E_RECIPE, "control character");
}

static void strips_without_copying(void **state) {
    struct stage *s = *state;
    struct err e = {0};

    assert_int_equal(fsys_copy(FSYS_HERE, "/proc/self/exe", s->dir.fd, "prog", 0755, &e), 0);
    row(s, "prog", "bin/prog");
    assert_int_equal(gather(s), 0);
    assert_int_equal(at(s, "bin/prog")->marks & TREE_ELF, TREE_ELF);
    assert_int_equal(at(s, "bin/prog")->bytes.n_range, 0);
    uint64_t whole = at(s, "bin/prog")->size, sum = 0;
    s->t.strip = true;
    assert_int_equal(gather(s), 0);
    const struct tree_entry *x = at(s, "bin/prog");
    assert_true(x->size < whole && x->bytes.n_range && x->bytes.host_size == whole);
    for (size_t i = 0; i < x->bytes.n_range; i++)
        sum += x->bytes.range[i].n;
    assert_int_equal(sum, x->size);
}

static void takes_hard_names(void **state) {
    struct stage *s = *state;
    char longest[201];

    memset(longest, 'n', 200);
    longest[200] = 0;
    for (unsigned i = 0; i < 3000; i++)
        file(s,
             arena_fmt(&s->mem, "d/folder %u/\xc3\xbc \xe6\x97\xa5 %u%s", i % 50, i,
                       i % 100 ? "" : longest),
             0644);
    row(s, "d/", "share/many");
    assert_int_equal(gather(s), 0);
    assert_int_equal(s->tree.n, 3000 + 50 + 2);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void) {
    const struct CMUnitTest tests[] = {
        STAGED(slashes_say_what_is_copied),
        STAGED(patterns_keep_what_follows_them),
        STAGED(modes_come_from_the_x_bit_alone),
        STAGED(rows_that_make_things),
        STAGED(leaves_out_what_is_excluded),
        STAGED(system_folders_are_not_owned),
        STAGED(symlinks),
        STAGED(hard_links_are_found),
        STAGED(refuses_with_the_row),
        STAGED(strips_without_copying),
        STAGED(takes_hard_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
