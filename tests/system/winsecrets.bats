#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What signs for Windows, looked for afterwards in everything that was written or could be seen.

bats_require_minimum_version 1.5.0
load watched.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    export SOURCE_DATE_EPOCH=1767225601
    "$SLIPWAY" keys new dev --kind authenticode --store keys -q
    openssl pkcs12 -export -in keys/dev.code.pem -passout pass:canary-passphrase-8352 -out dev.p12
    openssl pkey -in keys/dev.code.pem -aes256 -passout pass:canary-passphrase-8352 -out locked.pem
    base64 -w 0 dev.p12 >dev.p12.base64
    # each long line of the key is a canary, and so are the passphrase and the file in a variable
    { grep -E '^[A-Za-z0-9+/=]{40,}$' locked.pem; sed '/BEGIN CERT/,$d' keys/dev.code.pem | grep -E '^[A-Za-z0-9+/=]{40,}$'
      echo canary-passphrase-8352; cut -c 1-200 dev.p12.base64; } >canaries
    [ "$(wc -l <canaries)" -ge 10 ]
    echo 'int main(void) { return 0; }' >main.c
    x86_64-w64-mingw32-gcc -o hello.exe main.c
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export TMPDIR=$PWD/tmp WIN_PASS=canary-passphrase-8352
    WIN_P12=$(cat "$BATS_FILE_TMPDIR/dev.p12.base64")
    export WIN_P12
    mkdir tmp bin
    cp "$BATS_FILE_TMPDIR/hello.exe" bin
}

recipe() { # STEP WORDS-OF-AUTHENTICODE
    cat >slipway.yaml <<YAML
schema: 1
name: hello
version: 1.2.3
title: Hello there
summary: Says hello
homepage: https://example.com/hello
vendor: Example
license: MIT
entry: hello.exe
build:
  - { name: look, run: '$1' }
targets:
  - os: windows
    arch: x86_64
    formats: [msi, nsis, zip]
    files: [{ from: bin/, to: . }]
sign:
  authenticode: { $2 }
id: com.example.hello
YAML
}

signed() {
    osslsigncode verify -CAfile "$BATS_FILE_TMPDIR/keys/dev.crt" "$1" >said
}

@test "from the environment, in a whole release; neither build steps nor makensis inherit it" {
    recipe 'env >seen' 'certificate: "env:WIN_P12", passphrase: "env:WIN_PASS"'
    echo 'nsis: { include: hooks.nsh }' >>slipway.yaml
    printf '!macro customHeader\n!system "env >seen.nsis"\n!system "cp seen.nsis ${PROJECT_DIR}"\n!macroend\n' >hooks.nsh
    release release --verbose
    signed dist/*-setup.exe
    signed dist/*.msi
    # Windows asks whether this may run, under this name.
    grep -q 'Text description: Hello there$' said
    grep -q 'URL description: https://example.com/hello$' said
    run -1 grep -q 'WIN_P' seen seen.nsis
    grep -q '^SOURCE_DATE_EPOCH=' seen.nsis
    [ -s cmdlines ]
    clean
}

@test "from files and from a program, known before the build steps run" {
    echo "$WIN_PASS" >"$BATS_FILE_TMPDIR/phrase"
    recipe "cat $BATS_FILE_TMPDIR/phrase $BATS_FILE_TMPDIR/locked.pem" \
        "certificate: \"file:$BATS_FILE_TMPDIR/keys/dev.crt\", key: \"file:$BATS_FILE_TMPDIR/locked.pem\", passphrase: \"command:cat $BATS_FILE_TMPDIR/phrase\""
    release release
    signed dist/*.msi
    grep -qF '***' dist/.slipway/logs/look.log
    grep -q 'BEGIN ENCRYPTED' dist/.slipway/logs/look.log
    clean
}

@test "a wrong passphrase and a broken file: one line at the recipe's place, exit 6, nothing in dist" {
    recipe true 'certificate: "env:WIN_P12", passphrase: "env:WIN_PASS"'
    WIN_PASS=canary-passphrase-8352-wrong run release pack
    [ "$status" -eq 6 ]
    grep -q '^slipway: slipway.yaml:18:32: ' stderr
    [ "$(wc -l <stderr)" -eq 1 ]
    clean
    WIN_P12=${WIN_P12:0:300} run release pack
    [ "$status" -eq 6 ]
    [ "$(wc -l <stderr)" -eq 1 ]
    clean
    WIN_PASS='' run release pack
    [ "$status" -eq 6 ]
    clean
    [ "$(find dist -type f -not -path '*/.slipway/*' | wc -l)" -eq 0 ]
}
