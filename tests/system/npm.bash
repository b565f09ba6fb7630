# Packages of npm in the build folder's cache, each version once. Sets nothing global but functions.

# npm_have NAME SPEC…: installs them below a folder of the cache and prints it: its node_modules is for NODE_PATH.
npm_have() {
    local dir=$SLIPWAY_BUILD/cache/npm-$1
    shift
    npm_once "$dir" "$*" npm_install "$@" && echo "$dir"
}

npm_install() { echo '{}' >package.json && npm install --ignore-scripts --no-audit --no-fund --silent "$@" >&2; }

# npm_once DIR WHAT COMMAND…: in the folder, unless it holds WHAT already; one test after the other.
npm_once() {
    local dir=$1 what=$2
    shift 2
    mkdir -p "${dir%/*}"
    (
        flock 9
        [ "$(cat "$dir/done" 2>/dev/null)" != "$what" ] || exit 0
        rm -rf "$dir"
        mkdir "$dir" && cd "$dir" && "$@" 9>&- && echo "$what" >'done'
    ) 9>"$dir.lock"
}

# npm_part NAME SPEC PATH…: a package's named files alone, without what it depends on; prints their folder.
npm_part() {
    local dir=$SLIPWAY_BUILD/cache/npm-part-$1
    shift
    npm_once "$dir" "$*" npm_unpack "$@" && echo "$dir/package"
}

npm_unpack() {
    local tgz
    tgz=$(npm pack --silent "$1") && shift && tar xf "$tgz" "${@/#/package/}" && rm -f "$tgz"
}
