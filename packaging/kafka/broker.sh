#!/usr/bin/env bash
# One Kafka broker on 127.0.0.1, for tests and the demo, from jars that Maven fetches once. Not for production: nothing is replicated.
#   broker.sh start DIR PORT [HEAP]   serves on return; DIR is laid out when it is new. HEAP is 96m when not given.
#   broker.sh stop|kill DIR           SIGTERM or SIGKILL; it is gone on return
# Environment: RECKONER_KAFKA_VERSION, RECKONER_KAFKA_CACHE (where the jars are kept).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${RECKONER_KAFKA_VERSION:-$(sed -n 's/.*<kafka.version>\(.*\)<.*/\1/p' "$here/pom.xml")}
jars=${RECKONER_KAFKA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kafka-broker}/$version
kStartSeconds=180 # it takes 3 on a machine with nothing else to do
die() { echo "broker.sh: $*" >&2; exit 1; }

fetch() {
  [[ -d $jars ]] && return
  command -v java > /dev/null || die "there is no java; install default-jre-headless"
  command -v mvn > /dev/null || die "there is no mvn to fetch Kafka with; install maven"
  mkdir -p "$(dirname "$jars")"
  local part="$jars.part.$$"
  mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$part" >&2 ||
    die "Maven could not fetch Kafka $version"
  mv -T "$part" "$jars" 2> /dev/null || rm -rf "$part" # another process was faster
}

java_kafka() {
  local log=-Dorg.slf4j.simpleLogger
  java -cp "$jars/*" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $log.showDateTime=true $log.defaultLogLevel=warn \
    $log.log.kafka.server.KafkaRaftServer=info "$@"
}

# Few internal partitions and no delay at the first join, so that it starts quickly; transactions of the dead are ended every second.
properties() { # PORT
  cat << EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$(($1 + 100))
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$(($1 + 100))
advertised.listeners=PLAINTEXT://127.0.0.1:$1
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
EOF
}

running() { [[ -s $dir/pid ]] && kill -0 "$(< "$dir/pid")" 2> /dev/null; }

start() { # PORT HEAP
  fetch
  if [[ ! -f $dir/server.properties ]]; then
    mkdir -p "$dir"
    properties "$1" > "$dir/server.properties.new"
    java_kafka -Xmx64m kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/server.properties.new" > "$dir/log" 2>&1 ||
      { cat "$dir/log" >&2; die "cannot lay out $dir"; }
    mv "$dir/server.properties.new" "$dir/server.properties"
  fi
  running && return
  # It must not hold the pipes and locks of who called.
  (
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor=${descriptor##*/}
      if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
    done
    java_kafka -Xmx"$2" kafka.Kafka "$dir/server.properties" & echo $! > "$dir/pid"; wait
  ) < /dev/null > "$dir/log" 2>&1 &
  local end=$((SECONDS + kStartSeconds))
  until grep -q 'Kafka Server started' "$dir/log"; do
    ((SECONDS < end)) || { tail -n 20 "$dir/log" >&2; die "it does not serve after $kStartSeconds s"; }
    [[ ! -s $dir/pid ]] || running || { tail -n 20 "$dir/log" >&2; die "it has ended"; }
    sleep 0.05
  done
}

end_it() { # SIGNAL
  running || { rm -f "$dir/pid"; return 0; }
  local pid end=$((SECONDS + 20))
  pid=$(< "$dir/pid")
  kill "-$1" "$pid"
  while kill -0 "$pid" 2> /dev/null; do
    ((SECONDS < end)) || kill -KILL "$pid" 2> /dev/null || true
    sleep 0.05
  done
  rm -f "$dir/pid"
}

(($# >= 2)) || { sed -n '2,6s/^# *//p' "$0" >&2; exit 2; }
dir=$(realpath -m "$2")
case $1 in
  start) start "${3:?port}" "${4:-96m}" ;;
  stop) end_it TERM ;;
  kill) end_it KILL ;;
  *) die "start, stop or kill, not $1" ;;
esac
