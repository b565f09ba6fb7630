# Packages of npm in the build folder's cache, each version once. Sets nothing global but functions.

# npm_have NAME SPEC…: installs them below a folder of the cache and prints it: its node_modules is for NODE_PATH.
npm_have() {
    local dir=$SLIPWAY_BUILD/cache/npm-$1
    shift
    if [ "$(cat "$dir/done" 2>/dev/null)" != "$*" ]; then
        rm -rf "$dir"
        mkdir -p "$dir"
        (cd "$dir" && echo '{}' >package.json &&
            npm install --ignore-scripts --no-audit --no-fund --silent "$@" >&2 && echo "$*" >'done') || return 1
    fi
    echo "$dir"
}

# npm_part NAME SPEC PATH…: a package's named files alone, without what it depends on; prints their folder.
npm_part() {
    local dir=$SLIPWAY_BUILD/cache/npm-part-$1 spec=$2
    shift 2
    if [ "$(cat "$dir/done" 2>/dev/null)" != "$spec $*" ]; then
        rm -rf "$dir"
        mkdir -p "$dir"
        (cd "$dir" && tgz=$(npm pack --silent "$spec") && tar xf "$tgz" "${@/#/package/}" && rm -f "$tgz" &&
            echo "$spec $*" >'done') || return 1
    fi
    echo "$dir/package"
}
