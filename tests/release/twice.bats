#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# slipway itself: two builds in folders of different names are the same program.

@test "two builds in differently named folders give the same bytes" {
    cd "$BATS_TEST_TMPDIR" || return
    for at in one two/much/longer; do
        mkdir -p "$at"
        (cd "$SLIPWAY_SOURCE" && cp -r CMakeLists.txt tools "$BATS_TEST_TMPDIR/$at/")
        [ ! -e "$SLIPWAY_SOURCE/templates" ] || cp -r "$SLIPWAY_SOURCE/templates" "$at/"
        [ ! -e "$SLIPWAY_SOURCE/docs" ] || cp -r "$SLIPWAY_SOURCE/docs" "$at/"
        cmake -S "$at" -B "$at/out" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSLIPWAY_TESTS=OFF
        cmake --build "$at/out"
    done
    cmp one/out/bin/slipway two/much/longer/out/bin/slipway
    run grep -caF "$BATS_TEST_TMPDIR" one/out/bin/slipway
    [ "$output" = 0 ]
}
