# Waiting for what comes, on machines as slow as they like. Sets nothing global but functions.

# soon COMMAND…: waits until it says yes. The limit is there only for what never comes: no test may be about it.
soon() {
    local end=$((SECONDS + 120))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "never: $*" >&2 && return 1; }
        sleep 0.05
    done
}

# there FILE…: all of them are, and none is empty.
there() {
    local f
    for f in "$@"; do [ -s "$f" ] || return; done
}
