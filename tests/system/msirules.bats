#!/usr/bin/env bats
# Mistakes put into an installer package by msitools, and packages that WiX made: what verify says of them.

load fixtures.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    cd "$BATS_FILE_TMPDIR" || return
    mkdir -p files/bin files/share
    head -c 100000 "$SLIPWAY" >files/bin/hello.exe
    seq 1 5000 >files/share/numbers.txt
    : >files/share/empty.txt
    cat >slipway.yaml <<YAML
schema: 1
name: hello
id: com.example.hello
version: 1.0.0
summary: Says hello
maintainer: Ann Example <ann@example.com>
license: MIT
entry: bin/hello.exe
icon: icon.png
shortcuts: { menu: true }
targets:
  - { os: windows, arch: x86_64, formats: [msi], files: [{ from: files/, to: . }] }
YAML
    python3 "$SLIPWAY_SOURCE/tests/system/picture.py" icon.png 256
    "$SLIPWAY" pack -q -o good
    cp good/*.msi good.msi
}

setup() { cd "$BATS_FILE_TMPDIR" || return; }

# wrong MESSAGE SQL…: with these statements verify says so, in one line.
wrong() {
    local message=$1 sql
    shift
    cp good.msi bad.msi
    for sql in "$@"; do msibuild bad.msi -q "$sql"; done
    run "$SLIPWAY" verify bad.msi
    [[ $status -eq 1 && $output == *"$message"* ]] || { echo "$status: $output"; return 1; }
}

id() { msiinfo export good.msi "$1" | tr -d '\r' | awk -F'\t' -v w="$2" 'NR > 3 && index($1, w) { print $1 }'; }

@test "a good one is good, WiX's too" {
    "$SLIPWAY" verify good.msi
    # columns of numbers can be one byte wide, and are two in the file: WiX has such
    printf 'Narrow\tValue\tMore\r\ns72\tI1\ti1\r\nNarrow\tNarrow\r\none\t5\t6\r\ntwo\t\t7\r\n' >Narrow.idt
    cp good.msi narrow.msi
    msibuild narrow.msi -i Narrow.idt
    "$SLIPWAY" verify narrow.msi
    "$SLIPWAY" inspect -t narrow.msi | grep -qx '    Narrow: 2'
    fixtures || return 0
    for f in "$FIXTURES"/msi/*.msi; do
        "$SLIPWAY" verify "$f"
    done
}

@test "references that lead nowhere, keys that are none" {
    component=$(id Component hello.exe)
    guid=$(msiinfo export good.msi Component | awk -F'\t' '/hello.exe/ { print $2 }')
    wrong "has the GUID of another one" "UPDATE Component SET ComponentId = '$guid' WHERE Component = 'c_menu'"
    wrong 'Directory_ "NOWHERE" is in no table Directory' "UPDATE Component SET Directory_ = 'NOWHERE' WHERE Component = '$component'"
    wrong "is not one of its files" "UPDATE Component SET KeyPath = '$(id File numbers)' WHERE Component = '$component'"
    wrong "is in no table" "UPDATE Component SET KeyPath = 'f_none' WHERE Component = '$component'"
    wrong "is in no table Feature" "INSERT INTO FeatureComponents (Feature_, Component_) VALUES ('Other', '$component')"
}

@test "actions in an order that cannot work" {
    wrong "InstallFinalize not behind" "UPDATE InstallExecuteSequence SET Sequence = 1450 WHERE Action = 'InstallFinalize'"
    wrong "has no InstallInitialize" "DELETE FROM InstallExecuteSequence WHERE Action = 'InstallInitialize'"
}

@test "what no feature has, circles, names that clash, actions that are none, properties" {
    component=$(id Component numbers)
    wrong "component $component is in no feature" "DELETE FROM FeatureComponents WHERE Component_ = '$component'"
    wrong 'what is above "INSTALLDIR" runs in a circle' "UPDATE Directory SET Directory_Parent = 'd_bin_9A5D56716D56' WHERE Directory = 'INSTALLDIR'" \
        "UPDATE Directory SET Directory_Parent = 'INSTALLDIR' WHERE Directory_Parent = 'INSTALLDIR'"
    wrong "are both HELLO.EXE in folder" "UPDATE Component SET Directory_ = '$(msiinfo export good.msi Component | awk -F'\t' '/hello.exe/ { print $3 }')' WHERE Component = '$component'" \
        "UPDATE File SET FileName = 'HELLO.exe' WHERE File = '$(id File numbers)'"
    wrong 'has the action "Nonsense", which is none' "INSERT INTO InstallExecuteSequence (Action, Sequence) VALUES ('Nonsense', 3)"
    wrong 'custom action Run: "nothing" is in no table Binary' "INSERT INTO CustomAction (Action, Type, Source, Target) VALUES ('Run', 1, 'nothing', 'f')"
    wrong '"one" is no version, and no file' "UPDATE File SET Version = 'one' WHERE File = '$(id File numbers)'"
    wrong "ProductVersion is none that the installer compares" "UPDATE Property SET Value = '1.0.70000' WHERE Property = 'ProductVersion'"
    wrong "UpgradeCode is no GUID in capitals" "UPDATE Property SET Value = '{35fd1cc1-92af-589f-b977-38fa8e96c542}' WHERE Property = 'UpgradeCode'"
    wrong "table Property has no Manufacturer" "DELETE FROM Property WHERE Property = 'Manufacturer'"
}

@test "the tab key goes through every dialog in a circle: Windows shows none where it does not" {
    sed 's/^license: .*/&\nlicense-file: license.txt/' slipway.yaml >licensed.yaml
    echo Agree. >license.txt
    printf 'msi:\n  scope: both\n  languages: [en, de]\n  features: [{ name: more, files: share/ }]\n' >>licensed.yaml
    "$SLIPWAY" pack -q -f licensed.yaml -o dialogs
    "$SLIPWAY" verify -q dialogs/*.msi
    # msitools' own words for it, without ours: 3 of FilesInUse lead on, and the list back to the first
    next() { msiinfo export dialogs/hello-1.0.0-x64.msi Control | tr -d '\r' | awk -F'\t' -v d="$1" -v c="$2" '$1 == d && $2 == c { print $NF == "" ? $(NF - 1) : $NF }'; }
    [ "$(for c in Retry Ignore Exit List; do next FilesInUse $c; done | xargs)" = 'Ignore Exit List Retry' ]
    [ "$(for c in OK Cancel List Choice; do next MsiRMFilesInUse $c; done | xargs)" = 'Cancel List Choice OK' ]
    # what the return key presses is a button
    msiinfo export dialogs/hello-1.0.0-x64.msi Dialog | tr -d '\r' | awk -F'\t' 'NR > 3 && $9 { print $1 "\t" $9 "\tPushButton" }' | sort >defaults
    [ "$(wc -l <defaults)" -ge 12 ]
    [ -z "$(comm -23 defaults <(msiinfo export dialogs/hello-1.0.0-x64.msi Control | cut -f 1-3 | sort))" ]
    wrong "dialog FilesInUse: the tab key does not lead from Retry through its controls and back" \
        "UPDATE Control SET Control_Next = '' WHERE Dialog_ = 'FilesInUse' AND Control = 'List'"
    wrong "dialog CancelDlg: the tab key does not lead from Gone through" "UPDATE Dialog SET Control_First = 'Gone' WHERE Dialog = 'CancelDlg'"
    wrong "dialog FolderDlg: the tab key" "UPDATE Control SET Control_Next = 'Back' WHERE Dialog_ = 'FolderDlg' AND Control = 'Next'"
}

@test "a picture that a table has and the package has not" {
    name=$(msiinfo streams good.msi | grep -m1 '^Icon\.')
    python3 - "$name" <<'PY'
import sys
def packed(name): # two characters in one, as msitools' libmsi has it
    at = lambda c: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._".index(c)
    out = ""
    for i in range(0, len(name), 2):
        pair = name[i:i + 2]
        out += chr(0x3800 + at(pair[0]) + (at(pair[1]) << 6)) if len(pair) == 2 else chr(0x4800 + at(pair))
    return out.encode("utf-16-le")
b = bytearray(open("good.msi", "rb").read())
i = b.find(packed(sys.argv[1]))
b[i] ^= 1
open("bad.msi", "wb").write(b)
PY
    run "$SLIPWAY" verify bad.msi
    [[ $status -eq 1 && $output == *'table Icon: "'*'" has no Data'* ]] || { echo "$output"; return 1; }
}

@test "all mistakes of one package are told at once" {
    cp good.msi bad.msi
    msibuild bad.msi -q "DELETE FROM Property WHERE Property = 'Manufacturer'"
    msibuild bad.msi -q "DELETE FROM InstallExecuteSequence WHERE Action = 'InstallInitialize'"
    msibuild bad.msi -q "UPDATE File SET Sequence = 1"
    run "$SLIPWAY" verify bad.msi
    [[ $status -eq 1 && $output == *"no Manufacturer"* && $output == *"has no InstallInitialize"* && $output == *"another file's too"* ]]
    run "$SLIPWAY" inspect bad.msi
    [[ $status -eq 4 && $output == *"Name: hello"* && $output == *"Wrong: table Property has no Manufacturer"* ]]
}

# As MsiGetFileHash has it, for which Wine has a test that Windows passes.
@test "the hash of an empty file is zeros, and its MD5 by msitools is none that is wrong" {
    file=$(id MsiFileHash empty)
    [ "$(msiinfo export good.msi MsiFileHash | tr -d '\r' | grep "^$file" | cut -f 2-)" = "$(printf '0\t0\t0\t0\t0')" ]
    cp good.msi other.msi
    msibuild other.msi -q "UPDATE MsiFileHash SET HashPart1 = -645128748 WHERE File_ = '$file'"
    "$SLIPWAY" verify -q other.msi
}

@test "files that are not in the cabinet as the tables say" {
    file=$(id File numbers)
    wrong "is on no medium" "UPDATE File SET Sequence = 99 WHERE File = '$file'"
    wrong "is another file's too" "UPDATE File SET Sequence = 1"
    wrong "table File says 7" "UPDATE File SET FileSize = 7 WHERE File = '$file'"
    wrong "not those of its hash" "UPDATE MsiFileHash SET HashPart2 = 7 WHERE File_ = '$file'"
    wrong "has no cabinet other.cab" "UPDATE Media SET Cabinet = '#other.cab'"
    component=$(id Component numbers)
    wrong "is not in the cabinet" "UPDATE Media SET LastSequence = 4" \
        "INSERT INTO File (File, Component_, FileName, FileSize, Sequence) VALUES ('f_more', '$component', 'more.txt', 5, 4)"
}

@test "a flipped bit in the cabinet, and a package cut short" {
    python3 - <<'PY'
b = bytearray(open("good.msi", "rb").read())
b[b.find(b"MSCF") + 3000] ^= 1
open("bad.msi", "wb").write(b)
open("short.msi", "wb").write(b[:len(b) // 2])
PY
    for f in bad.msi short.msi; do
        run "$SLIPWAY" verify $f
        [ "$status" -ne 0 ]
        [ "${#lines[@]}" -le 2 ]
        echo "$output"
    done
}
