#!/usr/bin/env bats
# The example of every mark that a file can have, as dpkg, rpm, unsquashfs, tar and unzip list it, is what it was.
# tests/golden/formats/bless writes the expectation anew.

setup() {
    golden=$SLIPWAY_SOURCE/tests/golden/formats
    cd "$BATS_TEST_TMPDIR" || return 1
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -f "$golden/case/slipway.yaml" -o "$BATS_TEST_TMPDIR/dist"
}

listed() { "$golden/list" "$BATS_TEST_TMPDIR/dist" "$1" | diff "$golden/$1.txt" -; }

@test "appimage" {
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -f "$golden/case/appimage.yaml" -o more
    "$golden/list" more appimage | diff "$golden/appimage.txt" -
}
@test "snap" {
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -f "$golden/case/snap.yaml" -o snap
    "$golden/list" snap snap | diff "$golden/snap.txt" -
}
@test "nsis, portable, msi" {
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -f "$golden/case/windows.yaml" -o windows
    for format in nsis portable msi; do "$golden/list" windows $format | diff "$golden/$format.txt" -; done
}
@test "deb" { listed deb; }
@test "rpm" { listed rpm; }
@test "tar.gz" { listed tar.gz; }
@test "tar.xz" { listed tar.xz; }
@test "tar.zst" { listed tar.zst; }
@test "zip" { listed zip; }
