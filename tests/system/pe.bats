#!/usr/bin/env bats
# Resources of executables, as icoutils and pefile read them; wine runs what was changed.

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
