#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# slipway check: the recipe's mistakes, the published schema, the docs.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    cd "$BATS_TEST_TMPDIR" || return
    export SOURCE_DATE_EPOCH=1700000000
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.2.3
targets:
  - { os: linux, arch: x86_64, formats: [tar.gz] }
YAML
}

@test "docs/recipe.schema.json is what the loader checks" {
    "$SLIPWAY" check --print schema >schema.json
    diff -u "$root/docs/recipe.schema.json" schema.json
}

@test "the tables of docs/recipe.md are what the loader checks" {
    "$SLIPWAY" check --print keys >keys.md
    sed -n '/^<!-- keys:/,/^<!-- end of keys/p' "$root/docs/recipe.md" | sed '1d;$d' >docs.md
    diff -u docs.md keys.md
}

@test "a JSON Schema validator and the loader agree about every recipe in tests/golden" {
    python3 "$root/tests/golden/recipes/agree.py" "$SLIPWAY" "$root/docs/recipe.schema.json"
}

@test "the recipes in docs/recipe.md are good" {
    mkdir -p assets scripts
    touch LICENSE assets/icon.png scripts/postinst.sh scripts/debian-postinst.sh
    python3 - "$root/docs/recipe.md" <<'PY'
import re, sys
found = re.findall(r"^```yaml\n(.*?)^```", open(sys.argv[1]).read(), re.M | re.S)
assert len(found) >= 2
for i, text in enumerate(found):
    open(f"doc{i}.yaml", "w").write(text)
PY
    git init -q .
    git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one
    git tag v1.2.3
    for f in doc*.yaml; do
        HELLO_LANGUAGES=3 "$SLIPWAY" check -f "$f"
    done
}

@test "all mistakes are told, in the order of the text, with exit status 3" {
    printf 'titel: x\nstrip: "yes"\nlicense: All rights\n' >>slipway.yaml
    sed -i 's/formats/formts/' slipway.yaml
    run "$SLIPWAY" check
    [ "$status" -eq 3 ]
    [[ "$output" == *'slipway.yaml:5:32: unknown key "formts" in targets[0]; did you mean "formats"?'*'slipway.yaml:6:1: unknown key "titel"'*'slipway.yaml:7:8: strip must be'*'slipway.yaml:8:10: bad license'* ]]
}

@test "check --print json shows defaults, variables and overrides" {
    echo 'summary: "{{ name }} {{ version }}"' >>slipway.yaml
    "$SLIPWAY" check --print json --set title=Other >out.json
    python3 -c '
import json
r = json.load(open("out.json"))
assert r["summary"] == "hello 1.2.3" and r["title"] == "Other" and r["release"] == "1", r
assert r["inputs"]["time"] == 1700000000, r'
}

@test "a recipe of 100 MB, an alias bomb and a circle of extends end at once" {
    truncate -s 100M big.yaml
    run timeout 120 "$SLIPWAY" check -f big.yaml
    [ "$status" -eq 3 ] && [[ "$output" == *"big.yaml: is larger than the 4 MiB"* ]]
    { echo 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      for i in 1 2 3 4 5 6 7 8 9; do
          p="*a$((i - 1))"
          echo "a$i: &a$i [$p, $p, $p, $p, $p, $p, $p, $p, $p]"
      done; } >bomb.yaml
    run timeout 120 "$SLIPWAY" check -f bomb.yaml
    [ "$status" -eq 3 ] && [[ "$output" == *"bomb.yaml:"*"more than 100000 values"* ]]
    echo 'extends: b.yaml' >a.yaml
    echo 'extends: a.yaml' >b.yaml
    run timeout 120 "$SLIPWAY" check -f a.yaml
    [ "$status" -eq 3 ] && [[ "$output" == *"in a circle: a.yaml -> b.yaml -> a.yaml"* ]]
}
