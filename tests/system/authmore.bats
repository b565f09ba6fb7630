#!/usr/bin/env bats
# Authenticode where it is harder: tokens with several of something, time stamp servers of all kinds, old key
# files, several signatures. Judged by osslsigncode; what a token is asked is read from OpenSC's spy in front of it.

bats_require_minimum_version 1.5.0
load fixtures.bash
load signing.bash
load judge.bash
load soon.bash

setup_file() {
    export TMPDIR="$BATS_FILE_TMPDIR/t" PKI="$BATS_FILE_TMPDIR/pki" PASS=test SOURCE_DATE_EPOCH=1767225601
    mkdir -p "$TMPDIR"
    signing_pki "$PKI"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    stub=/usr/share/nsis/Stubs/zlib-amd64-unicode
    cp $stub a.exe
}

teardown() {
    signing_tsa_stop
    [ ! -e servers ] || xargs kill <servers 2>/dev/null || true
}

sign() { "$SLIPWAY" sign --certificate "file:$PKI/code.p12" --passphrase env:PASS "$@"; }

@test "a token gives its PIN up once a run, whatever is asked of it, and is told from others" {
    signing_token "$BATS_TEST_TMPDIR/hsm" "$PKI"
    export PIN=1234 WRONG=9999 PKCS11SPY=$SIGNING_MODULE PKCS11SPY_OUTPUT=$PWD/spy
    export ASAN_OPTIONS=detect_leaks=0 # the spy keeps a little, the engine what it made for a key that it then does not give
    spy=$(find /usr/lib -name pkcs11-spy.so | head -n 1)
    with=(--certificate "file:$PKI/code.chain" --module "$spy" --passphrase)
    logins() { grep -c ': C_Login$' spy || true; }
    sign a.exe --output want.exe
    for n in 1 2 3; do cp $stub $n.exe; done
    "$SLIPWAY" sign [123].exe "${with[@]}" env:PIN --key 'pkcs11:token=lab;object=code'
    for n in 1 2 3; do cmp $n.exe want.exe; done
    [ "$(logins)" -eq 1 ]
    # a wrong one is tried once: tokens lock after three
    rm spy
    refused 6 "tried once" "$SLIPWAY" sign a.exe "${with[@]}" env:WRONG --key 'pkcs11:token=lab;object=code'
    [ "$(logins)" -eq 1 ]
    # what cannot go well costs no try
    rm spy
    refused 6 "no token fits pkcs11:token=other; there is lab" "$SLIPWAY" sign a.exe "${with[@]}" env:WRONG --key 'pkcs11:token=other'
    [ "$(logins)" -eq 0 ]
    refused 6 "no private key that fits token=lab;object=none" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key 'pkcs11:token=lab;object=none'
    refused 6 "/no.so: cannot open" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key pkcs11:object=code --module /no.so
    refused 6 "is no PKCS#11 library" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key pkcs11:object=code --module \
        "$(find /usr/lib -name 'libz.so.1' | head -n 1)"
    refused 2 "holds no PIN" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key 'pkcs11:object=code?pin-value=1234'
    # as p11tool writes it, by its number, in percent encoding; its certificate is found by the key, not by a label
    pkcs11-tool --module "$SIGNING_MODULE" --login --pin 1234 --delete-object --type cert --label code >/dev/null 2>&1
    pkcs11-tool --module "$SIGNING_MODULE" --login --pin 1234 --write-object "$BATS_TEST_TMPDIR/hsm/code.der" --type cert \
        --label 'X.509 Certificate for Digital Signature' --id 07 >/dev/null 2>&1
    for uri in 'pkcs11:token=lab;id=%01;object=code;type=private' 'pkcs11:id=%01' 'pkcs11:token=%6cab;object=code'; do
        "$SLIPWAY" sign a.exe --key "$uri" --module "$spy" --passphrase env:PIN --output out.exe
        "$SLIPWAY" verify -r "$PKI/inter.crt" out.exe
    done
    refused 6 "no certificate of this key" "$SLIPWAY" sign a.exe --key 'pkcs11:id=%02' --module "$spy" --passphrase env:PIN
    refused 6 "belongs to the key" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key 'pkcs11:object=ec'
    # those between its own and the root may come from elsewhere
    "$SLIPWAY" sign a.exe --certificate "file:$PKI/inter.crt" --key 'pkcs11:id=%01' --module "$spy" --passphrase env:PIN --output out.exe
    cmp out.exe want.exe
    # keys that want the PIN again for each signature, as in a YubiKey's place 9c, get the same one
    openssl rsa -in "$PKI/code.key" -outform DER -out key.der 2>/dev/null
    pkcs11-tool --module "$SIGNING_MODULE" --login --pin 1234 --write-object key.der --type privkey --label always --id 09 \
        --always-auth --usage-sign >/dev/null 2>&1
    cp $stub 1.exe
    cp $stub 2.exe
    "$SLIPWAY" sign [12].exe "${with[@]}" env:PIN --key 'pkcs11:object=always'
    cmp 1.exe want.exe
    cmp 2.exe want.exe
    # who is asked sees which token wants it
    : >terminal
    (soon grep -q PIN terminal && printf '1234\n') |
        script -qec "$SLIPWAY sign --key pkcs11:object=code --module $SIGNING_MODULE a.exe --output asked.exe" /dev/null >terminal
    [ "$(grep -c 'PIN of the token lab: ' terminal)" -eq 1 ]
    "$SLIPWAY" verify -r "$PKI/inter.crt" asked.exe
    # no PIN goes to the wrong one of two
    softhsm2-util --init-token --free --label two --pin 5678 --so-pin 4321 >/dev/null
    rm spy
    refused 6 "more than one token fits" "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key pkcs11:object=code
    [ "$(logins)" -eq 0 ]
    "$SLIPWAY" sign a.exe "${with[@]}" env:PIN --key 'pkcs11:token=lab;object=code' --output again.exe
    cmp again.exe want.exe
    cmp a.exe $stub
}

@test "doctor says what a key in a token lacks" {
    signing_token "$BATS_TEST_TMPDIR/hsm" "$PKI"
    export PIN=1234
    doctor() { # doctor STATUS LINE KEY MODULE
        cat >slipway.yaml <<Y
schema: 1
name: lab
version: 1.2.3
summary: A small thing
maintainer: Ann Example <ann@example.com>
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [zip], files: [{ from: a.exe, to: a.exe }] }
sign:
  authenticode: { key: "$3", module: "$4", passphrase: "env:PIN" }
Y
        run "-$1" --separate-stderr "$SLIPWAY" doctor
        grep -qE "^$2" <<<"$output" || { echo "$output" && return 1; }
    }
    doctor 0 "good +token lab" 'pkcs11:token=lab;object=code' "$SIGNING_MODULE"
    doctor 4 "missing +a token for sign.authenticode.key: none of 1 fits" 'pkcs11:token=two' "$SIGNING_MODULE"
    doctor 4 "missing +sign.authenticode.module: .*/no.so: cannot open" 'pkcs11:token=lab' /no.so
    OPENSSL_ENGINES=/none OPENSSL_MODULES=/none doctor 4 "missing +keys in tokens: .*libengine-pkcs11-openssl" 'pkcs11:token=lab' "$SIGNING_MODULE"
    softhsm2-util --init-token --free --label two --pin 5678 --so-pin 4321 >/dev/null
    doctor 4 "missing +one token that fits the key" 'pkcs11:object=code' "$SIGNING_MODULE"
}

@test "services answer in base64url too, of ECDSA by its two halves, and without end" {
    sign a.exe --output want.exe
    printf '#!/bin/sh\nopenssl pkeyutl -sign -inkey "$1" -pkeyopt digest:sha256 | base64 -w0 | tr +/ -_ | tr -d =\n' >signer
    chmod +x signer
    "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --command "./signer $PKI/code.key" --output got.exe
    cmp want.exe got.exe
    cat >halves <<'X'
#!/bin/sh -e
openssl pkeyutl -sign -inkey "$1" -pkeyopt digest:sha256 -out der
openssl asn1parse -inform DER -in der | sed -n 's/.*INTEGER *:/000000000000000000/p' | sed 's/.*\(.\{64\}\)$/\1/' | tr -d '\n' | python3 -c '
import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' | base64
X
    chmod +x halves
    for n in 1 2 3 4 5 6; do # some begin with a bit that is set, some with zeros
        "$SLIPWAY" sign a.exe --certificate "file:$PKI/code-ec.chain" --command "./halves $PKI/code-ec.key" --output ec$n.exe
        judge ec$n.exe 1
    done
    refused 6 "what it printed is larger than" timeout 300 "$SLIPWAY" sign a.exe --certificate "file:$PKI/code.chain" --command yes \
        --output no.exe
    [ ! -e no.exe ]
}

@test "time stamps: what answers well is used, what does not is passed over in bounded time" {
    # two that take long, while others are tried
    local slow='' since=$SECONDS
    cp -r "$PKI" slow && sed "s#$PKI#$PWD/slow#" "$PKI/tsa.cnf" >slow/tsa.cnf
    for mode in drip hang; do
        cp -r slow $mode
        signing_tsa "$PWD/$mode" $mode
        echo "$SIGNING_TSA_PID" >>servers
        (sign a.exe --timestamp "$SIGNING_TSA" --output $mode.exe >$mode.log 2>&1 3>&- ||
            echo "$? $((SECONDS - since))" >$mode.status) &
        slow="$slow $!" SIGNING_TSA_PID=
    done
    for mode in once moved moving; do
        signing_tsa "$PKI" $mode
        sign a.exe --timestamp "$SIGNING_TSA" --output out.exe
        judge out.exe 1
        grep -q stamped-by ours.log
        rm out.exe
    done
    for row in 'nonce|answer is to another question' 'nononce|answer is to another question' 'bare|is not in it' \
        'huge|is larger than' 'page|is no time stamp'; do
        signing_tsa "$PKI" "${row%%|*}"
        refused 7 "${row#*|}" sign -q a.exe --timestamp "$SIGNING_TSA" --output out.exe
        [ ! -e out.exe ]
    done
    # a server whose own certificate has run out
    cp -r "$PKI" old
    (cd old && openssl req -new -key tsa.key -subj "/O=Lab/CN=Old" -out old.csr 2>/dev/null &&
        openssl x509 -req -sha256 -in old.csr -CA inter.crt -CAkey inter.key -CAcreateserial -days -1 -extfile ext.cnf \
            -extensions tsa -out tsa.crt 2>/dev/null)
    sed "s#$PKI#$PWD/old#" "$PKI/tsa.cnf" >old/tsa.cnf
    signing_tsa "$PWD/old"
    echo "$SIGNING_TSA_PID" >>servers
    old=$SIGNING_TSA SIGNING_TSA_PID=
    refused 7 "was valid until" sign -q a.exe --timestamp "$old" --output out.exe
    # the next one helps, and is asked first for the next file
    signing_tsa "$PKI"
    for n in 1 2 3; do cp $stub $n.exe; done
    sign [123].exe --timestamp "$old" --timestamp "$SIGNING_TSA" 2>said
    [ "$(grep -c 'asking the next server' said)" -eq 1 ]
    for n in 1 2 3; do judge $n.exe 1; done
    # shellcheck disable=SC2086
    wait $slow
    for mode in drip hang; do
        read -r status seconds <$mode.status
        [ "$status" -eq 7 ]
        [ "$seconds" -lt 500 ] # of the 600 that the server would have kept it waiting
        grep -q 'is the server there' $mode.log
        [ ! -e $mode.exe ]
    done
}

@test "key files as old and new tools make them, with passphrases that are not ASCII" {
    sign a.exe --output want.exe
    export U='Grüße' E='🔑 key' W=wrong
    make() { openssl pkcs12 -export -inkey "$PKI/code.key" -in "$PKI/code.crt" -certfile "$PKI/inter.crt" "$@"; }
    make -passout env:U -out new.p12
    make -passout env:E -out emoji.p12
    make -legacy -passout env:U -out rc2.p12
    make -legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-RC2-40 -passout env:U -out rc2-128.p12
    make -nomac -passout env:PASS -out nomac.p12
    cat "$PKI"/{inter,root,tsa,code-ec,code}.crt "$PKI/code.key" >mixed.pem
    openssl rsa -aes256 -in "$PKI/code.key" -passout pass:test -out aes.key 2>/dev/null
    cat aes.key "$PKI/code.chain" >locked.pem
    openssl pkcs8 -topk8 -v2 des3 -in "$PKI/code.key" -passout env:U -out v2.key
    openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in "$PKI/code.key" -passout env:U -out v1.key
    openssl pkcs8 -topk8 -scrypt -in "$PKI/code.key" -passout env:U -out scrypt.key
    printf '\xef\xbb\xbf' | cat - "$PKI/code.chain" | sed 's/$/\r/' >windows.pem
    for how in "new.p12 U" "emoji.p12 E" "rc2.p12 U" "rc2-128.p12 U" "mixed.pem" "locked.pem PASS" \
        "windows.pem U v2.key" "windows.pem U v1.key" "windows.pem U scrypt.key"; do
        read -r file pass key <<<"$how"
        rm -f got.exe
        "$SLIPWAY" sign a.exe --certificate "file:$file" ${pass:+--passphrase "env:$pass"} ${key:+--key "file:$key"} --output got.exe
        cmp want.exe got.exe
    done
    # what Windows wrote for twenty years opens where OpenSSL's legacy provider is not installed
    make -legacy -passout pass: -out bare.p12
    for how in "rc2.p12 U" bare.p12; do
        read -r file pass <<<"$how"
        rm got.exe
        OPENSSL_MODULES=/none "$SLIPWAY" sign a.exe --certificate "file:$file" ${pass:+--passphrase "env:$pass"} --output got.exe
        cmp want.exe got.exe
    done
    refused 6 "passphrase does not open it" "$SLIPWAY" sign a.exe --certificate file:rc2.p12 --passphrase env:W
    refused 6 "passphrase does not open it" "$SLIPWAY" sign a.exe --certificate file:locked.pem --passphrase env:W
    refused 6 "a passphrase is needed" "$SLIPWAY" sign a.exe --certificate file:locked.pem
    refused 6 "no checksum" "$SLIPWAY" sign a.exe --certificate file:nomac.p12 --passphrase env:PASS
}

@test "certificates that Windows would not take sign nothing" {
    cp "$PKI"/* .
    leaf() {
        openssl req -new -key code.key -subj "/O=Lab/CN=$1" -out x.csr 2>/dev/null
        openssl x509 -req -sha256 -in x.csr -CA inter.crt -CAkey inter.key -CAcreateserial -extfile ext.cnf "${@:2}" -out x.crt 2>/dev/null
        cat x.crt inter.crt >x.chain
    }
    leaf Old -extensions code -days -1
    refused 6 "Old cannot sign with it: its certificate was valid until" "$SLIPWAY" sign a.exe --certificate file:x.chain --key file:code.key
    refused 6 "was valid until" "$SLIPWAY" sign a.exe --certificate file:x.chain --prepare parts
    leaf Server -extensions tsa -days 9
    refused 6 "is not made for signing code" "$SLIPWAY" sign a.exe --certificate file:x.chain --key file:code.key
    openssl req -x509 -nodes -newkey rsa:512 -keyout weak.key -out weak.crt -subj /CN=Weak -days 9 2>/dev/null
    refused 6 "so short" "$SLIPWAY" sign a.exe --certificate file:weak.crt --key file:weak.key
    # one that says nothing of its use will do, as it does for Windows
    openssl req -x509 -nodes -newkey rsa:2048 -keyout self.key -out self.crt -subj /CN=Self -days 9 2>/dev/null
    "$SLIPWAY" sign a.exe --certificate file:self.crt --key file:self.key --output self.exe
    osslsigncode verify -CAfile self.crt -in self.exe >/dev/null
    cmp a.exe $stub
}

@test "of several certificates that fit, the one that was renewed signs, and no authority" {
    sign a.exe --output want.exe
    openssl req -new -key "$PKI/code.key" -subj "/O=Lab/CN=Old" -out old.csr 2>/dev/null
    openssl x509 -req -sha256 -in old.csr -CA "$PKI/inter.crt" -CAkey "$PKI/inter.key" -CAserial serial -CAcreateserial -days -1 \
        -extfile "$PKI/ext.cnf" -extensions code -out old.crt 2>/dev/null
    cat old.crt "$PKI/code.chain" >renewed.pem
    openssl pkcs12 -export -inkey "$PKI/code.key" -in old.crt -certfile "$PKI/code.chain" -passout env:PASS -out renewed.p12
    "$SLIPWAY" sign a.exe --certificate file:renewed.pem --key "file:$PKI/code.key" --output got.exe
    cmp got.exe want.exe
    "$SLIPWAY" sign a.exe --certificate file:renewed.p12 --passphrase env:PASS --output got.exe
    cmp got.exe want.exe
    # where the key is not here to tell
    openssl req -x509 -nodes -newkey rsa:2048 -keyout other.key -out other.crt -subj /CN=Other -days 9 2>/dev/null
    cat other.crt "$PKI"/{root,inter,code}.crt >mixed.pem
    "$SLIPWAY" sign a.exe --certificate file:mixed.pem --command "openssl pkeyutl -sign -inkey $PKI/code.key -pkeyopt digest:sha256" \
        --output got.exe
    cmp got.exe want.exe
}

@test "a file behind a link is signed where it is, and one with signatures side by side keeps them" {
    ln -s a.exe link.exe
    sign link.exe
    [ -L link.exe ]
    judge a.exe 1
    cp $stub two.exe
    for k in code code-ec; do
        sbsign --key "$PKI/$k.key" --cert "$PKI/$k.crt" --output more.exe two.exe 2>/dev/null
        mv more.exe two.exe
    done
    cp two.exe before.exe
    refused 4 "2 signatures side by side" sign two.exe --append
    cmp two.exe before.exe
    sign two.exe --replace
    judge two.exe 1
    refused 2 "ASCII only" sign a.exe --replace --url 'https://example.com/größe'
}

@test "what can hold no signature is left alone, and said" {
    mkdir app
    cp a.exe app
    seq 3000 >numbers
    gcab -cz app/first.cab numbers
    python3 - <<'P'
import struct
whole = open("app/first.cab", "rb").read()

def grown(flag, more):  # a cabinet with more in its head
    b = bytearray(whole[:36] + more + whole[36:])
    for at in (8, 16, 36 + len(more)):  # its size, where the files are told, where the folder's data is
        struct.pack_into("<I", b, at, struct.unpack_from("<I", b, at)[0] + len(more))
    b[30] |= flag
    return b

open("app/second.cab", "wb").write(grown(1, b"first.cab\0disk\0"))
open("app/taken.cab", "wb").write(grown(4, struct.pack("<HBB", 6144, 0, 0) + bytes(6144)))
b = bytearray(open("a.exe", "rb").read())
struct.pack_into("<I", b, struct.unpack_from("<I", b, 60)[0] + 24 + 108, 4)  # NumberOfRvaAndSizes
open("app/small.dll", "wb").write(b)
P
    7zz t app/taken.cab >/dev/null
    cat >slipway.yaml <<Y
schema: 1
name: lab
version: 1.2.3
summary: A small thing
vendor: Example
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [zip], files: [{ from: app/, to: . }] }
sign:
  authenticode: { certificate: "file:$PKI/code.p12", passphrase: "env:PASS" }
Y
    "$SLIPWAY" pack 2>said
    grep -q 'second.cab: left unsigned: .*only the first of several cabinets' said
    grep -q 'taken.cab: left unsigned: .*no room for a signature' said
    grep -q 'small.dll: left unsigned: .*no room for a signature' said
    unzip -q -d in dist/*.zip
    for f in second.cab taken.cab small.dll; do cmp "$(find in -name $f)" app/$f; done
    judge "$(find in -name first.cab)" 1
    judge "$(find in -name a.exe)" 1
    refused 4 "no room for a signature" sign app/taken.cab
}

@test "two signatures in two steps each, in all three kinds of files" {
    seq 30000 >numbers
    gcab -cz a.cab numbers
    files=(a.exe a.cab)
    if fixtures; then
        cp "$FIXTURES/msi/dummy.msi" a.msi
        chmod u+w a.msi
        files+=(a.msi)
    fi
    for f in "${files[@]}"; do
        "$SLIPWAY" sign $f --certificate "file:$PKI/code.chain" --name 'Größe 名' --prepare parts
        elsewhere parts
        "$SLIPWAY" sign $f --attach parts
        rm -r parts
        "$SLIPWAY" sign $f --certificate "file:$PKI/code-ec.chain" --append --prepare parts
        elsewhere parts code-ec
        "$SLIPWAY" sign $f --append --attach parts
        judge $f 2
        grep -aq 'Größe 名' ossl.log
        "$SLIPWAY" sign --remove $f
        refused 4 "" "$SLIPWAY" sign $f --append --attach nothing
        refused 2 "two files are called $f" "$SLIPWAY" sign $f ./$f --certificate "file:$PKI/code.chain" --prepare parts
        rm -r parts
    done
    fixtures || return 0
    # the first signature of a file by others stays what it was
    cp "$FIXTURES/pe/signed_wix314_4118_engine.exe" wix.exe
    chmod u+w wix.exe
    refused 2 "is signed already" sign wix.exe
    sign wix.exe --append --digest sha512
    "$SLIPWAY" verify -r "$PKI/root.crt" wix.exe >ours.log || true
    grep -q 'signer: WiX Toolset (.NET Foundation)' ours.log
    grep -q 'signer: Lab Publisher' ours.log
    grep -c 'the file was changed' ours.log && return 1
    want=$(osslsigncode verify -ignore-cdp -in wix.exe 2>&1 | grep -a -m 1 'Calculated message digest')
    osslsigncode verify -ignore-cdp -in "$FIXTURES/pe/signed_wix314_4118_engine.exe" 2>&1 | grep -aqF "$want"
}
