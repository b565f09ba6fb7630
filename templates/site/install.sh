#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs {{ name }} below a folder that you can write: ~/.local, or /usr/local for root.
# Run it again to upgrade. `sh install.sh --help` tells the rest.
#
# Everything is in functions and the last line calls them: a download that was cut does nothing.
set -u

name={{ name | sh }}
title={{ title | sh }}
made_for_url={{ url | sh }}
made_for_version={{ version | sh }}
signed={{ signed }}
fingerprint={{ fingerprint | sh }}
base_url=${SLIPWAY_BASE_URL:-$made_for_url}

# What there is: SYSTEM-ARCHITECTURE FORMAT, and what stands before and after the version in the
# archive's name.
archives() {
    cat <<'ARCHIVES'
{{#each archives}}
{{ system }} {{ format }} {{ before }} {{ after }}
{{/each}}
ARCHIVES
}

# Versions that were there when this script was made, newest first.
versions() {
    cat <<'VERSIONS'
{{#each versions}}
{{ version }} {{ channel }} {{ date }}
{{/each}}
VERSIONS
}

# The public key that the checksums are signed with.
public_key() {
    cat <<'END_OF_KEY'
{{#if public_key}}
{{ public_key }}
{{/if}}
END_OF_KEY
}

usage() {
    cat <<USAGE
Installs $title, or upgrades it.

usage: sh install.sh [OPTION]...

  --prefix DIR           where to: DIR/bin, DIR/lib/$name, DIR/share
                         (/usr/local for root, else ~/.local; SLIPWAY_PREFIX)
  --version X.Y.Z        this version instead of the newest
  --channel NAME         the newest of a channel: stable, beta, ...
  --rollback             back to the version before the last upgrade
  --uninstall            takes away what was installed
  --list                 shows versions and systems, and what is installed
  --dry-run              shows what would be done; changes nothing
  --require-signature    refuses to go on without gpgv or gpg
                         (SLIPWAY_REQUIRE_SIGNATURE=1)
  --base-url URL         gets the files from a mirror (SLIPWAY_BASE_URL)
  --arch ARCH            for another processor: x86_64, aarch64, i686, armv7
  --force                installs again what is installed already
  --quiet                says nothing but errors
  --help                 this text

exit status: 0 done, 1 a signature or checksum is wrong, 2 a mistake in the options,
3 no such version or nothing for this system, 4 a missing program or a local file,
7 the network
USAGE
}

say() { [ "$quiet" = 1 ] || printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "$name" "$*" >&2; }
die() {
    status=$1
    shift
    warn "$*"
    exit "$status"
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- options ------------------------------------------------------------------------------------

options() {
    prefix=${SLIPWAY_PREFIX:-}
    require=${SLIPWAY_REQUIRE_SIGNATURE:-0}
    action=install version='' channel='' arch='' force=0 quiet=0 dry=0
    while [ $# -gt 0 ]; do
        case $1 in
        --prefix=* | --version=* | --channel=* | --base-url=* | --arch=*)
            option=${1%%=*} argument=${1#*=}
            ;;
        --prefix | --version | --channel | --base-url | --arch)
            [ $# -gt 1 ] || die 2 "$1 needs an argument (see --help)"
            option=$1 argument=$2
            shift
            ;;
        *) option=$1 argument='' ;;
        esac
        case $option in
        --prefix) prefix=$argument ;;
        --version) version=${argument#v} ;;
        --channel) channel=$argument ;;
        --base-url) base_url=$argument ;;
        --arch) arch=$argument ;;
        --uninstall | --rollback | --list) action=${option#--} ;;
        --dry-run) dry=1 ;;
        --require-signature) require=1 ;;
        --force) force=1 ;;
        -q | --quiet) quiet=1 ;;
        -h | --help) usage && exit 0 ;;
        *) die 2 "there is no option $1 (see --help)" ;;
        esac
        shift
    done
    case $version$channel in
    *[!A-Za-z0-9.+-]*) die 2 "a version or channel is made of letters, digits, '.', '+' and '-'" ;;
    esac
    [ -z "$version" ] || [ -z "$channel" ] || die 2 "--version and --channel exclude each other"
    base_url=${base_url%/}
    where_to
}

where_to() {
    if [ -z "$prefix" ]; then
        if [ "$(id -u)" = 0 ]; then
            prefix=/usr/local
        else
            [ -n "${HOME:-}" ] || die 2 "HOME is not set: say where to with --prefix DIR"
            prefix=$HOME/.local
        fi
    fi
    case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
    esac
    while [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
    home=$prefix/lib/$name
    manifest=$home/manifest
}

# --- this machine -------------------------------------------------------------------------------

system() {
    case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=macos ;;
    *) os=$(uname -s) ;;
    esac
    if [ -z "$arch" ]; then
        arch=$(uname -m)
        bits=$(getconf LONG_BIT 2>/dev/null) || bits=''
        case $arch-$bits in # a 32-bit system may run on a 64-bit kernel
        x86_64-32 | amd64-32) arch=i686 ;;
        aarch64-32) arch=armv7 ;;
        esac
    fi
    case $arch in
    amd64 | x64) arch=x86_64 ;;
    arm64) arch=aarch64 ;;
    i386 | i486 | i586 | x86) arch=i686 ;;
    armv7l | armv8l | armhf) arch=armv7 ;;
    esac
    case $os-$arch in # in the order of preference
    macos-aarch64) systems="$os-aarch64 $os-universal $os-x86_64 $os-any" ;;
    macos-*) systems="$os-$arch $os-universal $os-any" ;;
    *) systems="$os-$arch $os-any" ;;
    esac
}

can_unpack() {
    case $1 in
    tar.zst) have zstd || bsd_tar ;;
    tar.xz) have xz || bsd_tar ;;
    tar.gz) have gzip || bsd_tar ;;
    zip) have unzip || bsd_tar ;;
    *) false ;;
    esac
}

bsd_tar() { # the tar that unpacks everything by itself
    case $(tar --version 2>/dev/null) in
    *bsdtar*) ;;
    *) false ;;
    esac
}

unpack() { # unpack ARCHIVE FORMAT DIR
    case $2 in
    zip)
        if have unzip; then
            unzip -q "$1" -d "$3" >"$tmp/said" 2>&1
        else
            tar -C "$3" -xf "$1" 2>"$tmp/said"
        fi
        ;;
    *)
        case $2 in
        tar.zst) tool=zstd ;;
        tar.xz) tool=xz ;;
        *) tool=gzip ;;
        esac
        if have "$tool"; then
            "$tool" -dc <"$1" >"$tmp/tar" && tar -C "$3" -xof "$tmp/tar" 2>"$tmp/said" && rm -f "$tmp/tar"
        else
            tar -C "$3" -xof "$1" 2>"$tmp/said"
        fi
        ;;
    esac
}

# --- downloads ----------------------------------------------------------------------------------

get() { # get PATH FILE: 1 when the server does not have it
    url=$base_url/$(printf '%s\n' "$1" | sed 's/+/%2B/g')
    code=0
    if have curl; then
        case $url in
        https:*) set -- "$1" "$2" --proto '=https' ;; # nor be led away from it
        *) set -- "$1" "$2" ;;
        esac
        file=$2
        shift 2
        curl -fsSL --retry 2 "$@" -o "$file" "$url" 2>"$tmp/said" || code=$?
        [ "$code" != 22 ] && [ "$code" != 37 ] || return 1
    elif have wget; then
        wget -q -O "$2" "$url" 2>"$tmp/said" || code=$?
        case $code-$(cat "$tmp/said") in
        8-* | *' 404 '*) return 1 ;;
        esac
    else
        die 4 "neither curl nor wget is installed"
    fi
    [ "$code" = 0 ] || die 7 "$url could not be downloaded: $(cat "$tmp/said")"
}

hasher() { # the program that computes SHA-256 here
    if have sha256sum; then
        echo sha256sum
    elif have shasum; then
        echo shasum -a 256
    elif have openssl; then
        echo openssl dgst -sha256 -r
    elif have busybox; then
        echo busybox sha256sum
    else
        false
    fi
}

# --- signature and checksums --------------------------------------------------------------------

# gpgv wants the key as bytes, not as text.
keyring() {
    public_key >"$tmp/key.asc"
    sed -e '1,/^$/d' -e '/^=/,$d' -e '/^-----/,$d' "$tmp/key.asc" >"$tmp/key.base64"
    if have base64; then
        base64 -d <"$tmp/key.base64" >"$tmp/key.gpg" 2>/dev/null
    elif have openssl; then
        openssl base64 -d <"$tmp/key.base64" >"$tmp/key.gpg" 2>/dev/null
    else
        gpg --homedir "$tmp/gnupg" --batch --quiet --dearmor <"$tmp/key.asc" >"$tmp/key.gpg" 2>/dev/null
    fi
}

# Refuses checksums that the key in this script has not signed. The user's own keyring plays no part.
check_signature() {
    if [ "$signed" != true ]; then
        [ "$require" != 1 ] || die 1 "the releases of $name are not signed"
        return 0
    fi
    if have gpgv; then
        set -- gpgv
    elif have gpg; then
        set -- gpg --batch --no-default-keyring --trust-model always --no-auto-key-retrieve
    else
        [ "$require" != 1 ] || die 4 "neither gpgv nor gpg is installed: the signature cannot be checked"
        warn "neither gpgv nor gpg is installed: only checksums are checked, not the signature"
        return 0
    fi
    get "releases/v$version/checksums.sha256.asc" "$tmp/sums.asc" ||
        die 1 "$url is not there: the checksums have no signature"
    mkdir -m 700 "$tmp/gnupg"
    keyring || die 4 "the key in this script could not be read"
    case $1 in
    gpg) set -- "$@" --homedir "$tmp/gnupg" --keyring "$tmp/key.gpg" --status-fd 1 --verify ;;
    *) set -- "$@" --homedir "$tmp/gnupg" --keyring "$tmp/key.gpg" --status-fd 1 ;;
    esac
    verdict=$(LC_ALL=C "$@" "$tmp/sums.asc" "$tmp/sums" 2>"$tmp/said") || verdict="BAD $verdict"
    case $verdict in
    BAD* | *' REVKEYSIG '*) ;;
    *'[GNUPG:] VALIDSIG '*)
        say "checked    the signature of key $fingerprint"
        return 0
        ;;
    esac
    die 1 "the signature of $base_url/releases/v$version/checksums.sha256 is wrong: nothing was changed"
}

# Reads $tmp/sums and finds the archive for this machine that it can unpack best: sets archive,
# format, wanted (its digest) and, when it was not known, version.
choose() {
    archive='' seen=''
    while IFS= read -r line; do
        file=${line#*[ ][ *]}
        case ${line%%[ ]*}/${#line} in
        *[!0-9a-f]*/* | /*) die 1 "$url is not a list of checksums" ;;
        esac
        case $file in
        '' | .* | -* | */* | *\\* | *[[:cntrl:]]*) die 1 "$url names a file that is no plain file name" ;;
        esac
    done <"$tmp/sums"
    for system in $systems; do
        for format in tar.zst tar.xz tar.gz zip; do
            archives >"$tmp/archives"
            while read -r row_system row_format before after; do
                [ "$row_system-$row_format" = "$system-$format" ] || continue
                find_archive "$before" "$after" || continue
                seen="$seen $format"
                ! can_unpack "$format" || return 0
            done <"$tmp/archives"
        done
    done
    archive=''
    [ -z "$seen" ] || die 4 "nothing here unpacks$seen: install zstd, xz, gzip or unzip"
    nothing_here
}

find_archive() { # find_archive BEFORE AFTER: in the checksums
    while IFS= read -r line; do
        file=${line#*[ ][ *]}
        middle=${file#"$1"}
        [ "$middle" != "$file" ] || continue
        between=${middle%"$2"}
        [ "$between" != "$middle" ] || continue
        case $between in
        '' | [!0-9]* | *[!A-Za-z0-9.+-]*) continue ;;
        esac
        [ -z "$version" ] || [ "$between" = "$version" ] || continue
        archive=$file found=$between wanted=${line%%[ ]*}
        return 0
    done <"$tmp/sums"
    return 1
}

nothing_here() {
    warn "there is no archive for $os on $arch${version:+ in version $version}. There are:"
    archives | while read -r row_system row_format _; do
        warn "  $row_system $row_format"
    done
    die 3 "other packages: $base_url/"
}

# Settles which version to install, then reads that version's own folder only: its files never
# change, while a channel may move between two requests.
resolve() {
    if [ -z "$version" ]; then
        pointer=releases/latest
        [ -z "$channel" ] || pointer=channels/$channel
        get "$pointer/checksums.sha256" "$tmp/sums" ||
            die 3 "$url is not there${channel:+: is there a channel $channel?}"
        choose
        version=$found
    fi
    get "releases/v$version/checksums.sha256" "$tmp/sums" ||
        die 3 "$url is not there: is there a version $version? (see --list)"
    check_signature
    choose
}

download() {
    say "download   $base_url/releases/v$version/$archive"
    get "releases/v$version/$archive" "$tmp/archive" || die 7 "$url is not there"
    hash=$(hasher) || die 4 "no program that computes SHA-256 is installed (sha256sum, shasum, openssl)"
    # shellcheck disable=SC2086 # a program and its options
    $hash <"$tmp/archive" >"$tmp/sum" || die 4 "$hash failed"
    read -r sum _ <"$tmp/sum"
    [ "$sum" = "$wanted" ] ||
        die 1 "$archive is damaged: its SHA-256 is $sum, not $wanted; nothing was changed"
    say "checked    its SHA-256"
}

# --- what is installed --------------------------------------------------------------------------

fact() { # fact KEY: the manifest's lines of that kind
    [ -e "$manifest" ] || return 0
    while IFS= read -r line; do
        case $line in
        "$1 "*) printf '%s\n' "${line#"$1 "}" ;;
        esac
    done <"$manifest"
}

# Makes a folder below the prefix and notes what was not there, so that it can be taken away.
make_dir() { # make_dir RELATIVE
    [ ! -d "$prefix/$1" ] || return 0
    case $1 in
    */*) make_dir "${1%/*}" ;;
    esac
    mkdir "$prefix/$1" 2>"$tmp/said" ||
        die 4 "$prefix cannot be written: $(cat "$tmp/said"). Choose another folder with --prefix"
    printf '%s\n' "$1" >>"$tmp/dirs"
}

make_home() {
    if [ ! -d "$prefix" ]; then
        mkdir -p "$prefix" 2>"$tmp/said" ||
            die 4 "$prefix cannot be made: $(cat "$tmp/said"). Choose another folder with --prefix"
        echo . >>"$tmp/dirs"
    fi
    make_dir "lib/$name"
    [ -w "$home" ] || die 4 "$home cannot be written: choose another folder with --prefix"
    lock
}

# One run at a time; the lock of a run that was killed is taken over.
lock() {
    if ! mkdir "$home/.lock" 2>/dev/null; then
        other=$(cat "$home/.lock/pid" 2>/dev/null) || other=''
        if [ -z "$other" ] || [ -d "/proc/$other" ] || kill -0 "$other" 2>/dev/null; then
            die 4 "another run works on $home; if that is not so, remove $home/.lock"
        fi
    fi
    echo $$ >"$home/.lock/pid" || die 4 "$home/.lock cannot be written"
    locked=1
    rm -rf "$home"/.new.* "$home"/.old.*
}

# What people start and look up gets a link in PREFIX; all else stays in lib/NAME/VERSION.
links_of() { # links_of VERSION: paths below the prefix
    for sub in bin sbin share/applications share/icons share/man share/metainfo \
        share/bash-completion share/fish share/zsh; do
        [ ! -d "$home/$1/$sub" ] || (cd "$home/$1" && find "$sub" ! -type d)
    done | LC_ALL=C sort
}

target_of() { # target_of LINK: what it points at, relative to its folder
    rest=$1 ups=''
    while [ "$rest" != "${rest#*/}" ]; do
        rest=${rest#*/} ups=../$ups
    done
    printf '%slib/%s/current/%s\n' "$ups" "$name" "$1"
}

ours() { # ours LINK: a link of this installer?
    [ -L "$prefix/$1" ] || return 1
    case $(ls -ld "$prefix/$1") in
    *" -> $(target_of "$1")") ;;
    *) return 1 ;;
    esac
}

point() { # point TARGET LINK: makes or replaces a link in one step
    rm -f "$2.new.$$"
    ln -s "$1" "$2.new.$$" || return 1
    mv -fT "$2.new.$$" "$2" 2>/dev/null || mv -fh "$2.new.$$" "$2" 2>/dev/null || {
        rm -f "$2" && mv -f "$2.new.$$" "$2"
    }
}

write_manifest() { # write_manifest VERSION PREVIOUS STATE
    {
        echo "# What install.sh put here; --uninstall reads it."
        echo "name $name"
        echo "version $1"
        [ -z "$2" ] || echo "previous $2"
        echo "state $3"
        echo "url $base_url"
        cat "$tmp/manifest-dirs"
        sed 's/^/link /' "$tmp/manifest-links"
    } >"$manifest.new.$$" && mv -f "$manifest.new.$$" "$manifest"
}

# Makes VERSION, which lies complete in lib/NAME, the one that is used. A failure on the way leads
# back to the one before: see cleanup.
activate() { # activate VERSION
    old=$(fact version)
    fact link >"$tmp/old-links"
    links_of "$1" >"$tmp/new-links"
    while IFS= read -r link; do
        if [ -e "$prefix/$link" ] || [ -L "$prefix/$link" ]; then
            ours "$link" || die 4 "$prefix/$link is there and not from here: move it away, or choose another --prefix"
        fi
    done <"$tmp/new-links"
    [ ! -e "$manifest" ] || cp "$manifest" "$tmp/old-manifest"
    while IFS= read -r link; do
        make_dir "${link%/*}"
    done <"$tmp/new-links"
    {
        fact dir
        cat "$tmp/dirs"
    } | LC_ALL=C sort -u | sed 's/^/dir /' >"$tmp/manifest-dirs"
    LC_ALL=C sort -u "$tmp/old-links" "$tmp/new-links" >"$tmp/manifest-links"
    write_manifest "$1" "$old" changing || die 4 "$manifest could not be written"
    switched=1
    point "$1" "$home/current" || die 4 "$home/current could not be made"
    while IFS= read -r link; do
        ours "$link" && continue
        point "$(target_of "$link")" "$prefix/$link" || die 4 "$prefix/$link could not be made"
        printf '%s\n' "$link" >>"$tmp/made-links"
    done <"$tmp/new-links"
    cp "$tmp/new-links" "$tmp/manifest-links"
    write_manifest "$1" "$old" complete || die 4 "$manifest could not be written"
    done=1
    while IFS= read -r link; do # what the new version has no more
        [ -e "$prefix/$link" ] || ! ours "$link" || rm -f "$prefix/$link"
    done <"$tmp/old-links"
    for dir in "$home"/*; do # one version is kept to go back to
        case ${dir##*/} in
        "$1" | "$old" | current | manifest) ;;
        *) rm -rf "$dir" ;;
        esac
    done
}

cleanup() {
    status=$?
    trap - EXIT HUP INT TERM
    if [ "$done" = 0 ] && [ "$locked" = 1 ]; then
        while IFS= read -r link; do
            ! ours "$link" || rm -f "$prefix/$link"
        done <"$tmp/made-links"
        if [ "$switched" = 1 ]; then
            if [ -e "$tmp/old-manifest" ]; then
                point "$old" "$home/current"
                cp "$tmp/old-manifest" "$manifest"
            else
                rm -f "$home/current" "$manifest"
            fi
        fi
        [ -z "$fresh" ] || rm -rf "${home:?}/$fresh"
        [ -z "$aside" ] || mv "$aside" "$home/$version"
        rm -f "$manifest.new.$$" "$home/current.new.$$"
    fi
    if [ "$locked" = 1 ]; then
        rm -rf "$home/.new.$$" "$home/.old.$$" "$home/.lock"
    fi
    if [ "$done" = 0 ] && [ -s "$tmp/dirs" ]; then
        drop_dirs <"$tmp/dirs"
    fi
    rm -rf "$tmp"
    exit "$status"
}

drop_dirs() { # those of stdin that are empty, the deepest first
    LC_ALL=C sort -r | while IFS= read -r dir; do
        case $dir in
        .) rmdir "$prefix" 2>/dev/null ;;
        *) rmdir "$prefix/$dir" 2>/dev/null ;;
        esac
    done
    return 0
}

begin() {
    umask 022
    old='' fresh='' aside='' locked=0 switched=0 done=0 url='' found=''
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXXXX") || die 4 "no temporary folder could be made"
    trap cleanup EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    chmod 700 "$tmp"
    : >"$tmp/dirs"
    : >"$tmp/made-links"
}

# --- what can be asked for ----------------------------------------------------------------------

do_install() {
    [ -n "$base_url" ] || die 2 "say where the files are with --base-url URL"
    system
    resolve
    old=$(fact version)
    if [ "$old" = "$version" ] && [ "$(fact state)" = complete ] && [ -d "$home/$old" ] && [ "$force" = 0 ]; then
        say "$title $version is already installed in $prefix"
        return 0
    fi
    if [ "$dry" = 1 ]; then
        say "would get  $base_url/releases/v$version/$archive"
        say "would put  $home/$version, and links into $prefix/bin"
        [ -z "$old" ] || say "instead of $old"
        return 0
    fi
    download
    make_home
    stage
    activate "$version"
    say "installed  $title $version in $prefix"
    path_hint
}

stage() { # the unpacked archive becomes lib/NAME/VERSION
    rm -rf "$home/.new.$$"
    mkdir "$home/.new.$$" || die 4 "$home cannot be written"
    unpack "$tmp/archive" "$format" "$home/.new.$$" ||
        die 4 "$archive could not be unpacked in $home: $(cat "$tmp/said")"
    rm -f "$tmp/archive"
    top=$home/.new.$$
    if [ ! -d "$top/bin" ]; then # one folder around it all
        set -- "$top"/*
        [ $# != 1 ] || [ ! -d "$1" ] || [ -L "$1" ] || top=$1
    fi
    if [ -e "$home/$version" ]; then
        mv "$home/$version" "$home/.old.$$" || die 4 "$home/$version could not be moved"
        aside=$home/.old.$$
    fi
    fresh=$version
    mv "$top" "$home/$version" || die 4 "$home/$version could not be made"
}

path_hint() {
    [ -d "$prefix/bin" ] || return 0
    case :$PATH: in
    *":$prefix/bin:"*) ;;
    *)
        say ""
        say "$prefix/bin is not in your PATH. Add this line to ~/.profile:"
        say "  export PATH=\"$prefix/bin:\$PATH\""
        ;;
    esac
}

do_rollback() {
    target=$(fact previous)
    if [ -z "$target" ] || [ ! -d "$home/$target" ]; then
        die 4 "there is no earlier version of $name in $prefix to go back to"
    fi
    if [ "$dry" = 1 ]; then
        say "would go back to $target from $(fact version)"
        return 0
    fi
    make_home
    activate "$target"
    say "$title is at $target again"
}

do_uninstall() {
    [ -e "$manifest" ] || die 4 "$name is not installed in $prefix (another one: --prefix DIR)"
    version=$(fact version)
    if [ "$dry" = 1 ]; then
        say "would remove $home and these links:"
        fact link | while IFS= read -r link; do say "  $prefix/$link"; done
        return 0
    fi
    [ -w "$home" ] || die 4 "$home cannot be written: not removed"
    lock
    done=1
    fact link | while IFS= read -r link; do
        ! ours "$link" || rm -f "$prefix/$link" || die 4 "$prefix/$link could not be removed"
    done || exit 4
    fact dir >"$tmp/doomed"
    rm -rf "$home" || die 4 "$home could not be removed"
    locked=0
    drop_dirs <"$tmp/doomed"
    say "removed    $title $version from $prefix"
}

do_list() {
    installed=$(fact version)
    say "versions:"
    versions | while read -r row_version row_channel row_date; do
        note=''
        [ "$row_version" != "$installed" ] || note="  installed in $prefix"
        printf '  %s  %s  %s%s\n' "$row_version" "$row_channel" "$row_date" "$note"
    done
    say "archives of $made_for_version:"
    archives | while read -r row_system row_format _; do
        printf '  %s  %s\n' "$row_system" "$row_format"
    done
}

main() {
    quiet=0
    options "$@"
    begin
    case $action in
    install) do_install ;;
    rollback) do_rollback ;;
    uninstall) do_uninstall ;;
    list) do_list ;;
    esac
}

{ main "$@" </dev/null; }
