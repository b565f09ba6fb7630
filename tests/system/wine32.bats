#!/usr/bin/env bats
# What is made for 32-bit Windows, under a wine that runs it: setup program, portable program and installer package on 64-bit
# Windows, and on Windows of 32 bits. As nsis.bats and msi.bats do it, by what is on the disk.

load roots.bash
load wine.bash
ARCH=i686
load nsis.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601 WINE_ROOT
    WINE_ROOT=$(roots_wine32) || return
    cd "$BATS_FILE_TMPDIR" || return
    app
    picture icon.png 256
    recipe 1.0.0
    sed -i 's/nsis, portable/nsis, portable, msi/' slipway.yaml
    "$SLIPWAY" pack -q -o one
    cp -r files files1
    recipe 1.1.0
    rm "files/old only.txt"
    "$SLIPWAY" pack -q -o two
    ARCH=aarch64 recipe 1.0.0
    "$SLIPWAY" pack -q -o arm
    wine_start
    bring
    wine_mark clean
}

teardown_file() { wine_stop; }

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -f "$C/ran.txt"
}

bring() {
    cp one/*-setup.exe "$C/setup1.exe"
    cp two/*-setup.exe "$C/setup2.exe"
    cp one/*-portable.exe "$C/portable.exe"
    cp one/*.msi "$C/one.msi"
    mkdir -p "$C/users/$(id -un)/AppData/Local/Programs" # a known folder of Windows, which stays
    touch "$C/run.bat"
}

@test "the programs are of 32 bits" {
    for f in one/*-setup.exe one/*-portable.exe hello.exe; do
        file "$f" | grep -q 'PE32 executable (GUI) Intel 80386'
    done
    [ "$(cd one && echo *x86.msi *ia32*.exe)" = "lab-host-1.0.0-x86.msi lab-host-1.0.0-ia32-portable.exe lab-host-1.0.0-ia32-setup.exe" ]
    msiinfo suminfo one/*.msi | grep -q 'Template: Intel;1033'
}

@test "on 64-bit Windows for all users: its own place in files and registry, the deep link and the shortcut start it" {
    wine_line 'C:\setup1.exe /S /allusers'
    fresh >new
    diff -r files1 "$C/Program Files (x86)/$title/files"
    cmp hello.exe "$C/Program Files (x86)/$title/bin/hello.exe"
    grep -q '^system .Software\\\\Wow6432Node.*Uninstall.*"DisplayVersion"="1.0.0"' new
    [ "$(grep -c '^user' new)" -eq 0 ]
    wine_do start /wait 'labhost:open/1?a=b&c=%20d'
    wine_do start /wait "C:\\users\\Public\\Desktop\\$title.lnk" || true # wine 10 says 3
    ran >runs; cat runs; ls one
    grep -qF 'C:\Program Files (x86)\'"$title"'\bin\hello.exe|"labhost:open/1?a=b&c=%20d"|' runs
    grep -qF 'C:\Program Files (x86)\'"$title"'\bin\hello.exe||' runs
    uninstall "Program Files (x86)\\$title"
    gone
}

@test "for one user, into a folder of one's own, updated and started, taken away" {
    wine_line 'C:\setup1.exe /S /D=C:\up date'
    [ -e "$C/up date/files/old only.txt" ]
    wine_line 'C:\setup2.exe --updated /S --force-run'
    ran >runs; cat runs; ls one
    grep -qF 'C:\up date\bin\hello.exe|--updated|C:\up date' runs
    [ "$(cat "$C/up date/version.txt")" = 1.1.0 ]
    diff -r files "$C/up date/files"
    fresh >new
    [ "$(grep -c '^system' new)" -eq 0 ]
    [ "$(grep -c 'Uninstall.*DisplayVersion' new)" -eq 1 ]
    grep -q '^user .*Uninstall.*"DisplayVersion"="1.1.0"' new
    uninstall 'up date'
    gone
}

@test "what is for Windows on ARM is refused elsewhere" {
    cp arm/*-setup.exe "$C/arm.exe"
    cp arm/*-portable.exe "$C/armp.exe"
    run wine_line 'C:\arm.exe /S'
    [ "$status" -eq 4 ]
    run wine_line 'C:\armp.exe'
    [ "$status" -eq 4 ]
    [ -z "$(ran)" ]
    rm "$C/arm.exe" "$C/armp.exe"
    gone
}

@test "portable: started on 64-bit Windows" {
    mkdir -p "$C/some where"
    run wine_line 'cd /d "C:\some where"' 'C:\portable.exe --exit=42 "a b" /S c'
    [ "$status" -eq 42 ]
    place=$(dirname "$(find "$C/users" -path '*lab-host-portable/1.0.0-*/version.txt')")
    diff -r files1 "$place/files"
    ran | grep -q 'lab-host-portable.1\.0\.0-[0-9a-f]*.bin.hello.exe|--exit=42 "a b" /S c|C:\\some where'
    rm -r "$(dirname "$place")" "$C/some where"
    gone
}

@test "the installer package on 64-bit Windows" {
    wine_do msiexec /i 'C:\one.msi' /qn
    diff -r files1 "$C/Program Files (x86)/$title/files"
    wine_do start /wait 'labhost:open/2'
    ran | grep -qF 'C:\Program Files (x86)\'"$title"'\bin\hello.exe|"labhost:open/2"|'
    wine_registry | grep -q '^system .Software\\\\Wow6432Node.*Uninstall.*"DisplayVersion"="1.0.0"'
    wine_do msiexec /x 'C:\one.msi' /qn
    wine_wait
    [ ! -e "$C/Program Files (x86)/$title" ]
}

@test "on 32-bit Windows: setup program, portable program, installer package" {
    wine_stop
    rm -rf "$WINEPREFIX"
    wine_start win32
    [ ! -e "$C/windows/syswow64" ]
    bring
    wine_mark clean
    wine_line 'C:\setup1.exe /S /allusers'
    diff -r files1 "$C/Program Files/$title/files"
    wine_line 'C:\setup2.exe --updated /S --force-run' 'start /wait labhost:open/3'
    diff -r files "$C/Program Files/$title/files"
    ran >runs; cat runs; ls one
    grep -qF 'C:\Program Files\'"$title"'\bin\hello.exe||' runs # for all: by the shell, which hands nothing on
    grep -qF 'C:\Program Files\'"$title"'\bin\hello.exe|"labhost:open/3"|' runs
    uninstall "Program Files\\$title"
    gone
    run wine_line 'C:\portable.exe --exit=42'
    [ "$status" -eq 42 ]
    rm -r "$C/users/$(id -un)/AppData/Local/lab-host-portable"
    wine_do msiexec /i 'C:\one.msi' /qn
    diff -r files1 "$C/Program Files/$title/files"
    wine_do msiexec /x 'C:\one.msi' /qn
    wine_wait
    [ ! -e "$C/Program Files/$title" ]
}
