# strip: true in a package, judged by what readelf (binutils) and eu-elflint (elfutils) say and by
# running the programs.

setup() {
    # What compares two outputs does not notice that both are empty.
    readelf --version >/dev/null
    eu-elflint --version >/dev/null
    cd "$BATS_TEST_TMPDIR"
    mkdir app
    cat > main.c <<-'C'
	#include <stdio.h>
	#include <stdlib.h>
	__thread int local = 3;
	static int zeros[5000];
	int main(int argc, char **argv) {
	    char *p = malloc(10);
	    zeros[argc] = local;
	    printf("%d %s\n", zeros[argc], argv[argc - 1]);
	    free(p);
	    return 3;
	}
	C
    echo 'int greet(int n) { return n + 1; }' > lib.c
    cc -g main.c -o app/dynamic
    cc -g -static main.c -o app/static
    cc -g -no-pie main.c -o app/fixed
    cc -g -static-pie main.c -o app/static-pie
    cc -g -Wl,--emit-relocs main.c -o app/relocs
    cc -g -shared -fPIC lib.c -Wl,-soname,libgreet.so.1 -o app/libgreet.so.1
    cp app/dynamic app/bundle
    echo payload >> app/bundle
    cc -g -c lib.c -o app/lib.o
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
	strip: true
	targets:
	  - os: linux
	    arch: x86_64
	    formats: [deb]
	    files:
	      - { from: app/, to: lib/hello/ }
	      - { from: app/dynamic, to: lib/hello/symbols, strip: false }
	YAML
    SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" pack
    dpkg-deb -x dist/*.deb root
    cd root/usr/lib/hello
}

segments() {
    readelf -lW "$1" | sed -n '/^Program Headers/,$p'
}

@test "stripped programs are smaller, run, and keep every segment" {
    for f in dynamic static fixed static-pie relocs; do
        was="$BATS_TEST_TMPDIR/app/$f"
        [ "$(stat -c %s "$f")" -lt "$(stat -c %s "$was")" ]
        [ "$(segments "$f")" = "$(segments "$was")" ]
        [ -z "$(readelf -SW "$f" | grep -E 'SYMTAB|debug_')" ]
        run "./$f" there
        [ "$status" -eq 3 ]
        [ "$output" = "3 there" ]
    done
}

@test "readelf and eu-elflint find nothing that they do not find in what strip makes" {
    for f in dynamic static fixed static-pie libgreet.so.1; do
        strip -o peer "$BATS_TEST_TMPDIR/app/$f"
        [ "$(readelf -aW "$f" 2>&1 >/dev/null)" = "$(readelf -aW peer 2>&1 >/dev/null)" ]
        [ "$(eu-elflint --gnu-ld "$f" 2>&1)" = "$(eu-elflint --gnu-ld peer 2>&1)" ]
        [ "$(stat -c %s "$f")" -le "$(($(stat -c %s peer) + 64))" ]
    done
}

@test "a payload behind the program, object files and strip: false keep all bytes" {
    cmp bundle "$BATS_TEST_TMPDIR/app/bundle"
    cmp lib.o "$BATS_TEST_TMPDIR/app/lib.o"
    cmp symbols "$BATS_TEST_TMPDIR/app/dynamic"
}
