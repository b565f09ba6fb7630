#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Completions, exercised by the shells that read them.

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    PATH=$(dirname "$SLIPWAY"):$PATH
    mkdir 'my dir'
    touch 'my dir/recipe one.yaml'
    for shell in bash zsh fish; do "$SLIPWAY" completion "$shell" >"c.$shell"; done
}

# What a shell offers for a command line that is typed so far, one a line.
in_bash() { # in_bash WORD…
    bash --norc -c '. ./c.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slipway
        [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
in_fish() { HOME=$PWD fish --no-config -c 'source c.fish; complete -C $argv[1]' "$1" | cut -f 1; }

# A zsh of its own in a pseudo-terminal gets the line and a key that notes what could follow.
in_zsh() { # in_zsh LINE [source]
    mkdir -p zfunc
    cp c.zsh zfunc/_slipway
    cat >start.zsh <<'ZSH'
fpath=($PWD/zfunc $fpath)
autoload -Uz compinit && compinit -u -D
[[ $how = source ]] && source ./c.zsh
compadd() {
    if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        local -a offered
        builtin compadd -O offered "$@"
        print -rl -- $offered >>offered
    fi
    builtin compadd "$@"
}
note() { zle list-choices; : >done; exit; }
zle -N note
bindkey '^X' note
ZSH
    cat >ask.zsh <<'ZSH'
zmodload zsh/zpty zsh/zselect
zpty asked "how=$2 TERM=dumb zsh -f -i"
zpty -w asked "source ./start.zsh; : >ready"
for ((i = 0; i < 600 && ! $#ready; i++)); do zselect -t 10; ready=(ready(N)); done
zpty -w -n asked "$1"$'\x18'
for ((i = 0; i < 600 && ! $#done; i++)); do zselect -t 10; done=(done(N)); done
zpty -d asked
ZSH
    rm -f offered ready 'done'
    zsh -f ask.zsh "$1" "${2:-}"
    [ -e 'done' ] && LC_ALL=C sort -u offered
}

@test "bash: commands, options, and files with blanks" {
    bash -n c.bash
    [ "$(in_bash slipway rel)" = release ]
    [ "$(in_bash slipway -C 'my dir' --jobs 3 rel)" = release ]
    [ "$(in_bash slipway keys --st)" = --store ]
    [ "$(in_bash slipway -q release --dry)" = --dry-run ]
    [ -z "$(in_bash slipway release 'my')" ] # left to readline, which quotes names
    bash --norc -c '. ./c.bash; complete -p slipway' | grep -q -- '-o default'
}

@test "zsh: the same, found in fpath or sourced" {
    zsh -n c.zsh
    [ "$(in_zsh 'slipway rel')" = release ]
    [ "$(in_zsh 'slipway rel' source)" = release ]
    [ "$(in_zsh 'slipway -C my\ dir --jobs 3 rel')" = release ]
    [ "$(in_zsh 'slipway keys --st')" = --store ]
    [ "$(in_zsh 'slipway -q release --dry')" = --dry-run ]
    [ "$(in_zsh 'slipway release -f my\ dir/rec')" = 'recipe\ one.yaml' ]
}

@test "fish: the same" {
    fish --no-execute c.fish
    [ "$(in_fish 'slipway rel')" = release ]
    [ "$(in_fish "slipway -C 'my dir' --jobs 3 rel")" = release ]
    [ "$(in_fish 'slipway keys --st')" = --store ]
    [ "$(in_fish 'slipway -q release --dry')" = --dry-run ]
    [ "$(in_fish "slipway release -f my\ dir/rec")" = 'my dir/recipe one.yaml' ]
    [ -z "$(in_fish 'slipway release rel')" ] # a command once
}

@test "each shell knows every command and every option of each" {
    commands=$("$SLIPWAY" help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p' | LC_ALL=C sort)
    [ "$(in_bash slipway '' | grep -v ^- | LC_ALL=C sort)" = "$commands" ]
    [ "$(in_fish 'slipway ' | LC_ALL=C sort)" = "$commands" ]
    [ "$(in_zsh 'slipway ')" = "$commands" ]
    for c in $commands; do
        options=$("$SLIPWAY" help "$c" | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--.*' | LC_ALL=C sort)
        [ "$(in_bash slipway "$c" -- | LC_ALL=C sort)" = "$options" ]
        [ "$(in_fish "slipway $c --" | LC_ALL=C sort)" = "$options" ]
        [ "$(in_zsh "slipway $c --")" = "$options" ]
    done
}
