#!/bin/bash
# quickstart.sh BUILD: from a fresh clone to the table of the main job, with the time that each phase took.
# The job is idempotent: a stopped one goes on where it was, a finished one only prints its table again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${1:-build/cpu}
plan=sweeps/examples/quickstart.yaml
times=()

phase() {
  local name=$1 began=$SECONDS
  shift
  echo "== $name" >&2
  "$@"
  times+=("$(printf '%-28s %5d s' "$name" $((SECONDS - began)))")
}

phase "packages and LibTorch" make --no-print-directory deps
phase "configure and build" make --no-print-directory programs
phase "the job ($plan)" "$build/bin/rlreason" sweep run "$plan"
phase "the table" "$build/bin/rlreason" compare "$plan"
{
  echo "== time"
  printf '%s\n' "${times[@]}"
  printf '%-28s %5d s\n' "in all" "$SECONDS"
} >&2
