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

@test "verify: a map that is not the package's is found, though the ledger has it" {
    load small
    small_make w
    printf 'feed: { blockmap: [tar.gz] }\n' >>w/slipway.yaml
    sed -i '/^sign:/,/^  openpgp/d' w/slipway.yaml
    small_release w 1.0.0
    map=$(cd w/dist && ls ./*.blockmap)
    "$SLIPWAY" verify -q w/dist
    gzip -dc "w/dist/$map" | sed 's/"checksums":\["..../"checksums":["AAAA/' | gzip -9 -n >bad
    python3 - w/dist "${map#./}" bad <<'PY'
import hashlib, os, re, sys
dist, name, bad = sys.argv[1:]
def facts(f):
    b = open(f, "rb").read()
    return str(len(b)), hashlib.sha256(b).hexdigest(), hashlib.sha512(b).hexdigest()
def put(name, new, text):  # the ledger with the facts of another file under that name
    old = facts(os.path.join(dist, name))
    open(os.path.join(dist, name), "wb").write(new)
    head, tail = text.split('"name": "%s"' % name)
    for a, b in zip(old, facts(os.path.join(dist, name))):
        tail = tail.replace(a, b, 1)
    return head + '"name": "%s"' % name + tail
read = lambda f: open(os.path.join(dist, f), "rb").read()
before = facts(os.path.join(dist, name))
text = read("release.json").decode()
text = put(name, open(bad, "rb").read(), text)
after = facts(os.path.join(dist, name))
for n, sums in ((1, "checksums.sha256"), (2, "checksums.sha512")):
    text = put(sums, read(sums).replace(before[n].encode(), after[n].encode()), text)
body = text[: text.index(',\n  "seal"')]
seal = hashlib.sha256((body + ',\n  "seal": "sha256:').encode()).hexdigest()
text = re.sub(r'sha256:[0-9a-f]{64}"\n}', 'sha256:%s"\n}' % seal, text)
open(os.path.join(dist, "release.json"), "w").write(text)
PY
    run "$SLIPWAY" verify w/dist
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"its block map tells other bytes 0 to "* ]]
    [ "$(grep -c . <<<"$output")" -le 3 ]
}
