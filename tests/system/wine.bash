# Windows programs under wine, in a prefix of the test file's own. Needs wine and wine64; only 64-bit programs start, unless
# WINE_ROOT names a root file system of roots.bash.
# No display is needed. Exit statuses are taken modulo 256, and a program that cannot be loaded "succeeds": what counts is
# what is on the disk. Sets WINEPREFIX and C, the folder of drive C.

# wine_start [win32]: makes the prefix, of 64-bit Windows unless told otherwise; for setup_file. That takes 11 s once; then it
# is copied out of the cache of all presets.
wine_start() {
    local arch=${1:-win64} made=$SLIPWAY_BUILD/cache
    case $SLIPWAY_BUILD in "$SLIPWAY_SOURCE"/build/*) made=$SLIPWAY_SOURCE/build/cache ;; esac
    mkdir -p "$made"
    made=$made/prefix-$arch-$(id -un)${WINE_ROOT:+-${WINE_ROOT##*/}}
    export WINEPREFIX=$BATS_FILE_TMPDIR/wine HOME=$BATS_FILE_TMPDIR/home C=$BATS_FILE_TMPDIR/wine/drive_c
    # No questions about Mono and Gecko, nothing into the menus of who runs the test.
    export WINEARCH=$arch WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
    export LC_ALL=C.UTF-8 # names in command lines are UTF-8
    unset DISPLAY
    mkdir -p "$HOME" # wine makes the desktop a link to it
    cd "$BATS_FILE_TMPDIR" || return
    (
        flock 9
        [ -d "$made" ] || wine_make "$made" 9>&-
    ) 9>"$made.lock" || return
    [ -d "$WINEPREFIX" ] || cp -a "$made/." "$WINEPREFIX"
    find "$C/users" -type l -lname '*/home' -print0 | xargs -0 -r -n 1 ln -sfnT "$HOME"
}

wine_make() { # the prefix, and a copy of it in the cache
    rm -rf "$1.new"
    wine_do wineboot -i >"$BATS_FILE_TMPDIR/wineboot.log" 2>&1
    wine_wait && [ -e "$C/windows/system32/kernel32.dll" ] && cp -a "$WINEPREFIX" "$1.new" && mv "$1.new" "$1"
}

# wine_stop: ends what still runs; for teardown_file.
wine_stop() {
    wine_run 300 wineserver -k || true
    wine_run 300 wineserver -w || true
    [ -z "${WINE_ROOT-}" ] || roots_leave "$WINE_ROOT"
}

wine_run() { # SECONDS PROGRAM…
    if [ -n "${WINE_ROOT-}" ]; then roots_do "$WINE_ROOT" "$@"; else timeout "$@"; fi
}

wine_do() { wine_run 900 wine "$@"; }

# wine_wait: until every program of the prefix has ended; then the registry is on the disk.
wine_wait() { wine_run 900 wineserver -w; }

# wine_line LINE…: command lines as they are, which wine would quote anew. Code page 437: ASCII only.
wine_line() {
    printf '@echo off\r\n' >"$C/run.bat"
    printf '%s\r\n' "$@" >>"$C/run.bat"
    wine_do cmd /c 'C:\run.bat'
}

# wine_files: all files and folders of drive C, without what every run leaves.
wine_files() {
    {
        (cd "$C" && find . -mindepth 1 \( -path './users/*/Temp' -o -path ./windows \) -prune -o ! -path './[!/]*.exe' -print)
        (cd "$HOME" && find . -name '*.lnk')
    } | LC_ALL=C sort
}

# wine_registry: every value of machine and user as `file [key] "name"=value`, a line each.
wine_registry() {
    wine_wait
    local f
    for f in system user; do
        awk -v f=$f '
            /^\[/ { sub(/\].*/, "]"); k = $0; if (k !~ /WineDbg/) print f, k; next }
            /^(#|;|WINE|$)/ || /DriverDateData|PendingFileRename/ { next }
            k !~ /WineDbg/ { print f, k, $0 }' "$WINEPREFIX/$f.reg"
    done | LC_ALL=C sort -u
}

# wine_mark NAME, then wine_new NAME: what is new in files and registry since.
wine_mark() {
    wine_registry >"$BATS_FILE_TMPDIR/$1.registry"
    wine_files >"$BATS_FILE_TMPDIR/$1.files"
}
wine_new() {
    LC_ALL=C comm -13 "$BATS_FILE_TMPDIR/$1.registry" <(wine_registry)
    LC_ALL=C comm -13 "$BATS_FILE_TMPDIR/$1.files" <(wine_files)
}
