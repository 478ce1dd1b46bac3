#!/usr/bin/env bash
# readme_commands.sh FILE: runs, in order, each block of FILE that opens with "```sh run", in a clean copy of what a commit of this work
# tree would hold. All blocks share one shell, so a later one sees the folder and variables of an earlier one; the first failure ends it.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

file="$1"
commands="$(awk '/^```sh run *$/ {inside = 1; next} /^```/ {inside = 0} inside' "$file")"
if [ -z "$commands" ]; then
  echo "readme_commands: no block of $file opens with \`\`\`sh run, so nothing would be shown" >&2
  exit 1
fi

clone="$(mktemp -d)"
trap 'rm -rf "$clone"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c 'test -e "$1" && printf "%s\0" "$1"' sh {} | tar --null -T - -cf - | tar -C "$clone" -xf -
git -C "$clone" init --quiet

# The make that runs this script hands its own settings to a child; a reader's shell has none of them.
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$clone"
bash -euxo pipefail -c "$commands"
echo "readme_commands: every command of $file ran"
