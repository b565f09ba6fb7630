#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Packages that other programs made, damaged ones and hostile ones: slipway inspect lists or refuses
# them, slipway verify finds them good or names the damage.

setup_file() {
    export SOURCE_DATE_EPOCH=1700000000
    cd "$BATS_FILE_TMPDIR" || return
    mkdir -p tree/usr/bin tree/DEBIAN tree/usr/share/doc
    seq 1 2000 >tree/usr/bin/thing
    chmod 755 tree/usr/bin/thing
    ln -s thing tree/usr/bin/other
    printf 'umlaut' >"tree/usr/share/doc/Ä b"
    printf 'Package: thing\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: a thing\n' >tree/DEBIAN/control
    find tree -exec touch -hd @1700000000 {} +
    for z in gzip xz zstd none; do
        dpkg-deb --root-owner-group -Z$z -b tree $z.deb
    done
    rm -r tree/DEBIAN
    for f in gnu ustar pax; do
        tar --format=$f -C tree -czf $f.tar.gz usr
    done
    bsdtar -C tree -cJf bsd.tar.xz usr
    tar -C tree -I zstd -cf gnu.tar.zst usr
    (cd tree && zip -qry ../info.zip usr && 7zz a -bso0 -snl ../seven.zip usr && python3 -m zipfile -c ../python.zip usr)
    cat >thing.spec <<'SPEC'
Name: thing
Version: 1.0
Release: 1
Summary: a thing
License: MIT
BuildArch: noarch
%description
A thing.
%install
mkdir -p %{buildroot}
cp -a %{tree}/usr %{buildroot}/
%files
/usr/bin/thing
/usr/bin/other
"/usr/share/doc/Ä b"
SPEC
    rpmbuild -bb --quiet --define "_topdir $PWD/rb" --define "tree $PWD/tree" --define "_rpmdir $PWD" \
        --define '_rpmfilename thing.rpm' thing.spec
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
}

@test "packages of other programs are listed, and found good" {
    for f in *.deb *.rpm *.tar.* *.zip; do
        echo "$f"
        "$SLIPWAY" inspect --files "$f" >listing
        grep -q 'usr/bin/thing' listing
        "$SLIPWAY" verify "$f"
    done
}

@test "a package of Debian's archive lists what dpkg-deb lists" {
    mkdir -p "$SLIPWAY_BUILD/cache"
    cd "$SLIPWAY_BUILD/cache" || return
    for p in hostname busybox-static; do
        compgen -G "${p}_*.deb" >/dev/null || apt-get -q download "$p"
        "$SLIPWAY" inspect --files "$p"_*.deb >"$BATS_TEST_TMPDIR/ours"
        dpkg-deb --fsys-tarfile "$p"_*.deb | tar -t | grep -v '/$' | sed 's:^\./::' >"$BATS_TEST_TMPDIR/theirs"
        "$SLIPWAY" verify "$p"_*.deb
        [ -s "$BATS_TEST_TMPDIR/theirs" ]
        while read -r name; do
            grep -qF "$name" "$BATS_TEST_TMPDIR/ours"
        done <"$BATS_TEST_TMPDIR/theirs"
    done
}

@test "damaged ones: never a crash, one line, exit 0, 1 or 4" {
    python3 "$SLIPWAY_SOURCE/tests/system/foreign.py" damaged "$SLIPWAY" \
        *.deb *.rpm *.tar.* *.zip
}

@test "hostile ones: in bounded time and memory" {
    mkdir hostile
    python3 "$SLIPWAY_SOURCE/tests/system/foreign.py" hostile "$SLIPWAY" "$PWD/hostile"
}
