#!/usr/bin/env bash
# Runs one fuzzer for so many seconds: `fuzz/run.sh <target> <binary> <seconds>`. `make fuzz` runs all.
#
# It starts from `seeds/` and `regressions/`, and keeps what it learns in `corpus/`, which is not
# committed. What breaks a property lands in `artifacts/`.
set -euo pipefail

target=$1 binary=$(readlink -f "$2") seconds=$3
cd "$(dirname "$0")"
case $target in
manifests | snapshot) dictionary=kubernetes ;;
*) dictionary=http ;;
esac
mkdir -p "corpus/$target" "artifacts/$target" "regressions/$target"
log=artifacts/$target.log

echo "fuzz: $target for $seconds s"
if timeout --kill-after=10 $((seconds + 120)) "$binary" \
  -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 \
  -artifact_prefix="artifacts/$target/" -dict="dictionaries/$dictionary.dict" \
  "corpus/$target" "seeds/$target" "regressions/$target" >"$log" 2>&1; then
  echo "fuzz: $target found nothing: $(grep -E '^#[0-9]+.*DONE' "$log" | tail -n 1)"
else
  tail -n 60 "$log" >&2
  echo "fuzz: $target found something, see fuzz/$log." >&2
  echo "  again:     $binary fuzz/artifacts/$target/<file>" >&2
  echo "  keep it:   cp fuzz/artifacts/$target/<file> fuzz/regressions/$target/<behaviour>" >&2
  echo "  then fix it: 'cargo test -p limpet-hostile $target' replays it" >&2
  exit 1
fi
