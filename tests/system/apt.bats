#!/usr/bin/env bats
# apt itself, in a minimal Debian, with our repositories over HTTP; and the tools of others with theirs and ours. Needs
# root for the chroot.

bats_require_minimum_version 1.5.0

load small
load serve

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    mkdir -p w/site
    small_make w
    sed -i 's/formats: .*/formats: [deb]/' w/slipway.yaml
    printf '  - { to: apt, valid-days: 30, description: Small things }\n' >>w/slipway.yaml
    debian root
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -rf w/site w/dist
    mkdir w/site
    serve_start w/site
    sed -i "s#{ to: dir, path: site.*#{ to: dir, path: site, page: false, url: \"$SERVE_URL\" }#" w/slipway.yaml
    unset SOURCE_DATE_EPOCH # apt looks at the clock
    publish 1.0.0
    inside sh -c 'dpkg -P small; rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/* /etc/apt/sources.list.d/*' >/dev/null 2>&1
    cp w/site/apt/small.sources root/etc/apt/sources.list.d/
}

teardown() { serve_stop; }

teardown_file() { rm -rf "$BATS_FILE_TMPDIR/root"; }

debian() {
    local cache=$SLIPWAY_BUILD/debian-apt.tar mirror
    if [ ! -e "$cache" ]; then
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            grep -v -e security -e backports | head -n 1)
        mmdebstrap -q --mode=root --variant=apt bookworm "$cache.new.tar" "$mirror"
        mv "$cache.new.tar" "$cache"
    fi
    mkdir "$1"
    tar -C "$1" -xf "$cache"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod +x "$1/usr/sbin/policy-rc.d"
    : >"$1/etc/apt/sources.list"
}

publish() { "$SLIPWAY" release -q -C w --set-version "$1"; }

inside() {
    chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

update() { inside apt-get -q -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root update; }

install() { inside apt-get -q -y -o APT::Sandbox::User=root install "$@"; }

version() { inside dpkg-query -W -f '${Version}' small; }

# resign: signs a suite anew after it was changed by hand, as an attacker without the key cannot.
resign() {
    export GNUPGHOME=$BATS_TEST_TMPDIR/gnupg
    mkdir -m 700 -p "$GNUPGHOME"
    gpg -q --batch --import w/keys/dev.secret.asc
    (cd w/site/apt/dists/stable && rm -f InRelease Release.gpg && gpg -q --batch --clearsign -o InRelease Release)
    gpgconf --kill all
}

@test "apt installs, upgrades and removes, by the names of hashes" {
    update
    install small
    [ "$(version)" = 1.0.0 ]
    [ "$(inside hello)" = hello ]
    inside dpkg --verify small
    grep -q '/by-hash/SHA256/' "$SERVE_LOG"
    publish 1.1.0
    update
    inside apt-get -q -y -o APT::Sandbox::User=root upgrade
    [ "$(version)" = 1.1.0 ]
    inside apt-cache policy small | grep -q ' 1.0.0 500'
    install --allow-downgrades small=1.0.0
    [ "$(version)" = 1.0.0 ]
    inside apt-get -q -y remove small
    if inside hello; then return 1; fi
}

@test "a changed index is refused" {
    f=$(find w/site/apt/dists/stable/main/binary-all/ -name 'Packages*')
    for p in $f $(find w/site/apt/dists/ -path '*by-hash*' -type f); do
        sed 's/^Section: .*/Section: evil/' "$p" >evil
        cat evil >"$p"
        printf x | dd of="$p" bs=1 seek=20 conv=notrunc status=none
    done
    run update
    [ "$status" -ne 0 ]
    [[ $output == *"Hash Sum mismatch"* || $output == *"unexpected size"* ]]
}

@test "a changed package is refused" {
    update
    cp --remove-destination "$(readlink -f w/site/apt/pool/main/s/small/small_1.0.0_all.deb)" w/evil.deb
    printf x | dd of=w/evil.deb bs=1 seek=3000 conv=notrunc status=none
    mv w/evil.deb w/site/apt/pool/main/s/small/small_1.0.0_all.deb
    run install small
    [ "$status" -ne 0 ]
    [[ $output == *"Hash Sum mismatch"* ]]
    run "$SLIPWAY" verify --key w/keys/dev.asc w/site
    [ "$status" = 1 ]
    [[ $output == *"apt/pool/main/s/small/small_1.0.0_all.deb"* ]]
}

@test "an old Release is refused" {
    sed -i 's/^Valid-Until: .*/Valid-Until: Sat, 21 Nov 2020 00:00:00 UTC/; s/^Date: .*/Date: Fri, 20 Nov 2020 00:00:00 UTC/' \
        w/site/apt/dists/stable/Release
    resign
    run update
    [ "$status" -ne 0 ]
    [[ $output == *"is expired"* ]]
    run "$SLIPWAY" verify --key w/keys/dev.asc w/site
    [ "$status" = 1 ]
    [[ $output == *"expired: Valid-Until"* ]]
}

@test "another key is refused" {
    "$SLIPWAY" keys new other --store w/otherkeys -q >/dev/null
    python3 - w/otherkeys/other.asc root/etc/apt/sources.list.d/small.sources <<'PY'
import re, sys
key = "".join(" " + (l or ".") + "\n" for l in open(sys.argv[1]).read().strip().split("\n"))
text = open(sys.argv[2]).read()
open(sys.argv[2], "w").write(text[:text.index("Signed-By:")] + "Signed-By:\n" + key)
PY
    run update
    [ "$status" -ne 0 ]
    [[ $output == *"NO_PUBKEY"* || $output == *"not signed"* ]]
    rm -rf w/otherkeys
}

@test "a phased update reaches as many machines as it says" {
    sed -i 's/valid-days: 30/valid-days: 30, phased: 1/' w/slipway.yaml
    publish 1.2.0
    sed -i 's/, phased: 1//' w/slipway.yaml
    grep -A20 'Version: 1.2.0' w/site/apt/dists/stable/main/binary-all/Packages | grep -qx 'Phased-Update-Percentage: 1'
    update
    install small=1.0.0
    run inside apt-get -q -y -o APT::Sandbox::User=root -o APT::Get::Always-Include-Phased-Updates=1 upgrade
    [ "$(version)" = 1.2.0 ]
}

@test "apt-ftparchive says the same of our pool" {
    apt-ftparchive -q --sha512=no --sha1=no packages w/site/apt/pool >theirs
    python3 - theirs w/site/apt/dists/stable/main/binary-all/Packages <<'PY'
import sys
def fields(path):
    out = {}
    for l in open(path).read().strip().split("\n"):
        if l[:1] != " ": k, v = l.split(":", 1); out[k] = v.strip()
        else: out[k] += "\n" + l
    return out
a, b = map(fields, sys.argv[1:])
a["Filename"] = a["Filename"][a["Filename"].index("pool/"):]
assert a == b, (a, b)
PY
}

@test "a repository that apt-ftparchive made is added to, and apt takes it" {
    rm -rf theirs && mkdir -p theirs/pool theirs/dists/stable/main/binary-all theirs/dists/stable/main/binary-amd64
    cp w/dist/small_1.0.0_all.deb theirs/pool/
    (cd theirs && apt-ftparchive packages pool >dists/stable/main/binary-all/Packages &&
        cp dists/stable/main/binary-all/Packages dists/stable/main/binary-amd64/ && gzip -k dists/stable/main/*/Packages &&
        apt-ftparchive -o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Origin=Others \
            -o APT::FTPArchive::Release::Architectures='all amd64' -o APT::FTPArchive::Release::Components=main \
            release dists/stable >Release.new && mv Release.new dists/stable/Release)
    "$SLIPWAY" pack -q -C w --set-version 1.3.0 -o dist3
    "$SLIPWAY" repo apt theirs w/dist3/small_1.3.0_all.deb --key file:w/keys/dev.secret.asc
    grep -qx 'Origin: Others' theirs/dists/stable/Release
    [ "$(grep -c '^Package: small' theirs/dists/stable/main/binary-amd64/Packages)" = 2 ]
    [ -f theirs/pool/small_1.0.0_all.deb ]
    "$SLIPWAY" verify --key w/keys/dev.asc theirs
    serve_start theirs
    sed -i "s#^URIs:.*#URIs: $SERVE_URL#" root/etc/apt/sources.list.d/small.sources
    update
    install small=1.0.0
    install small
    [ "$(version)" = 1.3.0 ]
    # and an index that is not what Release says is not built upon
    sed -i 's/^Section: .*/Section: games/' theirs/dists/stable/main/binary-amd64/Packages
    run "$SLIPWAY" repo apt theirs --remove small=1.3.0
    [ "$status" = 1 ]
    [[ $output == *"main/binary-amd64/Packages is not what the suite's Release says"* ]]
    "$SLIPWAY" repo apt theirs # reads the packages anew
    "$SLIPWAY" repo apt theirs --remove small=1.3.0
}

@test "a repository that reprepro made is added to, and reprepro reads ours" {
    rm -rf theirs ours && mkdir -p theirs/conf ours/conf
    printf 'Codename: stable\nSuite: stable\nArchitectures: amd64\nComponents: main\nOrigin: Others\n' >theirs/conf/distributions
    reprepro -b theirs --silent includedeb stable w/dist/small_1.0.0_all.deb
    "$SLIPWAY" pack -q -C w --set-version 1.3.0 -o dist3
    "$SLIPWAY" repo apt theirs w/dist3/small_1.3.0_all.deb --key file:w/keys/dev.secret.asc
    serve_start theirs
    sed -i "s#^URIs:.*#URIs: $SERVE_URL#" root/etc/apt/sources.list.d/small.sources
    update
    install small=1.0.0
    install small
    [ "$(version)" = 1.3.0 ]
    # reprepro pulls from what we write
    "$SLIPWAY" pack -q -C w --set targets.0.arch=x86_64 -o dist-amd64
    "$SLIPWAY" repo apt plain w/dist-amd64/small_1.0.0_amd64.deb
    printf 'Codename: copy\nArchitectures: amd64\nComponents: main\nUpdate: small\n' >ours/conf/distributions
    printf 'Name: small\nMethod: file:%s/plain\nSuite: stable\nVerifyRelease: blindtrust\n' "$PWD" >ours/conf/updates
    reprepro -b ours --silent update copy
    [ "$(reprepro -b ours list copy small)" = "copy|main|amd64: small 1.0.0" ]
    cmp ours/pool/main/s/small/small_1.0.0_amd64.deb plain/pool/main/s/small/small_1.0.0_amd64.deb
}

# control TEXT: a package whose control file is TEXT, which dpkg-deb itself would not make.
control() {
    python3 - "$1" <<'PY' >bad.deb
import io, sys, tarfile
def tar(*files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()
control = sys.argv[1].encode().decode("unicode_escape").encode("latin-1")
out = b"!<arch>\n"
for name, data in (("debian-binary", b"2.0\n"), ("control.tar", tar(("./control", control))), ("data.tar", tar())):
    out += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) & 1)
sys.stdout.buffer.write(out)
PY
}

@test "a broken control file is refused in one line, and nothing is added" {
    good='Package: a\nVersion: 1\nArchitecture: all\n'
    control "$good"
    "$SLIPWAY" repo apt fine bad.deb
    dpkg-deb -f bad.deb Package
    n=0
    while IFS='|' read -r text why; do
        control "$text"
        run --separate-stderr "$SLIPWAY" repo apt broken bad.deb
        [ "$status" = 4 ] && [ "${#stderr_lines[@]}" -le 2 ] && [[ $stderr == *"bad.deb: "*"$why"* ]] || {
            echo "$text: $status $stderr"
            return 1
        }
        n=$((n + 1))
    done <<'CASES'
|has no control file
Version: 1\nArchitecture: all\n|Package: "" is no package name
Package: a\nArchitecture: all\n|Version: "" is no version
Package: a\nVersion: 1\n|Architecture: "" is no architecture
Package: ../a\nVersion: 1\nArchitecture: all\n|Package: "../a" is no package name
Package: a\nVersion: 1/2\nArchitecture: all\n|Version: "1/2" is no version
Package: a\nVersion: 1\nArchitecture: ../x\n|Architecture: "../x" is no architecture
Package: a\nVersion: 1\nArchitecture: all\nno field\n|control:4
Package: a\nVersion: 1\nArchitecture: all\nPackage: b\n|control:4
Package: a\nVersion: 1\n\nArchitecture: all\n|paragraphs
Package: a\nVersion: 1\nArchitecture: all\nX: \x00\n|NUL byte
CASES
    [ "$n" = 11 ]
    [ ! -e broken/dists ] && [ ! -e broken/pool ]
}

@test "two versions that differ in their epoch alone do not share a file" {
    rm -rf epochs
    control 'Package: a\nVersion: 1:1\nArchitecture: all\n'
    "$SLIPWAY" repo apt epochs bad.deb
    sha256sum epochs/pool/main/a/a/a_1_all.deb >sum
    control 'Package: a\nVersion: 2:1\nArchitecture: all\n'
    run "$SLIPWAY" repo apt epochs bad.deb
    [ "$status" = 4 ]
    [[ $output == *"its place pool/main/a/a/a_1_all.deb is that of a 1:1"* ]]
    sha256sum -c sum
}

@test "with a clock in the past the new Release is still later than the old one" {
    rm -rf past
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" repo apt past w/dist/small_1.0.0_all.deb
    grep -qx 'Date: Fri, 15 Jan 2027 08:00:00 UTC' past/dists/stable/Release
    "$SLIPWAY" pack -q -C w --set-version 1.3.0 -o dist3
    SOURCE_DATE_EPOCH=1700000000 run "$SLIPWAY" repo apt past w/dist3/small_1.3.0_all.deb
    [ "$status" = 0 ]
    [[ $output == *"Is the clock right?"* ]]
    grep -qx 'Date: Fri, 15 Jan 2027 08:00:01 UTC' past/dists/stable/Release
    # servers tell old from new by a file's time
    [ "$(stat -c %Y past/dists/stable/Release)" = 1800000001 ]
}

@test "one package more gives the bytes that all at once give" {
    for v in 1.1.0 1.2.0; do "$SLIPWAY" pack -q -C w --set-version $v -o dist-$v; done
    export SOURCE_DATE_EPOCH=1800000000
    rm -rf steps whole
    "$SLIPWAY" repo apt steps w/dist-1.2.0/*.deb
    "$SLIPWAY" repo apt steps w/dist-1.1.0/*.deb --jobs 1
    "$SLIPWAY" repo apt whole w/dist-1.1.0/*.deb w/dist-1.2.0/*.deb
    diff -r steps/dists/stable/main/binary-all/ whole/dists/stable/main/binary-all/ -x by-hash
    cp whole/dists/stable/Release before
    "$SLIPWAY" repo apt whole w/dist-1.1.0/*.deb w/dist-1.2.0/*.deb
    cmp before whole/dists/stable/Release
}
