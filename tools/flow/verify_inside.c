/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify_inside.h"

#include "os/clock.h"
#include "pack/tell.h"
#include "sign/authenticode.h"

enum { HEAD = 1024, SHA256_HEX = 64 };

/* Is one of the words of `signer` the digest of a certificate, and did that make a good signature?
 * Fingerprints of other kinds of keys are shorter. */
static bool made_by(const struct value *list, struct str signer, bool *asked) {
    *asked = false;
    for (struct str rest = signer; rest.n;) {
        struct str word = str_split(&rest, ' ');

        if (word.n != SHA256_HEX)
            continue;
        *asked = true;
        for (const struct value *s = list->child; s; s = s->next)
            if (str_eq(value_text(s, "certificate"), word) && value_flag(s, "good", false))
                return true;
    }
    return false;
}

static void check_signer(const struct infile *in, const struct value *list, struct str signer,
                         size_t found, struct report *bad) {
    bool asked, good = made_by(list, signer, &asked);

    if (!asked || good)
        return;
    if (!list->n)
        report_add(bad, "%s: it has no signature; the ledger names the certificate " STR_F,
                   in->name, STR_A(signer));
    else if (!found) /* else what is wrong has been said */
        report_add(bad,
                   "%s: none of its signatures is by the certificate that the ledger names, " STR_F,
                   in->name, STR_A(signer));
}

int verify_inside(struct infile *in, const struct chain *roots, struct str signer,
                  struct arena *mem, struct value **list, struct report *bad, struct err *e) {
    size_t before = bad->total, n;
    char head[HEAD];

    *list = NULL;
    if (infile_read_some(in, 0, head, sizeof head, &n, e))
        return (int)e->code;
    if (!authenticode_sniff(head, n))
        return OK;
    *list = value_new(mem, VALUE_LIST);
    if (authenticode_verify(in, roots, clock_now(), mem, *list, &n, bad, e))
        return (int)e->code;
    check_signer(in, *list, signer, bad->total - before, bad);
    return OK;
}

bool verify_inside_told(const struct value *facts, const char *path, struct report *bad) {
    const struct value *wrong = value_get(facts, TELL_WRONG);

    for (const struct value *x = wrong ? wrong->child : NULL; x; x = x->next)
        report_add(bad, "%s: " STR_F, path, STR_A(x->s));
    return wrong;
}
