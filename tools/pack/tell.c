/* SPDX-License-Identifier: Apache-2.0 */
#include "pack/tell.h"

void tell_text(struct arena *mem, struct value *facts, const char *key, struct str text) {
    if (text.n)
        value_set(mem, facts, key, value_str(mem, text));
}

void tell_number(struct arena *mem, struct value *facts, const char *key, int64_t n) {
    value_set(mem, facts, key, value_int(mem, n));
}

static struct value *list_of(struct arena *mem, struct value *facts, const char *key) {
    struct value *list;

    for (struct value *v = facts->child; v; v = v->next)
        if (str_is(v->key, key))
            return v;
    list = value_new(mem, VALUE_LIST);
    value_set(mem, facts, key, list);
    return list;
}

void tell_item(struct arena *mem, struct value *facts, const char *key, struct str text) {
    if (text.n)
        value_add(list_of(mem, facts, key), value_str(mem, text));
}
