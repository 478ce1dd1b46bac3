#!/usr/bin/env python3
"""The seed workload through a real broker: a read_committed reader gets the oracle's rows, once, whatever was killed on the way.

kafka_seed.py PROGRAM SOURCE WORK_DIRECTORY [KILLS SEED]
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from kafka_runs import SeedTopics, finish, open_broker, wait_all

# What the workload's own oracle (which shares no code with this project) printed for this input.
INPUT = "200000 20000 1"
ORACLE = {
    "totals": "rows=168793 digest=0d8d8200310bbecb",
    "scores": "rows=1038 digest=7ba3d1ab7d4f8e16",
    "alerts": "rows=758 digest=655dd548360b4aa7",
}


def check(topics, what, *slots):
    found = topics.answer()
    if found != ORACLE:
        logs = "".join(f"--- {slot}\n{topics.log(slot)}" for slot in slots)
        sys.exit(f"{what}: {found}, the oracle says {ORACLE}\n{logs}")
    print(f"{what}: as the oracle says", flush=True)


def one_instance(topics, events):
    topics.create()
    topics.fill(events)
    finish(topics, ["a"])
    check(topics, "one instance", "a")
    finish(topics, ["a"])
    check(topics, "the same, run again", "a")


def two_instances(topics, events):
    topics.create()
    topics.fill(events)
    finish(topics, ["a", "b"])
    check(topics, "two instances", "a", "b")


def killed(topics, events, kills, seed):
    """Two instances, one of which is killed now and then and started again, while events arrive; then both stop in order."""
    chance = random.Random(seed)
    topics.create()
    running = {slot: topics.start(slot, until_end=False, checkpoint__every="1s") for slot in ("a", "b")}
    portion = len(events) // (kills + 1) + 1
    for number in range(kills + 1):
        topics.fill(events[number * portion:(number + 1) * portion])
        time.sleep(chance.uniform(0.2, 1.5))
        if number == kills:
            break
        slot = chance.choice(sorted(running))
        if running[slot].poll() is not None:
            sys.exit(f"{slot} ended by itself with {running[slot].returncode}\n{topics.log(slot)}")
        running[slot].send_signal(signal.SIGKILL)
        running[slot].wait()
        time.sleep(chance.choice((0, 0.5)))
        running[slot] = topics.start(slot, until_end=False, checkpoint__every="1s")
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    if not wait_all(running.values(), 60):
        sys.exit("did not end in order after SIGTERM:\n" + "".join(topics.log(slot) for slot in running))
    finish(topics, ["b"])
    check(topics, f"{kills} kills at random moments (seed {seed})", "a", "b")


def main():
    program, source, directory = sys.argv[1:4]
    kills, seed = map(int, sys.argv[4:6]) if len(sys.argv) > 4 else (6, 1)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    made = subprocess.run([program, "generate", "seed", *INPUT.split()], capture_output=True, check=True).stdout
    events = made.splitlines(keepends=True)
    name = f"r{os.getpid()}"  # so that runs on one broker do not meet
    with open_broker(directory) as broker:
        one_instance(SeedTopics(program, source, broker, directory, name + "one"), events)
        two_instances(SeedTopics(program, source, broker, directory, name + "two"), events)
        killed(SeedTopics(program, source, broker, directory, name + "killed"), events, kills, seed)


main()
