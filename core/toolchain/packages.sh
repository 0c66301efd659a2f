#!/bin/bash
# Installs the Debian packages of packages.txt that are missing: as root, or with a sudo that asks no password.
# Otherwise prints the exact command and stops with exit code 5.
# On a system without dpkg it only warns: CMake then names what it does not find.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

wanted=$(grep -v '^#' "$here/packages.txt")
if ! command -v dpkg-query >/dev/null; then
  echo "packages: this is not a Debian system; install the equivalents of:" $wanted >&2
  exit 0
fi

installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^ii *//p' || true)
missing=$(comm -23 <(sort <<<"$wanted") <(sort -u <<<"$installed"))
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends "$(echo $missing)
if [ "$(id -u)" -eq 0 ]; then
  run=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  run="sudo -n"
else
  echo "packages: required root or a sudo without password to install what is missing, found neither; run" >&2
  echo "    sudo apt-get update && sudo $install" >&2
  echo "and then repeat this command" >&2
  exit 5
fi
echo "packages: installing" $missing >&2
if ! { $run apt-get update -q && $run env DEBIAN_FRONTEND=noninteractive $install -q; } >&2; then
  echo "packages: required that apt-get installs $(echo $missing), it failed (its own words are above); mend that and repeat" >&2
  exit 5
fi
