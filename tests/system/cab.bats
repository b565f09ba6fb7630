#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cabinets before cabextract, 7-Zip, gcab and bsdtar, which all deliver what went in.

load fixtures.bash

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    box=$SLIPWAY_BUILD/tests/winbox
}

# content: files around every size at which something changes, in the folder `in`.
content() {
    local n
    mkdir -p in/sub
    for n in 0 1 32767 32768 32769; do head -c "$n" /dev/urandom >"in/noise$n"; done
    seq 1 500000 | head -c 700000 >in/text
    cat "$(command -v bash)" "$(command -v 7zz)" | head -c 700000 >in/program
    head -c 700000 /dev/urandom >in/random
    head -c 700000 /dev/zero >in/zeros
    cp in/text 'in/sub/ümlaut ß.txt'
    : >in/zz-empty
    find in -exec touch -d '2026-02-03 04:05:06 UTC' {} +
    (cd in && find . -type f -printf '%P\0' | LC_ALL=C sort -z) >names
}

sums() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }

# same CABINET...: every program unpacks the files of `in`, and so do we.
same() {
    local c program
    sums in >want
    for program in cabextract 7zz gcab bsdtar; do
        rm -rf out && mkdir out
        for c in "$@"; do
            case $program in
            cabextract) cabextract -q -d out "$c" ;;
            7zz) 7zz x -bso0 -bsp0 -y -oout "$c" ;;
            gcab) gcab -x -C out "$c" >/dev/null ;;
            bsdtar) bsdtar -xf "$c" -C out ;;
            esac
        done
        sums out | cmp want - || { echo "$program differs" && return 1; }
    done
    for c in "$@"; do "$box" cab-cat "$c"; done | sha256sum >got
    (cd in && xargs -0 cat) <names | sha256sum | diff - got
}

make() { # METHOD JOBS OUT
    (cd in && xargs -0 -x -s 1000000 "$box" cab "$1" "$2" "$3" && mv "$3"* ..) <names
}

@test "stored, MSZIP, LZX: four programs and we deliver what went in" {
    content
    for method in none mszip mszip:9 lzx lzx:1:15 lzx:2:18; do
        make $method 1 one.cab
        make $method 2 two.cab
        cmp one.cab two.cab
        same one.cab
    done
    "$box" cab-list one.cab | grep -qx '700000 1770091506 20 sub/ümlaut ß.txt'
    TZ=UTC cabextract -l one.cab | grep -q '700000 | 03.02.2026 04:05:06 | sub/ümlaut ß.txt'
}

@test "each file alone, the empty one too" {
    content
    while IFS= read -r -d '' name; do
        mv in all && mkdir in && cp -p "all/$name" in/one && printf 'one\0' >names1
        for method in none mszip lzx:3; do
            (cd in && "$box" cab $method 2 one.cab one && mv one.cab ..)
            cabextract -q -p one.cab | cmp - in/one
            7zz e -bso0 -bsp0 -so one.cab | cmp - in/one
            "$box" cab-cat one.cab | cmp - in/one
        done
        rm -r in && mv all in
    done <names
}

@test "5,000 files, and a limit that makes several cabinets" {
    mkdir in
    (cd in && seq 1 10000 | split -l 2 -a 5 -d -)
    (cd in && find . -type f -printf '%P\0' | LC_ALL=C sort -z) >names
    make mszip 2 many.cab
    same many.cab
    make mszip:5::70000 2 part.cab
    [ -e part.cab.2 ]
    for c in part.cab*; do [ "$(wc -c <"$c")" -le 70000 ]; done
    same part.cab part.cab.*
}

@test "a cabinet that is written into a compound file, and read there" {
    content
    (cd in && xargs -0 "$box" cab-inside x.msi app.cab && mv x.msi ..) <names | sha256sum >got
    (cd in && xargs -0 cat) <names | sha256sum | diff - got
    gsf cat x.msi app.cab >app.cab
    same app.cab
}

@test "several folders, and room in the head" {
    content
    for method in none mszip lzx:1; do
        make "$method::$([ $method = lzx:1 ] || echo :):1000000" 2 folders.cab
        same folders.cab
        7zz l -slt folders.cab | grep -qx 'Block = 4'
    done
}

@test "programs do not become larger than gcab makes them" {
    cat "$(command -v bash)" "$(command -v 7zz)" "$(command -v gpg)" >programs
    "$box" cab mszip 2 ours.cab programs
    gcab -cz theirs.cab programs >/dev/null
    [ "$(wc -c <ours.cab)" -le "$(wc -c <theirs.cab)" ]
}

@test "LZX becomes as small as Microsoft makes it, and much smaller than MSZIP" {
    head -c 3000000 "$(command -v 7zz)" >program
    "$box" cab lzx:3 2 lzx.cab program
    "$box" cab mszip:9 2 mszip.cab program
    [ "$(wc -c <lzx.cab)" -le $(($(wc -c <mszip.cab) * 85 / 100)) ]
    cabextract -q -p lzx.cab | cmp - program
    7zz e -bso0 -bsp0 -so lzx.cab | cmp - program
    fixtures || return 0
    cabextract -q -p "$FIXTURES/cab/large-files-cab.cab" >content
    "$box" cab lzx 2 ours.cab content
    [ "$(wc -c <ours.cab)" -le "$(wc -c <"$FIXTURES/cab/large-files-cab.cab")" ]
    cabextract -q -p ours.cab | cmp - content
    7zz e -bso0 -bsp0 -so ours.cab | cmp - content
}

@test "cabinets that others made are read as cabextract reads them" {
    content
    (cd in && find . -type f -printf '%P\n' | LC_ALL=C sort | tr '\n' '\0' | xargs -0 gcab -cz ../theirs.cab) >/dev/null
    "$box" cab-cat theirs.cab | sha256sum >got
    cabextract -q -p theirs.cab | sha256sum | diff - got
    fixtures || return 0
    for f in dummy large-files-cab; do
        "$box" cab-cat "$FIXTURES/cab/$f.cab" >got
        cabextract -q -p "$FIXTURES/cab/$f.cab" | cmp - got
    done
    for f in mszip.txt lzx.txt; do
        "$box" cab-cat "$FIXTURES/cab/mixed.cab" $f >got
        cabextract -q -p -F $f "$FIXTURES/cab/mixed.cab" | cmp - got
    done
    run "$box" cab-cat "$FIXTURES/cab/mixed.cab" qtm.txt
    [ "$status" -eq 4 ]
    [[ $output == *Quantum* ]]
}

@test "damage is seen" {
    mkdir in
    seq 1 20000 >in/numbers
    printf 'numbers\0' >names
    for method in none mszip lzx; do
        make $method 1 good.cab
        size=$(wc -c <good.cab)
        for at in 68 70 73 100 $((size / 2)) $((size - 1)); do
            cp good.cab bad.cab
            # shellcheck disable=SC2059
            printf "\\x$(printf %02x $((0x55 ^ $(od -An -tu1 -j "$at" -N 1 good.cab))))" |
                dd of=bad.cab bs=1 seek="$at" conv=notrunc status=none
            run "$box" cab-cat bad.cab
            [ "$status" -eq 4 ] || { echo "byte $at of $method" && return 1; }
            head -c "$at" good.cab >bad.cab
            run "$box" cab-cat bad.cab
            [ "$status" -eq 4 ]
        done
    done
}
