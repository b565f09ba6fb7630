#!/usr/bin/env bats
# Killed at every counted system call, as a power cut would: the published folder stays whole and the next run finishes.

load ../system/small
load ../system/faulty

@test "killed at the n-th call, for every n: the old site stays whole and the next run finishes" {
    for n in $(seq 1 "$calls"); do
        rm -rf run
        cp -a base run
        SLIPWAY_FAULT=kill:$n small_release run 1.0.1 2>err.log && { echo "call $n: was not killed"; return 1; }
        wholly_one_of site || { echo "call $n: the site is not whole"; return 1; }
        finish "$n"
    done
}
