#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Compound files before libgsf, 7-Zip, olefile and msitools.

load fixtures.bash

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    box=$SLIPWAY_BUILD/tests/winbox
}

# The streams' names, sizes and bytes; olefile takes no defect for granted.
by_olefile() {
    /usr/bin/python3 - "$1" <<'PY'
import hashlib, olefile, sys
o = olefile.OleFileIO(sys.argv[1], raise_defects=olefile.DEFECT_UNSURE)
assert not o.parsing_issues
for path in sorted(o.listdir()):
    data = o.openstream(path).read()
    print(hashlib.sha256(data).hexdigest(), len(data), "/".join(path))
PY
}

by_gsf() {
    gsf list "$1" | awk '$1 == "f" { print $3 }' | LC_ALL=C sort | while read -r name; do
        printf '%s %s %s\n' "$(gsf cat "$1" "$name" | sha256sum | cut -d' ' -f1)" "$(gsf cat "$1" "$name" | wc -c)" "$name"
    done
}

by_us() {
    "$box" cfb-list "$1" | sed -n 's/^f [0-9]* //p' | LC_ALL=C sort | while read -r name; do
        printf '%s %s %s\n' "$("$box" cfb-cat "$1" "$name" | sha256sum | cut -d' ' -f1)" "$("$box" cfb-cat "$1" "$name" | wc -c)" "$name"
    done
}

given() {
    local name
    for name in "$@"; do
        printf '%s %s %s\n' "$(sha256sum <"${name#*=}" | cut -d' ' -f1)" "$(wc -c <"${name#*=}")" "${name%%=*}"
    done | LC_ALL=C sort -k3
}

files() {
    local n
    for n in 0 1 64 511 512 4095 4096 65537 9000000; do
        head -c "$n" /dev/urandom >"f$n"
    done
}

@test "libgsf, 7-Zip and olefile read every stream of both versions" {
    files
    for v in 3 4; do
        # from 6.8 MB on version 3 has tables of tables
        set -- nothing=f0 one=f1 a64=f64 S/a511=f511 S/A512=f512 S/small=f4095 S/large=f4096 umlaut-ÄÖ=f65537 huge=f9000000
        "$box" cfb $v $v.cfb "$@"
        "$box" cfb $v again.cfb "$@"
        cmp $v.cfb again.cfb
        given "$@" >want
        by_us $v.cfb | diff want -
        by_olefile $v.cfb | LC_ALL=C sort -k3 | diff want -
        by_gsf $v.cfb | diff want -
        7zz t -bso0 -bsp0 -tCompound $v.cfb
        7zz x -bso0 -bsp0 -tCompound -o$v $v.cfb
        while read -r sum _ name; do
            [ "$(sha256sum <"$v/$name" | cut -d' ' -f1)" = "$sum" ]
        done <want
    done
}

@test "3,000 streams in one folder are found by their names" {
    seq 1 3000 | sed 's/.*/name&=f/' >names
    echo bytes >f
    xargs "$box" cfb 3 many.cfb <names
    [ "$(gsf list many.cfb | grep -c '^f')" = 3000 ]
    # gsf cat, as Windows, goes down the tree
    for i in 1 77 1024 2999 3000; do [ "$(gsf cat many.cfb "name$i")" = bytes ]; done
    by_olefile many.cfb | awk '$2 != 6' | { if grep -q .; then return 1; fi; }
}

@test "a stream that is added or taken away changes no other" {
    files
    for v in 3 4; do
        "$box" cfb $v plain.cfb a=f1 b=f4095 S/c=f65537 d=f9000000 e=f512
        "$box" cfb-change plain.cfb $v.cfb $'\5DigitalSignature=f65537' $'\5MsiDigitalSignatureEx=f64' b e=f4096
        given a=f1 S/c=f65537 d=f9000000 e=f4096 DigitalSignature=f65537 MsiDigitalSignatureEx=f64 >want
        by_olefile $v.cfb | tr -d '\5' | LC_ALL=C sort -k3 | diff want -
        "$box" cfb-change $v.cfb back.cfb $'\5DigitalSignature' $'\5MsiDigitalSignatureEx' b=f4095 e=f512
        by_olefile back.cfb >back
        by_olefile plain.cfb | diff - back
        [ "$(wc -c <back.cfb)" -le "$(wc -c <plain.cfb)" ]
    done
}

@test "installer databases of WiX and wixl are read as libgsf and msitools read them" {
    fixtures || return 0
    for f in "$FIXTURES"/msi/*.msi; do
        by_gsf "$f" >want
        [ -s want ]
        by_us "$f" | tr -d '\5' | LC_ALL=C sort -k3 >got
        tr -d '\5' <want | LC_ALL=C sort -k3 | diff - got
    done
    # and one that was changed is still one
    cp "$f" in.msi
    msiinfo export in.msi Property >want
    head -c 5000 /dev/urandom >signature
    "$box" cfb-change in.msi out.msi $'\5DigitalSignature=signature'
    msiinfo export out.msi Property | diff want -
    msiinfo extract out.msi $'\5DigitalSignature' | cmp - signature
    msiinfo tables in.msi >want
    msiinfo tables out.msi | diff want -
}

@test "more than 2 GiB in version 4" {
    truncate -s 2146000000 holes
    head -c 5000000 /dev/urandom >across # Windows locks a sector at 2 GiB, which is in none of the streams
    echo end >end
    "$box" cfb 4 huge.cfb a=holes b=across c=end
    "$box" cfb-cat huge.cfb b | cmp - across
    gsf cat huge.cfb b | cmp - across
    gsf cat huge.cfb c | cmp - end
    7zz e -bso0 -bsp0 -so -tCompound huge.cfb b | cmp - across
    [ "$(tail -c +2147479553 huge.cfb | head -c 4096 | tr -d '\0' | wc -c)" = 0 ]
}

# costs SECONDS MIB COMMAND…: its status, unless it takes more than that; its errors in `err`.
costs() {
    /usr/bin/python3 - "$@" <<'PY'
import resource, subprocess, sys
with open("err", "wb") as err:
    rc = subprocess.run(sys.argv[3:], timeout=int(sys.argv[1]), stdout=subprocess.DEVNULL, stderr=err).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
if peak > int(sys.argv[2]):
    sys.exit(f"{sys.argv[3:]}: {peak} MiB")
sys.exit(rc)
PY
}

@test "small files that are made to cost hours or gigabytes are read or refused at once" {
    bomb() { /usr/bin/python3 "$SLIPWAY_SOURCE/tests/system/bombs.py" "$1" "$1.bomb" "$box"; }
    bomb folders
    run costs 120 500 "$box" cab-cat folders.bomb
    [ "$status" = 4 ]
    grep -q 'two folders lie in one place' err
    bomb media
    costs 120 500 "$SLIPWAY" inspect media.bomb
    for kind in keys=bytes twins=share paths=longer; do
        bomb "${kind%=*}"
        run costs 120 500 "$SLIPWAY" inspect "${kind%=*}.bomb"
        [ "$status" = 4 ]
        grep -q "${kind#*=}" err
    done
}
