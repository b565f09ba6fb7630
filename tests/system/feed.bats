#!/usr/bin/env bats
# latest*.yml through electron-updater's own parser, and beside what electron-builder's writer makes of the same facts.

load npm.bash

setup_file() { npm_have updater electron-updater@6.8.10 js-yaml@4.1.1 >/dev/null; }

setup() {
    NODE_PATH=$(npm_have updater electron-updater@6.8.10 js-yaml@4.1.1)/node_modules
    export NODE_PATH SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir app
    cp "$(command -v ls)" app/hello
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.2.3
summary: A thing
maintainer: Ann Example <ann@example.com>
license: MIT
files: [{ from: app/hello, to: bin/hello }]
targets:
  - { os: linux, arch: x86_64, formats: [rpm, deb, tar.gz] }
YAML
}

check() { node "$SLIPWAY_SOURCE/tests/system/feed.cjs" "$@"; }

deb=hello_1.2.3_amd64.deb
rpm=hello-1.2.3-1.x86_64.rpm
date='"releaseDate": "2027-01-15T08:00:00.000Z"'

@test "the manifest is electron-builder's, byte for byte" {
    "$SLIPWAY" release -q
    check dist/latest-linux.yml "{ \"version\": \"1.2.3\", \"files\": [\"$deb\", \"$rpm\"], $date }"
    [ "$(cd dist && ls -- *.yml)" = latest-linux.yml ]
    grep -q latest-linux.yml dist/checksums.sha256
    "$SLIPWAY" verify -q dist
}

@test "hard texts come back as they were" {
    while IFS= read -r text; do
        node -e '
            const text = JSON.parse(process.argv[1]), feed = { "release-notes": text }
            if (!/[\n\t\u0001]/.test(text)) feed["release-name"] = text
            const fs = require("fs")
            fs.writeFileSync("hard.yaml", fs.readFileSync("slipway.yaml") + "feed: " + JSON.stringify(feed) + "\n")
            const info = {}
            if (feed["release-name"]) info.releaseName = text
            if (text) info.releaseNotes = text
            fs.writeFileSync("info.json", JSON.stringify(info))
        ' "$text"
        "$SLIPWAY" release -q -f hard.yaml
        check dist/latest-linux.yml "{ \"version\": \"1.2.3\", \"files\": [\"$deb\", \"$rpm\"], \"releaseInfo\": $(cat info.json), $date }"
    done <<'TEXTS'
"1.10"
"1e3"
"yes"
"null"
"2026-11-21"
"0x10"
"12:30"
"a: b"
"a #b # c"
"- a"
"'quoted' \"twice\""
"[a], {b}"
"ünïcödé 日本語 🚢"
"a trailing blank "
"a tab\tinside"
"two\nlines"
"a line\n\nand more\n"
"  indented\nfirst\n"
"ends\n\n\n"
"# a heading\n\n- item: one\n- item 'two'\n\n```\ncode: |\n```\n"
""
TEXTS
}

@test "every key, and the changelog as notes" {
    cat >>slipway.yaml <<'YAML'
feed: { staging-percentage: 25, minimum-system-version: "6.1", release-name: Spring }
changelog: CHANGELOG.md
YAML
    printf '# Changelog\n\n## 1.2.3 - 2026-11-21\n\n- first: a thing\n- second\n\n## 1.2.2 - 2026-01-01\n\n- old\n' >CHANGELOG.md
    "$SLIPWAY" release -q
    check dist/latest-linux.yml "{ \"version\": \"1.2.3\", \"files\": [\"$deb\", \"$rpm\"], \"releaseInfo\": {
        \"releaseName\": \"Spring\", \"releaseNotes\": \"- first: a thing\\n- second\\n\",
        \"stagingPercentage\": 25, \"minimumSystemVersion\": \"6.1\" }, $date }"
}

@test "channels: from the version, from the recipe, all that are less stable" {
    "$SLIPWAY" release -q --set-version 2.0.0-beta.1
    [ "$(cd dist && ls -- *.yml)" = beta-linux.yml ]
    "$SLIPWAY" release -q -o nightly --set feed.channel=nightly
    [ "$(cd nightly && ls -- *.yml)" = nightly-linux.yml ]
    "$SLIPWAY" release -q -o all --set feed.all-channels=true
    [ "$(cd all && echo *.yml)" = "alpha-linux.yml beta-linux.yml latest-linux.yml" ]
    "$SLIPWAY" release -q -o none --set feed.enabled=false
    run ls none/*.yml
    [ "$status" -ne 0 ]
    run "$SLIPWAY" check --set feed.channel=../x
    [ "$status" -eq 3 ]
}

@test "a feed that does not fit its ledger is found" {
    "$SLIPWAY" release -q
    "$SLIPWAY" verify -q dist
    sed -i 's/^version: 1.2.3/version: 1.2.4/' dist/latest-linux.yml
    run "$SLIPWAY" verify dist
    [ "$status" -eq 1 ]
}

@test "a block map beside a package lives and goes with it" {
    "$SLIPWAY" release -q --set 'feed.blockmap=[tar.gz]'
    map=$(echo dist/*.tar.gz.blockmap)
    "$SLIPWAY" blockmap -o other.blockmap "${map%.blockmap}"
    cmp other.blockmap "$map"
    grep -q "$(basename "$map")" dist/checksums.sha512
    before=$(stat -c %i-%y "$map")
    "$SLIPWAY" release -q --set 'feed.blockmap=[tar.gz]'
    [ "$(stat -c %i-%y "$map")" = "$before" ]
    "$SLIPWAY" verify -q dist
    "$SLIPWAY" release -q
    [ ! -e "$map" ]
    if grep -q blockmap dist/release.json; then return 1; fi
    "$SLIPWAY" verify -q dist
}
