#!/usr/bin/env python3
"""A shard that comes back holds up nobody: the process's other shards go on, another process gets its share, and the restore goes on through that.

kafka_restore.py PROGRAM SOURCE WORK_DIRECTORY
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_disturbed import check, generated
from kafka_runs import Broker, SeedTopics, finish, wait_all

SHARDS = 8
HELD = 3  # the shard that does not come back until it may: of the first process also when there are two
WAIT_S = 60


def wait_until(holds, what, *topics_and_slots):
    end = time.monotonic() + WAIT_S
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {WAIT_S} s\n" + "".join(f"--- {slot}\n{topics.log(slot)[-1500:]}" for topics, slot in topics_and_slots))
        time.sleep(0.1)


def with_own_rules(topics, source, directory):
    """The example in a folder of its own, whose version the test changes."""
    example = os.path.join(directory, "seed")
    shutil.copytree(os.path.join(source, "examples", "seed"), example, ignore=shutil.ignore_patterns("state"))
    topics.job = os.path.join(example, "kafka.yaml")
    return os.path.join(example, "ruleset.yaml")


def change(path, was, becomes):
    with open(path) as text:
        changed = text.read().replace(was, becomes)
    with open(path, "w") as out:
        out.write(changed)


def last_status(topics, slot):
    lines = re.findall(r"records/s .* (\d+) shards(?:, (\d+) coming back)?", topics.log(slot))
    return tuple(int(number or 0) for number in lines[-1]) if lines else (0, 0)


def scored(topics):
    """Rows of scores by partition, without reading them."""
    name = f"{topics.name}.scores"
    asked = [part for shard in range(SHARDS) for part in ("-t", f"{name}:{shard}:-1")]
    said = subprocess.run(["kcat", "-Q", "-b", topics.broker.address, *asked], capture_output=True, text=True, check=True).stdout
    return {int(shard): int(offset) for shard, offset in re.findall(r"\[(\d+)\] offset (\d+)", said)}


def replayed(topics, slot):
    return [int(number.replace(",", "")) for number in re.findall(r"([\d,]+) records replayed", topics.log(slot))]


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    events = generated(program)
    third = len(events) // 3
    with Broker(directory) as broker:
        topics = SeedTopics(program, source, broker, directory, "restore")
        rules = with_own_rules(topics, source, directory)
        topics.create()
        topics.fill(events[:third])
        first = topics.start("a", until_end=False, options=("--status-every", "100ms"))
        wait_until(lambda: re.search(rf"lag 0 .* {SHARDS} shards\n\Z", topics.log("a")), "all is done", (topics, "a"))
        first.send_signal(signal.SIGTERM)
        if not wait_all([first], WAIT_S):
            sys.exit(f"did not end in order\n{topics.log('a')}")

        # The held shard's state is lost, and was decided by a version that the process now reads from a pipe into which nobody writes yet.
        state = os.path.join(directory, "restore-a")
        shutil.rmtree(os.path.join(state, f"shard-{HELD}"))
        kept, = glob.glob(os.path.join(state, "rule-sets", "*.yaml"))
        os.rename(kept, kept + ".away")
        os.mkfifo(kept)
        change(rules, "version: 1\n", "version: 2\n")
        first = topics.start("a", until_end=False, options=("--status-every", "100ms"))
        wait_until(lambda: last_status(topics, "a") == (SHARDS - 1, 1), "one shard comes back, and the others are there", (topics, "a"))
        before = scored(topics)
        topics.fill(events[third:2 * third])
        wait_until(lambda: sum(after > before[shard] for shard, after in scored(topics).items()) == SHARDS - 1, "the others go on", (topics, "a"))
        others = os.path.join(directory, "restore-b", "rule-sets")
        os.makedirs(others)
        shutil.copy(kept + ".away", os.path.join(others, os.path.basename(kept)))
        second = topics.start("b", until_end=False, options=("--status-every", "100ms"))
        wait_until(lambda: last_status(topics, "b") == (SHARDS // 2, 0), "another process gets its share", (topics, "a"), (topics, "b"))
        wait_until(lambda: last_status(topics, "a") == (SHARDS // 2 - 1, 1), "the first still waits for its own", (topics, "a"))
        before = scored(topics)
        topics.fill(events[2 * third:])
        wait_until(lambda: sum(after > before[shard] for shard, after in scored(topics).items()) == SHARDS - 1, "all others go on", (topics, "a"), (topics, "b"))
        if scored(topics)[HELD] != before[HELD]:
            sys.exit("the shard that is held back was worked on")

        # The version is to be had again: as the pipe gives nothing, from the rule set's folder.
        change(rules, "version: 2\n", "version: 1\n")
        with open(kept, "w"):
            pass
        wait_until(lambda: last_status(topics, "a") == (SHARDS // 2, 0), "the shard is back", (topics, "a"))
        for process in (first, second):
            process.send_signal(signal.SIGTERM)
        if not wait_all([first, second], WAIT_S):
            sys.exit(f"did not end in order\n{topics.log('a')}---\n{topics.log('b')}")
        os.remove(kept)
        os.rename(kept + ".away", kept)
        read, = set(replayed(topics, "a")) - {0}
        print(f"{read} records were replayed, for one shard alone, while seven went on and four of them moved", flush=True)
        change(rules, "version: 1\n", "version: 2\n")
        finish(topics, ["a"])
        check(topics, "a shard that comes back while others go on", "a", "b")
        verified = subprocess.run([program, "verify", *topics.arguments("a")], capture_output=True, text=True)
        if verified.returncode != 0 or f"epochs of {SHARDS} shards follow each other" not in verified.stdout:
            sys.exit(f"verify: exit {verified.returncode}\n{verified.stdout}{verified.stderr}")


main()
