#!/usr/bin/env bats
# Installer packages as those see them who look after many computers: codes, ways up and back, scopes, what the registry gets,
# and what lies beside a package.

load wine.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    mkdir -p files/tools/bin
    printf 'int main(void) { return 7; }\n' >hello.c
    x86_64-w64-mingw32-gcc -Os -s -o files/hello.exe hello.c
    echo one >files/tools/bin/one.txt
    wine_mark clean
}

teardown_file() { wine_stop; }
setup() { cd "$BATS_FILE_TMPDIR" || return; }

recipe() { # recipe VERSION [LINE…], below msi:
    cat >slipway.yaml <<YAML
schema: 1
name: more
title: ${TITLE:-More World}
id: com.example.more
version: $1
summary: Says more
vendor: Example
maintainer: Ann Example <ann@example.com>
license: MIT
entry: hello.exe
protocols: [more]
associations: [{ extension: mor, mime: application/x-more, description: "${TYPE:-A more}" }]
shortcuts: { menu: true }
targets:
  - { os: windows, arch: ${ARCH:-x86_64}, formats: [msi], files: [{ from: files/, to: . }${FILES-}] }
msi:
YAML
    shift
    printf '  %s\n' "compression: ${CODEC:-mszip}" "$@" >>slipway.yaml
}

pack() { # pack NAME VERSION [LINE…]: NAME.msi, and on drive C
    recipe "${@:2}"
    "$SLIPWAY" pack -q -o "$1"
    cp "$1"/*.msi "$1.msi"
    cp "$1"/*.msi "$C/$1.msi"
}

table() { msiinfo export "$1" "$2" | tr -d '\r' | tail -n +4; }
property() { table "$1" Property | sed -n "s/^$2\t//p"; }
code() { msiinfo suminfo "$1" | sed -n 's/^Revision.*: //p'; }
guids() { table "$1" Component | cut -f 1,2 | sort; }

install() { # install FILE [PROPERTY…]: the status is wine's, modulo 256
    wine_do msiexec /i "C:\\$1" "${@:2}" /qn
    local status=$?
    wine_wait
    return $status
}

remove() { # remove FILE [PROPERTY…]
    wine_do msiexec /x "C:\\$1" "${@:2}" /qn
    wine_wait
}

versions() { wine_registry | sed -n '/Uninstall/s/.*"DisplayVersion"="\(.*\)"/\1/p' | xargs; }

home="Program Files/More World"

@test "what differs in anything has another product code and package code, its components keep theirs" {
    pack one 1.0.0
    pack again 1.0.0
    cmp one.msi again.msi
    CODEC=none pack stored 1.0.0
    pack german 1.0.0 'languages: [de]'
    ARCH=i686 pack narrow 1.0.0
    ARCH=aarch64 pack arm 1.0.0
    pack user 1.0.0 'scope: user'
    echo two >files/tools/bin/one.txt
    pack rebuilt 1.0.0
    pack next 1.1.0
    echo one >files/tools/bin/one.txt
    [ "$(for f in one stored german narrow arm user rebuilt next; do property $f.msi ProductCode; done | sort -u | wc -l)" = 8 ]
    [ "$(for f in one stored german narrow arm user rebuilt next; do code $f.msi; done | sort -u | wc -l)" = 8 ]
    [ "$(for f in one stored german narrow arm user rebuilt next; do property $f.msi UpgradeCode; done | sort -u | wc -l)" = 1 ]
    for f in stored german arm rebuilt next; do diff <(guids one.msi) <(guids $f.msi); done
    [ "$({ guids one.msi; guids narrow.msi; guids user.msi; } | cut -f 2 | sort | uniq -d | wc -l)" = 0 ]
    [ "$(msiinfo suminfo arm.msi | sed -n 's/^Template: //p')" = "Arm64;1033" ]
    [ "$(table narrow.msi Component | cut -f 4 | sort -u | xargs)" = "0 4" ]
}

# What ICE38, ICE43 and ICE57 look at, which do not run under wine.
@test "no component mixes what is the machine's and what is the user's" {
    for scope in machine user both; do
        pack "mix$scope" 1.0.0 "scope: $scope" 'path: tools/bin' 'environment: { MORE: x }' \
            'registry: [{ key: "HKMU\\Software\\More", name: a, value: 1 }, { key: "HKCU\\Software\\More", name: b, value: 1 }]'
        for t in Component Registry File Shortcut Environment; do table "mix$scope.msi" $t >$t.$scope; done
        python3 - $scope <<'PY'
import sys
scope = sys.argv[1]
rows = lambda t: [l.rstrip("\n").split("\t") for l in open(f"{t}.{scope}") if l.strip()]
own = {"machine": "2", "user": "1", "both": "-1"}[scope]
registry = rows("Registry")
root = {r[0]: r[1] for r in registry}
kinds = {}
for r in registry:
    kinds.setdefault(r[5], set()).add(r[1])
for r in rows("File"):
    if scope != "user":
        kinds.setdefault(r[1], set()).add("2" if scope == "machine" else "file")
for r in rows("Shortcut"):
    kinds.setdefault(r[3], set()).add("1")
for r in rows("Environment"):
    kinds.setdefault(r[3], set()).add("2" if "*" in r[1] else "1")
for c in rows("Component"):
    assert len(kinds.get(c[0], set())) <= 1, (c[0], kinds[c[0]])
    if int(c[3]) & 4:
        assert {root[c[5]]} == kinds[c[0]], c
    elif scope == "user":
        assert False, c
assert {k for s in kinds.values() for k in s} <= {own, "-1", "1", "2", "file"}
assert kinds["c_installdir"] == {own}
PY
    done
}

@test "the same version built again comes in the old one's place" {
    install one.msi
    install rebuilt.msi
    [ "$(cat "$C/$home/tools/bin/one.txt")" = two ]
    [ "$(versions)" = 1.0.0 ]
    remove rebuilt.msi
    [ -z "$(wine_new clean | grep -F -e 'Software\\Example' -e Uninstall -e 'Classes\\more')" ]
}

@test "from pre-release to pre-release to release, and never back" {
    pack beta2 1.0.0-beta.2
    pack beta10 1.0.0-beta.10
    install beta2.msi
    [ "$(versions)" = 1.0.0.20003 ]
    install beta10.msi
    [ "$(versions)" = 1.0.0.20011 ]
    run install beta2.msi
    [ "$status" -eq 67 ]
    install one.msi
    [ "$(versions)" = 1.0.0 ]
    run install beta10.msi
    [ "$status" -eq 67 ]
    [ "$(versions)" = 1.0.0 ]
    pack back 1.0.0-beta.2 'allow-downgrades: true'
    install back.msi
    [ "$(versions)" = 1.0.0.20003 ]
    remove back.msi
    [ -z "$(versions)" ]
}

@test "the rule beside the package holds when it is installed, and when a newer one is" {
    json=one/$(cd one && ls -- *.detection.json)
    [ "$(jq -r .productCode "$json")" = "$(property one.msi ProductCode)" ]
    [ "$(jq -r .otherDetections.product.productCode "$json")" = "$(property one.msi ProductCode)" ]
    [ "$(jq -r '.otherDetections.file | .path + "\\" + .file' "$json")" = '%ProgramFiles%\More World\hello.exe' ]
    key=$(jq -r .detection.key "$json") name=$(jq -r .detection.value "$json") least=$(jq -r .detection.version "$json")
    for f in beta10 one next; do
        install $f.msi
        found=$(wine_do reg query "$key" /v "$name" | tr -d '\r' | awk '/REG_SZ/ { print $3 }')
        lower=$(printf '%s\n' "$found" "$least" | sort -V | head -n 1)
        case $f in beta10) [ "$lower" != "$least" ] ;; *) [ "$lower" = "$least" ] ;; esac
    done
    remove next.msi
}

@test "one package for the user or for all: what it writes goes where it belongs" {
    pack both 1.0.0 'scope: both' 'path: tools/bin' 'environment: { MORE_HOME: "[INSTALLDIR]" }'
    install both.msi ALLUSERS=1 'MSIINSTALLPERUSER='
    wine_new clean >all
    grep -q '^system .*Session Manager.*Environment.*"MORE_HOME"' all
    grep -qF '\\tools\\bin' all
    run grep '^user .*MORE_HOME' all
    [ "$status" -ne 0 ]
    grep -q '^system .*Software.*Example.*more.*"Version"="1.0.0"' all
    remove both.msi
    install both.msi 'ALLUSERS=' # wine takes no notice of MSIINSTALLPERUSER
    wine_new clean >own
    grep -q '^user .*Environment.*"MORE_HOME"' own
    run grep '^system .*MORE_HOME' own
    [ "$status" -ne 0 ]
    remove both.msi 'ALLUSERS='
    [ -z "$(wine_new clean | grep -e MORE_HOME -e 'tools.*bin')" ]
}

@test "values of every type, and texts that look like something else" {
    TITLE='"More [x] # World"' TYPE='#1 [of] all' pack types 1.0.0 'registry:' \
        "  - { key: 'HKMU\\Software\\Types', value: own }" \
        "  - { key: 'HKMU\\Software\\Types', name: text, value: '#5' }" \
        "  - { key: 'HKMU\\Software\\Types', name: none, value: '' }" \
        "  - { key: 'HKMU\\Software\\Types', name: number, value: 4294967295 }" \
        "  - { key: 'HKMU\\Software\\Types', name: minus, value: -2 }" \
        "  - { key: 'HKMU\\Software\\Types', name: digits, value: '10' }" \
        "  - { key: 'HKMU\\Software\\Types', name: expand, value: '%TEMP%', type: expand }" \
        "  - { key: 'HKMU\\Software\\Types', name: bytes, value: '00ff7A', type: binary }" \
        "  - { key: 'HKMU\\Software\\Types', name: list, value: [one, two] }" \
        "  - { key: 'HKMU\\Software\\Types', name: alone, value: [one] }" \
        "  - { key: 'HKMU\\Software\\Types', name: where, value: '[INSTALLDIR]x' }"
    install types.msi
    wine_registry | sed -n 's/^system \[Software\\\\Types\] //p' >said
    cat said
    grep -qxF '@="own"' said
    grep -qxF '"text"="#5"' said
    grep -qxF '"none"=""' said
    grep -qxF '"number"=dword:ffffffff' said
    grep -qxF '"minus"=dword:fffffffe' said
    grep -qxF '"digits"="10"' said
    grep -qxF '"expand"=str(2):"%TEMP%"' said
    grep -qxF '"bytes"=hex:00,ff,7a' said
    grep -qxF '"list"=str(7):"one\0two\0"' said
    grep -qxF '"alone"=str(7):"one\0"' said
    grep -qxF '"where"="C:\\Program Files\\More [x] # World\\x"' said
    wine_registry | grep -F 'Classes\\com.example.more.mor]' | grep -qF '@="#1 [of] all"'
    wine_registry | grep -F 'Classes\\more]' | grep -qF '@="URL:More [x] # World"'
    remove types.msi
    run grep -cF 'Software\\Types' <(wine_registry)
    [ "$output" = 0 ]
}

@test "names in any script: msitools and wine show them as they are" {
    for title in 'Café ☕' 'Größe' 'ユニコード'; do
        TITLE=$title pack name 1.0.0
        [ "$(property name.msi ProductName)" = "$title" ]
        subject=$(msiinfo suminfo name.msi | sed -n 's/^Subject: //p')
        case $(file name.msi) in # msiinfo shows the bytes as they are
        *'Code page: 1252'*) [ "$title" = Größe ] && subject=$(iconv -f cp1252 <<<"$subject") ;;
        *) [ "$title" != Größe ] ;;
        esac
        [ "$subject" = "$title" ]
        install name.msi
        [ -e "$C/Program Files/$title/hello.exe" ]
        remove name.msi
        [ ! -e "$C/Program Files/$title" ]
    done
}

@test "configuration files: what people changed survives an update, and stays behind" {
    printf 'level = 1\n' >more.conf
    export FILES=', { from: more.conf, to: etc/more.conf, role: config }, { from: more.conf, to: etc/less.conf, role: config-replace }'
    pack conf1 1.0.0
    printf 'level = 2\n' >more.conf
    pack conf2 1.1.0
    pack confuser 1.1.0 'scope: user'
    [ "$(table conf1.msi Component | awk -F'\t' '/more.conf/ { print $4 }')" = 400 ] # 64-bit, never overwritten, permanent
    [ "$(table conf1.msi Component | awk -F'\t' '/less.conf/ { print $4 }')" = 256 ]
    [ "$(table confuser.msi Component | awk -F'\t' '/more.conf/ { print $4 }')" = 404 ]
    install conf1.msi
    echo mine >"$C/$home/etc/more.conf"
    echo mine >"$C/$home/etc/less.conf"
    install conf2.msi
    [ "$(versions)" = 1.1.0 ]
    [ "$(cat "$C/$home/etc/more.conf")" = mine ]
    [ "$(cat "$C/$home/etc/less.conf")" = 'level = 2' ]
    remove conf2.msi
    [ "$(cat "$C/$home/etc/more.conf")" = mine ]
    [ ! -e "$C/$home/etc/less.conf" ]
    [ ! -e "$C/$home/hello.exe" ]
    rm -r "${C:?}/$home"
}

# As a user whom Windows asks for an administrator's rights: only these properties get through.
@test "properties of the command line are named where Windows lets them through, and brackets elsewhere are brackets" {
    recipe 1.0.0-rc.1 'environment: { MORE_URL: "[MORE_URL]" }' "registry: [{ key: 'HKLM\\Software\\More', name: port, value: 'p[PORT] [INSTALLDIR] [tools]' }]" \
        "conditions: [{ condition: 'Installed OR LICENCE_KEY OR %MORE_KEY OR NOT VersionNT64 = \"A B\"', message: No key. }]" \
        "services: { mored: { account: '[MORE_ACCOUNT]' } }"
    echo 'services: [{ name: mored, exec: hello.exe, restart: always, args: "--range [1-5] a] --port=[PORT] [[X]] --dir [INSTALLDIR]" }]' >>slipway.yaml
    "$SLIPWAY" pack -q -o secure
    cp secure/*.msi secure.msi
    [ "$(property secure.msi SecureCustomProperties | tr ';' '\n' | sort | xargs)" = \
        "INSTALLDIR LICENCE_KEY MACHINEOLDSTAGE MORE_ACCOUNT MORE_URL NEWERVERSION OLDSTAGE OLDVERSION PORT SAMEVERSION USEROLDSTAGE X" ]
    [ "$(table secure.msi ServiceInstall | cut -f 11)" = '--range [\[]1-5[\]] a[\]] --port=[PORT] [\[][X][\]] --dir [INSTALLDIR]' ]
    # no two actions of a sequence have one number (ICE82)
    for t in InstallExecuteSequence InstallUISequence; do [ -z "$(table secure.msi $t | cut -f 3 | sort | uniq -d)" ]; done
}

# Windows looks for earlier versions once, before the dialogs, and only among those of the same kind.
@test "one package for the user or for all: the dialog that asks looks for earlier versions of that kind" {
    pack both 1.0.0 'scope: both'
    table both.msi ControlEvent | awk -F'\t' '$1 == "ScopeDlg" && $2 == "Next" { print $6 "\t" $3 " " $4 }' | sort -n | cut -f 2 >events
    [ "$(sed -n '/OLDVERSION/,$p' events | xargs -d '\n' printf '%s, ')" = \
        '[OLDVERSION] {}, [NEWERVERSION] {}, [SAMEVERSION] {}, [OLDSTAGE] {}, [MIGRATE] {}, DoAction FindRelatedProducts, NewDialog FolderDlg, ' ]
    grep -qx '\[ALLUSERS\] 1' events
    table both.msi InstallUISequence | grep -qP '^ScopeAsBefore\tMACHINEINSTALLDIR AND NOT USERINSTALLDIR AND NOT Installed\t'
    [ -z "$(table both.msi InstallUISequence | cut -f 3 | sort | uniq -d)" ]
}

@test "a program deep in folders, whose path the shortcut's column does not hold" {
    deep=python-application-dist/windows-x86_64
    mkdir -p deep/$deep
    cp files/hello.exe deep/$deep/a-program-of-many-words.exe
    recipe 1.0.0
    sed -i "s|^entry: .*|entry: $deep/a-program-of-many-words.exe|; s|files/, to|deep/, to|" slipway.yaml
    "$SLIPWAY" pack -q -o deepest
    cp deepest/*.msi "$C/deep.msi"
    "$SLIPWAY" verify -q deepest/*.msi
    install deep.msi
    link=$(find "$C" "$HOME" -name 'More World.lnk' | head -n 1)
    tr -d '\0' <"$link" | grep -qaF 'More World\python-application-dist\windows-x86_64\a-program-of-many-words.exe'
    remove deep.msi
    [ ! -e "$link" ]
    [ ! -e "$C/$home/python-application-dist" ]
}

@test "what it needs: Windows, and going on without" {
    pack old 1.0.0 'requires: [{ windows: "7" }]'
    install old.msi
    [ "$(versions)" = 1.0.0 ]
    remove old.msi
    pack new 1.0.0 'languages: [de]' 'requires: [{ windows: "10.0.999999" }, { registry: "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion", name: CurrentBuildNumber, value: "1", title: X }]'
    table new.msi LaunchCondition | grep -qF 'Windows 10.0.999999 oder neuer'
    run install new.msi
    [ "$status" -eq 67 ]
    run install new.msi REQUIRED1=1
    [ "$status" -eq 67 ]
    install new.msi REQUIRED1=1 REQUIRED2=1
    remove new.msi
}

@test "a folder of one's own is kept for each scope by itself" {
    wine_do reg add 'HKCU\Software\Example\more' /v InstallDir /d 'C:\mine\' /f
    install both.msi ALLUSERS=1 'MSIINSTALLPERUSER='
    [ -e "$C/$home/hello.exe" ]
    remove both.msi
    install both.msi 'ALLUSERS='
    [ -e "$C/mine/hello.exe" ]
    remove both.msi 'ALLUSERS='
    wine_do reg add 'HKCU\Software\Example\more' /v InstallDir /d 'C:\mine\' /f
    install both.msi 'INSTALLDIR=C:\other' 'ALLUSERS='
    [ -e "$C/other/hello.exe" ]
    remove both.msi 'ALLUSERS='
    [ ! -e "$C/mine" ]
}

@test "mistakes are told at their place in the recipe" {
    bad() { # bad LINE MESSAGE
        run "$SLIPWAY" pack -q -o bad
        [ "$status" -eq 3 ] || { echo "$status: $output"; return 1; }
        [[ ${lines[0]} == *"slipway.yaml:$1:"[0-9]*"$2"* ]] || { echo "$output"; return 1; }
        [ "${#lines[@]}" -le 2 ] # the second line counts the mistakes
        [ -z "$(find bad -name '*.msi' 2>/dev/null)" ]
    }
    recipe 1.0.0 'path: tools/bni'
    bad 18 "there is no folder tools/bni among the files"
    recipe 1.0.0 'scope: user' 'registry: [{ key: "HKLM\\Software\\X", value: 1 }]'
    bad 19 "cannot write to HKLM"
    recipe 1.0.0 "registry:" "  - { key: 'HKCU\\Software\\X', value: 0fg0, type: binary }"
    bad 19 "pairs of hexadecimal digits"
    recipe 1.0.0 "registry:" "  - { key: 'HKCU\\Software\\X', value: 4294967296 }"
    bad 19 "a number of 32 bits"
    recipe 1.0.0 "registry:" "  - { key: 'HKCU\\Software\\X', value: [] }"
    bad 19 "a list of texts"
    recipe 1.0.0 "registry:" "  - { key: 'HKLM\\Software\\X', name: a, value: 1 }" "  - { key: 'HKLM\\software\\x', name: A, value: 2 }"
    bad 20 "is there already"
    recipe 1.0.0 "requires: [{ registry: 'HKLM\\Software\\X', name: '$(printf 'x%.0s' {1..256})', title: X }]"
    bad 18 "hold 200 characters"
    recipe 1.0.0
    echo "services: [{ name: s, exec: hello.exe, args: '$(printf 'x%.0s' {1..256})' }]" >>slipway.yaml
    bad 18 "hold 255 characters of arguments"
    recipe 1.0.0 "requires: [{ windows: Vista }]"
    bad 18 "the least version of Windows"
    recipe 1.0.0 'scope: user'
    echo 'services: [{ name: s, exec: hello.exe }]' >>slipway.yaml
    bad 18 "for the machine only"
}
