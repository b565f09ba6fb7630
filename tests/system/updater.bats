#!/usr/bin/env bats
# Real electron-updater clients follow a published folder: 1.0.0 to 1.0.1 to 1.0.2 as AppImage by its block map, as deb
# and rpm whole, over channels, architectures and staging; what was tampered with is refused. Bytes on the wire are those
# that slipway feed foretold.

load npm.bash
load serve

setup_file() {
    npm_have updater electron-updater@6.8.10 js-yaml@4.1.1 >/dev/null
    npm_have hashes @noble/hashes@1.8.0 >/dev/null
    npm_part app-builder-lib app-builder-lib@26.17.0 out/targets/blockmap/blockmap.js package.json >/dev/null
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_FILE_TMPDIR" || return 1
    mkdir -p app/share
    recipe >slipway.yaml
    icon >icon.png
    for v in 1.0.0 1.0.1 1.0.2 1.1.0-beta.1; do
        program "$v"
        "$SLIPWAY" release -q --set-version "$v" -o "dist-$v" --target linux/x86_64
        "$SLIPWAY" release -q --set-version "$v" -o "arm-$v" --target linux/aarch64 # another job: its feeds join
        [ "$v" != 1.0.1 ] || cp -a site site-1.0.1
    done
}

setup() {
    NODE_PATH=$(npm_have updater electron-updater@6.8.10 js-yaml@4.1.1)/node_modules:$(npm_have hashes @noble/hashes@1.8.0)/node_modules
    generator=$(npm_part app-builder-lib app-builder-lib@26.17.0 out/targets/blockmap/blockmap.js package.json)/out/targets/blockmap/blockmap.js
    export NODE_PATH SOURCE_DATE_EPOCH=1800000000 no_proxy=127.0.0.1
    cd "$BATS_TEST_TMPDIR" || return 1
    site=$BATS_FILE_TMPDIR/site
    feed=/channels/stable
}

teardown() { serve_stop; }

recipe() {
    cat <<'YAML'
schema: 1
name: hello
title: Hello
id: com.example.hello
version: 1.0.0
summary: A thing
description: A thing that is updated.
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/hello
license: MIT
icon: icon.png
entry: bin/hello
files:
  - { from: app/hello, to: bin/hello, mode: "0755" }
  - { from: app/share/, to: share/hello/ }
targets:
  - { os: linux, arch: x86_64, formats: [appimage, deb, rpm] }
  - { os: linux, arch: aarch64, formats: [appimage, deb] }
deb: { files: [{ text: deb, to: share/hello/resources/package-type }] }
rpm: { files: [{ text: rpm, to: share/hello/resources/package-type }] }
publish:
  - { to: dir, path: site }
YAML
}

icon() {
    python3 - <<'PY'
import struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
n = 64
rows = b"".join(b"\0" + b"\x20\x60\xa0\xff" * n for _ in range(n))
sys.stdout.buffer.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", n, n, 8, 6, 0, 0, 0)) +
                        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY
}

# A program that says its version, and some 4 MB beside it of which each version changes a little.
program() {
    printf '#!/bin/sh\necho "hello %s"\n' "$1" >app/hello
    python3 - "$1" <<'PY'
import random, sys
base = random.Random(1)
for i in range(40):
    data = bytearray(base.randbytes(100000))
    if sys.argv[1] != "1.0.0" and i == 7:
        data[5000:9000] = random.Random(sys.argv[1]).randbytes(4000)
    if sys.argv[1] > "1.0.1" and i == 30:
        data += b"more" * 1000
    open(f"app/share/part{i:02}", "wb").write(data)
PY
}

client() { # client OPTION…: what an installed program sees and does, in `answer`
    node "$SLIPWAY_SOURCE/tests/system/updater/client.cjs" --url "$SERVE_URL$feed" "$@" >answer
}

is() { # is EXPRESSION VALUE, of the answer
    [ "$(jq -r "$1" answer)" = "$2" ] || { echo "$1 is not $2 in: $(cat answer)"; return 1; }
}

appimage() { echo "$site/releases/v$1/hello-$1-${2-x86_64}.AppImage"; }
deb() { echo "$site/releases/v$1/hello_${1}_${2-amd64}.deb"; }
rpm_of() { echo "$site/releases/v$1/hello-$1-1.x86_64.rpm"; }
size() { stat -c %s "$1"; }
sum() { openssl dgst -sha512 -binary "$1" | base64 -w0; }

installed() { # installed VERSION: a client's AppImage, in a place of its own
    mkdir -p Applications
    cp "$(appimage "$1")" Applications/Hello.AppImage
    chmod 755 Applications/Hello.AppImage # as people do with what they downloaded
    echo Applications/Hello.AppImage
}

foretold() { # foretold FIELD FROM TO: what slipway feed says of the AppImage
    (cd "$BATS_FILE_TMPDIR" && "$SLIPWAY" feed --json -n --set-version "$3" -o "dist-$3") |
        jq -r "select(.format == \"appimage\" and .from == \"$2\").$1"
}

# On the wire are the manifest, what was foretold, and with several ranges in an answer some 100 bytes around each.
as_foretold() { # as_foretold FROM TO
    local want got
    want=$(foretold bytes "$1" "$2")
    got=$(jq .bytes.range answer)
    echo "$1 to $2: $want foretold, $got came"
    [ "$got" -ge "$want" ]
    [ "$got" -le $((want + want / 50)) ]
    is .ranges "$(foretold ranges "$1" "$2")"
    is .bytes.whole 0
}

spoil() { # spoil FILE: other bytes all over it, in a copy of the site that may be changed
    python3 - "$1" <<'PY'
import os, sys
data = bytearray(open(sys.argv[1], "rb").read())
for at in range(4000, len(data) - 200000, 4096):
    data[at] ^= 0xff
os.unlink(sys.argv[1])
open(sys.argv[1], "wb").write(data)
PY
}

@test "AppImage: by parts, right, and as many bytes as foretold; several ranges a request or one" {
    serve_start "$site"
    for from in 1.0.0 1.0.1; do
        old=$(installed $from)
        for ranges in "" --single; do
            client --from $from --appimage "$old" $ranges
            is .updater AppImageUpdater
            is .version 1.0.2
            is .name "$(basename "$(appimage 1.0.2)")"
            is .sha512 "$(sum "$(appimage 1.0.2)")"
            as_foretold $from 1.0.2
            cmp "$(appimage 1.0.2)" "$(jq -r .file answer)"
        done
        is .bytes.range "$(foretold bytes $from 1.0.2)" # one range a request: nothing else is around it
        is .requests $(($(foretold ranges $from 1.0.2) + 1))
    done
    [ "$(foretold bytes 1.0.1 1.0.2)" -lt $(($(size "$(appimage 1.0.2)") / 10)) ]
}

@test "AppImage: a server without ranges, or with one at a time, gives the whole file" {
    for most in 0 1; do
        serve_start "$site" "max_ranges $most;"
        client --from 1.0.0 --appimage "$(installed 1.0.0)"
        is .sha512 "$(sum "$(appimage 1.0.2)")"
        [ "$(jq .bytes.whole answer)" -ge "$(size "$(appimage 1.0.2)")" ]
        # what was published is read back from there all the same
        (cd "$BATS_FILE_TMPDIR" && "$SLIPWAY" feed --json -n --set-version 1.0.2 -o dist-1.0.2 \
            --set 'publish=[]' --previous "$SERVE_URL") >served
        (cd "$BATS_FILE_TMPDIR" && "$SLIPWAY" feed --json -n --set-version 1.0.2 -o dist-1.0.2) | cmp - served
    done
    client --from 1.0.0 --appimage "$(installed 1.0.0)" --single
    as_foretold 1.0.0 1.0.2
}

@test "AppImage: three versions in a row, installed and started" {
    cp -a "$BATS_FILE_TMPDIR/site-1.0.1" then
    serve_start then
    old=$(installed 1.0.0)
    [ "$("$old")" = "hello 1.0.0" ]
    client --from 1.0.0 --appimage "$old" --install
    is .installed true
    as_foretold 1.0.0 1.0.1
    [ "$("$old")" = "hello 1.0.1" ]
    cmp "$old" "$(appimage 1.0.1)"
    serve_start "$site"
    client --from 1.0.1 --appimage "$old" --install
    as_foretold 1.0.1 1.0.2
    [ "$("$old")" = "hello 1.0.2" ]
    client --from 1.0.2 --appimage "$old"
    is .available false
    # a name with a version goes with its version
    cp "$(appimage 1.0.0)" Applications/
    client --from 1.0.0 --appimage "Applications/$(basename "$(appimage 1.0.0)")" --install
    [ "$(ls Applications)" = "$(printf '%s\n' Hello.AppImage "$(basename "$(appimage 1.0.2)")")" ]
}

@test "AppImage: one that is signed inside is followed too, and its signature is good in the end" {
    cp -r "$BATS_FILE_TMPDIR/app" "$BATS_FILE_TMPDIR/icon.png" .
    "$SLIPWAY" keys new dev --store keys -q >/dev/null
    { recipe | sed 's/formats: .appimage, deb, rpm./formats: [appimage]/; /aarch64/d'; echo 'sign: { openpgp: { key: "file:keys/dev.secret.asc" } }'; } >slipway.yaml
    for v in 1.0.0 1.0.1; do
        program $v
        "$SLIPWAY" release -q --set-version $v
    done
    site=$PWD/site
    serve_start site
    old=$(installed 1.0.0)
    client --from 1.0.0 --appimage "$old" --install
    is .bytes.whole 0
    want=$("$SLIPWAY" feed --json -n --set-version 1.0.1 | jq .bytes)
    got=$(jq .bytes.range answer)
    [ "$got" -ge "$want" ]
    [ "$got" -le $((want + want / 50)) ]
    cmp "$old" "$(appimage 1.0.1)"
    "$SLIPWAY" inspect "$old" | grep -q 'Signature: good'
    "$SLIPWAY" verify -q --key keys/dev.asc site
}

@test "deb and rpm: the package's type chooses it, it comes whole, and is installed" {
    serve_start "$site"
    mkdir -p bin deb/var/lib/dpkg/info deb/var/lib/dpkg/updates rpm
    touch deb/var/lib/dpkg/status
    # the commands that the client runs, on roots of our own
    printf '#!/bin/sh\nexec %s --root="%s" --force-depends --force-not-root "$@" >&2\n' "$(command -v dpkg)" "$PWD/deb" >bin/dpkg
    printf '#!/bin/sh\nexec %s --root "%s" --dbpath /var/lib/rpm "$@" >&2\n' "$(command -v rpm)" "$PWD/rpm" >bin/rpm
    chmod 755 bin/*
    export ELECTRON_BUILDER_LINUX_PACKAGE_MANAGER
    for kind in deb rpm; do
        file=$([ $kind = deb ] && deb 1.0.2 || rpm_of 1.0.2)
        ELECTRON_BUILDER_LINUX_PACKAGE_MANAGER=$([ $kind = deb ] && echo dpkg || echo rpm)
        PATH=$PWD/bin:$PATH client --from 1.0.0 --type $kind --install
        is .updater "$([ $kind = deb ] && echo DebUpdater || echo RpmUpdater)"
        is .version 1.0.2
        is .sha512 "$(sum "$file")"
        is .bytes.whole "$(size "$file")"
        is .bytes.range 0
        is .installed true
        [ "$("$kind/usr/bin/hello")" = "hello 1.0.2" ]
        # what it says of itself next time
        [ "$(cat $kind/usr/share/hello/resources/package-type)" = $kind ]
    done
}

@test "another architecture has a feed of its own, though both were released by one name" {
    serve_start "$site"
    cp "$(appimage 1.0.0 aarch64)" Hello.AppImage
    client --from 1.0.0 --arch arm64 --appimage Hello.AppImage
    is .name "$(basename "$(appimage 1.0.2 aarch64)")"
    is .sha512 "$(sum "$(appimage 1.0.2 aarch64)")"
    is .bytes.whole 0
    client --from 1.0.0 --arch arm64 --type deb
    is .sha512 "$(sum "$(deb 1.0.2 arm64)")"
    client --from 1.0.0 --arch ia32 --type deb
    is .error ERR_UPDATER_CHANNEL_FILE_NOT_FOUND
}

@test "channels: who is on beta gets the beta, nobody else does" {
    serve_start "$site"
    feed=/channels/beta client --from 1.0.0 --channel beta --appimage "$(installed 1.0.0)"
    is .version 1.1.0-beta.1
    is .sha512 "$(sum "$(appimage 1.1.0-beta.1)")"
    is .bytes.whole 0
    feed=/channels/beta client --from 1.0.2 --appimage "$(installed 1.0.2)"
    is .error ERR_UPDATER_CHANNEL_FILE_NOT_FOUND
    client --from 1.1.0-beta.1 --appimage "$(installed 1.0.2)"
    is .available false
}

@test "macOS: maps beside the zips, the old one found beside the new zip; each kind of Mac gets its own" {
    cp -r "$BATS_FILE_TMPDIR/app" .
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.0.0
summary: A thing
maintainer: Ann Example <ann@example.com>
license: MIT
files: [{ from: app/, to: bin/ }]
targets:
  - { os: macos, arch: x86_64, formats: [zip] }
  - { os: macos, arch: aarch64, formats: [zip], files: [{ text: arm, to: bin/arm }] }
feed: { blockmap: [zip] }
zip: { wrap: "" }
publish:
  - { to: dir, path: site }
YAML
    for v in 1.0.0 1.0.1 1.0.2; do
        program $v
        "$SLIPWAY" release -q --set-version $v
    done
    site=$PWD/site
    serve_start site
    "$SLIPWAY" feed --json -n --set-version 1.0.2 >rows
    for arch in x64 arm64; do
        word=${arch/x64/x86_64}
        for from in 1.0.0 1.0.1; do
            client --from $from --arch $arch --zip "site/releases/v$from/hello-$from-macos-$word.zip"
            is .updater MacUpdater
            is .sha512 "$(sum "site/releases/v1.0.2/hello-1.0.2-macos-$word.zip")"
            is .bytes.whole 0
            is .bytes.map "$(jq "select(.from == \"$from\" and .update == \"hello-1.0.2-macos-$word.zip\").map_bytes" rows)"
            want=$(jq "select(.from == \"$from\" and .update == \"hello-1.0.2-macos-$word.zip\").bytes" rows)
            got=$(jq '.bytes.map + .bytes.range' answer)
            [ "$got" -ge "$want" ]
            [ "$got" -le $((want + want / 50)) ]
        done
    done
    "$SLIPWAY" verify -q site
    # what is no map of another release is a stranger as before
    map=site/releases/v1.0.2/hello-1.0.0-macos-arm64.zip.blockmap
    rm $map
    cp site/releases/v1.0.2/hello-1.0.1-macos-arm64.zip.blockmap $map
    run "$SLIPWAY" verify site
    [ "$status" -eq 1 ]
    [[ $output == *"$map: is not in the ledger"* ]]
}

# What a dist folder says after slipway feed, served as it is.
offered() { # offered KEY=VALUE…
    local set=()
    for kv in "$@"; do set+=(--set "feed.$kv"); done
    rm -rf offer
    cp -r "$BATS_FILE_TMPDIR/dist-1.0.2" offer
    "$SLIPWAY" feed -q -f "$BATS_FILE_TMPDIR/slipway.yaml" --set-version 1.0.2 -o offer "${set[@]}"
    serve_start offer
    feed=
}

@test "staging, the oldest system, name and notes are what the client acts on" {
    offered staging-percentage=50
    client --from 1.0.0 --type deb --staging-id 00000000-0000-4000-8000-000033333333 # at 20 of 100
    is .version 1.0.2
    is .available true
    is .staging 00000000-0000-4000-8000-000033333333
    client --from 1.0.0 --type deb --staging-id 00000000-0000-4000-8000-0000cccccccc # at 80
    is .available false
    offered staging-percentage=0
    client --from 1.0.0 --type deb --staging-id 00000000-0000-4000-8000-000033333333
    is .available false
    offered minimum-system-version=6.1.0 release-name=Spring 'release-notes="a: b\n\n# c\n"'
    client --from 1.0.0 --type deb --os-release 5.15.0
    is .available false
    client --from 1.0.0 --type deb --os-release 6.1.0
    is .available true
    is .releaseName Spring
    [ "$(jq .releaseNotes answer)" = '"a: b\n\n# c\n"' ]
}

refused() { # refused OPTION…
    client --from 1.0.0 "$@"
    is .error ERR_CHECKSUM_MISMATCH
    is '.pending | length' 0
    is .file null
}

@test "what was tampered with is refused, and nothing is installed" {
    old=$(installed 1.0.0)
    cp -aL "$site/channels/stable" bad
    feed=
    serve_start bad
    for kind in AppImage deb rpm; do
        spoil bad/hello*"${kind/AppImage/-x86_64.AppImage}"
    done
    refused --appimage "$old" --install
    refused --appimage "$old" --install --single
    refused --type deb --install
    refused --type rpm --install
    cmp "$old" "$(appimage 1.0.0)"
    rm -r bad
    cp -aL "$site/channels/stable" bad
    # a manifest with another digest: the first of a word's 64 letters, which is another one now
    sed -i 's/sha512: ./sha512: +/' bad/latest-linux.yml
    refused --appimage "$old"
    refused --type deb
    refused --type rpm
    cmp "$old" "$(appimage 1.0.0)"
}

@test "manifests, digests and block maps are electron-builder's own, both architectures merged" {
    for v in 1.0.0 1.0.1 1.0.2; do
        node "$SLIPWAY_SOURCE/tests/system/updater/feed.cjs" "$generator" "$site/releases/v$v" >found || { cat found; return 1; }
        grep -qx '5 files are right' found
        [ "$(sed -n 's/^  - url: //p' "$site/releases/v$v/latest-linux.yml" | sed 's/.*\.//' | tr '\n' ' ')" = "AppImage deb rpm " ]
        [ "$(grep -c url "$site/releases/v$v/latest-linux-arm64.yml")" = 2 ]
    done
    "$SLIPWAY" verify -q "$site"
}
