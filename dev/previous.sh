#!/usr/bin/env bash
# Builds the release before this one from its commit, for the test of upgrades: prints a folder with its operator (`handoff`)
# and its chart (`chart`). Kept in the user's cache, since it never changes. With --is-there it says by its exit code whether
# it can be had.
set -euo pipefail
cd "$(dirname "$0")/.."
# What people run before they upgrade to this.
commit=220ce5bacf4c053c6d3f826fc930bbf09c82ec53
folder="${XDG_CACHE_HOME:-$HOME/.cache}/handoff/previous/$commit"

can_be_had() {
    [ -x "$folder/handoff" ] || git cat-file -e "$commit^{commit}" 2>/dev/null
}

if [ "${1:-}" = --is-there ]; then
    can_be_had
    exit
fi
if [ ! -x "$folder/handoff" ]; then
    can_be_had || {
        echo "this clone does not have commit $commit, which the test of upgrades starts from: git fetch --unshallow" >&2
        exit 1
    }
    echo "building the release before this one, once; this takes some minutes" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    git archive "$commit" | tar -x -C "$work"
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0 cargo build -q --locked -p handoff --bin handoff \
        --manifest-path "$work/Cargo.toml" --target-dir "$work/target" >&2
    # At once: that it is there says that all of it is. Somebody else may have been faster.
    mkdir -p "$(dirname "$folder")"
    made=$(mktemp -d "$folder.XXXXXX")
    cp -r "$work/charts/handoff" "$made/chart"
    cp "$work/target/debug/handoff" "$made/handoff"
    mv -T "$made" "$folder" 2>/dev/null || rm -rf "$made"
fi
echo "$folder"
