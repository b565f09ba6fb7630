# RPM packages under rpm itself: digests and signatures, the same header as rpmbuild makes of the
# same tree, a life on a system (install, upgrade, erase) in a private root, hard cases. Needs root
# for the chroot that rpm runs scripts in. The host's rpm database is never touched.

load example.bash

setup_file() {
    # Debian's rpm keeps its database in the home folder.
    export SOURCE_DATE_EPOCH=1767225600 HOME=$BATS_FILE_TMPDIR
    cd "$BATS_FILE_TMPDIR" || return
    example_packages rpm deb
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
}

# rpm against a database of its own, without the advice to use alien.
judge() {
    rpm --dbpath "$BATS_TEST_TMPDIR/db" "$@"
}

inside() {
    rpm --root "$root" --dbpath /var/lib/rpm "$@" 2>"$BATS_TEST_TMPDIR/stderr"
    local rc=$?
    grep -v -e 'should not be used directly' -e 'assuming you know' "$BATS_TEST_TMPDIR/stderr" >&2 || true
    return "$rc"
}

# A root with one package that is a shell and whatever else the given packages require.
system_for() {
    local top=$BATS_TEST_TMPDIR/base
    root=$BATS_TEST_TMPDIR/root
    mkdir -p "$top/tree/bin" "$root/run" "$root/dev" "$root/var/tmp" "$root/var/lib/rpm"
    : >"$root/dev/null"
    cp "$(command -v busybox)" "$top/tree/bin/busybox"
    ln -s busybox "$top/tree/bin/sh"
    {
        printf '%s\n' 'Name: base' 'Version: 1' 'Release: 1' 'Summary: Base' 'License: none' 'AutoReqProv: no' 'Provides: bash'
        judge -qp --nosignature --qf '[%{REQUIRENAME} %{REQUIREFLAGS:depflags} %{REQUIREVERSION}\n]' "$@" |
            grep -v -e '^rpmlib(' -e '^config(' -e '^(' | sed 's/ [<>]*= / = /; s/ *$//; s/^/Provides: /' | sort -u
        printf '%s\n' '%description' 'Base.' '%install' "cp -a $top/tree/. %{buildroot}/" '%files' '/bin/busybox' '/bin/sh'
    } >"$top/base.spec"
    rpmbuild -bb --quiet --define "_topdir $top" --define '_build_id_links none' \
        --define '__os_install_post %{nil}' "$top/base.spec"
    inside -i "$top"/RPMS/*/*.rpm
}

@test "rpm finds all digests good, lists it and shows its scripts" {
    [ "$(judge -K plain/*.rpm)" = "plain/hello-1.0.0-1.x86_64.rpm: digests OK" ]
    judge -Kv plain/*.rpm >kinds
    diff - kinds <<-'TEXT'
	plain/hello-1.0.0-1.x86_64.rpm:
	    Header SHA256 digest: OK
	    Header SHA1 digest: OK
	    Payload SHA256 digest: OK
	TEXT
    judge -qpil --scripts --requires plain/*.rpm >info
    grep -qx 'Name        : hello' info
    grep -qx 'Build Host  : localhost' info
    grep -qx 'Build Date  : .*2026.*' info
    grep -qx '/usr/share/licenses/hello/LICENSE' info
    grep -qx 'libc.so.6(GLIBC_2.34)(64bit)' info
    [ "$(judge -qp --qf '%{POSTINPROG} %{PREUNPROG}' plain/*.rpm)" = "/bin/sh /bin/sh" ]
    judge -qp --qf '%{POSTIN}' plain/*.rpm | shellcheck -s sh -
    judge -qp --changelog plain/*.rpm | grep -q 'Ann Example <ann@example.com> - 1.0.0'
}

@test "rpm2cpio gives an archive that cpio unpacks to the same files" {
    mkdir unpacked
    (cd unpacked && rpm2cpio ../plain/*.rpm | cpio -id --quiet)
    cmp unpacked/usr/bin/hello unpacked/usr/lib/hello/hellod && false
    judge -qp --qf '[%{FILEMODES:perms} %{FILEDIGESTS} .%{FILENAMES}\n]' plain/*.rpm |
        awk '/^-/ { print $2 "  " $3 }' >sums
    [ "$(wc -l <sums)" -ge 14 ]
    (cd unpacked && sha256sum --quiet -c ../sums)
}

@test "rpmbuild makes the same header of the same tree" {
    mkdir -p same/tree
    (cd same/tree && rpm2cpio ../../plain/*.rpm | cpio -idm --quiet)
    {
        cat <<-'SPEC'
	Name: hello
	Version: 1.0.0
	Release: 1
	Summary: Greets whoever starts it
	License: MIT
	Group: Applications/System
	URL: https://example.com/hello
	Vendor: Example Inc
	Packager: Ann Example <ann@example.com>
	%description
	x
	%install
	SPEC
        echo "cp -a $PWD/same/tree/. %{buildroot}/"
        echo '%files'
        (cd same/tree && find . -type f ! -name LICENSE ! -name hello.conf -printf '/%P\n')
        echo '%config(noreplace) /etc/hello.conf'
        echo '%license /usr/share/licenses/hello/LICENSE'
        echo '%dir /usr/lib/hello'
        echo '%dir /usr/share/licenses/hello'
    } >same/hello.spec
    rpmbuild -bb --quiet --target x86_64 --define "_topdir $PWD/same" --define '_build_id_links none' \
        --define '__os_install_post %{nil}' --define '_binary_payload w19.zstdio' \
        --define 'use_source_date_epoch_as_buildtime 1' --define '_buildhost localhost' \
        --define 'clamp_mtime_to_source_date_epoch 1' --define '_target_os linux' same/hello.spec
    mv same/RPMS/x86_64/*.rpm same/theirs.rpm
    show() {
        judge -qp --dump "$1"
        judge -qp --qf '%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{OS} %{SUMMARY} %{LICENSE} %{GROUP}
%{URL} %{VENDOR} %{PACKAGER} %{BUILDTIME} %{BUILDHOST} %{SOURCERPM} %{RPMVERSION} %{ENCODING}
%{SIZE} %{FILEDIGESTALGO} %{PAYLOADFORMAT} %{PAYLOADCOMPRESSOR} %{PAYLOADFLAGS} %{PAYLOADDIGESTALGO}
[%{FILENAMES} %{FILEFLAGS:fflags} %{FILEVERIFYFLAGS} %{FILEINODES} %{FILEDEVICES} %{FILERDEVS} %{FILECOLORS} %{FILENLINKS} %{FILELANGS}\n]' "$1"
        judge -qp --qf '[R %{REQUIRENAME} %{REQUIREFLAGS} %{REQUIREVERSION}\n]' "$1" | grep -v '/bin/sh' | LC_ALL=C sort
        judge -qp --qf '[P %{PROVIDENAME} %{PROVIDEFLAGS} %{PROVIDEVERSION}\n]' "$1" | LC_ALL=C sort
        judge -qp --qf '%{SIGSIZE} %{ARCHIVESIZE} %{HEADERI18NTABLE}\n' "$1" | cut -d' ' -f2-
    }
    show plain/*.rpm >same/ours.txt
    show same/theirs.rpm >same/theirs.txt
    diff same/ours.txt same/theirs.txt
}

@test "signed with rsa4096 and ed25519: rpm accepts it, rpmlint finds no error, a changed byte is seen" {
    export TMPDIR=$BATS_TEST_TMPDIR HOME=$BATS_TEST_TMPDIR
    echo "%_dbpath $BATS_TEST_TMPDIR/db" >.rpmmacros # rpmlint asks the database that this names
    mv .rpmmacros "$HOME"
    # a time that the keys, made now, are not younger than
    export SOURCE_DATE_EPOCH=$(($(date +%s) + 3600))
    "$SLIPWAY" -C example pack -o "$BATS_TEST_TMPDIR/plain"
    for kind in rsa4096 ed25519; do
        out=$BATS_TEST_TMPDIR/$kind
        "$SLIPWAY" keys new "$kind" --kind "$kind" --store "$BATS_TEST_TMPDIR/keys"
        cp -r example "$out"
        printf 'sign:\n  openpgp: { key: "file:%s" }\n' "$BATS_TEST_TMPDIR/keys/$kind.secret.asc" >>"$out/slipway.yaml"
        "$SLIPWAY" -C "$out" pack -o dist
        signed=$out/dist/hello-1.0.0-1.x86_64.rpm
        run judge -K "$signed"
        [ "$status" -ne 0 ]
        rpmkeys --dbpath "$BATS_TEST_TMPDIR/db" --import "$BATS_TEST_TMPDIR/keys/$kind.asc"
        judge -K "$signed"
        [ "$(judge -K "$signed")" = "$signed: digests signatures OK" ]
        # only what is in front of the main header has changed
        cmp -i 4544 "$signed" "$BATS_TEST_TMPDIR/plain/hello-1.0.0-1.x86_64.rpm"
        id=$(judge -qpi "$signed" | sed -n 's/^Signature.*Key ID //p')
        [ ${#id} -eq 16 ]
        "$SLIPWAY" inspect "$signed" | grep "Signature: .*$id"
        rpmlint "$signed" >"$out/lint" || { cat "$out/lint" && false; }
        if grep ': E: ' "$out/lint"; then return 1; fi
        for at in 5000 -100; do
            python3 - "$signed" "$at" "$out/bad.rpm" <<-'PY'
	import sys
	b = bytearray(open(sys.argv[1], "rb").read())
	b[int(sys.argv[2])] ^= 1
	open(sys.argv[3], "wb").write(b)
	PY
            run judge -K "$out/bad.rpm"
            [ "$status" -ne 0 ]
            run "$SLIPWAY" inspect "$out/bad.rpm"
            [ "$status" -eq 1 ] || [ "$status" -eq 4 ]
        done
    done
}

@test "install, verify, upgrade with a changed configuration file, erase" {
    system_for one/*.rpm two/*.rpm
    state() { (cd "$root" && find . -not -path './var/lib/rpm*' -not -path './run/*' | LC_ALL=C sort); }
    # folders that belong to the system
    judge -qp --qf '[%{DIRNAMES}\n]' one/*.rpm | grep -v /hello/ | sed "s:^:$root:" | xargs mkdir -p
    state >before

    inside -i one/*.rpm
    inside -V hello
    [ "$("$root/usr/bin/hello")" = "$(example/out/hello)" ]
    echo 'greeting = mine' >"$root/etc/hello.conf"

    inside -U two/*.rpm || true
    [ "$(inside -q hello)" = hello-1.0.1-1.x86_64 ]
    [ "$(cat "$root/etc/hello.conf")" = 'greeting = mine' ]
    grep -q 'new default' "$root/etc/hello.conf.rpmnew"
    [ "$(inside -V hello)" = 'S.5....T.  c /etc/hello.conf' ]

    mv "$root/etc/hello.conf.rpmnew" "$root/etc/hello.conf"
    inside -V hello
    inside -e hello
    run inside -q hello
    [ "$status" -ne 0 ]
    state | diff before -
    diff - "$root/run/hooks" <<-'TEXT'
	pre-install install [1]
	post-install install [1]
	pre-install upgrade [2]
	post-install upgrade [2]
	pre-remove remove [0]
	post-remove remove [0]
	TEXT
}

recipe() {
    cat <<-YAML
	schema: 1
	name: app
	title: App
	id: com.example.app
	version: $1
	summary: An app
	maintainer: Ann Example <ann@example.com>
	license: MIT
	YAML
}

@test "hard links, symlinks, hard names and every compression install as they were" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p 'app/with blank' app/empty
    echo shared >app/a
    ln app/a app/b
    ln app/a 'app/with blank/c'
    ln -s ../a 'app/with blank/link'
    ln -s nowhere app/dangling
    : >app/nothing
    echo x >'app/ünï "$%'
    printf '#! /usr/bin/env python3\n' >app/script
    chmod 755 app/a app/script
    head -c 3000000 /dev/urandom >app/noise
    for codec in zstd xz gzip none; do
        {
            recipe '1.0.0-rc.1+b2'
            cat <<-YAML
	rpm: { compression: $codec, epoch: 3, release: "2", requires: ["(sh or bash)", "base >= 1"],
	  provides: "editor = 1.2", conflicts: ["x < 2"], obsoletes: old, recommends: a, suggests: b,
	  supplements: "(c and d)", enhances: e }
	targets:
	  - os: linux
	    arch: any
	    formats: [rpm]
	    files: [{ from: app/, to: share/app/ }]
	YAML
        } >slipway.yaml
        SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack -o "$codec"
        [ -f "$codec/app-1.0.0~rc.1^b2-2.noarch.rpm" ]
        judge -K "$codec"/*.rpm
        [ "$(rpm2cpio "$codec"/*.rpm | cpio -t --quiet | wc -l)" -eq 12 ]
        "$SLIPWAY" inspect "$codec"/*.rpm
        rm -rf root base
        system_for "$codec"/*.rpm
        inside -i "$codec"/*.rpm
        inside -V app
        diff -r --no-dereference app root/usr/share/app
        [ "$(stat -c %h root/usr/share/app/a)" -eq 3 ]
        [ "$(inside -q --qf '%{EVR} %{SIZE}' app)" = "3:1.0.0~rc.1^b2-2 3000044" ]
    done
    judge -qp --requires zstd/*.rpm >requires
    grep -qx '(sh or bash)' requires
    grep -qx '/usr/bin/env' requires
    grep -qx 'base >= 1' requires
    for feature in PayloadIsZstd RichDependencies TildeInVersions CaretInVersions PartialHardlinkSets; do
        grep -q "^rpmlib($feature)" requires
    done
    [ "$(judge -qp --provides zstd/*.rpm)" = "app = 3:1.0.0~rc.1^b2-2
editor = 1.2" ]
    [ "$(judge -qp --conflicts --obsoletes --recommends --suggests --supplements --enhances zstd/*.rpm | paste -sd,)" = \
        "x < 2,old,a,b,(c and d),e" ]
}

@test "a file over 4 GiB is listed and comes out whole" {
    cd "$BATS_TEST_TMPDIR"
    mkdir app
    truncate -s 4300000000 app/big
    echo end >>app/big
    echo small >app/small
    ln app/small app/twin
    {
        recipe 1.0.0
        cat <<-'YAML'
	rpm: { level: 1 }
	targets:
	  - os: linux
	    arch: any
	    formats: [rpm]
	    files: [{ from: app/, to: share/app/ }]
	YAML
    } >slipway.yaml
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
    judge -K dist/*.rpm
    [ "$(judge -qp --qf '[%{LONGFILESIZES} ]%{LONGSIZE}' dist/*.rpm)" = "0 4300000004 6 6 4300000010" ]
    judge -qp --requires dist/*.rpm | grep -qx 'rpmlib(LargeFiles) <= 4.12.0-1'
    "$SLIPWAY" inspect --files dist/*.rpm | grep -q ' 4300000004 usr/share/app/big'
    # rpm's own reader: cpio does not know the stripped form
    rpm2archive -n - <dist/*.rpm >all.tar
    [ "$(tar -xOf all.tar ./usr/share/app/big | sha256sum)" = "$(sha256sum <app/big)" ]
    [ "$(tar -xOf all.tar ./usr/share/app/twin ./usr/share/app/small)" = small ]
    rm -f all.tar app/big
}

@test "packages of rpmbuild are read, and refused where they cannot be" {
    cd "$BATS_TEST_TMPDIR"
    mkdir -p tree/usr/share/foreign tree/etc
    echo one >tree/usr/share/foreign/one
    ln tree/usr/share/foreign/one tree/usr/share/foreign/two
    ln -s one tree/usr/share/foreign/link
    echo conf >tree/etc/foreign.conf
    {
        printf '%s\n' 'Name: foreign' 'Version: 2' 'Release: 3' 'Summary: From elsewhere' 'License: MIT' \
            'BuildArch: noarch' 'Requires: bash >= 4' '%description' 'x' '%install' "cp -a $PWD/tree/. %{buildroot}/" \
            '%files' '/usr/share/foreign' '%config /etc/foreign.conf' '%ghost /var/log/foreign.log'
    } >foreign.spec
    for payload in w9.gzdio w2.xzdio w3.zstdio w.ufdio; do
        rm -rf top
        rpmbuild -bb --quiet --define "_topdir $PWD/top" --define "_binary_payload $payload" \
            --define '__os_install_post %{nil}' foreign.spec
        "$SLIPWAY" --json inspect top/RPMS/noarch/*.rpm >out.json
        python3 - <<-'PY'
	import json
	d = json.load(open("out.json"))
	f = d["facts"]
	assert (f["Name"], f["Version"], f["Release"], f["Architecture"], f["Signature"]) == ("foreign", "2", "3", "noarch", "none"), f
	assert "bash >= 4" in f["Requires"].split(", "), f
	assert {(x["path"], x["type"], x["size"], x.get("target")) for x in d["files"]} == {
	    ("etc/foreign.conf", "file", 5, None), ("usr/share/foreign", "dir", 0, None),
	    ("usr/share/foreign/one", "file", 4, None), ("usr/share/foreign/two", "file", 4, "usr/share/foreign/one"),
	    ("usr/share/foreign/link", "symlink", 0, "one"), ("var/log/foreign.log", "file", 0, None)}, d["files"]
	PY
    done
    rm -rf top
    rpmbuild -bb --quiet --define "_topdir $PWD/top" --define "_binary_payload w9.bzdio" \
        --define '__os_install_post %{nil}' foreign.spec
    run "$SLIPWAY" inspect top/RPMS/noarch/*.rpm
    [ "$status" -eq 4 ]
    [[ "$output" == *bzip2*"not read here"* ]]
}

@test "the same bytes with any number of jobs, locale, umask and time zone" {
    (umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$SLIPWAY" -C example pack -o "$BATS_TEST_TMPDIR/a" --jobs 1)
    "$SLIPWAY" -C example pack -o "$BATS_TEST_TMPDIR/b" --jobs 5
    cmp "$BATS_TEST_TMPDIR"/a/*.rpm "$BATS_TEST_TMPDIR"/b/*.rpm
}

@test "what rpm would refuse is refused with its place in the recipe" {
    cd "$BATS_TEST_TMPDIR"
    refused() {
        { recipe "${3-1.0.0}"; printf '%s\n' "$1" 'targets: [{ os: linux, arch: any, formats: [rpm], files: [{ to: share/x, text: x }] }]'; } >slipway.yaml
        run "$SLIPWAY" pack
        [ "$status" -eq 3 ]
        [[ "$output" == *"$2"* ]]
    }
    refused 'rpm: { requires: ["a >> 1"] }' 'slipway.yaml:9:19'
    refused 'rpm: { requires: ["a, b"] }' 'slipway.yaml:9:19'
    refused 'rpm: { release: "1-2" }' 'release'
    refused 'rpm: { compression: gzip, level: 12 }' 'gzip has no level 12'
    refused 'rpm: { group: "a\nb" }' 'group'
    refused 'vendor: "a\nb"' 'vendor'
}
