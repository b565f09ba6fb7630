# Microsoft's evaluators of installer packages (ICE), run by runice.c with wine.bash, in the wine32 of roots.bash: they are
# 32-bit programs. Needs npm and gcc-mingw-w64-x86-64.

# Wine's SQL is not up to these, or they never return.
ice_unusable=' ICE19 ICE23 ICE26 ICE27 ICE28 ICE29 ICE36 ICE38 ICE43 ICE47 ICE49 ICE57 ICE64 ICE66 ICE73 ICE82 ICE90 ICE91 '

# ice_do SECONDS PROGRAM…: in the root file system, in folder $ICE.
ice_do() { (cd "$ICE" && roots_do "$WINE_ROOT" "$@"); }

# ice_start: for setup_file. Sets ICE, the folder for packages.
ice_start() {
    local cub
    export WINE_ROOT ICE=$BATS_FILE_TMPDIR/ice
    mkdir -p "$ICE"
    WINE_ROOT=$(roots_wine32) || return
    cub=$(npm_part winstaller electron-winstaller@5.4.4 vendor/darice.cub) || return
    cp "$cub/vendor/darice.cub" "$ICE/darice.cub"
    x86_64-w64-mingw32-gcc -O2 -municode -o "$ICE/runice.exe" "$SLIPWAY_SOURCE/tests/system/runice.c" -lmsi || return
    wine_start && [ -e "$C/windows/syswow64/kernel32.dll" ]
}

ice_stop() { wine_stop; }

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
    ice_do 900 wine runice.exe "$1" darice.cub $(ice_names) | tr -d '\r' >"$out" || return
    for name in $(sed -n 's/ LOST .*//p' "$out"); do
        ice_do 300 wine runice.exe "$1" darice.cub "$name" | tr -d '\r' >>"$out"
    done
    grep -v -e ' LOST ' -e ' RAN$' -e 'Missing specifications in _Validation .*\[\(_\|MergeErrors\)' "$out" | LC_ALL=C sort || true
    echo "$(grep ' RAN$' "$out" | sort -u | wc -l) ran"
}
