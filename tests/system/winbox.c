/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of Windows by hand, for the tests:
 *   winbox cfb 3|4 OUT NAME=FILE...      a compound file; NAME may be STORAGE/NAME
 *   winbox cfb-list FILE                 kind, size and name of everything in it
 *   winbox cfb-cat FILE NAME             the bytes of a stream
 *   winbox cfb-change IN OUT NAME=FILE... NAME...   puts streams, takes others away *   winbox cab
 * METHOD[:LEVEL[:WINDOW[:LIMIT]]] JOBS OUT FILE...   OUT, and OUT.2 ... over the limit winbox
 * cab-list FILE                 size, time, attributes, name winbox cab-cat FILE [NAME] the bytes
 * of one or of all */
#include "container/cab.h"
#include "os/fsys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(const struct err *e) {
    fprintf(stderr, "winbox: %s\n", e->msg);
    return (int)e->code;
}

static int pour(struct source *from, struct sink *to, struct err *e) {
    static char block[100000];
    size_t n;

    while ((n = source_get(from, block, sizeof block)) > 0)
        sink_put(to, block, n);
    if (source_close(from, e))
        return (int)e->code;
    return sink_close(to, e);
}

static int pour_file(const char *path, struct sink *to, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    struct source_range r;
    struct source s;

    if (infile_open(&f, FSYS_HERE, path, e))
        return (int)e->code;
    source_infile(&s, &r, &f, 0, f.size);
    return pour(&s, to, e);
}

static int stdout_put(struct sink *s, const void *p, size_t n, struct err *e) {
    (void)s;
    return fwrite(p, 1, n, stdout) == n ? OK : err_sys(e, "standard output");
}

static int to_stdout(struct source *from, struct err *e) {
    static const struct sink_ops ops = {stdout_put, NULL};
    struct sink s;

    sink_init(&s, &ops, NULL);
    return pour(from, &s, e);
}

/* --- compound files --------------------------------------------------------------------------- */

static int put_streams(struct cfb *c, char **v, size_t n, struct err *e) {
    struct str at = {0};
    size_t storage = 0;

    for (size_t i = 0; i < n; i++) {
        struct str name = str_of(v[i]), file = name, dir = {0};
        AUTO(sink) s = SINK_NONE;

        name = str_split(&file, '=');
        if (str_find(name, '/') < name.n)
            dir = str_split(&name, '/');
        if (!str_eq(dir, at)) {
            static const unsigned char clsid[16] = "a storage's id.";

            storage = 0;
            at = dir;
            if (dir.n && cfb_storage(c, 0, dir, clsid, &storage, e))
                return (int)e->code;
        }
        if (cfb_stream(c, storage, name, &s, e) || pour_file(file.p, &s, e))
            return (int)e->code;
    }
    return OK;
}

static int cfb_make(int argc, char **argv, struct err *e) {
    struct cfb_opts o = {.version = (unsigned)atoi(argv[0]), .clsid = {0x84, 0x10, 0x0c}};
    AUTO(outfile) f = OUTFILE_NONE;
    struct cfb *c;

    if (outfile_open(&f, FSYS_HERE, argv[1], e) || cfb_begin(&c, &f, &o, e))
        return (int)e->code;
    if (!put_streams(c, argv + 2, (size_t)argc - 2, e))
        (void)!cfb_end(c, e);
    cfb_free(c);
    return e->code ? (int)e->code : outfile_commit(&f, e);
}

static int cfb_list(int argc, char **argv, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct cfb_file c;

    (void)argc;
    if (infile_open(&f, FSYS_HERE, argv[0], e) || cfb_open(&c, &f, &mem, e))
        return (int)e->code;
    for (size_t i = 1; i < c.n_entries; i++) {
        const struct cfb_entry *x = &c.entry[i];
        struct str name = cfb_name_str(&mem, &x->name);

        for (size_t k = x->parent; k; k = c.entry[k].parent) {
            struct str dir = cfb_name_str(&mem, &c.entry[k].name);

            name = str_fmt(&mem, STR_F "/" STR_F, STR_A(dir), STR_A(name));
        }
        printf("%c %llu " STR_F "\n", x->kind == CFB_STREAM ? 'f' : 'd',
               (unsigned long long)x->size, STR_A(name));
    }
    return OK;
}

static int cfb_cat(int argc, char **argv, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct str name = str_of(argv[1]);
    ptrdiff_t at = 0;
    struct cfb_file c;
    struct cfb_at where;
    struct source s;

    (void)argc;
    if (infile_open(&f, FSYS_HERE, argv[0], e) || cfb_open(&c, &f, &mem, e))
        return (int)e->code;
    while (name.n && at != CFB_NONE)
        at = cfb_find(&c, (size_t)at, str_split(&name, '/'));
    if (at <= 0)
        return err_set(e, E_INPUT, "no stream %s", argv[1]);
    cfb_source(&s, &where, &c, (size_t)at);
    return to_stdout(&s, e);
}

static int cfb_edit(int argc, char **argv, struct err *e) {
    AUTO(infile) in = INFILE_NONE;
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(arena) mem = {0};
    struct cfb_change v[20];
    size_t n = 0;

    if (infile_open(&in, FSYS_HERE, argv[0], e) || outfile_open(&f, FSYS_HERE, argv[1], e) ||
        outfile_append_from(&f, in.fd, 0, in.size, e))
        return (int)e->code;
    for (int i = 2; i < argc && n < COUNT(v); i++) {
        struct str file = str_of(argv[i]), name = str_split(&file, '=');

        v[n] = (struct cfb_change){.name = name, .remove = !file.n};
        if (file.n && fsys_read(FSYS_HERE, file.p, 1 << 30, &mem, &v[n].bytes, e))
            return (int)e->code;
        n++;
    }
    if (cfb_change(&f, v, n, e))
        return (int)e->code;
    return outfile_commit(&f, e);
}

/* --- cabinets --------------------------------------------------------------------------------- */

static int put_named(void *self, size_t i, struct sink *s, struct err *e) {
    char **v = self;
    AUTO(infile) f = INFILE_NONE;
    struct source_range r;
    struct source from;
    static char block[100000];
    size_t n;

    if (infile_open(&f, FSYS_HERE, v[i], e))
        return (int)e->code;
    source_infile(&from, &r, &f, 0, f.size);
    while ((n = source_get(&from, block, sizeof block)) > 0)
        sink_put(s, block, n);
    return source_close(&from, e);
}

static int cab_make_one(const char *name, const struct cab_opts *o, const struct cab_files *files,
                        struct err *e) {
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(fsys_dir) dir = FSYS_DIR_NONE;
    AUTO(arena) mem = {0};
    const char *slash = strrchr(name, '/');
    struct sink s;
    struct cab_out out;

    if (slash && fsys_dir_open(&dir, FSYS_HERE, arena_dup(&mem, name, slash - name), e))
        return (int)e->code;
    if (outfile_open(&f, slash ? dir.fd : FSYS_HERE, slash ? slash + 1 : name, e))
        return (int)e->code;
    sink_outfile(&s, &f);
    out = cab_to_outfile(&s, &f);
    if (cab_write(&out, o, files, e) || sink_close(&s, e))
        return (int)e->code;
    return outfile_commit(&f, e);
}

static int cab_make(int argc, char **argv, struct err *e) {
    struct str how = str_of(argv[0]), method = str_split(&how, ':'), level = str_split(&how, ':'),
               window = str_split(&how, ':'), limit = str_split(&how, ':');
    struct cab_opts o = {.method = str_is(method, "none")    ? CAB_STORE
                                   : str_is(method, "mszip") ? CAB_MSZIP
                                                             : CAB_LZX,
                         .level = level.n ? atoi(level.p) : 0,
                         .window = window.n ? (unsigned)atoi(window.p) : 0,
                         .jobs = (unsigned)atoi(argv[1]),
                         .folder = how.n ? (uint64_t)atoll(how.p) : 0,
                         .reserve = how.n ? 20 : 0};
    size_t n = (size_t)argc - 3, done = 0, take;
    AUTO(arena) mem = {0};
    struct cab_entry *v = arena_array(&mem, n, sizeof *v);

    for (size_t i = 0; i < n; i++) {
        struct fsys_stat st;

        if (fsys_stat(FSYS_HERE, argv[3 + i], &st, e))
            return (int)e->code;
        v[i] = (struct cab_entry){str_of(argv[3 + i]), st.size, st.mtime, CAB_ARCHIVE};
    }
    for (unsigned k = 1; done < n; done += take, k++) {
        struct cab_files files = {.put = put_named, .self = argv + 3 + done, .v = v + done};
        const char *name = k == 1 ? argv[2] : arena_fmt(&mem, "%s.%u", argv[2], k);

        if (cab_cut(v + done, n - done, &o, limit.n ? (uint64_t)atoll(limit.p) : 0, &take, e))
            return (int)e->code;
        files.n = take;
        if (cab_make_one(name, &o, &files, e))
            return (int)e->code;
    }
    return OK;
}

static int cab_show(void *self, const struct cab_entry *x, struct source *data, struct err *e) {
    const char *name = self;

    if (!name)
        printf("%llu %lld %x " STR_F "\n", (unsigned long long)x->size, (long long)x->mtime,
               x->attributes, STR_A(x->name));
    else if (!*name || str_is(x->name, name))
        return to_stdout(data, e);
    return OK;
}

static int cab_show_all(const char *path, const char *name, struct err *e) {
    AUTO(infile) f = INFILE_NONE;
    struct cab_in in;

    if (infile_open(&f, FSYS_HERE, path, e))
        return (int)e->code;
    in = cab_from_infile(&f);
    return cab_read(&in, cab_show, (void *)(uintptr_t)name, e);
}

static int cab_list(int argc, char **argv, struct err *e) {
    (void)argc;
    return cab_show_all(argv[0], NULL, e);
}

static int cab_cat(int argc, char **argv, struct err *e) {
    return cab_show_all(argv[0], argc > 1 ? argv[1] : "", e);
}

/* A cabinet in a compound file, written and read where it lies. */
static int cab_inside(int argc, char **argv, struct err *e) {
    struct cab_opts o = {.method = CAB_LZX, .level = 1, .jobs = 2};
    struct cab_files files = {.put = put_named, .self = argv + 2, .n = (size_t)argc - 2};
    AUTO(outfile) f = OUTFILE_NONE;
    AUTO(infile) view = INFILE_NONE;
    AUTO(arena) mem = {0};
    struct cab_entry *v = arena_array(&mem, files.n, sizeof *v);
    struct cfb_file c;
    struct cfb *w;
    struct sink s;
    struct source from;
    struct cfb_at at;
    struct cab_out out;
    struct cab_in in;

    files.v = v;
    for (size_t i = 0; i < files.n; i++) {
        struct fsys_stat st;

        if (fsys_stat(FSYS_HERE, argv[2 + i], &st, e))
            return (int)e->code;
        v[i] = (struct cab_entry){str_of(argv[2 + i]), st.size, st.mtime, CAB_ARCHIVE};
    }
    if (outfile_open(&f, FSYS_HERE, argv[0], e) ||
        cfb_begin(&w, &f, &(struct cfb_opts){.version = 3}, e))
        return (int)e->code;
    if (!cfb_stream(w, 0, str_of(argv[1]), &s, e)) {
        out = cab_to_cfb(&s, w);
        if (!cab_write(&out, &o, &files, e) && !sink_close(&s, e))
            (void)!cfb_end(w, e);
    }
    cfb_free(w);
    if (e->code || outfile_view(&f, &view, e) || cfb_open(&c, &view, &mem, e))
        return (int)e->code;
    cfb_source(&from, &at, &c, (size_t)cfb_find(&c, 0, str_of(argv[1])));
    in = cab_from_cfb(&at, argv[1]);
    if (cab_read(&in, cab_show, argv[0] + strlen(argv[0]), e)) /* all of them */
        return (int)e->code;
    return outfile_commit(&f, e);
}

static const struct {
    const char *word;
    int args;
    int (*run)(int argc, char **argv, struct err *e);
} commands[] = {
    {"cfb", 2, cfb_make},        {"cfb-list", 1, cfb_list},     {"cfb-cat", 2, cfb_cat},
    {"cfb-change", 2, cfb_edit}, {"cab", 3, cab_make},          {"cab-list", 1, cab_list},
    {"cab-cat", 1, cab_cat},     {"cab-inside", 3, cab_inside},
};

int main(int argc, char **argv) {
    struct err e = {0};

    for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].word) == 0 && argc - 2 >= commands[i].args)
            return commands[i].run(argc - 2, argv + 2, &e) ? failed(&e) : 0;
    fprintf(stderr, "winbox: no such command\n");
    return 2;
}
