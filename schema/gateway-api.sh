#!/usr/bin/env bash
# Writes schema/src/gateway_api/*.rs: the Gateway API's own kinds as Rust types, made by kopium from
# the CRDs of the experimental channel. Run it after changing a version here; commit what it writes.
set -euo pipefail
cd "$(dirname "$0")/.."

gateway_api=v1.6.3
kopium=0.24.1
kinds=(gatewayclasses gateways httproutes listenersets referencegrants)

command -v go >/dev/null || { echo "gateway-api.sh: needs go, to fetch the CRDs' module" >&2; exit 1; }
tools=target/tools
[ -x "$tools/bin/kopium" ] && [ "$("$tools/bin/kopium" --version)" = "kopium $kopium" ] ||
  cargo install kopium --version "$kopium" --locked --root "$tools"
kopium_bin=$PWD/$tools/bin/kopium
out=$PWD/schema/src/gateway_api
module=$(cd "$(mktemp -d)" && go mod download -json "sigs.k8s.io/gateway-api@$gateway_api" |
  sed -n 's/.*"Dir": "\(.*\)".*/\1/p')

cd "$module/config/crd/experimental"
for kind in "${kinds[@]}"; do
  "$kopium_bin" -f "gateway.networking.k8s.io_$kind.yaml" --schema disabled --derive PartialEq \
    >"$out/$kind.rs"
done
rustfmt --edition 2024 --config-path "$out/../../../rustfmt.toml" "$out"/*.rs
# What v1.7 has beside it, until the types are made from v1.7.
patch --quiet --directory "$out" --strip 4 <"$out/../../gateway-api-1.7.patch"
# `limpet-codegen check` finds edits by it.
(cd "$out" && sha256sum -- *.rs >SHA256SUMS)
echo "Gateway API $gateway_api: ${kinds[*]} -> schema/src/gateway_api/"
