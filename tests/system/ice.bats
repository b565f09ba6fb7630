#!/usr/bin/env bats
# What Microsoft's own evaluators say of installer packages.

load npm.bash
load roots.bash
load wine.bash
load ice.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    cd "$BATS_FILE_TMPDIR" || return
    ice_start
    mkdir -p files/docs files/extras/none files/bin
    cp "$ICE/runice.exe" files/bin/hello.exe
    echo 'a service' >files/bin/hellod.exe
    seq 1 3000 >files/docs/manual.txt
    echo more >'files/extras/a rather long name.txt'
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    make plain x86_64 <<<''
    make all x86_64 <<YAML
services:
  - { name: hellod, exec: bin/hellod.exe, args: --serve, restart: on-failure, description: Says hello all day }
protocols: [hello]
associations: [{ extension: hlo, mime: application/x-hlo, description: A hello }]
shortcuts: { menu: true, desktop: true }
license-file: $SLIPWAY_SOURCE/LICENSE
icon: icon.png
msi:
  languages: [de]
  path: bin
  environment: { HELLO_HOME: "[INSTALLDIR]" }
  registry: [{ key: 'HKMU\\Software\\Example\\Hello', name: Level, value: 3 }]
  conditions: [{ condition: VersionNT64 >= 603, message: Windows 8.1 is too old. }]
  features:
    - { name: docs, title: Documentation, description: What it can do, files: docs/ }
    - { name: extras, title: Extras, files: ["extras/**"], default: false }
  services:
    hellod: { title: The hello service, start: delayed, account: 'NT AUTHORITY\\LocalService', depends: [Tcpip] }
  requires:
    - python: "3.8"
    - { registry: 'HKLM\\Software\\Example\\Tool', name: Folder, file: tool.exe, version: "2.1", title: Tool }
    - { file: '[ProgramFiles64Folder]\\Other\\other.exe', version: "2.1", title: Other }
    - { product: "{01234567-89AB-CDEF-0123-456789ABCDEF}", version: "2.1", title: Another product }
YAML
    make user aarch64 <<YAML
associations: [{ extension: hlo, mime: application/x-hlo, description: A hello }]
shortcuts: { menu: true, desktop: true }
msi: { scope: user, features: [{ name: docs, files: docs/ }] }
YAML
    make both i686 1.2.3-rc.1 <<YAML
protocols: [hello]
shortcuts: { menu: true }
license-file: $SLIPWAY_SOURCE/LICENSE
msi: { scope: both, registry: [{ key: 'HKMU\\Software\\Example\\Hello', name: Server, value: '[SERVER_URL]' }] }
YAML
    # Wine opens no package for arm64: its tables are looked at as one for x64.
    msiinfo suminfo "$ICE/user.msi" | grep -q 'Template: Arm64;1033'
    msibuild "$ICE/user.msi" -s 'Installation Database' 'Example & Söhne' 'x64;1033' '{01234567-89AB-CDEF-0123-456789ABCDEF}'
    for p in plain all user both; do ice_check $p.msi >$p.said & done
    wait
}

teardown_file() { ice_stop; }
setup() { cd "$BATS_FILE_TMPDIR" || return; }

make() { # make NAME ARCH [VERSION]: with these lines of the recipe
    { cat <<YAML; cat; } >slipway.yaml
schema: 1
name: hello
title: Hello Wörld
id: com.example.hello
version: ${3:-1.2.3}
summary: Says hello
vendor: Example & Söhne
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/hello
license: MIT
entry: bin/hello.exe
targets:
  - { os: windows, arch: $2, formats: [msi], files: [{ from: files/, to: . }, { from: icon.png, to: etc/hello.conf, role: config }] }
YAML
    "$SLIPWAY" pack -q -o "$1"
    cp "$1"/*.msi "$ICE/$1.msi"
}

@test "they find no error" {
    for p in plain all user both; do
        echo "$p: $(cat $p.said)"
        [ "$(tail -n 1 $p.said)" = "86 ran" ]
        run grep -c -e ERROR -e WARNING $p.said
        [ "$output" = 0 ]
    done
}

@test "they would find one" {
    cp "$ICE/plain.msi" "$ICE/bad.msi"
    msibuild "$ICE/bad.msi" -q "DELETE FROM FeatureComponents WHERE Component_ = 'c_installdir'"
    msibuild "$ICE/bad.msi" -q "DELETE FROM _Validation WHERE \`Table\` = 'Media' AND \`Column\` = 'Cabinet'"
    msibuild "$ICE/bad.msi" -q "UPDATE Property SET Value = '{6aa24c5f-27dd-5f8e-8115-50f9474c6852}' WHERE Property = 'ProductCode'"
    run ice_check bad.msi
    echo "$output"
    [[ $output == *"ICE21 ERROR"*c_installdir* ]]
    [[ $output == *"ICE03 ERROR"*Media* ]]
    [[ $output == *"ICE24 ERROR"*ProductCode* ]]
}
