#!/usr/bin/env bash
# Writes schema/src/gateway_api/*.rs: the Gateway API's own kinds as Rust types, made by kopium from
# the CRDs of the experimental channel. Run it after changing a version here; commit what it writes.
set -euo pipefail
cd "$(dirname "$0")/.."

gateway_api=v1.6.3
# XBackend selects pods since then.
x_gateway_api=v1.7.0
kopium=0.24.1
kinds=(gatewayclasses gateways httproutes listenersets referencegrants)
x_kinds=(xbackends)

command -v unzip >/dev/null || { echo "gateway-api.sh: needs unzip" >&2; exit 1; }
command -v go >/dev/null || { echo "gateway-api.sh: needs go, to fetch the CRDs' module" >&2; exit 1; }
tools=target/tools
[ -x "$tools/bin/kopium" ] && [ "$("$tools/bin/kopium" --version)" = "kopium $kopium" ] ||
  cargo install kopium --version "$kopium" --locked --root "$tools"
kopium_bin=$PWD/$tools/bin/kopium
out=$PWD/schema/src/gateway_api

# Of the module's archive, as an older Go downloads it and does not unpack it.
crd() { # VERSION FILE
  local archive
  archive=$(cd "$(mktemp -d)" && go mod download -json "sigs.k8s.io/gateway-api@$1" 2>/dev/null |
    sed -n 's/.*"Zip": "\(.*\)".*/\1/p') || true
  unzip -p "$archive" "sigs.k8s.io/gateway-api@$1/config/crd/experimental/$2.yaml"
}

write() { # VERSION GROUP KIND…
  for kind in "${@:3}"; do
    crd "$1" "$2_$kind" | "$kopium_bin" -f - --schema disabled --derive PartialEq >"$out/$kind.rs"
  done
}

write "$gateway_api" gateway.networking.k8s.io "${kinds[@]}"
write "$x_gateway_api" gateway.networking.x-k8s.io "${x_kinds[@]}"
cd "$out"
rustfmt --edition 2024 --config-path "$out/../../../rustfmt.toml" "$out"/*.rs
# What v1.7 has beside it, until the types are made from v1.7.
patch --quiet --directory "$out" --strip 4 <"$out/../../gateway-api-1.7.patch"
# `limpet-codegen check` finds edits by it.
(cd "$out" && sha256sum -- *.rs >SHA256SUMS)
echo "Gateway API $gateway_api: ${kinds[*]}, $x_gateway_api: ${x_kinds[*]} -> schema/src/gateway_api/"
