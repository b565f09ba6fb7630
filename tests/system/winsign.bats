#!/usr/bin/env bats
# `slipway release` with a recipe that signs for Windows: all that can be signed is, in every package, before what describes the
# packages is written. Judged by osslsigncode, yara and wine's WinVerifyTrust, none of which share code with slipway.

bats_require_minimum_version 1.5.0
load roots.bash
load signing.bash
load small.bash
load wine.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601 PASS=passphrase PIN=1234 PKI=$BATS_FILE_TMPDIR/pki JUDGES
    JUDGES=$(roots_judges) || return
    cd "$BATS_FILE_TMPDIR" || return
    signing_pki "$PKI"
    openssl pkcs12 -export -inkey "$PKI/code.key" -in "$PKI/code.crt" -certfile "$PKI/inter.crt" -passout env:PASS -out code.p12
    app
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    # Half a minute of waiting, while others work.
    signing_tsa "$PKI" hang
    recipe timestamp "[$SIGNING_TSA]" >hang.yaml
    ("$SLIPWAY" release -q -f hang.yaml -o hang 2>hang.said 3>&- || echo $? >hang.status) &
    hangs=$! hanging=$SIGNING_TSA_PID SIGNING_TSA_PID=
    signing_tsa "$PKI"
    recipe timestamp "[$SIGNING_TSA]" >slipway.yaml
    "$SLIPWAY" release -q
    signing_tsa_stop
    small_sums dist >before
    unpack
    wine_start
    x86_64-w64-mingw32-gcc -O2 -municode -o "$C/wintrust.exe" "$SLIPWAY_SOURCE/tests/system/wintrust.c" -lwintrust -lcrypt32
    wait $hangs
    kill "$hanging"
}

teardown_file() {
    wine_stop
    roots_leave "$JUDGES"
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

# What an application brings: a program, a library, a library that its maker signed, a cabinet, and what only looks like one.
app() {
    mkdir -p app/data
    cat >hello.c <<'C'
#include <stdio.h>
#include <windows.h>
int answer(void);
int main(void) {
    FILE *f = fopen("C:\\ran.txt", "a");
    fprintf(f, "%d %s\n", answer(), GetCommandLineA());
    return fclose(f);
}
C
    echo '__declspec(dllexport) int answer(void) { return 42; }' >answer.c
    x86_64-w64-mingw32-gcc -Os -s -shared -o app/answer.dll answer.c
    x86_64-w64-mingw32-gcc -Os -s -mwindows -o 'app/Lab Host.exe' hello.c app/answer.dll
    osslsigncode sign -certs "$PKI/code-ec.chain" -key "$PKI/code-ec.key" -in app/answer.dll -out app/vendor.dll >/dev/null
    seq 5000 >app/data/numbers
    gcab -cz app/data/parts.cab app/data/numbers >/dev/null
    echo 'MZ is what programs begin with' >app/notes.txt
}

recipe() { # recipe [KEY VALUE]…: the keys of `authenticode`, beside the certificate unless that is among them
    cat <<'YAML'
schema: 1
name: lab-host
title: Lab Host
id: com.example.labhost
version: 1.0.0
summary: Says the answer
vendor: Example Inc
license: MIT
icon: icon.png
entry: Lab Host.exe
protocols: [labhost]
targets:
  - os: windows
    arch: x86_64
    formats: [nsis, portable, msi, zip]
    files: [{ from: app/, to: . }]
sign:
  authenticode:
    name: Lab Host
    url: https://example.com/lab
YAML
    [[ " $* " == *" certificate "* ]] || set -- certificate file:code.p12 passphrase env:PASS "$@"
    while [ $# -gt 0 ]; do
        printf '    %s: %s\n' "$1" "$2"
        shift 2
    done
}

# What is in the packages: in-msi, in-nsis, in-portable, in-zip.
unpack() {
    msiextract -C msi dist/*.msi >/dev/null
    mv "$(dirname "$(find msi -name notes.txt)")" in-msi
    7zz x -bso0 -bsp0 -y -oin-nsis dist/*-setup.exe
    7zz x -bso0 -bsp0 -y -oin-portable dist/*-portable.exe
    mkdir zip
    (cd zip && unzip -q ../dist/*.zip)
    mv "$(dirname "$(find zip -name notes.txt)")" in-zip
}

# judge FILE: this Debian's osslsigncode takes it, with its time stamp.
judge() {
    osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -in "$1" >ossl.log 2>&1 &&
        grep -aq 'Timestamp Server Signature verification: ok' ossl.log &&
        grep -aqx 'Number of verified signatures: 1' ossl.log &&
        grep -aq 'url: https://example.com/lab\|https://example.com/lab' ossl.log || {
        echo "$1"
        cat ossl.log
        return 1
    }
}

flip() { # flip IN OUT [AFTER]: one bit, in a third of the file or 20 bytes after the first of these bytes, in hex
    python3 - "$@" <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[b.index(bytes.fromhex(sys.argv[3])) + 20 if len(sys.argv) > 3 else len(b) // 3] ^= 1
open(sys.argv[2], "wb").write(b)
PY
}

packages() { find dist -maxdepth 1 -name '*.exe' -o -maxdepth 1 -name '*.msi'; }

@test "setup program, portable program and installer package are signed, and what is in all of them" {
    [ "$(packages | wc -l)" -eq 3 ]
    for f in $(packages); do judge "$f"; done
    for in in in-msi in-nsis in-portable in-zip; do
        for f in 'Lab Host.exe' answer.dll data/parts.cab; do
            judge "$in/$f"
            cmp "$in/$f" "in-zip/$f"
        done
        for f in vendor.dll notes.txt data/numbers; do cmp "app/$f" "$in/$f"; done
    done
    run osslsigncode verify -in app/answer.dll # what was built is as it was
    [ "$status" -ne 0 ]
    "$SLIPWAY" verify -q -r "$PKI/root.crt" dist
}

@test "osslsigncode 2.14 and yara take them all, and nothing that was changed" {
    mkdir judged
    cp "$PKI/root.crt" in-zip/answer.dll in-zip/data/parts.cab in-zip/vendor.dll dist/*.exe dist/*.msi judged/
    cp 'in-zip/Lab Host.exe' judged/entry.exe
    (cd in-zip && for f in *.exe *.dll; do flip "$f" "../judged/flipped-${f// /-}"; done)
    cd judged
    flip ./*.msi flipped.msi "$(printf 'Installation Database' | od -An -tx1 | tr -d ' \n')"
    flip parts.cab flipped.cab
    look() {
        roots_do "$JUDGES" 300 osslsigncode verify -CAfile root.crt -TSA-CAfile root.crt -ignore-crl -in "$1" >said 2>&1
    }
    for f in entry.exe answer.dll vendor.dll parts.cab lab-host*; do look "$f" || { cat said && return 1; }; done
    for f in flipped*; do
        run look "$f"
        [ "$status" -ne 0 ] || { echo "$f" && return 1; }
    done
    cat >good.yar <<'YARA'
import "pe"
rule good {
    condition: pe.number_of_signatures == 1 and pe.signatures[0].verified and pe.signatures[0].digest_alg == "sha256"
        and pe.signatures[0].digest == pe.signatures[0].file_digest
}
YARA
    [ "$(roots_do "$JUDGES" 300 yara good.yar . | sort | sed 's#good \./##' | xargs)" = \
        "answer.dll entry.exe lab-host-1.0.0-x64-portable.exe lab-host-1.0.0-x64-setup.exe vendor.dll" ]
}

@test "installed, the uninstaller is signed too, and all of it runs" {
    cp dist/*-setup.exe "$C/setup.exe"
    wine_line 'C:\setup.exe /S /allusers /D=C:\my lab' # wine looks for links of all users only
    wine_wait
    wine_do start /wait labhost:open/1
    for f in 'Lab Host.exe' answer.dll data/parts.cab; do cmp "in-zip/$f" "$C/my lab/$f"; done
    judge "$C/my lab/Uninstall Lab Host.exe"
    grep -q '^42 .*labhost:open/1' "$C/ran.txt"
    cp "$C/my lab/Uninstall Lab Host.exe" uninstall.exe
    wine_do 'C:\my lab\Uninstall Lab Host.exe' /S
    wine_wait
    [ ! -e "$C/my lab" ]
    rm "$C/ran.txt"
    cp dist/*-portable.exe "$C/portable.exe"
    cp dist/*.msi "$C/lab.msi"
    wine_line 'C:\portable.exe a "b c"'
    wine_do msiexec /i 'C:\lab.msi' /qn
    wine_wait
    wine_do start /wait labhost:open/2
    wine_wait
    grep -q '^42 .*Lab Host.exe" *a "b c"' "$C/ran.txt"
    grep -q '^42 .*labhost:open/2' "$C/ran.txt"
    cmp 'in-zip/Lab Host.exe' "$C/Program Files/Lab Host/Lab Host.exe"
}

# Wine looks at the signature, its attributes and chain, and at the digest of programs. Not at: digests of installer packages
# and cabinets, time stamps, ECDSA.
@test "wine's WinVerifyTrust takes programs, installer package and cabinet, nested signatures too" {
    mkdir "$C/t"
    cp in-zip/answer.dll in-zip/data/parts.cab uninstall.exe dist/*.exe dist/*.msi "$C/t/"
    openssl x509 -in "$PKI/root.crt" -outform DER -out "$C/t/root.der"
    cd "$C/t"
    cp lab-host-1.0.0-x64.msi lab.msi
    for f in answer.dll parts.cab lab.msi; do
        flip "$f" "attribute-$f" 2a864886f70d010904 # the digest among the signed attributes
        "$SLIPWAY" sign -q --append --certificate "file:$PKI/code.chain" --key "file:$PKI/code.key" "$f" --output "two-$f"
        "$SLIPWAY" sign -q --remove "$f" --output "none-$f"
    done
    for f in answer.dll uninstall.exe lab-host-1.0.0-x64-setup.exe; do flip "$f" "flipped-$f"; done
    run wine_do 'C:\wintrust.exe' -r root.der ./*.dll ./*.exe ./*.cab ./*.msi
    [ "$status" -eq 1 ]
    said=$(tr -d '\r' <<<"$output" | sed 's#^\./##')
    echo "$said"
    for f in answer.dll lab-host-1.0.0-x64-{setup,portable}.exe uninstall.exe parts.cab lab.msi two-{answer.dll,parts.cab,lab.msi}; do
        grep -qx "$f OK" <<<"$said"
        grep -qx "$f by Lab Publisher, Lab Intermediate, Lab Root" <<<"$said"
    done
    for f in two-answer.dll two-parts.cab two-lab.msi; do grep -qx "$f nested good by Lab Publisher" <<<"$said"; done
    for f in flipped-{answer.dll,uninstall.exe,lab-host-1.0.0-x64-setup.exe}; do grep -qx "$f 80096010" <<<"$said"; done
    for f in none-{answer.dll,parts.cab,lab.msi}; do grep -qx "$f 800b0100" <<<"$said"; done
    [ "$(grep -c '^attribute-.* 80' <<<"$said")" -eq 3 ]
}

@test "what describes the packages describes the signed bytes" {
    (cd dist && sha256sum -c --quiet checksums.sha256 && sha512sum -c --quiet checksums.sha512)
    python3 - <<'PY'
import base64, hashlib, os, yaml
feed = yaml.safe_load(open("dist/latest.yml"))
assert feed["path"] == "lab-host-1.0.0-x64-setup.exe"
assert feed["sha512"] == feed["files"][0]["sha512"]
for row in feed["files"]:
    b = open("dist/" + row["url"], "rb").read()
    assert row["size"] == len(b)
    assert row["sha512"] == base64.b64encode(hashlib.sha512(b).digest()).decode()
PY
    for f in $(packages); do
        jq -r '.artifacts[] | select(.name == "'"${f##*/}"'") | .sha256' dist/release.json | grep -qx "$(sha256sum <"$f" | cut -d' ' -f1)"
    done
    for f in dist/*-setup.exe dist/*.msi; do
        python3 - "$f" <<'PY'
import base64, gzip, hashlib, json, sys
b = open(sys.argv[1], "rb").read()
m = json.loads(gzip.open(sys.argv[1] + ".blockmap").read())["files"][0]
at = 0
for size, sum in zip(m["sizes"], m["checksums"]):
    assert base64.b64encode(hashlib.blake2b(b[at:at + size], digest_size=18).digest()).decode() == sum
    at += size
assert at == len(b), (at, len(b))
PY
    done
}

@test "a second run changes nothing and asks nobody for a time stamp" {
    "$SLIPWAY" release 2>said
    [ "$(grep -c '^unchanged' said)" -eq 4 ]
    small_sums dist | diff before -
}

@test "without time stamps two clean runs give the same bytes, whoever holds the key: a file, a token, a command" {
    recipe >plain.yaml
    "$SLIPWAY" release -q -f plain.yaml -o plain
    signing_token "$BATS_FILE_TMPDIR/hsm" "$PKI"
    recipe certificate "file:pki/code.chain" key "'pkcs11:token=lab;object=code'" module "$SIGNING_MODULE" \
        passphrase env:PIN >token.yaml
    "$SLIPWAY" release -q -f token.yaml -o token --jobs 1
    recipe certificate "file:pki/code.chain" command "openssl pkeyutl -sign -inkey $PKI/code.key -pkeyopt digest:sha256" >command.yaml
    "$SLIPWAY" release -q -f command.yaml -o command
    for f in plain/*; do
        [ "$f" != plain/release.json ] || continue
        cmp "$f" "token/${f##*/}"
        cmp "$f" "command/${f##*/}"
    done
    osslsigncode verify -CAfile "$PKI/root.crt" -in token/*-setup.exe >/dev/null 2>&1
}

@test "a wrong passphrase, a wrong PIN, a server that hangs: one line with its place, and nothing half-made" {
    nothing() { # DIST STATUS WORDS, on standard error
        [ "$status" -eq "$2" ]
        [[ "${stderr_lines[0]}" =~ ^slipway:\ [a-z]+\.yaml:[0-9]+:[0-9]+:\ .*$3 && ${#stderr_lines[@]} -eq 1 ]] || {
            echo "$stderr"
            return 1
        }
        [ -z "$(find "$1" -type f ! -path '*/.slipway/lock')" ]
    }
    recipe >plain.yaml
    PASS=no-passphrase run --separate-stderr "$SLIPWAY" release -q -f plain.yaml -o nothing
    nothing nothing 6 "passphrase"
    [ "${stderr#*no-passphrase}" = "$stderr" ]
    [ -e hsm ] || signing_token "$BATS_FILE_TMPDIR/hsm" "$PKI"
    SIGNING_MODULE=$(find /usr/lib -name libsofthsm2.so | head -n 1)
    export SOFTHSM2_CONF=$BATS_FILE_TMPDIR/hsm/softhsm2.conf ASAN_OPTIONS=detect_leaks=0 WRONG=987654
    recipe certificate "file:pki/code.chain" key "'pkcs11:token=lab;object=code'" module "$SIGNING_MODULE" \
        passphrase env:WRONG >wrong.yaml
    run --separate-stderr "$SLIPWAY" release -q -f wrong.yaml -o nothing
    nothing nothing 6 "PIN"
    [ "${stderr#*987654}" = "$stderr" ]
    recipe certificate "file:pki/code.chain" key "file:$PKI/tsa.key" >other.yaml
    run --separate-stderr "$SLIPWAY" release -q -f other.yaml -o nothing
    nothing nothing 6 "key"
    status=$(cat hang.status) stderr=$(cat hang.said)
    mapfile -t stderr_lines <hang.said
    nothing hang 7 "is the server there"
}
