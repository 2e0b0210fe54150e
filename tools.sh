#!/usr/bin/env bash
# Makes sure that the build has what it needs: a Rust toolchain, a C compiler (for aws-lc-rs) and
# make. Installs Debian's gcc where it may; says what to do where it may not.
#
# `tools.sh nightly` also wants what fuzzers and sanitizers are built with, `tools.sh valgrind` what
# instructions are counted with, `tools.sh strace` what system calls are counted with, `tools.sh deb` what
# the Debian package is tested with, `tools.sh docs` what the commands of the docs are tried with,
# `tools.sh cluster` what a Kubernetes node runs on.
set -euo pipefail

oldest_rust=1.95

fail() {
  echo "tools.sh: $1" >&2
  exit 1
}

# Installs a Debian package for a command that is missing. One at a time: a test run asks for several at once,
# and apt-get refuses the second.
install_for() {
  local command=$1 package=$2 lock
  command -v "$command" >/dev/null && return
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "needs $command: run 'sudo apt-get install $package'"
  exec {lock}>/run/limpet-tools.lock
  flock "$lock"
  command -v "$command" >/dev/null || install_package "$package"
  exec {lock}>&-
}

install_package() {
  local package=$1
  echo "tools.sh: installing $package"
  apt-get update -qq
  # shellcheck disable=SC2086 # several packages are several words
  apt-get install -qq -y $package >/dev/null
}

command -v cargo >/dev/null || fail "needs Rust $oldest_rust or newer: run 'curl --proto =https -sSf https://sh.rustup.rs | sh -s -- -y && . ~/.cargo/env'"
rust=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$oldest_rust" "$rust" | sort -V | head -n 1)" = "$oldest_rust" ] ||
  fail "needs Rust $oldest_rust or newer, found $rust: run 'rustup update stable'"

install_for cc "gcc libc6-dev"

for part in fmt clippy; do
  cargo "$part" --version >/dev/null 2>&1 ||
    rustup component add "${part/fmt/rustfmt}" ||
    fail "needs cargo $part: run 'rustup component add ${part/fmt/rustfmt}'"
done

case "${1:-}" in
nightly)
  install_for c++ g++
  command -v rustup >/dev/null ||
    fail "needs a nightly compiler: install rustup, then run 'rustup toolchain install nightly'"
  if ! rustup toolchain list | grep -q '^nightly'; then
    echo "tools.sh: installing a nightly compiler"
    rustup toolchain install nightly --profile minimal ||
      fail "needs a nightly compiler: run 'rustup toolchain install nightly --profile minimal'"
  fi
  ;;
valgrind)
  install_for valgrind valgrind
  ;;
strace)
  install_for strace strace
  ;;
deb)
  install_for dpkg-deb dpkg
  install_for systemd-analyze systemd
  ;;
docs)
  PATH=$PATH:/usr/sbin:/sbin
  install_for curl curl
  install_for ip iproute2
  install_for openssl openssl
  install_for pkill procps
  install_for unshare util-linux
  ;;
cluster)
  PATH=$PATH:/usr/sbin:/sbin
  install_for containerd containerd
  install_for runc runc
  [ -e /usr/lib/cni/bridge ] || install_for /usr/lib/cni/bridge containernetworking-plugins
  install_for ip iproute2
  install_for nft nftables
  install_for iptables iptables
  install_for conntrack conntrack
  install_for ethtool ethtool
  install_for socat socat
  install_for openssl openssl
  install_for pgrep procps
  ;;
esac
