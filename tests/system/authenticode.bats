#!/usr/bin/env bats
# Authenticode in executables, judged by osslsigncode, this Debian's and a later one's, yara, sbverify and pesign; and the
# signatures of others, judged by ours.

bats_require_minimum_version 1.5.0
load fixtures.bash
load roots.bash
load soon.bash

setup_file() {
    load signing
    export JUDGES
    JUDGES=$(roots_judges) || return
    export TMPDIR="$BATS_FILE_TMPDIR/t" PKI="$BATS_FILE_TMPDIR/pki" PASS=test
    mkdir -p "$TMPDIR"
    signing_pki "$PKI"
}

teardown_file() { roots_leave "$JUDGES"; }

setup() {
    load signing
    cd "$BATS_TEST_TMPDIR"
    stubs=/usr/share/nsis/Stubs
    cp $stubs/zlib-amd64-unicode a.exe
    cp $stubs/zlib-x86-unicode b.exe
}

teardown() {
    signing_tsa_stop
}

# Signs with the RSA key unless other arguments say otherwise.
sign() {
    "$SLIPWAY" sign --certificate "file:$PKI/code.p12" --passphrase env:PASS "$@"
}

sign_ec() {
    "$SLIPWAY" sign --certificate "file:$PKI/code-ec.chain" --key "file:$PKI/code-ec.key" "$@"
}

# judged FILE: osslsigncode of a later Debian. Says why not.
judged() {
    roots_do "$JUDGES" 300 osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -ignore-crl -in "$1" \
        >later.log 2>&1 || { cat later.log && return 1; }
}

# judge FILE SIGNATURES: what all of them say. Says why not.
judge() {
    judged "$1"
    printf 'import "pe" rule good { condition: pe.number_of_signatures == %d and for all s in pe.signatures: (s.verified) }' \
        "$2" >good.yar
    [ "$(roots_do "$JUDGES" 300 yara good.yar "$1")" = "good $1" ] || { echo "yara: no" && return 1; }
    osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -in "$1" >ossl.log 2>&1 || {
        cat ossl.log
        return 1
    }
    grep -aqx "Number of verified signatures: $2" ossl.log || { cat ossl.log && return 1; }
    if grep -a 'MISMATCH\|checksum.*invalid\|no signature found' ossl.log; then return 1; fi
    sbverify --cert "$PKI/root.crt" "$1"
    "$SLIPWAY" verify -r "$PKI/root.crt" "$1" >ours.log
}

flip() { # flip IN OUT [AT]
    python3 - "$@" <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[3]) if len(sys.argv) > 3 else len(b) // 3] ^= 1
open(sys.argv[2], "wb").write(b)
PY
}

@test "signed files of both widths are accepted, by every reader, and show name and address" {
    for f in a b; do
        sign "$f.exe" --name 'Größe' --url https://example.com/x
        judge "$f.exe" 1
        pesign -S -i "$f.exe" | grep -q "common name is Lab Publisher"
        grep -q 'name: Größe$' ours.log
        grep -q 'url: https://example.com/x$' ossl.log ours.log
        flip "$f.exe" flipped.exe
        run -1 "$SLIPWAY" verify -r "$PKI/root.crt" flipped.exe
        [[ "$output" == *"the file was changed after it was signed"* ]]
    done
    # not made by anybody who is trusted
    run -1 "$SLIPWAY" verify a.exe
    [[ "$output" == *"local issuer"* ]]
    run -1 "$SLIPWAY" verify -r "$PKI/root.crt" $stubs/zlib-amd64-unicode
    [[ "$output" == *"it has no signature"* ]]
}

@test "the digest is that of pesign, and the checksum right, before and after" {
    tool=$SLIPWAY_BUILD/tests/tools/pe_tool
    want=$(pesign -h -i a.exe -d sha256 | sed 's/.* //')
    [ "$("$tool" digest a.exe | head -n 1)" = "$want" ]
    sign a.exe
    [ "$("$tool" digest a.exe | tr '\n' ' ')" = "$want good 1 " ]
    [ "$(pesign -h -i a.exe -d sha256 | sed 's/.* //')" = "$want" ]
}

@test "the same key gives the same bytes, whatever its file is like" {
    sign a.exe --output want.exe
    openssl pkcs12 -export -legacy -inkey "$PKI/code.key" -in "$PKI/code.crt" -certfile "$PKI/inter.crt" -passout pass:test -out rc2.p12
    openssl pkcs12 -export -legacy -certpbe PBE-SHA1-3DES -inkey "$PKI/code.key" -in "$PKI/code.crt" \
        -certfile <(cat "$PKI/root.crt" "$PKI/inter.crt") -passout pass:test -out 3des.p12
    openssl pkcs12 -export -inkey "$PKI/code.key" -in "$PKI/code.crt" -certfile "$PKI/inter.crt" -passout pass: -out open.p12
    openssl rsa -aes256 -in "$PKI/code.key" -passout pass:test -out aes.pem
    openssl rsa -traditional -des3 -in "$PKI/code.key" -passout pass:test -out des.pem
    openssl pkcs8 -topk8 -outform DER -in "$PKI/code.key" -passout pass:test -out aes.der
    openssl rsa -in "$PKI/code.key" -outform DER -out key.der
    openssl crl2pkcs7 -nocrl -certfile "$PKI/code.chain" -outform DER -out code.spc
    openssl crl2pkcs7 -nocrl -certfile "$PKI/code.chain" -out code.p7b
    CODE=$(base64 "$PKI/code.p12")
    export CODE
    for how in "file:rc2.p12" "file:3des.p12" "file:$PKI/code.chain --key file:aes.pem" \
        "file:$PKI/code.chain --key file:des.pem" "file:$PKI/code.chain --key file:aes.der" "file:code.spc --key file:key.der" \
        "file:code.p7b --key file:$PKI/code.p12" "env:CODE"; do
        # shellcheck disable=SC2086
        "$SLIPWAY" sign a.exe --passphrase env:PASS --certificate $how --output got.exe
        cmp want.exe got.exe
    done
    "$SLIPWAY" sign a.exe --certificate file:open.p12 --output got.exe
    cmp want.exe got.exe
}

@test "a second signature stands beside the first, by another key and digest, and both come out again" {
    sign a.exe
    run -2 sign_ec a.exe
    [[ "$output" == *"signed already"* ]]
    sign_ec a.exe --append --digest sha384 --output two.exe
    sign_ec two.exe --append --digest sha512 --output three.exe
    judge two.exe 2
    judge three.exe 3
    grep -q 'digest: sha512' ours.log
    sign_ec three.exe --replace
    judge three.exe 1
    cp two.exe none.exe
    "$SLIPWAY" sign --remove none.exe
    run osslsigncode verify -in none.exe
    [[ "$output" == *"o signature found"* ]]
    osslsigncode remove-signature -in two.exe -out theirs.exe
    cmp <(tail -c +1024 none.exe) <(tail -c +1024 theirs.exe)
}

@test "a time stamp comes from the first server that gives one" {
    signing_tsa "$PKI"
    sign a.exe --timestamp http://127.0.0.1:1/ --timestamp "$SIGNING_TSA" --output stamped.exe
    judge stamped.exe 1
    grep -aq 'Timestamp Server Signature verification: ok' ossl.log
    grep -q 'stamped-by: Lab Time Stamping' ours.log
    sign_ec stamped.exe --append --timestamp "$SIGNING_TSA"
    judge stamped.exe 2
    [ "$(grep -c stamped-by ours.log)" -eq 2 ]
}

@test "a server that is busy, refuses, hangs or stamps something else leaves no file behind" {
    for mode in busy reject other hang; do
        signing_tsa "$PKI" $mode
        run -7 sign a.exe --timestamp "$SIGNING_TSA" --output out.exe
        case $mode in
        busy) [[ "$output" == *503* ]] ;;
        reject) [[ "$output" == *"the server refused: out of stamps for now"* ]] ;;
        other) [[ "$output" == *"of another signature"* ]] ;;
        hang) [[ "$output" == *"is the server there?"* ]] ;;
        esac
        [ "$(ls)" = "a.exe
b.exe" ]
    done
}

@test "a key in a token signs, and its certificate is found there" {
    signing_token "$BATS_TEST_TMPDIR/hsm" "$PKI"
    export PIN=1234 WRONG=9999
    sign a.exe --output want.exe
    token=(--key 'pkcs11:token=lab;object=code' --module "$SIGNING_MODULE")
    "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" "${token[@]}" --passphrase env:PIN --output got.exe
    cmp want.exe got.exe
    "$SLIPWAY" sign a.exe "${token[@]}" --passphrase env:PIN --output alone.exe
    "$SLIPWAY" verify -r "$PKI/inter.crt" alone.exe
    "$SLIPWAY" sign b.exe --certificate "file:$PKI/code-ec.chain" --key 'pkcs11:token=lab;object=ec' --module "$SIGNING_MODULE" \
        --passphrase env:PIN
    judge b.exe 1
    export ASAN_OPTIONS=detect_leaks=0 # the engine keeps what it made for a key that it then does not give
    for how in "--passphrase env:WRONG" ""; do
        # shellcheck disable=SC2086
        run -6 --separate-stderr "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" "${token[@]}" $how --output x.exe
        [[ "$stderr" == *PIN* ]]
        [ "$(wc -l <<<"$stderr")" -eq 1 ]
        [[ "$stderr" != *9999* ]]
    done
    # who sits at a terminal is asked once, for several files, and does not see what is typed
    cp a.exe c.exe
    : >terminal
    (soon grep -q PIN terminal && printf '1234\n') | script -qec "$SLIPWAY sign --key 'pkcs11:token=lab;object=code' --module $SIGNING_MODULE c.exe \
        --certificate file:$PKI/code.chain" /dev/null >terminal
    cmp want.exe c.exe
    [ "$(grep -c PIN terminal)" -eq 1 ]
    [ "$(grep -c 1234 terminal)" -eq 0 ]
    run -6 "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --key pkcs11:object=code --module /no.so --passphrase env:PIN
    [ ! -e x.exe ]
}

@test "a command signs the digest, raw or in base64, and what does not fit is refused" {
    sign a.exe --output want.exe
    cat >signer <<'X'
#!/bin/sh
[ "$SLIPWAY_DIGEST" = sha256 ] || exit 1
openssl pkeyutl -sign -inkey "$1" -pkeyopt digest:sha256 | base64
X
    chmod +x signer
    for c in "openssl pkeyutl -sign -inkey $PKI/code.key -pkeyopt digest:sha256" "./signer $PKI/code.key"; do
        "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --command "$c" --output got.exe
        cmp want.exe got.exe
    done
    run -6 "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --command "./signer $PKI/tsa.key" --output x.exe
    [[ "$output" == *"no signature of the digest"* ]]
    run -6 "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --command "false" --output x.exe
    [ ! -e x.exe ]
}

@test "signing in two steps gives the same file" {
    signing_tsa "$PKI"
    sign a.exe --name Hello --output want.exe
    "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --name Hello --prepare parts
    if grep -rl 'PRIVATE KEY' parts; then return 1; fi
    openssl dgst -sha256 -binary parts/a.exe.tosign | cmp - parts/a.exe.digest
    run -4 "$SLIPWAY" sign a.exe --attach parts
    [[ "$output" == *"a.exe.signature"* ]]
    openssl dgst -sha256 -sign "$PKI/code.key" -out parts/a.exe.signature parts/a.exe.tosign
    "$SLIPWAY" sign a.exe --attach parts --output got.exe
    cmp want.exe got.exe
    "$SLIPWAY" sign a.exe --attach parts --timestamp "$SIGNING_TSA" --output stamped.exe
    judge stamped.exe 1
    grep -q stamped-by ours.log
    flip a.exe other.exe
    mv other.exe a.exe
    run -1 "$SLIPWAY" sign a.exe --attach parts
    [[ "$output" == *"not the one that was prepared"* ]]
    cp $stubs/zlib-amd64-unicode a.exe
    openssl dgst -sha256 -sign "$PKI/tsa.key" -out parts/a.exe.signature parts/a.exe.tosign
    run -6 "$SLIPWAY" sign a.exe --attach parts
    cmp a.exe $stubs/zlib-amd64-unicode
}

@test "what others sign is accepted, and refused with one byte changed" {
    signing_tsa "$PKI"
    osslsigncode sign -certs "$PKI/code.chain" -key "$PKI/code.key" -h sha256 -n Lab -i https://example.com/ -ts "$SIGNING_TSA" \
        -in a.exe -out one.exe
    "$SLIPWAY" verify -r "$PKI/root.crt" one.exe >ours.log
    grep -q 'stamped-by: Lab Time Stamping' ours.log
    osslsigncode sign -nest -certs "$PKI/code-ec.chain" -key "$PKI/code-ec.key" -h sha512 -in one.exe -out two.exe
    "$SLIPWAY" verify -r "$PKI/root.crt" two.exe | grep -q '^two.exe: good: 2 signatures'
    sbsign --key "$PKI/code.key" --cert "$PKI/code.crt" --output sb.exe b.exe
    "$SLIPWAY" verify -r "$PKI/inter.crt" sb.exe
    printf 'import "pe" rule good { condition: for any s in pe.signatures: (s.verified) }' >good.yar
    for f in one two sb; do
        flip $f.exe flipped.exe
        [ -z "$(roots_do "$JUDGES" 300 yara good.yar flipped.exe)" ]
        run -1 "$SLIPWAY" verify -r "$PKI/root.crt" -r "$PKI/inter.crt" flipped.exe
    done
}

@test "the real signatures of others are accepted" {
    fixtures || return 0
    "$SLIPWAY" verify "$FIXTURES/pe/signed_wix314_4118_engine.exe" >ours.log
    grep -q 'signer: WiX Toolset (.NET Foundation)' ours.log
    grep -q 'stamped: 2020-05-18T21:04:57Z' ours.log
    "$SLIPWAY" verify -r "$FIXTURES/relic-signed/lab-root.pem" "$FIXTURES/relic-signed/WindowsFormsApplication1.exe"
    for f in "$FIXTURES/pe/signed_wix314_4118_engine.exe" "$FIXTURES/relic-signed/WindowsFormsApplication1.exe"; do
        flip "$f" flipped.exe
        run -1 "$SLIPWAY" verify -r "$FIXTURES/relic-signed/lab-root.pem" flipped.exe
        # any byte of the signature itself: wrong or damaged, never good
        size=$(stat -c %s "$f")
        for back in 40 700 1500 3000 5000; do
            flip "$f" flipped.exe $((size - back))
            run "$SLIPWAY" verify flipped.exe
            [ "$status" -eq 1 ] || [ "$status" -eq 4 ]
        done
    done
}

@test "installer databases and cabinets are signed, again, and as before when it is taken out" {
    seq 30000 >numbers
    gcab -cz made.cab numbers a.exe
    signing_tsa "$PKI"
    for f in "$FIXTURES"/msi/*.msi "$FIXTURES"/cab/*.cab made.cab; do
        [ -e "$f" ] || continue # said below
        n=signed.${f##*.}
        rm -f theirs.*
        cp "$f" "$n"
        chmod u+w "$n"
        sign "$n" --name Hello --timestamp "$SIGNING_TSA"
        osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -in "$n" >ossl.log 2>&1
        judged "$n"
        "$SLIPWAY" verify -r "$PKI/root.crt" "$n" | grep -q 'name: Hello'
        if [[ $n == *.msi ]]; then grep -aq 'Calculated MsiDigitalSignatureEx' ossl.log; fi
        [[ $n == *.msi ]] || 7zz t "$n" >/dev/null || [ "$(basename "$f")" = mixed.cab ]
        sign_ec "$n" --append
        osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -in "$n" >ossl.log 2>&1
        grep -aqx "Number of verified signatures: 2" ossl.log
        judged "$n"
        grep -aqx "Number of verified signatures: 2" later.log
        "$SLIPWAY" verify -r "$PKI/root.crt" "$n" | grep -q '2 signatures$'
        at=$(($(stat -c %s "$f") / 2))
        if [[ $n == *.msi ]]; then at=$(LC_ALL=C grep -obUa -m1 'Installation Database' "$n" | head -n 1 | cut -d: -f1); fi
        flip "$n" flipped.exe "$at"
        run -1 "$SLIPWAY" verify -r "$PKI/root.crt" flipped.exe
        "$SLIPWAY" sign --remove "$n"
        if [[ $n == *.cab ]]; then cmp "$n" "$f"; fi
        run osslsigncode verify -CAfile "$PKI/root.crt" -in "$n"
        [ "$status" -ne 0 ]
        osslsigncode sign -certs "$PKI/code.chain" -key "$PKI/code.key" -h sha256 -in "$n" -out "theirs.$n"
        "$SLIPWAY" verify -r "$PKI/root.crt" "theirs.$n"
        sign --replace "theirs.$n" # from a database without the extended digest to one with it
        "$SLIPWAY" verify -r "$PKI/root.crt" "theirs.$n"
        osslsigncode verify -CAfile "$PKI/root.crt" -in "theirs.$n"
    done
    fixtures || return 0
    "$SLIPWAY" verify -r "$FIXTURES/relic-signed/lab-root.pem" "$FIXTURES/relic-signed/dummy.msi" "$FIXTURES/relic-signed/dummy.cab"
    cp "$FIXTURES/msi/dummy.msi" one.msi
    chmod u+w one.msi
    sign one.msi
    run -6 sign_ec one.msi --append --digest sha512
    [[ "$output" == *"of one digest"* ]]
}

@test "mistakes are told in one line and change nothing" {
    export WRONG=wrong
    PASS=wrong run -6 --separate-stderr sign a.exe
    [[ "$stderr" == *"the passphrase does not open it"* ]]
    run -6 --separate-stderr "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.p12"
    [[ "$stderr" == *"a passphrase is needed"* ]]
    run -6 --separate-stderr "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --key "file:$PKI/tsa.key"
    [[ "$stderr" == *"none of the certificates belongs to the key"* ]]
    run -6 --separate-stderr "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain"
    [[ "$stderr" == *"no private key in it"* ]]
    run -4 --separate-stderr sign /etc/passwd
    [[ "$stderr" == *"not a PE file"* ]]
    head -c 400 a.exe >cut.exe
    run -4 --separate-stderr sign cut.exe
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    run -2 --separate-stderr "$SLIPWAY" sign a.exe --certificate "$PKI/code.p12"
    run -2 --separate-stderr sign a.exe --timestamp ftp://example.com/
    run -2 --separate-stderr sign --remove --prepare x a.exe
    run -2 --separate-stderr "$SLIPWAY" sign --remove
    cmp a.exe $stubs/zlib-amd64-unicode
}
