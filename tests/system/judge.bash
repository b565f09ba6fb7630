# What osslsigncode says of a file, and slipway; PKI is the folder of signing_pki. Needs bats 1.5.0.

# judge FILE SIGNATURES
judge() {
    osslsigncode verify -CAfile "$PKI/root.crt" -TSA-CAfile "$PKI/root.crt" -in "$1" >ossl.log 2>&1 || { cat ossl.log && return 1; }
    grep -aqx "Number of verified signatures: $2" ossl.log || { cat ossl.log && return 1; }
    "$SLIPWAY" verify -r "$PKI/root.crt" "$1" >ours.log
}

# elsewhere DIR [KEY]: what somebody does in another place with a folder of --prepare.
elsewhere() {
    local f
    for f in "$1"/*.tosign; do
        openssl dgst -sha256 -sign "$PKI/${2-code}.key" -out "${f%.tosign}.signature" "$f"
    done
}

refused() { # refused STATUS TEXT COMMAND…: one line that has the text
    local want=$1 text=$2
    shift 2
    run --separate-stderr "$@"
    # shellcheck disable=SC2154
    if [ "$status" -ne "$want" ] || [ "${#stderr_lines[@]}" -ne 1 ] || [[ "$stderr" != *"$text"* ]]; then
        echo "status $status, wanted $want and $text: $stderr"
        return 1
    fi
}
