#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates that their authority took back, by lists that `openssl ca` makes; osslsigncode judges by them, too.

bats_require_minimum_version 1.5.0

setup_file() {
    load signing
    export PKI="$BATS_FILE_TMPDIR/pki" PASS=test TODAY YESTERDAY TOMORROW
    TODAY=$(date -u +%y%m%d%H%M%SZ) YESTERDAY=$(date -u -d '-1 day' +%y%m%d%H%M%SZ) TOMORROW=$(date -u -d '+1 day' +%y%m%d%H%M%SZ)
    signing_pki "$PKI"
    cd "$BATS_FILE_TMPDIR" || return
    signing_tsa "$PKI"
    sign=("$SLIPWAY" sign /usr/share/nsis/Stubs/zlib-amd64-unicode --certificate "file:$PKI/code.p12" --passphrase env:PASS)
    "${sign[@]}" --output plain.exe
    "${sign[@]}" --output stamped.exe --timestamp "$SIGNING_TSA"
    signing_tsa_stop
    list none inter
    list root root
    list yesterday inter code "$YESTERDAY"
    list tomorrow inter code "$TOMORROW"
    list stolen inter tsa "$TOMORROW,keyCompromise"
    list replaced inter tsa "$TOMORROW,superseded"
    list authority root inter "$YESTERDAY"
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

teardown() {
    [ -z "${SIGNING_TSA_PID-}" ] || signing_tsa_stop
}

# list NAME ISSUER [CERTIFICATE WHEN] [ARG…]: NAME.crl, in which one certificate is.
list() {
    local name=$1 by=$2
    : >index
    if [ $# -gt 2 ]; then
        printf 'R\t400101000000Z\t%s\t%s\tunknown\t/CN=x\n' "$4" \
            "$(openssl x509 -in "$PKI/$3.crt" -noout -serial | cut -d= -f2)" >index
    fi
    printf '[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\n[x]\nauthorityKeyIdentifier=keyid\n' >ca.cnf
    openssl ca -config ca.cnf -gencrl -crldays 9 -crlexts x -cert "$PKI/$by.crt" -keyfile "$PKI/$by.key" -out "$name.crl" "${@:5}" 2>/dev/null
}

verify() { # verify LIST… FILE
    local crl=()
    while [ $# -gt 1 ]; do
        crl+=(--crl "$1")
        shift
    done
    "$SLIPWAY" verify -r "$PKI/root.crt" "${crl[@]}" "$1"
}

bad() { # bad WORDS LIST… FILE
    run -1 verify "${@:2}"
    [[ $output == *"$1"* ]] || { echo "$output" && return 1; }
    [[ $output != *"good: "* ]]
}

@test "who was revoked signed nothing since, and nothing at all without a time stamp" {
    for f in plain.exe stamped.exe; do
        verify none.crl root.crl $f
        bad "the certificate of Lab Publisher was revoked, from 20" none.crl yesterday.crl $f
        bad "the certificate of Lab Intermediate was revoked" authority.crl $f
    done
    bad "the certificate of Lab Publisher was revoked" tomorrow.crl plain.exe
    verify tomorrow.crl stamped.exe
    openssl crl -in yesterday.crl -outform DER -out yesterday.der
    bad "Lab Publisher was revoked" yesterday.der plain.exe
    cat none.crl yesterday.crl >both.pem
    bad "Lab Publisher was revoked" both.pem plain.exe
    # the peer
    cat "$PKI/inter.crt" "$PKI/root.crt" >ca.pem
    cat none.crl root.crl >good.pem
    cat yesterday.crl root.crl >bad.pem
    osslsigncode verify -CAfile ca.pem -CRLfile good.pem -in plain.exe >/dev/null
    run osslsigncode verify -CAfile ca.pem -CRLfile bad.pem -in plain.exe
    [[ "$status" -ne 0 && "$output" == *revoked* ]]
}

@test "a stamp of this very second was before tomorrow" {
    load signing
    signing_tsa "$PKI"
    for _ in 1 2 3; do
        "$SLIPWAY" sign /usr/share/nsis/Stubs/zlib-amd64-unicode --certificate "file:$PKI/code.p12" --passphrase env:PASS \
            --output now.exe --timestamp "$SIGNING_TSA"
        verify tomorrow.crl now.exe
    done
}

@test "stamps by a key that was stolen prove nothing, by one that was replaced they do" {
    bad "its time stamp: the certificate of Lab Time Stamping was revoked" stolen.crl stamped.exe
    verify replaced.crl stamped.exe
}

@test "lists that are forged, old, of others or none" {
    openssl crl -in none.crl -outform DER -out forged.der
    printf '\0\0' | dd of=forged.der bs=1 seek=$(($(stat -c %s forged.der) - 2)) conv=notrunc 2>/dev/null
    bad "is not signed by it" forged.der plain.exe
    list old inter code "$YESTERDAY" -crl_lastupdate 250101000000Z -crl_nextupdate 250201000000Z
    bad "old.crl: what was revoked after 2025-01-01T00:00:00Z is not in it" old.crl plain.exe
    run -0 verify root.crl plain.exe
    [[ "$output" == *"no revocation list is of Lab Intermediate"* ]]
    # a certificate is no list, and makes nothing trusted
    run -4 --separate-stderr "$SLIPWAY" verify --crl "$PKI/root.crt" plain.exe
    [[ "$stderr" == *"root.crt: not a revocation list"* ]]
    run -1 "$SLIPWAY" verify --crl none.crl plain.exe
    [[ "$output" == *"it leads to no root that is trusted here"* ]]
    head -n 5 none.crl >cut.crl
    run -4 --separate-stderr "$SLIPWAY" verify --crl cut.crl plain.exe
    [ "${#stderr_lines[@]}" -eq 1 ]
}
