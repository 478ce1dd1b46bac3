#!/usr/bin/env bash
# format.sh: lays out every C++ file of the project by .clang-format. format.sh --check: changes nothing, fails if one would change.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

arguments=(-i)
if [ "${1:-}" = --check ]; then arguments=(--dry-run -Werror); fi
git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' ':!tests/data' | xargs -0 -r -n 20 -P "$(nproc)" clang-format-19 "${arguments[@]}"
