#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signatures that prove less than they seem to: made by osslsigncode and by hand, never "good".

bats_require_minimum_version 1.5.0

setup_file() {
    load signing
    export PKI="$BATS_FILE_TMPDIR/pki" PASS=test
    signing_pki "$PKI"
    cd "$PKI" || return
    cat >>ext.cnf <<'X'
[web]
basicConstraints=critical,CA:true
keyUsage=critical,keyCertSign
extendedKeyUsage=serverAuth
[client]
basicConstraints=critical,CA:false
extendedKeyUsage=clientAuth
[nosign]
basicConstraints=critical,CA:false
keyUsage=critical,keyEncipherment
extendedKeyUsage=codeSigning
[loose]
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=timeStamping
[both]
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping,codeSigning
X
    signing_leaf web /CN=Web web root 1825 -newkey rsa:2048
    signing_leaf byweb /CN=ByWeb code web 1825 -newkey rsa:2048
    signing_leaf client /CN=Client client root 1825 -newkey rsa:2048
    signing_leaf nosign /CN=NoSign nosign root 1825 -newkey rsa:2048
    signing_leaf short /CN=Short code root 1825 -newkey rsa:768
    signing_leaf loose /CN=Loose loose root 1825 -newkey rsa:2048
    signing_leaf both /CN=Both both root 1825 -newkey rsa:2048
    cat byweb.crt web.crt >byweb.chain
}

setup() {
    load signing
    cd "$BATS_TEST_TMPDIR" || return
    cp /usr/share/nsis/Stubs/zlib-amd64-unicode a.exe
}

teardown() {
    signing_tsa_stop
}

by_ossl() { # by_ossl KEY OUT ARG...: a.exe, signed
    local key=$1 out=$2 certs=$PKI/$1.crt
    shift 2
    [ ! -e "$PKI/$key.chain" ] || certs=$PKI/$key.chain
    osslsigncode sign -certs "$certs" -key "$PKI/$key.key" -in a.exe -out "$out" "$@" >ossl.log 2>&1 || {
        cat ossl.log
        return 1
    }
}

sign() { "$SLIPWAY" sign --certificate "file:$PKI/code.p12" --passphrase env:PASS "$@"; }

verify() { "$SLIPWAY" verify -r "$PKI/root.crt" "$@"; }

bad() { # bad FILE WORDS
    run -1 verify "$1"
    echo "$output"
    [[ $output != *"good: "* ]]
    [[ $output == *"$2"* ]]
}

@test "SHA-1 alone is none, beside another signature it is fine" {
    by_ossl code one.exe -h sha1
    bad one.exe 'SHA-1, which is no proof'
    "$SLIPWAY" verify --json -r "$PKI/root.crt" one.exe >out.json || true
    jq -e '.good == false and .inside[0].good == false and .inside[0].weak == "sha1"' out.json
    sign --append one.exe --output two.exe
    verify two.exe
    by_ossl code md5.exe -h md5
    bad md5.exe 'MD5'
}

@test "certificates for other uses, and short keys" {
    by_ossl code good.exe -h sha256
    verify good.exe
    by_ossl byweb web.exe -h sha256
    bad web.exe 'certificate of Web is not made for signing code'
    by_ossl client client.exe -h sha256
    bad client.exe 'not made for signing code'
    by_ossl nosign nosign.exe -h sha256
    bad nosign.exe 'not made for signing code'
    by_ossl short short.exe -h sha256
    bad short.exe 'so short'
}

# value FILE: the bytes of its signature that are stamped. stamp FILE TOKEN OUT: the file with this time stamp.
value() { /usr/bin/python3 "$SLIPWAY_SOURCE/tests/system/stamp.py" "$1"; }
stamp() { /usr/bin/python3 "$SLIPWAY_SOURCE/tests/system/stamp.py" "$@"; }

token() { # token OUT: of what is in `value`, by the time stamp authority
    openssl ts -query -data value -sha256 -cert -out query 2>/dev/null
    openssl ts -reply -config "$PKI/tsa.cnf" -section tsa1 -queryfile query -token_out -out "$1" 2>/dev/null
}

resigned() { # resigned KEY: token and what it says, by another certificate, in token.KEY
    openssl cms -verify -noverify -inform DER -in token -out tst 2>/dev/null
    openssl cms -sign -binary -nodetach -nosmimecap -md sha256 -econtent_type 1.2.840.113549.1.9.16.1.4 -in tst \
        -signer "$PKI/$1.crt" -inkey "$PKI/$1.key" -outform DER -out "token.$1"
}

@test "time stamps by certificates that are not made for these alone, and of other signatures" {
    sign a.exe
    value a.exe >value
    token token
    stamp a.exe token good.exe
    verify good.exe >ours.log
    grep 'Lab Time Stamping' ours.log
    resigned tsa
    stamp a.exe token.tsa good.exe
    verify good.exe
    resigned loose # as Microsoft's own were for years: for nothing else, but not marked as critical
    stamp a.exe token.loose good.exe
    verify good.exe
    for key in both code client; do
        resigned $key
        stamp a.exe token.$key $key.exe
        bad $key.exe 'not made for time stamps'
    done
    echo other >value
    token other
    stamp a.exe other other.exe
    bad other.exe 'time stamp is of another signature'
    # a program is no time stamp
    openssl cms -sign -binary -nodetach -md sha256 -in tst -signer "$PKI/tsa.crt" -inkey "$PKI/tsa.key" -outform DER -out data
    stamp a.exe data data.exe
    run verify data.exe
    [ "$status" -ne 0 ]
}

# More bytes in the certificate table: table FILE OUT WHAT
table() {
    /usr/bin/python3 - "$@" <<'PY'
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
coff = struct.unpack_from("<I", b, 60)[0]
security = coff + 24 + (112 if struct.unpack_from("<H", b, coff + 24)[0] == 0x20B else 96) + 32
at, size = struct.unpack_from("<II", b, security)
what = sys.argv[3]
more = 16
if what == "padding":  # what Windows reads with EnableCertPaddingCheck only
    b += b"evil" * 4
    struct.pack_into("<I", b, at, size + 16)
elif what == "entry":
    b += struct.pack("<IHH", 24, 0x200, 1) + b"evil" * 4
    more = 24
elif what == "revision":
    struct.pack_into("<H", b, at + 4, 0x300)
    more = 0
elif what == "behind":
    b += b"evil" * 4
    more = 0
elif what == "moved":
    b[at:at] = bytes(8)
    at, more = at + 8, 0
struct.pack_into("<II", b, security, at, size + more)
open(sys.argv[2], "wb").write(b)
PY
}

@test "bytes that nobody signed, in and behind the certificate table" {
    sign a.exe
    verify a.exe
    table a.exe padding.exe padding
    bad padding.exe 'bytes that nobody signed lie behind it'
    table a.exe entry.exe entry
    bad entry.exe 'entries that are no signatures'
    table a.exe revision.exe revision
    run verify revision.exe
    [ "$status" -ne 0 ]
    table a.exe behind.exe behind
    run verify behind.exe
    [ "$status" -ne 0 ]
    table a.exe moved.exe moved
    run verify moved.exe
    [ "$status" -ne 0 ]
}

@test "a setup program with bytes behind its signature" {
    printf 'Name x\nOutFile x.exe\nSection\nSectionEnd\n' >x.nsi
    makensis -V1 x.nsi
    sign x.exe
    verify x.exe
    # what was one is not "unsigned", though the sum that NSIS makes still fits
    table x.exe revision.exe revision
    run "$SLIPWAY" verify revision.exe
    [ "$status" -eq 1 ]
    [[ $output == *"its certificate table has entries that are no signatures"* ]]
    table x.exe behind.exe behind
    run verify behind.exe
    [ "$status" -ne 0 ]
    cp x.exe more.exe
    printf 'evil' >>more.exe
    run verify more.exe
    [ "$status" -ne 0 ]
}

@test "an installer database with more in it, or other names" {
    box=$SLIPWAY_BUILD/tests/winbox
    head -c 5000 /dev/urandom >f
    : >empty
    echo hello >hello.txt
    cat >slipway.yaml <<'YAML'
schema: 1
name: small
id: com.example.small
version: 1.0.0
summary: A small thing
vendor: Example Inc
license: MIT
targets:
  - { os: windows, arch: x86_64, formats: [msi], files: [{ from: hello.txt, to: hello.txt }] }
YAML
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q
    mv dist/*.msi a.msi
    "$box" cfb-change a.msi with.msi Hello=f
    mv with.msi a.msi
    sign a.msi
    verify a.msi
    "$box" cfb-change a.msi more.msi More=f
    bad more.msi 'changed after it was signed'
    "$box" cfb-change a.msi empty.msi More=empty
    bad empty.msi 'changed after it was signed'
    "$box" cfb-change a.msi less.msi Hello
    bad less.msi 'changed after it was signed'
    "$box" cfb-change a.msi plain.msi $'\5MsiDigitalSignatureEx'
    bad plain.msi 'changed after it was signed'
    # without the second stream names are nobody's: said, not hidden
    osslsigncode sign -certs "$PKI/code.chain" -key "$PKI/code.key" -in less.msi -out theirs.msi >/dev/null
    verify theirs.msi | grep 'not-covered: names'
    verify a.msi >ours.log
    run grep not-covered ours.log
    [ "$status" -ne 0 ]
}
