#!/usr/bin/env bash
# Puts ringfence on the PATH of the next steps: the binary at BINARY, or the one at URL, whose SHA-256 must be SHA256.
set -euo pipefail
folder=$RUNNER_TEMP/ringfence-bin
mkdir -p "$folder"
if [ -n "${BINARY:-}" ]; then
    cp "$BINARY" "$folder/ringfence"
else
    : "${URL:?give the action a binary, or a url and its sha256}" "${SHA256:?a url needs its sha256}"
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$folder/download" "$URL"
    printf '%s  %s\n' "$SHA256" "$folder/download" | sha256sum --check --status || {
        rm -f "$folder/download"
        echo "install.sh: the file at $URL does not have the SHA-256 $SHA256" >&2
        exit 1
    }
    mv "$folder/download" "$folder/ringfence"
fi
chmod +x "$folder/ringfence"
"$folder/ringfence" --version
echo "$folder" >>"$GITHUB_PATH"
