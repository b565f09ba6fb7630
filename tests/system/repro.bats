#!/usr/bin/env bats
# Same inputs, same bytes: path, umask, locale, time zone, jobs, clock, user and file times do not matter; an input does.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

example() { # example DIR: the example with a real icon, a service and six formats, built once
    cp -a "$SLIPWAY_SOURCE/examples/hello" "$1"
    rm -rf "$1/dist"
    sed -i 's#\.\./\.\./out/site#site#' "$1/slipway.yaml"
}

digests() { (cd "$1" && sha256sum -- *.deb *.rpm *.tar.* *.zip checksums.*); }

@test "two runs that differ in everything but the input give the same bytes" {
    export SOURCE_DATE_EPOCH=1800000000
    example one
    "$SLIPWAY" release -q -C one --jobs 1
    mkdir -p "another path/with blanks"
    cp -a one "another path/with blanks/two"
    two="another path/with blanks/two"
    rm -rf "$two/dist" "$two/site"
    find "$two" -exec touch -h -d '2001-02-03' {} +
    chmod -R go-rwx "$two"
    chown -R nobody "$two" 2>/dev/null || true
    (umask 077; LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 TZ=Pacific/Kiritimati HOSTNAME=other \
        "$SLIPWAY" release -q -C "$two" --jobs 7)
    [ "$(digests one/dist)" = "$(digests "$two/dist")" ]
}

# windows DIR: all that Windows knows, signed; files in many folders, with names that sort otherwise by a locale.
windows() {
    mkdir -p "$1/app/bin" "$1/app/docs"
    printf 'int main(void) { return 0; }' | x86_64-w64-mingw32-gcc -Os -s -o "$1/app/bin/host.exe" -x c -
    for n in I ı İ Z ä a_b a-b aB; do
        mkdir -p "$1/app/$n"
        seq 2000 >"$1/app/$n/numbers"
    done
    seq 20000 >"$1/app/docs/manual.txt"
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" "$1/icon.png" 256
    "$SLIPWAY" keys new dev --kind authenticode --store "$1/keys" -q
    cat >"$1/slipway.yaml" <<YAML
schema: 1
name: host
title: Ein İI Host
id: com.example.host
version: 1.0.0
summary: Hosts
vendor: Example & Söhne
license: MIT
license-file: $SLIPWAY_SOURCE/LICENSE
icon: icon.png
entry: bin/host.exe
protocols: [host]
associations: [{ extension: iii, mime: application/x-iii }]
shortcuts: { menu: true, desktop: true }
targets:
  - { os: windows, arch: x86_64, formats: [msi, nsis, portable, zip], files: [{ from: app/, to: . }] }
feed: { blockmap: [msi, portable, zip] }
msi:
  compression: lzx
  languages: [en, de]
  features: [{ name: docs, files: docs/ }]
  registry: [{ key: 'HKMU\Software\Example', name: Level, value: 3 }]
sign:
  authenticode: { certificate: "file:keys/dev.code.pem" }
YAML
}

@test "for Windows too, signed, in a locale where i is not the small I" {
    export SOURCE_DATE_EPOCH=1800000000
    mkdir locales
    localedef -i tr_TR -f UTF-8 locales/tr_TR.UTF-8
    [ "$(LOCPATH=$PWD/locales LC_ALL=tr_TR.UTF-8 bash -c 'x=i; echo "${x^^}"')" = İ ]
    windows one
    "$SLIPWAY" release -q -C one --jobs 1
    two="a path/with 'blanks' and \$x"
    mkdir -p "$two"
    (cd one && find app keys icon.png slipway.yaml | LC_ALL=C sort -r | cpio -pdm --quiet "$BATS_TEST_TMPDIR/$two")
    find "$two" -exec touch -h -d '2001-02-03' {} +
    chmod -R go-rwx "$two"
    (umask 077; env -i PATH="$PATH" SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH TMPDIR="$BATS_TEST_TMPDIR/locales" TZ=Pacific/Kiritimati \
        LOCPATH="$PWD/locales" LC_ALL=tr_TR.UTF-8 NSISDIR=/nowhere ASAN_OPTIONS=detect_leaks=0 "$SLIPWAY" release -q -C "$two" --jobs 7)
    diff -r -x .slipway one/dist "$two/dist"
}

@test "one changed byte of input changes every package" {
    export SOURCE_DATE_EPOCH=1800000000
    example one
    "$SLIPWAY" release -q -C one
    before=$(digests one/dist)
    sed -i 's/whom=world/whom=World/' one/conf/hello.conf
    "$SLIPWAY" pack -q -C one
    "$SLIPWAY" sign -q -C one
    for f in one/dist/*.deb one/dist/*.rpm one/dist/*.tar.* one/dist/*.zip; do
        case $f in *.asc) continue ;; esac
        if grep -q "$(sha256sum "$f" | cut -d' ' -f1)" <<<"$before"; then return 1; fi
    done
}

@test "the clock is the release's, not the machine's" {
    small_make a
    small_release a 1.0.0
    cp -a a b
    rm -rf b/dist b/site
    SOURCE_DATE_EPOCH=1800086400 "$SLIPWAY" release -q -C b
    if cmp -s a/dist/small_1.0.0_all.deb b/dist/small_1.0.0_all.deb; then return 1; fi
    tar tvf a/dist/*.tar.gz | grep -q 2027-01-15
    tar tvf b/dist/*.tar.gz | grep -q 2027-01-16
}
