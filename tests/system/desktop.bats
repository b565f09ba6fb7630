# What a package gives to the desktop and to systemd, judged by their own validators (Debian: desktop-file-utils,
# appstream, systemd, shared-mime-info, libxml2-utils), and whether all formats give the same (rpm, cpio,
# squashfs-tools) and are what a deep link opens (xdg-utils, libglib2.0-bin).

load soon.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir app
    printf '#!/bin/sh\necho hello\n' > app/hello
    cp /bin/sleep app/hellod
    chmod 755 app/hello app/hellod
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 512
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

# One recipe, every format of Linux that a desktop sees: unpacked into all/FORMAT.
every_format() {
    sed -i "s/formats: .*/formats: [deb, rpm, appimage, snap]/; s/args: \"[^\"]*\"/args: \"5\"/" slipway.yaml
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack -q -o every 2>log
    mkdir -p all/rpm
    dpkg-deb -x every/*.deb all/deb
    (cd all/rpm && rpm2cpio ../../every/*.rpm | cpio -idm --quiet)
    unsquashfs -q -n -d all/snap every/*.snap
    image=$(echo every/*.AppImage)
    unsquashfs -q -n -o "$("$image" --appimage-offset)" -d all/appimage "$image"
}

# same_desktop FILE WITHOUT: the file says what the deb's says, but for lines of these keys.
same_desktop() {
    local without="^($2)="
    diff <(grep -Ev "$without" all/deb/usr/share/applications/com.example.hello.desktop) <(grep -Ev "$without" "$1")
}

@test "deb, rpm, AppImage and snap give the same desktop file, icons, metainfo and types" {
    every_format
    for format in rpm appimage snap; do
        for folder in applications icons metainfo mime; do
            diff -r all/deb/usr/share/$folder all/$format/usr/share/$folder
        done
    done
    [ "$(find all/deb/usr/share/icons -type f | wc -l)" -ge 8 ]
    same_desktop all/appimage/com.example.hello.desktop 'X-AppImage-[A-Za-z]+'
    cmp all/appimage/com.example.hello.png all/deb/usr/share/icons/hicolor/256x256/apps/com.example.hello.png
    same_desktop all/snap/meta/gui/hello.desktop 'Icon'
    cmp all/snap/meta/gui/icon.png all/deb/usr/share/icons/hicolor/256x256/apps/com.example.hello.png
    grep -qx 'MimeType=x-scheme-handler/hello;application/x-hello-hlo;' all/snap/meta/gui/hello.desktop
    for file in all/*/usr/share/applications/*.desktop all/appimage/*.desktop; do desktop-file-validate "$file"; done
    for format in deb rpm appimage snap; do
        appstreamcli validate --no-net all/$format/usr/share/metainfo/com.example.hello.metainfo.xml
    done
}

@test "a program on no PATH: each format says what starts it there" {
    sed -i 's#entry: bin/hello#entry: app/hello#; s#to: bin/ }#to: bin/ }\n      - { from: app/hello, to: app/hello }#' slipway.yaml
    every_format
    for format in deb rpm appimage snap; do
        grep -qx 'Exec=/usr/lib/hello/app/hello %U' all/$format/usr/share/applications/com.example.hello.desktop
        [ -x all/$format/usr/lib/hello/app/hello ]
    done
    grep -qx 'Exec=AppRun %U' all/appimage/com.example.hello.desktop
    grep -qx 'Exec=hello %U' all/snap/meta/gui/hello.desktop
    grep -qx '    command: usr/lib/hello/app/hello' all/snap/meta/snap.yaml
    same_desktop all/appimage/com.example.hello.desktop 'X-AppImage-[A-Za-z]+|Exec'
    same_desktop all/snap/meta/gui/hello.desktop 'Icon|Exec'
}

# opens FORMAT DESKTOP PATH: a link starts the program where this desktop file is installed.
opens() {
    local said=$PWD/said data=$PWD/$1.data
    mkdir -p "$data/applications" home
    cp "$2" "$data/applications/com.example.hello.desktop"
    update-desktop-database "$data/applications"
    rm -f "$said"
    export XDG_DATA_DIRS=$data XDG_DATA_HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home XDG_CONFIG_DIRS=$PWD/home HOME=$PWD/home SAID=$said
    [ "$(xdg-mime query default x-scheme-handler/hello)" = com.example.hello.desktop ]
    PATH=$3:$PATH APPIMAGE_EXTRACT_AND_RUN=1 gio open 'hello://world/a%20b?x=1'
    soon there "$said"
    [ "$(cat "$said")" = 'hello://world/a%20b?x=1' ]
}

@test "hello:// opens the program, whatever it came in" {
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"$SAID"\n' >app/hello
    every_format
    for format in deb rpm; do
        opens $format all/$format/usr/share/applications/com.example.hello.desktop "$PWD/all/$format/usr/bin"
    done
    # As those do it who integrate AppImages: the first word is the file itself.
    sed "s#^Exec=[^ ]*#Exec=$PWD/$image#" all/appimage/com.example.hello.desktop >integrated
    opens appimage integrated /nowhere
    # As snapd installs it: its own command, and the snap's folder.
    mkdir -p snapd/bin
    ln -s "$PWD/all/snap/$(sed -n 's/^    command: \(usr.bin.hello\)$/\1/p' all/snap/meta/snap.yaml)" snapd/bin/hello
    sed "s#^Exec=hello #Exec=$PWD/snapd/bin/hello #; s#\${SNAP}#$PWD/all/snap#" all/snap/meta/gui/hello.desktop >installed.desktop
    desktop-file-validate installed.desktop
    opens snap installed.desktop /nowhere
}
