#!/usr/bin/env python3
"""Processes that are not alone with what they take for theirs, on a real broker: one that slept through its session, one whose slot is started
again, and one that starts before its broker. A read_committed reader gets the oracle's rows, once.

kafka_superseded.py PROGRAM SOURCE WORK_DIRECTORY [stopped|twice|before]...
"""
import os
import shutil
import signal
import sys
import time

from kafka_disturbed import SESSION_S, check, follow, generated
from kafka_runs import END_S, Broker, SeedTopics, finish, open_broker, wait_all


def stopped(topics, events):
    """An instance is stopped for longer than its session lasts, while another takes its shards, and goes on as if nothing had been: nothing that it
    then does counts."""
    running = follow(topics, ("a", "b"))
    third = len(events) // 3
    topics.fill(events[:third])
    time.sleep(2)
    running["a"].send_signal(signal.SIGSTOP)
    topics.fill(events[third:2 * third])
    time.sleep(SESSION_S + 4)
    running["a"].send_signal(signal.SIGCONT)
    topics.fill(events[2 * third:])
    time.sleep(2)
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    wait_all(running.values(), 60)
    finish(topics, ["b"])
    check(topics, f"an instance that slept through its session (it ended with {running['a'].returncode})", "a", "b")


def started_twice(topics, events):
    """A second process with the same slot takes over from the first, whose transactions no longer count."""
    half = len(events) // 2
    first = follow(topics, ("a",))["a"]
    topics.fill(events[:half])
    time.sleep(2)
    second = topics.start("a", until_end=False, checkpoint__every="1s", state__dir=os.path.join(topics.directory, f"{topics.name}-again"))
    time.sleep(2)
    topics.fill(events[half:])
    time.sleep(SESSION_S)
    ended = first.poll()
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
    wait_all((first, second), 60)
    finish(topics, ["a"])
    check(topics, f"two processes with one slot (the first ended with {ended})", "a")


def started_before_the_broker(topics, events):
    topics.create()
    topics.fill(events)
    topics.broker.kill()
    process = topics.start("a")
    time.sleep(2)
    topics.broker.start()
    if not wait_all([process], END_S):
        sys.exit(f"an instance that started before the broker ended with {process.returncode}\n{topics.log('a')}")
    check(topics, "an instance that started before the broker", "a")


def main():
    program, source, directory, *chosen = sys.argv[1:]
    parts = {"stopped": stopped, "twice": started_twice, "before": started_before_the_broker}
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = generated(program)
    with open_broker(directory) as broker:
        for part in chosen or parts:
            if part == "before" and not isinstance(broker, Broker):
                continue  # a given one is not ours to stop
            parts[part](SeedTopics(program, source, broker, directory, f"r{os.getpid()}{part}"), events)  # so that runs on one broker do not meet


main()
