#!/usr/bin/env bats
# Keys in tokens by OpenSSL's provider, where there is no engine: in a later Debian, which has both SoftHSM and the provider,
# with its own OpenSSL. What the token is asked is counted in front of it.

bats_require_minimum_version 1.5.0
load roots.bash

setup_file() {
    load signing
    export JUDGES PKI="$BATS_FILE_TMPDIR/pki" HERE="$BATS_FILE_TMPDIR" PASS=test PIN=1234 WRONG=9999 SOURCE_DATE_EPOCH=1767225601
    JUDGES=$(roots_judges) || return
    cd "$BATS_FILE_TMPDIR" || return
    signing_pki "$PKI"
    signing_token "$PWD/hsm" "$PKI"
    export PINCOUNT_LIBRARY=/usr/lib/softhsm/libsofthsm2.so
    gcc -std=c11 -shared -fPIC -o pincount.so "$SLIPWAY_SOURCE/tests/system/pincount.c"
    roots_guest "$JUDGES" "$SLIPWAY" bin
    [ ! -e "$JUDGES/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so" ]
    # a program, a cabinet and an installer package that has both
    mkdir app
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode app/lab.exe
    seq 3000 >numbers
    gcab -cz app/lab.cab numbers
    recipe file "" >plain.yaml
    sed '/^sign:/,$d' plain.yaml >unsigned.yaml
    "$SLIPWAY" pack -q -f unsigned.yaml -o unsigned
}

teardown_file() { roots_leave "$JUDGES"; }

setup() {
    load signing
    load judge
    cd "$BATS_TEST_TMPDIR" || return
    export PINCOUNT_LOG=$PWD/asked
    : >asked
    cp "$HERE"/app/lab.exe "$HERE"/app/lab.cab .
    cp "$HERE"/unsigned/*.msi lab.msi
    with=(--certificate "file:$PKI/code.chain" --module "$HERE/pincount.so" --key 'pkcs11:token=lab;object=code' --passphrase)
}

recipe() { # recipe KIND: the key in a file or in the token
    cat <<Y
schema: 1
name: lab
id: com.example.lab
version: 1.0.0
summary: Says nothing
vendor: Example
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [msi, zip], files: [{ from: app/, to: . }] }
sign:
  authenticode:
    certificate: "file:$PKI/code.chain"
Y
    if [ "$1" = file ]; then
        echo "    key: \"file:$PKI/code.key\""
    else
        printf '    %s\n' "key: 'pkcs11:token=lab;object=code'" "module: $HERE/pincount.so" "passphrase: \"env:$1\""
    fi
}

# there ARG…: slipway in the later Debian. INPUT: what it reads, in the place of nothing.
there() {
    # shellcheck disable=SC2016
    LD_LIBRARY_PATH="$HERE/bin" LD_PRELOAD="$HERE/pincount.so" ASAN_OPTIONS=verify_asan_link_order=0 \
        roots_do "$JUDGES" --foreground 120 sh -c 'exec "$@" <"$0"' "${INPUT-/dev/null}" "$HERE/bin/slipway" "$@"
}

asked() { # asked WHAT TIMES
    [ "$(grep -cx "$1" "$PINCOUNT_LOG")" -eq "$2" ] || { sort "$PINCOUNT_LOG" | uniq -c && return 1; }
}

@test "programs, cabinets and installer packages get the bytes that the same key in a file gives, for one PIN" {
    mkdir want
    for f in lab.*; do "$SLIPWAY" sign "$f" --certificate "file:$PKI/code.p12" --passphrase env:PASS --output "want/$f"; done
    there sign lab.exe lab.cab lab.msi "${with[@]}" env:PIN
    asked login 1
    asked sign 3
    for f in lab.*; do
        cmp "$f" "want/$f"
        judge "$f" 1
        roots_do "$JUDGES" 120 osslsigncode verify -CAfile "$PKI/root.crt" -ignore-crl -in "$f" >later.log 2>&1
    done
    # a key that wants the PIN again for each signature gets the same one
    openssl rsa -in "$PKI/code.key" -outform DER -out key.der 2>/dev/null
    pkcs11-tool --module "$(find /usr/lib -name libsofthsm2.so | head -n 1)" --login --pin 1234 --write-object key.der \
        --type privkey --label always --id 09 --always-auth --usage-sign >/dev/null 2>&1
    cp "$HERE"/app/lab.* .
    there sign lab.exe lab.cab "${with[@]}" env:PIN --key pkcs11:object=always
    cmp lab.exe want/lab.exe
    cmp lab.cab want/lab.cab
    # the certificate is found in the token; one more signature, by the other key
    cp "$HERE/app/lab.exe" .
    there sign lab.exe "${with[@]:2}" env:PIN
    "$SLIPWAY" verify -r "$PKI/inter.crt" lab.exe
    there sign lab.msi --append --certificate "file:$PKI/code-ec.chain" --module "$HERE/pincount.so" --key 'pkcs11:id=%02' --passphrase env:PIN
    judge lab.msi 2
}

@test "a release is signed on all threads for one PIN" {
    cd "$HERE"
    "$SLIPWAY" release -q -f plain.yaml -o plain
    recipe PIN >token.yaml
    there release -q -f token.yaml -o token --jobs 4
    asked login 1
    asked sign 3
    cmp plain/*.msi token/*.msi
    cmp plain/*.zip token/*.zip
    judge token/*.msi 1
}

@test "a wrong PIN is tried once, and what cannot go well not at all" {
    refused 6 "PIN is wrong" there sign lab.exe "${with[@]}" env:WRONG
    asked login 1
    : >asked
    refused 6 "no token fits pkcs11:token=other; there is lab" there sign lab.exe "${with[@]}" env:PIN --key pkcs11:token=other
    refused 6 "wants a PIN" there sign lab.exe "${with[@]:0:6}"
    OPENSSL_MODULES=/none refused 6 "engine (libengine-pkcs11-openssl) or provider (pkcs11-provider)" there sign lab.exe \
        "${with[@]}" env:PIN
    asked login 0
    recipe WRONG | sed "s#from: app/#from: $HERE/app/#" >wrong.yaml
    refused 6 "wrong.yaml:12:18: " there release -q -f wrong.yaml
    asked login 1
    [ -z "$(find dist -type f ! -path '*/.slipway/*')" ]
    cmp lab.exe "$HERE/app/lab.exe"
}

@test "who sits at a terminal is asked once, for several files" {
    cp lab.exe two.exe
    declare -f there roots_do >ask
    printf 'INPUT=/dev/tty there sign lab.exe two.exe %s\n' "${with[*]@Q}" | sed "s/'--passphrase'//" >>ask
    : >terminal
    (for _ in $(seq 1200); do grep -q PIN terminal && break || sleep 0.1; done && printf '1234\n') |
        script -qec "bash $PWD/ask" /dev/null >terminal
    [ "$(grep -c 'PIN of the token lab: ' terminal)" -eq 1 ]
    asked login 1
    judge lab.exe 1
    cmp lab.exe two.exe
}
