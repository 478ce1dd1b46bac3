#!/usr/bin/env python3
"""The seed workload through topics of a broker on this machine: events a second and CPU, and how long an alert takes beside a bare pipeline.

bench_kafka.py BUILD SOURCE WORK_DIRECTORY [THOUSAND_EVENTS [SECONDS [RATE]]]
"""
import os
import platform
import resource
import shutil
import subprocess
import sys
import time

from kafka_runs import Broker, SeedTopics

ACCOUNTS = 100_000
PARTITIONS = 8
READY_S = 60


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pid_of(broker):
    """Java's: the shell that started it waits."""
    with open(os.path.join(broker.directory, "pid")) as text:
        shell = text.read().strip()
    with open(f"/proc/{shell}/task/{shell}/children") as text:
        return int((text.read().split() or [shell])[0])


def load(build, broker, topics, output, rate, seconds):
    words = [os.path.join(build, "kafka_load"), broker.address, topics.topic, output, str(PARTITIONS), str(rate), str(seconds), str(ACCOUNTS)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def throughput(build, broker, topics, thousand):
    topics.create()
    load(build, broker, topics, "-", 0, thousand)
    broker_before, own_before = cpu_of(pid_of(broker)), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = topics.start("a", epoch__time="1s", threads=os.cpu_count())
    if process.wait() != 0:
        sys.exit(topics.log("a"))
    took = time.monotonic() - began
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = own.ru_utime + own.ru_stime - own_before.ru_utime - own_before.ru_stime
    print(f"throughput: {thousand / 1000:.1f} M events in {took:.1f} s with start and end: {thousand / took / 1000:.3f} M/s; CPU seconds a million events: "
          f"{used / thousand * 1000:.2f} of the job, {(cpu_of(pid_of(broker)) - broker_before) / thousand * 1000:.2f} of the broker", flush=True)


def wait_until_taken(topics):
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        said = subprocess.run([topics.program, "lag", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        if len(said) == PARTITIONS and all(line.split()[2] == "a" for line in said):
            return
        time.sleep(0.2)
    sys.exit("the shards were not taken")


def latency_of_job(build, broker, topics, rate, seconds):
    topics.create()
    process = topics.start("a", until_end=False)
    wait_until_taken(topics)
    print(f"latency at {rate} events/s over {seconds} s, send time to read_committed reader:\n  job:  {load(build, broker, topics, topics.name + '.alerts', rate, seconds)}",
          flush=True)
    process.terminate()
    process.wait()


def latency_of_bare(build, broker, topics, rate, seconds):
    topics.create()
    output = topics.name + ".alerts"
    process = subprocess.Popen([os.path.join(build, "kafka_bare"), broker.address, topics.topic, output, str(PARTITIONS)], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    print(f"  bare: {load(build, broker, topics, output, rate, seconds)}", flush=True)
    process.terminate()
    process.wait()


def main():
    build, source, directory = (os.path.abspath(path) for path in sys.argv[1:4])
    thousand, seconds, rate = (int(word) for word in (*sys.argv[4:], *("2000", "120", "8000")[len(sys.argv) - 4:]))
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    program = os.path.join(build, "reckoner")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=source, capture_output=True, text=True).stdout.strip()
    with open("/proc/cpuinfo") as text:
        model = next((line.split(":", 1)[1].strip() for line in text if line.startswith("model name")), platform.machine())
    print(f"machine: {model}, {os.cpu_count()} cores, with the broker and the load on them; {commit}", flush=True)
    with Broker(directory, heap="512m") as broker:
        throughput(build, broker, SeedTopics(program, source, broker, directory, "through"), thousand)
        latency_of_job(build, broker, SeedTopics(program, source, broker, directory, "latency"), rate, seconds)
        latency_of_bare(build, broker, SeedTopics(program, source, broker, directory, "bare"), rate, seconds)


main()
