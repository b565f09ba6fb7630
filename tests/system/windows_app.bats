# examples/windows-app with a throw-away certificate, as its recipe's head says: what people try first.

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    cd "$BATS_FILE_TMPDIR" || return
    mkdir app # without what somebody built there
    (cd "$SLIPWAY_SOURCE/examples/windows-app" && tar c --exclude=out --exclude=keys --exclude=dist .) | tar x -C app
    cd app || return
    "$SLIPWAY" keys new dev --kind authenticode --store keys -q >told
    "$SLIPWAY" release -q 2>warned
}

setup() { cd "$BATS_FILE_TMPDIR/app" || return; }

signed() { # FILE: by the certificate
    osslsigncode verify -CAfile keys/dev.crt "$1" >said 2>&1 || { echo "$1"; cat said; return 1; }
}

@test "slipway keys: a certificate for code, never replaced, listed and exported" {
    [ "$(stat -c %a keys/dev.code.pem)" = 600 ]
    openssl x509 -in keys/dev.crt -noout -ext extendedKeyUsage | grep -q 'Code Signing'
    openssl verify -purpose any -CAfile keys/dev.crt keys/dev.crt
    grep -q "^dev  $(openssl x509 -in keys/dev.crt -outform DER | sha256sum | cut -d ' ' -f 1)" told
    "$SLIPWAY" keys export dev --store keys | cmp - keys/dev.crt
    cp keys/dev.code.pem before
    run "$SLIPWAY" keys new dev --kind authenticode --store keys
    [ "$status" -eq 4 ]
    cmp before keys/dev.code.pem
    "$SLIPWAY" keys new dev --store keys -q # an OpenPGP key may have the name
    [ "$("$SLIPWAY" keys list --store keys | grep -c '^dev ')" -eq 2 ]
}

@test "nothing is warned of" {
    cat warned
    [ ! -s warned ]
}

@test "every package is signed, and so is the program in each" {
    signed dist/greeter-1.0.0-x64.msi
    signed dist/greeter-1.0.0-x64-de.msi
    signed dist/greeter-1.0.0-x64-setup.exe
    signed dist/greeter-1.0.0-x64-portable.exe
    mkdir zip msi
    unzip -q dist/*.zip -d zip
    msiextract -C msi dist/greeter-1.0.0-x64.msi >/dev/null
    for f in $(find zip msi -name greeter.exe); do signed "$f"; done
    [ "$(find zip msi -name greeter.exe -exec sha256sum {} + | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 1 ]
    run signed out/greeter.exe # what was built is as it was
    [ "$status" -ne 0 ]
}

@test "the entry and the programs that bring it say whose they are" {
    unzip -qo dist/*.zip -d zip
    for f in dist/*-setup.exe dist/*-portable.exe zip/*/greeter.exe; do
        "$SLIPWAY" inspect "$f" | grep -q 'LegalCopyright: © 2026 Example Inc'
    done
}
