#!/usr/bin/env bats
# A served site is verified by its address alone, as a client sees it.

load small
load serve

setup() {
    export no_proxy=127.0.0.1
    cd "$BATS_TEST_TMPDIR" || return 1
    small_make w
    small_release w 1.0.0
    small_release w 1.1.0
    small_release w 1.2.0-beta.1
}

teardown() {
    serve_stop
}

v() { # v STATUS [ARG…]: verifies the served site
    local want=$1
    shift
    run "$SLIPWAY" verify --key w/keys/dev.asc "$SERVE_URL" "$@"
    [ "$status" = "$want" ] || { echo "status $status, not $want: $output"; return 1; }
}

said() { # said TEXT: the last run named it
    [[ $output == *"$1"* ]] || { echo "not said: $1 in: $output"; return 1; }
}

flip() { # flip FILE AT: another byte there, in a file of its own
    local old
    cp "$1" flipped
    old=$(dd if="$1" bs=1 skip="$2" count=1 status=none | od -An -tu1 | tr -d ' ')
    printf "$(printf '\\%03o' $(((old + 1) % 256)))" | dd of=flipped bs=1 seek="$2" conv=notrunc status=none
    rm "$1"
    mv flipped "$1"
}

@test "a good site is good, and every release of it was looked at" {
    serve_start w/site
    v 0
    said "$SERVE_URL: good: "
    for f in w/site/releases/v*/*; do
        grep -q "^GET /${f#w/site/} 200 " "$SERVE_LOG" || { echo "not asked for: $f"; return 1; }
    done
    grep -q '^GET /channels/beta/release.json 200' "$SERVE_LOG"
    # without a key the one beside the artifacts is used, and it is said
    run "$SLIPWAY" verify "$SERVE_URL/"
    [ "$status" = 0 ]
    said "by the key that lies beside them"
    run "$SLIPWAY" verify --json --key w/keys/dev.asc "$SERVE_URL"
    [ "$status" = 0 ]
    said '"good":true'
}

@test "a changed byte in any file that is served is found and named" {
    serve_start w/site
    for f in w/site/releases/v1.1.0/*; do
        cp "$f" saved
        flip "$f" $(($(stat -c %s "$f") / 2))
        v 1
        said "${f##*/}"
        mv saved "$f"
    done
    v 0
}

@test "a file that is not served, one that is cut and one that grew are found" {
    f=releases/v1.0.0/small_1.0.0_all.deb
    serve_start w/site
    mv w/site/$f kept
    v 1
    said "$SERVE_URL/$f: is in the ledger and not there"
    head -c 100 kept >w/site/$f
    v 1
    said "$f"
    cat kept kept >w/site/$f
    v 1
    said "$f"
}

@test "a pointer that was left behind is found" {
    # a cache that still holds the list of the release before
    mkdir -p old/channels/stable
    cp w/site/releases/v1.0.0/checksums.sha256 old/channels/stable/
    serve_start w/site "location = /channels/stable/checksums.sha256 { root $PWD/old; }"
    v 1
    said "/channels/stable/checksums.sha256: "
}

@test "the repositories of a site are verified with it, each index and package of them" {
    sed -i -e 's/formats: .*/formats: [deb, rpm]/' -e 's#path: site }#path: site, url: "http://127.0.0.1/small" }#' w/slipway.yaml
    printf '  - { to: apt }\n  - { to: yum }\n' >>w/slipway.yaml
    small_release w 1.3.0
    serve_start w/site
    v 0
    primary=$(cd w/site && echo yum/repodata/*-primary.xml.*)
    hash=$(cd w/site && ls apt/dists/stable/main/binary-all/by-hash/SHA256/* | head -n 1)
    for f in site.json apt/dists/stable/InRelease apt/dists/stable/main/binary-all/Packages.gz "$hash" \
        apt/pool/main/s/small/small_1.3.0_all.deb yum/repodata/repomd.xml "$primary" \
        yum/Packages/s/small-1.3.0-1.noarch.rpm; do
        cp "$(readlink -f "w/site/$f")" saved
        flip "$(readlink -f "w/site/$f")" 60
        v 1
        said "${f##*/}"
        cp saved flipped
        mv flipped "$(readlink -f "w/site/$f")"
    done
    v 0
    mv w/site/yum/Packages/s/small-1.3.0-1.noarch.rpm kept
    v 1
    said "small-1.3.0-1.noarch.rpm"
}

@test "pointers that may be kept for too long are warned about" {
    serve_start w/site "location = /releases/latest/release.json { expires 30d; }"
    v 0
    said "lets clients keep it for 2592000 s"
}

@test "a server that is gone is trouble with the network, not a bad release" {
    serve_start w/site
    serve_stop
    v 7
    said "127.0.0.1"
    run "$SLIPWAY" verify "http://user:hush@127.0.0.1:$SERVE_PORT/?token=hush"
    [ "$status" = 7 ]
    [[ $output != *hush* ]]
}

@test "trouble in the middle is not taken for a missing file" {
    serve_start w/site "location ~ \.deb\$ { return 500; }"
    v 7
    said "the server answers 500"
}

@test "an address where nothing was published says so" {
    mkdir empty
    serve_start empty
    v 7
    said "nothing that slipway publishes is there"
    run "$SLIPWAY" verify "$SERVE_URL/nowhere/"
    [ "$status" = 7 ]
    run "$SLIPWAY" verify "$SERVE_URL/nothing.deb"
    [ "$status" = 7 ]
    said "/nothing.deb: nothing to verify is there"
}

@test "one release and one file of it can be verified alone" {
    serve_start w/site
    run "$SLIPWAY" verify --key w/keys/dev.asc "$SERVE_URL/releases/v1.0.0/"
    [ "$status" = 0 ]
    if grep -q v1.1.0 "$SERVE_LOG"; then return 1; fi
    run "$SLIPWAY" verify --key w/keys/dev.asc "$SERVE_URL/releases/v1.0.0/small_1.0.0_all.deb"
    [ "$status" = 0 ]
    said "1 packages, 1 signatures"
}

@test "nothing is left in the temporary folder" {
    mkdir temp
    serve_start w/site
    TMPDIR=$PWD/temp run "$SLIPWAY" verify --key w/keys/dev.asc "$SERVE_URL"
    [ "$status" = 0 ]
    [ -z "$(ls -A temp)" ]
}
