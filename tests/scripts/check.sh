#!/usr/bin/env bash
# check.sh TARGET...: makes each target in turn and ends with the time each took; stops at the first that fails.
set -euo pipefail

table=""
for target in "$@"; do
  echo "== $target"
  SECONDS=0
  status=0
  "${MAKE:-make}" --no-print-directory "$target" || status=$?
  table+="$(printf '%-14s %5d s  %s' "$target" "$SECONDS" "$([ $status -eq 0 ] && echo passed || echo FAILED)")"$'\n'
  if [ $status -ne 0 ]; then break; fi
done
printf '\n%s' "$table"
exit $status
