#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SIGINT, SIGTERM and SIGHUP: death by that signal, long before a child would end, with nothing half-done and no temporary left.

load soon.bash

setup() {
    export SOURCE_DATE_EPOCH=1700000000 TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR" "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work" || return
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.2.3
targets:
  - os: linux
    arch: x86_64
    formats: [tar.xz]
    files:
      - { from: big, to: bin/hello, mode: "0755" }
YAML
}

# ends SIGNAL NUMBER COMMAND…: the signal goes to slipway after WHEN has come true.
ends() {
    local sig=$1 number=$2 pid status=0
    shift 2
    # A job in the background of a script ignores SIGINT; perl sets it right again.
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$@" 2>said &
    pid=$!
    soon eval "$when" || { cat said; return 1; }
    kill -s "$sig" "$pid" || { cat said; return 1; }
    wait "$pid" || status=$?
    cat said
    [ "$status" -eq $((128 + number)) ]
    [ "$(grep -c interrupted said)" -ge 1 ]
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "while a build step runs: the step ends too" {
    printf 'build: [{ name: wait, run: "echo $$ >pid; exec sleep 3000" }]\n' >>slipway.yaml
    when='[ -s pid ]'
    for s in "INT 2" "TERM 15" "HUP 1"; do
        rm -f pid
        # shellcheck disable=SC2086
        ends $s "$SLIPWAY" build
        run kill -0 "$(cat pid)"
        [ "$status" -ne 0 ]
    done
}

@test "while makensis runs: it ends too, and what others made meanwhile is used by the next run" {
    mkdir bin app
    printf '#!/bin/sh\necho $$ >"%s/pid"\nexec sleep 3000\n' "$PWD" >bin/makensis
    chmod 755 bin/makensis
    echo hello >app/hello.txt
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
id: com.example.hello
version: 1.2.3
summary: Says hello
vendor: Example
entry: hello.txt
targets: [{ os: windows, arch: x86_64, formats: [msi, nsis, portable, zip], files: [{ from: app/, to: . }] }]
YAML
    when='[ -s pid ]'
    for s in "INT 2" "TERM 15"; do
        rm -f pid
        # shellcheck disable=SC2086
        PATH=$PWD/bin:$PATH ends $s "$SLIPWAY" pack
        run kill -0 "$(cat pid)"
        [ "$status" -ne 0 ]
        [ -z "$(find dist -name '*.slipway-*')" ]
        [ -z "$(ls dist)" ]
    done
    "$SLIPWAY" pack -q
    "$SLIPWAY" verify -q dist
}

writes() { [ -n "$(find dist -name '*.slipway-*' 2>/dev/null)" ]; }

@test "while a package is written: no file and no temporary of it stays" {
    head -c 200000000 /dev/urandom >big
    when=writes
    ends TERM 15 "$SLIPWAY" pack
    [ -z "$(find dist -name '*.slipway-*' -o -name '*.tar.xz' -o -name release.json)" ]
    head -c 1000 /dev/urandom >big
    "$SLIPWAY" pack
    "$SLIPWAY" verify dist
}

@test "ignored signals stay ignored" {
    head -c 30000000 /dev/urandom >big
    (trap '' HUP; exec "$SLIPWAY" pack) &
    soon writes
    kill -HUP $!
    wait $!
    "$SLIPWAY" verify dist
}
