#!/usr/bin/env python3
"""What a process knows already is used again, on a real broker: with its directory it replays what its newest checkpoint lacks, to the record, and a
shard that it released and got back it goes on with in memory.

kafka_warm.py PROGRAM SOURCE WORK_DIRECTORY
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_disturbed import check, generated
from kafka_runs import END_S, SeedTopics, finish, open_broker, wait_all

SHARDS = 8


def lag(topics):
    """(slot, records that are not worked on yet) of each shard, as the log has it."""
    said = subprocess.run([topics.program, "lag", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout
    return [(row[2], int(row[6])) for row in map(str.split, said.splitlines()[1:])]


def wait_done(topics, slots, running):
    """Until all records are worked on, and each slot has its part of the shards."""
    end = time.monotonic() + END_S
    while True:
        shards = lag(topics)
        if all(left == 0 for _, left in shards) and all(sum(slot == owner for owner, _ in shards) == SHARDS // len(slots) for slot in slots):
            return
        if time.monotonic() > end or any(process.poll() is not None for process in running):
            sys.exit(f"not done: {shards}\n" + "".join(f"--- {slot}\n{topics.log(slot)}" for slot in slots))
        time.sleep(0.2)


def counts(topics, slot):
    """How many shards the slot's last process acquired, and how many records it replayed."""
    found = re.findall(r"; (\d+) shards were acquired, (\d+) records replayed", topics.log(slot))
    if not found:
        sys.exit(f"no counts\n{topics.log(slot)}")
    return int(found[-1][0]), int(found[-1][1])


def must_count(topics, slot, what, expected):
    """A group may give its shards out once more than it has to."""
    found = counts(topics, slot)
    if found[0] < expected[0] or found[1] != expected[1]:
        sys.exit(f"{what}: (acquired, replayed) {found}, not {expected}\n{topics.log(slot)}")
    print(f"{what}: {found[0]} shards acquired, {found[1]} records replayed", flush=True)


def end(topics, running):
    for process in running:
        process.send_signal(signal.SIGTERM)
    if not wait_all(running, END_S):
        sys.exit(f"did not end in order\n{topics.log('a')}")


def warm_directory(topics, events):
    """An orderly end takes a checkpoint of each shard; what is worked on behind it is lost with a kill."""
    topics.create()
    half = len(events) // 2
    running = topics.start("a", until_end=False, checkpoint__every="1h")
    topics.fill(events[:half])
    wait_done(topics, "a", [running])
    end(topics, [running])
    must_count(topics, "a", "a new job", (SHARDS, 0))

    running = topics.start("a", until_end=False, checkpoint__every="1h")
    topics.fill(events[half:])
    wait_done(topics, "a", [running])
    running.kill()
    running.wait()
    finish(topics, ["a"])
    must_count(topics, "a", "behind a kill, with a checkpoint of the first half", (SHARDS, len(events) - half))
    check(topics, "the second half executed again", "a")

    finish(topics, ["a"])
    must_count(topics, "a", "behind an end in order", (SHARDS, 0))
    finish(topics, ["fresh"])
    must_count(topics, "fresh", "without a directory", (SHARDS, len(events)))


def warm_memory(topics, events):
    """When another process comes, all shards are released, and half of them come back."""
    topics.create()
    running = [topics.start("a", until_end=False, checkpoint__every="1h")]
    topics.fill(events[:len(events) // 2])
    wait_done(topics, "a", running)
    running.append(topics.start("b", until_end=False))
    wait_done(topics, "ab", running)
    topics.fill(events[len(events) // 2:])
    wait_done(topics, "ab", running)
    end(topics, running[:1])
    must_count(topics, "a", "eight shards, and four of them again", (SHARDS + SHARDS // 2, 0))
    end(topics, running[1:])
    finish(topics, ["b"])
    check(topics, "shards that were gone on with in memory", "a", "b")


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = generated(program)
    name = f"w{os.getpid()}"
    with open_broker(directory) as broker:
        warm_directory(SeedTopics(program, source, broker, directory, name + "directory"), events)
        warm_memory(SeedTopics(program, source, broker, directory, name + "memory"), events)


main()
