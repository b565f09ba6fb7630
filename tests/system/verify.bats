#!/usr/bin/env bats
# One changed byte anywhere is found and named.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    small_make w
    small_release w 1.0.0
    cp -a w/dist dist
}

flip() { # flip FILE AT: another byte there
    local old
    old=$(dd if="$1" bs=1 skip="$2" count=1 status=none | od -An -tu1 | tr -d ' ')
    printf "$(printf '\\%03o' $(((old + 1) % 256)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "what was released is good" {
    run "$SLIPWAY" verify --key w/keys/dev.asc dist w/site
    [ "$status" = 0 ]
    [[ $output == *"dist: good: "* ]]
}

@test "a changed byte at the beginning, middle and end of every file is found and named" {
    for f in dist/*; do
        size=$(stat -c %s "$f")
        for at in 0 $((size / 2)) $((size - 1)); do
            cp "$f" saved
            flip "$f" "$at"
            run "$SLIPWAY" verify --key w/keys/dev.asc dist
            [ "$status" = 1 ] || { echo "$f byte $at: status $status: $output"; return 1; }
            [[ $output == *"${f##*/}"* ]] || { echo "$f byte $at: not named: $output"; return 1; }
            cp saved "$f"
        done
    done
    "$SLIPWAY" verify -q --key w/keys/dev.asc dist
}

@test "missing, cut and added files of a site are found" {
    s=w/site/releases/v1.0.0
    mv $s/small_1.0.0_all.deb kept
    run "$SLIPWAY" verify w/site
    [ "$status" = 1 ] && [[ $output == *small_1.0.0_all.deb* ]]
    head -c 1000 kept >$s/small_1.0.0_all.deb
    run "$SLIPWAY" verify w/site
    [ "$status" = 1 ] && [[ $output == *small_1.0.0_all.deb* ]]
    cp kept $s/small_1.0.0_all.deb
    echo stranger >$s/stranger.txt
    run "$SLIPWAY" verify w/site
    [ "$status" = 1 ] && [[ $output == *stranger.txt* ]]
    rm $s/stranger.txt w/site/.slipway/current
    run "$SLIPWAY" verify w/site
    [ "$status" = 1 ]
}

@test "a signature by another key is not good" {
    "$SLIPWAY" keys new other --store keys2 -q
    run "$SLIPWAY" verify --key keys2/other.asc dist
    [ "$status" = 1 ]
    [[ $output == *.asc* ]]
}

@test "single files are checked as far as they can be" {
    run "$SLIPWAY" verify dist/small_1.0.0_all.deb
    [ "$status" = 0 ]
    run "$SLIPWAY" verify --key w/keys/dev.asc dist/small_1.0.0_all.deb
    [ "$status" = 0 ]
    [[ $output == *"1 signature"* ]]
    ln -s dist/small_1.0.0_all.deb link # is what it leads to
    "$SLIPWAY" verify link | grep -q '^link: good: 1 files, 1 packages'
    mkfifo pipe
    run "$SLIPWAY" verify pipe
    [ "$status" = 4 ]
    [[ $output == *"is not a regular file" ]]
    printf X | dd of=dist/small_1.0.0_all.deb bs=1 seek=300 conv=notrunc status=none
    run "$SLIPWAY" verify --key w/keys/dev.asc dist/small_1.0.0_all.deb
    [ "$status" = 1 ]
    run "$SLIPWAY" verify nothing
    [ "$status" = 4 ]
}
