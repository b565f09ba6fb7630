#!/usr/bin/env bats
# Snaps as those take them who did not make them: snapd's own check of a snap's folder, mksquashfs, unsquashfs, the
# kernel, a reader of YAML 1.1, desktop-file-validate. Debian: snapd squashfs-tools python3-yaml desktop-file-utils.

setup_file() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_FILE_TMPDIR" || return 1
    chmod 755 .
    snap_app app
    (cd app && "$SLIPWAY" pack -q)
    unsquashfs -q -n -d tree app/dist/*.snap
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    snap=$BATS_FILE_TMPDIR/app/dist/hello_1.0.0-beta.1_amd64.snap
}

# snap_app DIR: a recipe with a window, services, hooks, and a tree that is awkward to pack.
snap_app() {
    mkdir -p "$1/src"
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" "$1/icon.png" 512
    python3 - "$1" <<'PY'
import os, random, sys
os.chdir(sys.argv[1])
random.seed(7)
def w(path, data, mode=0o644):
    os.makedirs(os.path.dirname("src/" + path), exist_ok=True)
    open("src/" + path, "wb").write(data)
    os.chmod("src/" + path, mode)
for name in "hello", "hellod", "helper":
    w("bin/" + name, b"#!/bin/sh\necho %s $SNAP \"$@\"\n" % name.encode(), 0o755)
w("share/a/x", b"in a folder"), w("share/a-b", b"beside it"), w("share/a.d/y", b"0" * 131072)
w("share/noise", random.randbytes(400000)), w("share/twin", open("src/share/noise", "rb").read())
w("share/hole", b"a" * 131072 + bytes(393216) + b"end"), w("share/zeros", bytes(262144)), w("share/zeros2", bytes(262144))
w("share/none", b""), w("share/block", random.randbytes(131072)), w("share/over", random.randbytes(131073))
for i in range(1200):
    w("share/many/a-name-of-some-length-%05d.txt" % i, b"%d\n" % (i % 300))
os.makedirs("src/share/empty/folder")
os.link("src/share/noise", "src/share/a/linked")
os.symlink("../hello/a/x", "src/share/link")
PY
    seq 1 60000 >"$1/src/share/numbers"
    mkdir "$1/hooks"
    printf '#!/bin/sh\nexit 0\n' | tee "$1/hooks/install" >"$1/hooks/configure"
    echo 'complete -W fast hello' >"$1/src/hello.bash"
    cat >"$1/slipway.yaml" <<'YAML'
schema: 1
name: hello
title: "Hello: & World"
id: com.example.hello
version: 1.0.0-beta.1
summary: "Says hello: yes, no # and so on"
description: |
  Says hello to whoever asks, in as many languages
  as its speakers know: "ja", 'nein', day and night.
vendor: Example Inc
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/hello
license: MIT
icon: icon.png
entry: bin/hello
categories: [Utility]
protocols: [hello]
shortcuts: { menu: true }
services:
  - { name: hellod, exec: bin/hellod, args: "--port 80", restart: on-failure, environment: { GREETING: "100% hello" } }
  - { name: late, exec: bin/hellod, type: oneshot, after: [hellod.service, network.target], enable: false }
snap:
  plugs: [network, home]
  epoch: 1*
  assumes: [snapd2.60]
  environment: { VERSION: "1.10", ANSWER: "yes", NIGHT: "0755", NOTHING: "", DATE: "2026-01-01", SEXY: "1:30" }
  layout:
    /usr/share/hello: { bind: $SNAP/usr/share/hello }
    /etc/hello.conf: { symlink: $SNAP_DATA/hello.conf }
  hooks:
    install: { from: hooks/install }
    configure: { from: hooks/configure, plugs: [network] }
    connect-plug-home: { from: hooks/install }
  apps:
    hello: { completer: share/bash/hello, command-chain: [bin/helper] }
    hellod: { plugs: [network-bind], sockets: { web: { listen-stream: 8080 } }, stop-timeout: 30s }
    tool: { command: bin/helper --tool }
targets:
  - os: linux
    arch: x86_64
    formats: [snap]
    files:
      - { from: src/bin/, to: bin/ }
      - { from: src/share/, to: share/hello/ }
      - { from: src/hello.bash, to: share/bash/hello }
      - { link: /usr/bin/hello, to: bin/hi }
YAML
}

@test "what snapd wants of the image: xz, blocks of 128 KiB, no fragments, no attributes, root's" {
    unsquashfs -s "$snap" >facts
    cat facts
    grep -qx 'Compression xz' facts
    grep -qx 'Block size 131072' facts
    grep -qx 'Number of fragments 0' facts
    grep -qx 'Xattrs are not stored' facts
    grep -qx 'Number of ids 1' facts
    unsquashfs -lln "$snap" | grep squashfs-root >list
    [ "$(wc -l <list)" -gt 1200 ]
    run grep -v '^[dl-][rwx-]* 0/0 ' list
    [ "$status" -ne 0 ]
}

@test "packed again with mksquashfs it is the same file: what the store's review looks at" {
    unset SOURCE_DATE_EPOCH
    mksquashfs "$BATS_FILE_TMPDIR/tree" again -noappend -comp xz -all-root -no-xattrs -no-fragments -quiet -no-progress \
        -fstime 1800000000
    cmp again "$snap"
}

@test "snapd takes its folder" {
    run snap pack --check-skeleton "$BATS_FILE_TMPDIR/tree"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

# What snapd does not take is not made: each row is a change of snap.yaml and the same one of the recipe.
@test "what snapd refuses is refused with its place in the recipe" {
    cp -a "$BATS_FILE_TMPDIR/app" app
    cp -a "$BATS_FILE_TMPDIR/tree/meta" "$BATS_FILE_TMPDIR/tree/usr" .
    mkdir t && mv meta usr t
    n=0
    while IFS='|' read -r theirs ours; do
        cp "$BATS_FILE_TMPDIR/tree/meta/snap.yaml" t/meta/snap.yaml
        sed -i "$theirs" t/meta/snap.yaml
        run cmp -s "$BATS_FILE_TMPDIR/tree/meta/snap.yaml" t/meta/snap.yaml
        [ "$status" -eq 1 ] || { echo "no change: $theirs"; return 1; }
        run snap pack --check-skeleton t
        echo "snapd: $output"
        # Of plugs and of paths that are missing it only says so: the folder need not be whole yet.
        [ "$status" -ne 0 ] || [ -n "$output" ] || { echo "snapd takes $theirs"; return 1; }
        sed "$ours" "$BATS_FILE_TMPDIR/app/slipway.yaml" >app/slipway.yaml
        run "$SLIPWAY" pack -C app
        echo "slipway: $output"
        [ "$status" -eq 3 ]
        [[ "$output" == *"slipway.yaml:"*" snap: "* ]]
        [ "$(grep -c '' <<<"$output")" -le 2 ]
        n=$((n + 1))
    done <<'ROWS'
s/^name: hello/name: hello--world/|s/^name: hello/name: hello--world/
s/^name: hello/name: hel.lo/|s/^name: hello/name: hel.lo/
s/^version: .*/version: 1.0.0-beta.123456789012345678901234/|s/^version: .*/version: 1.0.0-beta.123456789012345678901234/
s/^title: .*/title: A title that has more characters than forty of them/|s/^title: .*/title: A title that has more characters than forty of them/
s/^license: .*/license: LicenseRef-Mine/|s/^license: .*/license: LicenseRef-Mine/
s/^      - home$/      - Home/|s/plugs: \[network, home\]/plugs: [network, Home]/
s/^base: .*/base: Core_24/|s/^  epoch: .*/  base: Core_24/
s/^epoch: .*/epoch: 0*/|s/^  epoch: .*/  epoch: 0*/
s/^  tool:/  to_ol:/|s/^    tool:/    to_ol:/
s/--tool/--tool='x'/|s/--tool/--tool='x'/
s/--port 80/--port=80/|s/--port 80/--port=80/
s/stop-timeout: .*/stop-timeout: soon/|s/stop-timeout: 30s/stop-timeout: soon/
s/listen-stream: .*/listen-stream: "99999"/|s/listen-stream: 8080/listen-stream: 99999/
s/network-bind/network/|s/network-bind/network/
s/command: usr.bin.helper --tool/command: usr\/bin\/nothing/|s/bin.helper --tool/bin\/nothing/
s#^  /usr/share/hello:#  /run/hello:#|s#^    /usr/share/hello:#    /run/hello:#
s#^  /usr/share/hello:#  /hello:#|s#^    /usr/share/hello:#    /hello:#
s#bind: .*#bind: /usr/share/other#|s#bind: .SNAP/usr/share/hello#bind: /usr/share/other#
s#^  /etc/hello.conf:#  /usr/share/hello/conf:#|s#^    /etc/hello.conf:#    /usr/share/hello/conf:#
s/mailto:ann@example.com/ftp:\/\/example.com/|s/^  epoch: .*/  links: { contact: "ftp:\/\/example.com" }/
s/^    command: usr.bin.helper --tool/&\n    restart-condition: always/|s/bin.helper --tool/&, restart-condition: always/
s/^      - hellod$/      - nobody/|s/^    hellod: {/& after: [nobody],/
s/^    command: usr.bin.helper --tool/&\n    common-id: com.example.hello/|s/bin.helper --tool/&, common-id: com.example.hello/
ROWS
    [ "$n" -eq 23 ]
}

@test "what snapd refuses of files" {
    cp -a "$BATS_FILE_TMPDIR/tree" t
    chmod 600 t/usr/bin/helper
    run snap pack --check-skeleton t
    echo "$output"
    [ "$status" -ne 0 ]
    chmod 755 t/usr/bin/helper
    chmod 600 t/meta/hooks/install
    run snap pack --check-skeleton t
    [ "$status" -ne 0 ]
    while IFS='|' read -r row want; do
        cp -a "$BATS_FILE_TMPDIR/app" app
        echo "      - $row" >>app/slipway.yaml
        run "$SLIPWAY" pack -C app
        echo "$output"
        [ "$status" -eq 3 ]
        [[ "$output" == *slipway.yaml:*"$want"* ]]
        [ "$(grep -c '' <<<"$output")" -le 2 ]
        [ -z "$(find app/dist -name '*.snap' -newer app/slipway.yaml)" ]
        rm -r app
    done <<'ROWS'
{ text: "x", to: bin/mighty, mode: "4755" }|sets the user or group id
{ text: "x", to: share/open, mode: "0666" }|written by everybody
{ link: /etc/passwd, to: share/out }|leads out of it
{ link: ../../../other, to: share/out }|leads out of
{ text: "name: x", to: /meta/snap.yaml }|written from the recipe
{ text: "#!/bin/sh", to: /meta/hooks/remove, mode: "0644" }|not executable
{ text: "x", to: /meta/gui/x.desktop, mode: "0600" }|readable by everybody
ROWS
}

@test "a program, a hook or a summary that is missing" {
    cp -a "$BATS_FILE_TMPDIR/app" app
    while IFS='|' read -r change want; do
        sed "$change" "$BATS_FILE_TMPDIR/app/slipway.yaml" >app/slipway.yaml
        run "$SLIPWAY" pack -C app
        echo "$output"
        [ "$status" -eq 3 ]
        [[ "$output" == *slipway.yaml:*"$want"* ]]
        [ "$(grep -c '' <<<"$output")" -le 2 ]
    done <<'ROWS'
s#from: hooks/install }#from: hooks/gone }#|hook install
s#from: hooks/configure#from: src/hello.bash#|is no program
s#^summary: .*#summary: ""#|summary
s#^summary: .*#summary: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#|129
s#    configure: {#    Configure: {#|no hook
s#completer: share/bash/hello#completer: share/bash/none#|completer of hello
s#name: late#name: hello#|already
ROWS
}

@test "snap.yaml says the same to a reader of YAML 1.1" {
    python3 - "$BATS_FILE_TMPDIR/tree/meta/snap.yaml" <<'PY'
import sys, yaml
y = yaml.safe_load(open(sys.argv[1]))
want = {"name": "hello", "title": "Hello: & World", "version": "1.0.0-beta.1", "summary": "Says hello: yes, no # and so on",
        "base": "core24", "grade": "stable", "confinement": "strict", "architectures": ["amd64"], "license": "MIT",
        "epoch": "1*", "assumes": ["snapd2.60"],
        "description": "Says hello to whoever asks, in as many languages\nas its speakers know: \"ja\", 'nein', day and night.\n",
        "links": {"contact": ["mailto:ann@example.com"], "website": ["https://example.com/hello"]}}
for key, value in want.items():
    assert y[key] == value, (key, y[key])
assert y["environment"] == {"PATH": "$SNAP/usr/bin:$PATH", "VERSION": "1.10", "ANSWER": "yes", "NIGHT": "0755",
                            "NOTHING": "", "DATE": "2026-01-01", "SEXY": "1:30"}, y["environment"]
assert list(y["apps"]) == ["hello", "hellod", "late", "tool"]
assert y["apps"]["hello"] == {"command": "usr/bin/hello", "completer": "usr/share/bash/hello", "command-chain": ["usr/bin/helper"],
                              "common-id": "com.example.hello", "plugs": ["network", "home"]}, y["apps"]["hello"]
assert y["apps"]["hellod"] == {"command": "usr/bin/hellod --port 80", "daemon": "simple", "restart-condition": "on-failure",
    "environment": {"GREETING": "100% hello"}, "plugs": ["network-bind"], "sockets": {"web": {"listen-stream": "8080"}},
    "stop-timeout": "30s"}, y["apps"]["hellod"]
assert y["apps"]["late"]["daemon"] == "oneshot" and y["apps"]["late"]["after"] == ["hellod"]
assert y["apps"]["late"]["install-mode"] == "disable" and "restart-condition" not in y["apps"]["late"]
assert y["hooks"]["configure"] == {"plugs": ["network"]} and y["layout"]["/etc/hello.conf"] == {"symlink": "$SNAP_DATA/hello.conf"}
PY
}

@test "the kernel mounts it" {
    if [ "$(id -u)" = 0 ]; then
        mkdir mounted
        mount -o loop,ro -t squashfs "$snap" mounted
        diff -r --no-dereference mounted "$BATS_FILE_TMPDIR/tree" || { umount mounted; return 1; }
        umount mounted
    fi
    diff -r --no-dereference "$BATS_FILE_TMPDIR/tree/usr/share/hello" "$BATS_FILE_TMPDIR/app/src/share"
    [ "$(readlink "$BATS_FILE_TMPDIR/tree/usr/bin/hi")" = hello ]
    [ "$(stat -c %h "$BATS_FILE_TMPDIR/tree/usr/share/hello/noise")" -eq 2 ]
}

@test "what the desktop gets" {
    cd "$BATS_FILE_TMPDIR/tree/meta"
    sed 's#${SNAP}#/snap/hello/current#' gui/hello.desktop >"$BATS_TEST_TMPDIR/hello.desktop" # as snapd installs it
    desktop-file-validate "$BATS_TEST_TMPDIR/hello.desktop"
    grep -qx 'Exec=hello %u' gui/hello.desktop
    grep -qx 'Icon=${SNAP}/meta/gui/icon.png' gui/hello.desktop
    grep -qx 'MimeType=x-scheme-handler/hello;' gui/hello.desktop
    file gui/icon.png | grep -q '256 x 256'
    [ -x hooks/install ] && [ -x hooks/configure ] && [ -x hooks/connect-plug-home ]
    cmp hooks/install "$BATS_FILE_TMPDIR/app/hooks/install"
}

@test "the bytes do not depend on threads, umask, place, language and zone" {
    export SOURCE_DATE_EPOCH=1800000000
    cp -a "$BATS_FILE_TMPDIR/app" app
    (cd app && umask 077 && TZ=Asia/Tokyo LC_ALL=C "$SLIPWAY" pack -q --jobs 1 -o one)
    (cd app && umask 022 && TZ=UTC "$SLIPWAY" pack -q --jobs 2 -o two)
    cmp app/one/*.snap "$snap"
    cmp app/two/*.snap "$snap"
}

@test "a changed hook makes the snap anew" {
    export SOURCE_DATE_EPOCH=1800000000
    cp -a "$BATS_FILE_TMPDIR/app" app
    "$SLIPWAY" pack -q -C app
    echo 'true' >>app/hooks/install
    run "$SLIPWAY" pack -C app
    [[ "$output" == *made*.snap* ]]
    unsquashfs -q -n -d t app/dist/*.snap
    cmp t/meta/hooks/install app/hooks/install
}

@test "inspect and verify, ours and one that snap pack made" {
    cp -a "$BATS_FILE_TMPDIR/tree" t
    snap pack t --filename=theirs.snap >log
    for file in "$snap" theirs.snap; do
        run "$SLIPWAY" inspect "$file"
        echo "$output"
        [ "$status" -eq 0 ]
        for fact in 'Name: hello' 'Version: 1.0.0-beta.1' 'Architecture: amd64' 'Base: core24' 'Confinement: strict' \
            'Applications: hello hellod late tool' 'Compression: xz, blocks of 128 KiB'; do
            [[ "$output" == *"$fact"* ]]
        done
        "$SLIPWAY" verify -q "$file"
    done
}

@test "another squashfs image, a cut and a changed snap are one line" {
    mkdir d && echo x >d/x
    mksquashfs d other.snap -quiet -no-progress
    run "$SLIPWAY" inspect other.snap
    [ "$status" -eq 4 ]
    [[ "$output" == *"no snap: meta/snap.yaml is not in it"* ]]
    mkdir -p d/meta && printf 'name: [\n' >d/meta/snap.yaml
    mksquashfs d damaged.snap -quiet -no-progress -noappend
    run "$SLIPWAY" inspect damaged.snap
    [ "$status" -eq 4 ]
    [[ "$output" == *"meta/snap.yaml:"* ]]
    size=$(stat -c %s "$snap")
    for at in 100 5000 $((size / 2)) $((size - 5000)); do
        head -c "$at" "$snap" >cut.snap
        run "$SLIPWAY" verify cut.snap
        [ "$status" -ne 0 ] && [ "$status" -lt 70 ]
        [ "$(grep -c '' <<<"$output")" -le 2 ]
    done
    for at in 40 5000 $((size / 2)); do
        cp "$snap" flipped.snap
        printf '\377\376' | dd of=flipped.snap bs=1 seek="$at" conv=notrunc status=none
        run "$SLIPWAY" verify flipped.snap
        [ "$status" -lt 70 ]
        [ "$(grep -c '' <<<"$output")" -le 2 ]
    done
}

@test "a program without a window, classic, and one that brings all it needs" {
    mkdir -p app
    printf '#!/bin/sh\n' >app/tool
    chmod 755 app/tool
    for set in 'confinement: classic' 'base: bare, grade: devel'; do
        cat >slipway.yaml <<YAML
schema: 1
name: tool
version: 1.0.0
summary: A tool
maintainer: Ann Example <ann@example.com>
license: MIT
entry: bin/tool
shortcuts: { menu: false }
snap: { $set }
targets:
  - { os: linux, arch: aarch64, formats: [snap], files: [ { from: app/tool, to: bin/tool } ] }
YAML
        rm -rf dist t
        SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q
        [ "$(stat -c %s dist/tool_1.0.0_arm64.snap)" -eq 16384 ] # the kernel looks for partitions in smaller ones
        unsquashfs -q -n -d t dist/*.snap
        snap pack --check-skeleton t
        grep -q "^${set%%:*}: " t/meta/snap.yaml
        [ ! -e t/meta/gui ]
        run grep plugs t/meta/snap.yaml
        [ "$status" -ne 0 ]
    done
}

@test "examples/desktop-app is a deb, an rpm, an AppImage and a snap that all start" {
    cp -a "$SLIPWAY_SOURCE/examples/desktop-app" app
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -C app
    dpkg-deb -x app/dist/*.deb deb
    mkdir rpm
    (cd rpm && rpm2cpio ../app/dist/*.rpm | cpio -idm --quiet)
    unsquashfs -q -n -d snap app/dist/*.snap
    snap pack --check-skeleton snap
    for root in deb rpm snap; do [ "$($root/usr/bin/greeter greet://Ann/x | head -1)" = 'Hello, Ann!' ]; done
    [ "$(app/dist/*.AppImage --appimage-extract-and-run greet://Ann/x | head -1)" = 'Hello, Ann!' ]
    "$SLIPWAY" verify -q app/dist
}
