#!/usr/bin/env bats
# A published folder with all that clients read: repositories, install script, page and their ledger, in one switch.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    small_make w
    sed -i -e 's/formats: .*/formats: [deb, rpm, tar.gz]/' \
        -e 's#{ to: dir, path: site }#{ to: dir, path: site, url: "http://127.0.0.1:8000/small/" }#' w/slipway.yaml
    printf '  - { to: apt }\n  - { to: yum }\n' >>w/slipway.yaml
}

# named SITE: files that site.json names, and whether each has the size, digest and lifetime it says.
named() {
    python3 - "$1" <<'PY'
import hashlib, json, os, sys
site = sys.argv[1]
ledger = json.load(open(site + "/site.json"))
for a in ledger["artifacts"]:
    b = open(os.path.join(site, a["name"]), "rb").read()
    assert len(b) == a["size"] and hashlib.sha256(b).hexdigest() == a["sha256"], a["name"]
    assert hashlib.sha512(b).hexdigest() == a["sha512"], a["name"]
    assert a["cache_seconds"] > 0, a["name"]
    print(a["cache_seconds"], a["name"])
PY
}

@test "one release fills the whole layout" {
    small_release w 1.0.0
    for f in releases/latest/small_1.0.0_all.deb channels/stable/release.json index.html install/install.sh \
        apt/dists/stable/InRelease apt/dists/stable/Release.gpg apt/small.sources apt/small.asc \
        apt/pool/main/s/small/small_1.0.0_all.deb yum/repodata/repomd.xml yum/repodata/repomd.xml.asc yum/small.repo; do
        [ -f "w/site/$f" ] || { echo "no $f"; return 1; }
    done
    named w/site >names
    for f in index.html install/install.sh apt/dists/stable/InRelease apt/dists/stable/main/binary-all/Packages.gz \
        yum/repodata/repomd.xml apt/small.sources yum/small.repo; do
        grep -q " $f\$" names || { echo "site.json names no $f"; cat names; return 1; }
    done
    # pointers may be kept for minutes, what never changes for a year
    [ "$(awk '$2 == "apt/dists/stable/InRelease" { print ($1 <= 300) }' names)" = 1 ]
    [ "$(awk '$2 ~ /by-hash/ { print $1 }' names | sort -u)" = 31536000 ]
    # nothing is stored twice
    [ "$(stat -c %i w/site/releases/v1.0.0/small_1.0.0_all.deb)" = "$(stat -c %i w/site/apt/pool/main/s/small/small_1.0.0_all.deb)" ]
    gpg --homedir "$(mktemp -d)" --dearmor <w/keys/dev.asc >key.gpg
    gpgv --keyring "$PWD/key.gpg" w/site/apt/dists/stable/InRelease
    gpgv --keyring "$PWD/key.gpg" w/site/yum/repodata/repomd.xml.asc w/site/yum/repodata/repomd.xml
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
}

@test "the next version is added, the first one stays, and the same again changes nothing" {
    small_release w 1.0.0
    small_release w 1.1.0
    grep -q '^Version: 1.0.0' w/site/apt/dists/stable/main/binary-all/Packages
    grep -q '^Version: 1.1.0' w/site/apt/dists/stable/main/binary-all/Packages
    small_sums w/site >one
    readlink w/site/.slipway/current >generation
    small_release w 1.1.0
    small_sums w/site | cmp - one
    readlink w/site/.slipway/current | cmp - generation
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
}

@test "a pre-release reaches only those who asked for one" {
    small_release w 1.0.0
    small_release w 1.1.0-beta.1
    if grep -q beta w/site/apt/dists/stable/main/binary-all/Packages; then return 1; fi
    grep -q '^Version: 1.1.0~beta.1' w/site/apt/dists/beta/main/binary-all/Packages
    zcat w/site/yum/repodata/*primary.xml.gz >stable.xml
    zcat w/site/yum/beta/repodata/*primary.xml.gz >beta.xml
    if grep -q beta stable.xml; then return 1; fi
    grep -q 'beta' beta.xml
    "$SLIPWAY" verify -q --key w/keys/dev.asc w/site
}

@test "a changed index, package, page or list is found and named" {
    small_release w 1.0.0
    cp -r w/site good
    for f in apt/dists/stable/InRelease apt/dists/stable/main/binary-all/Packages yum/repodata/repomd.xml \
        index.html install/install.sh site.json apt/pool/main/s/small/small_1.0.0_all.deb; do
        rm -rf bad && cp -rL w/site bad && rm -rf bad/.slipway && cp -r w/site/.slipway bad/
        printf x | dd of="bad/$f" bs=1 seek=60 conv=notrunc status=none
        run "$SLIPWAY" verify --key w/keys/dev.asc bad
        [ "$status" = 1 ] || { echo "$f: exit $status"; return 1; }
        [[ $output == *"$f"* ]] || { echo "$f is not named: $output"; return 1; }
    done
}

@test "a repository without a published folder is a mistake of the recipe" {
    sed -i '/to: dir/d' w/slipway.yaml
    run "$SLIPWAY" check -C w
    [ "$status" = 3 ]
    [[ $output == *"slipway.yaml:"*"an apt repository goes into the published folder of a row \`to: dir\`"* ]]
}
