#!/usr/bin/env python3
"""Members of a job's group that are no processes of it, on a real broker: they are named, with what to do, and the job ends; and what the group refuses a
process for is told.

kafka_members.py PROGRAM SOURCE WORK_DIRECTORY
"""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_runs import END_S, Broker, SeedTopics, wait_all

CONFIGURATION, FINDINGS = 78, 1
TOLD_S = 20
EVENTS = "20000 500 1"


class Guest:
    """A consumer by kcat in the job's group."""

    def __init__(self, topics, topic, *settings):
        command = ["kcat", "-b", topics.broker.address, *(part for setting in settings for part in ("-X", setting)), "-G", topics.name, topic]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        atexit.register(self.process.kill)
        os.set_blocking(self.process.stderr.fileno(), False)
        said, end = b"", time.monotonic() + TOLD_S
        while b"rebalanced" not in said:
            if time.monotonic() > end:
                sys.exit(f"{' '.join(command)}: is no member after {TOLD_S} s: {said}")
            said += self.process.stderr.read() or b""
            time.sleep(0.05)

    def leave(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def start(topics, slot, **more):
    """When it has shards."""
    process = topics.start(slot, until_end=False, options=("--status-every", "100ms"), **more)
    end = time.monotonic() + END_S
    while not re.search(r"\b[1-8] shards?\b", topics.log(slot)):
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"{slot}: has no shards; exit {process.poll()}\n{topics.log(slot)}")
        time.sleep(0.05)
    return process


def must_end(topics, process, slot, what, *parts):
    try:
        process.wait(TOLD_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"{what}: the job runs on\n{topics.log(slot)}")
    said = topics.log(slot)
    missing = [part for part in parts if not re.search(part, said)]
    if process.returncode != CONFIGURATION or missing:
        sys.exit(f"{what}: exit {process.returncode}, not said: {missing}\n{said}")
    print(f"{what}: told, and the job ends", flush=True)


def checked(topics):
    done = subprocess.run([topics.program, "topics", "check", *topics.arguments("a")], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def guests(topics, other):
    """They come while the job runs; when they are gone, it starts again at once."""
    code, said = checked(topics)
    if code != 0:
        sys.exit(f"topics check: exit {code}\n{said}")
    running = start(topics, "a")
    guest = Guest(topics, other, "client.id=guest")
    must_end(topics, running, "a", "another topic in the job's group", rf"group {topics.name}: ", rf"subscribe to {topics.topic}",
             rf"client 'guest' at /127\.0\.0\.1, which subscribes to {other}\.", "stop the others or give them another group")
    end = time.monotonic() + TOLD_S
    while True:  # until the group has seen that the job is gone
        code, said = checked(topics)
        if code == FINDINGS and f"client 'guest' at /127.0.0.1, which subscribes to {other}." in said:
            break
        if time.monotonic() > end:
            sys.exit(f"topics check: exit {code}\n{said}")
    print("topics check: tells of it too", flush=True)
    must_end(topics, topics.start("b", until_end=False), "b", "the guest is there first", rf"which subscribes to {other}\.")
    guest.leave()
    running = start(topics, "c")
    guest = Guest(topics, topics.topic)
    must_end(topics, running, "c", "another program that reads the job's input", "client 'rdkafka' at /127\\.0\\.0\\.1, which is no process of a job")
    guest.leave()


def other_assignor(topics):
    guest = Guest(topics, topics.topic, "partition.assignment.strategy=roundrobin")
    must_end(topics, topics.start("d", until_end=False), "d", "members that share partitions in another way", "by 'roundrobin'", "client 'rdkafka' at /127",
             "stop them, or give them or the job another name")
    guest.leave()


def other_inputs(topics, other):
    """Two jobs of one name: the later one ends before it has a shard, whatever becomes of the first."""
    first = start(topics, "e")
    second = topics.start("f", until_end=False, inputs__events__topic=other)
    must_end(topics, second, "f", "a job of the same name with other inputs", rf"subscribe to {other}, .*client 'reckoner' at /127\.0\.0\.1, which subscribes to "
             rf"{topics.topic}\.", "another job needs a name of its own")
    said = subprocess.run([topics.program, "lag", *topics.arguments("e")], capture_output=True, text=True, check=True).stdout
    slots = set(re.findall(rf"^{re.escape(topics.topic)} +\d+ +(\S+)", said, re.M))
    if slots != {"e"}:
        sys.exit(f"shards went to {slots}\n{said}")
    first.send_signal(signal.SIGTERM)
    first.wait()
    if first.returncode not in (0, CONFIGURATION):
        sys.exit(f"the first ended with {first.returncode}\n{topics.log('e')}")


def session_too_short(topics):
    must_end(topics, topics.start("g", until_end=False, kafka__settings="session.timeout.ms=1000,heartbeat.interval.ms=300"), "g",
             "a session that the brokers do not allow", "set session.timeout.ms in kafka.settings between", "group.min.session.timeout.ms")


def own_clients(topics, events):
    """Processes of a job that have client ids of their user's are no strangers to each other."""
    topics.fill(events)
    processes = [topics.start("h", kafka__settings="client.id=mine"), topics.start("i")]
    if not wait_all(processes, END_S):
        sys.exit(f"with a client id: {[process.returncode for process in processes]}\n{topics.log('h')}{topics.log('i')}")
    print("a client id of the user's: runs", flush=True)


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = subprocess.run([program, "generate", "seed", *EVENTS.split()], capture_output=True, check=True).stdout.splitlines()
    with Broker(directory) as broker:
        topics, elsewhere = (SeedTopics(program, source, broker, directory, name) for name in ("job", "elsewhere"))
        for one in (topics, elsewhere):
            one.create()
        guests(topics, elsewhere.topic)
        other_assignor(topics)
        other_inputs(topics, elsewhere.topic)
        session_too_short(topics)
        own_clients(topics, events)


main()
