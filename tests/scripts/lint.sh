#!/usr/bin/env bash
# lint.sh BUILD [FOLDER]: clang-tidy over every source (under FOLDER) that was built in BUILD, several at a time. A verdict is kept under the
# hash of all that it rests on (the source, each project header it includes, the settings, the compiler's arguments, the tool's version), so
# a source is checked again only when one of these changed. The cache holds clean verdicts only and is shared by all clones.
# CHANGED_SINCE=COMMIT: only sources that changed since then, and those of headers that did; all where there is no such commit here.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

build="$1"
only="${2:-}"
jobs="${JOBS:-$(nproc)}"
export LINT_BUILD="$build" LINT_ROOT="$PWD"
export LINT_CACHE="${RECKONER_LINT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reckoner-lint}"
LINT_TOOL="$(clang-tidy-19 --version; cat /etc/debian_version 2>/dev/null; find . -name .clang-tidy -not -path './build/*' | sort | xargs sha256sum)"
export LINT_TOOL
mkdir -p "$LINT_CACHE"

# The two lines of a compilation database entry that matter, as "COMMAND<tab>FILE".
entries() {
  sed -n -e 's/^  "command": "\(.*\)",$/\1/p' -e 's/^  "file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" | paste - - \
    | awk -F '\t' -v under="$PWD/$only" 'index($2, under) == 1' | changed
}

changed() {
  if ! git rev-parse --verify --quiet "${CHANGED_SINCE:-}^{commit}" >/dev/null; then cat; return; fi
  git diff --name-only "$CHANGED_SINCE" -- '*.cpp' '*.hpp' | sed -E 's/\.(cpp|hpp)$//' | sort -u >"$LINT_CACHE/changed.$$"
  awk -F '\t' -v root="$PWD/" 'NR == FNR { wanted[root $1 ".cpp"]; next } $2 in wanted' "$LINT_CACHE/changed.$$" -
  rm "$LINT_CACHE/changed.$$"
}

# The hash that a verdict rests on. Paths inside the project count relative to its root. The headers are those that the build met.
fingerprint() {
  local command="$1" file="$2" object compile headers
  object="$(sed -E 's/^.* -o ([^ ]+) -c .*$/\1/' <<<"$command")"
  compile="$(sed -E -e 's/^.*(clang\+\+-19 )/\1/' -e 's/ -o [^ ]+ -c / -c /' <<<"$command")"
  headers="$(cd "$LINT_BUILD" && ninja -t deps "$object" | sed -n 's/^    //p' | xargs realpath -- | grep "^$LINT_ROOT/" | sort -u)" || return 1
  grep -qxF "$file" <<<"$headers" || return 1
  xargs sha256sum <<<"$headers" | sed "s|$LINT_ROOT/||"
  echo "${compile//$LINT_ROOT/}"
  echo "$LINT_TOOL"
}

lint_one() {
  local command="${1%%$'\t'*}" file="${1##*$'\t'}" key output
  set -o pipefail
  key="$(fingerprint "$command" "$file" | sha256sum | cut -c1-40)" || { echo "$file: cannot list its headers" >&2; return 1; }
  if [ -e "$LINT_CACHE/$key" ]; then return 0; fi
  if output="$(clang-tidy-19 --quiet -p "$LINT_BUILD" "$file" 2>&1)"; then
    touch "$LINT_CACHE/$key"
    echo "clean: ${file#"$LINT_ROOT"/}"
  else
    echo "$output" | grep -v 'warnings generated\|warning generated\|^Suppressed\|^Use -header-filter'
    return 1
  fi
}
export -f lint_one fingerprint

total="$(entries | wc -l)"
if [ "$total" -eq 0 ]; then echo "lint: nothing in $build/compile_commands.json" >&2; exit 1; fi
# Verdicts unused for a month go.
find "$LINT_CACHE" -type f -mtime +30 -delete
if entries | tr '\n' '\0' | xargs -0 -n 1 -P "$jobs" bash -c 'lint_one "$1"' lint; then
  echo "lint: $total sources clean"
else
  echo "lint: failed; see above" >&2
  exit 1
fi
