# The ledger of a release, judged by a JSON Schema validator (Debian: python3-jsonschema).

setup() {
    cd "$BATS_TEST_TMPDIR"
    mkdir app
    echo hello > app/hello
    cat > slipway.yaml <<-'YAML'
	schema: 1
	name: hello
	title: Hello
	id: com.example.hello
	version: 1.0.0-beta.1
	summary: Says hello
	description: Says hello to whoever asks.
	maintainer: Ann Example <ann@example.com>
	homepage: https://example.com/hello
	license: MIT
	targets:
	  - os: linux
	    arch: any
	    formats: [deb, tar.gz]
	    files:
	      - { from: app/hello, to: share/hello/hello }
	YAML
}

validate() {
    python3 - "$BATS_TEST_DIRNAME/../../docs/release.schema.json" "$1" <<-'PY'
	import json, sys
	from jsonschema import Draft202012Validator as V
	schema, ledger = (json.load(open(p)) for p in sys.argv[1:])
	V.check_schema(schema)
	errors = [e.message for e in V(schema).iter_errors(ledger)]
	print("\n".join(errors))
	sys.exit(bool(errors))
	PY
}

@test "release.json is what docs/release.schema.json says" {
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
    validate dist/release.json
    [ "$(python3 -c 'import json; print(len(json.load(open("dist/release.json"))["artifacts"]))')" -ge 2 ]
}

@test "the schema refuses what a ledger must not hold" {
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
    for change in 's/"name": "hello/"name": "..\/hello/' 's/"version": "/"version": "a\//' \
        's/"role": "package"/"role": "parcel"/' 's/"sha512"/"sha513"/' 's/"size": /"size": -/'; do
        sed "$change" dist/release.json > changed.json
        if cmp -s dist/release.json changed.json; then return 1; fi
        run validate changed.json
        [ "$status" -ne 0 ]
    done
}
