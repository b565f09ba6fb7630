# The AppImage runtime behind which others' images (mksquashfs) lie: mounted as root and as an
# ordinary user, unpacked where there is no FUSE, its options, signals, ends, and damaged images.
# Needs root for the mount namespaces and users that it plays with. An AppImage's guard may still be clearing up when the
# AppImage has ended: what is left is asked for until nothing is.

load soon.bash

setup_file() {
    export RT=$SLIPWAY_BUILD/tools/runtime
    export APPS=$BATS_FILE_TMPDIR/apps
    mkdir -p "$APPS"
    # An ordinary user starts them too.
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR" "$APPS"
    cd "$BATS_FILE_TMPDIR" || return
    tree
    app plain lean -comp zstd -Xcompression-level 3
    app full ad -comp zstd -Xcompression-level 3
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    chmod 755 "$BATS_TEST_TMPDIR"
    # Nothing may be left in here but what a test expects.
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir -m 1777 tmp
}

teardown() {
    jobs -p | xargs -r kill 2>/dev/null || true
    for dir in "$BATS_TEST_TMPDIR"/tmp/.mount_*; do
        umount -l "$dir" 2>/dev/null || true
    done
}

# An AppDir whose AppRun does what its first argument says, and one with all kinds of entries.
tree() {
    mkdir -p lean/usr/bin lean/usr/share
    cat >lean/AppRun <<-'SH'
	#!/bin/sh
	case $1 in
	exit) exit "$2" ;;
	kill) kill -"$2" $$; sleep 60 ;;
	sleep) echo started; exec sleep "$2" ;;
	trap) trap 'echo got; exit 3' "$2"; echo started; while :; do sleep 0.05; done ;;
	env) echo "$APPIMAGE|$APPDIR|$OWD|$ARGV0|$HOME|$XDG_CONFIG_HOME" ;;
	args) shift; for a; do echo "<$a>"; done ;;
	list) cd "$APPDIR" && find . -printf '%y %m %s %n %T@ %P %l\n' | awk '$1 == "d" { $3 = $4 = "-" } 1' | sort ;;
	sums) cd "$APPDIR" && find . -type f -exec sha256sum {} + | sort ;;
	daemon) "$APPDIR/usr/bin/sleep" "$2" </dev/null >/dev/null 2>&1 & ;;
	lonely) python3 -c 'import os, sys, time
	def until(name):
	    while not os.path.exists(sys.argv[1] + name): time.sleep(0.01)
	if os.fork():
	    until("/end")
	    os._exit(0)
	os.closerange(0, 2000)
	open(sys.argv[1] + "/closed", "w").close()
	until("/start")
	os.execv(sys.argv[2], sys.argv[2:])' "$2" "$APPDIR/usr/bin/sleep" "$3" ;;
	esac
	SH
    chmod 755 lean/AppRun
    cp /bin/sleep lean/usr/bin/sleep
    seq 1 30000 >lean/usr/share/numbers # many blocks, compressible
    # Always the same noise, so that flipped bits hit the same things.
    python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(700000))' >lean/usr/share/noise
    printf x >lean/usr/share/one
    : >lean/usr/share/nothing
    ln -s ../share/numbers lean/usr/bin/link
    cp -a lean ad
    mkdir -p "ad/usr/share/a folder" ad/many ad/deep ad/empty
    truncate -s 3M ad/usr/share/sparse
    printf end >>ad/usr/share/sparse
    ln ad/usr/share/numbers ad/usr/share/again
    ln -s /nonexistent/"$(head -c 900 /dev/zero | tr '\0' x)" ad/usr/bin/dangling
    printf 'ä ö' >"ad/usr/share/a folder/ü"
    : >"ad/usr/$(head -c 255 /dev/zero | tr '\0' n)"
    mkdir -m 750 ad/closed
    : >ad/closed/file
    chmod 400 ad/closed/file
    for i in $(seq 1 300); do echo "$i" >"ad/many/a file with quite a long name, so that the list has an index $i"; done
    deep=ad/deep
    for i in $(seq 1 40); do deep=$deep/folder$i; done
    mkdir -p "$deep"
    echo bottom >"$deep/file"
    python3 -c 'import os; os.setxattr("ad/usr/share/one", "user.note", b"hello")'
    find ad lean -exec touch -h -d @1700000000 {} +
}

# app NAME TREE MKSQUASHFS-ARGUMENT...
app() {
    local image=$APPS/$1.sq name=$1 from=$2
    shift 2
    rm -f "$image"
    mksquashfs "$from" "$image" -quiet -no-progress -noappend "$@" >/dev/null
    cat "$RT/x86_64/appimage" "$image" >"$APPS/$name"
    chmod 755 "$APPS/$name"
}

nothing_left() { [ -z "$(ls -A "$TMPDIR")" ] && ! grep -q " $TMPDIR/" /proc/mounts; }
something_there() { [ -n "$(ls -A "$TMPDIR")" ]; }
cleared() { soon nothing_left; }

ordinary() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "$@"; }

# Without /dev/fuse, in a mount namespace of its own.
no_fuse() {
    unshare -m sh -c 'mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec "$@"' sh "$@"
}

# Like run, which takes a status of 127 for a mistake.
try() {
    status=0
    output=$("$@" 2>&1) || status=$?
}

one_line() { [ "$(printf '%s\n' "$output" | wc -l)" = 1 ] && [ -n "$output" ]; }

# What a program sees of its folder must be what unsquashfs makes of the image.
want() { # NAME
    unsquashfs -q -n -no-xattrs -o "$("$APPS/$1" --appimage-offset)" -d un "$APPS/$1" >/dev/null
    APPDIR=$PWD/un un/AppRun list >want.list
    APPDIR=$PWD/un un/AppRun sums >want.sums
}

@test "the program is small, static, and laid out as the type 2 specification says" {
    for arch in x86_64 aarch64; do
        f=$RT/$arch/appimage
        [ "$(stat -c %s "$f")" -lt 1048576 ]
        [ "$(od -An -tx1 -j8 -N3 "$f" | tr -d ' ')" = 414902 ]
        LC_ALL=C readelf -hW "$f" >header
        LC_ALL=C readelf -SW "$f" >sections
        LC_ALL=C readelf -lW "$f" >segments
        end=$(awk '/Start of section headers/ { o = $5 } /Size of section headers/ { s = $5 }
            /Number of section headers/ { n = $5 } END { print o + s * n }' header)
        [ "$end" = "$(stat -c %s "$f")" ]
        [ $((end % 4096)) = 0 ]
        for want in .upd_info:000400 .sha256_sig:000400 .sig_key:002000 .digest_md5:000010; do
            grep -E "\\${want%:*} +PROGBITS +[0-9a-f]+ [0-9a-f]+ ${want#*:} 00 +A " sections
        done
        run grep -E 'INTERP|RWE' segments
        [ "$status" = 1 ]
        for section in .upd_info .sha256_sig .sig_key .digest_md5; do
            objcopy -O binary --only-section=$section "$f" part 2>/dev/null ||
                aarch64-linux-gnu-objcopy -O binary --only-section=$section "$f" part
            [ "$(tr -d '\0' <part | wc -c)" = 0 ]
        done
    done
    file "$RT/x86_64/launcher" | grep -q 'static-pie linked'
    [ "$(stat -c %s "$RT/x86_64/launcher")" -lt 65536 ]
}

@test "built elsewhere the bytes are the same" {
    mkdir -p elsewhere/tools
    cp -r "$SLIPWAY_SOURCE/tools/runtime" elsewhere/tools/
    cat >elsewhere/CMakeLists.txt <<-CMAKE
	cmake_minimum_required(VERSION 3.21)
	project(slipway VERSION $("$SLIPWAY" --version | awk '{ print $NF }') LANGUAGES C)
	set(SLIPWAY_SYSROOTS "$SLIPWAY_SOURCE/build/sysroot" CACHE PATH "")
	add_subdirectory(tools/runtime)
	CMAKE
    (umask 077 && cmake -S elsewhere -B elsewhere/b -G Ninja && cmake --build elsewhere/b --target slipway_runtimes) >log 2>&1 || tail -n 20 log >&2
    for arch in x86_64 aarch64; do
        cmp "elsewhere/b/tools/runtime/$arch/appimage" "$RT/$arch/appimage"
        cmp "elsewhere/b/tools/runtime/$arch/launcher" "$RT/$arch/launcher"
    done
}

@test "every codec and shape of image: mounted and unpacked it is what unsquashfs makes of it" {
    app gzip "$BATS_FILE_TMPDIR/ad" -comp gzip
    app small "$BATS_FILE_TMPDIR/ad" -comp gzip -b 4096
    app xz "$BATS_FILE_TMPDIR/ad" -comp xz
    app bcj "$BATS_FILE_TMPDIR/ad" -comp xz -Xbcj x86 -Xdict-size 100% -b 1M
    app lz4 "$BATS_FILE_TMPDIR/ad" -comp lz4 -Xhc
    app large "$BATS_FILE_TMPDIR/ad" -comp zstd -Xcompression-level 3 -b 1M -always-use-fragments
    app apart "$BATS_FILE_TMPDIR/ad" -comp zstd -Xcompression-level 3 -no-fragments -no-duplicates
    app stored "$BATS_FILE_TMPDIR/ad" -comp gzip -noI -noD -noF -noX
    want full
    for name in full gzip small xz bcj lz4 large apart stored; do
        echo "== $name"
        "$APPS/$name" list >got.list
        diff want.list got.list
        "$APPS/$name" sums >got.sums
        diff want.sums got.sums
        "$APPS/$name" --appimage-extract
        diff want.list <(APPDIR=$PWD/squashfs-root squashfs-root/AppRun list)
        diff want.sums <(APPDIR=$PWD/squashfs-root squashfs-root/AppRun sums)
        diff <(find un -type d -printf '%m %P\n' | sort) <(find squashfs-root -type d -printf '%m %P\n' | sort)
        [ "$(stat -c %i squashfs-root/usr/share/again)" = "$(stat -c %i squashfs-root/usr/share/numbers)" ]
        rm -rf squashfs-root
    done
    cleared
}

@test "an ordinary user mounts through fusermount3" {
    want full
    ordinary "$APPS/full" list >got.list
    diff want.list got.list
    ordinary "$APPS/full" sums >got.sums
    diff want.sums got.sums
    ordinary "$APPS/plain" env 2>err | grep -q "|$TMPDIR/.mount_plain......|"
    [ ! -s err ]
    cleared
}

@test "libappimage, the kernel's driver and squashfuse take it" {
    off=$("$APPS/plain" --appimage-offset)
    mkdir kernel fuse
    mount -o "loop,ro,offset=$off" -t squashfs "$APPS/plain" kernel
    diff <(cd kernel && find . | sort) <(cd "$BATS_FILE_TMPDIR/lean" && find . | sort)
    umount kernel
    squashfuse -o "offset=$off" "$APPS/plain" fuse
    cmp fuse/usr/share/noise "$BATS_FILE_TMPDIR/lean/usr/share/noise"
    fusermount3 -u fuse
    cat >t.c <<-'C'
	#include <appimage/appimage.h>
	#include <stdio.h>
	int main(int c, char **v)
	{
	    printf("%d %ld\n", appimage_get_type(v[c - 1], 0), (long)appimage_get_payload_offset(v[c - 1]));
	    return 0;
	}
	C
    gcc -o t t.c -lappimage
    [ "$(./t "$APPS/plain")" = "2 $off" ]
}

@test "where mounting is impossible it unpacks by itself, says so once, and leaves nothing" {
    want plain
    no_fuse "$APPS/plain" sums >got.sums 2>err
    diff want.sums got.sums
    [ "$(wc -l <err)" = 1 ]
    grep -q "plain: cannot be mounted (no /dev/fuse): running from $TMPDIR/appimage_extracted_" err
    cleared
    # A user, and no fusermount.
    unshare -m sh -c 'for f in $(command -v fusermount fusermount3); do mount --bind /dev/null "$f"; done; exec "$@"' sh \
        setpriv --reuid=65534 --regid=65534 --clear-groups "$APPS/plain" env 2>err >out
    grep -q 'cannot be mounted (no fusermount3 or fusermount)' err
    grep -q "|$TMPDIR/appimage_extracted_......|" out
    cleared
    # fusermount without its set-id bit's power.
    setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$APPS/plain" args x >out 2>err
    grep -qx '<x>' out
    grep -q 'cannot be mounted (fusermount may not mount here)' err
    # Root of a user namespace may mount.
    ordinary unshare -rm "$APPS/plain" env 2>err | grep -q "|$TMPDIR/.mount_plain......|"
    [ ! -s err ]
    # A folder from which nothing may be started is passed over.
    no_fuse sh -c 'mount -t tmpfs -o noexec none "$TMPDIR" && exec "$@"' sh "$APPS/plain" env >out 2>err
    run grep -q "$TMPDIR/app" out
    [ "$status" = 1 ]
}

@test "in a chroot without /proc, /dev and libraries" {
    mkdir -p root/bin root/tmp root/ad/bin
    cp /bin/busybox root/bin/sh
    cp /bin/busybox root/ad/bin/busybox
    printf '#!/bin/sh\necho "$APPIMAGE|$APPDIR|$@"\n' >root/ad/AppRun
    chmod 755 root/ad/AppRun
    app bare "$PWD/root/ad"
    cp "$APPS/bare" root/x.AppImage
    env -u TMPDIR chroot root /x.AppImage "a b" >out 2>err
    grep -qx '/x.AppImage|/tmp/appimage_extracted_......|a b' out
    [ "$(wc -l <err)" = 1 ]
    [ -z "$(ls -A root/tmp)" ]
}

@test "the program is told who it is, and gets its arguments as they are" {
    mkdir "with a space"
    cp "$APPS/plain" "with a space/my app"
    ln -s "with a space/my app" called
    mkdir "with a space/my app.config"
    HOME=/root ./called env >out
    IFS='|' read -r image dir owd argv0 home config <out
    [ "$image" = "$PWD/with a space/my app" ]
    [[ "$dir" = "$TMPDIR/.mount_my"* ]]
    [ "$owd|$argv0|$home|$config" = "$PWD|./called|/root|$image.config" ]
    ./called --appimage-portable-home
    [ "$(stat -c %a "$image.home")" = 700 ]
    try ./called --appimage-portable-home
    [ "$status" = 1 ]
    one_line
    [ "$(./called env | cut -d'|' -f5)" = "$image.home" ]
    [ "$(./called --appimage-extract-and-run env | cut -d'|' -f1,3-5)" = "$image|$PWD|./called|$image.home" ]
    for how in 0 1; do
        APPIMAGE_EXTRACT_AND_RUN=$how ./called args "" "a  b" '$HOME' --appimage-help -- >out
        printf '<%s>\n' "" "a  b" '$HOME' --appimage-help -- | diff - out
    done
    ./called --appimage-extract-and-run args --appimage-offset | diff - <(echo '<--appimage-offset>')
    # Another file's runtime.
    [ "$(TARGET_APPIMAGE=$PWD/called "$APPS/plain" env | cut -d'|' -f1,4)" = "$image|$PWD/called" ]
    cleared
}

@test "options that print" {
    x=$APPS/plain
    [ "$("$x" --appimage-offset)" = "$(stat -c %s "$RT/x86_64/appimage")" ]
    "$x" --appimage-version | grep -q '^AppImage runtime of slipway [0-9]'
    "$x" --appimage-help | grep -q -e '--appimage-extract-and-run'
    [ -z "$("$x" --appimage-updateinformation)" ]
    [ -z "$("$x" --appimage-signature)" ]
    cp "$x" changed
    for section in .upd_info .sha256_sig; do
        at=$((16#$(LC_ALL=C readelf -SW changed | awk -v s=$section '$0 ~ "\\" s { sub(/.*PROGBITS +/, ""); print $2 }')))
        printf 'words of %s' $section | dd of=changed bs=1 seek=$at conv=notrunc status=none
    done
    [ "$(./changed --appimage-updateinformation)" = "words of .upd_info" ]
    [ "$(./changed --appimage-updateinfo)" = "words of .upd_info" ]
    [ "$(./changed --appimage-signature)" = "words of .sha256_sig" ]
    run ./changed --appimage-nonsense
    [ "$status" = 1 ]
    one_line
    cleared
}

@test "--appimage-extract takes a pattern, and writes over what was there but through no link" {
    "$APPS/plain" --appimage-extract 'usr/share/n*'
    [ "$(cd squashfs-root && find . -type f | sort | tr '\n' ' ')" = "./usr/share/noise ./usr/share/nothing ./usr/share/numbers " ]
    rm -r squashfs-root
    "$APPS/plain" --appimage-extract usr/bin
    [ "$(cd squashfs-root && find . ! -type d | sort | tr '\n' ' ')" = "./usr/bin/link ./usr/bin/sleep " ]
    VERBOSE=1 "$APPS/plain" --appimage-extract AppRun | grep -qx AppRun
    run "$APPS/plain" --appimage-extract nothing/of/it
    [ "$status" = 0 ]
    one_line
    run "$APPS/plain" --appimage-extract a b
    [ "$status" = 1 ]
    rm -r squashfs-root
    mkdir -p squashfs-root outside
    ln -s "$PWD/outside" squashfs-root/usr
    run "$APPS/plain" --appimage-extract usr/bin
    [ "$status" = 1 ]
    one_line
    [ -z "$(ls -A outside)" ]
    rm -r squashfs-root
    ln -s outside squashfs-root
    run "$APPS/plain" --appimage-extract usr/bin
    [ "$status" = 1 ]
    [ -z "$(ls -A outside)" ]
}

@test "exit status and signals of the program are the AppImage's" {
    for how in 0 1; do
        export APPIMAGE_EXTRACT_AND_RUN=$how
        for code in 0 1 7 255; do
            run "$APPS/plain" exit $code
            [ "$status" = $code ]
        done
        for signal in TERM KILL INT HUP SEGV; do
            run "$APPS/plain" kill $signal
            [ "$status" = $((128 + $(kill -l $signal))) ]
        done
        for signal in TERM INT HUP USR1 QUIT; do
            # A job of the background would ignore INT and QUIT from the start.
            env --default-signal "$APPS/plain" trap $signal >out &
            soon grep -q started out
            kill -$signal $!
            rc=0
            wait $! || rc=$?
            [ "$rc" = 3 ]
            grep -q got out
        done
        cleared
    done
}

@test "killed from outside, nothing is left" {
    for how in 0 1; do
        for signal in TERM KILL HUP; do
            APPIMAGE_EXTRACT_AND_RUN=$how "$APPS/plain" sleep 600 >out &
            soon grep -q started out
            kill -$signal $!
            rc=0
            wait $! || rc=$?
            [ "$rc" = $((128 + $(kill -l $signal))) ]
            cleared
        done
    done
    # While it unpacks, too.
    for signal in TERM KILL; do
        APPIMAGE_EXTRACT_AND_RUN=1 "$APPS/full" sleep 600 >out &
        soon something_there
        kill -$signal $!
        wait $! || true
        cleared
    done
    none_runs() { run pgrep -f "$APPS/plain"; [ "$status" = 1 ]; }
    soon none_runs
}

# The guard and the server of the one AppImage that runs from here.
pid_of() {
    for pid in $(pgrep -x "$1"); do
        if tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF "$APPS/plain"; then echo "$pid"; fi
    done
}
gone() { run pid_of "$1"; [ -z "$output" ]; }

@test "its own processes take no notice of signals, and each clears up for the other" {
    "$APPS/plain" sleep 600 >out &
    app=$!
    soon grep -q started out
    guard=$(pid_of appimage-guard) server=$(pid_of appimage-server)
    kill -TERM "$guard" "$server"
    kill -INT "$guard" "$server"
    kill -HUP "$guard" "$server"
    sleep 0.1
    stat "$TMPDIR"/.mount_*/AppRun
    kill -KILL "$guard"
    sleep 0.1
    cmp "$TMPDIR"/.mount_*/usr/share/noise "$BATS_FILE_TMPDIR/lean/usr/share/noise"
    kill -KILL $app
    wait $app || true
    cleared
    soon gone appimage-server

    "$APPS/plain" sleep 600 >out &
    app=$!
    soon grep -q started out
    kill -KILL "$(pid_of appimage-server)"
    cleared
    kill $app
    wait $app || true
    soon gone appimage-guard

    APPIMAGE_EXTRACT_AND_RUN=1 "$APPS/plain" sleep 600 >out &
    app=$!
    soon grep -q started out
    kill -KILL "$(pid_of appimage-guard)"
    kill $app
    wait $app || true
    cleared
}

running() { pgrep -f "^$TMPDIR/.*/usr/bin/sleep $1\$" >/dev/null; }

# looked PID N: that process has slept and looked around N times since it was at $was, or has ended.
looks() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$1/status" 2>/dev/null || echo 999999999; }
looked() { local now; now=$(looks "$1"); [ "${now:-999999999}" -ge $((was + $2)) ]; }

# kept SECONDS: while that runs the folder is there; then it goes.
kept() {
    running "$1"
    cmp "$(find "$TMPDIR" -name noise)" "$BATS_FILE_TMPDIR/ad/usr/share/noise"
    pkill -f "^$TMPDIR/.*/usr/bin/sleep $1\$"
    cleared
}

@test "a program that goes on in the background keeps its folder until it ends" {
    for how in 0 1; do
        APPIMAGE_EXTRACT_AND_RUN=$how timeout 120 "$APPS/plain" daemon 600
        soon running 600
        sleep 0.3 # for a guard that does not wait
        kept 600
    done
}

# lonely N: a daemon closes all it has, and starts the program that it will be when the guard has looked around for a while:
# whether that went well. The guard stops meanwhile, as it has only a second's patience.
lonely() {
    mkdir "$1"
    APPIMAGE_EXTRACT_AND_RUN=$how "$APPS/plain" lonely "$PWD/$1" 601 &
    app=$!
    soon test -e "$1/closed"
    guard=$(pid_of appimage-guard)
    kill -STOP "$guard"
    touch "$1/end"
    wait $app
    was=$(looks "$guard")
    kill -CONT "$guard"
    soon looked "$guard" 4
    kill -STOP "$guard" 2>/dev/null || { touch "$1/start" && return 1; }
    touch "$1/start"
    started() { running 601 || ! pgrep -f " $PWD/$1 " >/dev/null; }
    soon started "$1"
    kill -CONT "$guard"
    running 601
}

@test "a daemon that has closed everything and is about to start keeps its folder" {
    for how in 0 1; do
        # The guard is not always stopped in time where others keep the machine busy.
        for n in 1 2 3 4 5 6 7 8 9 10; do
            if lonely "$how.$n"; then break; fi
            [ "$n" != 10 ] || return 1
            cleared
        done
        was=$(looks "$guard")
        soon looked "$guard" 4
        kept 601
    done
}

@test "the caller's pipes end with the program" {
    [ "$(timeout 120 "$APPS/plain" args x | cat)" = "<x>" ]
    out=$(timeout 120 "$APPS/plain" exit 0 3>&1 4>&1)
    [ -z "$out" ]
    cleared
}

@test "the AppImage may be replaced while it runs" {
    cp "$APPS/plain" mine
    ./mine sleep 600 >out &
    soon grep -q started out
    rm mine
    echo other >mine
    cmp "$TMPDIR"/.mount_*/usr/share/noise "$BATS_FILE_TMPDIR/lean/usr/share/noise"
    kill $!
    cleared
}

@test "--appimage-mount" {
    "$APPS/plain" --appimage-mount >out &
    soon grep -q . out
    dir=$(cat out)
    grep -q " $dir fuse.plain ro,nosuid,nodev" /proc/mounts
    cmp "$dir/usr/share/noise" "$BATS_FILE_TMPDIR/ad/usr/share/noise"
    run touch "$dir/x"
    [ "$status" = 1 ]
    [ -x "$dir/AppRun" ]
    [ ! -x "$dir/usr/share/one" ]
    [ "$(stat -f -c %T "$dir")" = fuseblk ] || [ "$(stat -f -c %b "$dir")" -gt 100 ]
    kill $!
    rc=0
    wait $! || rc=$?
    [ "$rc" = 143 ]
    cleared
    # Somebody else unmounts it.
    "$APPS/plain" --appimage-mount >out &
    soon grep -q . out
    umount "$(cat out)"
    wait $!
    cleared
    try no_fuse "$APPS/plain" --appimage-mount
    [ "$status" = 127 ]
    one_line
    cleared
}

@test "NO_CLEANUP keeps what was unpacked" {
    NO_CLEANUP=1 APPIMAGE_EXTRACT_AND_RUN=1 "$APPS/plain" exit 4 || [ $? = 4 ]
    [ "$(stat -c %a "$TMPDIR"/appimage_extracted_*)" = 700 ]
    cmp "$TMPDIR"/appimage_extracted_*/usr/share/noise "$BATS_FILE_TMPDIR/lean/usr/share/noise"
}

@test "a full disk, and no place to unpack to" {
    mkdir full
    mount -t tmpfs -o size=500k none full
    try env TMPDIR="$PWD/full" APPIMAGE_EXTRACT_AND_RUN=1 "$APPS/plain" exit 0
    left=$(ls -A full)
    umount full
    [ "$status" = 127 ]
    one_line
    [[ "$output" = *"cannot unpack to"*"No space left on device"* ]]
    [ -z "$left" ]
    mkdir place
    cp "$APPS/plain" place/
    try unshare -m sh -c 'cd place && mount -t tmpfs -o ro none /var/tmp && mount -t tmpfs -o ro none /tmp &&
        TMPDIR=/nonexistent APPIMAGE_EXTRACT_AND_RUN=1 ./plain' sh
    [ "$status" = 127 ]
    one_line
}

@test "files that are no AppImage, are cut short, or have impossible numbers" {
    size=$(stat -c %s "$APPS/plain")
    off=$("$APPS/plain" --appimage-offset)
    head -c "$off" "$APPS/plain" >none
    head -c $((size - 5000)) "$APPS/plain" >short
    { head -c "$off" "$APPS/plain"; head -c 5000 /dev/zero; } >zeros
    for word in 28:2:magic 12:4:block 20:2:codec 48:8:ids 64:8:inodes 72:8:folders 32:8:root; do
        at=${word%%:*}
        cp "$APPS/plain" "bad-$at"
        head -c "$(echo "$word" | cut -d: -f2)" /dev/zero | tr '\0' '\377' |
            dd of="bad-$at" bs=1 seek=$((off + at)) conv=notrunc status=none
    done
    chmod 755 none short zeros bad-*
    for f in none short zeros bad-*; do
        for how in 0 1; do
            try env APPIMAGE_EXTRACT_AND_RUN=$how "./$f" exit 0
            echo "$f $how: $status $output"
            [ "$status" = 127 ]
            one_line
        done
        try "./$f" --appimage-extract
        [ "$status" = 1 ]
        one_line
        try timeout 120 "./$f" --appimage-mount
        [ "$status" = 127 ]
        cleared
        rm -rf squashfs-root
    done
}

@test "bits flipped anywhere: an error in one line or a program that ends, and nothing is left" {
    app checked "$BATS_FILE_TMPDIR/lean" -comp gzip
    off=$("$APPS/checked" --appimage-offset)
    cat >flip.py <<-'PY'
	import random, sys
	data, off, seed = bytearray(open(sys.argv[1], "rb").read()), int(sys.argv[2]), int(sys.argv[3])
	used = int.from_bytes(data[off + 40:off + 48], "little")
	inodes = int.from_bytes(data[off + 64:off + 72], "little")
	rnd = random.Random(seed)
	place = {0: lambda: 96 + rnd.randrange(inodes - 96), 1: lambda: rnd.randrange(96)}.get(
	    seed % 4, lambda: inodes + rnd.randrange(used - inodes))()
	data[off + place] ^= 1 << rnd.randrange(8)
	open("flipped", "wb").write(data)
	PY
    for seed in $(seq 1 16); do
        python3 flip.py "$APPS/checked" "$off" "$seed"
        chmod 755 flipped
        # The same program as this build's compiler and sanitizers make it.
        try env TARGET_APPIMAGE="$PWD/flipped" ASAN_OPTIONS=detect_leaks=0 timeout 120 \
            "$RT/slipway_runtime_checked" --appimage-extract
        echo "$seed: $status $output"
        case $status in
        0) ;;
        1) one_line ;;
        *) return 1 ;;
        esac
        rm -rf squashfs-root
        try env APPIMAGE_EXTRACT_AND_RUN=$((seed / 4 % 2)) timeout 120 ./flipped exit 3
        [ "$status" = 3 ] || { [ "$status" -lt 128 ] && one_line; }
        cleared
    done
}

@test "an image without AppRun, or with one that cannot be started" {
    mkdir none bad
    echo x >none/file
    printf '\177ELFnonsense' >bad/AppRun
    chmod 755 bad/AppRun
    app none "$PWD/none"
    app bad "$PWD/bad"
    try "$APPS/none"
    [ "$status" = 127 ]
    one_line
    for how in 0 1; do
        try env APPIMAGE_EXTRACT_AND_RUN=$how "$APPS/bad"
        [ "$status" = 126 ]
        one_line
        cleared
    done
}

@test "aarch64, under qemu" {
    cp -a "$BATS_FILE_TMPDIR/lean" tree
    for codec in zstd xz gzip lz4; do
        mksquashfs tree image -quiet -no-progress -noappend -comp $codec >/dev/null
        cat "$RT/aarch64/appimage" image >arm
        chmod 755 arm
        [ "$(qemu-aarch64-static ./arm --appimage-offset)" = "$(stat -c %s "$RT/aarch64/appimage")" ]
        qemu-aarch64-static ./arm --appimage-extract
        diff -r --no-dereference tree squashfs-root
        rm -r squashfs-root
    done
    qemu-aarch64-static ./arm --appimage-extract-and-run args "a b" | diff - <(echo "<a b>")
    try qemu-aarch64-static ./arm --appimage-extract-and-run exit 9
    [ "$status" = 9 ]
    cleared
    qemu-aarch64-static ./arm args mounted | diff - <(echo "<mounted>")
    cleared
    head -c -9000 arm >short
    chmod 755 short
    try qemu-aarch64-static ./short
    [ "$status" = 127 ]
    one_line
}

# How long that takes is measured by ci/bench.
@test "to start it reads its head, the tables and AppRun, and waits for nothing" {
    ASAN_OPTIONS=detect_leaks=0 strace -ff -y -o trace -e trace=pread64,read,mmap,nanosleep,clock_nanosleep "$APPS/plain" exit 0
    grep -h "$APPS/plain>" trace.* >reads
    [ "$(grep -vc '^pread64(' reads)" = 0 ]
    bytes=$(awk '{ n += $NF } END { print n }' reads)
    echo "$(wc -l <reads) reads, $bytes bytes"
    [ "$(wc -l <reads)" -lt 100 ]
    [ "$bytes" -lt 150000 ]
    [ "$(stat -c %s "$APPS/plain.sq")" -gt 700000 ]
    if grep -h nanosleep trace.*; then return 1; fi
    cleared
}

@test "the launcher does what AppRun.conf says" {
    mkdir -p "an app/usr/bin" "an app/usr/share"
    cp "$RT/x86_64/launcher" "an app/AppRun"
    chmod 755 "an app/AppRun"
    cat >"an app/usr/bin/my program" <<-'SH'
	#!/bin/sh
	echo "$0"
	for a; do echo "<$a>"; done
	echo "$PWD|$APPDIR|$PATH|$XDG_DATA_DIRS|$LD_LIBRARY_PATH|$ONE|$TWO|$THREE|${FOUR-gone}|$FIVE"
	exit 6
	SH
    chmod 755 "an app/usr/bin/my program"
    cat >"an app/AppRun.conf" <<-'CONF'
	# a comment

	exec usr/bin/my program
	arg --no-sandbox
	arg two  words
	prepend PATH usr/sbin
	prepend PATH usr/bin
	prepend	XDG_DATA_DIRS usr/share
	prepend LD_LIBRARY_PATH usr/lib
	set ONE a value = with  spaces
	default TWO other
	default THREE other
	unset FOUR
	setpath FIVE usr/share
	CONF
    app=$PWD/an\ app
    try env -u XDG_DATA_DIRS -u LD_LIBRARY_PATH -u APPDIR PATH=/bin TWO=mine THREE= FOUR=x "an app/AppRun" "a b" '$x' ''
    [ "$status" = 6 ]
    [ "$output" = "$app/usr/bin/my program
<--no-sandbox>
<two  words>
<a b>
<\$x>
<>
$PWD|$app|$app/usr/bin:$app/usr/sbin:/bin|$app/usr/share:/usr/local/share:/usr/share|$app/usr/lib|a value = with  spaces|mine|other|gone|$app/usr/share" ]
    # Another AppImage's APPDIR is not its own; a link to its own is.
    ln -s "an app" link
    [ "$(APPDIR=/usr "an app/AppRun" | tail -n 1 | cut -d'|' -f2)" = "$app" ]
    [ "$(APPDIR=$PWD/link "an app/AppRun" | tail -n 1 | cut -d'|' -f2)" = "$PWD/link" ]
    [ "$(ln -sf "$app/AppRun" started && ./started | tail -n 1 | cut -d'|' -f2)" = "$app" ]
    echo 'chdir usr/share' >>"an app/AppRun.conf"
    [ "$("an app/AppRun" | tail -n 1 | cut -d'|' -f1)" = "$app/usr/share" ]
    # Within an AppImage, and on a machine of another kind.
    app launched "$app"
    APPIMAGE_EXTRACT_AND_RUN=1 "$APPS/launched" "x y" >out || [ $? = 6 ]
    grep -qx '<x y>' out
    "$APPS/launched" "x y" >out || [ $? = 6 ]
    grep -qx '<x y>' out
    cp "$RT/aarch64/launcher" "an app/AppRun"
    qemu-aarch64-static "an app/AppRun" "x y" >out || [ $? = 6 ]
    grep -qx '<x y>' out
    cleared
}

@test "the launcher refuses what it does not know, in one line" {
    mkdir -p d/usr/bin
    cp "$RT/x86_64/launcher" d/AppRun
    chmod 755 d/AppRun
    printf '\177ELFnonsense' >d/usr/bin/bad
    chmod 755 d/usr/bin/bad
    fails() { # STATUS TEXT LINE...
        local want=$1 text=$2
        shift 2
        printf '%s\n' "$@" >d/AppRun.conf
        try d/AppRun
        echo "$status $output"
        [ "$status" = "$want" ]
        one_line
        [[ "$output" = *"$text"* ]]
    }
    fails 127 'line 2: an unknown word' 'exec usr/bin/x' 'run usr/bin/x'
    fails 127 'line 2: a second exec' 'exec usr/bin/x' 'exec usr/bin/y'
    fails 127 'without an exec' 'set A b'
    fails 127 'not below the AppDir' 'exec /bin/sh'
    fails 127 'not below the AppDir' 'exec usr/../../bin/sh'
    fails 127 'not below the AppDir' 'exec '
    fails 127 'not below the AppDir' 'exec usr//bin'
    fails 127 'no name of a variable' 'set 1A b' 'exec usr/bin/x'
    fails 127 'no name of a variable' 'set' 'exec usr/bin/x'
    fails 127 'No such file' 'exec usr/bin/nothing'
    fails 126 'Exec format error' 'exec usr/bin/bad'
    fails 126 'Permission denied' 'exec usr/bin'
    head -c 70000 /dev/zero | tr '\0' '#' >d/AppRun.conf
    try d/AppRun
    [ "$status" = 127 ]
    one_line
    printf 'exec usr/bin/bad\0' >d/AppRun.conf
    try d/AppRun
    [ "$status" = 127 ]
    rm d/AppRun.conf
    try d/AppRun
    [ "$status" = 127 ]
    one_line
    # A conf of nothing but arguments, as many as there is room for.
    { echo 'exec usr/bin/bad'; yes 'arg' | head -n 16000; } >d/AppRun.conf
    try d/AppRun
    [ "$status" = 126 ]
}

@test "a compiler or a sysroot that cannot be had stops the build, and says what to do" {
    mkdir -p elsewhere/tools
    cp -r "$SLIPWAY_SOURCE/tools/runtime" elsewhere/tools/
    printf '%s\n' 'cmake_minimum_required(VERSION 3.21)' 'project(slipway VERSION 1 LANGUAGES C)' \
        'add_subdirectory(tools/runtime)' >elsewhere/CMakeLists.txt
    try cmake -S elsewhere -B elsewhere/b -G Ninja '-DSLIPWAY_RUNTIMES=x86_64;riscv64'
    [ "$status" != 0 ]
    tr -s ' \n' ' ' <<<"$output" | grep -q 'riscv64-linux-gnu-gcc: install ci/packages.build with ci/setup, or leave riscv64 out of -DSLIPWAY_RUNTIMES'
    try cmake -S elsewhere -B elsewhere/c -G Ninja -DSLIPWAY_RUNTIMES=aarch64 -DSLIPWAY_SYSROOT_AARCH64="$PWD/nowhere"
    [ "$status" != 0 ]
    [[ "$output" = *"SLIPWAY_SYSROOT_AARCH64"* ]]
    echo 'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "/dev/null";' >apt.conf
    try env APT_CONFIG="$PWD/apt.conf" "$SLIPWAY_SOURCE/tools/runtime/sysroot" aarch64 "$PWD/root"
    [ "$status" = 4 ]
    [[ "$output" = *"no apt source"*"ci/setup"*"-DSLIPWAY_SYSROOT_AARCH64=DIR"* ]]
    [ -z "$(ls -d root* 2>/dev/null)" ]
}
