/* SPDX-License-Identifier: Apache-2.0 */
#include "model/peers.h"

static const char *const words[][2] = {
    /* of the whole */
    {"productName", "title"},
    {"displayName", "title"},
    {"appId", "id"},
    {"identifier", "id"},
    {"publisher", "vendor"},
    {"publisherName", "vendor"},
    {"manufacturer", "vendor"},
    {"author", "maintainer"},
    {"copyright", "windows.copyright"},
    {"contents", "files"},
    {"extraFiles", "files"},
    {"fileAssociations", "associations"},
    {"executable", "entry"},
    {"executableName", "entry"},
    {"platforms", "targets"},
    {"depends", "deb.depends"},
    {"requires", "rpm.requires"},
    {"requires", "msi.requires"},
    /* of rows */
    {"src", "from"},
    {"source", "from"},
    {"dst", "to"},
    {"dest", "to"},
    {"destination", "to"},
    {"target", "formats"},
    {"goos", "os"},
    {"goarch", "arch"},
    {"ext", "extension"},
    {"mimeType", "mime"},
    {"command", "exec"},
    {"binary", "exec"},
    {"arguments", "args"},
    {"startType", "start"},
    {"root", "key"},
    /* of sections */
    {"perMachine", "scope"},
    {"per-machine", "scope"},
    {"allUsers", "scope"},
    {"perMachine", "per-machine"},
    {"allUsers", "per-machine"},
    {"scope", "per-machine"},
    {"runAfterFinish", "run"},
    {"installerLanguages", "languages"},
    {"language", "languages"},
    {"culture", "languages"},
    {"components", "features"},
    {"launchConditions", "conditions"},
    {"certificateFile", "certificate"},
    {"certificatePassword", "passphrase"},
    {"password", "passphrase"},
    {"pin", "passphrase"},
    {"rfc3161TimeStampServer", "timestamp"},
    {"timeStampServer", "timestamp"},
    {"windows", "authenticode"},
    {"gpg", "openpgp"},
    /* words */
    {"exe", "nsis"},
    {"setup", "nsis"},
    {"wix", "msi"},
    {"win", "windows"},
    {"win32", "windows"},
    {"darwin", "macos"},
    {"mac", "macos"},
    {"osx", "macos"},
    {"ia32", "i686"},
    {"386", "i686"},
};

const char *peers_call(struct str word, size_t *at) {
    while (*at < COUNT(words))
        if (str_is(word, words[(*at)++][0]))
            return words[*at - 1][1];
    return NULL;
}
