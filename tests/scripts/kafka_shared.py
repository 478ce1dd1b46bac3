#!/usr/bin/env python3
"""Processes that have never seen a shard, on a real broker, when input and log no longer reach back to their beginnings: with the copies and rule sets that
the job's processes share they take it over and decide as the oracle says; without, they say what is missing. A shared directory that is away stops nothing.

kafka_shared.py PROGRAM SOURCE WORK_DIRECTORY
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_disturbed import SHARDS, check, generated, stop_in_order, wait_done
from kafka_runs import END_S, Broker, SeedTopics, finish, wait_all
from kafka_wire import Connection

PORTION, PAUSE_S = 1000, 1
BAD_INPUT = 65


def expect(holds, what, text):
    if not holds:
        sys.exit(f"{what}\n{text}")


def fill_until(topics, part, text, process):
    """In portions, since copies are taken behind epochs; without pauses once the process has said it."""
    for at in range(0, len(part), PORTION):
        topics.fill(part[at:at + PORTION])
        if text not in topics.log("a"):
            time.sleep(PAUSE_S)
    expect(text in topics.log("a") and process.poll() is None, f"'{text}' is not said", topics.log("a"))


def rule_set(source, directory, version):
    """The workload's, under a version of its own, so that an epoch tells which decided it."""
    path = os.path.join(directory, f"rules-{version}")
    shutil.copytree(os.path.join(source, "examples", "seed"), path)
    text = open(os.path.join(path, "ruleset.yaml")).read()
    changed = re.sub(r"(?m)^version:.*$", f"version: {version}", text)
    expect(changed != text, "no version in ruleset.yaml", text)
    with open(os.path.join(path, "ruleset.yaml"), "w") as out:
        out.write(changed)
    return path


def newest_copies(shared):
    """shard -> (epoch, log offset)."""
    found = {}
    for directory, _, names in os.walk(shared):
        for name in names:
            if not re.fullmatch(r"copy-\d+", name):
                continue
            text = open(os.path.join(directory, name)).read()
            shard = int(re.search(r"shard-(\d+)", directory)[1])
            copy = (int(name[5:]), int(re.search(r"log-offset (\d+)", text)[1]))
            found[shard] = max(found.get(shard, copy), copy)
    return found


def end_offsets(topics):
    asked = [part for partition in range(SHARDS) for part in ("-t", f"{topics.topic}:{partition}:-1")]
    said = subprocess.run(["kcat", "-Q", "-b", topics.broker.address, *asked], capture_output=True, text=True, check=True).stdout
    return {int(partition): int(offset) for partition, offset in re.findall(r"\[(\d+)\] offset (\d+)", said)}


def away_and_back(topics, shared, part, process):
    """A file in its place while the process works."""
    half = len(part) // 2
    os.rename(shared, f"{shared}.away")
    open(shared, "w").close()
    fill_until(topics, part[:half], "its copies are not shared, and that is tried again: ", process)
    os.remove(shared)
    os.rename(f"{shared}.away", shared)
    fill_until(topics, part[half:], "its copies are shared again", process)


def refused(topics, slot, **more):
    process = topics.start(slot, **more)
    ended = wait_all([process], END_S)
    expect(not ended and process.returncode == BAD_INPUT, f"{slot}: exit {process.returncode}", topics.log(slot))
    return topics.log(slot)


def listed(topics, slot, command):
    done = subprocess.run([topics.program, "checkpoint", command, *topics.arguments(slot)], capture_output=True, text=True)
    expect(done.returncode == 0, f"checkpoint {command}: exit {done.returncode}", done.stdout + done.stderr)
    return done.stdout


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = generated(program)
    quarter = len(events) // 4
    parts = [events[number * quarter:(number + 1) * quarter] for number in range(3)] + [events[3 * quarter:]]
    versions = {version: rule_set(source, directory, version) for version in (11, 12, 13)}
    shared = os.path.join(directory, "shared")
    with Broker(directory) as broker:
        wire = Connection(broker.port)
        name = f"s{os.getpid()}"
        topics = SeedTopics(program, source, broker, directory, name)
        topics.settings.update({"checkpoint.every": "1s", "checkpoint.shared_dir": shared, "checkpoint.share_every": "1s"})
        topics.create()
        process = topics.start("a", until_end=False, ruleset=versions[11])
        topics.fill(parts[0])
        wait_done(topics, ["a"], [process])
        away_and_back(topics, shared, parts[1], process)
        wait_done(topics, ["a"], [process])
        stop_in_order(topics, {"a": process})
        copies, read = newest_copies(os.path.join(shared, name)), end_offsets(topics)
        expect(len(copies) == SHARDS, f"shards {sorted(copies)} have shared copies", topics.log("a"))

        # Another rule set, whose epochs no copy holds, and all that the process has is lost.
        process = topics.start("a", until_end=False, ruleset=versions[12], checkpoint__share_every="1h")
        topics.fill(parts[2])
        wait_done(topics, ["a"], [process])
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(os.path.join(directory, f"{name}-a"))
        for partition, offset in read.items():
            wire.trim(topics.topic, partition, offset)
        wire.trim(f"{name}.log", 0, min(offset for _, offset in copies.values()))

        said = refused(topics, "b", checkpoint__shared_dir=os.path.join(directory, "elsewhere"))
        expect("checkpoint.shared_dir" in said, "what is missing is not said", said)
        topics.fill(parts[3])
        topics.settings["ruleset"] = versions[13]
        finish(topics, ["b", "c"])
        check(topics, "by processes without a state, behind what is gone of input and log", "b", "c")
        said = topics.log("b") + topics.log("c")
        fetched = {int(shard) for shard in re.findall(r"shard (\d+): checkpoint \d+ \(owner \d+, epoch \d+\) was fetched from the shared directory", said)}
        expect(fetched == set(range(SHARDS)), f"shards {sorted(fetched)} were fetched", said)
        rows = listed(topics, "b", "verify")
        expect(rows.count("shared, every byte as it was written") >= SHARDS, "the shared copies are not listed", rows)
        print(f"{len(fetched)} shards were begun from shared copies, one rule set of three from there too", flush=True)


main()
