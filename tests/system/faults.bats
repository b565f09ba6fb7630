#!/usr/bin/env bats
# Every system call that can fail fails once: the same bytes come out, or an error and what was there stays whole, and running
# it again gives the same bytes.

load small
load faulty

@test "the n-th call fails, for every n: the same bytes, or an error and nothing changed" {
    for n in $(seq 1 "$calls"); do
        rm -rf run
        cp -a base run
        if SLIPWAY_FAULT=$n small_release run 1.0.1 2>err.log; then
            small_sums run/dist | cmp - want.dist || { echo "call $n: exit 0 and other bytes"; return 1; }
            small_sums run/site | cmp - want.site || { echo "call $n: exit 0 and another site"; return 1; }
        else
            grep -q '^slipway: ' err.log || { echo "call $n: no message: $(cat err.log)"; return 1; }
            wholly_one_of dist && wholly_one_of site || { echo "call $n: half-done: $(cat err.log)"; return 1; }
            finish "$n"
        fi
    done
}
