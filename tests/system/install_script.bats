#!/usr/bin/env bats
# install.sh as people run it: in a root with nothing but a shell and small tools, by three shells, from a
# server on loopback. Needs root for the chroot.

load small
load soon.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    small_make w
    sed -i -e 's/formats: .*/formats: [tar.gz, tar.xz, tar.zst, zip]/' w/slipway.yaml
    python3 -u -m http.server -b 127.0.0.1 -d . 0 >served 2>&1 3>&- &
    echo $! >server
    soon grep -q 'port [0-9]' served
    url=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' served)
    export url
    sed -i "s#{ to: dir, path: site }#{ to: dir, path: site, url: '$url' }#" w/slipway.yaml
    release 1.0.0
    cp -a w/site one # as it was after the first release
    printf '#!/bin/sh\necho hello again\n' >w/app/hello
    printf '#!/bin/sh\necho more\n' >w/app/more
    chmod 755 w/app/more
    sed -i 's#^deb:#      - { from: app/more, to: bin/more }\n&#' w/slipway.yaml
    release 1.1.0
    release 1.2.0-beta.1
    soon curl -fs -o /dev/null "$url/w/slipway.yaml"
    make_root
}

teardown_file() { kill "$(cat "$BATS_FILE_TMPDIR/server")"; }

setup() {
    cd "$BATS_FILE_TMPDIR" || return
    rm -rf root/home/ann root/usr/local site
    mkdir -p root/home/ann root/usr/local
    chown 1000:1000 root/home/ann
    cp -a w/site site
}

release() { SOURCE_DATE_EPOCH=1767225600 "$SLIPWAY" release -q -C w --set-version "$1"; }

put() { # put PROGRAM: into the root, with the libraries it needs
    local at
    at=$(command -v "$1")
    install -D "$at" "root/bin/$1"
    ldd "$at" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do install -D "$lib" "root$lib"; done
}

make_root() { # busybox and the other shells
    mkdir -p root/bin root/dev root/tmp root/etc
    chmod 1777 root/tmp
    cp /bin/busybox root/bin/busybox
    chroot root /bin/busybox --install -s /bin
    rm -f root/bin/bash root/bin/dash
    put bash
    put dash
    mknod -m 666 root/dev/null c 1 3
    put gpgv
}

# inside SHELL [ARG…]: the script, as that user would run it in the root, on a server's folder `site`.
inside() {
    local shell=$1
    shift
    cp site/install/install.sh root/tmp/install.sh
    # shellcheck disable=SC2086 # "busybox sh" is two words
    chroot --userspec=1000:1000 root /bin/busybox env -i HOME=/home/ann PATH=/bin $shell /tmp/install.sh \
        --base-url "$url/site" "$@"
}

hello() { chroot root /home/ann/.local/bin/hello; }

nothing_there() {
    [ -z "$(ls -A root/home/ann)" ]
    [ "$(ls -A root/tmp)" = install.sh ]
}

@test "shellcheck finds nothing" {
    shellcheck w/site/install/install.sh
    for shell in dash bash "busybox sh"; do $shell -n w/site/install/install.sh; done
}

@test "install, again, upgrade, roll back, uninstall: dash, bash, busybox" {
    for shell in dash bash "busybox sh"; do
        rm -rf site && cp -a one site
        run inside "$shell"
        echo "$shell: $output"
        [ "$status" = 0 ]
        [[ $output == *"checked    the signature of key"*"installed  small 1.0.0 in /home/ann/.local"*"is not in your PATH"* ]]
        [ "$(hello)" = hello ]
        [ "$(inside "$shell" | tail -n 1)" = "small 1.0.0 is already installed in /home/ann/.local" ]

        rm -rf site && cp -a w/site site
        inside "$shell" --quiet >said
        [ ! -s said ]
        [ "$(hello)" = "hello again" ]
        [ "$(chroot root /home/ann/.local/bin/more)" = more ]
        [ "$(ls root/home/ann/.local/lib/small)" = $'1.0.0\n1.1.0\ncurrent\nmanifest' ]

        inside "$shell" --rollback
        [ "$(hello)" = hello ]
        [ ! -e root/home/ann/.local/bin/more ]
        [ ! -L root/home/ann/.local/bin/more ]
        inside "$shell" --channel beta
        [ "$(readlink root/home/ann/.local/lib/small/current)" = 1.2.0-beta.1 ]

        touch root/home/ann/mine
        inside "$shell" --uninstall
        [ "$(ls -A root/home/ann)" = mine ]
        rm root/home/ann/mine
        nothing_there
    done
}

@test "through a pipe, for root, and to a folder of one's choice" {
    cp site/install/install.sh root/tmp/install.sh
    chroot root /bin/sh -c "PATH=/bin; sh -s -- --base-url $url/site --version 1.0.0 </tmp/install.sh"
    [ "$(chroot root /usr/local/bin/hello)" = hello ]
    chroot root /bin/sh -c "PATH=/bin; wget -qO- $url/site/install/install.sh | sh -s -- --base-url $url/site --prefix /opt/x"
    [ "$(chroot root /opt/x/bin/hello)" = "hello again" ]
    chroot root /bin/sh -c "PATH=/bin; sh /tmp/install.sh --uninstall; sh /tmp/install.sh --prefix=/opt/x --uninstall"
    [ ! -e root/opt/x ]
    [ -d root/opt ]
    [ -z "$(ls root/usr/local)" ]
    rmdir root/opt
}

@test "each archive that can be unpacked is taken" {
    for format in tar.gz tar.xz tar.zst zip; do
        rm -rf bin p && mkdir bin
        for tool in sh cat chmod cp find gpgv id ln ls mkdir mktemp mv rm rmdir sed sort uname base64 sha256sum curl tar; do
            ln -s "$(command -v $tool)" bin/
        done
        case $format in
        tar.gz) ln -s "$(command -v gzip)" bin/ ;;
        tar.xz) ln -s "$(command -v xz)" bin/ ;;
        tar.zst) ln -s "$(command -v zstd)" bin/ ;;
        zip) ln -s "$(command -v unzip)" bin/ ;;
        esac
        env -i PATH="$PWD/bin" HOME=/nowhere sh site/install/install.sh --base-url "$url/site" --prefix p >said
        grep -q "small-1.1.0-linux-any.$format\$" said
        [ "$(p/bin/hello)" = "hello again" ]
    done
}

@test "a damaged or exchanged file is refused and the old installation stays" {
    inside dash -q --version 1.0.0
    v=site/releases/v1.1.0

    for f in $v/*.tar.* $v/*.zip; do printf X | dd of="$f" bs=1 seek=100 conv=notrunc status=none; done
    run inside dash
    [ "$status" = 1 ]
    [[ $output == *"is damaged: its SHA-256 is"* ]]
    [ "$(hello)" = hello ]

    (cd $v && sha256sum ./*.tar.* ./*.zip | sed 's#\./##' >checksums.sha256) # now they agree, unsigned
    run inside dash
    [ "$status" = 1 ]
    [[ $output == *"the signature of "*" is wrong"* ]]

    rm $v/checksums.sha256.asc
    run inside dash
    [ "$status" = 1 ]
    [[ $output == *"the checksums have no signature"* ]]

    "$SLIPWAY" keys new other --store other -q >/dev/null
    mkdir -m 700 gnupg
    gpg --homedir gnupg --batch -q --import other/other.secret.asc
    gpg --homedir gnupg --batch -q --armor --detach-sign -o $v/checksums.sha256.asc $v/checksums.sha256
    gpgconf --homedir gnupg --kill all
    run inside dash
    [ "$status" = 1 ]
    [[ $output == *"the signature of "*" is wrong"* ]]

    printf '%064d  ../../evil\n' 0 >$v/checksums.sha256
    run inside dash
    [ "$status" = 1 ]
    [ "$(hello)" = hello ]
    [ "$(ls -A root/home/ann/.local/lib/small)" = $'1.0.0\ncurrent\nmanifest' ]
    inside dash --uninstall -q
    nothing_there
}

@test "names in the checksums that are no plain file names are refused" {
    rm root/bin/gpgv
    for name in ../../evil /etc/passwd .hidden -rf 'a\b'; do
        printf '%064d  %s\n' 0 "$name" >>site/releases/v1.1.0/checksums.sha256
        run inside dash
        [ "$status" = 1 ]
        [[ $output == *"no plain file name"* ]]
        cp w/site/releases/v1.1.0/checksums.sha256 site/releases/v1.1.0/
    done
    put gpgv
    nothing_there
}

@test "without a program that checks signatures: a warning, or a refusal" {
    rm root/bin/gpgv
    run inside dash --require-signature
    [ "$status" = 4 ]
    [[ $output == *"neither gpgv nor gpg is installed"* ]]
    nothing_there
    run inside dash
    put gpgv
    [ "$status" = 0 ]
    [[ $output == *"only checksums are checked, not the signature"* ]]
    [ "$(hello)" = "hello again" ]
}

@test "a script that was cut does nothing" {
    script=site/install/install.sh
    n=$(wc -c <$script)
    for cut in 100 5000 $((n / 2)) $((n - 400)) $(seq $((n - 25)) $((n - 2))); do
        for shell in dash bash "busybox sh"; do
            rm -rf h && mkdir h
            # shellcheck disable=SC2086 # two words
            head -c "$cut" $script | HOME=$PWD/h SLIPWAY_PREFIX=$PWD/h $shell -s -- --base-url "$url/site" >/dev/null 2>&1 || true
            [ -z "$(ls -A h)" ] || { echo "$shell did something after $cut bytes"; return 1; }
        done
    done
}

@test "a failure on the way leaves what was there" {
    inside dash -q --version 1.0.0
    echo mine >root/home/ann/.local/bin/more # 1.1.0 has a program of that name
    run inside dash
    [ "$status" = 4 ]
    [[ $output == *"/home/ann/.local/bin/more is there and not from here"* ]]
    [ "$(hello)" = hello ]
    [ "$(cat root/home/ann/.local/bin/more)" = mine ]
    [ "$(ls -A root/home/ann/.local/lib/small)" = $'1.0.0\ncurrent\nmanifest' ]
    rm root/home/ann/.local/bin/more
    inside dash -q
    [ "$(hello)" = "hello again" ]

    run inside dash --prefix /bin
    [ "$status" = 4 ]
    [[ $output == *"Choose another folder with --prefix"* ]]
}

@test "what a killed run left is cleared away; beside one that runs nothing is done" {
    inside dash -q --version 1.0.0
    home=root/home/ann/.local/lib/small
    mkdir $home/.lock $home/.new.99999999 $home/.old.99999999
    echo 99999999 >$home/.lock/pid
    chown -R 1000:1000 $home
    inside dash -q
    [ "$(hello)" = "hello again" ]
    [ "$(ls -A $home)" = $'1.0.0\n1.1.0\ncurrent\nmanifest' ]

    echo changed >$home/1.1.0/bin/hello
    inside dash -q --force
    [ "$(hello)" = "hello again" ]
    rm -r $home/1.1.0
    inside dash -q
    [ "$(hello)" = "hello again" ]

    chroot --userspec=1000:1000 root /bin/sleep 600 3>&- &
    mkdir $home/.lock
    echo $! >$home/.lock/pid
    run inside dash --force
    kill $!
    [ "$status" = 4 ]
    [[ $output == *"another run works on"* ]]
    [ "$(hello)" = "hello again" ]
}

@test "what cannot be had is said in a line" {
    run inside dash --arch m68k
    [ "$status" = 0 ] # "any" fits every processor
    inside dash -q --uninstall
    sed -i 's/linux-any/linux-x86_64/g' site/install/install.sh
    run inside dash --arch riscv64
    [ "$status" = 3 ]
    [[ $output == *"there is no archive for linux on riscv64"*"linux-x86_64 tar.gz"* ]]
    run inside dash --version 9.9.9
    [ "$status" = 3 ]
    [[ $output == *"is there a version 9.9.9? (see --list)"* ]]
    run inside dash --channel none
    [ "$status" = 3 ]
    [[ $output == *"is there a channel none?"* ]]
    run inside dash --frobnicate
    [ "$status" = 2 ]
    [[ $output == *"there is no option --frobnicate"* ]]
    run inside dash --uninstall
    [ "$status" = 4 ]
    [[ $output == *"small is not installed in /home/ann/.local"* ]]
    run dash site/install/install.sh --base-url http://127.0.0.1:1 --prefix p2
    [ "$status" = 7 ]
    [ ! -e p2 ]
    nothing_there
}

@test "a dry run and a list change nothing" {
    run inside dash --dry-run
    [ "$status" = 0 ]
    [[ $output == *"would put  /home/ann/.local/lib/small/1.1.0"* ]]
    run inside dash --list
    [[ $output == *"1.1.0  stable"*"1.2.0-beta.1  beta"* || $output == *"1.2.0-beta.1  beta"*"1.1.0  stable"* ]]
    nothing_there
}
