/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/winlook.h"

#include "container/pe_res.h"
#include "pack/windows.h"

#include <string.h>

enum { ICON_MAX = 32 << 20 };

static int set_icon(const struct recipe *r, struct pe_res_list *l, struct err *e) {
    AUTO(buf) ico = BUF_NONE;

    buf_init(&ico, ICON_MAX);
    if (windows_icon(r, &ico, e))
        return (int)e->code;
    return ico.n ? pe_res_set_icon(l, buf_get(&ico), e) : OK;
}

static int set_version(const struct recipe *r, struct str name, bool dll, struct pe_res_list *l,
                       struct err *e) {
    struct str title = r->title.n ? r->title : r->name;
    /* the task manager and the question of the firewall show the description: the name, then */
    const struct pe_res_string strings[] = {
        {"CompanyName", r->vendor},     {"FileDescription", title}, {"FileVersion", r->version},
        {"InternalName", r->name},      {"OriginalFilename", name}, {"ProductName", title},
        {"ProductVersion", r->version},
    };
    struct pe_res_version v = {.dll = dll, .string = strings, .n = COUNT(strings)};

    if (windows_version(r, v.file, e))
        return (int)e->code;
    memcpy(v.product, v.file, sizeof v.product);
    return pe_res_set_version(l, &v, e);
}

int winlook_set(const struct recipe *r, struct str name, struct infile *in, struct outfile *to,
                bool *changed, struct err *e) {
    AUTO(arena) mem = {0};
    struct pe_res_list l;
    struct pe p;

    *changed = false;
    if (pe_open(&p, in, &mem, e))
        return (int)e->code;
    if (p.certs_size)
        return OK;
    if (pe_res_read(&p, &mem, &l, e) || set_icon(r, &l, e) || set_version(r, name, p.dll, &l, e) ||
        pe_res_write(&p, &l, to, e))
        return (int)e->code;
    *changed = true;
    return OK;
}
