# What a package gives to the desktop and to systemd, judged by their own validators (Debian:
# desktop-file-utils, appstream, systemd, shared-mime-info, libxml2-utils).

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir app
    printf '#!/bin/sh\necho hello\n' > app/hello
    cp /bin/sleep app/hellod
    chmod 755 app/hello app/hellod
    python3 - <<-'PY'
	import struct, zlib
	def chunk(kind, data):
	    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
	row = b"\0" + b"".join(bytes((x % 256, 80, 160, 255)) for x in range(512))
	open("icon.png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 512, 512, 8, 6, 0, 0, 0))
	    + chunk(b"IDAT", zlib.compress(row * 512)) + chunk(b"IEND", b""))
	PY
    cat > slipway.yaml <<-'YAML'
	schema: 1
	name: hello
	title: Hello & World
	id: com.example.hello
	version: 1.0.0-beta.1
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
	shortcuts: { menu: true }
	services:
	  - { name: hellod, exec: bin/hellod, args: "--name 'a b' 5", restart: on-failure, user: daemon, environment: { GREETING: "100% hello" } }
	targets:
	  - os: linux
	    arch: x86_64
	    formats: [deb]
	    files:
	      - { from: app/, to: bin/ }
	YAML
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
    dpkg-deb -x dist/*.deb root
}

@test "desktop-file-validate takes the .desktop file" {
    desktop-file-validate root/usr/share/applications/com.example.hello.desktop
    grep -qx 'MimeType=x-scheme-handler/hello;application/x-hello-hlo;' root/usr/share/applications/com.example.hello.desktop
}

@test "appstreamcli takes the metainfo, and the whole tree" {
    run appstreamcli validate --no-net --explain root/usr/share/metainfo/com.example.hello.metainfo.xml
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" != *"W:"* ]]
    run appstreamcli validate-tree --no-net root
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "update-mime-database knows the new type" {
    update-mime-database root/usr/share/mime
    grep -q 'application/x-hello-hlo' root/usr/share/mime/types
}

@test "systemd takes the unit, and misses a program that is not there" {
    units=root/usr/lib/systemd/system
    cp /lib/systemd/system/{sysinit,basic,shutdown,multi-user}.target /lib/systemd/system/*.slice "$units" || true
    systemd-analyze verify --man=no --root="$PWD/root" /usr/lib/systemd/system/hellod.service
    rm root/usr/bin/hellod
    run systemd-analyze verify --man=no --root="$PWD/root" /usr/lib/systemd/system/hellod.service
    [ "$status" -ne 0 ]
}

@test "icons have the size of their folder" {
    for size in 16 24 32 48 64 128 256 512; do
        file "root/usr/share/icons/hicolor/${size}x$size/apps/com.example.hello.png" | grep -q "PNG image data, $size x $size,"
    done
}
