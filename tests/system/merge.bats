#!/usr/bin/env bats
# Two jobs of one release: merged by hand, and by publishing into the same folder. Nothing is lost.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    small_make w
}

job() { # job FORMAT COMMAND [ARG…]: one CI job with a dist folder of its own
    local format=$1 command=$2
    shift 2
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" "$command" -q -C w --format "$format" -o "dist-$format" "$@"
}

listed() { awk '{ print $2 }' "$1/checksums.sha256" | LC_ALL=C sort | tr '\n' ' '; }

both="small-1.0.0-linux-any.tar.gz small_1.0.0_all.deb "

@test "the merged dist folder holds both jobs' packages, described and signed together" {
    job deb pack
    job tar.gz pack
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" merge -q -C w dist-deb dist-tar.gz
    [ "$(listed w/dist)" = "$both" ]
    (cd w/dist && sha256sum -c --quiet checksums.sha256)
    for f in w/dist/*.deb w/dist/*.tar.gz w/dist/checksums.sha256; do [ -f "$f.asc" ]; done
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/dist
    # the same as one job makes of it
    small_release w 1.0.0 -o one
    cmp w/one/release.json w/dist/release.json
    cmp w/one/checksums.sha256 w/dist/checksums.sha256
}

@test "what lies beside packages comes along" {
    sed -i -e 's/^version:/id: com.example.small\nvendor: Example\n&/' -e 's/os: linux/os: windows/; s/arch: any/arch: x86_64/' \
        -e 's/formats: .*/formats: [msi, zip]/' -e '/app\/share/d' w/slipway.yaml
    job msi release
    job zip release
    [ -f w/dist-msi/small-1.0.0-x64.msi.detection.json ]
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" merge -q -C w dist-zip dist-msi
    small_release w 1.0.0 -o one
    diff <(cd w/one && ls) <(cd w/dist && ls)
    cmp w/one/release.json w/dist/release.json
    cmp w/one/small-1.0.0-x64.msi.detection.json w/site/releases/latest/small-1.0.0-x64.msi.detection.json
}

@test "what two jobs publish of one version is merged, in whatever order they come" {
    job deb release
    [ "$(listed w/site/releases/latest)" = "small_1.0.0_all.deb " ]
    job tar.gz release
    [ "$(listed w/site/releases/latest)" = "$both" ]
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
    small_sums w/site >one
    # the first job runs once more: it takes what it lacks and changes nothing
    job deb release
    small_sums w/site | cmp - one
}

@test "two jobs that publish at once lose nothing" {
    job deb release & one=$!
    job tar.gz release & two=$!
    wait $one
    wait $two
    [ "$(listed w/site/releases/latest)" = "$both" ]
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
}

@test "jobs that made one package with other bytes are not merged" {
    job deb pack
    cp -r w/dist-deb w/other
    echo changed >>w/app/share/numbers
    job deb pack
    cp -r w/dist-deb before
    run "$SLIPWAY" merge -C w -o dist-deb other
    [ "$status" = 4 ]
    [[ $output == *"small_1.0.0_all.deb was made by both jobs, with other bytes"* ]]
    diff -r before w/dist-deb
}

@test "another version and a changed file are not merged" {
    job deb pack
    job tar.gz pack --set-version 2.0.0
    run "$SLIPWAY" merge -C w -o dist-deb dist-tar.gz
    [ "$status" = 4 ]
    [[ $output == *"holds small 2.0.0, not small 1.0.0"* ]]
    job tar.gz pack --set-version 1.0.0
    printf x | dd of=w/dist-tar.gz/small-1.0.0-linux-any.tar.gz bs=1 seek=40 conv=notrunc status=none
    run "$SLIPWAY" merge -C w -o dist-deb dist-tar.gz
    [ "$status" = 1 ]
    [[ $output == *"SHA-256 is not the ledger's"* ]]
}
