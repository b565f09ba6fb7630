#!/usr/bin/env bats
# The dialogs of installer packages, gone through by press.c under wine and a display that nobody sees. Needs wine, wine64,
# gcc-mingw-w64-x86-64, xvfb.

load soon.bash
load wine.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    Xvfb -displayfd 8 -screen 0 800x600x24 8>display >xvfb.log 2>&1 3>&- &
    echo $! >xvfb.pid
    soon there display
    x86_64-w64-mingw32-gcc -O2 -municode -o "$C/press.exe" "$SLIPWAY_SOURCE/tests/system/press.c"
    mkdir -p files/docs
    cat >hello.c <<'C'
#include <stdio.h>
int main(void) { FILE *f = fopen("C:\\ran.txt", "w"); return f ? fclose(f) : 1; }
C
    x86_64-w64-mingw32-gcc -Os -s -o files/hello.exe hello.c
    seq 1 1000 >files/docs/manual.txt
    {
        seq 1 4000 | sed 's/$/ Größe {ünïcode} [year] \\ 日本語/'
        printf '\ttab, the end'
    } >license.txt
    recipe 1.0.0 'languages: [en, de, fr, es]' 'features: [{ name: docs, title: Papers, files: docs/ }]'
    "$SLIPWAY" pack -q -o parts
    for l in '' -de -fr -es; do cp parts/*x64$l.msi "$C/parts$l.msi"; done
    recipe 1.0.0 'scope: both'
    "$SLIPWAY" pack -q -o both
    cp both/*.msi "$C/both.msi"
}

teardown_file() {
    wine_stop
    kill "$(cat "$BATS_FILE_TMPDIR/xvfb.pid")" || true
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -f "$C/ran.txt"
}

recipe() { # recipe VERSION [LINE…]
    cat >slipway.yaml <<YAML
schema: 1
name: hello
title: Hello Wörld
id: com.example.hello
version: $1
summary: Says hello
vendor: Example
maintainer: Ann Example <ann@example.com>
license: MIT
license-file: license.txt
entry: hello.exe
targets:
  - { os: windows, arch: x86_64, formats: [msi], files: [{ from: files/, to: . }] }
msi:
YAML
    printf '  %s\n' "${@:2}" >>slipway.yaml
}

# go FILE STEP…: starts the installation and takes these steps; what the dialogs said is in said. The installation has to end.
go() {
    wine_wait # whoever comes first brings the display, and what ran before had none
    DISPLAY=:$(cat display) timeout 900 wine msiexec /i "C:\\$1" 3>&- &
    local pid=$! status=0
    DISPLAY=:$(cat display) timeout 900 wine 'C:\press.exe' "${@:2}" >said 2>press.log || status=$?
    cat said
    wait $pid || true
    return $status
}

@test "licence, folder, parts, ready, finished, started" {
    go parts.msi Next Next! Back? 'I accept the terms of the licence' Next 'Change...?' '=C:\my dir' Next \
        Next Install Finish
    grep -aq '^Next: .*Hello Wörld 1.0.0' said
    grep -aq '^Next: .*1 Größe {ünïcode} \[year\] \\ 日本語' said
    grep -aq '^Install: .*C:\\my dir' said
    [ -e "$C/my dir/docs/manual.txt" ]
    soon test -e "$C/ran.txt" # nobody waits for it
    wine_wait
    wine_do msiexec /x 'C:\parts.msi' /qn
    [ ! -e "$C/my dir" ]
}

@test "cancelled, after second thoughts: nothing has happened" {
    go parts.msi Cancel No Next Cancel Yes Finish
    grep -aq '^Yes: .*Do you want to cancel' said
    grep -aq '^Finish: .*was cancelled' said
    [ ! -e "$C/Program Files/Hello Wörld" ]
}

@test "in German, French and Spanish" {
    go parts-de.msi Weiter 'Ich nehme die Lizenzbedingungen an' Weiter Weiter Weiter Installieren 'Hello Wörld starten' Fertig
    [ -e "$C/Program Files/Hello Wörld/hello.exe" ]
    [ ! -e "$C/ran.txt" ] # the box was taken back
    wine_do msiexec /x 'C:\parts-de.msi' /qn
    go parts-fr.msi Suivant Annuler Oui Terminer
    go parts-es.msi Siguiente Cancelar Sí Finalizar
    [ ! -e "$C/Program Files/Hello Wörld" ]
}

@test "one package for the user or for all: the choice, and where each of them goes" {
    go both.msi Next 'I accept the terms of the licence' Next 'For all users of this computer' Next 'Change...?' Back 'For me alone' Next \
        'Change...?' Back 'For all users of this computer' Next Next Install Finish
    grep -aq '^Change...: .*C:\\Program Files\\Hello Wörld\\' said
    grep -aq '^Change...: .*AppData\\Local\\Programs\\Hello Wörld\\' said
    [ -e "$C/Program Files/Hello Wörld/hello.exe" ]
    wine_do msiexec /x 'C:\both.msi' /qn
    [ ! -e "$C/Program Files/Hello Wörld" ]
}

# The last one: wine takes parts away after "Remove", but not the product, and cannot repair.
@test "maintenance: changed, repaired, removed, as far as wine can" {
    wine_do msiexec /i 'C:\parts.msi' /qn
    [ -e "$C/Program Files/Hello Wörld/docs/manual.txt" ]
    go parts.msi 'Change?' 'Repair?' Remove Finish
    grep -aq '^Repair: .*is installed' said
    grep -aq '^Finish: .*has been removed' said
    [ ! -e "$C/Program Files/Hello Wörld/docs/manual.txt" ]
    [ ! -e "$C/ran.txt" ]
}
