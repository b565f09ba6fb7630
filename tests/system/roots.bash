# Root file systems of other Debians, for what does not run beside this one. Each is made once for all presets, by the mirror
# that apt uses here. Needs root and mmdebstrap. Sets nothing global but functions.

# roots_wine32: prints the folder of one with the wine that runs programs of 32 bits: it does not go beside a system with
# security updates. 2.5 min, 1.8 GB.
roots_wine32() {
    roots_have wine32 usr/bin/wine --variant=apt --architectures=amd64,i386 --include=wine,wine64,wine32:i386 trixie
}

# roots_judges: prints the folder of one with the osslsigncode and yara of today, and OpenSSL's provider for tokens, which this
# Debian lacks: 30 to 60 s, 90 MB. Nothing in it is set up, and its mirror may be some weeks behind.
roots_judges() {
    roots_have judges usr/lib/x86_64-linux-gnu/ossl-modules/pkcs11.so --variant=extract \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --include=base-files,coreutils,dash,osslsigncode,pkcs11-provider,softhsm2,yara forky
}

# roots_have NAME PROGRAM MMDEBSTRAP-ARG… SUITE. It hands descriptors to sh by number, and dash knows only those of one digit.
roots_have() {
    local name=$1 program=$2 cache=$SLIPWAY_BUILD/cache mirror
    shift 2
    case $SLIPWAY_BUILD in "$SLIPWAY_SOURCE"/build/*) cache=$SLIPWAY_SOURCE/build/cache ;; esac
    mkdir -p "$cache"
    (
        flock 9
        [ -e "$cache/$name/$program" ] && exit
        rm -rf "${cache:?}/$name"
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            grep -v -e security -e backports | head -n 1)
        for try in 1 2 3; do # a mirror may fail once in 400 packages
            rm -rf "$cache/$name.new"
            mmdebstrap -q --mode=root --components=main --aptopt='Apt::Install-Recommends "false"' \
                --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' "$@" "$cache/$name.new" \
                "$mirror" >&2 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- && break
            [ $try != 3 ] || exit 1
        done
        rm -rf "$cache/$name.new/var/cache/apt" "$cache/$name.new/var/lib/apt/lists"
        mv "$cache/$name.new" "$cache/$name"
    ) 9>"$cache/$name.lock" || return
    echo "$cache/$name"
}

# roots_do ROOT SECONDS PROGRAM…: in the root file system, in the same folder as here, which is below $BATS_RUN_TMPDIR;
# with the variables of wine.
roots_do() {
    # shellcheck disable=SC2016
    unshare -m --propagation private sh -c '
        work=$1 here=$2 root=$3
        shift 3
        mkdir -p "$root$work"
        mount --bind "$work" "$root$work"
        mount --bind /dev "$root/dev"
        mount --bind /proc "$root/proc"
        exec chroot "$root" env -u TMPDIR -u DISPLAY PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 \
            XDG_RUNTIME_DIR=/tmp sh -c "cd \"$here\" && exec timeout \"\$@\"" _ "$@"' _ \
        "$BATS_RUN_TMPDIR" "$PWD" "$@" </dev/null
}

# roots_leave ROOT: takes the mount point away.
roots_leave() { rmdir "$1$BATS_RUN_TMPDIR" 2>/dev/null || true; }

# roots_guest ROOT PROGRAM DIR: puts a program of here into a folder, with the libraries that the root file system lacks. There
# it runs with LD_LIBRARY_PATH=DIR, so with that Debian's libc and OpenSSL.
roots_guest() {
    local path
    mkdir -p "$3"
    cp "$2" "$3" || return
    ldd "$2" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r path; do
        [ -e "$1/usr/lib/x86_64-linux-gnu/${path##*/}" ] || cp -L "$path" "$3" || return
    done
}
