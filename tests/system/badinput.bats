#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What packages for Windows cannot be made of: one line with the place in the recipe, and nothing half-written.

bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export SOURCE_DATE_EPOCH=1800000000
}

png() { # png WIDTH HEIGHT FILE
    /usr/bin/python3 - "$@" <<'PY'
import struct, sys, zlib
w, h = int(sys.argv[1]), int(sys.argv[2])
chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
rows = (b"\0" + b"\x20\x40\x80\xff" * w) * min(h, 512)
with open(sys.argv[3], "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 6, 0, 0, 0)))
    f.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PY
}

make() { # make FORMATS: a recipe that is good, in w
    rm -rf w
    mkdir -p w/app/bin w/app/share
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode w/app/bin/hello.exe
    echo data >w/app/share/data
    echo 'Be nice.' >w/LICENSE
    [ -e icon.png ] || png 256 256 icon.png
    cp icon.png w
    cat >w/slipway.yaml <<YAML
schema: 1
name: hello
title: Hello World
id: com.example.hello
version: 1.2.3
summary: Says hello
vendor: Example Inc
maintainer: Ann Example <ann@example.com>
license: MIT
license-file: LICENSE
icon: icon.png
entry: bin/hello.exe
protocols: [hello]
targets:
  - os: windows
    arch: x86_64
    formats: [$1]
    files:
      - { from: app/bin/, to: bin/ }
      - { from: app/share/, to: share/ }
YAML
}

recipe() { sed -i "s#^$1:.*#$1: $2#" slipway.yaml; }

# refused FORMATS PLACE WORDS CHANGE...: after the change each of the formats fails with one line, at this line and column.
refused() {
    local f formats=$1 place=$2 words=$3
    shift 3
    for f in $formats; do
        make "$f"
        (cd w && "$@")
        run --separate-stderr "$SLIPWAY" pack -q -C w
        echo "$f: $status: $stderr"
        [ "$status" = 3 ]
        [ -z "$output" ]
        stderr=${stderr%$'\n'slipway: slipway.yaml: 1 mistake}
        [[ $stderr != *$'\n'* ]]
        [[ ${stderr#slipway: } == "slipway.yaml:$place: "*"$words"* ]]
        [ ! -e w/dist ] || [ "$(ls -A w/dist)" = .slipway ]
        [ ! -e w/dist/.slipway/stage ] || [ -z "$(ls -A w/dist/.slipway/stage)" ]
    done
}

all='msi nsis portable zip'
installers='msi nsis portable'

@test "what is refused below is taken without the flaw, and only once a mistake is counted" {
    make 'msi, nsis, portable, zip'
    "$SLIPWAY" pack -q -C w
    [ "$(find w/dist -maxdepth 1 -name 'hello-*' | grep -c 'msi$\|exe$\|zip$')" = 4 ]
    make 'msi, nsis, portable, zip'
    : >w/icon.png
    run -3 "$SLIPWAY" pack -q -C w
    [[ $output == *"1 mistake" ]]
    [ ! -e w/dist ]
}

@test "icons" {
    small() { png 64 64 icon.png; }
    refused "$all" 11:7 '64 x 64 pixels' small
    wide() { png 512 256 icon.png; }
    refused "$all" 11:7 'must be square' wide
    huge() { png 100000 100000 icon.png; }
    refused "$all" 11:7 '100000 x 100000' huge
    cut() { truncate -s 100 icon.png; }
    refused "$all" 11:7 'damaged PNG' cut
    none() { cp LICENSE icon.png; }
    refused "$all" 11:7 'neither a PNG nor an .ico' none
    ico() { printf '\0\0\1\0\1\0\0\0' >icon.png; }
    refused "$all" 11:7 'neither a PNG nor an .ico' ico
    folder() { rm icon.png && mkdir icon.png; }
    refused "$all" 11:7 'not a file' folder
}

@test "licences" {
    program() { head -c 3000 app/bin/hello.exe >LICENSE; }
    refused "$installers" 10:15 'neither text' program
    latin() { printf 'Gr\xfc\xdfe\n' >LICENSE; }
    refused "$installers" 10:15 'neither text' latin
    control() { printf 'a\1b\n' >LICENSE; }
    refused "$installers" 10:15 'neither text' control
    empty() { printf '\xef\xbb\xbf \n' >LICENSE; }
    refused "$installers" 10:15 'is empty' empty
    half() { printf '{\\rtf1 hello\\}' >LICENSE; }
    refused "$installers" 10:15 'braces' half
    gone() { rm LICENSE; }
    refused "$all" 10:15 'no file LICENSE' gone
}

@test "a licence in UTF-16 is text" {
    for mark in UTF-16LE:'\xff\xfe' UTF-16BE:'\xfe\xff'; do
        make msi
        { printf '%b' "${mark#*:}" && printf 'Bleib fröhlich\r\n' | iconv -t "${mark%%:*}"; } >w/LICENSE
        "$SLIPWAY" pack -q -C w
        msiinfo export w/dist/*.msi Control | grep -q 'Bleib fr'
    done
}

@test "installers do not offer to start a program for a terminal" {
    make msi
    "$SLIPWAY" pack -q -C w
    msiinfo export w/dist/*.msi CustomAction | grep -q LaunchProgram
    echo 'terminal: true' >>w/slipway.yaml
    "$SLIPWAY" pack -q -C w
    [ "$(msiinfo export w/dist/*.msi CustomAction | grep -c LaunchProgram)" -eq 0 ]
    [ "$(msiinfo export w/dist/*.msi Control | grep -c LAUNCHPROGRAM)" -eq 0 ]
}

@test "protocols" {
    for word in 'he llo' HELLO 1hello he_llo 'héllo' ''; do
        refused "$all" 13:13 'bad protocols' recipe protocols "['$word']"
    done
    refused "$all" 13:13 'only the scheme' recipe protocols "['hello://']"
    refused "$installers" 13:13 'single letter' recipe protocols '[h]'
}

@test "without an id all packages would be one product, and each take away the others" {
    anonymous() { sed -i '/^id:/d' slipway.yaml; }
    refused msi 2:7 'msi needs `id`, like com.example.hello' anonymous
}

@test "versions" {
    refused msi 5:10 '255.255.65535' recipe version 256.0.0
    refused msi 5:10 '255.255.65535' recipe version 1.256.0
    refused "$all" 5:10 65535 recipe version 1.2.70000
    refused "$all" 5:10 'bad version' recipe version 1.99999999999999999999.0
}

@test "names that Windows does not have" {
    called() { cp app/share/data "app/share/$1"; }
    for name in con NUL.txt com1.tar.gz 'LPT¹' 'CONIN$'; do
        refused "$all" 20:9 'name of a device' called "$name"
    done
    for name in a:b 'a\b' 'a?b' 'a*' '"' 'a|b' '<' '>'; do
        refused zip 20:9 'cannot have a' called "$name"
    done
    refused "$installers" 20:9 'cannot have a :' called a:b
    refused "$all" 20:9 'end with a dot' called x.
    refused "$all" 20:9 'end with a blank' called 'x '
    refused "$all" 20:9 'control character' called $'a\nb'
    refused "$all" 20:9 'UTF-8' called $'a\xe9b'
    back() { sed -i 's#to: share/#to: share\\x/#' slipway.yaml; }
    refused "$installers" 20:9 'part folders by /' back
    drive() { sed -i 's#to: share/#to: "C:/ProgramData/x/"#' slipway.yaml; }
    refused "$installers" 20:9 'below one folder' drive
    to() { sed -i 's#to: share/#to: aux.d/#' slipway.yaml; }
    refused "$all" 20:9 'name of a device' to
    make zip
    sed -i 's#formats.*#formats: [zip]#; $a zip: { wrap: "a:b" }' w/slipway.yaml
    run -3 "$SLIPWAY" pack -q -C w
    [[ $output == 'slipway.yaml:21:14: wrap: '* ]]
}

@test "names that are one on Windows" {
    twins() { cp app/share/data "app/share/$1" && cp app/share/data "app/share/$2"; }
    refused "$all" 20:9 'upper and lower case' twins name NAME
    refused "$all" 20:9 'upper and lower case' twins ä Ä
    refused "$all" 20:9 'upper and lower case' twins жук ЖУК
    folders() { mkdir app/share/a app/share/A && touch app/share/a/x app/share/A/y; }
    refused "$all" 20:9 'upper and lower case' folders
}

@test "paths of more than 260 characters" {
    local x
    x=$(printf 'x%.0s' $(seq 100))
    deep() { mkdir -p "app/share/$x/$x" && touch "app/share/$x/$x/$x"; }
    refused "$all" 20:9 'characters long on Windows' deep
}

@test "a file that cannot be read is named, and what was packed before stays" {
    local sums
    make 'msi, nsis, portable, zip'
    "$SLIPWAY" pack -q -C w
    chmod 755 . .. ../..
    chown -R nobody w
    chmod 000 w/app/share/data
    cp "$SLIPWAY" ./slipway && chmod 755 slipway
    sums=$(find w/dist -maxdepth 1 -type f -exec sha256sum {} + | sort)
    for f in $all; do
        run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
            ./slipway pack -q -C w --set-version 1.2.4 --format "$f"
        [ "$status" = 4 ]
        [[ $output == *app/share/data*'ermission denied'* ]]
        [ "$(wc -l <<<"$output")" = 1 ]
        [ "$sums" = "$(find w/dist -maxdepth 1 -type f -exec sha256sum {} + | sort)" ]
    done
}

@test "a full disk is said, and nothing half-written is left" {
    local left
    make 'msi, nsis, portable, zip'
    head -c 3000000 /dev/urandom >w/app/share/big
    mkdir small
    for f in $all; do
        mount -t tmpfs -o size=1m none small
        run "$SLIPWAY" pack -q -C w -o "$PWD/small/dist" --format "$f"
        left=$(find small -type f -size +0 -not -path '*/.slipway/programs/*')
        umount small
        echo "$f: $status $output; $left"
        [ "$status" = 4 ]
        [[ $output == *'No space left on device'* ]]
        [ -z "$left" ]
    done
    # where makensis writes, too
    mount -t tmpfs -o size=1m none small
    for f in nsis portable; do
        run env TMPDIR="$PWD/small" "$SLIPWAY" pack -q -C w -o "$PWD/out" --format "$f"
        echo "$f: $status $output"
        [ "$status" = 4 ] || [ "$status" = 5 ]
        [ -z "$(find small -type f)" ]
        [ -z "$(find out -maxdepth 1 -type f)" ]
    done
    umount small
}
