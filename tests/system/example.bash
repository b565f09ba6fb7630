# examples/hello as packages, for the tests of formats that have maintainer scripts. Sets nothing global but functions.

# example_packages FORMAT OTHER: the example, in the folder `example`, without what it says of the format OTHER; packages in
# plain, in one with scripts that tell how they were called, and in two of version 1.0.1 with another configuration file.
example_packages() {
    local hook
    cp -r "$SLIPWAY_SOURCE/examples/hello" example
    cd example || return
    sed -i "s/formats: .*/formats: [$1]/; /^$2:/d" slipway.yaml
    "$SLIPWAY" build
    "$SLIPWAY" pack -o ../plain
    mkdir -p scripts
    echo 'scripts:' >>slipway.yaml
    for hook in pre-install post-install pre-remove post-remove; do
        printf '#!/bin/sh\nfalse\necho "%s $SLIPWAY_ACTION [$*]" >>/run/hooks\n' "$hook" >"scripts/$hook"
        echo "  $hook: scripts/$hook" >>slipway.yaml
    done
    "$SLIPWAY" pack -o ../one
    echo 'greeting = new default' >>conf/hello.conf
    "$SLIPWAY" pack -o ../two --set version=1.0.1
}
