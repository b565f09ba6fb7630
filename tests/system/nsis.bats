# Setup programs and portable programs under wine: installed, started, updated and taken away again by what is on the disk.
# The application is a program of makensis too: it writes down how it was started.

load npm.bash
load serve
load wine.bash
load nsis.bash
load soon.bash

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    npm=$(npm_have updater electron-updater@6.8.10 js-yaml@4.1.1)
    export npm
    wine_start
    cd "$BATS_FILE_TMPDIR" || return
    app
    picture icon.png 256
    # Published; files that are large on average are packed one by one.
    for v in 1.0.0 1.1.0; do
        recipe $v 'publish: [{ to: dir, path: site }]'
        sed -i 's|to: version.txt|to: resources/app-update.yml|; s|nsis, portable|nsis|' slipway.yaml
        "$SLIPWAY" release -q -o dist-$v
        cp site/releases/v1.0.0/*-setup.exe "$C/updating1.exe"
    done
    recipe 1.0.0
    "$SLIPWAY" pack -q -o one
    cp -r files files1
    recipe 1.1.0 'protocols: [labhost, labtwo]'
    rm "files/old only.txt"
    "$SLIPWAY" pack -q -o two
    cp one/*-setup.exe "$C/setup1.exe"
    cp two/*-setup.exe "$C/setup2.exe"
    cp one/*-portable.exe "$C/portable.exe"
    mkdir -p "$C/users/$(id -un)/AppData/Local/Programs" # a known folder of Windows, which stays
    touch "$C/run.bat"
    wine_mark clean
}

teardown_file() { wine_stop; }
teardown() { serve_stop; }

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -f "$C/ran.txt"
}

@test "7-Zip, file and our own eye know the program; two runs give the same bytes" {
    7zz l one/*-setup.exe >listing
    grep -q 'Type = Nsis' listing
    grep -q 'Solid = -' listing
    grep -q '64-bit = +' listing
    grep -qF 'd$/new.txt' listing
    7zz t -bso0 -bsp0 one/*-setup.exe one/*-portable.exe
    7zz e -so one/*-setup.exe files/numbers | cmp - files/numbers
    file two/*-setup.exe | grep -q 'PE32+ executable (GUI) x86-64'
    "$SLIPWAY" inspect one/*-setup.exe >facts
    grep -q 'CRC-32, right' facts
    grep -q 'Compression: lzma' facts
    mkdir elsewhere
    cp -r hello.exe files LICENSE icon.png slipway.yaml elsewhere/
    (umask 077 && cd elsewhere && TMPDIR=$PWD TZ=Asia/Tokyo LC_ALL=C "$SLIPWAY" pack -q --jobs 1)
    cmp two/*-setup.exe elsewhere/dist/*-setup.exe
    cmp two/*-portable.exe elsewhere/dist/*-portable.exe
    [ -s two/lab-host-1.1.0-x64-setup.exe.blockmap ]
    grep -q 'url: lab-host-1.1.0-x64-setup.exe' two/latest.yml || "$SLIPWAY" feed -q -o two
}

@test "for one user: files, registry, menu, desktop; and nothing is left of it" {
    wine_line 'C:\setup1.exe /S'
    fresh >new
    home="./users/$(id -un)/AppData/Local/Programs/$title"
    diff -r files1 "$C/$home/files"
    cmp hello.exe "$C/$home/bin/hello.exe"
    grep -qxF "./users/$(id -un)/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/$title.lnk" new
    [ -e "$HOME/$title.lnk" ]
    grep -q '^user .*Uninstall.*"DisplayName"="Lab Desktop H\\xf6st & Co' new
    grep -q '^user .*Uninstall.*"Publisher"="Ex\\xe4mple Inc"' new
    grep -q '^user .*Uninstall.*"DisplayVersion"="1.0.0"' new
    grep -q '^user .*Uninstall.*"EstimatedSize"=dword:00000[89]' new
    grep -q '^user .*Uninstall.*"URLInfoAbout"="https://example.com/lab"' new
    grep -q '^user .*Uninstall.*"QuietUninstallString"=.*/currentuser /S"' new
    grep -q '^user .*Classes\\\\labhost\] "URL Protocol"=""' new
    grep -q '^user .*Classes\\\\.lab\] @="com.example.labhost.lab"' new
    [ "$(grep -c '^system' new)" -eq 0 ]
    uninstall "users\\$(id -un)\\AppData\\Local\\Programs\\$title"
    gone
}

@test "for all users, into a folder with blanks: the deep link and the shortcut start it" {
    wine_line 'C:\setup1.exe /S /allusers /D=C:\my own folder\lab'
    fresh >new
    diff -r files1 "$C/my own folder/lab/files"
    [ "$(grep -c '^user' new)" -eq 0 ]
    wine_do start /wait 'labhost:open/1?a=b&c=%20d'
    wine_do start /wait "C:\\users\\Public\\Desktop\\$title.lnk"
    ran >runs
    grep -qF 'C:\my own folder\lab\bin\hello.exe|"labhost:open/1?a=b&c=%20d"|' runs
    grep -qF 'C:\my own folder\lab\bin\hello.exe||C:\my own folder\lab' runs
    wine_do start /wait "C:\\ProgramData\\Microsoft\\Windows\\Start Menu\\Programs\\$title.lnk"
    [ "$(ran | wc -l)" -eq 3 ]
    uninstall 'my own folder\lab'
    rmdir "$C/my own folder"
    gone
}

@test "an update: old files go, the folder stays, the desktop is left as people made it, the application starts" {
    menu="$C/users/$(id -un)/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/$title.lnk"
    wine_line 'C:\setup1.exe /S --no-desktop-shortcut /D=C:\up date\'
    [ ! -e "$HOME/$title.lnk" ]
    rm "$menu"
    [ -e "$C/up date/files/old only.txt" ]
    chmod a-w "$C/up date/bin/hello.exe"
    wine_do reg add 'HKCU\Software\Classes\labhost\shell\open\command' /ve /d other.exe /f # by another program
    wine_line 'C:\setup2.exe --updated /S --force-run'
    ran >runs
    grep -qF 'C:\up date\bin\hello.exe|--updated|C:\up date' runs
    [ "$(cat "$C/up date/version.txt")" = 1.1.0 ]
    [ ! -e "$C/up date/files/old only.txt" ]
    [ ! -e "$HOME/$title.lnk" ]
    fresh >new
    [ "$(grep -c 'Uninstall.*DisplayVersion' new)" -eq 1 ]
    grep -q 'Uninstall.*"DisplayVersion"="1.1.0"' new
    grep -q 'Classes\\\\labtwo\] "URL Protocol"' new
    grep -q 'Classes\\\\labhost\\\\shell.*other.exe' new
    [ "$(grep -c '\.lnk$' new)" -eq 0 ]
    wine_line 'C:\setup2.exe /S' # by hand: starts nothing, and menu, desktop and deep links are asked for
    [ "$(ran | wc -l)" -eq 1 ]
    [ -e "$HOME/$title.lnk" ]
    [ -e "$menu" ]
    uninstall 'up date'
    gone
}

@test "what people put into the folder stays when all else goes" {
    wine_line 'C:\setup1.exe /S "/D=C:\my own" --no-such-switch'
    echo mine >"$C/my own/files/notes.txt"
    mkdir -p "$C/users/$(id -un)/AppData/Roaming"/{lab-host,"$title"}/Cache
    uninstall 'my own' --delete-app-data
    [ "$(cd "$C/my own" && find . -type f)" = ./files/notes.txt ]
    rm -r "$C/my own"
    gone
}

@test "an update waits for the application to end; without one a running application stops setup" {
    wine_line 'C:\setup1.exe /S /D=C:\busy'
    timeout 900 wine 'C:\busy\bin\hello.exe' '--until=C:\over' &
    soon there "$C/ran.txt"
    timeout 900 wine 'C:\setup2.exe' --updated /S &
    update=$!
    sleep 3 # for one that does not wait
    kill -0 $update
    [ "$(cat "$C/busy/version.txt")" = 1.0.0 ]
    touch "$C/over"
    wait $update
    [ "$(cat "$C/busy/version.txt")" = 1.1.0 ]
    wait
    rm "$C/over" "$C/ran.txt"
    timeout 900 wine 'C:\busy\bin\hello.exe' '--until=C:\over' &
    soon there "$C/ran.txt"
    run wine_line 'C:\setup1.exe /S' # wine cannot ask the program to end; Windows can
    [ "$status" -eq 3 ]
    [ "$(cat "$C/busy/version.txt")" = 1.1.0 ]
    diff -r files "$C/busy/files"
    touch "$C/over"
    wait
    rm "$C/over"
    uninstall busy
    gone
}

@test "hooks, one click, per machine, all files as one, the updater's cache" {
    mkdir -p build
    cat >build/hooks.nsh <<-'NSI'
	!include "more.nsh"
	!macro preInit
	  StrCpy $R8 "first"
	!macroend
	!macro customInit
	  StrCpy $R9 "$R8 ${APP_ID} ${VERSION}"
	!macroend
	!macro customInstall
	  FileOpen $0 "$INSTDIR\hook.txt" w
	  FileWrite $0 "$R9 ${MORE}"
	  FileClose $0
	  ${If} ${isUpdated}
	    Delete "$INSTDIR\version.txt"
	  ${EndIf}
	!macroend
	!macro customUnInstall
	  Delete "$INSTDIR\hook.txt"
	!macroend
	!macro customRemoveFiles
	!macroend
	NSI
    echo '!define MORE "of more"' >build/more.nsh
    recipe 2.0.0 'nsis: { include: build/hooks.nsh, one-click: true, per-machine: true, solid: true, compression: zlib, languages: de }'
    sed -i 's|^title:.*|title: "日本 ${NSISDIR} $INSTDIR"|; s|"2.0.0", to: version.txt|"updaterCacheDirName: lab-cache", to: resources/app-update.yml|' slipway.yaml
    "$SLIPWAY" pack -o hooked 2>warned
    grep makensis warned | tee hints
    [ "$(wc -l <hints)" -eq 1 ]
    grep -q 'the hook customRemoveFiles is not known' hints
    "$SLIPWAY" inspect hooked/*-setup.exe >facts
    grep -q 'Compression: zlib' facts
    grep -q 'Solid: yes' facts
    7zz l hooked/*-setup.exe >listing
    grep -q 'Solid = +' listing
    cp hooked/*-setup.exe "$C/setup3.exe"
    wine_line 'C:\setup3.exe /S'
    home="$C/Program Files/日本 \${NSISDIR} \$INSTDIR"
    [ "$(cat "$home/hook.txt")" = "first com.example.labhost 2.0.0 of more" ]
    diff -r files "$home/files"
    [ -z "$(ran)" ]
    cached=$(find "$C" -path '*/lab-cache/installer.exe')
    cmp "$cached" "$C/setup3.exe"
    wine_do "C:\\Program Files\\日本 \${NSISDIR} \$INSTDIR\\Uninstall 日本 \${NSISDIR} \$INSTDIR.exe" /S
    wine_wait
    gone
}

@test "portable: unpacks once, passes arguments, folder and exit status through, writes no registry" {
    mkdir -p "$C/some where"
    run wine_line 'cd /d "C:\some where"' 'C:\portable.exe --exit=42 "a b" /S c'
    [ "$status" -eq 42 ]
    place=$(dirname "$(find "$C/users" -path '*lab-host-portable/1.0.0-*/version.txt')")
    diff -r files1 "$place/files"
    touch -d 2001-01-01 "$place/version.txt"
    run wine_line "C:\\portable.exe $(printf 'x%.0s' {1..3000})"
    [ "$status" -eq 0 ]
    [ "$(stat -c %Y "$place/version.txt")" -lt 1000000000 ]
    ran >runs
    grep -q 'lab-host-portable.1\.0\.0-[0-9a-f]*.bin.hello.exe|--exit=42 "a b" /S c|C:\\some where' runs
    [ "$(sed -n 's/^\(3[0-9]*\)|.*/\1/p' runs)" -gt 3000 ]
    cp two/*-portable.exe "$C/portable2.exe"
    wine_line 'C:\portable2.exe'
    [ ! -e "$place" ] # the newer one takes the place of the older
    rm -r "$(dirname "$place")" "$C/some where"
    gone
}

@test "electron-updater fetches what differs and starts setup, which leaves a copy for the next time" {
    serve_start "$BATS_FILE_TMPDIR/site"
    NODE_PATH=$npm/node_modules node "$SLIPWAY_SOURCE/tests/system/updater/client.cjs" --url "$SERVE_URL/channels/stable" \
        --from 1.0.0 --setup "$C/updating1.exe" --install >answer
    cat answer
    new=$(find site -name 'lab-host-1.1.0-x64-setup.exe')
    [ "$(jq -r .updater answer)" = NsisUpdater ]
    [ "$(jq -r .name answer)" = lab-host-1.1.0-x64-setup.exe ]
    cmp "$new" "$(jq -r .file answer)"
    [ "$(jq .bytes.whole answer)" -lt 2000 ] # block maps
    [ "$(jq .bytes.range answer)" -lt $(($(stat -c %s "$new") / 3)) ]
    wine_line 'C:\updating1.exe /S /D=C:\fol low'
    cp "$(jq -r '.started[0][0]' answer)" "$C/update.exe"
    wine_line "C:\\update.exe $(jq -r '.started[0][1:] | join(" ")' answer)"
    ran >runs
    grep -qF 'C:\fol low\bin\hello.exe|--updated|C:\fol low' runs
    [ "$(cat "$C/fol low/resources/app-update.yml")" = 1.1.0 ]
    cmp "$new" "$(find "$C/users" -path '*/lab-host-updater/installer.exe')"
    uninstall 'fol low'
    gone
}

@test "what Windows cannot hold is refused at its place in the recipe, before anything is built" {
    refuse() { # WORDS
        run "$SLIPWAY" pack -q -o refused
        [ "$status" -eq 3 ]
        [[ "${lines[0]}" == *"$1"* ]] || { echo "$output"; false; }
        [ -z "$(find refused -name '*.exe')" ]
    }
    mkdir refused
    recipe 1.0.0
    sed -i 's|to: files/|to: files/con.d/|' slipway.yaml
    refuse 'slipway.yaml:21:'
    recipe 1.0.0
    sed -i 's|to: version.txt|to: "ver:sion.txt"|' slipway.yaml
    refuse 'cannot have a :'
    recipe 1.0.70000
    refuse 'end at 65535'
    picture small.png 64
    recipe 1.0.0
    sed -i 's|icon.png|small.png|' slipway.yaml
    refuse 'slipway.yaml:11:'
    recipe 1.0.0
    head -c 100 /dev/urandom >LICENSE
    refuse 'neither text'
    recipe 1.0.0 'protocols: ["lab host"]'
    refuse 'a scheme is made of'
    recipe 1.0.0 'nsis: { include: build/none.nsh }'
    refuse 'there is no such file'
    recipe 1.0.0 'nsis: { guid: Microsoft }'
    refuse 'a GUID is'
    recipe 1.0.0 'nsis: { guid: "{6BA7B810-9dad-11d1-80b4-00c04fd430c8}" }'
    "$SLIPWAY" check
    recipe 1.0.0
    long=$(printf 'x%.0s' {1..180})
    sed -i "s|nsis, portable|nsis|; s|to: version.txt|to: $long/version.txt|" slipway.yaml
    refuse 'while it is installed' # below the folder of a user with a long name
    recipe 1.0.0
    touch 'files/Old Only.txt' 'files/old only.txt'
    refuse 'old only.txt'
    rm 'files/Old Only.txt'
    mkdir -p bin
    for p in env git; do ln -sf "$(command -v $p)" bin/$p; done
    PATH=$PWD/bin run "$SLIPWAY" pack -q -o refused
    [ "$status" -eq 5 ]
    [[ "$output" == *'apt-get install nsis'* ]]
}

@test "a flipped or missing byte is found" {
    cp one/*-setup.exe broken.exe
    printf X | dd of=broken.exe bs=1 seek=250000 conv=notrunc status=none
    run "$SLIPWAY" inspect broken.exe
    [ "$status" -eq 1 ]
    [[ "$output" == *CRC-32* ]]
    head -c 260000 one/*-setup.exe >broken.exe
    run "$SLIPWAY" inspect broken.exe
    [ "$status" -eq 4 ]
    [[ "$output" == *'cut short'* ]]
}
