#!/usr/bin/env python3
"""The seed workload through a real broker: a read_committed reader gets the oracle's rows, once, whatever was killed on the way.

kafka_seed.py PROGRAM SOURCE WORK_DIRECTORY [KILLS KILLS_OF_BROKER SEED]   0 kills: without what they come behind
"""
import os
import random
import shutil
import signal
import sys
import time

from kafka_disturbed import check, disturbed, generated, with_brokers
from kafka_runs import Broker, SeedTopics, finish, open_broker
from kafka_segments import expected_marks, lost_marks

KILLS_OF_ONE = 5
DONE_S = 100  # by when what is left is done, where a broker that is back serves


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
    chance = random.Random(seed)

    def kill(running):
        slot = chance.choice(sorted(running))
        running[slot].send_signal(signal.SIGKILL)
        running[slot].wait()
        time.sleep(chance.choice((0, 0.5)))
        running[slot] = topics.start(slot, until_end=False, checkpoint__every="1s")

    disturbed(topics, events, kills, chance, kill)
    check(topics, f"{kills} kills at random moments (seed {seed})", "a", "b")


def broker_killed(topics, events, kills, seed):
    """The broker comes back with what it had, and the instances go on by themselves."""
    chance = random.Random(seed)

    def kill(_):
        topics.broker.kill()
        time.sleep(chance.choice((0, 1, 4)))
        topics.broker.start()

    disturbed(topics, events, kills, chance, kill, DONE_S)
    check(topics, f"{kills} kills of the broker (seed {seed})", "a", "b")


def brokers_killed(program, source, directory, name, events, kills, seed):
    for begun in range(0, kills, KILLS_OF_ONE):
        def attempt(broker, number):
            topics = SeedTopics(program, source, broker, directory, f"{name}{begun}x{number}")
            broker_killed(topics, events, min(KILLS_OF_ONE, kills - begun), seed + begun + number)

        with_brokers(lambda: Broker(directory), attempt)


def marks_are_found(broker):
    """Where no broker died, all are there: what looks for lost ones must not excuse a job's failure."""
    for data in broker.data():
        if lost_marks(data) or not expected_marks(data):
            sys.exit(f"marks of transactions: {sum(expected_marks(data).values())} are expected, and found lost are {lost_marks(data)}")


def main():
    program, source, directory = sys.argv[1:4]
    kills, broker_kills, seed = map(int, sys.argv[4:7]) if len(sys.argv) > 4 else (6, 2, 1)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = generated(program)
    name = f"r{os.getpid()}"  # so that runs on one broker do not meet
    if kills > 0:
        with open_broker(directory) as broker:
            one_instance(SeedTopics(program, source, broker, directory, name + "one"), events)
            two_instances(SeedTopics(program, source, broker, directory, name + "two"), events)
            killed(SeedTopics(program, source, broker, directory, name + "killed"), events, kills, seed)
            if isinstance(broker, Broker):
                marks_are_found(broker)
    if not os.environ.get("RECKONER_TEST_BROKER"):
        brokers_killed(program, source, directory, name + "broker", events, broker_kills, seed)


main()
