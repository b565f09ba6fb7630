/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "flow/feeding.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HEADER_MOST = 8000 }; /* servers take some 8 kB of headers unless told otherwise */

struct feed_opts {
    struct cmd_recipe recipe;
    struct opts_list previous;
    const char *max_delta;
    unsigned last;
};

static const struct opts_row feed_rows[] = {
    {"previous", 'p', OPTS_FILES, offsetof(struct feed_opts, previous), "DIR|URL",
     "Where earlier releases are, beside the folders that the recipe publishes into."},
    {"last", 0, OPTS_NUM, offsetof(struct feed_opts, last), "N",
     "Only the newest N earlier releases of each channel; all without it."},
    {"max-delta", 0, OPTS_TEXT, offsetof(struct feed_opts, max_delta), "PERCENT",
     "Fail when an update by block maps downloads more than this part of the file: 20%."},
    CMD_RECIPE_OPTS,
    {0},
};

/* "20%", "20" or "2.5%" in tenths of a percent. */
static int parse_percent(const char *text, uint64_t *tenths, struct err *e) {
    struct str s = str_of(text), part;
    uint64_t whole = 0, tenth = 0;

    if (str_ends(s, "%"))
        s.n--;
    part = str_split(&s, '.');
    if (!str_u64(part, 100, &whole) || (s.n && (s.n != 1 || !str_u64(s, 9, &tenth))) ||
        whole * 10 + tenth > 1000)
        return err_set(e, E_USAGE,
                       "--max-delta takes a part of the file, 20%% or 2.5%%, not \"%s\"", text);
    *tenths = whole * 10 + tenth;
    return OK;
}

/* Of the whole file, in tenths of a percent, rounded up: what exceeds a limit is seen to. */
static uint64_t tenths_of(const struct feeding_row *r) {
    uint64_t size = r->artifact->size ? r->artifact->size : 1;

    return r->bytes / size * 1000 + (r->bytes % size * 1000 + size - 1) / size;
}

static const char *percent(char text[32], uint64_t tenths) {
    snprintf(text, 32, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
    return text;
}

/* Formats that are always updated whole are no mistake that a limit could find. */
static bool exceeds(const struct feed_opts *o, uint64_t limit, const struct feeding_row *r) {
    return o->max_delta && r->way == FEEDER_PARTS && !r->unknown && tenths_of(r) > limit;
}

static void set_int(struct arena *mem, struct value *v, const char *key, uint64_t n) {
    value_set(mem, v, key, value_int(mem, (int64_t)n));
}

static void print_json(struct cmd_run *run, const struct feeding_row *r, bool over) {
    struct value *v = value_new(run->mem, VALUE_MAP);
    struct arena *mem = run->mem;
    AUTO(buf) out = BUF_NONE;

    value_set(mem, v, "update", value_str(mem, r->artifact->name));
    value_set(mem, v, "from", value_str(mem, r->from));
    value_set(mem, v, "os", value_str(mem, r->artifact->os));
    value_set(mem, v, "arch", value_str(mem, r->artifact->arch));
    value_set(mem, v, "format", value_str(mem, r->artifact->format));
    set_int(mem, v, "size", r->artifact->size);
    if (!r->unknown) {
        value_set(mem, v, "differential", value_bool(mem, r->parts));
        set_int(mem, v, "bytes", r->bytes);
        set_int(mem, v, "map_bytes", r->maps);
        set_int(mem, v, "ranges", r->ranges);
        set_int(mem, v, "requests", r->requests);
        set_int(mem, v, "range_header", r->header);
    }
    if (r->why)
        value_set(mem, v, "note", value_str(mem, str_of(r->why)));
    if (over)
        value_set(mem, v, "exceeds", value_bool(mem, true));
    buf_init(&out, 1 << 20);
    value_write_json(v, false, &out);
    printf("%s\n", out.p);
}

static void print_row(const struct feeding_row *r, int width) {
    char bytes[32], size[32], part[32], places[32];

    printf("  from %-*.*s  ", width, STR_A(r->from));
    if (r->unknown) {
        printf("unknown: ");
        progress_safe(stdout, str_of(r->why), false);
        putchar('\n');
        return;
    }
    snprintf(places, sizeof places, "%zu range%s", r->ranges, r->ranges == 1 ? "" : "s");
    printf("%9s of %9s  %5s %%", progress_size(bytes, r->bytes),
           progress_size(size, r->artifact->size), percent(part, tenths_of(r)));
    if (r->parts)
        printf("  %s", places);
    if (r->why) {
        printf("  ");
        progress_safe(stdout, str_of(r->why), false);
    }
    if (r->header > HEADER_MOST)
        printf("  asked for at once they need a header of %zu bytes", r->header);
    putchar('\n');
}

static void print_table(const struct feeding *all) {
    size_t width = 0;

    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].from.n > width)
            width = all->v[i].from.n;
    for (size_t i = 0; i < all->n; i++) {
        if (!i || all->v[i].artifact != all->v[i - 1].artifact)
            printf(STR_F "\n", STR_A(all->v[i].artifact->name));
        print_row(&all->v[i], (int)width);
    }
}

static int judge(struct cmd_run *run, const struct feeding *all, uint64_t limit, struct err *e) {
    const struct feed_opts *o = run->opts;
    char bytes[32], size[32], part[32], most[32];
    size_t over = 0;

    for (size_t i = 0; i < all->n; i++) {
        const struct feeding_row *r = &all->v[i];

        if (!exceeds(o, limit, r))
            continue;
        over++;
        progress_mistake(run->progress,
                         str_fmt(run->mem,
                                 STR_F ": updating from " STR_F
                                       " downloads %s of %s, %s %%, more than --max-delta %s %%",
                                 STR_A(r->artifact->name), STR_A(r->from),
                                 progress_size(bytes, r->bytes),
                                 progress_size(size, r->artifact->size),
                                 percent(part, tenths_of(r)), percent(most, limit)));
    }
    if (over)
        return err_set(e, E_WRONG, "%zu update%s larger than --max-delta allows", over,
                       over == 1 ? " is" : "s are");
    return OK;
}

static int feed_run(struct cmd_run *run, struct err *e) {
    const struct feed_opts *o = run->opts;
    struct feeding_opts opts = {o->previous.v, o->previous.n, o->last};
    struct feeding all;
    uint64_t limit = 0;
    struct flow *f;
    int rc;

    if (cmd_no_args(run, e) || (o->max_delta && parse_percent(o->max_delta, &limit, e)) ||
        cmd_open(run, &o->recipe, &f, e))
        return (int)e->code;
    rc = feeding_run(f, &opts, &all, e);
    flow_close(f);
    if (rc)
        return rc;
    if (!all.earlier)
        log_info("no earlier release to compare with");
    else if (!all.n)
        log_info("nothing in an update manifest that an earlier release has too");
    for (size_t i = 0; run->common->json && i < all.n; i++)
        print_json(run, &all.v[i], exceeds(o, limit, &all.v[i]));
    if (!run->common->json && !run->common->quiet)
        print_table(&all);
    return judge(run, &all, limit, e);
}

const struct cmd cmd_feed = {
    .name = "feed",
    .args = "",
    .summary = "Write the update manifests, and tell how much each update downloads.",
    .text =
        "Writes latest-linux.yml and the like from DIST/release.json; when one changes, checksums "
        "and signatures are made anew. Then prints, for each package in them and each earlier "
        "release, how many bytes electron-updater downloads on its way to this one: the block maps "
        "and what the old file lacks, or the whole file. Earlier releases are looked for in the "
        "folders that the recipe publishes into and at --previous: a published folder, a folder "
        "with a release.json, or the address of one.\n\n"
        "With --max-delta the exit status is 1 when an update by block maps takes more. Packages "
        "that clients always download whole (deb, rpm) are not measured by it, and with nothing to "
        "compare with nothing fails.",
    .opts = feed_rows,
    .opts_size = sizeof(struct feed_opts),
    .run = feed_run,
};
