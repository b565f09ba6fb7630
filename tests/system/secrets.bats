#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A key and a passphrase that are looked for afterwards in everything that was written or could be seen.

load watched.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    export HOME=$PWD/home
    mkdir -p home bin tmp
    printf '#!/bin/sh\necho hello\n' >bin/hello
    local PHRASE=canary-passphrase-7261
    # gpg makes the key, because its secret part is then locked with a passphrase
    mkdir -m 700 maker
    gpg --homedir maker --batch --quiet --pinentry-mode loopback --passphrase "$PHRASE" \
        --quick-generate-key 'canary <canary@example.com>' ed25519 sign never
    gpg --homedir maker --batch --pinentry-mode loopback --passphrase "$PHRASE" --armor \
        --export-secret-keys >key.asc
    gpgconf --homedir maker --kill all
    # each long line of the armor is a canary, and so is the passphrase
    { grep -E '^[A-Za-z0-9+/=]{16,}$' key.asc; echo "$PHRASE"; } >"$BATS_FILE_TMPDIR/canaries"
    [ "$(wc -l <canaries)" -ge 3 ]
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export TMPDIR=$PWD/tmp HOME=$BATS_FILE_TMPDIR/home SIGN_PHRASE=canary-passphrase-7261
    SIGN_KEY=$(cat "$BATS_FILE_TMPDIR/key.asc")
    export SIGN_KEY
    mkdir tmp
    cp -r "$BATS_FILE_TMPDIR/bin" .
}

# recipe KEY PASSPHRASE STEP
recipe() {
    cat >slipway.yaml <<YAML
schema: 1
name: hello
version: 1.2.3
summary: Says hello
maintainer: Ann Example <ann@example.com>
license: MIT
build:
  - { name: look, run: '$3' }
targets:
  - os: linux
    arch: any
    formats: [deb, rpm, tar.gz]
    files: [{ from: bin/hello, to: bin/hello }]
sign:
  openpgp: { key: "$1", passphrase: "$2" }
publish:
  - { to: dir, path: site }
YAML
}

@test "from the environment, in a whole release" {
    recipe env:SIGN_KEY env:SIGN_PHRASE 'echo built'
    release release --verbose
    [ -e site/releases/v1.2.3 ]
    [ -s cmdlines ]
    clean
}

@test "from files and from a program" {
    cp "$BATS_FILE_TMPDIR/key.asc" "$BATS_FILE_TMPDIR/outside.asc"
    echo "$SIGN_PHRASE" >"$BATS_FILE_TMPDIR/phrase"
    recipe "file:$BATS_FILE_TMPDIR/outside.asc" "command:cat $BATS_FILE_TMPDIR/phrase" 'echo built'
    release release
    clean
}

@test "build steps do not inherit the variables, unless they ask" {
    recipe env:SIGN_KEY env:SIGN_PHRASE 'echo "[$SIGN_PHRASE]" >seen; env >>seen; [ -n "$HOME" ]'
    release build
    grep -qx '\[\]' seen
    clean
    # one asks by its `env`: it has it, under the name it wants, and nothing else has
    sed -i "s|^  - { name: look, .*|&\n  - { name: ask, env: { PHRASE: '{{ env.SIGN_PHRASE }}' }, run: '[ \"\$PHRASE\" = canary-passphrase-\$N ] \&\& echo I have \$PHRASE' }|" slipway.yaml
    N=7261 release build
    grep -qF 'I have ***' stderr
    grep -qF 'I have ***' dist/.slipway/logs/ask.log
    clean
    N=0 run release build # it really has it: the same step fails where it should be another
    [ "$status" -eq 5 ]
    clean
}

@test "a build step that shows them is shown and logged with stars" {
    recipe "file:$BATS_FILE_TMPDIR/key.asc" env:SIGN_PHRASE \
        "cat $BATS_FILE_TMPDIR/key.asc; tr \"\\\\0\" \"\\\\n\" </proc/\$PPID/environ; false"
    run release build
    [ "$status" -eq 5 ]
    grep -qF '***' stderr
    grep -qF '***' dist/.slipway/logs/look.log
    grep -q 'BEGIN PGP' dist/.slipway/logs/look.log
    grep -q 'SIGN_PHRASE=\*\*\*' dist/.slipway/logs/look.log
    clean
}

@test "what a program told is known before the build steps of a release run" {
    echo "$SIGN_PHRASE" >"$BATS_FILE_TMPDIR/phrase"
    recipe "file:$BATS_FILE_TMPDIR/key.asc" "command:cat $BATS_FILE_TMPDIR/phrase" \
        "cat $BATS_FILE_TMPDIR/phrase"
    release release
    grep -qF '| ***' stderr
    grep -qFx '***' dist/.slipway/logs/look.log
    clean
}

@test "a recipe that asks for one by a variable shows it nowhere: plan, mistakes, warnings, resolved" {
    recipe env:SIGN_KEY env:SIGN_PHRASE true
    sed -i 's|^summary: .*|summary: "{{ env.SIGN_PHRASE }}"|' slipway.yaml
    "$SLIPWAY" check --print json >stdout 2>stderr
    grep -qF '"summary": "***"' stdout
    clean
    SIGN_PHRASE='canary-passphrase-7261"quoted' "$SLIPWAY" check --print json >stdout 2>stderr
    grep -qF '"summary": "***"' stdout
    clean
    cp slipway.yaml good.yaml
    sed -i 's|^build:|deb: { depends: ["{{ env.SIGN_PHRASE }} ("] }\n&|' slipway.yaml
    run release check
    [ "$status" -eq 3 ]
    grep -qF 'depends: "*** ("' stderr
    clean
    sed "s|look, run: 'true'|'{{ env.SIGN_PHRASE }}', run: 'true'|" good.yaml >slipway.yaml
    release release --dry-run
    grep -qF 'would run build step ***' stderr
    clean
}

@test "a wrong passphrase and a broken key are not shown, exit 6" {
    recipe env:SIGN_KEY env:SIGN_PHRASE true
    SIGN_PHRASE=canary-passphrase-7261-wrong run release release
    [ "$status" -eq 6 ]
    [ "$(wc -l <stderr)" -ge 1 ]
    clean
    SIGN_KEY=${SIGN_KEY:0:200} run release release
    [ "$status" -eq 6 ]
    clean
}
