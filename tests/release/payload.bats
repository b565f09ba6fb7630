#!/usr/bin/env bats
# Real payloads through every Linux format and out again by other programs.

setup_file() {
    cache=$SLIPWAY_BUILD/cache
    mkdir -p "$cache"
    if [ ! -x "$cache/bun/bin/bun" ]; then
        (cd "$cache" && npm pack --silent @oven/bun-linux-x64@1.2.0 && tar xf oven-bun-*.tgz && rm -f oven-bun-*.tgz &&
            rm -rf bun && mv package bun)
    fi
    if [ ! -e "$cache/many.done" ]; then
        rm -rf "$cache/many"
        mkdir -p "$cache/many"
        (cd "$cache/many" && echo '{}' >package.json &&
            npm install --ignore-scripts --no-audit --no-fund --silent date-fns@4 rxjs@7 lodash@4 typescript@5)
        touch "$cache/many.done"
    fi
}

setup() {
    cache=$SLIPWAY_BUILD/cache
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return 1
}

recipe() { # recipe NAME FROM
    cat >slipway.yaml <<YAML
schema: 1
name: $1
version: 1.0.0
summary: A real payload
maintainer: Ann Example <ann@example.com>
license: MIT
targets:
  - os: linux
    arch: x86_64
    formats: [deb, rpm, tar.gz, tar.xz, tar.zst, zip]
    files: [{ from: "$2", to: lib/$1/ }]
deb: { compression: zstd, level: 3 }
rpm: { compression: zstd, level: 3, auto-requires: false }
tar.xz: { level: 1 }
YAML
}

same() { # same NAME FROM: every package holds the tree of FROM
    dpkg-deb -x dist/*.deb deb
    mkdir rpm
    rpm2cpio dist/*.rpm | (cd rpm && cpio -idm --quiet)
    for x in gz xz zst; do
        mkdir "tar.$x"
        tar xf dist/*.tar.$x -C "tar.$x" --strip-components 1
    done
    mkdir zip
    (cd zip && unzip -q ../dist/*.zip)
    diff -r --no-dereference "$2" "deb/usr/lib/$1"
    diff -r --no-dereference "$2" "rpm/usr/lib/$1"
    for x in tar.gz tar.xz tar.zst "zip/$1-1.0.0"; do diff -r --no-dereference "$2" "$x/lib/$1"; done
}

@test "a large program: bun" {
    recipe bun "$cache/bun/"
    "$SLIPWAY" pack -q
    same bun "$cache/bun"
    [ "$(deb/usr/lib/bun/bin/bun --version)" = 1.2.0 ]
    "$SLIPWAY" verify -q dist
}

@test "more than 10,000 files, with hard names" {
    cp -a "$cache/many" many
    mkdir many/small
    (cd many/small && seq 1 4000 | split -l 1 -a 3 - f)
    mkdir -p "many/with blanks/ümläut-日本語-🚢"
    echo x >"many/with blanks/ümläut-日本語-🚢/a 'quoted' \"name\" \$HOME;&|"
    echo y >"many/$(printf 'n%.0s' $(seq 200))"
    mkdir -p many/deep/$(printf 'd%.0s/' $(seq 60))
    echo z >many/deep/$(printf 'd%.0s/' $(seq 60))z
    ln -s "with blanks" many/link
    ln -s ../many/link many/another
    chmod 755 many/package.json
    [ "$(find many -type f | wc -l)" -gt 10000 ]
    recipe many many/
    "$SLIPWAY" pack -q
    same many many
    [ -x deb/usr/lib/many/package.json ] && [ -x rpm/usr/lib/many/package.json ]
    "$SLIPWAY" verify -q dist
}

@test "memory does not grow with the payload" {
    truncate -s 3G hole
    mkdir big && mv hole big/
    recipe big big/
    sed -i 's/formats: .*/formats: [tar.zst, deb]/; $a tar.zst: { level: 1 }' slipway.yaml
    /usr/bin/time -f %M -o peak "$SLIPWAY" pack -q --jobs 2
    [ "$(cat peak)" -lt 150000 ]
}
