#!/bin/bash
# run.sh BUILD [PASSES]: our engine and the Python peers in turns on one thread of one core, then the table of ratios.
# Turns, because a core of a virtual machine has slow phases: both sides meet the same ones.  Skips without the peers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
passes=${2:-2}
root=${PEERS_ROOT:-/tmp/peers}
if [ ! -x "$root/venv/bin/python" ] || [ ! -f "$root/scripts" ]; then
  echo "peers: skipped, not installed in $root; tests/benchmarks/peers/setup.sh SCRIPTS installs them"
  exit 0
fi
scripts=$(cat "$root/scripts")
out=$build/benchmarks/peers
rm -rf "$out"
mkdir -p "$out"
export PEERS_ROOT=$root PYTHONDONTWRITEBYTECODE=1

peer() {
  "$scripts/run1.sh" python "$scripts/$1" "${@:2}" 2>>"$out/peers.log" | sed -n 's/^RESULT //p' >>"$out/peers.jsonl"
}
for pass in $(seq "$passes"); do
  echo "peers: pass $pass of $passes" >&2
  "$here/ours.sh" "$build" "$out" 1 >/dev/null
  for model in tiny-1m tiny-5m; do
    peer bench_generate.py $model 256 fp32 --repeats 3
    peer bench_sft.py $model fp32 --steps 8 --warmup 2
    peer bench_grpo.py $model fp32 --steps 8 --warmup 2
  done
done
"$root/venv/bin/python" "$here/compare.py" "$out/ours-1.jsonl" "$out/peers.jsonl"
