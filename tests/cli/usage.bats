#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line itself: help, usage errors, what goes to which stream, pages and completions.

bats_require_minimum_version 1.5.0

setup() {
    export SOURCE_DATE_EPOCH=1700000000 XDG_DATA_HOME=$BATS_TEST_TMPDIR/data
    cd "$BATS_TEST_TMPDIR" || return
    commands=$("$SLIPWAY" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    [ "$(echo "$commands" | wc -l)" -ge 14 ]
}

recipe() {
    cat >slipway.yaml <<'YAML'
schema: 1
name: hello
version: 1.2.3
targets:
  - os: linux
    arch: x86_64
    formats: [tar.gz]
    files:
      - { from: hello, to: bin/hello, mode: "0755" }
YAML
    echo hello >hello
}

# shellcheck disable=SC2154 # bats sets stderr_lines
# says STATUS TEXT COMMAND…: nothing on stdout, one line with the text on stderr.
says() {
    local status_wanted=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    [ "$status" -eq "$status_wanted" ]
    [ -z "$output" ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "slipway: "*"$text"* ]]
}

@test "every command has --help on stdout, with its options, and ends with 0" {
    for c in $commands; do
        run --separate-stderr "$SLIPWAY" "$c" --help
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ $output == "usage: slipway $c"* ]]
        [[ $output == *--jobs* ]]
        [ "$output" = "$("$SLIPWAY" help "$c")" ]
        [ "$output" = "$("$SLIPWAY" -h "$c")" ]
    done
}

@test "mistyped commands and options: status 2, one line, a suggestion" {
    says 2 'did you mean release?' "$SLIPWAY" relase
    says 2 'did you mean verify?' "$SLIPWAY" help verfy
    says 2 'slipway help lists them' "$SLIPWAY" xyzzyxyzzy
    says 2 'did you mean --format?' "$SLIPWAY" pack --fromat deb
    says 2 'unknown option -Z' "$SLIPWAY" pack -Z
    says 2 'needs a value' "$SLIPWAY" pack --format
    says 2 'needs a value' "$SLIPWAY" pack -f
    says 2 'takes no value' "$SLIPWAY" pack --quiet=yes
    says 2 'takes a number' "$SLIPWAY" pack --jobs many
    says 2 'takes auto, always or never' "$SLIPWAY" check --color sometimes
    says 2 'unexpected "extra"' "$SLIPWAY" check extra
    says 2 'bash, zsh or fish' "$SLIPWAY" completion tcsh
    says 2 'keys new' "$SLIPWAY" keys frobnicate
    says 2 'verify what?' "$SLIPWAY" verify
    says 4 'No such file or directory' "$SLIPWAY" -C missing check
}

@test "options: long, short, together, with =, after --, put out again" {
    recipe
    mkdir sub
    "$SLIPWAY" -C. check -qfslipway.yaml
    "$SLIPWAY" check --file=slipway.yaml --quiet --no-quiet 2>said
    [ -s said ]
    "$SLIPWAY" check -q 2>said
    [ ! -s said ]
    (cd sub && "$SLIPWAY" -q --dir .. check)
    says 2 'unexpected "--quiet"' "$SLIPWAY" check -- --quiet
    says 4 'deb: there is no such file' "$SLIPWAY" check --no-quiet -f -F -f deb
}

@test "results go to stdout, talk to stderr" {
    recipe
    run --separate-stderr "$SLIPWAY" check
    [ -z "$output" ]
    [[ $stderr == *"1.2.3 is good"* ]]
    run --separate-stderr "$SLIPWAY" --version
    [[ $output == "slipway "[0-9]* ]]
    [ -z "$stderr" ]
    [ "$output" = "$("$SLIPWAY" version)" ]
    run --separate-stderr "$SLIPWAY" pack --json
    [ "$status" -eq 0 ]
    python3 -c 'import json, sys; [json.loads(l) for l in sys.argv[1].split("\n")]' "$output"
    for c in "doctor --json" "inspect --json dist/hello_1.2.3_linux_x86_64.tar.gz" "verify --json dist" "version --json"; do
        f=$(echo dist/*.tar.gz)
        # shellcheck disable=SC2086
        "$SLIPWAY" ${c/dist\/*.tar.gz/$f} 2>/dev/null >out.json
        python3 -c 'import json; n = [json.loads(l) for l in open("out.json")]; assert n'
    done
}

@test "a stdout that is full is an error" {
    run --separate-stderr sh -c '"$SLIPWAY" help --markdown >/dev/full'
    [ "$status" -eq 4 ]
    [[ $stderr == *"standard output cannot be written"* ]]
}

@test "--dry-run writes nothing" {
    recipe
    before=$(find . | sort)
    for c in build pack sign publish release; do
        "$SLIPWAY" "$c" --dry-run 2>/dev/null
        [ "$(find . | sort)" = "$before" ]
    done
}

@test "colour only when asked or on a terminal; annotations in GitHub Actions" {
    recipe
    sed -i 's/formats/formts/' slipway.yaml
    run "$SLIPWAY" check --color always
    [[ $output == *$'\033['* ]]
    run "$SLIPWAY" check
    [[ $output != *$'\033['* ]]
    [[ $output != *::error* ]]
    GITHUB_ACTIONS=true run "$SLIPWAY" check
    [ "$status" -eq 3 ]
    [[ $output == *'::error file=slipway.yaml,line=7,col='*'::unknown key "formts"'* ]]
    GITHUB_ACTIONS=true run "$SLIPWAY" check -f $'100%\n::set-env name=X::y'
    [[ $output == *'::error::100%25%0A::set-env'* ]]
}

@test "manual pages are sound, one for each command" {
    for c in "" $commands; do
        # shellcheck disable=SC2086
        "$SLIPWAY" help --man $c >page.1
        mandoc -T lint -W warning page.1
        mandoc -T utf8 page.1 | col -b >page.txt
        grep -q -- '--jobs' page.txt
        [ -s "$SLIPWAY_BUILD/man/slipway${c:+-$c}.1" ]
    done
}

@test "keys: new, list, export; the public key is all that is printed" {
    "$SLIPWAY" keys new demo >made
    "$SLIPWAY" keys list | grep -q demo
    "$SLIPWAY" keys export demo >key.asc
    head -n 1 key.asc | grep -q 'BEGIN PGP PUBLIC KEY BLOCK'
    [ "$(cat made key.asc | grep -c PRIVATE)" -eq 0 ]
    says 4 'there is no key "other"' "$SLIPWAY" keys export other
}

@test "doctor: what is missing is said with its mend; what the recipe does not need is not missing" {
    recipe
    "$SLIPWAY" doctor
    printf 'sign: { openpgp: { key: "env:NO_SUCH_KEY" } }\n' >>slipway.yaml
    run --separate-stderr "$SLIPWAY" doctor
    [ "$status" -eq 4 ]
    [[ $output == *'missing  sign.openpgp.key env:NO_SUCH_KEY: the environment variable is not set'* ]]
    NO_SUCH_KEY=x "$SLIPWAY" doctor
    run --separate-stderr env PATH=/nonexistent NO_SUCH_KEY=x "$SLIPWAY" doctor
    [ "$status" -eq 4 ]
    [[ $output == *'missing  gpg, for sign: openpgp: apt-get install gnupg'* ]]
    [[ $output == *'makensis is not here, and nothing in the recipe needs it'* ]]
    sed -i 's/^targets:/targets:\n  - { os: windows, arch: x64, formats: nsis }/' slipway.yaml
    run --separate-stderr env PATH=/nonexistent NO_SUCH_KEY=x "$SLIPWAY" doctor
    [[ $output == *'missing  makensis, for nsis: apt-get install nsis'* ]]
}

@test "sign: a file goes to --output; -o, as other programs call that, would change the file itself and is refused" {
    echo data >setup.exe
    says 2 'where a signed file goes is --output' "$SLIPWAY" sign setup.exe -o signed.exe --remove
    [ "$(cat setup.exe)" = data ]
}
