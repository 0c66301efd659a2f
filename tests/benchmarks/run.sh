#!/bin/bash
# run.sh BUILD: every benchmark program of the build, one case a process, on one thread and on two; then the ratios to the
# Python peers, where they are installed.  Results stay in BUILD/benchmarks.
set -euo pipefail
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$build/benchmarks
rm -rf "$out"
mkdir -p "$out"

shopt -s nullglob
programs=("$build"/bin/*_bench)
if [ ${#programs[@]} -eq 0 ]; then
  echo "benchmarks: required programs in $build/bin, found none; run 'make bench'" >&2
  exit 2
fi
for program in "${programs[@]}"; do
  name=$(basename "$program")
  [ "$name" != peers_bench ] || continue
  "$program" --benchmark_out="$out/$name.json" --benchmark_out_format=json
done

[ -x "$build/bin/peers_bench" ] || exit 0
for threads in 1 2; do
  [ "$threads" -le "$(nproc)" ] || continue
  echo "== the peers' workload on our engine, $threads thread(s)"
  "$here/peers/ours.sh" "$build" "$out" "$threads"
done
"$here/peers/run.sh" "$build"
