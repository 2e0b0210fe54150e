#!/usr/bin/env bash
# Makes sure that the build has what it needs: a Rust toolchain, a C compiler (for aws-lc-rs) and
# make. Installs Debian's gcc where it may; says what to do where it may not.
set -euo pipefail

oldest_rust=1.95

fail() {
  echo "tools.sh: $1" >&2
  exit 1
}

command -v cargo >/dev/null || fail "needs Rust $oldest_rust or newer: install it from your distribution or with rustup"
rust=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$oldest_rust" "$rust" | sort -V | head -n 1)" = "$oldest_rust" ] ||
  fail "needs Rust $oldest_rust or newer, found $rust: run 'rustup update stable'"

if ! command -v cc >/dev/null; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "needs a C compiler: run 'sudo apt-get install gcc libc6-dev'"
  echo "tools.sh: installing gcc"
  apt-get update -qq
  apt-get install -qq -y gcc libc6-dev >/dev/null
fi

for part in fmt clippy; do
  cargo "$part" --version >/dev/null 2>&1 ||
    rustup component add "${part/fmt/rustfmt}" ||
    fail "needs cargo $part: run 'rustup component add ${part/fmt/rustfmt}'"
done
