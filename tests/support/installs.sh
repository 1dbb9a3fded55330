# What tests with programs of others share: a cache of installed packages, and a loud line where they cannot be had.
# To be sourced, with `set -euo pipefail`.
cache=${RINGFENCE_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/ringfence/clients}

# skip REASON WHAT
skip() {
    printf '\n!!! SKIPPED: %s\n!!! NOT checked in this run: %s.\n\n' "$1" "$2" >&2
}

# A folder of the cache for these files: what changes them gets a new one.
folder() { printf '%s/%s-%s' "$cache" "$1" "$(shift; cat "$@" | sha256sum | cut -c1-16)"; }

# Builds in a folder beside the final one, so that a build that was cut off leaves nothing that looks whole.
build() {
    local final=$1
    [ -e "$final/.complete" ] && return
    rm -rf "$final"
    mkdir -p "$final"
    "${@:2}" "$final"
    touch "$final/.complete"
}

# The built binary, as a whole path.
binary() {
    local bin=${RINGFENCE_BIN:-$1/target/debug/ringfence}
    [ -x "$bin" ] || { echo "no binary at $bin: run \`cargo build\`, or name one in RINGFENCE_BIN" >&2; exit 1; }
    realpath "$bin"
}

# Returns true if node and npm are there and the registry has this package.
node_reachable() {
    timeout 90 npm view "$1" version --fetch-retries=0 --fetch-timeout=20000 >/dev/null 2>&1
}

# install_node SOURCE FINAL: installs the packages of a folder's lock file.
install_node() {
    cp "$1/package.json" "$1/package-lock.json" "$1/.npmrc" "$2"
    (cd "$2" && npm ci --silent --ignore-scripts --no-audit --no-fund)
}
