#!/bin/bash
# ours.sh BUILD OUT THREADS: the peers' workload on our engine, one case a process, appended to OUT/ours-THREADS.jsonl.
# A process a case, so that peak memory and the time to the first round belong to that case.
set -euo pipefail
build=$1 out=$2 threads=$3
export OMP_NUM_THREADS=$threads
for case in generate/1 generate/5 rescore/1 rescore/5 sft/1 sft/5 grpo/1 grpo/5; do
  taskset -c "0-$((threads - 1))" "$build/bin/peers_bench" --benchmark_filter="^$case/" --benchmark_out_format=json \
    --benchmark_out="$out/case.json" 2>>"$out/ours.log" | tail -n 1
  tr -d '\n' <"$out/case.json" >>"$out/ours-$threads.jsonl"
  echo >>"$out/ours-$threads.jsonl"
  rm "$out/case.json"
done
