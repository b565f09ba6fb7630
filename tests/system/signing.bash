# What signing for Windows needs: a certificate authority to throw away, a time stamp server, a token. Sets nothing
# global but functions and SIGNING_*.

# signing_pki DIR: root -> intermediate -> publishers (code: RSA, code-ec: P-256) and a time stamp authority (tsa), as
# .key and .crt; code.chain, code-ec.chain: with the intermediate; code.p12, passphrase "test"; tsa.cnf for signing_tsa.
signing_pki() {
    mkdir -p "$1"
    (
        cd "$1" || return 1
        cat >ext.cnf <<'X'
[root]
basicConstraints=critical,CA:true
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[inter]
basicConstraints=critical,CA:true,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[code]
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[tsa]
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
X
        set -e
        openssl req -x509 -nodes -sha256 -newkey rsa:2048 -days 3650 -subj "/O=Lab/CN=Lab Root" -config /dev/null \
            -extensions root -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n' && cat ext.cnf) \
            -keyout root.key -out root.crt 2>/dev/null
        signing_leaf inter "/O=Lab/CN=Lab Intermediate" inter root 1825 -newkey rsa:2048
        signing_leaf code "/O=Lab/CN=Lab Publisher" code inter 1825 -newkey rsa:2048
        signing_leaf code-ec "/O=Lab/CN=Lab Publisher EC" code inter 1825 -newkey ec -pkeyopt ec_paramgen_curve:P-256
        signing_leaf tsa "/O=Lab/CN=Lab Time Stamping" tsa inter 1825 -newkey rsa:2048
        for n in code code-ec tsa; do cat $n.crt inter.crt >$n.chain; done
        openssl pkcs12 -export -inkey code.key -in code.crt -certfile inter.crt -passout pass:test -out code.p12
        cat >tsa.cnf <<X
[tsa1]
serial=$PWD/tsa.serial
crypto_device=builtin
signer_cert=$PWD/tsa.crt
certs=$PWD/inter.crt
signer_key=$PWD/tsa.key
signer_digest=sha256
default_policy=1.2.3.4.1
digests=sha1,sha256,sha384,sha512
accuracy=secs:1
ess_cert_id_chain=no
ess_cert_id_alg=sha256
X
        echo 01 >tsa.serial
    )
}

# signing_leaf NAME SUBJECT SECTION ISSUER DAYS REQ-ARG…, in the folder of signing_pki.
signing_leaf() {
    local n=$1 s=$2 e=$3 ca=$4 days=$5
    shift 5
    openssl req -new -nodes -sha256 -subj "$s" -keyout "$n.key" -out "$n.csr" "$@" 2>/dev/null &&
        openssl x509 -req -sha256 -in "$n.csr" -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days "$days" \
            -extfile ext.cnf -extensions "$e" -out "$n.crt" 2>/dev/null &&
        rm "$n.csr"
}

# signing_tsa PKI [MODE]: a server on loopback until signing_tsa_stop; gives SIGNING_TSA, its address. MODE as tsa.py has it.
signing_tsa() {
    signing_tsa_stop
    : >"$1/tsa.url"
    python3 "$SLIPWAY_SOURCE/tests/system/tsa.py" "$1/tsa.cnf" "${2-}" >"$1/tsa.url" 2>"$1/tsa.log" 3>&- &
    SIGNING_TSA_PID=$!
    until [ -s "$1/tsa.url" ]; do
        kill -0 "$SIGNING_TSA_PID" || return 1
        sleep 0.05
    done
    SIGNING_TSA=$(cat "$1/tsa.url")
}

signing_tsa_stop() {
    [ -n "${SIGNING_TSA_PID-}" ] || return 0
    kill "$SIGNING_TSA_PID" 2>/dev/null || true
    wait "$SIGNING_TSA_PID" 2>/dev/null || true
    SIGNING_TSA_PID=
}

# signing_token DIR PKI: a SoftHSM token "lab" with the keys "code" and "ec" and the first one's certificate, PIN 1234;
# sets SOFTHSM2_CONF and SIGNING_MODULE, the token's library.
signing_token() {
    export SOFTHSM2_CONF="$1/softhsm2.conf"
    SIGNING_MODULE=$(find /usr/lib -name libsofthsm2.so | head -n 1)
    mkdir -p "$1/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$1/tokens" >"$SOFTHSM2_CONF"
    softhsm2-util --init-token --free --label lab --pin 1234 --so-pin 4321 >/dev/null
    openssl pkcs8 -topk8 -nocrypt -in "$2/code.key" -out "$1/p8"
    softhsm2-util --import "$1/p8" --token lab --label code --id 01 --pin 1234 >/dev/null
    openssl pkcs8 -topk8 -nocrypt -in "$2/code-ec.key" -out "$1/p8"
    softhsm2-util --import "$1/p8" --token lab --label ec --id 02 --pin 1234 >/dev/null
    rm "$1/p8"
    openssl x509 -in "$2/code.crt" -outform DER -out "$1/code.der"
    pkcs11-tool --module "$SIGNING_MODULE" --login --pin 1234 --write-object "$1/code.der" --type cert --label code \
        --id 01 >/dev/null 2>&1
}
