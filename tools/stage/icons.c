/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/icons.h"

#include "base/log.h"
#include "container/png.h"
#include "os/fsys.h"

enum {
    ICONS_FILE_MAX = 32 << 20,
    ICONS_GOOD = 256, /* what software centres ask for */
    ICONS_LEAST = 48, /* what every icon theme has to have */
};

static const uint32_t sizes[] = {16, 24, 32, 48, 64, 128, 256, 512};

static int add_svg(const struct recipe *r, struct str text, struct tree *made) {
    tree_add_data(
        made, str_fmt(made->mem, "share/icons/hicolor/scalable/apps/" STR_F ".svg", STR_A(r->id)),
        0644, str_dup(made->mem, text))
        ->at = r->at_icon;
    return 0;
}

static bool is_svg(struct str text) {
    struct str head = str_cut(text, 0, 4096);

    return str_utf8(text) && str_has(head, "<svg");
}

static int add_size(const struct recipe *r, const struct png *img, uint32_t side, struct tree *made,
                    struct err *e) {
    AUTO(arena) scratch = {0};
    AUTO(buf) bytes = BUF_NONE;
    struct png small;

    buf_init(&bytes, ICONS_FILE_MAX);
    png_shrink(img, side, &scratch, &small);
    if (png_write(&small, &bytes, e))
        return e->code;
    tree_add_data(made,
                  str_fmt(made->mem, "share/icons/hicolor/%ux%u/apps/" STR_F ".png", (unsigned)side,
                          (unsigned)side, STR_A(r->id)),
                  0644, str_dup(made->mem, buf_get(&bytes)))
        ->at = r->at_icon;
    return 0;
}

static int add_png(const struct recipe *r, struct str file, const char *where, struct tree *made,
                   struct err *e) {
    AUTO(arena) scratch = {0};
    struct png img;

    if (png_read(file, str_z(&scratch, r->icon), &scratch, &img, e))
        return err_in(e, "%s", where);
    if (img.width != img.height)
        return err_set(e, E_RECIPE, "%s: " STR_F " is %u x %u pixels; an icon must be square",
                       where, STR_A(r->icon), (unsigned)img.width, (unsigned)img.height);
    if (img.width < ICONS_LEAST)
        return err_set(e, E_RECIPE,
                       "%s: " STR_F " is %u pixels wide; an icon must have %d at least, best 512",
                       where, STR_A(r->icon), (unsigned)img.width, ICONS_LEAST);
    if (img.width < ICONS_GOOD)
        log_warn("%s: " STR_F " is %u pixels wide; software centres want %d at least, best 512",
                 where, STR_A(r->icon), (unsigned)img.width, ICONS_GOOD);
    for (size_t i = 0; i < COUNT(sizes); i++)
        if (sizes[i] <= img.width && add_size(r, &img, sizes[i], made, e))
            return e->code;
    return 0;
}

int icons_add(const struct recipe *r, struct tree *made, bool *any, struct err *e) {
    AUTO(arena) scratch = {0};
    const char *where = recipe_where(r, r->at_icon, &scratch), *host;
    struct str file;

    *any = r->icon.n > 0;
    if (!r->icon.n)
        return 0;
    host = str_starts(r->icon, "/") ? str_z(&scratch, r->icon)
                                    : arena_fmt(&scratch, "%s/" STR_F, r->dir, STR_A(r->icon));
    if (fsys_read(FSYS_HERE, host, ICONS_FILE_MAX, &scratch, &file, e))
        return err_in(e, "%s: icon", where);
    if (png_magic(file.p, file.n))
        return add_png(r, file, where, made, e);
    if (is_svg(file))
        return add_svg(r, file, made);
    return err_set(e, E_RECIPE, "%s: " STR_F " is neither a PNG nor an SVG file", where,
                   STR_A(r->icon));
}
