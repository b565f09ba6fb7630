#!/usr/bin/env bats
# A published folder: what is there never changes, pointers go forward, two publishers lose nothing.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    small_make w
}

points() { readlink -f "w/site/$1" | sed 's#.*/##'; }

@test "a release comes with its pointers" {
    small_release w 1.0.0
    [ "$(points releases/latest)" = v1.0.0 ]
    [ "$(points channels/stable)" = v1.0.0 ]
    [ -f w/site/releases/latest/release.json ]
    (cd w/site/releases/latest && sha256sum -c --quiet checksums.sha256 && sha512sum -c --quiet checksums.sha512)
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
}

@test "the same bytes again change nothing" {
    small_release w 1.0.0
    small_sums w/site >one
    small_release w 1.0.0
    small_sums w/site | cmp - one
}

@test "other bytes under a published version are refused" {
    small_release w 1.0.0
    small_sums w/site >one
    echo changed >>w/app/share/numbers
    run small_release w 1.0.0
    [ "$status" = 4 ]
    [[ $output == *"never changes: raise the version"* ]]
    small_sums w/site | cmp - one
}

@test "pointers never go back, a pre-release has its own channel" {
    small_release w 1.1.0
    small_release w 1.0.5
    [ "$(points releases/latest)" = v1.1.0 ]
    [ -d w/site/releases/v1.0.5 ]
    small_release w 1.2.0-beta.1
    [ "$(points releases/latest)" = v1.1.0 ]
    [ "$(points channels/beta)" = v1.2.0-beta.1 ]
    small_release w 1.2.0
    [ "$(points releases/latest)" = v1.2.0 ]
    [ "$(points channels/beta)" = v1.2.0-beta.1 ]
    "$SLIPWAY" verify -q w/site
}

@test "two publishers at once: both releases are there" {
    cp -a w x
    sed -i 's#path: site#path: ../w/site#' x/slipway.yaml
    small_release w 1.0.0 &
    small_release x 2.0.0 &
    wait %1
    wait %2
    "$SLIPWAY" verify -q w/site
    [ -d w/site/releases/v1.0.0 ]
    [ "$(points releases/latest)" = v2.0.0 ]
}

@test "bytes that changed after the seal are not signed and not published" {
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -C w
    printf X | dd of=w/dist/small_1.0.0_all.deb bs=1 seek=200 conv=notrunc status=none
    run "$SLIPWAY" sign -C w
    [ "$status" = 1 ]
    [[ $output == *small_1.0.0_all.deb* ]]
    [ ! -e w/dist/small_1.0.0_all.deb.asc ]
    run "$SLIPWAY" publish -C w
    [ "$status" = 1 ]
    [[ $output == *small_1.0.0_all.deb* ]]
    [ ! -e w/site/releases ] || [ -z "$(ls w/site/releases)" ]
}

@test "a package is made again for what can change it, and for nothing else" {
    small_make again
    sed -i 's/formats: .*/formats: [deb, tar.gz, zip]/' again/slipway.yaml
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -C again
    made() { SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -C again 2>&1 | sed -n '/^made /p'; }
    sed -i 's#{ to: dir, path: site }#{ to: dir, path: elsewhere, url: "https://example.com" }#' again/slipway.yaml
    printf 'feed: { staging-percentage: 10 }\nrpm: { compression: gzip }\n' >>again/slipway.yaml
    run made
    [ -z "$output" ] || { echo "$output"; false; }
    printf 'zip: { level: 3 }\n' >>again/slipway.yaml
    run made
    [[ $output == *.zip* ]] && [[ $output != *.deb* ]] && [[ $output != *.tar.gz* ]] || { echo "$output"; false; }
    sed -i 's/deb: { compression: gzip }/deb: { compression: gzip, section: net }/' again/slipway.yaml
    run made
    [[ $output == *.deb* ]] && [[ $output != *.zip* ]] || { echo "$output"; false; }
    sed -i 's/summary: .*/summary: Another thing/' again/slipway.yaml
    run made
    [[ $output == *.deb* ]] && [[ $output == *.zip* ]] || { echo "$output"; false; }
}
