# Microsoft's evaluators of installer packages (ICE), run by runice.c under the wine of a root file system of its own: they
# are 32-bit programs, and a 32-bit wine does not go beside a system with security updates. Needs root, mmdebstrap, npm,
# gcc-mingw-w64-x86-64. The file system (2.5 min, 1.8 GB) is made once for all presets.

# Wine's SQL is not up to these, or they never return.
ice_unusable=' ICE19 ICE23 ICE26 ICE27 ICE28 ICE29 ICE36 ICE38 ICE43 ICE47 ICE49 ICE57 ICE64 ICE66 ICE73 ICE82 ICE90 ICE91 '

# ice_root_make MIRROR DIR. It hands descriptors to sh by number, and dash knows only those of one digit.
ice_root_make() {
    mmdebstrap -q --mode=root --variant=apt --architectures=amd64,i386 --components=main \
        --aptopt='Apt::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --include=wine,wine64,wine32:i386 trixie "$2" "$1" >&2 \
        3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

ice_root() { # prints the folder of the root file system
    local cache=$SLIPWAY_BUILD/cache mirror
    case $SLIPWAY_BUILD in "$SLIPWAY_SOURCE"/build/*) cache=$SLIPWAY_SOURCE/build/cache ;; esac
    mkdir -p "$cache"
    (
        flock 9
        [ -e "$cache/wine32/usr/bin/wine" ] && exit
        rm -rf "$cache/wine32"
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' |
            grep -v -e security -e backports | head -n 1)
        for try in 1 2 3; do # a mirror may fail once in 400 packages
            rm -rf "$cache/wine32.new"
            ice_root_make "$mirror" "$cache/wine32.new" && break
            [ $try != 3 ] || exit 1
        done
        rm -rf "$cache/wine32.new/var/cache/apt" "$cache/wine32.new/var/lib/apt/lists"
        mv "$cache/wine32.new" "$cache/wine32"
    ) 9>"$cache/wine32.lock" || return
    echo "$cache/wine32"
}

# ice_do SECONDS PROGRAM…: in the root file system, in folder $ICE, which has the same path there.
ice_do() {
    # shellcheck disable=SC2016
    unshare -m --propagation private sh -c '
        root=$1 work=$2
        shift 2
        mkdir -p "$root$work"
        mount --bind "$work" "$root$work"
        mount --bind /dev "$root/dev"
        mount --bind /proc "$root/proc"
        exec chroot "$root" env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 XDG_RUNTIME_DIR=/tmp \
            WINEPREFIX="$work/prefix" WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe= \
            sh -c "cd \"$work\" && exec timeout \"\$@\"" _ "$@"' _ "$ICE_ROOT" "$ICE" "$@" </dev/null
}

# ice_start: for setup_file. Sets ICE, the folder for packages.
ice_start() {
    local cub
    export ICE_ROOT ICE=$BATS_FILE_TMPDIR/ice
    mkdir -p "$ICE"
    ICE_ROOT=$(ice_root) || return
    cub=$(npm_part winstaller electron-winstaller@5.4.4 vendor/darice.cub) || return
    cp "$cub/vendor/darice.cub" "$ICE/darice.cub"
    x86_64-w64-mingw32-gcc -O2 -municode -o "$ICE/runice.exe" "$SLIPWAY_SOURCE/tests/system/runice.c" -lmsi || return
    ice_do 120 wine wineboot -i >"$ICE/wineboot.log" 2>&1
    ice_do 120 wineserver -w
    [ -e "$ICE/prefix/drive_c/windows/syswow64/kernel32.dll" ]
}

ice_stop() {
    ice_do 20 wineserver -k || true
    ice_do 20 wineserver -w || true
    rm -rf "$ICE/prefix"
}

ice_names() { # the evaluators that can be used
    local name
    for name in $(msiinfo export "$ICE/darice.cub" _ICESequence | tr -d '\r' | awk -F'\t' 'NR > 3 { print $1 }'); do
        case $ice_unusable in *" $name "*) ;; *) echo "$name" ;; esac
    done
}

# ice_check FILE: all of them on $ICE/FILE: in one process, and those that got lost there alone. Prints what they found, sorted,
# and how many ran. Tables of the evaluators themselves are none of ours.
ice_check() {
    local out=$ICE/$1.found name
    # shellcheck disable=SC2046
    ice_do 120 wine runice.exe "$1" darice.cub $(ice_names) | tr -d '\r' >"$out" || return
    for name in $(sed -n 's/ LOST .*//p' "$out"); do
        ice_do 30 wine runice.exe "$1" darice.cub "$name" | tr -d '\r' >>"$out"
    done
    grep -v -e ' LOST ' -e ' RAN$' -e 'Missing specifications in _Validation .*\[\(_\|MergeErrors\)' "$out" | LC_ALL=C sort || true
    echo "$(grep ' RAN$' "$out" | sort -u | wc -l) ran"
}
