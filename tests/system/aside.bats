#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Formats whose compiler keeps one processor busy are packed beside the others. A makensis that only
# waits stands in for the real one, whose work the tests of setup programs look at.

setup() {
    export SOURCE_DATE_EPOCH=1700000000 TMPDIR=$BATS_TEST_TMPDIR/tmp
    cd "$BATS_TEST_TMPDIR" || return
    mkdir tmp bin
    head -c 3000000 /dev/urandom >hello.exe
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
title: Hello
id: com.example.hello
version: 1.2.3
vendor: Example
entry: hello.cmd
targets:
  - os: windows
    arch: x86_64
    formats: [nsis, zip, portable]
    files: [{ from: hello.exe, to: hello.cmd }]
YAML
    # Waits for the file go, of which there never is one in most tests.
    cat >bin/makensis <<'SH'
#!/bin/sh
trap 'echo "$$" >>"$FAKE/ended"; kill "$!"; exit 1' TERM
echo "$$" >>"$FAKE/started"
while [ ! -e "$FAKE/go" ]; do sleep 0.1 & wait "$!"; done
echo "a program" >out.exe
SH
    chmod 755 bin/makensis
    export FAKE=$PWD PATH=$PWD/bin:$PATH
}

teardown() {
    umount full 2>/dev/null || true
}

@test "what fails beside it ends the compiler, and nothing of it stays" {
    mkdir full
    mount -t tmpfs -o size=2m none full
    run "$SLIPWAY" pack -o full/dist --jobs 2
    echo "$output"
    [ "$status" -eq 4 ]
    [[ $output == *"hello-1.2.3-windows-x86_64.zip"*"No space left"* ]]
    sort started >a && sort ended | cmp - a
    [ -z "$(ls -A tmp)" ]
    [ -z "$(find full/dist -name '*.exe' -o -name '*.zip' -o -name '*.slipway-*')" ]
}

@test "a signal ends the compilers too" {
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$SLIPWAY" pack --jobs 4 2>said &
    until [ "$(grep -c . started 2>/dev/null)" = 2 ] && grep -q 'made.*zip' said; do sleep 0.1; done
    kill -INT "$!"
    status=0
    wait "$!" || status=$?
    [ "$status" -eq 130 ]
    sort started >a && sort ended | cmp - a
    [ -z "$(ls -A tmp)" ]
    [ -z "$(find dist -name '*.exe' -o -name '*.slipway-*')" ]
}

@test "killed, it takes the compilers with it" {
    "$SLIPWAY" pack --jobs 4 -q &
    until [ "$(grep -c . started 2>/dev/null)" = 2 ]; do sleep 0.1; done
    kill -KILL "$!"
    until [ "$(grep -c . ended 2>/dev/null)" = 2 ]; do sleep 0.1; done
    rm -rf tmp
}

@test "the others go on meanwhile, one job does one thing after another, and the files are the same" {
    for jobs in 2 3 8; do
        rm -f go started
        "$SLIPWAY" pack --jobs "$jobs" -o "dist$jobs" 2>said &
        # The archive is there before any compiler has ended.
        until grep -q 'made.*zip' said; do sleep 0.1; done
        touch go
        wait "$!"
        [ "$(grep -c . started)" = 2 ]
    done
    "$SLIPWAY" pack --jobs 1 -o dist1 2>said
    [ "$(awk '$1 == "made" { print $2 }' said | xargs)" = \
        "hello-1.2.3-windows-x86_64.zip hello-1.2.3-x64-setup.exe hello-1.2.3-x64-portable.exe" ]
    for jobs in 2 3 8; do
        for f in dist1/*; do cmp "$f" "dist$jobs/${f#*/}"; done
    done
}

@test "a compiler that fails is told of when the others are done" {
    sed -i 's/^trap.*/echo "Error: no" >\&2; exit 1/' bin/makensis
    run "$SLIPWAY" pack --jobs 2
    echo "$output"
    [ "$status" -eq 5 ]
    [[ $output == *"made"*".zip"*".exe: makensis: Error: no"* ]]
    [ -z "$(ls -A tmp)" ]
}
