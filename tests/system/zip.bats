# zip archives under the programs that people unpack them with: Info-ZIP, 7-Zip, bsdtar, Python.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    export SOURCE_DATE_EPOCH=1767225601
}

recipe() { # TARGET-OS [LINES-OF-THE-ZIP-SECTION]
    cat >slipway.yaml <<-YAML
	schema: 1
	name: hello
	title: Hello
	id: com.example.hello
	version: 1.0.0
	summary: Says hello
	description: Says hello to whoever asks.
	maintainer: Ann Example <ann@example.com>
	license: MIT
	targets:
	  - os: $1
	    arch: x86_64
	    formats: [zip]
	    files:
	      - { from: app/, to: app/ }
	zip: { ${2:-level: 6} }
	YAML
}

# Info-ZIP, 7-Zip and Python all read every byte and compare its sums.
judge() {
    unzip -tqq "$1"
    7zz t -bso0 -bsp0 "$1"
    python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)' "$1"
    bsdtar -tf "$1" >/dev/null
}

# Kind, mode, link target and bytes of everything below a folder.
census() {
    (cd "$1" && find . ! -type l -printf '%y %m %p\n' -o -printf '%y %p %l\n' &&
        find . -type f -print0 | xargs -0 md5sum) | LC_ALL=C sort
}

app() {
    mkdir -p 'app/a folder/empty' app/ü
    head -c 3500000 /dev/urandom >app/noise
    head -c 3500000 /dev/zero | tr '\0' x >app/flat
    cp "$(command -v bash)" app/program
    chmod 755 app/program
    : >app/nothing
    echo hi >'app/ü/日本 ß.txt'
    ln -s program app/link # 7-Zip unpacks no link with .. in it
    head -c 100 /dev/urandom >app/small-noise
    find app -type d -exec chmod 755 {} +
    find app -type f ! -name program -exec chmod 644 {} +
}

@test "Info-ZIP, bsdtar and Python unpack what was gathered, 7-Zip agrees" {
    app
    recipe linux
    "$SLIPWAY" pack
    judge dist/hello-1.0.0-linux-x86_64.zip
    unzip -q dist/*.zip -d infozip
    mkdir bsd
    bsdtar -xpf dist/*.zip -C bsd
    7zz x -bso0 -bsp0 -oseven dist/*.zip
    diff <(census app) <(census infozip/hello-1.0.0/app)
    diff <(census app) <(census bsd/hello-1.0.0/app)
    diff -r app seven/hello-1.0.0/app
    python3 - <<-'PY'
	import zipfile, glob
	z = zipfile.ZipFile(glob.glob("dist/*.zip")[0])
	by = {i.filename.split("/app/")[-1]: i for i in z.infolist()}
	assert by["noise"].compress_type == by["small-noise"].compress_type == 0
	assert by["flat"].compress_type == by["program"].compress_type == 8
	assert by["flat"].compress_size < 20000, by["flat"].compress_size
	assert all(i.date_time == (2026, 1, 1, 0, 0, 0) and not i.extra for i in by.values())
	assert by["program"].external_attr >> 16 == 0o100755
	PY
}

@test "the archive is no larger than Info-ZIP's" {
    app
    rm app/noise
    recipe linux 'level: 9, wrap: ""'
    "$SLIPWAY" pack
    zip -9qryX peer.zip app
    [ "$(stat -c %s dist/*.zip)" -le "$(stat -c %s peer.zip)" ]
}

@test "nothing of this machine gets in" {
    app
    recipe windows
    "$SLIPWAY" pack -o one --jobs 1
    find app -exec touch -h -d 2001-01-01 {} +
    (umask 077 && TZ=Asia/Tokyo LC_ALL=C "$SLIPWAY" pack -o two --jobs 7)
    cmp one/*.zip two/*.zip
}

@test "compression: none stores, wrap: names the folder" {
    app
    recipe macos 'compression: none, wrap: top'
    "$SLIPWAY" pack
    judge dist/*.zip
    zipinfo -1 dist/*.zip >names # in steps: a pipe does not notice a program that is missing
    [ "$(grep -vc '^top/' names)" -eq 0 ]
    unzip -v dist/*.zip >listing
    [ "$(grep -c Defl listing)" -eq 0 ]
    unzip -q dist/*.zip
    diff -r app top/app
}

@test "names that Windows takes for one are refused" {
    mkdir app
    touch app/Readme app/README
    recipe windows
    run "$SLIPWAY" pack
    [ "$status" -eq 3 ]
    [[ "$output" == *README* ]]
    recipe linux
    "$SLIPWAY" pack
}

@test "more than 65,535 entries and files beyond 4 GiB need zip64" {
    mkdir app
    python3 - <<-'PY'
	import os
	for i in range(66000):
	    if i % 1000 == 0:
	        os.mkdir(f"app/{i // 1000}")
	    open(f"app/{i // 1000}/{i}", "w").write(str(i))
	PY
    truncate -s 4300M app/huge
    printf end >>app/huge
    recipe linux 'level: 1'
    "$SLIPWAY" pack
    unzip -tqq dist/*.zip
    7zz t -bso0 -bsp0 dist/*.zip
    [ "$(bsdtar -tf dist/*.zip | wc -l)" -ge 66000 ]
    python3 - <<-'PY'
	import zipfile, glob
	z = zipfile.ZipFile(glob.glob("dist/*.zip")[0])
	huge = z.getinfo("hello-1.0.0/app/huge")
	assert huge.file_size == 4300 * 1024 * 1024 + 3
	assert huge.compress_size < 64 << 20
	assert z.read("hello-1.0.0/app/65/65999") == b"65999"
	PY
    "$SLIPWAY" inspect dist/*.zip >/dev/null
}

@test "files beyond 4 GiB in front of others: stored, offsets need zip64 too" {
    mkdir app
    truncate -s 4200M app/a-huge
    echo last >app/z-last
    recipe linux 'compression: none'
    "$SLIPWAY" pack
    unzip -p dist/*.zip hello-1.0.0/app/z-last | grep -qx last
    7zz t -bso0 -bsp0 dist/*.zip
    [ "$(bsdtar -xOf dist/*.zip hello-1.0.0/app/z-last)" = last ]
    rm -r dist
}

@test "archives of other programs are read, damaged ones refused" {
    app
    zip -qry foreign.zip app
    "$SLIPWAY" inspect --files foreign.zip | grep -q 'app/link'
    7zz a -bso0 -bsp0 -tzip seven.zip app
    "$SLIPWAY" inspect seven.zip >/dev/null
    python3 -c 'import shutil; shutil.make_archive("py", "zip", "app")'
    "$SLIPWAY" inspect py.zip >/dev/null
    bsdtar --format zip -cf bsd.zip app # with data descriptors
    "$SLIPWAY" inspect bsd.zip >/dev/null
    zip -qP secret locked.zip app/nothing app/flat
    run "$SLIPWAY" inspect locked.zip
    [ "$status" -eq 4 ]
    [[ "$output" == *encrypted* ]]
    printf X | dd of=foreign.zip bs=1 seek=900000 conv=notrunc status=none
    run "$SLIPWAY" inspect foreign.zip
    [ "$status" -eq 4 ] || [ "$status" -eq 1 ]
}
