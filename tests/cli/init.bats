#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# slipway init: a first recipe from what lies there; check takes it once the named files exist.

setup() {
    export GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR SOURCE_DATE_EPOCH=1700000000
    mkdir "$BATS_TEST_TMPDIR/My_Thing"
    cd "$BATS_TEST_TMPDIR/My_Thing" || return
}

# good FILE…: the recipe names these files; with them it passes. Facts are read from "$resolved".
good() {
    local f
    "$SLIPWAY" init
    for f in "$@"; do
        mkdir -p "$(dirname "$f")"
        [[ $f == */ ]] && mkdir -p "$f" || echo x >"$f"
    done
    "$SLIPWAY" check --strict
    resolved=$("$SLIPWAY" check --print json)
}

# is KEY VALUE…
is() {
    while [ $# -gt 0 ]; do
        [ "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$resolved" "$1")" = "$2" ] || return
        shift 2
    done
}

@test "nothing known: the folder's name" {
    good out/my-thing
    is name my-thing
    is version 0.1.0
}

@test "package.json with an author, a scope and a program" {
    cat >package.json <<'J'
{ "name": "@ann/hello", "version": "2.3.4", "description": "Says \"hello\": {x}",
  "author": "Ann Example <ann@example.com> (https://example.com)", "license": "MIT",
  "homepage": "https://example.com/hello", "bin": { "hi": "./bin/hi.js" } }
J
    echo text >LICENSE
    good bin/hi.js
    is name hello version 2.3.4 summary 'Says "hello": {x}' license MIT
    is maintainer 'Ann Example <ann@example.com>'
    is license-file LICENSE
    grep -q 'to: bin/hi, link: ../lib/hello/bin/hi.js' slipway.yaml
}

@test "Cargo.toml; what stands in other tables is not the package's" {
    cat >Cargo.toml <<'T'
[package]
name = "hello"
version = "0.3.1"   # comment
authors = ["Ann Example <ann@example.com>", "Bob <bob@example.com>"]
license = 'MIT OR Apache-2.0'
[dependencies.other]
version = "9.9.9"
name = "wrong"
[[bin]]
name = "hi"
T
    good target/release/hi
    is name hello version 0.3.1 license 'MIT OR Apache-2.0'
    is maintainer 'Ann Example <ann@example.com>'
}

@test "go.mod with a major version, and a program below cmd/" {
    echo 'module github.com/ann/hello/v2 // why' >go.mod
    mkdir -p cmd/hello
    good out/hello
    is name hello homepage https://github.com/ann/hello
    grep -q 'go build -trimpath -o out/hello ./cmd/hello' slipway.yaml
}

@test "CMakeLists.txt over several lines" {
    cat >CMakeLists.txt <<'T'
cmake_minimum_required(VERSION 3.21)
Project(Hello
  VERSION 1.4.0
  DESCRIPTION "Says hello, twice" HOMEPAGE_URL https://example.com)
add_executable(hello-bin main.c)
T
    good build/hello-bin
    is name hello title Hello version 1.4.0 summary 'Says hello, twice'
}

@test "what goreleaser builds for Windows" {
    printf 'module github.com/Ann/hop\n' >go.mod
    printf 'builds: [{ main: ./cmd/hop, binary: hop, goos: [linux, windows], goarch: [amd64, arm64, riscv64] }]\n' >.goreleaser.yml
    good out/hop out/windows-x86_64/hop.exe out/windows-aarch64/hop.exe
    is name hop id io.github.ann.hop terminal True msi "{'path': '.'}"
    grep -q 'GOARCH: "arm64"' slipway.yaml
    "$SLIPWAY" pack --dry-run 2>&1 | grep -q 'hop-0.1.0-arm64.msi'
    rm slipway.yaml .goreleaser.yml
    "$SLIPWAY" init -q
    sed -i 's/^#  - os: windows/  - os: windows/; s/^#    /    /; s/^# msi/msi/' slipway.yaml # what is offered is good
    echo x >out/hop.exe
    "$SLIPWAY" check --strict
}

@test "peers' configurations go before the language's; their placeholders are not taken" {
    printf 'module example.com/inner\n' >go.mod
    cat >.goreleaser.yaml <<'Y'
project_name: outer
builds: [{ main: ./cmd/tool, binary: tool }]
nfpms:
  - { maintainer: "Ann <ann@example.com>", license: Apache-2.0, description: "{{ .ProjectName }} x" }
Y
    good out/tool
    is name outer license Apache-2.0 summary outer
    rm slipway.yaml .goreleaser.yaml go.mod
    printf 'name: foo\nversion: v1.0.0\nmaintainer: Ann <ann@example.com>\nvendor: ${VENDOR}\n' >nfpm.yaml
    good out/foo
    is name foo version 1.0.0
    [ "$(grep -c VENDOR slipway.yaml)" -eq 0 ]
    rm slipway.yaml nfpm.yaml
    echo '{ "name": "shiny", "version": "1.0.0", "author": { "name": "Ann", "email": "ann@example.com" } }' >package.json
    printf 'appId: com.example.shiny\nproductName: Shiny App\nlinux: { synopsis: Shines }\n' >electron-builder.yml
    good dist/linux-unpacked/shiny
    is name shiny title 'Shiny App' id com.example.shiny maintainer 'Ann <ann@example.com>'
}

@test "electron-builder for Windows: targets, sections, and a line for all that is left" {
    mkdir -p build certs dist/win-unpacked dist/win-arm64-unpacked
    echo text | tee build/license.txt build/installer.nsh LICENSE
    echo "no certificate at all" >certs/win.p12
    cp "$SLIPWAY_SOURCE/examples/windows-app/assets/icon.png" build/
    tee dist/win-unpacked/'Dive Planner.exe' dist/win-arm64-unpacked/'Dive Planner.exe' </usr/share/nsis/Stubs/zlib-amd64-unicode >/dev/null
    cat >package.json <<'J'
{ "name": "dive-planner", "version": "2.4.1", "description": "Plans dives", "license": "MIT",
  "author": { "name": "Ann Example", "email": "ann@example.com" }, "devDependencies": { "electron": "^33.2.0" },
  "build": {
    "appId": "com.example.dive", "productName": "Dive Planner", "copyright": "© 2026 Example Inc", "asar": true,
    "artifactName": "${productName}-${version}.${ext}", "files": ["src/**"], "extraResources": ["tables"],
    "protocols": [{ "name": "Dive", "schemes": ["Dive", "dive-plan"] }],
    "fileAssociations": [{ "ext": ["dive", ".log"], "mimeType": "application/x-dive", "description": "Dive log" }, { "ext": "uddf" }],
    "win": { "target": [{ "target": "nsis", "arch": ["x64", "arm64"] }, "portable", "msi", "zip", "appx"],
             "publisherName": "Example Inc", "certificateFile": "certs/win.p12", "certificatePassword": "verysecret",
             "signtoolOptions": { "rfc3161TimeStampServer": ["http://a.example", "http://b.example"] } },
    "nsis": { "oneClick": false, "perMachine": true, "allowToChangeInstallationDirectory": true, "include": "installer.nsh",
              "license": "license.txt", "shortcutName": "Dive", "deleteAppDataOnUninstall": true, "runAfterFinish": false,
              "createDesktopShortcut": false, "installerLanguages": ["en_US", "de_DE", "ja_JP"], "guid": "1A2B3C4D-1111-2222-3333-444455556666" },
    "msi": { "perMachine": true }, "new\nline": 1, "unheard": 1,
    "publish": [{ "provider": "github", "owner": "example", "repo": "dive" }] } }
J
    good
    is name dive-planner title 'Dive Planner' vendor 'Example Inc' entry 'Dive Planner.exe' license-file build/license.txt
    is protocols "['dive', 'dive-plan']" shortcuts "{'menu': True, 'desktop': False}"
    is windows "{'copyright': '© 2026 Example Inc'}"
    is nsis "{'per-machine': 'true', 'run': False, 'languages': ['en', 'de'], 'include': 'build/installer.nsh', 'guid': '1a2b3c4d-1111-2222-3333-444455556666'}"
    # By Python's uuid, from the id, in the name space of electron-builder's packages.
    code=$(python3 -c 'import uuid; print(str(uuid.uuid5(uuid.UUID("d752fe43-5d44-44d5-9fc9-6dd1bf19d5cc"), "com.example.dive")).upper())')
    is msi "{'scope': 'machine', 'upgrade-code': '{$code}'}"
    is sign "{'authenticode': {'certificate': 'file:certs/win.p12', 'passphrase': 'env:WIN_CSC_KEY_PASSWORD', 'timestamp': ['http://a.example', 'http://b.example']}}"
    "$SLIPWAY" check -q --print json | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert [(a["extension"], a.get("mime")) for a in r["associations"]] == [("dive", "application/x-dive"), ("log", "application/x-dive"), ("uddf", None)]
assert [(t["arch"], t["formats"]) for t in r["targets"]] == [("x86_64", ["nsis", "portable", "msi", "zip"]), ("aarch64", ["nsis"])]
f = r["targets"][1]["files"]
assert f[0]["from"] == "dist/win-arm64-unpacked/"
assert f[1]["to"] == "resources/app-update.yml" and "owner: \"example\"" in f[1]["text"]'
    [ "$(grep -c verysecret slipway.yaml)" -eq 0 ]
    sed -n '/this recipe does not/,$p' slipway.yaml | tee left
    for key in artifactName nsis.shortcutName nsis.deleteAppDataOnUninstall ja_JP appx certificatePassword publish unheard; do
        case $key in ja_JP) key=nsis.installerLanguages ;; esac
        grep -q "^#   .*$key" left
    done
    [ "$(grep -c 'asar\|extraResources\|perMachine\|line' left)" -eq 0 ]
}

@test "electron-builder's configuration in a language that is not read here is told" {
    echo '{ "name": "shiny", "version": "1.0.0", "devDependencies": { "electron": "1" } }' >package.json
    echo 'module.exports = {}' >electron-builder.config.js
    run "$SLIPWAY" init
    [ "$status" -eq 0 ]
    [[ $output == *'warning: electron-builder.config.js is not read here'* ]]
    rm slipway.yaml
    sed -i 's#"devD#"author": "Ann <ann@example.com>", "license": "MIT", &#' package.json
    good dist/linux-unpacked/shiny
    is entry lib/shiny/shiny
}

@test "electron-builder for Windows and Linux: a program of its own on each" {
    mkdir -p build dist/win-unpacked dist/linux-unpacked
    cp "$SLIPWAY_SOURCE/examples/windows-app/assets/icon.png" build/
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode 'dist/win-unpacked/Shiny App.exe'
    cp /bin/true dist/linux-unpacked/shiny
    echo '{ "name": "shiny", "version": "1.0.0", "author": "Ann <ann@example.com>", "license": "MIT" }' >package.json
    printf '%s\n' 'appId: com.example.shiny' 'productName: Shiny App' 'win: { target: "zip:x64" }' \
        'linux: { target: [deb], category: Game }' >electron-builder.yml
    good
    is entry lib/shiny/shiny categories "['Game']"
    "$SLIPWAY" pack -q
    unzip -l dist/*.zip | grep -q 'Shiny App.exe'
    [ "$(dpkg-deb --fsys-tarfile dist/*.deb | tar xO ./usr/share/applications/com.example.shiny.desktop | grep ^Exec=)" = 'Exec=/usr/lib/shiny/shiny' ]
    sed -i '/entry: "Shiny/d' slipway.yaml # of one target alone
    sed -i 's/zip/portable/' slipway.yaml
    run "$SLIPWAY" pack -q
    [ "$status" -eq 3 ]
}

@test "tags make the version, the last committer the maintainer" {
    git init -q .
    git -c user.name='Ann Example' -c user.email=ann@example.com commit -q --allow-empty -m one
    git tag v3.1.0
    good out/my-thing
    is version 3.1.0 maintainer 'Ann Example <ann@example.com>'
}

@test "a recipe is never written over; --dry-run writes nothing" {
    "$SLIPWAY" init --dry-run >shown
    [ ! -e slipway.yaml ]
    grep -q '^name: my-thing' shown
    echo mine >slipway.yaml
    run "$SLIPWAY" init
    [ "$status" -eq 4 ]
    [[ $output == *"slipway.yaml: is there already"* ]]
    [ "$(cat slipway.yaml)" = mine ]
}

@test "files that cannot be understood are passed over with a warning" {
    echo '{ "name": ' >package.json
    head -c 3000 /dev/urandom >Cargo.toml
    printf 'a: &a [*a]\n' >nfpm.yaml
    printf '{ "name": 5, "bin": [1] }' >electron-builder.yml
    run "$SLIPWAY" init
    [ "$status" -eq 0 ]
    [[ $output == *"warning: package.json is passed over"* ]]
}
