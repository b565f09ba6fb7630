/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/registry.h"

#include "feed/latest_yml.h"
#include "pack/appimage.h"
#include "pack/deb.h"
#include "pack/msi.h"
#include "pack/nsis.h"
#include "pack/portable.h"
#include "pack/rpm.h"
#include "pack/snap.h"
#include "pack/tarball.h"
#include "pack/winlook.h"
#include "pack/zipball.h"
#include "publish/dir.h"
#include "repo/apt.h"
#include "repo/yum.h"
#include "sign/authenticode.h"
#include "sign/openpgp.h"

static const struct packager *const registry_pack[] = {
    &appimage_packager,
    &deb_packager,
    &rpm_packager,
    &snap_packager,

    &tarball_gz_packager,
    &tarball_xz_packager,
    &tarball_zst_packager,
    &zipball_packager,
    &msi_packager,

    &nsis_packager,
    &portable_packager,

    NULL,
};

static const struct publisher *const registry_publish[] = {&dir_publisher, NULL};

static const struct repository *const registry_repo[] = {&apt_repository, &yum_repository, NULL};

static const struct feeder *const registry_feed[] = {&latest_yml_feeder, NULL};

static const struct load_section registry_other[] = {
    {.name = "windows",
     .schema = winlook_schema,
     .kind = LOAD_MAP,
     .help = "What Windows shows of the entry: set in a copy of it, before it is signed."},
    {.name = "openpgp", .schema = openpgp_schema, .kind = LOAD_SIGNER},
    {.name = "authenticode", .schema = authenticode_schema, .kind = LOAD_SIGNER},
};

const struct packager *registry_packager(struct str word) {
    for (const struct packager *const *p = registry_pack; *p; p++)
        if (str_is(word, (*p)->name))
            return *p;
    return NULL;
}

const struct packager *const *registry_packagers(void) {
    return registry_pack;
}

const struct publisher *registry_publisher(struct str word) {
    for (const struct publisher *const *p = registry_publish; *p; p++)
        if (str_is(word, (*p)->name))
            return *p;
    return NULL;
}

const struct publisher *const *registry_publishers(void) {
    return registry_publish;
}

const struct repository *registry_repository(struct str word) {
    for (const struct repository *const *r = registry_repo; *r; r++)
        if (str_is(word, (*r)->name))
            return *r;
    return NULL;
}

const struct repository *const *registry_repositories(void) {
    return registry_repo;
}

const struct feeder *const *registry_feeders(void) {
    return registry_feed;
}

const struct load_section *registry_sections(struct arena *mem) {
    size_t n = 0;
    struct load_section *all =
        arena_array(mem,
                    COUNT(registry_pack) + COUNT(registry_other) + COUNT(registry_publish) +
                        COUNT(registry_repo) + COUNT(registry_feed),
                    sizeof *all);

    for (const struct packager *const *p = registry_pack; *p; p++)
        all[n++] =
            (struct load_section){.name = (*p)->name, .schema = (*p)->schema, .kind = LOAD_FORMAT};
    for (size_t i = 0; i < COUNT(registry_other); i++)
        all[n++] = registry_other[i];
    for (const struct publisher *const *p = registry_publish; *p; p++)
        all[n++] = (struct load_section){.name = (*p)->name,
                                         .schema = (*p)->schema,
                                         .kind = LOAD_PUBLISHER};
    for (const struct repository *const *r = registry_repo; *r; r++)
        all[n++] = (struct load_section){.name = (*r)->name,
                                         .schema = (*r)->schema,
                                         .kind = LOAD_PUBLISHER};
    for (const struct feeder *const *f = registry_feed; *f; f++)
        all[n++] = (struct load_section){.name = "feed",
                                         .schema = (*f)->schema,
                                         .kind = LOAD_MAP,
                                         .help = "What updaters are told about the release."};
    return all; /* the last row is zero: it ends the table */
}
