#!/usr/bin/env bats
# AppImages as those take them who did not make them: unsquashfs, squashfuse, the kernel, libappimage, FUSE, gpg, zsync,
# desktop-file-validate, appstreamcli. Debian: squashfs-tools squashfuse fuse3 libappimage-dev zsync gcc binutils.

load serve

setup_file() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_FILE_TMPDIR" || return 1
    chmod 755 .
    gcc -O1 -o libappimage "$SLIPWAY_SOURCE/tests/system/appimage.c" -lappimage
    small_app app
    (cd app && "$SLIPWAY" release -q)
}

setup() { cd "$BATS_TEST_TMPDIR" || return 1; chmod 755 .; }

teardown() { serve_stop; }

# small_app DIR: a recipe of one program with a window, and what it is made of.
small_app() {
    mkdir -p "$1/src/share" "$1/src/lib"
    cat >"$1/src/hello" <<'SH'
#!/bin/sh
echo "hello from $APPDIR with $# arguments: $*"
echo "found $(command -v hello), library $LD_LIBRARY_PATH, data $XDG_DATA_DIRS, greeting $GREETING"
exit "${STATUS:-0}"
SH
    chmod 755 "$1/src/hello"
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" "$1/icon.png" 512
    python3 - "$1" <<'PY'
import random, sys
random.seed(7)
open(sys.argv[1] + "/src/share/noise", "wb").write(random.randbytes(1500000))
open(sys.argv[1] + "/src/share/zeros", "wb").write(bytes(300000))
open(sys.argv[1] + "/src/lib/libhello.so.1", "wb").write(b"not really\n")
PY
    seq 1 60000 >"$1/src/share/numbers"
    echo 'key = 1' >"$1/src/hello.conf"
    cat >"$1/slipway.yaml" <<'YAML'
schema: 1
name: hello
title: Hello & World
id: com.example.hello
version: 1.0.0
summary: Says hello
description: Says hello to whoever asks, in as many languages as its speakers know, all day and night.
vendor: Example Inc
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/hello
license: MIT
icon: icon.png
entry: bin/hello
categories: [Utility]
protocols: [hello]
associations:
  - { extension: hlo, description: Greeting }
targets:
  - os: linux
    arch: x86_64
    formats: [appimage]
    files:
      - { from: src/hello, to: bin/hello }
      - { from: src/share/, to: share/hello/ }
      - { from: src/lib/, to: lib/ }
      - { from: src/hello.conf, to: /etc/hello.conf }
      - { link: /usr/bin/hello, to: bin/hi }
appimage: { environment: { GREETING: good day }, arguments: [--first] }
publish:
  - { to: dir, path: site, url: "https://example.com/dl/" }
YAML
}

offset() { "$1" --appimage-offset; }

listed() { (cd "$1" && find . -printf '%y %m %s %T@ %U %G %p %l\n' | awk '$1 == "d" { $3 = "-" } 1' | sort); }

summed() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }

section() { objcopy -O binary --only-section="$2" --set-section-flags "$2=alloc" "$1" section.bin && tr -d '\0' <section.bin; }

@test "unsquashfs, squashfuse and the kernel see one tree" {
    image=$BATS_FILE_TMPDIR/app/dist/hello-1.0.0-x86_64.AppImage
    at=$(offset "$image")
    unsquashfs -q -n -o "$at" -d un "$image"
    mkdir fuse kernel
    squashfuse -o offset="$at" "$image" fuse
    listed fuse >list.fuse
    summed fuse >sums.fuse
    fusermount3 -u fuse
    listed un >list.un
    summed un >sums.un
    diff list.un list.fuse
    diff sums.un sums.fuse
    if [ "$(id -u)" = 0 ]; then # nobody else may
        mount -o "loop,ro,offset=$at" -t squashfs "$image" kernel
        listed kernel >list.kernel
        summed kernel >sums.kernel
        umount kernel
        diff list.un list.kernel
        diff sums.un sums.kernel
    fi
    cmp un/usr/share/hello/noise "$BATS_FILE_TMPDIR/app/src/share/noise"
    cmp un/etc/hello.conf "$BATS_FILE_TMPDIR/app/src/hello.conf"
    [ "$(readlink un/usr/bin/hi)" = hello ]
    [ "$(awk '{ print $4, $5, $6 }' list.un | sort -u)" = "315532800.0000000000 0 0" ]
    [ "$(stat -c %a un/AppRun un/usr/bin/hello un/usr/share/hello/noise | tr '\n' ' ')" = "755 755 644 " ]
}

@test "libappimage takes it in" {
    image=$BATS_FILE_TMPDIR/app/dist/hello-1.0.0-x86_64.AppImage
    export XDG_DATA_HOME=$PWD/data XDG_CACHE_HOME=$PWD/cache HOME=$PWD
    "$BATS_FILE_TMPDIR/libappimage" "$image" >found
    grep -qx 'type 2' found
    grep -qx "offset $(offset "$image")" found
    grep -qx 'terminal 0' found
    grep -qx 'apart 0' found
    grep -qx 'file usr/bin/hello' found
    entry=$(find data -name 'appimagekit_*.desktop')
    desktop-file-validate "$entry"
    grep -Fx "Exec=$image %U" "$entry"
    grep -x 'X-AppImage-Version=1.0.0' "$entry"
    grep -x 'MimeType=x-scheme-handler/hello;application/x-hello-hlo;' "$entry"
    icon=$(sed -n 's/^Icon=//p' "$entry")
    [ -s "data/icons/hicolor/256x256/apps/$icon.png" ]
    [ -s "data/icons/hicolor/512x512/apps/$icon.png" ]
}

@test "it runs: mounted as root and as nobody, and unpacked" {
    cp "$BATS_FILE_TMPDIR/app/dist/hello-1.0.0-x86_64.AppImage" "a b.AppImage"
    export HOME=$PWD PATH=/usr/bin:/bin
    unset XDG_DATA_DIRS LD_LIBRARY_PATH
    said() {
        cat out
        grep -qE '^hello from /.+ with 4 arguments: --first 1 two words ü$' out
        grep -qE '^found (/.+)/usr/bin/hello, library \1/usr/lib, data \1/usr/share:/usr/local/share/?:/usr/share/?, greeting good day$' out
    }
    "./a b.AppImage" 1 "two words" ü >out
    said
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "./a b.AppImage" 1 "two words" ü >out
        said
    fi
    "./a b.AppImage" --appimage-extract-and-run 1 "two words" ü >out
    said
    STATUS=7 run "./a b.AppImage"
    [ "$status" -eq 7 ]
}

@test "desktop-file-validate and appstreamcli find nothing wrong inside" {
    image=$BATS_FILE_TMPDIR/app/dist/hello-1.0.0-x86_64.AppImage
    unsquashfs -q -n -o "$(offset "$image")" -d un "$image"
    desktop-file-validate --warn-kde un/com.example.hello.desktop un/usr/share/applications/com.example.hello.desktop
    appstreamcli validate-tree --no-net un
    grep -x 'Icon=com.example.hello' un/com.example.hello.desktop
    file un/com.example.hello.png un/.DirIcon | grep -c 'PNG image data, 256 x 256' | grep -x 2
    [ "$(find un -maxdepth 1 -name '*.desktop' | wc -l)" = 1 ]
    [ -s un/usr/share/metainfo/com.example.hello.metainfo.xml ]
}

@test "what it gives to the desktop is what the deb and the tar give" {
    small_app app
    cd app
    sed -i 's/formats:.*/formats: [appimage, deb, tar.gz]/' slipway.yaml
    "$SLIPWAY" pack -q
    unsquashfs -q -n -o "$(offset dist/*.AppImage)" -d un dist/*.AppImage
    dpkg-deb -x dist/*.deb deb
    mkdir tar
    tar xzf dist/*.tar.gz -C tar --strip-components=1
    for part in applications icons metainfo mime; do
        diff -r "un/usr/share/$part" "deb/usr/share/$part"
        diff -r "un/usr/share/$part" "tar/share/$part"
    done
    [ "$(find un/usr/share/icons -name '*.png' | wc -l)" = 8 ]
}

@test "update information: derived, of a channel, said, none" {
    small_app app
    cd app
    "$SLIPWAY" pack -q
    [ "$(section dist/hello-1.0.0-x86_64.AppImage .upd_info)" = \
        "zsync|https://example.com/dl/releases/latest/hello-x86_64.AppImage.zsync" ]
    [ "$(dist/hello-1.0.0-x86_64.AppImage --appimage-updateinformation)" = \
        "zsync|https://example.com/dl/releases/latest/hello-x86_64.AppImage.zsync" ]
    "$SLIPWAY" pack -q --set-version 1.1.0-beta.1
    [ "$(section dist/hello-1.1.0-beta.1-x86_64.AppImage .upd_info)" = \
        "zsync|https://example.com/dl/channels/beta/hello-x86_64.AppImage.zsync" ]
    sed -i 's/^appimage:.*/appimage: { update-information: "gh-releases-zsync|ann|hello|latest|hello-*x86_64.AppImage.zsync" }/' slipway.yaml
    "$SLIPWAY" pack -q
    [ "$(section dist/hello-1.0.0-x86_64.AppImage .upd_info)" = "gh-releases-zsync|ann|hello|latest|hello-*x86_64.AppImage.zsync" ]
    sed -i 's/^appimage:.*/appimage: { update-information: none }/' slipway.yaml
    "$SLIPWAY" pack -q
    [ -z "$(section dist/hello-1.0.0-x86_64.AppImage .upd_info)" ]
}

@test "zsync brings what changed, from a file that zsyncmake would have written" {
    small_app app
    (cd app && "$SLIPWAY" release -q)
    printf 'changed\n' >>app/src/hello
    (cd app && "$SLIPWAY" release -q --set-version 1.0.1)
    cp app/dist/hello-1.0.1-x86_64.AppImage .
    touch -d @$SOURCE_DATE_EPOCH hello-1.0.1-x86_64.AppImage
    zsyncmake -Z -u hello-1.0.1-x86_64.AppImage -o theirs hello-1.0.1-x86_64.AppImage
    cmp theirs app/dist/hello-x86_64.AppImage.zsync
    serve_start app/site
    mkdir got
    cd got
    zsync -i ../app/site/releases/v1.0.0/hello-1.0.0-x86_64.AppImage "$SERVE_URL/releases/latest/hello-x86_64.AppImage.zsync"
    cmp hello-1.0.1-x86_64.AppImage ../hello-1.0.1-x86_64.AppImage
    bytes=$(awk '/\.AppImage / { n += $4 } END { print n }' "$SERVE_LOG")
    echo "$bytes of $(stat -c %s hello-1.0.1-x86_64.AppImage)"
    [ "$bytes" -lt 120000 ]
}

@test "the signature in it is one that AppImageUpdate takes" {
    small_app app
    cd app
    "$SLIPWAY" keys new dev --store keys -q
    printf 'sign:\n  openpgp: { key: "file:keys/dev.secret.asc" }\n' >>slipway.yaml
    "$SLIPWAY" release -q
    image=dist/hello-1.0.0-x86_64.AppImage
    section "$image" .sig_key >key.asc
    section "$image" .sha256_sig >sig.asc
    python3 - "$image" >digest <<'PY'
import hashlib, subprocess, sys
data = bytearray(open(sys.argv[1], "rb").read())
for line in subprocess.check_output(["readelf", "-SW", sys.argv[1]], text=True).splitlines():
    words = line.replace("[ ", "[").split()
    if len(words) > 5 and words[1] in (".sha256_sig", ".sig_key"):
        at, n = int(words[4], 16), int(words[5], 16)
        data[at:at + n] = bytes(n)
sys.stdout.write(hashlib.sha256(data).hexdigest())
PY
    mkdir -m 700 gnupg
    gpg --homedir gnupg --batch -q --import key.asc
    gpg --homedir gnupg --batch -q --verify sig.asc digest
    gpgconf --homedir gnupg --kill all
    cmp key.asc keys/dev.asc
    "$SLIPWAY" inspect "$image" | grep -q 'Signature: good, by the key beside it'
    "$SLIPWAY" inspect "$image" | grep -q 'Block map: '
    "$SLIPWAY" verify dist
    "$image" 1 >/dev/null
    cp "$image" changed
    printf X | dd of=changed bs=1 seek=$(($(stat -c %s changed) - 100)) conv=notrunc status=none # in the block map
    run "$SLIPWAY" inspect changed
    [ "$status" -eq 1 ]
    [[ $output == *"was changed after it was signed"* ]]
}

@test "the bytes do not depend on the number of jobs" {
    small_app app
    cd app
    for codec in zstd gzip xz; do
        sed -i "s/^appimage:.*/appimage: { compression: $codec }/" slipway.yaml
        "$SLIPWAY" pack -q --jobs 1 -o one
        "$SLIPWAY" pack -q --jobs 2 -o two
        cmp one/hello-1.0.0-x86_64.AppImage two/hello-1.0.0-x86_64.AppImage
        cmp one/hello-x86_64.AppImage.zsync two/hello-x86_64.AppImage.zsync
        rm -r one two
    done
}

@test "every compression runs, and is what was asked for" {
    small_app app
    cd app
    for codec in gzip xz lz4 none; do
        sed -i "s/^appimage:.*/appimage: { compression: $codec, block-size: 64K }/" slipway.yaml
        "$SLIPWAY" pack -q -o "$codec"
        image=$codec/hello-1.0.0-x86_64.AppImage
        STATUS=5 run "$image"
        [ "$status" -eq 5 ]
        unsquashfs -s -o "$(offset "$image")" "$image" >facts
        grep -qx 'Block size 65536' facts
        [ "$codec" = none ] || grep -q "^Compression $codec" facts
        "$SLIPWAY" inspect "$image" | grep -q "Compression: $codec, blocks of 64 KiB"
        unsquashfs -q -n -o "$(offset "$image")" -d "$codec/un" "$image"
        cmp "$codec/un/usr/share/hello/noise" src/share/noise
    done
}

@test "aarch64, an entry that is on no PATH, no menu, an AppRun of one's own" {
    small_app app
    cd app
    cat >AppRun <<'SH'
#!/bin/sh
echo mine
SH
    chmod 755 AppRun
    sed -i 's/arch: x86_64/arch: aarch64/; s/^entry:.*/entry: hello\/hello/; s/to: bin\/hello }/to: hello\/hello }/; s/{ link:.*/{ from: AppRun, to: \/AppRun }/; /^appimage:/d' slipway.yaml
    echo 'shortcuts: { menu: false }' >>slipway.yaml
    "$SLIPWAY" pack -q
    image=dist/hello-1.0.0-aarch64.AppImage
    readelf -h "$image" | grep -q 'Machine: *AArch64'
    at=$("$SLIPWAY" inspect "$image" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["facts"]["Runtime"].split()[2])')
    unsquashfs -q -n -o "$at" -d un "$image"
    grep -x 'Exec=AppRun %U' un/com.example.hello.desktop
    grep -x 'NoDisplay=true' un/com.example.hello.desktop
    [ -x un/usr/lib/hello/hello/hello ]
    cmp un/AppRun AppRun
    [ ! -e un/AppRun.conf ]
}

@test "what cannot become an AppImage is said in one line" {
    small_app good
    refused() { # refused PATTERN SED…: the recipe, edited, is refused with a message of that pattern
        local pattern=$1
        shift
        rm -rf app
        cp -r good app
        sed -i "$@" app/slipway.yaml
        run "$SLIPWAY" pack -q -C app
        echo "$output"
        [ "$status" -eq 3 ]
        [[ ${lines[0]} == *slipway.yaml:[0-9]* ]]
        [ "${#lines[@]}" -eq 1 ] || [[ ${#lines[@]} -eq 2 && ${lines[1]} == *"1 mistake" ]]
        [[ $output == *$pattern* ]]
        [ -z "$(find app/dist -type f ! -path '*/.slipway/lock' 2>/dev/null)" ]
    }
    refused 'needs `icon`' /^icon:/d
    refused 'needs `entry`' '/^entry:/d; /^protocols:/d; /^associations:/,+1d'
    refused 'is not among the files' 's/^entry:.*/entry: bin\/other/'
    refused 'is not executable' 's/to: bin\/hello }/to: bin\/hello, mode: "0644" }/'
    refused 'line' 's/^title:.*/title: "Hello\\nExec=rm"/'
    refused 'line' 's/^summary:.*/summary: "Hello\\nExec=rm"/'
    refused 'appimage: usr/bin/hi -> /etc/passwd leads out of it' 's/{ link:.*/{ link: \/etc\/passwd, to: bin\/hi }/'
    refused 'leads out of' 's/{ link:.*/{ link: ..\/..\/..\/etc\/passwd, to: bin\/hi }/'
    refused 'no name of a variable' 's/GREETING/GREET ING/'
    refused 'one line' 's/good day/"a\\nexec x"/'
    refused 'update-information is' 's/^appimage:.*/appimage: { update-information: "https:\/\/x" }/'
    refused 'gzip has no level 22' 's/^appimage:.*/appimage: { compression: gzip, level: 22 }/'
    refused 'no runtime for the architecture' 's/arch: x86_64/arch: i686/'
    refused 'has at most 1024 bytes' "s/^appimage:.*/appimage: { update-information: \"zsync|https:\/\/x\/$(head -c 2000 /dev/zero | tr '\0' x)\" }/"
    rm good/icon.png
    run "$SLIPWAY" pack -q -C good
    [ "$status" -eq 3 ]
    [[ $output == *"slipway.yaml:12:7: icon: there is no file icon.png"* ]]
}

@test "inspect reads what others made, and says what it does not read" {
    image=$BATS_FILE_TMPDIR/app/dist/hello-1.0.0-x86_64.AppImage
    head -c "$(offset "$image")" "$image" >runtime
    mkdir -p ad/usr/share/applications ad/usr/bin
    printf '[Desktop Entry]\nType=Application\nName=Other\nExec=other\nX-AppImage-Version=3.4\n' >ad/usr/share/applications/other.desktop
    ln -s usr/share/applications/other.desktop ad/other.desktop
    printf '#!/bin/sh\n' >ad/AppRun
    cp /bin/ls ad/usr/bin/other
    ln ad/usr/bin/other ad/usr/bin/again
    : >ad/empty
    for codec in gzip xz lz4 zstd; do
        rm -f image.sq
        mksquashfs ad image.sq -comp $codec -quiet -no-progress
        cat runtime image.sq >other.AppImage
        "$SLIPWAY" inspect other.AppImage >said
        grep -q "Compression: $codec, blocks of 128 KiB" said
        grep -q 'Name: Other' said
        grep -q 'Version: 3.4' said
        grep -q 'Signature: none' said
    done
    "$SLIPWAY" inspect --json other.AppImage >said
    python3 -c 'import json, os
files = {f["path"]: f for f in json.load(open("said"))["files"]}
assert files["usr/bin/other"]["size"] == os.path.getsize("/bin/ls"), files
assert files["other.desktop"]["target"] == "usr/share/applications/other.desktop"'
    head -c -5000 other.AppImage >short
    run "$SLIPWAY" inspect short
    [ "$status" -eq 4 ]
    [ "${#lines[@]}" -eq 1 ]
    head -c 100 other.AppImage >short
    run "$SLIPWAY" inspect short
    [ "$status" -eq 4 ]
    printf 'AI\1' | dd of=other.AppImage bs=1 seek=8 conv=notrunc status=none
    run "$SLIPWAY" inspect other.AppImage
    [ "$status" -eq 4 ]
    [[ $output == *"type 1"* ]]
}
