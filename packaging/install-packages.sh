#!/usr/bin/env bash
# install-packages.sh GROUP...: installs those packages of debian-packages.txt that are missing, and says which and why.
# Does nothing, and needs no rights, when all are there.
set -euo pipefail

list="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/debian-packages.txt"

if [ $# -eq 0 ]; then
  echo "usage: $0 GROUP...   groups: $(sed 's/#.*//' "$list" | awk 'NF {print $1}' | sort -u | xargs)" >&2
  exit 64
fi

# Lines "NAMES WHY" of the groups asked for.
wanted() {
  local group
  for group in "$@"; do
    grep -q "^$group " "$list" || { echo "$0: no group '$group' in $list" >&2; exit 64; }
    sed -n "s/^$group  *//p" "$list"
  done
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The first of newest|older that this release has; the last one when none is known, so that apt reports it by name.
available() {
  local name
  for name in ${1//|/ }; do
    if apt-cache show "$name" >/dev/null 2>&1; then break; fi
  done
  echo "$name"
}

entries="$(wanted "$@")"
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install-packages: this is no Debian system, so nothing is installed. Needed here under their local names:" >&2
  echo "$entries" >&2
  exit 0
fi

missing=()
while read -r names why; do
  found=no
  for name in ${names//|/ }; do
    if is_installed "$name"; then found=yes; fi
  done
  if [ $found = no ]; then missing+=("$names $why"); fi
done <<<"$entries"
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

echo "install-packages: missing for '$*', installed now through apt:"
printf '  %s\n' "${missing[@]}"
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  echo "install-packages: this needs root or sudo, and there is neither. As root, run: $0 $*" >&2
  exit 77
fi

apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -q)
"${as_root[@]}" "${apt[@]}" update
packages=()
for entry in "${missing[@]}"; do packages+=("$(available "${entry%% *}")"); done
"${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "${packages[@]}"
