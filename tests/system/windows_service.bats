#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# examples/windows-service: two services, a settings file, parts, requirements, a licence in each language.

load wine

setup_file() {
    export SOURCE_DATE_EPOCH=1767225601
    wine_start
    mkdir app # without what somebody built there
    (cd "$SLIPWAY_SOURCE/examples/windows-service" && tar c --exclude=out --exclude=keys --exclude=dist .) | tar x -C app
    cd app || return
    "$SLIPWAY" keys new dev --kind authenticode --store keys -q >told
    "$SLIPWAY" release -q 2>warned
}

teardown_file() { wine_stop; }

setup() { cd "$BATS_FILE_TMPDIR/app" || return; }

rows() { # LANGUAGE TABLE: without carriage returns
    msiinfo export "dist/fleet-agent-3.0.0-x64$1.msi" "$2" | tr -d '\r'
}

@test "nothing is warned of, and everything is signed" {
    cat warned
    [ ! -s warned ]
    for f in dist/*.msi; do osslsigncode verify -CAfile keys/dev.crt "$f" >said 2>&1 || { cat said; return 1; }; done
    msiextract -C files dist/fleet-agent-3.0.0-x64.msi >/dev/null
    [ "$(find files -name '*.exe' | wc -l)" -eq 2 ]
    find files -name '*.exe' -exec osslsigncode verify -CAfile keys/dev.crt {} \; >said 2>&1
    [ "$(grep -c 'Number of verified signatures: 1' said)" -eq 2 ]
    "$SLIPWAY" verify dist
}

@test "each package shows the licence of its language" {
    rows '' Control | grep -q 'It comes without any warranty'
    rows -de Control | grep -q 'ohne jede Gew'
    rows -fr Control | grep -q 'sans aucune garantie'
    [ "$(rows -de Control | grep -c 'sans aucune garantie\|without any warranty')" -eq 0 ]
    sed 's/languages: .*/languages: [en, de]/' slipway.yaml >other.yaml
    run "$SLIPWAY" check -q -f other.yaml
    [ "$status" -eq 3 ]
    [[ $output == *'other.yaml:37:36: license-files: there is no fr among the languages'* ]]
    printf '\1' >damaged.txt
    sed 's/LIZENZ/damaged/' slipway.yaml >other.yaml
    run "$SLIPWAY" check -q -f other.yaml
    [ "$status" -eq 3 ]
    [[ $output == *'other.yaml:37:24: license-file damaged.txt is neither text'* ]]
}

@test "a licence that changed is packed anew, in its language" {
    cp -a . ../again
    cd ../again
    echo 'Neu.' >>LIZENZ.txt
    "$SLIPWAY" pack -q
    cmp dist/fleet-agent-3.0.0-x64-fr.msi ../app/dist/fleet-agent-3.0.0-x64-fr.msi
    rows -de Control | grep -q 'Neu\.'
}

@test "accounts that Windows does not find are refused" {
    for word in Lokal "'NT AUTHORITY\\\\\\\\LocalService'"; do
        sed "s#account: LocalService#account: $word#" slipway.yaml >other.yaml
        run "$SLIPWAY" check -q -f other.yaml
        [ "$status" -eq 3 ]
        [[ $output == *'other.yaml:41:64: bad account'* ]]
    done
}

@test "services, their accounts and order; sources of events; what stays" {
    rows '' ServiceInstall | cut -f 2,3,5,8,9 >services
    grep -q "^FleetAgent	Fleet Agent	2		NT AUTHORITY.LocalService" services
    grep -q '^FleetRelay	Fleet Relay	2	FleetAgent\[~\]\[~\]	NT AUTHORITY.NetworkService' services
    rows '' MsiServiceConfig | grep -q 'FleetAgent'
    rows '' Registry | grep -q 'EventLog.Application.FleetRelay	EventMessageFile	#%%SystemRoot%.System32.EventCreate.exe'
    rows '' Component | awk -F '\t' '$1 ~ /agent.ini/ { print $4 }' >kept
    [ "$(cat kept)" = 400 ] # 64 bits, never written over, stays
    rows '' Feature | grep -q '^Manual'
    rows '' LaunchCondition | grep -q 'REQUIRED2'
}

@test "Wine installs it, silently, keeps the settings through an update, and leaves nothing else" {
    local home="$C/Program Files/Fleet Agent"
    cp dist/fleet-agent-3.0.0-x64-de.msi "$C/one.msi"
    run wine_do msiexec /i 'C:\one.msi' /qn
    [ ! -e "$home" ] # there is no Python
    wine_do msiexec /i 'C:\one.msi' REQUIRED1=1 REQUIRED2=1 /qn
    wine_wait
    [ "$(cd "$home" && find . -type f | LC_ALL=C sort | tr '\n' ' ')" = './agent.exe ./agent.ini ./manual/manual.txt ./relay.exe ' ]
    grep -A9 'Services..FleetAgent\]' "$WINEPREFIX/system.reg" >registered
    grep -q '"ObjectName"="NT AUTHORITY..LocalService"' registered
    grep -iqF 'EventLog\\Application\\FleetRelay]' "$WINEPREFIX/system.reg"
    printf '[report]\r\nminutes = 3\r\n' >"$home/agent.ini"
    cp "$home/agent.ini" mine.ini
    "$SLIPWAY" pack -q -o next --set-version 3.1.0
    cp next/fleet-agent-3.1.0-x64-fr.msi "$C/two.msi"
    wine_do msiexec /i 'C:\two.msi' REQUIRED1=1 REQUIRED2=1 ADDLOCAL=ALL REMOVE=Manual /qn
    wine_wait
    cmp mine.ini "$home/agent.ini"
    [ ! -e "$home/manual" ]
    wine_do msiexec /x 'C:\two.msi' /qn
    wine_wait
    cmp mine.ini "$home/agent.ini"
    [ "$(find "$home" -type f | wc -l)" -eq 1 ]
    [ "$(grep -c 'Services..Fleet\|Application..Fleet' "$WINEPREFIX/system.reg")" -eq 0 ]
}
