#!/usr/bin/env bats
# Every system call that can fail fails once: the same bytes come out, or an error and what was there stays whole, and running
# it again gives the same bytes.

load small
load faulty

@test "the n-th call fails, for every n: the same bytes, or an error and nothing changed" {
    for n in $(seq 1 "$calls"); do
        rm -rf run
        cp -a base run
        if SLIPWAY_FAULT=$n small_release run 1.0.1 2>err.log; then
            small_sums run/dist | cmp - want.dist || { echo "call $n: exit 0 and other bytes"; return 1; }
            small_sums run/site | cmp - want.site || { echo "call $n: exit 0 and another site"; return 1; }
        else
            grep -q '^slipway: ' err.log || { echo "call $n: no message: $(cat err.log)"; return 1; }
            wholly_one_of dist && wholly_one_of site || { echo "call $n: half-done: $(cat err.log)"; return 1; }
            finish "$n"
        fi
    done
}

# Packages for Windows: DIR with one program, and a release of it.
windows_make() {
    mkdir -p "$1/app"
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode "$1/app/hello.exe"
    seq 1 2000 >"$1/app/numbers"
    echo 'Be nice.' >"$1/LICENSE"
    cat >"$1/slipway.yaml" <<'YAML'
schema: 1
name: small
id: com.example.small
version: 1.0.0
summary: A small thing
vendor: Example Inc
license: MIT
license-file: LICENSE
entry: hello.exe
protocols: [small]
targets:
  - os: windows
    arch: x86_64
    formats: [msi, zip, nsis]
    files: [{ from: app/, to: . }]
YAML
}

windows_pack() { # windows_pack DIR VERSION FORMAT...
    SOURCE_DATE_EPOCH=1800000000 timeout 600 "$SLIPWAY" pack -q -C "$1" --set-version "$2" --format "$3"
}

# Some of the calls, always others of each kind: all of them take minutes.
windows_fault() { # windows_fault FORMAT STEP [kill:]
    rm -rf wbase wwant wprobe
    windows_make wbase
    windows_pack wbase 1.0.0 "$1"
    cp -a wbase wwant
    windows_pack wwant 1.0.1 "$1"
    small_sums wbase/dist >wbase.sums
    small_sums wwant/dist >wwant.sums
    cp -a wbase wprobe
    n=$(SLIPWAY_FAULT=count windows_pack wprobe 1.0.1 "$1" 2>&1 | sed -n 's/^\([0-9]*\) counted calls$/\1/p')
    [ "$n" -gt 50 ]
    for i in $(seq 1 "$2" "$n"); do
        rm -rf wrun
        cp -a wbase wrun
        if SLIPWAY_FAULT=${3-}$i windows_pack wrun 1.0.1 "$1" 2>err.log; then
            small_sums wrun/dist | cmp - wwant.sums || { echo "$1, call $i: exit 0 and other bytes"; return 1; }
        else
            [ -n "${3-}" ] || grep -q '^slipway: ' err.log || { echo "$1, call $i: no message"; return 1; }
            small_sums wrun/dist >wrun.sums
            cmp -s wrun.sums wbase.sums || cmp -s wrun.sums wwant.sums || [ -n "${3-}" ] ||
                { echo "$1, call $i: half-done: $(cat err.log)"; return 1; }
            windows_pack wrun 1.0.1 "$1" || { echo "$1, call $i: the next run failed"; return 1; }
            small_sums wrun/dist | cmp - wwant.sums || { echo "$1, call $i: other bytes after it"; return 1; }
        fi
    done
}

@test "packages for Windows: some calls fail, or the run is killed there" {
    windows_fault msi 19
    windows_fault msi 37 kill:
    windows_fault nsis 47
    windows_fault nsis 61 kill:
    windows_fault zip 29
}
