#!/usr/bin/env bats
# A release whose key for Windows is in another place: signed in two steps, programs first, then packages. Judged by
# osslsigncode on all that can be taken out of them.

bats_require_minimum_version 1.5.0
load signing.bash
load judge.bash

setup_file() {
    export TMPDIR="$BATS_FILE_TMPDIR/t" PKI="$BATS_FILE_TMPDIR/pki" SOURCE_DATE_EPOCH=1767225601
    mkdir -p "$TMPDIR"
    signing_pki "$PKI"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
    signing_tsa_stop
}

@test "a release is signed by a key that is elsewhere: programs, then packages" {
    mkdir app
    echo '__declspec(dllexport) int answer(void) { return 42; }' >answer.c
    printf 'int main(void) { return 0; }\n' >hello.c
    x86_64-w64-mingw32-gcc -Os -s -shared -o app/answer.dll answer.c
    x86_64-w64-mingw32-gcc -Os -s -mwindows -o 'app/Lab Host.exe' hello.c
    osslsigncode sign -certs "$PKI/code-ec.chain" -key "$PKI/code-ec.key" -in app/answer.dll -out app/vendor.dll >/dev/null
    cp app/vendor.dll vendor.dll
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    signing_tsa "$PKI"
    cat >slipway.yaml <<Y
schema: 1
name: lab
title: Lab Host
id: com.example.lab
version: 1.2.3
summary: A small thing
vendor: Example
maintainer: Ann Example <ann@example.com>
license: MIT
icon: icon.png
entry: Lab Host.exe
targets:
  - os: windows
    arch: x86_64
    formats: [msi, nsis, zip]
    files: [{ from: app/, to: . }]
sign:
  authenticode: { certificate: "file:$PKI/code.chain", apart: true, name: Größe, timestamp: $SIGNING_TSA }
publish:
  - { to: dir, path: site }
Y
    "$SLIPWAY" pack -q
    refused 6 "slipway sign --prepare" "$SLIPWAY" publish -q
    [ ! -e site ]
    "$SLIPWAY" sign -q --prepare parts
    [ "$(cd parts && printf '%s\n' *.tosign | sed 's/\.[0-9a-f]*\.tosign$//' | tr '\n' ' ')" = "Lab Host.exe answer.dll uninstaller.exe " ]
    if grep -rl 'PRIVATE KEY' parts; then return 1; fi
    refused 4 "no NAME.signature" "$SLIPWAY" sign -q --attach parts
    elsewhere parts tsa
    refused 6 "not a signature of what was prepared" "$SLIPWAY" sign -q --attach parts
    elsewhere parts
    mv parts/answer* .
    run -0 "$SLIPWAY" sign --attach parts
    [[ "$output" == *"1 file has no signature yet"* ]]
    # what waits still is asked for again, also when it is packed once more
    "$SLIPWAY" pack -q
    "$SLIPWAY" sign -q --prepare more
    [ "$(cd more && printf '%s\n' *.tosign | sed 's/\.[0-9a-f]*\.tosign$//')" = answer.dll ]
    elsewhere more
    "$SLIPWAY" sign -q --attach more
    refused 4 "run slipway pack" "$SLIPWAY" sign -q --prepare packages
    "$SLIPWAY" pack -q
    cp -r dist unsigned
    "$SLIPWAY" sign -q --prepare packages
    [ "$(cd packages && printf '%s ' *.digest)" = "lab-1.2.3-x64-setup.exe.digest lab-1.2.3-x64.msi.digest " ]
    elsewhere packages
    "$SLIPWAY" sign -q --attach packages
    "$SLIPWAY" verify -r "$PKI/root.crt" dist
    (cd dist && sha256sum -c --quiet checksums.sha256)
    cmp dist/lab-1.2.3-x64.msi.detection.json unsigned/lab-1.2.3-x64.msi.detection.json
    run cmp dist/lab-1.2.3-x64.msi.blockmap unsigned/lab-1.2.3-x64.msi.blockmap
    [ "$status" -eq 1 ]
    jq -e '[.artifacts[] | select(.role == "package" and .format != "zip") | .signer | length == 64] | all' dist/release.json
    for f in dist/*.exe dist/*.msi; do
        judge "$f" 1
        grep -q 'stamped-by' ours.log
        grep -q 'name: Größe' ours.log
    done
    mkdir in
    cd in
    7zz x ../dist/*.zip >/dev/null
    msiextract ../dist/*.msi >/dev/null
    7zz x -osetup ../dist/*-setup.exe >/dev/null
    find . -name '*.exe' -o -name '*.dll' ! -path '*PLUGINSDIR*' | sort >found
    [ "$(grep -c . found)" -ge 8 ]
    while read -r f; do judge "$f" 1; done <found
    cmp setup/vendor.dll ../vendor.dll
    cd ..
    # nothing is made again, and what is signed can go out
    cp -r dist before
    "$SLIPWAY" pack 2>said
    [ "$(grep -c '^unchanged' said)" -eq 3 ]
    cmp dist/release.json before/release.json
    "$SLIPWAY" publish -q
    [ -e site ]
}
