#!/usr/bin/env bash
# The operator as it is shipped: static, without symbols, the list of its crates inside, and the same bytes wherever it is
# built of the same sources. `make image` and the Dockerfile run this.
# Usage: dev/release.sh FOLDER    where the program goes
set -euo pipefail

readonly auditable=0.7.7
folder=${1:?name the folder for the program}
repository=$(cd "$(dirname "$0")/.." && pwd)
target=$(uname -m)-unknown-linux-musl
cargo_home=${CARGO_HOME:-$HOME/.cargo}

missing() {
    echo "$1 is missing: $2" >&2
    exit 1
}

command -v cargo >/dev/null || missing cargo "install Rust from rustup.rs"
command -v musl-gcc >/dev/null || missing musl-gcc "apt-get install musl-tools, or what has it on your system"
[ -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || missing "the standard library for $target" "rustup target add $target"

# It puts the list of crates into the program. Kept for this user, so that it is built once.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/handoff/cargo-auditable-$auditable
[ -x "$tools/bin/cargo-auditable" ] ||
    cargo install --quiet --locked --version "$auditable" --root "$tools" cargo-auditable

# Messages of panics name source files: by what they are, not by where they were.
export CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=$cargo_home=/cargo"$'\x1f'"--remap-path-prefix=$repository=/handoff"
# Huge pages, where the system has them for all programs, would keep what the allocator gives back.
export TARGET_CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -DMI_DEFAULT_ALLOW_THP=0"
cd "$repository"
"$tools/bin/cargo-auditable" auditable build --release --locked --target "$target" -p handoff --bin handoff
install -D "${CARGO_TARGET_DIR:-target}/$target/release/handoff" "$folder/handoff"
