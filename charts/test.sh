#!/usr/bin/env bash
# Tests the chart without a cluster:
#
# * `helm lint` finds nothing, not even to warn of;
# * each charts/limpet/tests/golden/<case>.values.yaml renders as <case>.golden.yaml says
#   (UPDATE_GOLDEN=1 rewrites them; review what changed);
# * our CRDs are installed and kept, or not installed, as values say;
# * each line of charts/limpet/tests/refused.txt is refused, and for the reason it gives.
set -euo pipefail
cd "$(dirname "$0")/.."

helm=$(charts/helm.sh)
chart=charts/limpet
tests=$chart/tests
failures=0
# Nothing of this machine's helm is read or written.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HELM_CONFIG_HOME=$home HELM_CACHE_HOME=$home HELM_DATA_HOME=$home KUBECONFIG=$home/none

fails() {
  echo "chart-test: $1" >&2
  failures=$((failures + 1))
}

render() {
  "$helm" template limpet "$chart" --namespace limpet-system --kube-version 1.35.0 "$@"
}

lint() {
  "$helm" lint --strict --quiet "$chart" || fails "helm lint --strict finds something"
}

# The CRDs are generated and checked elsewhere.
golden() {
  local values=$1 golden=${1%.values.yaml}.golden.yaml arguments
  arguments=$(sed -n 's/^# arguments: //p' "$values")
  # shellcheck disable=SC2086 # several arguments are several words
  render --set crds.enabled=false --values "$values" $arguments >"$home/rendered" ||
    { fails "$values does not render"; return; }
  [ -z "${UPDATE_GOLDEN:-}" ] || cp "$home/rendered" "$golden"
  diff -u "$golden" "$home/rendered" >&2 ||
    fails "$values renders something else than $golden: UPDATE_GOLDEN=1 make chart-test rewrites it"
}

crds() {
  local rendered
  rendered=$(render)
  [ "$(grep -c '^kind: CustomResourceDefinition' <<<"$rendered")" = 2 ] || fails "there are not two CRDs"
  [ "$(grep -c 'helm.sh/resource-policy: keep' <<<"$rendered")" = 2 ] || fails "helm uninstall takes CRDs away"
  ! render --set crds.enabled=false | grep -q CustomResourceDefinition || fails "crds.enabled=false installs CRDs"
}

# Keys are kept for the next start, and never on a disk.
memory() {
  ! render | grep -q 'emptyDir: {}' || fails "an emptyDir is on a disk"
}

refused() {
  local value=$1 reason=$2 said
  if said=$(render --set "$value" 2>&1 >/dev/null); then
    fails "--set $value is accepted"
  elif ! grep -qF -- "$reason" <<<"$said"; then
    fails "--set $value is refused, but not with \"$reason\":"$'\n'"$said"
  fi
}

lint
cases=0
for values in "$tests"/golden/*.values.yaml; do
  golden "$values"
  cases=$((cases + 1))
done
crds
memory
lines=0
while IFS='|' read -r value reason; do
  refused "$(xargs <<<"$value")" "${reason# }"
  lines=$((lines + 1))
done < <(grep -v '^#' "$tests/refused.txt")

[ "$failures" = 0 ] || { echo "chart-test: $failures failed" >&2; exit 1; }
echo "chart-test: $cases cases render as they should, $lines typos are refused"
