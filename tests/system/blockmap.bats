#!/usr/bin/env bats
# Block maps beside those of electron-builder's own generator, the program whose maps ours are compared with in the
# field.

load npm.bash

setup_file() {
    npm_have hashes @noble/hashes@1.8.0 >/dev/null
    npm_part app-builder-lib app-builder-lib@26.17.0 out/targets/blockmap/blockmap.js package.json >/dev/null
}

setup() {
    NODE_PATH=$(npm_have hashes @noble/hashes@1.8.0)/node_modules
    export NODE_PATH
    generator=$(npm_part app-builder-lib app-builder-lib@26.17.0 out/targets/blockmap/blockmap.js package.json)/out/targets/blockmap/blockmap.js
    cd "$BATS_TEST_TMPDIR" || return 1
}

same() { # same FILE: one map, one digest, one size
    node "$SLIPWAY_SOURCE/tests/system/blockmap.cjs" "$generator" gzip "$1" theirs.blockmap >theirs.json
    "$SLIPWAY" blockmap --json -o ours.blockmap "$1" >ours.json
    gzip -dc theirs.blockmap >theirs
    gzip -dc ours.blockmap >ours
    cmp theirs ours
    [ "$(jq -c '[.size,.sha512]' ours.json)" = "$(jq -c '[.size,.sha512]' theirs.json)" ]
    for jobs in 1 3; do
        "$SLIPWAY" blockmap --jobs $jobs -o again.blockmap "$1"
        cmp again.blockmap ours.blockmap
    done
}

@test "real files: programs, a library, an archive, text" {
    tar cf tools.tar -C "$SLIPWAY_SOURCE" tools
    tar czf tools.tar.gz -C "$SLIPWAY_SOURCE" tools
    for f in "$SLIPWAY" "$(readlink -f "$(command -v bash)")" "$(readlink -f "$(command -v git)")" \
        "$(ldconfig -p | awk '/libcrypto.so.3 .*=>/ { print $NF; exit }')" tools.tar tools.tar.gz \
        "$SLIPWAY_SOURCE/docs/commands.md"; do
        [ -s "$f" ]
        same "$f"
    done
}

@test "sizes at every edge of a chunk" {
    for byte in 0 1; do
        for n in 0 1 63 64 65 8127 8128 8129 8191 8192 8193 32767 32768 32769 65536 1048576; do
            if [ $byte = 0 ]; then head -c $n /dev/zero >f; else head -c $n "$SLIPWAY" >f; fi
            same f
        done
    done
}

@test "a map inside: chunks of the file before it, sizes of the file with it" {
    for n in 0 1 500000; do
        head -c $n "$SLIPWAY" >theirs.bin
        cp theirs.bin ours.bin
        cp theirs.bin plain
        chmod 755 ours.bin
        node "$SLIPWAY_SOURCE/tests/system/blockmap.cjs" "$generator" append theirs.bin >theirs.json
        "$SLIPWAY" blockmap --append --json ours.bin >ours.json
        [ -x ours.bin ]
        [ "$(jq -r .sha512 ours.json)" = "$(openssl dgst -sha512 -binary ours.bin | base64 -w0)" ]
        [ "$(jq -r .size ours.json)" = "$(stat -c %s ours.bin)" ]
        cmp -n "$n" plain ours.bin
        node -e '
            const fs = require("fs"), zlib = require("zlib")
            const map = (f, size) => {
                const b = fs.readFileSync(f), n = b.readUInt32BE(b.length - 4)
                if (size !== n || b.length - 4 - n !== Number(process.argv[1])) throw Error(f)
                return zlib.inflateRawSync(b.subarray(b.length - 4 - n, b.length - 4)).toString()
            }
            const facts = f => JSON.parse(fs.readFileSync(f)).blockMapSize
            if (map("ours.bin", facts("ours.json")) !== map("theirs.bin", facts("theirs.json"))) throw Error("maps differ")
        ' "$n"
    done
}

@test "a file that is not there leaves nothing behind" {
    run "$SLIPWAY" blockmap nothing
    [ "$status" -eq 4 ]
    [ -z "$(ls -A)" ]
}
