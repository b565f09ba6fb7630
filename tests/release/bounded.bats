#!/usr/bin/env bats
# Installer packages of what is more than 2 GiB take no more memory than others.

setup() {
    export SOURCE_DATE_EPOCH=1800000000
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir app
    for n in 1 2; do
        echo "head $n" >app/large$n
        truncate -s 1100M app/large$n
        echo "tail $n" >>app/large$n
    done
    echo small >app/small
}

recipe() { # recipe COMPRESSION
    cat >slipway.yaml <<YAML
schema: 1
name: large
id: com.example.large
version: 1.0.0
summary: More than 2 GiB
vendor: Example
maintainer: Ann Example <ann@example.com>
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [msi], files: [{ from: app/, to: app/ }] }
msi: { compression: $1 }
YAML
}

# pack MIB: in at most so much memory.
pack() {
    /usr/bin/python3 - "$1" "$SLIPWAY" pack -q <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
sys.exit(f"{peak} MiB" if peak > int(sys.argv[1]) else 0)
PY
}

@test "several cabinets by what goes in, in 64 MiB of memory" {
    recipe mszip
    pack 64
    msiinfo export dist/*.msi Media | tail -n +4 | cut -f 1,2,4 | tr -d '\r' | diff - <(printf '1\t1\t#app1.cab\n2\t3\t#app2.cab\n')
    gsf list dist/*.msi | grep -q '^f '
    msiinfo extract dist/*.msi app1.cab >app1.cab
    cabextract -q -p app1.cab | cmp - app/large1
    "$SLIPWAY" verify -q dist/*.msi
    truncate -s 2041M app/large1
    run "$SLIPWAY" pack -q
    [ "$status" -eq 3 ]
    [[ $output == *'app/large1 is larger than the 2,040 MiB that a cabinet surely holds'* ]]
}
