#!/usr/bin/env bash
# bench.sh BUILD: runs every benchmark program of BUILD, one after another, and says on what machine.
set -euo pipefail

shopt -s nullglob
programs=("$1"/*_benchmark)
if [ ${#programs[@]} -eq 0 ]; then echo "bench: no benchmark in $1" >&2; exit 1; fi
echo "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, $(git describe --always --dirty 2>/dev/null || echo 'no commit')"
for program in "${programs[@]}"; do
  echo "== ${program##*/}"
  "$program"
done
