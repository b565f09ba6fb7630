# A small release for the tests that run it many times. Sets nothing global but functions.

# small_make DIR: a recipe with one deb, one tar and a signature, and its key, below DIR.
small_make() {
    mkdir -p "$1/app/share" "$1/keys"
    printf '#!/bin/sh\necho hello\n' >"$1/app/hello"
    chmod 755 "$1/app/hello"
    seq 1 2000 >"$1/app/share/numbers"
    ln -s numbers "$1/app/share/link"
    cat >"$1/slipway.yaml" <<'YAML'
schema: 1
name: small
version: 1.0.0
summary: A small thing
maintainer: Ann Example <ann@example.com>
license: MIT
targets:
  - os: linux
    arch: any
    formats: [deb, tar.gz]
    files:
      - { from: app/hello, to: bin/hello }
      - { from: app/share/, to: share/small/ }
deb: { compression: gzip }
sign:
  openpgp: { key: "file:keys/dev.secret.asc" }
publish:
  - { to: dir, path: site }
YAML
    "$SLIPWAY" keys new dev --store "$1/keys" -q >"$1/keys/facts"
}

# small_release DIR VERSION [ARG…]: releases it; DIR/dist and DIR/site.
small_release() {
    local dir=$1 version=$2
    shift 2
    SOURCE_DATE_EPOCH=1800000000 "$SLIPWAY" release -q -C "$dir" --set-version "$version" "$@"
}

# small_sums DIR: digests of all that is visible in a folder, links as their targets.
small_sums() {
    (cd "$1" && find . -path ./.slipway -prune -o -type f -print | LC_ALL=C sort | xargs -r sha256sum
        find . -path ./.slipway -prune -o -type l -print | LC_ALL=C sort |
            while read -r l; do printf '%s -> %s\n' "$l" "$(readlink -f "$l" | sed "s#^$(pwd -P)##")"; done)
}
