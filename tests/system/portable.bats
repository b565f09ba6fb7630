# Programs that need no installation, under wine: started at once, killed, on a full disk, by several versions.

load wine.bash
load nsis.bash
load soon.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    app
    # The application tells how it was started, and stays as long as it is told.
    cat >tell.nsi <<-'NSI'
	Unicode true
	Target amd64-unicode
	RequestExecutionLevel user
	SilentInstall silent
	OutFile "hello.exe"
	!include LogicLib.nsh
	!include FileFunc.nsh
	Section
	  ${GetParameters} $0
	  ReadEnvStr $1 PORTABLE_EXECUTABLE_FILE
	  ReadEnvStr $2 PORTABLE_EXECUTABLE_DIR
	  ReadEnvStr $3 PORTABLE_EXECUTABLE_APP_FILENAME
	  ${GetOptions} $0 "--as=" $4
	  ReadEnvStr $7 HOLD
	  FileOpen $8 "$7" r
	  FileOpen $5 "C:\told-$4" w
	  FileWriteUTF16LE /BOM $5 "$1|$2|$3|$EXEDIR"
	  FileClose $5
	  ${GetOptions} $0 "--stay=" $6
	  Sleep $6
	  ${GetOptions} $0 "--until=" $6
	  ${If} $6 != ""
	    ${DoUntil} ${FileExists} "$6"
	      Sleep 100
	    ${Loop}
	  ${EndIf}
	  SetErrorLevel 9
	SectionEnd
	NSI
    makensis -V1 tell.nsi
    for v in 1.0.0 1.1.0; do
        recipe $v
        sed -i 's|nsis, portable|portable|; /^icon:/d' slipway.yaml
        "$SLIPWAY" pack -q -o dist
    done
    cp dist/*1.0.0*-portable.exe "$C/one.exe"
    cp dist/*1.1.0*-portable.exe "$C/two.exe"
    mkdir "$C/Büro 日本"
    cp "$C/one.exe" "$C/Büro 日本/o'ne.exe"
    touch "$C/run.bat"
    wine_mark clean
}

teardown_file() { wine_stop; }

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -f "$C"/told-*
    cache=$C/users/$(id -un)/AppData/Local/lab-host-portable
    rm -rf "$cache"
}

# ended PID: with the status of the application.
ended() {
    local status=0
    wait "$1" || status=$?
    [ "$status" -eq 9 ]
}

# what NAME: what the application says of how it was started.
what() { iconv -f UTF-16LE -t UTF-8 "$C/told-$1" | tr -d '\357\273\277'; }

# The versions in the cache: VERSION-DIGEST, and what else is there.
cached() { (cd "$cache" && LC_ALL=C ls -A) | sed 's/-[0-9a-f]\{12\}$//' | paste -sd' '; }

@test "started twice at once, killed while it unpacks: one whole application each time" {
    wine_do cmd /c ver
    timeout 900 wine 'C:\one.exe' --as=a --stay=500 &
    a=$!
    timeout 900 wine "C:\\Büro 日本\\o'ne.exe" --as=b --stay=500 &
    b=$!
    ended $a
    ended $b
    what a | grep -q '^C:.one.exe|C:|lab-host|'
    what b | grep -q "^C:.Büro 日本.o'ne.exe|C:.Büro 日本|lab-host|"
    [ "$(what a | cut -d '|' -f 4)" = "$(what b | cut -d '|' -f 4)" ]
    [ "$(cached)" = 1.0.0 ]
    diff -r files "$cache"/1.0.0-*/files
    # half of one, as it is left by one that was killed; and one whose program is gone
    mkdir -p "$cache/.new-77/files"
    echo half >"$cache/.new-77/files/numbers"
    rm "$cache"/1.0.0-*/bin/hello.exe
    run wine_do 'C:\one.exe' --as=c
    [ "$status" -eq 9 ]
    [ "$(cached)" = 1.0.0 ]
    cmp hello.exe "$cache"/1.0.0-*/bin/hello.exe
    diff -r files "$cache"/1.0.0-*/files
    # what is in its way is held for a moment, as scanners for viruses do
    place=$(cd "$cache" && echo 1.0.0-*)
    rm -r "${cache:?}/$place"
    touch "$cache/$place"
    cp hello.exe "$C/holds.exe"
    HOLD="C:\\users\\$(id -un)\\AppData\\Local\\lab-host-portable\\$place" timeout 900 wine 'C:\holds.exe' '--until=C:\over' --as=h &
    h=$!
    soon there "$C/told-h"
    timeout 900 wine 'C:\one.exe' --as=d &
    d=$!
    unpacks() { compgen -G "$cache/.new-*/files/numbers" >/dev/null; }
    soon unpacks
    touch "$C/over"
    ended $d
    ended $h
    rm "$C/holds.exe" "$C/over"
    diff -r files "$cache/$place/files"
}

@test "another version takes the place of one that does not run, and leaves one that runs alone" {
    timeout 900 wine 'C:\one.exe' --as=a '--until=C:\over' &
    a=$!
    soon there "$C/told-a"
    run wine_do 'C:\two.exe' --as=b
    [ "$status" -eq 9 ]
    [ "$(cached)" = '1.0.0 1.1.0' ]
    touch "$C/over"
    ended $a
    rm "$C/over"
    diff -r files "$cache"/1.0.0-*/files
    rm -r "$cache"/1.1.0-*
    run wine_do 'C:\two.exe' --as=b
    [ "$status" -eq 9 ]
    [ "$(cached)" = 1.1.0 ]
    fresh | grep -v lab-host-portable >left || true
    grep -vE '^\./told-|AppData/Local$' left >other || true
    cat other
    [ ! -s other ]
}

@test "a full disk leaves nothing; a folder that cannot be had is another one" {
    wine_do cmd /c ver
    run bash -c "ulimit -f 1500; trap '' XFSZ; timeout 900 wine 'C:\\one.exe' --as=a"
    [ "$status" -eq 2 ]
    [ ! -e "$C/told-a" ]
    [ -z "$(cached)" ]
    rmdir "$cache"
    echo 'a file' >"$cache"
    run wine_do 'C:\one.exe' --as=b
    rm "$cache"
    [ "$status" -eq 9 ]
    what b | grep -qi 'temp.lab-host-portable'
}

@test "an application that wants an administrator: the program is started again, with such rights" {
    mkdir stub # under wine all are administrators; so Windows refuses it the first time here
    cat >stub/makensis <<-'SH'
	#!/bin/sh
	sed -i -e '/^Function startApp/a ReadEnvStr $8 PORTABLE_EXECUTABLE_FILE' \
	    -e '/CreateProcessW/{ s/^/${If} $8 == ""\nStrCpy $5 0\nPush 740\n${Else}\n/; s/$/\n${EndIf}/ }' portable.nsi
	exec /usr/bin/makensis "$@"
	SH
    chmod +x stub/makensis
    recipe 1.2.0
    sed -i 's|nsis, portable|portable|; /^icon:/d' slipway.yaml
    PATH=$PWD/stub:$PATH "$SLIPWAY" pack -q -o asks
    cp asks/*-portable.exe "$C/Büro 日本/asks.exe"
    run wine_do 'C:\Büro 日本\asks.exe' 'grüße an b' --as=a
    [ "$status" -eq 9 ]
    what a | grep -q '^C:.Büro 日本.asks.exe|C:.Büro 日本|lab-host|'
}

@test "what would lie too deep is refused at its place" {
    recipe 1.0.0
    long=$(printf 'x%.0s' {1..180})
    sed -i "s|nsis, portable|portable|; /^icon:/d; s|to: version.txt|to: $long/version.txt|" slipway.yaml
    run "$SLIPWAY" pack -q -o deep
    [ "$status" -eq 3 ]
    [[ "${lines[0]}" == *'slipway.yaml:21:'*'where it is unpacked'* ]] || { echo "$output"; false; }
}
