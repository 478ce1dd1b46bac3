#!/usr/bin/env bash
# The demo through topics: starts a broker of its own, runs `reckoner demo-kafka` on it, and stops it again.
#   demo.sh PROGRAM [DIR [OPTIONS]]   DIR (out/demo-kafka when not given) is emptied; OPTIONS are those of `reckoner demo-kafka`
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$1
directory=${2:-out/demo-kafka}
shift $(($# < 2 ? $# : 2))
broker="$directory-broker"

# A port whose hundredth successor, the controller's, is free too.
is_free() { ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
port=19092
until is_free "$port" && is_free $((port + 100)); do port=$((port + 7)); done

rm -rf "$broker"
trap '"$here/broker.sh" kill "$broker" 2> /dev/null || true; rm -rf "$broker"' EXIT
"$here/broker.sh" start "$broker" "$port" 256m
echo "a Kafka broker runs at 127.0.0.1:$port until the demo is over"
"$program" demo-kafka --brokers "127.0.0.1:$port" --dir "$directory" "$@"
