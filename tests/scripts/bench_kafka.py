#!/usr/bin/env python3
"""The seed workload through topics of a broker on this machine: events a second and CPU, and how long an alert takes and where its time goes, beside a
bare pipeline and, where the peers' folder is there (SOURCE/../shared/peers), beside Kafka Streams.

bench_kafka.py BUILD SOURCE WORK_DIRECTORY [THOUSAND_EVENTS [SECONDS [RATE]]]
"""
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

from kafka_runs import Broker, SeedTopics
from latency_stages import print_stages, stages_of

ACCOUNTS = 100_000
PARTITIONS = 8
READY_S = 60
STEADY_LINES = 3
STREAMS_HEAP = "-Xms2g -Xmx2g -XX:+UseParallelGC"
ROW_OF_EVERY = 20  # events, of the bare pipeline
FIRST_EVENTS = 20_000  # that Kafka Streams begins with, where its latency is measured


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def traps(build, broker, topics):
    topics.create()
    words = [os.path.join(build, "kafka_traps"), broker.address, topics.name + ".alerts", topics.name + ".log", str(PARTITIONS)]
    print(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout, end="", flush=True)


def load(build, broker, topics, output, rate, seconds, *times):
    words = [os.path.join(build, "kafka_load"), broker.address, topics.topic, output, str(PARTITIONS), str(rate), str(seconds), str(ACCOUNTS), *times]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def throughput(build, broker, topics, thousand):
    topics.create()
    load(build, broker, topics, "-", 0, thousand)
    broker_before, own_before = cpu_of(broker.pid()), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = topics.start("a", epoch__time="1s", threads=os.cpu_count(), options=["--status-every", "1s"])
    if process.wait() != 0:
        sys.exit(topics.log("a"))
    took = time.monotonic() - began
    steady = steady_rate(topics.log("a")) or thousand * 1000 / took
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = own.ru_utime + own.ru_stime - own_before.ru_utime - own_before.ru_stime
    print(f"throughput: {thousand / 1000:.1f} M events, {steady / 1e6:.3f} M/s in its steady part, and {thousand / took / 1000:.3f} M/s with start and end ({took:.1f} s); CPU seconds a million events: "
          f"{used / thousand * 1000:.2f} of the job, {(cpu_of(broker.pid()) - broker_before) / thousand * 1000:.2f} of the broker", flush=True)
    print_log_cost(topics, used)
    return steady, used / thousand * 1000


def steady_rate(log):
    """Behind the start, which the peers' rates leave out too, and before the last windows close: by the job's status lines, one a second."""
    rates = [int(rate.replace(",", "")) for rate in re.findall(r"([0-9,]+) records/s", log)]
    while rates and rates[0] == 0:
        rates.pop(0)
    while rates and rates[-1] == 0:
        rates.pop()
    steady = rates[1:-1]
    return sum(steady) / len(steady) if len(steady) >= STEADY_LINES else None


def print_log_cost(topics, cpu_seconds):
    """As the job says it: writing decisions down is timed in its threads; handing the bytes to the brokers is not in that (kafka_traps has it)."""
    said = re.search(r"log: ([0-9.]+) bytes and ([0-9.]+) us a transaction.*", topics.log("a"))
    transactions = re.search(r"(\d+) transactions", topics.log("a"))
    seconds = float(said[2]) * int(transactions[1]) / 1e6
    print(f"  {said[0]}; {100 * seconds / cpu_seconds:.2f} % of its CPU seconds", flush=True)


def wait_until_taken(topics):
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        said = subprocess.run([topics.program, "lag", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        if len(said) == PARTITIONS and all(line.split()[2] == "a" for line in said):
            return
        time.sleep(0.2)
    sys.exit("the shards were not taken")


def percentiles_of(said):
    found = re.search(r"p50[ =]([0-9.]+) ?ms.*?p99[ =]([0-9.]+) ?ms", said)
    return (float(found[1]), float(found[2])) if found else None


class Latency:
    """Of the rows of one run: its percentiles as kafka_load says them, and each row's time by stage."""

    def __init__(self, topics):
        self.topics = topics
        self.times, self.trace = (os.path.join(topics.directory, f"{topics.name}.{what}") for what in ("times", "trace"))

    def measure(self, build, broker, rate, seconds, process):
        before = cpu_of(process.pid)
        self.said = load(build, broker, self.topics, self.topics.name + ".alerts", rate, seconds, self.times)
        self.cpu_seconds = cpu_of(process.pid) - before
        process.terminate()
        process.wait()
        self.percentiles = percentiles_of(self.said)
        self.stages = stages_of(self.times, self.trace)


def latency_of_job(build, broker, topics, rate, seconds):
    topics.create()
    latency = Latency(topics)
    process = topics.start("a", until_end=False, options=["--trace", latency.trace])
    wait_until_taken(topics)
    latency.measure(build, broker, rate, seconds, process)
    print(f"latency at {rate} events/s over {seconds} s, without the first {seconds // 6}, send time to read_committed reader:\n  job:  {latency.said}", flush=True)
    print_log_cost(topics, latency.cpu_seconds)
    return latency


def latency_of_bare(build, broker, topics, rate, seconds):
    topics.create()
    latency = Latency(topics)
    words = [os.path.join(build, "kafka_bare"), broker.address, topics.topic, topics.name + ".alerts", topics.name + ".log", str(PARTITIONS), str(ROW_OF_EVERY), latency.trace]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    latency.measure(build, broker, rate, seconds, process)
    print(f"  bare: {latency.said}", flush=True)
    return latency


class Streams:
    """Kafka Streams on the same workload, as the peers' folder has it: exactly_once_v2, RocksDB, a commit every 100 ms."""

    def __init__(self, peer, directory, broker, program):
        self.directory = os.path.join(directory, "kstreams")
        shutil.copytree(peer, self.directory)
        self.broker, self.program = broker, program
        self.call("build")

    def call(self, *words):
        environment = dict(os.environ, BROKER=self.broker.address, JAVA_OPTS=STREAMS_HEAP)
        done = subprocess.run(["./run.sh", *words], cwd=self.directory, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"kstreams: {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def fill(self, topic, events):
        path = os.path.join(self.directory, topic + ".jsonl")
        with open(path, "wb") as out:
            subprocess.run([self.program, "generate", "seed", str(events), str(ACCOUNTS), "7"], stdout=out, check=True)
        self.call("fill", f"topic={topic}", f"partitions={PARTITIONS}", f"file={path}")
        return path

    def application(self, topic):
        return [f"app={topic}", f"topic={topic}", f"threads={os.cpu_count()}", f"state={os.path.join(self.directory, topic)}"]

    def throughput(self, thousand):
        """Of the last three quarters: Java is warm by then."""
        self.fill("streams", thousand * 1000)
        said = self.call("run", *self.application("streams"), f"warm={thousand * 250}", f"events={thousand * 1000}", "halt", f"broker-pid={pid_of(self.broker)}")
        print(f"  Kafka Streams: {said.strip()}", flush=True)
        return tuple(float(re.search(rf"{name}=([0-9.]+)", said)[1]) for name in ("rate", "cpu_streams"))

    def latency(self, rate, seconds):
        self.fill("streams-paced", FIRST_EVENTS)
        path = self.fill("streams-more", rate * seconds)
        environment = dict(os.environ, BROKER=self.broker.address, JAVA_OPTS=STREAMS_HEAP)
        process = subprocess.Popen(["./run.sh", "run", *self.application("streams-paced"), f"warm={FIRST_EVENTS}", f"events={FIRST_EVENTS}", "stay"],
                                   cwd=self.directory, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
        process.stdout.readline()
        said = self.call("paced", "app=streams-paced", "topic=streams-paced", f"file={path}", f"rate={rate}", f"seconds={seconds}", f"warm-seconds={seconds // 6}")
        os.killpg(process.pid, signal.SIGKILL)
        print(f"  Kafka Streams: {said.strip()}", flush=True)
        return percentiles_of(said)


def main():
    build, source, directory = (os.path.abspath(path) for path in sys.argv[1:4])
    thousand, seconds, rate = (int(word) for word in (*sys.argv[4:], *("6000", "120", "8000")[len(sys.argv) - 4:]))
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    program = os.path.join(build, "reckoner")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=source, capture_output=True, text=True).stdout.strip()
    with open("/proc/cpuinfo") as text:
        model = next((line.split(":", 1)[1].strip() for line in text if line.startswith("model name")), platform.machine())
    print(f"machine: {model}, {os.cpu_count()} cores, with the broker and the load on them; {commit}", flush=True)
    os.environ["RECKONER_KAFKA_JAVA_OPTIONS"] = ""  # all of the compiler, as brokers in use have it
    with Broker(directory, heap="512m") as broker:
        peer = os.path.join(source, "..", "shared", "peers", "kstreams")
        streams = Streams(peer, directory, broker, program) if os.path.exists(peer) else None
        events_a_second, cpu = throughput(build, broker, SeedTopics(program, source, broker, directory, "through"), thousand)
        if streams:
            theirs, their_cpu = streams.throughput(thousand)
            print(f"  {events_a_second / theirs:.1f} times the events a second of Kafka Streams, {their_cpu / cpu:.1f} times less CPU", flush=True)
        job = latency_of_job(build, broker, SeedTopics(program, source, broker, directory, "latency"), rate, seconds)
        bare = latency_of_bare(build, broker, SeedTopics(program, source, broker, directory, "bare"), rate, seconds)
        if not job.percentiles or not bare.percentiles:
            sys.exit(f"no row was seen:\n{job.topics.log('a')}")
        ratios = [of_job / of_bare for of_job, of_bare in zip(job.percentiles, bare.percentiles)]
        print(f"  p50 {ratios[0]:.2f} and p99 {ratios[1]:.2f} times those of the bare pipeline", flush=True)
        print_stages({"job": job.stages, "bare": bare.stages})
        if streams and (latency := streams.latency(rate, seconds)):
            print(f"  p50 one {latency[0] / job.percentiles[0]:.1f}th of Kafka Streams'", flush=True)
        traps(build, broker, SeedTopics(program, source, broker, directory, "traps"))
        if not streams:
            print(f"SKIPPED: no Kafka Streams beside it, since {peer} is not there", flush=True)


main()
