#!/usr/bin/env bats
# What goes wrong on real machines: a line that names the thing, the right status, old outputs untouched.

load small

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    chmod 755 . .. ../..
    small_make w
    small_release w 1.0.0
    small_sums w/dist >dist.before
    small_sums w/site >site.before
}

untouched() {
    small_sums w/dist | cmp - dist.before
    small_sums w/site | cmp - site.before
}

# one_line: the last run's error is one line that begins with the program's name
one_line() { [ "$(grep -c '^slipway: ' <<<"$output")" = 1 ]; }

@test "a missing file is named with its place in the recipe" {
    rm w/app/hello
    run small_release w 1.0.1
    [ "$status" = 4 ] && one_line
    [[ $output == *slipway.yaml:1*app/hello* ]]
    untouched
}

@test "an unreadable file is named" {
    chmod 000 w/app/share/numbers
    chown -R nobody w
    cp "$SLIPWAY" ./slipway && chmod 755 slipway
    run setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent \
        SOURCE_DATE_EPOCH=1800000000 ./slipway release -q -C w --set-version 1.0.1
    [ "$status" = 4 ]
    [[ $output == *app/share/numbers*"ermission denied"* ]]
    untouched
}

@test "a file that changes while it is packed is noticed" {
    head -c 60000000 /dev/urandom >w/app/share/big
    (while [ ! -e stop ]; do printf x >>w/app/share/big; sleep 0.01; done) 3>&- &
    run small_release w 1.0.1
    touch stop
    wait
    [ "$status" = 4 ]
    [[ $output == *app/share/big*changed* ]]
    untouched
}

@test "a full disk is said and leaves nothing behind" {
    mkdir small
    mount -t tmpfs -o size=2m none small
    cp -a w/dist small/dist
    head -c 8000000 /dev/urandom >w/app/share/big
    run env SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" pack -q -C w -o "$PWD/small/dist" --set-version 1.0.1
    left=$(find small -name '*.slipway-*' | wc -l)
    "$SLIPWAY" verify -q small/dist && good=yes
    umount small
    [ "$status" = 4 ]
    [[ $output == *"No space left on device"* ]]
    [ "$left" = 0 ]
    [ "$good" = yes ]
}

@test "a dist folder in use by another run is refused" {
    flock w/dist/.slipway/lock "$SLIPWAY" release -C w >out 2>&1 && return 1
    grep -q 'is in use by another run of slipway' out
    untouched
}

@test "a wrong key and an expired key" {
    cp w/keys/dev.asc w/keys/dev.secret.asc
    run small_release w 1.0.1
    [ "$status" = 6 ] && one_line
    [[ $output == *secret* ]]
    rm -rf w/keys
    run small_release w 1.0.1
    [ "$status" = 6 ] && one_line
    [[ $output == *dev.secret.asc* ]]
    export GNUPGHOME=$BATS_TEST_TMPDIR/g
    mkdir -p -m 700 "$GNUPGHOME" w/keys
    gpg --batch --quiet --passphrase '' --faked-system-time 20200101T000000 --quick-gen-key \
        'Old <old@example.com>' ed25519 sign 1d
    gpg --batch --quiet --export-secret-keys --armor >w/keys/dev.secret.asc
    gpgconf --kill all
    run small_release w 1.0.1
    [ "$status" = 6 ] && one_line
    [[ $output == *expired* ]]
    untouched
}

@test "a recipe with several mistakes shows all of them and builds nothing" {
    sed -i 's/^version:.*/version: one/; s/formats:/formts:/' w/slipway.yaml
    run "$SLIPWAY" release -C w
    [ "$status" = 3 ]
    [[ $output == *'slipway.yaml:3:10:'*version* ]]
    [[ $output == *'unknown key "formts" in targets[0]; did you mean "formats"?'* ]]
    untouched
}

@test "a damaged ledger stops the run and is named" {
    printf X | dd of=w/dist/release.json bs=1 seek=30 conv=notrunc status=none
    run small_release w 1.0.1
    [ "$status" = 1 ]
    [[ $output == *release.json* ]]
}

@test "standard output that cannot be written is an error" {
    run bash -c '"$SLIPWAY" check -C w --print json >/dev/full'
    [ "$status" = 4 ]
}
