#!/usr/bin/env bats
# Installer packages under wine, by what is on the disk and in the registry, and as msitools, 7-Zip and libgsf read them.

load wine.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    app 7.6.5.4 # higher than that of the next version, which comes nevertheless
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    recipe 1.0.0
    "$SLIPWAY" pack -q -o one
    cp -r files files1
    app 7.6.5.3
    echo two >files/new.txt
    rm files/share/old.txt
    recipe 1.1.0
    "$SLIPWAY" pack -q -o two
    cp one/*.msi "$C/one.msi"
    cp two/*.msi "$C/two.msi"
    wine_mark clean
}

teardown_file() { wine_stop; }

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -f "$C/ran.txt"
}

# A program that writes down its arguments and ends with 7.
app() {
    mkdir -p files/share files/empty files/deep/er
    cat >app.nsi <<'NSI'
Unicode true
Target amd64-unicode
RequestExecutionLevel user
SilentInstall silent
OutFile "files/hello.exe"
VIProductVersion ${FILE_VERSION}
VIAddVersionKey FileVersion ${FILE_VERSION}
!include FileFunc.nsh
Section
  ${GetParameters} $0
  FileOpen $1 "C:\ran.txt" a
  FileSeek $1 0 END
  FileWrite $1 "$0$\r$\n"
  FileClose $1
  SetErrorLevel 7
SectionEnd
NSI
    makensis -V1 -DFILE_VERSION="$1" app.nsi
    echo old >files/share/old.txt
    seq 1 20000 >'files/share/long name of a file.text'
    head -c 100000 "$SLIPWAY" >files/deep/er/data.bin
    : >files/deep/nothing
}

recipe() { # recipe VERSION [LINE…]
    cat >slipway.yaml <<YAML
schema: 1
name: hello
title: Hello Wörld
id: com.example.hello
version: $1
summary: Says hello
vendor: Example & Söhne
maintainer: Ann Example <ann@example.com>
homepage: https://example.com/hello
license: MIT
license-file: $SLIPWAY_SOURCE/LICENSE
icon: icon.png
entry: hello.exe
protocols: [labhost]
associations: [{ extension: lab, mime: application/x-lab, description: Lab notes }]
shortcuts: { menu: true, desktop: true }
targets:
  - os: windows
    arch: x86_64
    formats: [msi]
    files: [{ from: files/, to: . }]
msi:
  path: deep
  environment: { HELLO_HOME: "[INSTALLDIR]" }
  registry: [{ key: 'HKMU\\Software\\Example\\Hello', name: Level, value: 3 }]
YAML
    shift
    [ $# = 0 ] || printf '%s\n' "$@" >>slipway.yaml
}

home="Program Files/Hello Wörld"

install() { # install FILE [PROPERTY…]: silently; the status is wine's, modulo 256
    wine_do msiexec /i "C:\\$1" "${@:2}" /qn
    local status=$?
    wine_wait
    return $status
}

remove() {
    wine_do msiexec /x "C:\\$1" /qn
    wine_wait
}

products() { # the versions under "Apps"
    wine_registry | sed -n '/Uninstall/s/.*"DisplayVersion"="\(.*\)"/\1/p' | sort -u | xargs
}

@test "msitools, 7-Zip and libgsf read it, and the files come out as they went in" {
    msiinfo suminfo one/*.msi | grep -q 'Template: x64;1033'
    msiextract -C out one/*.msi >/dev/null
    diff -r -x empty "$(find out -name 'Hello*' -type d | head -n 1)" files1
    7zz t one/*.msi | grep -q 'Everything is Ok'
    gsf list one/*.msi >/dev/null
    msiinfo export one/*.msi File | grep -q 'hello.exe.*7\.6\.5\.4'
    [ "$(msiinfo export one/*.msi Property | tr -d '\r' | sed -n 's/^ProductName\t//p')" = "Hello Wörld" ]
}

@test "installed: files, registry, shortcut, environment; the deep link starts the program" {
    install one.msi
    diff -r files1 "$C/$home"
    wine_new clean >new
    grep -qF '"Level"=dword:00000003' new
    grep -qF '"DisplayName"="Hello W' new
    grep -qiF '"HELLO_HOME"="C:\\Program Files\\Hello' new
    grep -qi '"PATH"=.*Hello W.*deep' new
    grep -q 'Hello Wörld.lnk' new
    wine_do start /wait 'labhost:open/1' || true
    wine_wait
    grep -qF 'labhost:open/1' "$C/ran.txt"
    shortcut=$(cd "$C" && find . -path '*Start Menu*' -name 'Hello W*.lnk' -printf '%P')
    rm "$C/ran.txt"
    wine_do start /wait "C:\\${shortcut//\//\\}" || true
    wine_wait
    [ "$(wc -l <"$C/ran.txt")" -eq 1 ] # without arguments
    printf 'x' >"$C/note.lab"
    wine_do start /wait 'C:\note.lab' || true
    wine_wait
    grep -qF 'note.lab' "$C/ran.txt"
    [ "$(products)" = 1.0.0 ]
}

@test "a newer version takes the old one's place, an older one is refused" {
    install two.msi
    diff -r files "$C/$home"
    [ "$(products)" = 1.1.0 ]
    run install one.msi
    [ "$status" -eq 67 ] # 1603
    diff -r files "$C/$home"
    [ "$(products)" = 1.1.0 ]
}

@test "removed: nothing is left" {
    remove two.msi
    rm -f "$C/note.lab" "$C/ran.txt"
    run wine_new clean
    # wine's own: empty keys of its installer, and the PATH without what was added
    left=$(grep -v -e '\\Installer\\' -e '^system .*Environment. "PATH"=' <<<"$output" || true)
    [[ $output != *"Hello W"* ]]
    [ -z "$left" ] || { echo "$left"; false; }
}

@test "INSTALLDIR on the command line, with blanks; an update finds it again" {
    wine_line 'msiexec /i C:\one.msi INSTALLDIR="C:\my own dir\" /qn'
    wine_wait
    diff -r files1 "$C/my own dir"
    install two.msi
    diff -r files "$C/my own dir"
    [ ! -e "$C/$home" ]
    wine_line 'msiexec /x C:\two.msi /qn'
    wine_wait
    [ ! -e "$C/my own dir" ]
}

@test "a damaged cabinet: the installation fails and is rolled back" {
    cp one/*.msi "$C/bad.msi"
    # The mark of a block in the middle: what lies before it is unpacked already. Wine's own inflater breaks down over other damage.
    python3 - "$C/bad.msi" <<'PY'
import struct, sys
msi = bytearray(open(sys.argv[1], "rb").read())
cab = msi.find(b"MSCF")
assert msi[cab + 30] == 0, "room in the head"
at, blocks = struct.unpack_from("<IH", msi, cab + 36)
for i in range(blocks // 2):
    at += 8 + struct.unpack_from("<H", msi, cab + at + 4)[0]
assert msi[cab + at + 8:cab + at + 10] == b"CK"
msi[cab + at + 8] = 0
open(sys.argv[1], "wb").write(msi)
PY
    run install bad.msi
    [ "$status" -ne 0 ]
    [ ! -e "$C/$home" ]
    [ -z "$(products)" ]
}

@test "cabinets of every method: Wine's extrac32 delivers what went in" {
    box=$SLIPWAY_BUILD/tests/winbox
    set --
    cp files1/deep/er/data.bin data.bin
    cp 'files1/share/long name of a file.text' text.txt
    head -c 300000 /dev/urandom >noise.bin
    : >empty
    for method in none mszip lzx lzx:3:15 lzx:2:21::100000; do
        name=cab${#}
        "$box" cab $method 2 $name.cab data.bin empty noise.bin text.txt
        mv $name.cab "$C"
        mkdir -p "$C/$name"
        set -- "$@" "extrac32 /Y /E /L C:\\$name C:\\$name.cab"
    done
    wine_line "$@"
    for name in cab0 cab1 cab2 cab3 cab4; do
        for f in data.bin empty noise.bin text.txt; do cmp $f "$C/$name/$f"; done
        rm -r "$C/$name" "$C/$name.cab"
    done
}

@test "a pre-release gives way to its release" {
    recipe 2.0.0-beta.1
    "$SLIPWAY" pack -q -o beta
    recipe 2.0.0
    "$SLIPWAY" pack -q -o final
    cp beta/*.msi "$C/beta.msi"
    cp final/*.msi "$C/final.msi"
    install beta.msi
    [ "$(products)" = 2.0.0.20002 ]
    install final.msi
    [ "$(products)" = 2.0.0 ]
    remove final.msi
}

@test "for the user alone: below the user's own folder; out of an LZX cabinet" {
    recipe 1.0.0 '  scope: user' '  compression: lzx'
    "$SLIPWAY" pack -q -o user
    cp user/*.msi "$C/user.msi"
    install user.msi
    found=$(find "$C/users" -name hello.exe)
    [[ $found == */AppData/Local/Programs/Hello\ Wörld/hello.exe ]]
    diff -r files "$(dirname "$found")"
    msiinfo extract user/*.msi app1.cab >user.cab
    7zz l -slt user.cab | grep -q '^Method = LZX'
    remove user.msi
    [ -z "$(find "$C/users" -path '*/AppData/Local/Programs/*')" ]
    [ "$(msiinfo suminfo user/*.msi | sed -n 's/^Source: //p')" = "10 (a)" ]
}

@test "parts: as the recipe has them, asked for, taken away later" {
    recipe 3.0.0 '  features: [{ name: notes, files: share/ }, { name: deep, files: ["deep/**"], default: false }]' '  compression: none'
    "$SLIPWAY" pack -q -o parts
    cp parts/*.msi "$C/parts.msi"
    install parts.msi
    [ -e "$C/$home/share/long name of a file.text" ]
    [ ! -e "$C/$home/deep/er/data.bin" ]
    install parts.msi ADDLOCAL=deep
    [ -e "$C/$home/share/long name of a file.text" ]
    cmp files/deep/er/data.bin "$C/$home/deep/er/data.bin"
    install parts.msi REMOVE=notes
    [ ! -e "$C/$home/share/long name of a file.text" ]
    [ -e "$C/$home/deep/er/data.bin" ]
    [ -e "$C/$home/hello.exe" ]
    remove parts.msi
    [ ! -e "$C/$home" ]
    install parts.msi ADDLOCAL=ALL
    diff -r files "$C/$home"
    remove parts.msi
}

@test "what it needs: refused without, and installed when it is there" {
    recipe 3.1.0 '  requires:' '    - python: "3.8"' \
        '    - { registry: HKCU\Software\Needed, name: Here, value: "yes", title: The other one }' \
        '    - { file: "[System64Folder]\\kernel32.dll", version: "6.1", title: Windows }'
    "$SLIPWAY" pack -q -o needs
    cp needs/*.msi "$C/needs.msi"
    run install needs.msi
    [ "$status" -eq 67 ]
    wine_line 'msiexec /i C:\needs.msi /qn REQUIRED1=1' || true # its registry value is missing still
    wine_wait
    [ -z "$(products)" ]
    wine_do reg add 'HKCU\Software\Needed' /v Here /d yes /f
    run install needs.msi
    [ "$status" -eq 67 ]
    wine_line 'set PATH=C:\Python37;%PATH%' 'msiexec /i C:\needs.msi /qn' || true
    wine_wait
    [ -z "$(products)" ]
    wine_line 'set PATH=C:\Apps\Python312\;%PATH%' 'msiexec /i C:\needs.msi /qn'
    wine_wait
    [ "$(products)" = 3.1.0 ]
    remove needs.msi
    mkdir "$C/py"
    wine_do reg add 'HKLM\Software\Python\PythonCore\3.11\InstallPath' /ve /d 'C:\py\' /f
    run install needs.msi # the folder is there, python.exe is not
    [ "$status" -eq 67 ]
    cp files/hello.exe "$C/py/python.exe"
    install needs.msi
    [ "$(products)" = 3.1.0 ]
    remove needs.msi
    [ -z "$(products)" ]
}

@test "services are registered as Windows wants them" {
    recipe 3.2.0 '  services: { hellod: { title: The service, start: manual, account: "NT AUTHORITY\\LocalService", depends: [Spooler] } }' \
        'services: [{ name: hellod, exec: hello.exe, args: --serve, restart: always, description: Says hello }]'
    "$SLIPWAY" pack -q -o service
    cp service/*.msi "$C/service.msi"
    install service.msi
    wine_registry | grep -a 'Services.*hellod\]' >said
    grep -qF '"Start"=dword:00000003' said
    grep -qF '"DisplayName"="The service"' said
    grep -q 'ImagePath.*hello.exe.* --serve' said
    grep -qi 'ObjectName.*LocalService' said
    grep -q DependOnService said
    remove service.msi
    run grep -c hellod <(wine_registry)
    [ "$output" = 0 ]
}

@test "the same bytes, whatever the number of processors" {
    recipe 1.0.0
    "$SLIPWAY" pack -q -o again --jobs 1
    "$SLIPWAY" pack -q -o more --jobs 5
    cmp again/*.msi more/*.msi
    recipe 1.0.0 '  languages: [en, de, fr, es]'
    "$SLIPWAY" pack -q -o lang
    [ "$(find lang -maxdepth 1 -name '*.msi' | wc -l)" -eq 4 ]
    msiinfo suminfo lang/*-de.msi | grep -q 'Template: x64;1031'
    msiinfo export lang/*-fr.msi Control | grep -q 'Précédent'
    [ "$(for f in lang/*.msi; do msiinfo suminfo "$f" | grep Revision; done | sort -u | wc -l)" -eq 4 ]
}

@test "what Windows cannot hold is refused at its place in the recipe" {
    bad() { # bad MESSAGE
        run "$SLIPWAY" pack -q -o bad
        [ "$status" -eq 3 ] || { echo "$status: $output"; return 1; }
        [[ ${lines[0]} == "slipway.yaml:"[0-9]*"$1"* ]] || { echo "$output"; return 1; }
        [ "${#lines[@]}" -eq 2 ] # the second line counts the mistakes
        [ -z "$(find bad -name '*.msi' 2>/dev/null)" ]
    }
    late() { # what only the files tell
        run "$SLIPWAY" pack -q -o bad
        [ "$status" -eq 3 ]
        [[ ${#lines[@]} -eq 1 && $output == *": slipway.yaml:"[0-9]*"$1"* ]]
        [ -z "$(find bad -name '*.msi' 2>/dev/null)" ]
    }
    recipe 256.0.0
    bad "255.255.65535"
    recipe 1.0.0 '  upgrade-code: "{0123}"'
    bad "a GUID is written"
    recipe 1.0.0 "  conditions: [{ condition: VersionNT, message: $(printf '%0300d' 0) }]"
    bad "240 characters"
    recipe 1.0.0 '  features: [{ name: Main, files: share/ }]'
    bad "neither Main nor ALL"
    recipe 1.0.0 '  features: [{ name: none, files: nothing/ }]'
    late "none has no files"
    recipe 1.0.0 '  features: [{ name: program, files: "*.exe" }]'
    late "holds the entry"
    recipe 1.0.0 '  requires: [{ registry: "HKLM\\\\Software\\\\X", version: "2.1", title: X }]'
    bad "a version is that of a file or a product"
    recipe 1.0.0 '  services: { other: { start: manual } }'
    bad "the recipe has no service other"
    recipe 1.0.0
    sed -i 's#HKMU#HKXX#' slipway.yaml
    bad "a key begins with"
    recipe 1.0.0
    sed -i "s#license-file: .*#license-file: files/hello.exe#" slipway.yaml
    bad "licen"
    recipe 1.0.0
    sed -i 's#to: \.#to: con#' slipway.yaml
    bad "con"
}
