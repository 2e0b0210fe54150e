#!/usr/bin/env bash
# Prints the path of the helm that this project uses, and builds it first where it is missing: the
# official Go module, pinned. Needs Go 1.26 or newer.
#
# Usage: "$(charts/helm.sh)" lint charts/limpet
set -euo pipefail

version=4.3.1
tools=${TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/limpet/tools}
helm=$tools/bin/helm-$version

fail() {
  echo "helm.sh: $1" >&2
  exit 1
}

if [ ! -x "$helm" ]; then
  command -v go >/dev/null ||
    fail "needs Go 1.26 or newer to build helm: install it from https://go.dev/dl/ or your distribution"
  echo "helm.sh: building helm $version into $tools/bin (a minute or two, once)" >&2
  mkdir -p "$tools/bin"
  # One place for each build, so that two at a time do not meet.
  fresh=$(mktemp -d "$tools/bin/.helm-XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  GOBIN=$fresh CGO_ENABLED=0 go install -trimpath "helm.sh/helm/v4/cmd/helm@v$version" >&2 ||
    fail "could not build helm $version: see above; a Go proxy must be reachable"
  mv "$fresh/helm" "$helm"
fi
echo "$helm"
