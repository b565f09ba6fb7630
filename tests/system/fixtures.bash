# Real files that others made, which are not part of this project: SLIPWAY_FIXTURES, or the folder shared/fixtures beside it.
FIXTURES=${SLIPWAY_FIXTURES:-$SLIPWAY_SOURCE/../shared/fixtures}
export FIXTURES

# fixtures: are they there? When not, ci/test says at its end which tests went without; use it as `fixtures || return 0`.
fixtures() {
    [ -d "$FIXTURES" ] && return
    echo "# NOT RUN without SLIPWAY_FIXTURES: $BATS_TEST_DESCRIPTION" >&3
    echo "$(basename "$BATS_TEST_FILENAME"): $BATS_TEST_DESCRIPTION" >>"$SLIPWAY_BUILD/fixtures.missed"
    return 1
}
