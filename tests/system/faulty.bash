# What faults.bats and killed.bats share.

setup() {
    work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) # in memory: hundreds of runs, each with its fsyncs
    cd "$work" || return 1
    mkdir base
    small_make base
    small_release base 1.0.0
    cp -a base want
    small_release want 1.0.1
    small_sums want/dist >want.dist
    small_sums want/site >want.site
    small_sums base/dist >base.dist
    small_sums base/site >base.site
    cp -a base probe
    calls=$(SLIPWAY_FAULT=count small_release probe 1.0.1 2>&1 | sed -n 's/^\([0-9]*\) counted calls$/\1/p')
    [ "$calls" -gt 50 ]
}

teardown() { rm -rf "$work"; }

# wholly_one_of WHAT: run/WHAT is as before or as it is to be. A release folder that nothing points at yet is no difference.
wholly_one_of() {
    small_sums "run/$1" | grep -v ' \./releases/v1\.0\.1/' >"run.$1"
    grep -v ' \./releases/v1\.0\.1/' "base.$1" | cmp -s - "run.$1" ||
        grep -v ' \./releases/v1\.0\.1/' "want.$1" | cmp -s - "run.$1" || { diff "base.$1" "run.$1"; return 1; }
}

# finish N: without a fault the same bytes come out.
finish() {
    small_release run 1.0.1 2>again.log || { echo "call $1: the next run failed: $(cat again.log)"; return 1; }
    small_sums run/dist | cmp - want.dist || { echo "call $1: other bytes in dist"; return 1; }
    small_sums run/site | cmp - want.site || { echo "call $1: other bytes in site"; return 1; }
}
