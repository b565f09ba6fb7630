# tar archives under GNU tar, bsdtar and 7-Zip: the same names, sizes and links by all three.

setup() {
    export SOURCE_DATE_EPOCH=1767225600
    cd "$BATS_TEST_TMPDIR" || return
    printf 'Do what you like.\n' >LICENSE
    printf '# Changelog\n\n## 1.0.0\n\n- First.\n' >CHANGELOG.md
    mkdir -p app
    cat >slipway.yaml <<-'YAML'
	schema: 1
	name: hello
	version: 1.0.0
	summary: Says hello
	license: MIT
	license-file: LICENSE
	changelog: CHANGELOG.md
	targets:
	  - os: linux
	    arch: x86_64
	    formats: [tar.gz, tar.xz, tar.zst]
	    files:
	      - { from: app/, to: . }
	      - { text: "a = 1", to: /etc/hello.conf }
	YAML
}

plain() { # the archive as a tar, uncompressed by the codec's own program
    case $1 in
    *.gz) gzip -dc "$1" ;;
    *.xz) xz -dc "$1" ;;
    *.zst) zstd -qdc "$1" ;;
    esac
}

@test "GNU tar, bsdtar and 7-Zip list alike, the three archives hold the same tar" {
    mkdir -p app/bin "app/a folder"
    printf hello >app/bin/hello
    chmod 755 app/bin/hello
    ln app/bin/hello app/bin/twin
    ln -s ../bin/hello "app/a folder/link"
    ln -s "$(printf 'l%.0s' {1..130})" app/long-link
    printf x >"app/$(printf 'n%.0s' {1..99})"
    printf xy >"app/$(printf 'ü%.0s' {1..110})"
    mkdir "app/$(printf 'd%.0s' {1..88})"
    "$SLIPWAY" pack
    plain dist/*.tar.gz >one.tar
    plain dist/*.tar.xz | cmp - one.tar
    plain dist/*.tar.zst | cmp - one.tar
    [ "$(stat -c %s one.tar)" -eq $(($(stat -c %s one.tar) / 10240 * 10240)) ]
    tar --quoting-style=literal -tf one.tar | sed 's:/$::' | LC_ALL=C sort >gnu
    bsdtar -tf one.tar | sed 's:/$::' | LC_ALL=C sort >bsd
    7zz l -ba -slt -sccUTF-8 one.tar | sed -n 's/^Path = //p' | LC_ALL=C sort >seven
    diff gnu bsd
    diff gnu seven
    grep -qx hello-1.0.0/LICENSE gnu
    grep -qx hello-1.0.0/etc/hello.conf gnu
    tar -xOf one.tar hello-1.0.0/CHANGELOG.md | grep -qx -- '- First.'
    tar --numeric-owner -tvf one.tar | awk '$2 != "0/0" { exit 1 }'
    [ -z "$(tar -tvf one.tar | grep -v root/root)" ]
    "$SLIPWAY" inspect --files dist/*.tar.zst >ours
    [ "$(grep -c '^[-dl][-r]' ours)" -eq "$(wc -l <gnu)" ]
}

@test "wrap: another folder at the top, or none" {
    printf x >app/x
    echo 'tar.gz: { wrap: "" }' >>slipway.yaml
    echo 'tar.xz: { wrap: other }' >>slipway.yaml
    "$SLIPWAY" pack -q --format tar.gz,tar.xz
    tar -tf dist/*.tar.gz | grep -qx x
    tar -tf dist/*.tar.xz | grep -qx other/x
}

@test "a sparse file of more than 8 GiB" {
    truncate -s 8590983168 app/big
    printf end >>app/big
    "$SLIPWAY" pack -q --format tar.zst
    [ "$(zstd -qdc dist/*.zst | tar -tvf - hello-1.0.0/big | awk '{ print $3 }')" = 8590983171 ]
    [ "$(zstd -qdc dist/*.zst | bsdtar -xOf - hello-1.0.0/big | tail -c 3)" = end ]
    [ "$(stat -c %s dist/*.zst)" -lt 4000000 ]
}
