# A root file system of its own with the wine that runs programs of 32 bits: that does not go beside a system with security
# updates. Needs root and mmdebstrap. The file system (2.5 min, 1.8 GB) is made once for all presets.

# wineroot_make MIRROR DIR. It hands descriptors to sh by number, and dash knows only those of one digit.
wineroot_make() {
    mmdebstrap -q --mode=root --variant=apt --architectures=amd64,i386 --components=main \
        --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --include=wine,wine64,wine32:i386 trixie "$2" "$1" >&2 \
        3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

wineroot_cache() { # the cache of all presets, or that of another build folder
    case $SLIPWAY_BUILD in
    "$SLIPWAY_SOURCE"/build/*) echo "$SLIPWAY_SOURCE/build/cache" ;;
    *) echo "$SLIPWAY_BUILD/cache" ;;
    esac
}

wineroot() { # prints the folder of the root file system
    local cache mirror
    cache=$(wineroot_cache)
    mkdir -p "$cache"
    (
        flock 9
        [ -e "$cache/wine32/usr/bin/wine" ] && exit
        rm -rf "$cache/wine32"
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            grep -v -e security -e backports | head -n 1)
        for try in 1 2 3; do # a mirror may fail once in 400 packages
            rm -rf "$cache/wine32.new"
            wineroot_make "$mirror" "$cache/wine32.new" && break
            [ $try != 3 ] || exit 1
        done
        rm -rf "$cache/wine32.new/var/cache/apt" "$cache/wine32.new/var/lib/apt/lists"
        mv "$cache/wine32.new" "$cache/wine32"
    ) 9>"$cache/wine32.lock" || return
    echo "$cache/wine32"
}

# wineroot_do SECONDS PROGRAM…: in the root file system $WINE_ROOT, with the variables of wine; $BATS_FILE_TMPDIR has the same
# path there.
wineroot_do() {
    # shellcheck disable=SC2016
    unshare -m --propagation private sh -c '
        root=$1 work=$2 here=$3
        shift 3
        mkdir -p "$root$work"
        mount --bind "$work" "$root$work"
        mount --bind /dev "$root/dev"
        mount --bind /proc "$root/proc"
        exec chroot "$root" env -u TMPDIR -u DISPLAY PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 \
            XDG_RUNTIME_DIR=/tmp sh -c "cd \"$here\" && exec timeout \"\$@\"" _ "$@"' _ \
        "$WINE_ROOT" "$BATS_FILE_TMPDIR" "$PWD" "$@" </dev/null
}

wineroot_leave() { # takes the mount point away
    (cd "$WINE_ROOT" && rmdir -p --ignore-fail-on-non-empty ".$BATS_FILE_TMPDIR" 2>/dev/null) || true
}
