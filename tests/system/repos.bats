#!/usr/bin/env bats
# Repositories on plain files: two writers at once, killed and failing runs, read-only folders. No client ever sees an
# index that names what is not there.

load small

setup() {
    work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
    cd "$work" || return 1
    small_make w
    sed -i 's/formats: .*/formats: [deb, rpm]/' w/slipway.yaml
    for v in 1.0.0 1.1.0 1.2.0; do
        SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -C w --set-version $v -o dist-$v
    done
    export SOURCE_DATE_EPOCH=1800000000
}

teardown() { chmod -R u+w "$work"; rm -rf "$work"; }

add() { # add apt|yum DIR VERSION…
    local kind=$1 dir=$2 files=()
    shift 2
    for v in "$@"; do
        case $kind in apt) files+=("w/dist-$v/small_${v}_all.deb") ;; yum) files+=("w/dist-$v/small-$v-1.noarch.rpm") ;; esac
    done
    "$SLIPWAY" repo "$kind" "$dir" "${files[@]}"
}

# whole DIR: everything that the indexes of DIR name is there with the size and digest they give; prints the versions.
whole() {
    python3 - "$1" <<'PY'
import glob, gzip, hashlib, os, re, sys
root = sys.argv[1]
def check(path, size, sha):
    b = open(path, "rb").read()
    assert len(b) == int(size) and hashlib.sha256(b).hexdigest() == sha, path
found = set()
for release in glob.glob(root + "/dists/*/Release"):
    suite = os.path.dirname(release)
    listed = re.search(r"^SHA256:\n((?: .*\n)+)", open(release).read(), re.M).group(1)
    for line in listed.splitlines():
        sha, size, name = line.split()
        check(os.path.join(suite, name), size, sha)
        check(os.path.join(suite, os.path.dirname(name), "by-hash/SHA256", sha), size, sha)
    for packages in glob.glob(suite + "/*/binary-*/Packages"):
        for stanza in open(packages).read().strip().split("\n\n"):
            f = dict(l.split(": ", 1) for l in stanza.splitlines() if l[0] != " " and ": " in l)
            check(os.path.join(root, f["Filename"]), f["Size"], f["SHA256"])
            found.add(f["Version"])
for repomd in glob.glob(root + "/repodata/repomd.xml"):
    for data in re.findall(r"<data type.*?</data>", open(repomd).read(), re.S):
        sha = re.search(r'<checksum type="sha256">(\w+)<', data).group(1)
        href = re.search(r'href="([^"]+)"', data).group(1)
        path = os.path.join(root, href)
        check(path, os.path.getsize(path), sha)
        if "primary" in href:
            for p in re.findall(r"<package .*?</package>", gzip.open(path, "rt").read(), re.S):
                check(os.path.join(root, re.search(r'<location href="([^"]+)"', p).group(1)),
                      re.search(r'<size package="(\d+)"', p).group(1), re.search(r'pkgid="YES">(\w+)<', p).group(1))
                found.add(re.search(r'<version .*?ver="([^"]+)"', p).group(1))
print(" ".join(sorted(found)))
PY
}

index() { case $1 in apt) echo dists ;; yum) echo repodata ;; esac; }

sums() { (cd "$1" && find . -path ./.slipway -prune -o -type f -print | LC_ALL=C sort | xargs -r sha256sum); }

both_kinds() { for kind in apt yum; do "$@" || { echo "$kind failed"; return 1; }; done; }

@test "two writers at once lose nothing" {
    two() {
        add $kind "$kind" 1.0.0 & one=$!
        add $kind "$kind" 1.1.0 & two=$!
        add $kind "$kind" 1.2.0 & three=$!
        wait $one && wait $two && wait $three && [ "$(whole $kind)" = "1.0.0 1.1.0 1.2.0" ]
    }
    both_kinds two
}

@test "killed at the n-th call, for every n: the index is the old one or the new one, and the next run finishes" {
    killed() {
        add $kind base 1.0.0
        cp -a base want
        add $kind want 1.1.0
        sums want >want.sums
        cp -a base probe
        calls=$(SLIPWAY_FAULT=count add $kind probe 1.1.0 2>&1 | sed -n 's/^\([0-9]*\) counted calls$/\1/p')
        [ "$calls" -gt 20 ] || return 1
        for n in $(seq 1 "$calls"); do
            rm -rf run
            cp -a base run
            SLIPWAY_FAULT=kill:$n add $kind run 1.1.0 >log 2>&1 && { echo "call $n: was not killed"; return 1; }
            versions=$(whole run) || { echo "call $n: an index names what is not there"; return 1; }
            [[ $versions == "1.0.0" || $versions == "1.0.0 1.1.0" ]] || { echo "call $n: $versions"; return 1; }
            add $kind run 1.1.0 >log 2>&1 || { echo "call $n: the next run failed: $(cat log)"; return 1; }
            sums run | cmp - want.sums || { echo "call $n: other bytes in the end"; return 1; }
        done
        rm -rf base want probe run
    }
    both_kinds killed
}

@test "the n-th call fails, for every n: an error and the old index, or the new one" {
    failing() {
        add $kind base 1.0.0
        cp -a base probe
        calls=$(SLIPWAY_FAULT=count add $kind probe 1.1.0 2>&1 | sed -n 's/^\([0-9]*\) counted calls$/\1/p')
        for n in $(seq 1 "$calls"); do
            rm -rf run
            cp -a base run
            status=0
            SLIPWAY_FAULT=$n add $kind run 1.1.0 >log 2>&1 || status=$?
            versions=$(whole run) || { echo "call $n: an index names what is not there"; return 1; }
            case "$status $versions" in
            "0 1.0.0 1.1.0") ;;
            [1-9]*" 1.0.0") diff -r "base/$(index $kind)" "run/$(index $kind)" ;;
            [1-9]*" 1.0.0 1.1.0") ;; # switched in; what failed was clearing away
            *) echo "call $n: exit $status, versions $versions: $(cat log)"; return 1 ;;
            esac
        done
        rm -rf base probe run
    }
    both_kinds failing
}

@test "removing and keeping: what went stays until the next run, for clients in the middle" {
    removed() {
        add $kind "$kind" 1.0.0 1.1.0
        "$SLIPWAY" repo $kind "$kind" --remove small=1.0.0
        [ "$(whole $kind)" = 1.1.0 ] && [ "$(find $kind -name '*small*1.0.0*' | grep -c .)" = 1 ] || return 1
        add $kind "$kind" 1.2.0 --keep 1
        [ "$(whole $kind)" = 1.2.0 ] && [ "$(find $kind -name '*small*1.0.0*' | grep -c .)" = 0 ] || return 1
        [ "$(find $kind -name '*small*1.1.0*' | grep -c .)" = 1 ]
    }
    add() { # with options behind the versions
        local kind=$1 dir=$2 args=()
        shift 2
        for v in "$@"; do
            case $kind$v in
            apt[0-9].*) args+=("w/dist-$v/small_${v}_all.deb") ;;
            yum[0-9].*) args+=("w/dist-$v/small-$v-1.noarch.rpm") ;;
            *) args+=("$v") ;;
            esac
        done
        "$SLIPWAY" repo "$kind" "$dir" "${args[@]}"
    }
    both_kinds removed
}

@test "same name and version with other bytes, and a broken package, are refused and change nothing" {
    refused() {
        add $kind "$kind" 1.0.0
        cp -a $kind before
        echo changed >>w/app/share/numbers
        "$SLIPWAY" pack -q -C w --set-version 1.0.0 -o other
        run bash -c '"$SLIPWAY" repo "$1" "$1" w/other/small[_-]1.0.0*.'"$(case $kind in apt) echo deb ;; yum) echo rpm ;; esac)" _ "$kind"
        [ "$status" = 4 ] && [[ $output == *"other bytes"* ]] || { echo "$output"; return 1; }
        head -c 300 w/dist-1.1.0/small?1.1.0*.??? 2>/dev/null | head -c 300 >broken.deb
        cp broken.deb broken.rpm
        run "$SLIPWAY" repo $kind "$kind" "broken.$(case $kind in apt) echo deb ;; yum) echo rpm ;; esac)"
        [ "$status" = 4 ] && [[ $output == *broken* ]] || { echo "$output"; return 1; }
        diff -r -x .slipway before "$kind" && rm -rf before
    }
    both_kinds refused
}

@test "a folder that nobody may write to is an error of one line" {
    [ "$(id -u)" = 0 ] && as="setpriv --reuid=65534 --clear-groups" || as=
    readonly_folder() {
        add $kind "$kind" 1.0.0
        chmod -R a+rX,a-w "$kind" && chmod 755 "$work"
        run $as env "SLIPWAY=$SLIPWAY" "$SLIPWAY" repo $kind "$kind" w/dist-1.1.0/small?1.1.0*
        [ "$status" = 4 ] && [ "${#lines[@]}" -le 2 ] && [[ $output == *"$kind"* ]] || { echo "$status $output"; return 1; }
        [ "$(whole $kind)" = 1.0.0 ]
    }
    both_kinds readonly_folder
}
