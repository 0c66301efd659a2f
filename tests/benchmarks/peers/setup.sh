#!/bin/bash
# setup.sh SCRIPTS: installs the Python peers (transformers, TRL) beside their scripts' models, for `make bench` only.
#
# SCRIPTS is the folder with bench_generate.py, bench_grpo.py, bench_sft.py and requirements.lock.txt.  About 6 GB go to
# PEERS_ROOT (default /tmp/peers); Python 3.11 is needed.  The product uses none of this.
set -euo pipefail
if [ $# -ne 1 ] || [ ! -f "$1/requirements.lock.txt" ]; then
  echo "peers: required the folder of the peers' scripts, came '${1:-}'; usage: setup.sh SCRIPTS" >&2
  exit 2
fi
scripts=$(cd "$1" && pwd)
root=${PEERS_ROOT:-/tmp/peers}
mkdir -p "$root/out"
[ -x "$root/venv/bin/python" ] || "${PYTHON:-python3.11}" -m venv "$root/venv"
"$root/venv/bin/pip" install -q --no-deps --no-compile -r "$scripts/requirements.lock.txt"
export PEERS_ROOT=$root PYTHONDONTWRITEBYTECODE=1
"$scripts/run1.sh" python "$scripts/make_models.py"
echo "$scripts" >"$root/scripts"
echo "peers: ready in $root" >&2
