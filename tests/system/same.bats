#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is the same is not done again: read by the system calls that a run makes.

setup() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return
    mkdir app
    echo one >app/one.txt
    seq 100000 >app/two.txt
    cat >slipway.yaml <<'YAML'
schema: 1
name: small
id: com.example.small
version: 1.0.0
summary: A small thing
vendor: Example
license: MIT
entry: one.txt
targets:
  - { os: windows, arch: x86_64, formats: [msi, nsis, zip], files: [{ from: app/, to: . }] }
feed: { blockmap: [msi] }
publish:
  - { to: dir, path: site }
YAML
}

# traced CALLS COMMAND…: what it calls, in `trace`.
traced() {
    local calls=$1
    shift
    ASAN_OPTIONS=detect_leaks=0 strace -f -y -e trace="$calls" -o trace "$@"
}

@test "a second release reads no more of its input than how files begin, and no package, starts no program and replaces nothing" {
    "$SLIPWAY" release -q
    find dist site -type f -not -name release.json -not -path '*/.slipway/*' -printf '%i %T@ %p\n' | sort >before
    traced read,pread64,execve "$SLIPWAY" release -q
    run grep -E '<[^>]*(/app/[^>]*|exe|zip|blockmap)>.* = [0-9]{3,}$' trace
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(grep -c execve trace)" -eq 1 ]
    find dist site -type f -not -name release.json -not -path '*/.slipway/*' -printf '%i %T@ %p\n' | sort | diff before -
    sed -i 's/path: site/path: elsewhere/' slipway.yaml
    traced read,pread64,execve "$SLIPWAY" release -q # goes to another place, and is made anew for it as little
    [ "$(grep -c execve trace)" -eq 1 ]
    run grep -E '<[^>]*/app/[^>]*>.* = [0-9]{3,}$' trace
    [ "$status" -eq 1 ]
    diff -r site/releases elsewhere/releases
}

@test "the certificates that git's library trusts are read once, however many versions a changelog has" {
    git init -q .
    git add app slipway.yaml
    for n in 1 2 3 4; do
        git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m "fix: $n"
        git tag "v1.0.$n"
    done
    sed -i 's/^version: .*/version: git\nchangelog: git/; s/\[msi, nsis, zip\]/[zip]/' slipway.yaml
    unset SOURCE_DATE_EPOCH
    traced openat "$SLIPWAY" pack -q
    [ -e dist/small-1.0.4-windows-x86_64.zip ]
    [ "$(grep -c ca-certificates.crt trace)" -le 1 ]
}
