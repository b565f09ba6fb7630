#!/usr/bin/env bats
# Signatures of a release, judged by the gpg program in a keyring of its own.

load soon.bash

setup_file() {
    export HOME="$BATS_FILE_TMPDIR/home" GNUPGHOME="$BATS_FILE_TMPDIR/judge"
    # a time that the key, made now, is not younger than
    export SOURCE_DATE_EPOCH=$(($(date +%s) + 3600)) TMPDIR="$BATS_FILE_TMPDIR/t"
    mkdir -p "$HOME" "$TMPDIR" "$BATS_FILE_TMPDIR/app/bin"
    mkdir -m 700 "$GNUPGHOME"
    cd "$BATS_FILE_TMPDIR/app"
    printf '#!/bin/sh\necho hello\n' >bin/hello
    chmod 755 bin/hello
    cat >slipway.yaml <<'EOF'
schema: 1
name: hello
title: Hello
id: com.example.hello
version: 1.2.3
summary: Says hello
maintainer: Ann Example <ann@example.com>
license: MIT
targets:
  - os: linux
    arch: any
    formats: [tar.gz]
    files: [{ from: bin/hello, to: bin/hello }]
sign:
  openpgp: { key: "file:keys/dev.secret.asc" }
EOF
    "$SLIPWAY" keys new dev --store keys
    "$SLIPWAY" release -o dist
    gpg --batch --quiet --import keys/dev.asc
}

teardown_file() {
    gpgconf --homedir "$BATS_FILE_TMPDIR/judge" --kill gpg-agent
}

setup() {
    cd "$BATS_FILE_TMPDIR/app"
}

@test "every artifact and both checksum files have a signature that gpg accepts" {
    local n=0
    for sig in dist/*.asc; do
        case "$sig" in *-signing-key.asc) continue ;; esac
        gpg --batch --verify "$sig" "${sig%.asc}"
        n=$((n + 1))
    done
    [ "$n" -eq 3 ]
    [ -f dist/checksums.sha256.asc ] && [ -f dist/checksums.sha512.asc ]
}

@test "the published key is the one that signed" {
    run gpg --batch --with-colons --show-keys dist/hello-signing-key.asc
    theirs=$(gpg --batch --with-colons --list-keys | grep -m1 ^fpr)
    [[ "$output" == *"$theirs"* ]]
    if grep -q 'PRIVATE KEY' dist/*; then return 1; fi
}

@test "gpg refuses an artifact with one byte changed" {
    cp dist/*.tar.gz "$BATS_TEST_TMPDIR/x"
    size=$(stat -c %s "$BATS_TEST_TMPDIR/x")
    byte=$(od -An -tu1 -j $((size / 2)) -N1 "$BATS_TEST_TMPDIR/x")
    printf "\\$(printf %o $((byte ^ 1)))" |
        dd of="$BATS_TEST_TMPDIR/x" bs=1 seek=$((size / 2)) conv=notrunc status=none
    run gpg --batch --verify dist/*.tar.gz.asc "$BATS_TEST_TMPDIR/x"
    [ "$status" -ne 0 ]
    [[ "$output" == *"BAD signature"* ]]
}

@test "the same key, files and time give the same signatures" {
    "$SLIPWAY" release -o again
    for sig in dist/*.asc; do
        cmp "$sig" "again/${sig##*/}"
    done
    run gpg --batch --list-packets dist/checksums.sha256.asc
    [[ "$output" == *"created $SOURCE_DATE_EPOCH"* ]]
}

@test "nothing is left behind: no keyring in HOME, no home of ours, no agent" {
    [ -z "$(ls -A "$HOME")" ]
    [ -z "$(ls -A "$TMPDIR")" ]
    no_agent() { run pgrep -f "gpg-agent --homedir $TMPDIR/"; [ "$status" -eq 1 ]; }
    soon no_agent # it was told to end, and may be about to
}

@test "a literal key is refused and not shown, exit 3" {
    sed 's|file:keys/dev.secret.asc|hunter2hunter2|' slipway.yaml >literal.yaml
    run "$SLIPWAY" check -f literal.yaml
    [ "$status" -eq 3 ]
    [[ "$output" == *"only by reference"* ]]
    [[ "$output" != *hunter2* ]]
}

@test "a key that is not there is exit 6 and names the reference, before the build steps" {
    sed 's|file:keys/dev.secret.asc|env:NO_SUCH_KEY|' slipway.yaml >missing.yaml
    run "$SLIPWAY" release -f missing.yaml -o none
    [ "$status" -eq 6 ]
    [[ "$output" == *"env:NO_SUCH_KEY"* ]]
    printf 'build: [{ name: long, run: "touch built; cp key made", inputs: [key], outputs: [made] }]\n' >>missing.yaml
    cp keys/dev.secret.asc key
    run "$SLIPWAY" release -f missing.yaml -o none
    [ "$status" -eq 6 ]
    [[ "$output" == *"missing.yaml:"*": env:NO_SUCH_KEY: the environment variable is not set" ]]
    [ ! -e built ]
    # What a step makes may come later.
    sed -i 's|env:NO_SUCH_KEY|file:made|' missing.yaml
    "$SLIPWAY" release -f missing.yaml -o none -q
    [ -e built ]
}
