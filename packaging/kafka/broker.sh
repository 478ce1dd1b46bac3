#!/usr/bin/env bash
# One Kafka broker on 127.0.0.1, or three, for tests and the demo, from jars that Maven fetches once. Not for production: all is on one machine.
#   broker.sh start DIR PORT [HEAP]   serves on return; DIR is laid out when it is new. HEAP is 96m when not given.
#   broker.sh stop|kill DIR           SIGTERM or SIGKILL; it is gone on return
#   start -s DIR PORT [HEAP]          listens for TLS at PORT + 200, for TLS with a login at + 300 and for a login alone at + 400 too: by PLAIN,
#                                     SCRAM and OAUTHBEARER, user alice, who may do everything, and bob, who may do nothing; passwords alice-secret and
#                                     bob-secret; tokens without a signature. The certificates' authority is DIR/tls/ca.pem. Needs openssl
#   start -3 DIR PORT [HEAP]          three brokers, at PORT, PORT + 1 and PORT + 2, that keep three copies of a topic and take a record when two have
#                                     it. Each is one by itself in DIR/1, DIR/2, DIR/3: stop or kill it there, and start it again with its PORT
# Environment: RECKONER_KAFKA_VERSION, RECKONER_KAFKA_CACHE (where the jars are kept), RECKONER_KAFKA_PROXY_PORT (of a proxy,
# which leads to PORT + 500: who comes that way is told to come that way again), RECKONER_KAFKA_JAVA_OPTIONS (when not given,
# those of a quick start; empty for speed).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${RECKONER_KAFKA_VERSION:-$(sed -n 's/.*<kafka.version>\(.*\)<.*/\1/p' "$here/pom.xml")}
jars=${RECKONER_KAFKA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kafka-broker}/$version
kStartSeconds=180 # it takes 3 on a machine with nothing else to do
die() { echo "broker.sh: $*" >&2; exit 1; }

fetch() {
  [[ -d $jars ]] && return
  command -v java > /dev/null || die "there is no java; install default-jdk-headless"
  command -v mvn > /dev/null || die "there is no mvn to fetch Kafka with; install maven"
  mkdir -p "$(dirname "$jars")"
  local part="$jars.part.$$"
  mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$part" >&2 ||
    die "Maven could not fetch Kafka $version"
  mv -T "$part" "$jars" 2> /dev/null || rm -rf "$part" # another process was faster
}

log=-Dorg.slf4j.simpleLogger
# An array, not a function: of a function in the background the shell would be the process, and outlived by what it runs.
java_kafka=(java -cp "$jars/*" -XX:+UseSerialGC ${RECKONER_KAFKA_JAVA_OPTIONS--XX:TieredStopAtLevel=1} $log.showDateTime=true $log.defaultLogLevel=warn
  $log.log.kafka.server.KafkaRaftServer=info)

# Few internal partitions and no delay at the first join, so that it starts quickly; transactions of the dead are ended every second.
properties() { # PORT
  local node=1 voters="1@127.0.0.1:$(($1 + 100))" copies=1 enough=1
  if [[ $cluster ]]; then
    node=$cluster copies=3 enough=2
    local first=$(($1 - node + 101))
    voters="1@127.0.0.1:$first,2@127.0.0.1:$((first + 1)),3@127.0.0.1:$((first + 2))"
  fi
  cat << EOF
process.roles=broker,controller
node.id=$node
controller.quorum.voters=$voters
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$(($1 + 100))${RECKONER_KAFKA_PROXY_PORT:+,PROXIED://127.0.0.1:$(($1 + 500))}
advertised.listeners=PLAINTEXT://127.0.0.1:$1${RECKONER_KAFKA_PROXY_PORT:+,PROXIED://127.0.0.1:$RECKONER_KAFKA_PROXY_PORT}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/data
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$enough
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$enough
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
EOF
}

make_certificates() { # an authority, and a server's key with its certificate for 127.0.0.1
  mkdir -p "$dir/tls"
  (
    cd "$dir/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=test-authority -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile <(echo subjectAltName=IP:127.0.0.1) -out server.crt
    cat server.key server.crt ca.pem > server.pem
  ) > /dev/null 2>&1 || die "openssl could not make certificates; is it installed?"
}

# The properties, with more listeners and what these need.
secure_properties() { # PORT
  local more="SSL://127.0.0.1:$(($1 + 200)),SASL_SSL://127.0.0.1:$(($1 + 300)),SASL_PLAINTEXT://127.0.0.1:$(($1 + 400))"
  properties "$1" | sed -e "s#^\(advertised.listeners=.*\)#\1,$more#" -e "s#^\(listeners=.*\)#\1,$more#" \
    -e 's#^\(listener.security.protocol.map=.*\)#\1,SSL:SSL,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT#'
  cat << EOF
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:alice
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls/server.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
EOF
  local listener module=org.apache.kafka.common.security
  for listener in sasl_ssl sasl_plaintext; do
    echo "listener.name.$listener.plain.sasl.jaas.config=$module.plain.PlainLoginModule required user_alice=\"alice-secret\" user_bob=\"bob-secret\";"
    echo "listener.name.$listener.scram-sha-256.sasl.jaas.config=$module.scram.ScramLoginModule required;"
    echo "listener.name.$listener.oauthbearer.sasl.jaas.config=$module.oauthbearer.OAuthBearerLoginModule required;"
    echo "listener.name.$listener.oauthbearer.connections.max.reauth.ms=3600000" # a connection ends with its token
    echo "listener.name.$listener.scram-sha-512.sasl.jaas.config=$module.scram.ScramLoginModule required;"
  done
}

running() { [[ -s $dir/pid ]] && kill -0 "$(< "$dir/pid")" 2> /dev/null; }

lay_out() { # PORT
  if [[ ! -f $dir/server.properties ]]; then
    mkdir -p "$dir"
    local scram=()
    if [[ $secure ]]; then
      make_certificates
      for user in alice bob; do
        for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do scram+=(--add-scram "$mechanism=[name=$user,password=$user-secret]"); done
      done
    fi
    "${secure:+secure_}properties" "$1" > "$dir/server.properties.new"
    "${java_kafka[@]}" -Xmx64m kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c "$dir/server.properties.new" "${scram[@]}" > "$dir/log" 2>&1 ||
      { cat "$dir/log" >&2; die "cannot lay out $dir"; }
    mv "$dir/server.properties.new" "$dir/server.properties"
  fi
}

start() { # PORT HEAP
  fetch
  lay_out "$1"
  running && return
  # It must not hold the pipes and locks of who called.
  (
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor=${descriptor##*/}
      if ((descriptor > 2)); then eval "exec $descriptor>&-"; fi
    done
    "${java_kafka[@]}" -Xmx"$2" kafka.Kafka "$dir/server.properties" & echo $! > "$dir/pid"; wait
  ) < /dev/null > "$dir/log" 2>&1 &
  local end=$((SECONDS + kStartSeconds))
  until grep -q 'Kafka Server started' "$dir/log"; do
    ((SECONDS < end)) || { tail -n 20 "$dir/log" >&2; die "it does not serve after $kStartSeconds s"; }
    [[ ! -s $dir/pid ]] || running || { tail -n 20 "$dir/log" >&2; die "it has ended"; }
    sleep 0.05
  done
}

# A broker serves when a controller is chosen, by two of them: so all begin before any is waited for.
start_three() { # PORT HEAP
  fetch
  local all=$dir failed=
  local -a starting=()
  for cluster in 1 2 3; do
    dir=$all/$cluster
    lay_out $(($1 + cluster - 1))
    start $(($1 + cluster - 1)) "$2" & starting+=($!)
  done
  for one in "${starting[@]}"; do wait "$one" || failed=yes; done
  dir=$all
  [[ ! $failed ]] || die "not all of three brokers serve"
}

end_three() { # SIGNAL
  local all=$dir
  for dir in "$all"/[123]; do end_it "$1"; done
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

(($# >= 2)) || { sed -n '2,11s/^# *//p' "$0" >&2; exit 2; }
secure= three= cluster=
while [[ $2 == -[s3] ]]; do
  if [[ $2 == -s ]]; then secure=yes; else three=yes; fi
  set -- "$1" "${@:3}"
done
dir=$(realpath -m "$2")
case $1 in
  start) if [[ $three ]]; then start_three "${3:?port}" "${4:-96m}"; else start "${3:?port}" "${4:-96m}"; fi ;;
  stop) if [[ -d $dir/1 ]]; then end_three TERM; else end_it TERM; fi ;;
  kill) if [[ -d $dir/1 ]]; then end_three KILL; else end_it KILL; fi ;;
  *) die "start, stop or kill, not $1" ;;
esac
