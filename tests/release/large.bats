#!/usr/bin/env bats
# An installer package over 2 GiB, with what goes into two cabinets, installed by wine.

load ../system/wine.bash

setup_file() { wine_start; }
teardown_file() { wine_stop; }

@test "a package over 2 GiB is read by 7-Zip and installed out of two cabinets" {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_FILE_TMPDIR"
    mkdir app
    truncate -s 1100M app/a.bin app/b.bin
    seq 1000000 2000000 >>app/a.bin
    seq 2000000 3000000 >>app/b.bin
    echo last >app/c.txt
    cat >slipway.yaml <<'YAML'
schema: 1
name: large
title: Large
id: com.example.large
version: 1.0.0
summary: Much data
vendor: Example Inc
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [msi], files: [{ from: app/, to: . }] }
msi: { compression: none }
YAML
    "$SLIPWAY" pack -q
    [ "$(stat -c %s dist/*.msi)" -gt $((1 << 31)) ]
    [ "$(msiinfo export dist/*.msi Media | tr -d '\r' | cut -f 1,2,4 | tail -n 2 | xargs)" = "1 1 #app1.cab 2 3 #app2.cab" ]
    7zz l dist/*.msi >listing
    grep -q app2.cab listing
    ln dist/*.msi "$C/large.msi"
    wine_do msiexec /i 'C:\large.msi' /qn
    wine_wait
    diff -r app "$C/Program Files/Large"
    wine_do msiexec /x 'C:\large.msi' /qn
    [ ! -e "$C/Program Files/Large" ]
    rm -r dist app "$C/large.msi"
}
