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

from kafka_disturbed import SHARDS, check, generated, lag, wait_done
from kafka_runs import END_S, SeedTopics, finish, open_broker, wait_all


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
