/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/guess_electron.h"

#include <string.h>

#define NAMES "packages are called NAME-VERSION-ARCH; the first update comes whole"
#define TITLE "shortcuts are called by the title"
#define MENU "shortcuts lie in the menu itself"
#define STORE "slipway has no Windows to look into; certificate: takes a file, key: a token"
#define SERVICE                                                                                    \
    "sign: { authenticode: { command: … } } signs by a service, see docs/authenticode.md"
#define ICON "setup program and uninstaller have the icon of the recipe"
#define PICTURE "the pages have no pictures"
#define NOT_MADE "slipway does not make these packages"
#define HOOK "slipway runs steps of build: before it packs, and nothing behind"
#define STAYS                                                                                      \
    NULL /* carried over, electron-builder's own when it makes the folder, or no matter            \
          */

/* What becomes of each setting. One that is not here is told as unknown; a name that ends with a
 * dot is a map whose members are looked at. */
static const struct {
    const char *key, *text;
} settings[] = {
    {"appId", STAYS},
    {"productName", STAYS},
    {"copyright", STAYS},
    {"directories", STAYS},
    {"artifactName", NAMES},
    {"compression", STAYS},
    {"files", STAYS},
    {"asar", STAYS},
    {"asarUnpack", STAYS},
    {"extraFiles", STAYS},
    {"extraResources", STAYS},
    {"extraMetadata", STAYS},
    {"electronVersion", STAYS},
    {"electronDist", STAYS},
    {"electronDownload", STAYS},
    {"electronFuses", STAYS},
    {"electronLanguages", STAYS},
    {"npmRebuild", STAYS},
    {"npmArgs", STAYS},
    {"nodeGypRebuild", STAYS},
    {"nativeRebuilder", STAYS},
    {"buildDependenciesFromSource", STAYS},
    {"removePackageScripts", STAYS},
    {"removePackageKeywords", STAYS},
    {"includePdb", STAYS},
    {"includeSubNodeModules", STAYS},
    {"disableDefaultIgnoredFiles", STAYS},
    {"onNodeModuleFile", STAYS},
    {"toolsets", STAYS},
    {"beforeBuild", STAYS},
    {"beforePack", STAYS},
    {"afterExtract", STAYS},
    {"afterPack", STAYS},
    {"afterSign", HOOK},
    {"artifactBuildStarted", HOOK},
    {"artifactBuildCompleted", HOOK},
    {"afterAllArtifactBuild", HOOK},
    {"msiProjectCreated", HOOK},
    {"forceCodeSigning", STAYS},
    {"generateUpdatesFilesForAllChannels", STAYS},
    {"releaseInfo", "feed: { release-name: …, release-notes: … } say it"},
    {"buildVersion", "the version of files is that of the recipe"},
    {"extends", "what that file says is not looked at"},
    {"protocols", STAYS},
    {"fileAssociations", STAYS},
    {"publish", STAYS},
    {"win.", STAYS},
    {"win.target", STAYS},
    {"win.icon", STAYS},
    {"win.executableName", STAYS},
    {"win.publisherName", STAYS},
    {"win.artifactName", NAMES},
    {"win.files", STAYS},
    {"win.extraFiles", STAYS},
    {"win.extraResources", STAYS},
    {"win.asar", STAYS},
    {"win.protocols", STAYS},
    {"win.fileAssociations", STAYS},
    {"win.certificateFile", STAYS},
    {"win.certificatePassword", STAYS},
    {"win.certificateSubjectName", STORE},
    {"win.certificateSha1", STORE},
    {"win.additionalCertificateFile", "the file of certificate: holds these too"},
    {"win.rfc3161TimeStampServer", STAYS},
    {"win.timeStampServer", "only servers of RFC 3161 are asked: timestamp:"},
    {"win.signingHashAlgorithms", STAYS},
    {"win.sign", SERVICE},
    {"win.azureSignOptions", SERVICE},
    {"win.signtoolOptions.", STAYS},
    {"win.signtoolOptions.certificateFile", STAYS},
    {"win.signtoolOptions.certificatePassword", STAYS},
    {"win.signtoolOptions.certificateSubjectName", STORE},
    {"win.signtoolOptions.certificateSha1", STORE},
    {"win.signtoolOptions.additionalCertificateFile", "the file of certificate: holds these too"},
    {"win.signtoolOptions.rfc3161TimeStampServer", STAYS},
    {"win.signtoolOptions.timeStampServer", "only servers of RFC 3161 are asked: timestamp:"},
    {"win.signtoolOptions.signingHashAlgorithms", STAYS},
    {"win.signtoolOptions.sign", SERVICE},
    {"win.signtoolOptions.publisherName", STAYS},
    {"win.signDlls", STAYS},
    {"win.signExts", STAYS},
    {"win.signAndEditExecutable", STAYS},
    {"win.verifyUpdateCodeSignature", STAYS},
    {"win.requestedExecutionLevel", "windows: { manifest: FILE } says it, in a manifest"},
    {"win.legalTrademarks", "not written into the program"},
    {"nsis.", STAYS},
    {"nsis.oneClick", STAYS},
    {"nsis.perMachine", STAYS},
    {"nsis.allowElevation", STAYS},
    {"nsis.allowToChangeInstallationDirectory", STAYS},
    {"nsis.selectPerMachineByDefault", "per-machine: true, or people choose without advice"},
    {"nsis.include", STAYS},
    {"nsis.script", "macros are taken (nsis: { include: FILE }), a whole script is not"},
    {"nsis.license", STAYS},
    {"nsis.guid", STAYS},
    {"nsis.runAfterFinish", STAYS},
    {"nsis.createDesktopShortcut", STAYS},
    {"nsis.createStartMenuShortcut", STAYS},
    {"nsis.shortcutName", TITLE},
    {"nsis.menuCategory", MENU},
    {"nsis.uninstallDisplayName", "the list of applications has the title"},
    {"nsis.installerLanguages", STAYS},
    {"nsis.multiLanguageInstaller", STAYS},
    {"nsis.language", "languages: names them; without it all four are there"},
    {"nsis.displayLanguageSelector", "pages are in the language of Windows, nobody is asked"},
    {"nsis.packElevateHelper", STAYS},
    {"nsis.differentialPackage", STAYS},
    {"nsis.preCompressedFileExtensions", STAYS},
    {"nsis.unicode", STAYS},
    {"nsis.useZip", STAYS},
    {"nsis.warningsAsErrors", STAYS},
    {"nsis.customNsisBinary", STAYS},
    {"nsis.artifactName", NAMES},
    {"nsis.deleteAppDataOnUninstall",
     "people's data stay; a macro customUnInstall can delete them"},
    {"nsis.buildUniversalInstaller", "a setup program for each machine"},
    {"nsis.removeDefaultUninstallWelcomePage", STAYS},
    {"nsis.installerIcon", ICON},
    {"nsis.uninstallerIcon", ICON},
    {"nsis.installerHeaderIcon", ICON},
    {"nsis.installerHeader", PICTURE},
    {"nsis.installerSidebar", PICTURE},
    {"nsis.uninstallerSidebar", PICTURE},
    {"nsis.publish", "publish: counts for all packages"},
    {"msi.", STAYS},
    {"msi.oneClick", STAYS},
    {"msi.perMachine", STAYS},
    {"msi.upgradeCode", STAYS},
    {"msi.runAfterFinish", STAYS},
    {"msi.createDesktopShortcut", STAYS},
    {"msi.createStartMenuShortcut", STAYS},
    {"msi.warningsAsErrors", STAYS},
    {"msi.artifactName", NAMES},
    {"msi.shortcutName", TITLE},
    {"msi.menuCategory", MENU},
    {"msi.additionalWixArgs", "there is no WiX"},
    {"msi.additionalLightArgs", "there is no WiX"},
    {"portable.", STAYS},
    {"portable.artifactName", NAMES},
    {"portable.requestExecutionLevel", "it runs with the rights of whoever starts it"},
    {"portable.unpackDirName", "it unpacks below %LOCALAPPDATA%\\NAME-portable"},
    {"portable.splashImage", PICTURE},
    {"portable.useZip", STAYS},
    {"linux.", STAYS},
    {"linux.target", STAYS},
    {"linux.icon", STAYS},
    {"linux.maintainer", STAYS},
    {"linux.vendor", STAYS},
    {"linux.synopsis", STAYS},
    {"linux.category", STAYS},
    {"linux.executableName", STAYS},
    {"linux.artifactName", NAMES},
    {"nsisWeb", NOT_MADE},
    {"squirrelWindows", NOT_MADE},
    {"appx", NOT_MADE},
    {"msiWrapped", NOT_MADE},
    {"mac", NOT_MADE},
    {"mas", NOT_MADE},
    {"masDev", NOT_MADE},
    {"dmg", NOT_MADE},
    {"pkg", NOT_MADE},
};

static int find(struct str path, bool *map) {
    for (size_t i = 0; i < COUNT(settings); i++) {
        struct str key = str_of(settings[i].key);

        *map = str_ends(key, ".");
        if (str_eq(path, *map ? str_cut(key, 0, key.n - 1) : key))
            return (int)i;
    }
    return -1;
}

/* Settings that say what is done anyway. */
static bool is_default(struct str path, const struct value *v) {
    return v->kind == VALUE_NULL || (v->kind == VALUE_BOOL && !v->b) ||
           ((v->kind == VALUE_LIST || v->kind == VALUE_MAP) && !v->n) ||
           (str_is(path, "win.requestedExecutionLevel") && str_is(v->s, "asInvoker")) ||
           (str_is(path, "portable.requestExecutionLevel") && str_is(v->s, "user"));
}

static void look(struct guess *g, const struct value *map, const char *prefix, struct value *rows) {
    for (const struct value *c = map->child; c; c = c->next) {
        struct str path = str_fmt(g->mem, "%s" STR_F, prefix, STR_A(c->key));
        bool inside;
        int i = find(path, &inside);

        if (i >= 0 && inside && c->kind == VALUE_MAP)
            look(g, c, arena_fmt(g->mem, STR_F ".", STR_A(path)), rows);
        else if (!is_default(path, c) && (i < 0 || settings[i].text))
            guess_electron_note(g, rows, path,
                                i < 0 ? "slipway does not know it" : settings[i].text);
    }
}

/* Keys are anybody's, and stand in a comment. */
static bool plain(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f || s.p[i] == '{')
            return false;
    return s.n && s.n < 100 && str_utf8(s);
}

void guess_electron_note(struct guess *g, struct value *rows, struct str key, const char *text) {
    struct value *row = rows->child;

    if (!plain(key))
        return;
    while (row && !str_is(value_text(row, "text"), text))
        row = row->next;
    if (!row) {
        row = value_new(g->mem, VALUE_MAP);
        value_set(g->mem, row, "text", value_str(g->mem, str_of(text)));
        value_add(rows, row);
    } else if (str_has(value_text(row, "keys"), str_z(g->mem, key))) {
        return;
    } else {
        key = str_fmt(g->mem, STR_F ", " STR_F, STR_A(value_text(row, "keys")), STR_A(key));
    }
    value_set(g->mem, row, "keys", value_str(g->mem, key));
}

void guess_electron_left(struct guess *g, const struct value *config, struct value *rows) {
    look(g, config, "", rows);
}
