#!/usr/bin/env bats
# slipway feed: manifests, and what an update downloads. The figures are compared with a plan made from the maps by hand.

load serve

setup() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir app
    python3 - <<'PY'
import random
random.seed(1)
for name, n in ("big", 1500000), ("small", 100000):
    open("app/" + name, "wb").write(random.randbytes(n))
PY
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.0.0
summary: A thing
maintainer: Ann Example <ann@example.com>
license: MIT
files: [{ from: app/, to: bin/ }]
targets:
  - { os: linux, arch: x86_64, formats: [deb, tar.gz] }
  - { os: macos, arch: x86_64, formats: [zip] }
feed: { blockmap: [zip] }
publish:
  - { to: dir, path: site }
YAML
    make 1.0.0
}

teardown() { serve_stop; }

make() { "$SLIPWAY" release -q --set-version "$1"; }

change() { python3 -c 'import random; random.seed("'"$1"'"); open("app/small", "wb").write(random.randbytes(100000))'; }

feed() { # feed VERSION [OPTION…]
    local version=$1
    shift
    "$SLIPWAY" feed --set-version "$version" "$@"
}

by_hand() { # the bytes that a client fetches: both maps, and the chunks of the new one that the old one lacks
    python3 - "$@" <<'PY'
import gzip, json, os, sys
def chunks(path):
    f = json.load(gzip.open(path))["files"][0]
    return list(zip(f["checksums"], f["sizes"]))
old, new = sys.argv[1:]
have = dict(chunks(old))
print(os.path.getsize(old) + os.path.getsize(new) + sum(n for c, n in chunks(new) if have.get(c) != n))
PY
}

field() { python3 -c 'import json, sys
for line in sys.stdin:
    row = json.loads(line)
    if row["format"] == sys.argv[1] and row["from"] == sys.argv[2]: print(json.dumps(row.get(sys.argv[3])))' "$@"; }

@test "every earlier release, newest first, and the bytes of each" {
    change one
    make 1.0.1
    change two
    make 1.1.0-beta.1
    make 1.1.0
    feed 1.1.0 --json >rows
    zip=site/releases/v1.1.0/hello-1.1.0-macos-x86_64.zip
    for v in 1.0.0 1.0.1 1.1.0-beta.1; do
        [ "$(field zip $v bytes <rows)" = "$(by_hand "site/releases/v$v/hello-$v-macos-x86_64.zip.blockmap" $zip.blockmap)" ]
        [ "$(field zip $v size <rows)" = "$(stat -c %s $zip)" ]
        [ "$(field deb $v bytes <rows)" = "$(stat -c %s site/releases/v1.1.0/hello_1.1.0_amd64.deb)" ]
    done
    [ "$(field zip 1.0.1 differential <rows)" = true ]
    [ "$(field deb 1.0.1 differential <rows)" = false ]
    [ "$(grep -c . rows)" = 6 ] # nobody updates from an archive
    feed 1.1.0 >table
    [ "$(grep -A3 '\.zip$' table | awk '/from/ { print $2 }' | tr '\n' ' ')" = "1.1.0-beta.1 1.0.1 1.0.0 " ]
    [[ $(grep -A1 '\.zip$' table) == *" of    1.6 MB    "*" ranges" ]]
    [ "$(feed 1.1.0 --last 1 | awk '/from/ { print $2 }' | sort -u | tr '\n' ' ')" = "1.0.1 1.1.0-beta.1 " ]
    # what is newer than the release is no earlier one
    feed 1.1.0 -q
    "$SLIPWAY" release -q --set-version 1.0.2
    [ "$(feed 1.0.2 | awk '/from/ { print $2 }' | sort -u | tr '\n' ' ')" = "1.0.0 1.0.1 " ]
}

@test "a limit that is exceeded fails and says what, how and how much" {
    change one
    make 1.0.1
    feed 1.0.1 -q --max-delta 20%
    run feed 1.0.1 -q --max-delta 1%
    [ "$status" -eq 1 ]
    [[ $output == *"hello-1.0.1-macos-x86_64.zip: updating from 1.0.0 downloads 1"*" kB of 1.6 MB, "*" %, more than --max-delta 1.0 %"* ]]
    [[ $output != *.deb* ]]
    for bad in 120% x 2.55 ""; do
        run feed 1.0.1 --max-delta "$bad"
        [ "$status" -eq 2 ]
    done
}

@test "nothing to compare with is said and is no failure" {
    rm -r site
    run feed 1.0.0 --max-delta 1%
    [ "$status" -eq 0 ]
    [[ $output == *"no earlier release to compare with"* ]]
    [ ! -e site ]
    run feed 1.0.0 --previous "$BATS_TEST_TMPDIR/app"
    [ "$status" -eq 4 ]
    [[ $output == *"no release is there"* ]]
    run feed 2.0.0
    [ "$status" -eq 4 ]
    [[ $output == *"run slipway pack first"* ]]
}

@test "earlier releases elsewhere: a dist folder, a site, a server" {
    cp -r dist old
    mv site other
    change one
    make 1.0.1
    [ "$(feed 1.0.1)" = "" ]
    feed 1.0.1 --previous old --json >a
    feed 1.0.1 --previous other --json >b
    serve_start other
    feed 1.0.1 --previous "$SERVE_URL" --json >c
    feed 1.0.1 --previous "$SERVE_URL/releases/v1.0.0" --previous old --json >d
    [ "$(grep -c . a)" = 2 ]
    cmp a b
    cmp a c
    cmp a d
    # of the packages nothing is fetched
    run grep -E '\.(zip|deb) ' "$SERVE_LOG"
    [ "$status" -ne 0 ]
    run feed 1.0.1 --previous "$SERVE_URL/app"
    [ "$status" -eq 4 ]
}

@test "manifests that are gone or old are made again, and signed for; without need nothing is" {
    "$SLIPWAY" keys new dev --store keys -q >/dev/null
    printf 'sign: { openpgp: { key: "file:keys/dev.secret.asc" } }\n' >>slipway.yaml
    rm -r site
    "$SLIPWAY" sign -q
    "$SLIPWAY" verify -q dist
    feed 1.0.0 -q --set feed.staging-percentage=10
    grep -qx 'stagingPercentage: 10' dist/latest-linux.yml
    "$SLIPWAY" verify -q dist
    ls -l --time-style=full-iso dist >before
    mv keys away # nothing changes: no key is needed
    feed 1.0.0 -q --set feed.staging-percentage=10
    ls -l --time-style=full-iso dist | cmp - before
    run feed 1.0.0 -q
    [ "$status" -eq 6 ]
    feed 1.0.0 -q -n
    ls -l --time-style=full-iso dist | cmp - before
}

@test "a block map that is gone, or is none" {
    change one
    make 1.0.1
    map=site/releases/v1.0.0/hello-1.0.0-macos-x86_64.zip.blockmap
    mv $map map
    run feed 1.0.1 --max-delta 20
    [ "$status" -eq 0 ]
    [[ $output == *"unknown: "*"v1.0.0/hello-1.0.0-macos-x86_64.zip.blockmap is not there any more"* ]]
    head -c 100 map >$map
    run feed 1.0.1
    [ "$status" -eq 4 ]
    [[ $output == *"hello-1.0.1-macos-x86_64.zip from 1.0.0: "*.blockmap* ]]
    # a release from before block maps: everything is fetched, and the new map for nothing
    rm -r site
    "$SLIPWAY" release -q --set-version 1.0.0 --set 'feed.blockmap=[]' -o d0
    "$SLIPWAY" release -q --set-version 1.0.1
    feed 1.0.1 --json >rows
    [ "$(field zip 1.0.0 bytes <rows)" = $(($(stat -c %s dist/*1.0.1*.zip) + $(stat -c %s dist/*1.0.1*.blockmap))) ]
    run feed 1.0.1 -q --max-delta 99
    [ "$status" -eq 1 ]
}
