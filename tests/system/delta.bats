#!/usr/bin/env bats
# A small change is a small download: AppImages of a tree of thousands of files, of which one changes, grows, comes or
# goes. The figures are the plan's, and a real client's in updater.bats says that the plan is right.

setup() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return 1
    cat >slipway.yaml <<'YAML'
schema: 1
name: tree
title: Tree
id: com.example.tree
version: 1.0.0
summary: Many files
description: Many files of which few change.
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/tree
license: MIT
icon: icon.png
entry: bin/tree
files:
  - { text: "#!/bin/sh\n", to: bin/tree, mode: "0755" }
  - { from: modules/, to: share/tree/ }
targets:
  - { os: linux, arch: x86_64, formats: [appimage] }
publish:
  - { to: dir, path: site }
YAML
    python3 - <<'PY'
import os, random
words = "function return const module exports require value options locale string number date format parse match".split()
def text(seed, size):
    r, out, n = random.Random(seed), [], 0
    while n < size:
        out.append(" ".join(r.choice(words) + str(r.randrange(50)) * r.randrange(2) for _ in range(8)) + ";\n")
        n += len(out[-1])
    return "".join(out)
for i in range(3000):
    folder = f"modules/pkg{i // 40:02}/lib{i // 8 % 5}"
    os.makedirs(folder, exist_ok=True)
    open(f"{folder}/file{i}.js", "w").write(text(i, random.Random(i).randrange(300, 6000)))
PY
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 64
    release 1.0.0
}

# The clock of each release is another: no time of it may be in what does not change.
release() { SOURCE_DATE_EPOCH=$((1800000000 + ${1##*.} * 86400)) "$SLIPWAY" release -q --set-version "$1"; }

costs() { # costs VERSION PERCENT: released, it takes no more from the one before
    release "$1"
    SOURCE_DATE_EPOCH=$((1800000000 + ${1##*.} * 86400)) "$SLIPWAY" feed -n --set-version "$1" --last 1 --max-delta "$2"
}

@test "one file of 3000 changes, grows, comes, goes: a few percent" {
    file() { find modules -name "file$1.js"; }
    costs 1.0.1 6% # nothing changed but the version
    sed -i '5s/./X/' "$(file 1500)"
    costs 1.0.2 10%
    yes 'more of it;' | head -n 250 >>"$(file 2042)"
    costs 1.0.3 10%
    cp "$(file 720)" "$(dirname "$(file 720)")/new.js"
    echo new >>"$(dirname "$(file 720)")/new.js"
    costs 1.0.4 10%
    rm "$(file 2565)"
    costs 1.0.5 10%
    # from long ago everything is downloaded that changed since, and no more
    SOURCE_DATE_EPOCH=$((1800000000 + 5 * 86400)) "$SLIPWAY" feed -n --set-version 1.0.5 --max-delta 25%
}
