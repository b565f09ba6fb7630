# Debian packages under dpkg itself: contents, lintian, and a life on a system (install, upgrade,
# remove, install again, purge) in a minimal Debian. Needs root for the chroot.

load example.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225600
    cd "$BATS_FILE_TMPDIR" || return
    example_packages deb rpm
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
}

# A minimal Debian with systemd, made once for a build folder.
debian() {
    local cache=$SLIPWAY_BUILD/debian.tar mirror
    if [ ! -e "$cache" ]; then
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            grep -v -e security -e backports | head -n 1)
        mmdebstrap -q --mode=root --variant=essential --include=systemd bookworm "$cache.new.tar" "$mirror"
        mv "$cache.new.tar" "$cache"
    fi
    mkdir "$1"
    tar -C "$1" -xf "$cache"
}

@test "dpkg-deb reads it, lintian finds no error" {
    dpkg-deb -I plain/*.deb
    dpkg-deb -c plain/*.deb | awk '{ print $6 }' >names
    grep -qx './usr/share/doc/hello/copyright' names
    grep -qx './usr/lib/systemd/system/hellod.service' names
    LC_ALL=C sort -c names
    [ "$(dpkg-deb -f plain/*.deb Package Version Architecture Depends)" = "Package: hello
Version: 1.0.0
Architecture: amd64
Depends: libc6 (>= 2.34)" ]
    lintian --allow-root --fail-on error --tag-display-limit 0 plain/*.deb one/*.deb
}

@test "Installed-Size and md5sums are what dpkg's own tools make of the unpacked tree" {
    dpkg-deb -R plain/*.deb raw
    mkdir -p again/debian/hello
    printf 'Source: hello\nMaintainer: A <a@example.com>\n\nPackage: hello\nArchitecture: any\nDescription: x\n' >again/debian/control
    printf 'hello (1.0.0) stable; urgency=low\n\n  * x\n\n -- A <a@example.com>  Thu, 01 Jan 2026 00:00:00 +0000\n' >again/debian/changelog
    cp -a raw/usr raw/etc again/debian/hello/
    (cd again && dpkg-gencontrol -phello -Pdebian/hello -Ocontrol -nfile >/dev/null)
    [ "$(grep Installed-Size again/control)" = "$(grep Installed-Size raw/DEBIAN/control)" ]
    (cd raw && md5sum --quiet -c DEBIAN/md5sums)
    (cd raw && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort) >files
    (cd raw && { sed 's/^.\{34\}//' DEBIAN/md5sums; sed 's:^/::' DEBIAN/conffiles; } | LC_ALL=C sort) | diff files -
}

@test "its maintainer scripts are clean shell" {
    dpkg-deb -e one/*.deb control
    shellcheck control/preinst control/postinst control/prerm control/postrm
    dash -n control/postinst
}

@test "install, upgrade, remove, install again, purge" {
    debian root
    cp one/*.deb root/one.deb
    cp two/*.deb root/two.deb
    # What a package takes out must leave the system as it was.
    state() { (cd root && find etc usr var -not -path 'var/lib/dpkg*' -not -path 'var/log/*' \
        -not -path 'var/cache/*' | LC_ALL=C sort); }
    inside() { chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
    state >before

    inside dpkg -i /one.deb
    [ "$(inside hello)" = "$("$BATS_FILE_TMPDIR"/example/out/hello)" ]
    inside systemctl is-enabled hellod
    inside dpkg --verify hello
    echo 'greeting = mine' >root/etc/hello.conf

    inside dpkg --force-confold -i /two.deb
    [ "$(inside dpkg-query -W -f '${Version} ${Status}' hello)" = "1.0.1 install ok installed" ]
    grep -qx 'greeting = mine' root/etc/hello.conf
    inside systemctl is-enabled hellod

    inside dpkg -r hello
    [ ! -e root/usr/bin/hello ]
    grep -qx 'greeting = mine' root/etc/hello.conf
    inside dpkg -i --force-confold /two.deb
    inside systemctl is-enabled hellod

    # What the administrator has decided stays so.
    inside systemctl disable hellod
    inside dpkg --force-confold -i /one.deb
    run inside systemctl is-enabled hellod
    [ "$output" = disabled ]

    inside dpkg -P hello
    state | diff before -
    diff - root/run/hooks <<-'TEXT'
	pre-install install [install]
	post-install install [configure ]
	pre-install upgrade [upgrade 1.0.0 1.0.1]
	post-install upgrade [configure 1.0.0]
	pre-remove remove [remove]
	post-remove remove [remove]
	pre-install install [install 1.0.1 1.0.1]
	post-install upgrade [configure 1.0.1]
	pre-install upgrade [upgrade 1.0.1 1.0.0]
	post-install upgrade [configure 1.0.1]
	pre-remove remove [remove]
	post-remove remove [remove]
	post-remove purge [purge]
	TEXT
}
