#!/usr/bin/env bats
# yum repositories under dnf itself, over HTTP with both signatures checked; the same words as createrepo_c, and
# repositories of either extended by the other. The host's rpm database is never touched.

load small
load serve

setup_file() {
    # Debian's rpm keeps its database in the home folder.
    export HOME=$BATS_FILE_TMPDIR/home LC_ALL=C.UTF-8
    mkdir "$HOME"
    cd "$BATS_FILE_TMPDIR" || return
    small_make w
    sed -i 's/formats: .*/formats: [rpm]/' w/slipway.yaml
    for v in 1.0.0 1.0.1 1.0.2-rc.1 1.10.0; do
        "$SLIPWAY" pack -q -C w --set-version "$v" -o "$PWD/dist"
    done
    "$SLIPWAY" keys new dev --store other -q >/dev/null
    base
    rich
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    top=$BATS_FILE_TMPDIR dist=$BATS_FILE_TMPDIR/dist
    one=$dist/small-1.0.0-1.noarch.rpm two=$dist/small-1.0.1-1.noarch.rpm
    key=file:$top/w/keys/dev.secret.asc
}

teardown() { serve_stop; }

build() { # build SPEC [ARG…]: an rpm by rpmbuild, below RPMS
    rpmbuild -ba --quiet --define "_topdir $BATS_FILE_TMPDIR/rpmbuild" --define '_build_id_links none' \
        --define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '_invalid_encoding_terminates_build 0' \
        "$@" 2>/dev/null
}

# A package that brings a shell: Debian has no rpm system below dnf.
base() {
    mkdir -p base/tree/bin
    cp "$(command -v busybox)" base/tree/bin/busybox
    ln -s busybox base/tree/bin/sh
    cat >base/base.spec <<-SPEC
	Name: base
	Version: 1
	Release: 1
	Summary: Base
	License: none
	AutoReqProv: no
	Provides: system-release
	%description
	Base.
	%install
	cp -a $PWD/base/tree/. %{buildroot}/
	%files
	/bin/busybox
	/bin/sh
	SPEC
    build base/base.spec
    mkdir base/repo
    cp rpmbuild/RPMS/*/base-*.rpm base/repo/
    createrepo_c -q base/repo
}

# Packages with everything that a header can say.
rich() {
    cat >rich.spec <<-'SPEC'
	Name: rich
	Version: 2.0~rc1
	Release: 3
	Epoch: 4
	Summary: A "rich" <package> & more: äöü
	License: MIT and ASL 2.0
	Vendor: Example & Sons
	Packager: A <a@example.com>
	Group: Applications/Text
	URL: https://example.com/?a=1&b=2
	AutoReqProv: no
	Provides: rich-api = 1:2.3-4, /opt/virtual, same = 1
	Requires: same = 1, libc.so.6()(64bit), libc.so.6(GLIBC_2.2.5)(64bit), libc.so.6(GLIBC_2.34)(64bit)
	Requires: libc.so.6(GLIBC_2.4)(64bit), /bin/sh, /usr/bin/rich, /usr/share/rich/x, twice >= 1
	Requires(pre): twice >= 1
	Requires(post): afterwards
	Requires(preun): before
	Requires: (foo or bar), a < 1:2-3, b > 2, c <= 2, c >= 1, c >= 1
	Conflicts: enemy < 3
	Obsoletes: elder <= 1.0-1
	Suggests: sug
	Enhances: enh = 1
	Recommends: rec > 3
	Supplements: sup
	%description
	Text with <markup> & "quotes" 'apos'
	and tabs	here.

	Ünïcode.
	%install
	mkdir -p %{buildroot}/usr/bin %{buildroot}/etc/rich.d %{buildroot}/usr/share/rich %{buildroot}/usr/lib %{buildroot}/opt/x/sbin
	touch %{buildroot}/usr/bin/rich %{buildroot}/etc/rich.conf "%{buildroot}/usr/share/rich/a & b.txt" %{buildroot}/usr/share/rich/x
	ln -s rich %{buildroot}/usr/bin/link
	touch %{buildroot}/usr/lib/sendmail %{buildroot}/opt/x/sbin/tool
	%post
	echo
	%files
	/usr/bin/*
	%config(noreplace) /etc/rich.conf
	%dir /etc/rich.d
	%ghost /etc/rich.d/state
	/usr/share/rich
	/usr/lib/sendmail
	/opt/x/sbin
	%changelog
	* Wed Mar 13 2024 A <a@example.com> - 12
	- twelve & <more>
	* Wed Mar 13 2024 A <a@example.com>   - 11
	- eleven
	* Wed Mar 13 2024 B <a@example.com> - 10
	- ten
	SPEC
    for day in 12 11 10 09 08 07 06 05 04; do
        printf '* %s B <a@example.com> - %s\n- entry %s\n' "$(date -ud "2024-03-$day" '+%a %b %d %Y')" "$day" "$day" >>rich.spec
    done
    printf 'Name: Empty\nVersion: 1\nRelease: 1\nSummary: None\nLicense: MIT\nBuildArch: noarch\n%%description\nn\n%%files\n' >empty.spec
    printf 'Name: latin\nVersion: 1\nRelease: 1\nBuildArch: noarch\nLicense: MIT\nSummary: caf\xe9 \x93x\x94\n%%description\nna\xefve\n%%files\n' >latin.spec
    for s in rich empty latin; do build $s.spec; done
}

repo() { "$SLIPWAY" repo yum "$@"; }

yum() { python3 "$SLIPWAY_SOURCE/tests/system/yum.py" "$@"; }

versions() { yum packages "$1" | cut -d ' ' -f 2 | xargs; }

# dnf with nothing of the host: ours from REPO_FILE, the base, a root of its own.
dnf_() {
    mkdir -p repos root
    printf '[base]\nname=base\nbaseurl=file://%s/base/repo\ngpgcheck=0\n' "$top" >repos/base.repo
    dnf -q -y --installroot="$PWD/root" --releasever=1 --setopt=reposdir="$PWD/repos" --setopt=cachedir="$PWD/cache" \
        --setopt=logdir="$PWD" --setopt=install_weak_deps=0 --setopt=module_platform_id=platform:el9 \
        --setopt=skip_if_unavailable=0 --setopt=small.metadata_expire=1 "$@"
}

installed() { rpm --root "$PWD/root" -q "$1" 2>/dev/null; }

# A signed repository as its clients see it.
serve() {
    mkdir -p site
    serve_start site
    repo site -q --key "$key" --url "$SERVE_URL" --name small "$@"
    mkdir -p repos
    cp site/small.repo repos/
}

@test "dnf installs, upgrades and removes with packages and index checked" {
    serve "$one"
    grep -qx 'gpgcheck=1' repos/small.repo
    grep -qx 'repo_gpgcheck=1' repos/small.repo
    dnf_ install small
    installed small | grep -qx 'small-1.0.0-1.noarch'
    [ "$(chroot root /bin/sh /usr/bin/hello)" = hello ]
    rpm --root "$PWD/root" -V --nodeps small
    repo site -q --key "$key" "$two"
    dnf_ --refresh upgrade
    installed small | grep -qx 'small-1.0.1-1.noarch'
    dnf_ remove small
    installed small | grep -q 'not installed'
    repo site -q --key "$key" --remove small=1.0.1
    dnf_ --refresh install small
    installed small | grep -qx 'small-1.0.0-1.noarch'
    grep -q 'GET /Packages/s/small-1.0.0-1.noarch.rpm 200' "$SERVE_LOG"
}

@test "dnf reads zst as well" {
    serve "$one" --compress zst
    [ "$(find site/repodata -name '*.xml.zst' | wc -l)" = 3 ]
    dnf_ install small
    installed small | grep -qx 'small-1.0.0-1.noarch'
}

@test "a changed index, a changed package and a wrong key are refused, by dnf and by verify" {
    serve "$one"
    cp -r site good
    "$SLIPWAY" verify -q --key "$top/w/keys/dev.asc" site

    refused() { # refused TEXT-OF-DNF TEXT-OF-VERIFY
        rm -rf root cache
        run dnf_ install small
        [ "$status" != 0 ] || { echo "dnf took it: $1"; return 1; }
        [[ $output == *$1* ]] || { echo "dnf: $output"; return 1; }
        [[ $(installed small) == *'not installed'* ]]
        run "$SLIPWAY" verify --key "$top/w/keys/dev.asc" site
        [ "$status" = 1 ] && [[ $output == *$2* ]] || { echo "verify: $output"; return 1; }
        rm -rf site/*
        cp -r good/* site/
    }

    sed -i 's#<revision>#<revision>1#' site/repodata/repomd.xml
    refused 'Bad' 'repomd.xml.asc: '
    printf x | dd of="$(ls site/repodata/*-primary.xml.gz)" bs=1 seek=40 conv=notrunc status=none
    refused 'primary.xml.gz' 'is not the file that the index names'
    printf x | dd of=site/Packages/s/small-1.0.0-1.noarch.rpm bs=1 seek=3000 conv=notrunc status=none
    refused 'small' 'Packages/s/small-1.0.0-1.noarch.rpm: is not the file'
    rm site/Packages/s/small-1.0.0-1.noarch.rpm
    refused 'small' 'Packages/s/small-1.0.0-1.noarch.rpm: is missing'
    rm site/repodata/repomd.xml.asc
    refused 'repomd.xml.asc' 'not signed'
    repo site -q --key "$key" "$top"/rpmbuild/RPMS/noarch/Empty*.rpm
    run dnf_ --refresh install Empty
    [ "$status" != 0 ]
    [[ $output == *'Empty-1-1.noarch.rpm is not signed'* ]]
    cp "$top/other/dev.asc" site/small.asc
    rm -rf root cache
    run dnf_ install small
    [ "$status" != 0 ]
    [[ $(installed small) == *'not installed'* ]]
}

@test "packages are described as createrepo_c describes them" {
    mkdir -p theirs/sub
    cp -p "$dist"/*.rpm "$top"/rpmbuild/RPMS/*/*.rpm theirs/
    cp -p "$top"/rpmbuild/SRPMS/*.rpm theirs/sub/
    cp -a theirs ours
    createrepo_c -q theirs
    repo ours -q
    yum same ours theirs
    [ "$(yum packages ours | wc -l)" = "$(find theirs -name '*.rpm' | wc -l)" ]
    for f in ours/repodata/*.gz; do zcat "$f" | xmllint --noout -; done
    xmllint --noout ours/repodata/repomd.xml
}

@test "createrepo_c goes on with a repository of ours" {
    repo r -q "$one" "$top"/rpmbuild/RPMS/*/rich*.rpm
    cp "$two" r/Packages/
    createrepo_c -q --update --no-database r
    yum packages r >names
    [ "$(cut -d ' ' -f 2 names | sort | xargs)" = '1.0.0-1 1.0.1-1 2.0~rc1-3' ]
    cp -a r fresh
    createrepo_c -q --no-database fresh
    yum same r fresh
}

@test "we go on with a repository of createrepo_c, whatever its compression, and keep what we do not know" {
    for kind in gz xz zst; do
        rm -rf r root cache site repos
        mkdir r
        cp "$one" r/
        [ $kind = zst ] || createrepo_c -q --general-compress-type=$kind r
        [ $kind != zst ] || repo r -q --compress zst
        printf '<comps></comps>' >comps.xml
        printf '<updates></updates>' >updateinfo.xml
        modifyrepo_c --no-compress comps.xml r/repodata >/dev/null
        modifyrepo_c updateinfo.xml r/repodata >/dev/null
        mv r site
        serve "$two"
        [ "$(versions site)" = '1.0.1-1 1.0.0-1' ]
        grep -q 'type="comps"' site/repodata/repomd.xml
        grep -q 'type="updateinfo"' site/repodata/repomd.xml
        [ "$(grep -c _db site/repodata/repomd.xml)" = 0 ]
        "$SLIPWAY" verify -q site
        dnf_ install small-1.0.0
        dnf_ upgrade
        installed small | grep -qx 'small-1.0.1-1.noarch'
        serve_stop
        rm -rf site
    done
    mkdir r
    cp "$one" r/
    createrepo_c -q --general-compress-type=bz2 r
    run repo r "$two"
    [ "$status" = 4 ]
    [[ $output == *'primary.xml.bz2: is compressed by bzip2, which is not read here; createrepo_c'* ]]
}

@test "what is known and unchanged is not read again" {
    mkdir r
    cp "$one" "$two" r/
    repo r -q
    cp -a r/repodata before
    repo r | grep -q 'nothing changed'
    diff -r before r/repodata
    ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o trace "$SLIPWAY" repo yum r -q
    [ "$(grep -c '[.]rpm"' trace)" = 0 ]
    ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o trace "$SLIPWAY" repo yum r -q "$dist/small-1.10.0-1.noarch.rpm"
    [ "$(grep -c 'small-1[.]0.*[.]rpm"' trace)" = 0 ]
    # a new time alone is looked into, and changes nothing
    touch -d 2020-01-01 r/small-1.0.0-1.noarch.rpm
    cp -a r/repodata/repomd.xml repomd
    repo r | grep -q 'nothing changed'
    cmp repomd r/repodata/repomd.xml
    # other bytes do
    cp "$top"/rpmbuild/RPMS/noarch/Empty*.rpm r/small-1.0.0-1.noarch.rpm
    rm r/small-1.0.1-1.noarch.rpm
    repo r | grep -q '1 added, 2 removed, 2 in all'
    yum packages r | grep -q '^Empty 1-1 small-1.0.0-1.noarch.rpm'
}

@test "the newest versions stay, as rpm counts them, and files go one run later" {
    repo r -q "$dist"/*.rpm
    [ "$(versions r | wc -w)" = 4 ]
    repo r -q --keep 2
    [ "$(versions r)" = '1.0.2~rc.1-1 1.10.0-1' ]
    [ -e r/Packages/s/small-1.0.1-1.noarch.rpm ] # for clients that hold the index before
    repo r -q --remove small=1.0.2~rc.1
    [ ! -e r/Packages/s/small-1.0.1-1.noarch.rpm ]
    [ -e r/Packages/s/small-1.10.0-1.noarch.rpm ]
    run repo r --remove small=7
    [ "$status" = 4 ]
    [[ $output == *'there is no package "small=7" to take out'* ]]
}

@test "the same packages give the same bytes; numbers never go back; one index before stays" {
    export SOURCE_DATE_EPOCH=1800000000
    repo a -q -j 1 "$dist"/*.rpm "$top"/rpmbuild/RPMS/*/*.rpm
    repo b -q -j 7 "$top"/rpmbuild/RPMS/*/*.rpm "$dist"/*.rpm
    touch -d 2001-01-01 b/Packages/*/*
    diff -r a/repodata b/repodata
    revision() { xmllint --xpath 'string(//*[local-name()="revision"])' a/repodata/repomd.xml; }
    [ "$(revision)" = 1800000000 ]
    cp -a a/repodata first
    SOURCE_DATE_EPOCH=1700000000 repo a -q --remove Empty
    [ "$(revision)" = 1800000001 ]
    for f in first/*.gz; do [ -e "a/repodata/${f#first/}" ]; done
    cp -a a/repodata second
    SOURCE_DATE_EPOCH=1900000000 repo a -q --remove latin
    [ "$(revision)" = 1900000000 ]
    for f in first/*-primary*; do [ ! -e "a/repodata/${f#first/}" ]; done
    for f in second/*-primary*; do [ -e "a/repodata/${f#second/}" ] || [ -e "first/${f#second/}" ]; done
}

@test "bad packages and repositories are told in one line and change nothing" {
    repo r -q "$one"
    cp -a r before
    refused() { # refused TEXT ARG…
        local text=$1
        shift
        run repo r "$@"
        [ "$status" != 0 ] && [[ $output == *$text* ]] || { echo "$* gave $status: $output"; return 1; }
        [ "$(grep -c '^slipway: ' <<<"$output")" = 1 ]
        diff -r before/repodata r/repodata
        [ "$(versions r)" = 1.0.0-1 ]
    }
    head -c 3000 "$two" >short.rpm
    refused 'short.rpm: ' short.rpm
    cp "$two" changed.rpm
    printf x | dd of=changed.rpm bs=1 seek=$(($(stat -c %s "$two") - 20)) conv=notrunc status=none
    refused 'changed.rpm: damaged: the sha256 of its payload' changed.rpm
    cp "$two" header.rpm
    printf X | dd of=header.rpm bs=1 seek="$(grep -abo 'A small thing' "$two" | head -n 1 | cut -d : -f 1)" conv=notrunc status=none
    refused 'header.rpm: damaged: the sha256 of its header' header.rpm
    echo text >text.rpm
    refused 'text.rpm: is no rpm package' text.rpm
    # the same name, version, release and architecture, other bytes
    echo more >>"$top/w/app/share/numbers"
    "$SLIPWAY" pack -q -C "$top/w" --set-version 1.0.0 -o "$PWD/again"
    refused 'small-1.0.0-1.noarch is there already with other bytes' again/small-1.0.0-1.noarch.rpm
    refused 'with other bytes' "$two" again/small-1.0.0-1.noarch.rpm
    # the same once more is fine
    repo r "$one" | grep -q 'nothing changed'
    # documents that are not those of repomd.xml
    printf x | dd of="$(ls r/repodata/*-primary.xml.gz)" bs=1 seek=40 conv=notrunc status=none
    run repo r "$two"
    [ "$status" = 4 ]
    [[ $output == *'-primary.xml.gz is not the file that repomd.xml names'* ]]
    [[ $output == *'remove the folder repodata'* ]]
    rm -r r/repodata
    repo r -q
    [ "$(versions r)" = 1.0.0-1 ]
}

@test "what another says of places and packages leads nowhere else" {
    repo r -q "$one"
    hostile() { # hostile SED TEXT: the primary document changed, repomd.xml made to fit
        rm -rf h
        cp -a r h
        python3 - "$1" "$2" <<-'PY'
		import glob, gzip, hashlib, os, sys
		old = glob.glob("h/repodata/*-primary.xml.gz")[0]
		xml = gzip.open(old).read()
		new = xml.replace(sys.argv[1].encode(), sys.argv[2].encode())
		assert new != xml
		packed = gzip.compress(new)
		open(old, "wb").write(packed)
		md = open("h/repodata/repomd.xml").read()
		sha = lambda b: hashlib.sha256(b).hexdigest()
		was = os.path.basename(old).split("-")[0]
		md = md.replace(f">{was}<", f">{sha(packed)}<").replace(sha(xml), sha(new))
		md = md.replace(f">{len(xml)}<", f">{len(new)}<")
		open("h/repodata/repomd.xml", "w").write(md)
		PY
        run repo h "$two"
        [ "$status" = 4 ] || { echo "$output"; return 1; }
    }
    hostile 'href="Packages/' 'href="../../Packages/'
    [[ $output == *'small: path "../../Packages'* ]]
    hostile '<summary>' '<summary><![CDATA[</package>]]>'
    [[ $output == *'CDATA inside of a package'* ]]
    hostile '</metadata>' ''
    [[ $output == *'ends too early'* ]]
}
