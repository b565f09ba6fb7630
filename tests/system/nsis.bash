# What the tests of setup programs under wine share; with wine.bash. ARCH is the recipe's architecture.

ARCH=${ARCH-x86_64}

picture() { python3 "$SLIPWAY_SOURCE/tests/system/picture.py" "$@"; }

# app: files to install, in `files`, and hello.exe, which writes down how it was started; for $ARCH.
app() {
    mkdir -p files/ümläut files/empty
    cat >app.nsi <<-'NSI'
	RequestExecutionLevel user
	SilentInstall silent
	OutFile "hello.exe"
	!include LogicLib.nsh
	!include FileFunc.nsh
	Section
	  ${GetParameters} $0
	  System::Call 'kernel32::GetCurrentDirectory(i 1024, t .r2)'
	  System::Call 'kernel32::GetCommandLineW() p .r3'
	  System::Call 'kernel32::lstrlenW(p r3) i .r4' ; strings of NSIS end at 1,024 characters
	  FileOpen $1 "C:\ran.txt" a
	  FileSeek $1 0 END
	  FileWriteWord $1 0xFEFF
	  FileWriteUTF16LE $1 "$4|$EXEPATH|$0|$2$\n"
	  FileClose $1
	  ${GetOptions} $0 "--until=" $2
	  ${If} $2 != ""
	    ${DoUntil} ${FileExists} "$2"
	      Sleep 100
	    ${Loop}
	  ${EndIf}
	  ${GetOptions} $0 "--exit=" $2
	  SetErrorLevel $2
	SectionEnd
	NSI
    makensis -V1 "-X$([ "$ARCH" = i686 ] && echo Target x86-unicode || echo Target amd64-unicode)" app.nsi
    echo one >'files/old only.txt'
    # What makensis would take for its own.
    # shellcheck disable=SC2016
    echo two >'files/ümläut/x $${NSISDIR} $INSTDIR `日本` $%PATH%.txt'
    mkdir -p 'files/d$'
    echo three >'files/d$/new.txt'
    seq 1 20000 >files/numbers
    head -c 2000000 /dev/urandom >files/noise
}

recipe() { # VERSION [LINE…]: for $ARCH
    cat >slipway.yaml <<-YAML
	schema: 1
	name: lab-host
	title: Lab Desktop Höst & Co's
	id: com.example.labhost
	version: $1
	summary: Says \$INSTDIR and "hello"
	vendor: Exämple Inc
	homepage: https://example.com/lab
	license: MIT
	license-file: LICENSE
	icon: icon.png
	entry: bin/hello
	associations: [{ extension: lab, mime: application/x-lab, description: Lab file }]
	shortcuts: { menu: true, desktop: true }
	targets:
	  - os: windows
	    arch: $ARCH
	    formats: [nsis, portable]
	    files:
	      - { from: hello.exe, to: bin/hello.exe }
	      - { from: files/, to: files/ }
	      - { text: "$1", to: version.txt }
	YAML
    shift
    [ $# -gt 0 ] || set -- 'protocols: [labhost]'
    printf '%s\n' "$@" >>slipway.yaml
    printf 'Lizenz für alle, 日本語.\n' >LICENSE
}

title="Lab Desktop Höst & Co's"

# How the application was started, a line each time.
ran() {
    wine_wait
    [ ! -e "$C/ran.txt" ] || iconv -f UTF-16LE -t UTF-8 "$C/ran.txt" | tr -d '\357\273\277'
}

uninstall() { # FOLDER-OF-C [ARG…]
    local folder=$1
    shift
    wine_do "C:\\$folder\\Uninstall $title.exe" /S "$@"
    wine_wait
}

# What is new, without the keys that hold those of all programs.
fresh() {
    wine_new clean >all
    grep -vxF -e 'user [Software\\Classes]' -e 'user [Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall]' \
        -e ./ran.txt all || true
}

# Nothing is left of it, in the registry or on the disk; another test may have left its folders.
gone() {
    fresh >left
    cat left >&2
    [ ! -s left ]
}
