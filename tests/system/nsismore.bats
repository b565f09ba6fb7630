# Updates by setup programs that something goes wrong with, under wine: the version that was there is there afterwards, whole.

load npm.bash
load wine.bash
load nsis.bash
load soon.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    app
    picture icon.png 256
    recipe 1.0.0
    sed -i 's|nsis, portable|nsis|' slipway.yaml
    "$SLIPWAY" pack -q -o one
    plain -o asks
    sed -i '/^nsis:/d' slipway.yaml
    echo 'nsis: { per-machine: "true" }' >>slipway.yaml
    plain -o machine
    cp asks/*-setup.exe "$C/asks.exe"
    cp machine/*-setup.exe "$C/all.exe"
    cp -r files files1
    recipe 1.1.0 'protocols: [labhost, labtwo]'
    sed -i 's|nsis, portable|nsis|' slipway.yaml
    rm "files/old only.txt"
    echo more >files/more.txt
    "$SLIPWAY" pack -q -o two
    cp one/*-setup.exe "$C/setup1.exe"
    cp two/*-setup.exe "$C/setup2.exe"
    others
    mkdir -p "$C/users/$(id -un)/AppData/Local/Programs"
    touch "$C/run.bat"
    wine_mark clean
}

teardown_file() { wine_stop; }

setup() { cd "$BATS_FILE_TMPDIR" || return; }
teardown() { [ -z "${xvfb-}" ] || kill "$xvfb" || true; }

# plain ARG…: packs a setup program to whom everybody is no administrator until it has asked: under wine all are.
plain() {
    mkdir -p stub
    cat >stub/makensis <<-'SH'
	#!/bin/sh
	grep -q '== "Admin"' setup.nsi || exit 1
	sed -i 's/${If} $0 == "Admin"/${If} $chosen == 1/' setup.nsi
	exec /usr/bin/makensis "$@"
	SH
    chmod +x stub/makensis
    PATH=$PWD/stub:$PATH "$SLIPWAY" pack -q "$@"
}

# hold.exe keeps a file open until there is C:\stop; eb.exe installs as electron-builder does.
others() {
    cat >hold.nsi <<-'NSI'
	Unicode true
	Target amd64-unicode
	RequestExecutionLevel user
	SilentInstall silent
	OutFile "hold.exe"
	!include LogicLib.nsh
	!include FileFunc.nsh
	Section
	  ${GetParameters} $0
	  ${GetOptions} $0 "--hold=" $1
	  FileOpen $2 "$1" r
	  FileOpen $3 "C:\held" w
	  FileClose $3
	  StrCpy $4 0
	  ${DoUntil} ${FileExists} "C:\stop"
	    Sleep 100
	    IntOp $4 $4 + 1
	    ${IfThen} $4 > 6000 ${|} ${Break} ${|}
	  ${Loop}
	  FileClose $2
	SectionEnd
	NSI
    cat >eb.nsi <<-'NSI'
	Unicode true
	Target amd64-unicode
	RequestExecutionLevel user
	SilentInstall silent
	SilentUnInstall silent
	OutFile "eb.exe"
	!include LogicLib.nsh
	!include FileFunc.nsh
	!define U "Software\Microsoft\Windows\CurrentVersion\Uninstall\${GUID}"
	Section
	  StrCpy $INSTDIR "$LOCALAPPDATA\Programs\lab-host"
	  SetOutPath "$INSTDIR\resources"
	  File "hello.exe"
	  SetOutPath "$INSTDIR"
	  File "hello.exe"
	  WriteUninstaller "$INSTDIR\Uninstall lab-host.exe"
	  WriteRegStr HKCU "Software\${GUID}" InstallLocation "$INSTDIR\"
	  WriteRegStr HKCU "Software\${GUID}" MenuDirectory "Lab Co"
	  WriteRegStr HKCU "Software\${GUID}" KeepShortcuts "true"
	  WriteRegStr HKCU "Software\${GUID}" ShortcutName "lab-host"
	  WriteRegStr HKCU "${U}" DisplayName "lab-host 0.9.0"
	  WriteRegStr HKCU "${U}" DisplayVersion "0.9.0"
	  WriteRegStr HKCU "${U}" UninstallString '"$INSTDIR\Uninstall lab-host.exe" /currentuser'
	  WriteRegStr HKCU "${U}" QuietUninstallString '"$INSTDIR\Uninstall lab-host.exe" /currentuser /S'
	  CreateDirectory "$SMPROGRAMS\Lab Co"
	  CreateShortCut "$SMPROGRAMS\Lab Co\lab-host.lnk" "$INSTDIR\hello.exe"
	  CreateShortCut "$DESKTOP\lab-host.lnk" "$INSTDIR\hello.exe"
	SectionEnd
	Section Uninstall
	  ${GetParameters} $0
	  FileOpen $1 "C:\eb.txt" w
	  FileWrite $1 "$0"
	  FileClose $1
	  ${If} ${FileExists} "C:\ebfails"
	  ${OrIf} ${FileExists} "C:\ebonce"
	    Delete "C:\ebonce"
	    SetErrorLevel 2
	    Abort
	  ${EndIf}
	  RMDir /r $INSTDIR
	  Delete "$DESKTOP\lab-host.lnk" ; one of the first, which keep nothing
	  DeleteRegKey HKCU "${U}"
	  DeleteRegKey HKCU "Software\${GUID}"
	SectionEnd
	NSI
    makensis -V1 hold.nsi
    cp hold.exe "$C/"
    wine_line 'C:\setup1.exe /S /D=C:\first'
    wine_wait
    guid=$(grep -oE '^\[Software\\\\[0-9a-f]{8}-[0-9a-f-]{27}\]' "$WINEPREFIX/user.reg" | tr -d '[]' | cut -c11- | head -1)
    uninstall first
    [ -n "$guid" ]
    makensis -V1 "-DGUID=$guid" eb.nsi
    cp eb.exe "$C/"
}

# hold FILE-OF-C: held open until release.
hold() {
    rm -f "$C/stop" "$C/held"
    (cd "$C/$(dirname "$1")" && exec timeout 900 wine 'C:\hold.exe' "--hold=$(basename "$1")") &
    holder=$!
    soon test -e "$C/held"
}

release() {
    touch "$C/stop"
    wait "$holder" || true
    rm -f "$C/stop" "$C/held"
}

# version FOLDER 1|2: all files of it are there, and nothing else.
version() {
    if [ "$2" = 1 ]; then diff -r files1 "$C/$1/files"; else diff -r files "$C/$1/files"; fi
    cmp hello.exe "$C/$1/bin/hello.exe"
    [ "$(cat "$C/$1/version.txt")" = "1.$(($2 - 1)).0" ]
    (cd "$C/$1" && LC_ALL=C ls -A) | diff - <(printf '%s\n' "Uninstall $title.exe" bin files version.txt)
}

@test "a disk that is full, a program that is ended: the version stays, and the next update succeeds" {
    wine_line 'C:\setup1.exe /S /D=C:\full'
    run bash -c "ulimit -f 1500; trap '' XFSZ; timeout 900 wine 'C:\\setup2.exe' /S --updated"
    [ "$status" -ne 0 ]
    version full 1
    fresh >new
    grep -q 'Uninstall.*"DisplayVersion"="1.0.0"' new
    wine_do 'C:\full\bin\hello.exe'
    # where there is none yet nothing is left
    run bash -c "ulimit -f 1500; trap '' XFSZ; timeout 900 wine 'C:\\setup2.exe' /S '/D=C:\\nothing'"
    [ ! -e "$C/nothing" ]
    # ended while it unpacks, and ended in the middle of the exchange
    mkdir -p "$C/full/~n/files" "$C/full/~o/files"
    head -c 1000 files/noise >"$C/full/~n/files/noise"
    mv "$C/full/files/numbers" "$C/full/~o/files/"
    mv "$C/full/version.txt" "$C/full/~o/"
    echo 1.1.0 >"$C/full/version.txt"
    cp files/more.txt "$C/full/files/"
    wine_line 'C:\setup2.exe /S --updated'
    version full 2
    fresh >new
    grep -q 'Uninstall.*"DisplayVersion"="1.1.0"' new
    # ended when all was done but the cleaning: what is old does not come back
    mkdir -p "$C/full/~o/files" "$C/full/~g0/files"
    echo old >"$C/full/~o/files/numbers"
    echo older >"$C/full/~g0/files/numbers"
    touch "$C/full/~done"
    wine_do cmd /c ver # the server, which writes the registry, has no such limit then
    run bash -c "ulimit -f 1500; trap '' XFSZ; timeout 900 wine 'C:\\setup2.exe' /S --updated"
    [ "$status" -ne 0 ]
    version full 2
    mkdir -p "$C/full/~o/files"
    echo old >"$C/full/~o/files/numbers"
    touch "$C/full/~done"
    uninstall full
    gone
}

@test "a file in use: the version stays, and the next update succeeds" {
    wine_line 'C:\setup1.exe /S /D=C:\used'
    hold used/files/noise
    run wine_line 'C:\setup2.exe /S --updated'
    release
    [ "$status" -eq 7 ]
    version used 1
    fresh >new
    grep -q 'Uninstall.*"DisplayVersion"="1.0.0"' new
    wine_line 'C:\setup2.exe /S --updated'
    version used 2
    wine_line 'C:\setup1.exe /S' # back to the earlier one
    version used 1
    fresh >new
    [ "$(grep -c 'Classes\\\\labtwo' new)" -eq 0 ]
    # somebody's own file in the way of one that is new, and held
    echo mine >"$C/used/files/more.txt"
    hold used/files/more.txt
    run wine_line 'C:\setup2.exe /S --updated'
    release
    [ "$status" -eq 8 ]
    [ "$(cat "$C/used/files/more.txt")" = mine ]
    rm "$C/used/files/more.txt"
    version used 1
    fresh >new
    grep -q 'Classes\\\\labhost\] "URL Protocol"' new
    grep -q 'Classes\\\\.lab\] @="com.example.labhost.lab"' new
    wine_line 'C:\setup2.exe /S --updated'
    version used 2
    uninstall used
    gone
}

@test "the application of electron-builder is replaced, also when its uninstaller fails" {
    home="users/$(id -un)/AppData/Local/Programs/lab-host"
    wine_do 'C:\eb.exe'
    [ -e "$C/$home/resources/hello.exe" ]
    touch "$C/ebonce" # a scanner for viruses is in its way for a moment
    wine_line 'C:\setup2.exe /S --updated'
    grep -q -- '--updated --keep-shortcuts /currentuser' "$C/eb.txt"
    version "$home" 2
    [ -e "$HOME/$title.lnk" ] # under its new name
    [ ! -e "$HOME/lab-host.lnk" ]
    fresh >new
    grep -qF "Start Menu/Programs/$title.lnk" new
    [ "$(grep -c 'Lab Co' new)" -eq 0 ]
    [ "$(grep -c 'Uninstall.*"DisplayVersion"' new)" -eq 1 ]
    rm "$C/eb.txt"
    uninstall "users\\$(id -un)\\AppData\\Local\\Programs\\lab-host"
    gone
    wine_do 'C:\eb.exe'
    touch "$C/ebfails"
    wine_line 'C:\setup2.exe /S --updated'
    rm "$C/ebfails" "$C/eb.txt"
    diff -r files "$C/$home/files"
    [ ! -e "$C/$home/~o" ]
    uninstall "users\\$(id -un)\\AppData\\Local\\Programs\\lab-host"
    rm -r "${C:?}/$home"
    gone
    wine_do 'C:\eb.exe'
    wine_line "C:\\setup2.exe /S /D=C:\\users\\$(id -un)\\AppData\\Local\\Programs\\lab-host\\in it" # which its uninstaller empties
    version "$home/in it" 2
    uninstall "users\\$(id -un)\\AppData\\Local\\Programs\\lab-host\\in it"
    rmdir "$C/$home"
    rm "$C/eb.txt"
    gone
}

@test "installed for all, it is not there for the user a second time" {
    wine_line 'C:\setup1.exe /S /currentuser /D=C:\for me'
    wine_line 'C:\setup2.exe /S /allusers /D=C:\for all'
    [ ! -e "$C/for me" ]
    version 'for all' 2
    fresh >new
    [ "$(grep -c 'Uninstall.*"DisplayVersion"' new)" -eq 1 ]
    [ "$(grep -c '^user' new)" -eq 0 ]
    [ ! -e "$HOME/$title.lnk" ]
    wine_line 'C:\setup2.exe /S /D=C:\moved' # another folder: found, and moved there
    [ ! -e "$C/for all" ]
    version moved 2
    uninstall moved
    gone
}

# keys KEY…: pressed again and again in the setup program's window, until it ends or so many ROUNDS are over.
keys() {
    local i k
    for i in {1..200}; do
        sleep 2
        kill -0 "$gui" 2>/dev/null || return 0
        for k in "$@"; do DISPLAY=:$display xdotool key "$k"; done
        [ "$i" -lt "${ROUNDS:-200}" ] || return 0
    done
    return 1
}

@test "for all users it asks for an administrator, and ends as the one does that has the rights" {
    wine_line 'C:\all.exe /S /D=C:\the machine'
    version 'the machine' 1
    fresh >new
    [ "$(grep -c '^user' new)" -eq 0 ]
    hold 'the machine/files/noise'
    run wine_line 'C:\all.exe /S --updated'
    release
    [ "$status" -eq 7 ]
    version 'the machine' 1
    uninstall 'the machine'
    gone
}

@test "with its pages: nothing without consent to the licence; for whom, where to, and the application is started" {
    Xvfb -displayfd 4 -screen 0 800x600x24 4>display >xvfb.log 2>&1 &
    xvfb=$!
    soon there display
    display=$(cat display)
    # a folder with other things in it is chosen: it gets one of its own there
    DISPLAY=:$display timeout 900 wine 'C:\asks.exe' '/D=C:\Program Files' &
    gui=$!
    ROUNDS=6 keys Return # the button is not to be had
    [ ! -e "$C/Program Files/$title" ]
    keys alt+a Return # accepts; then: for all users
    wait "$gui"
    version "Program Files/$title" 1
    soon there "$C/ran.txt" # by the last page, by way of the shell
    kill "$xvfb"
    wait "$xvfb" || true
    xvfb=
    timeout 300 wineserver -k || true
    ran >runs
    grep -qF "C:\\Program Files\\$title\\bin\\hello.exe||" runs
    fresh >new
    [ "$(grep -c '^user .*labhost' new)" -eq 0 ]
    rm "$C/ran.txt"
    uninstall "Program Files\\$title"
    gone
}

@test "latest.yml: every machine's setup program is found, installer packages disturb nobody, all have block maps" {
    mkdir -p feed/files && cd feed || return
    cp ../hello.exe ../icon.png .
    recipe 1.0.0 'nsis: { per-machine: "true", elevate-helper: true }'
    sed -i '/^targets:/,/^      - { text/d' slipway.yaml
    {
        echo 'targets:'
        for a in aarch64 i686 x86_64; do
            echo "  - { os: windows, arch: $a, formats: [nsis, msi, portable], files: [{ from: hello.exe, to: bin/hello.exe }, { text: x, to: resources/elevate.exe }] }"
        done
    } >>slipway.yaml
    "$SLIPWAY" release -q
    "$SLIPWAY" verify -q dist
    for f in dist/*-setup.exe dist/*.msi; do
        "$SLIPWAY" blockmap -o map "$f"
        cmp map "$f.blockmap"
    done
    [ "$(cd dist && echo *.blockmap | wc -w)" -eq 6 ]
    7zz l dist/*-x64-setup.exe | grep -q 'Solid = +' # small files
    cat >pick.cjs <<'JS'
const fs = require("fs"), assert = require("assert"), yaml = require("js-yaml")
const { parseUpdateInfo, resolveFiles, findFile } = require("electron-updater/out/providers/Provider.js")
const text = fs.readFileSync("dist/latest.yml", "utf8"), info = parseUpdateInfo(text, "latest.yml", "http://127.0.0.1/")
assert.strictEqual(text, yaml.dump(info, { lineWidth: 8000, skipInvalid: false, noRefs: true }))
assert.strictEqual(info.path, info.files[0].url)
assert.strictEqual(info.files.length, 6)
for (const arch of ["x64", "arm64", "ia32"]) {
    Object.defineProperty(process, "arch", { value: arch })
    const f = findFile(resolveFiles(info, new URL("http://127.0.0.1/")), "exe")
    assert.strictEqual(f.info.url, `lab-host-1.0.0-${arch}-setup.exe`)
    assert.strictEqual(f.info.isAdminRightsRequired, true)
    assert.strictEqual(f.info.size, fs.statSync("dist/" + f.info.url).size)
}
assert.ok(info.files.every(f => f.url.endsWith("-setup.exe") === (f.isAdminRightsRequired === true)))
JS
    NODE_PATH=$(npm_have updater electron-updater@6.8.10 js-yaml@4.1.1)/node_modules node pick.cjs
}
