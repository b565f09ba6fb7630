# A tree of more than 10,000 files with hard names goes through packages whole (GNU tar, bsdtar,
# dpkg-deb, md5sum).

setup() {
    cd "$BATS_TEST_TMPDIR"
    python3 - <<-'PY'
	import os
	long = "n" * 190
	for i in range(10400):
	    folder = f"app/folder {i % 130}/ünï {i % 7}"
	    os.makedirs(folder, exist_ok=True)
	    name = f"{folder}/" + (long if i % 9 == 0 else ["file ", "-dash", "日本 ", "q'\"$", "b\\s*?[", ".dot"][i % 6]) + str(i)
	    if i % 17 == 1:
	        os.symlink(f"../ünï {i % 7}", name)
	    elif i % 17 == 2:
	        os.makedirs(name)
	    elif i % 17 == 3 and os.path.exists("app/first"):
	        os.link("app/first", name)
	    else:
	        open(name, "w").write(str(i) * (i % 50))
	        os.chmod(name, 0o700 if i % 5 == 0 else 0o640)
	    if i == 0:
	        os.rename(name, "app/first")
	PY
    cat > slipway.yaml <<-'YAML'
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
	  - os: linux
	    arch: any
	    formats: [deb, tar.gz]
	    files:
	      - { from: app/, to: share/hello/ }
	YAML
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
}

# Kind, path, link target and bytes of everything below a folder.
census() {
    (cd "$1" && find . -printf '%y %p %l\n' && find . -type f -print0 | xargs -0 md5sum) | LC_ALL=C sort
}

@test "dpkg-deb unpacks what was gathered" {
    dpkg-deb -x dist/*.deb root
    diff <(census app) <(census root/usr/share/hello)
    [ "$(find root/usr/share/hello -type f -perm 755 | wc -l)" -eq "$(find app -type f -perm 700 | wc -l)" ]
    [ -z "$(find root/usr/share/hello -type f ! -perm 755 ! -perm 644)" ]
    dpkg-deb --control dist/*.deb control
    (cd root && md5sum --quiet -c ../control/md5sums)
}

@test "GNU tar and bsdtar agree on the archive, hard links stay links" {
    mkdir gnu bsd
    tar -xf dist/*.tar.gz -C gnu
    bsdtar -xf dist/*.tar.gz -C bsd
    diff <(census gnu) <(census bsd)
    diff <(census app) <(census gnu/*/share/hello)
    [ "$(stat -c %h gnu/*/share/hello/first)" -eq "$(stat -c %h app/first)" ]
}
