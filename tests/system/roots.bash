# Root file systems of other Debians, for what does not run beside this one. Each is made once for all presets, by the mirror
# that apt uses here. Needs root and mmdebstrap. Sets nothing global but functions.

# roots_wine32: prints the folder of one with the wine that runs programs of 32 bits: it does not go beside a system with
# security updates. 2.5 min, 1.8 GB.
roots_wine32() {
    roots_have wine32 usr/bin/wine --variant=apt --architectures=amd64,i386 --include=wine,wine64,wine32:i386 trixie
}

# roots_judges: prints the folder of one with the osslsigncode and yara of today: 10 s, 40 MB. Nothing in it is set up, and its
# mirror may be some weeks behind.
roots_judges() {
    roots_have judges usr/bin/yara --variant=extract --aptopt='Acquire::Check-Valid-Until "false"' \
        --include=base-files,coreutils,dash,osslsigncode,yara forky
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
