#!/usr/bin/env python3
"""The seed workload through three brokers that keep three copies, of which two must have a record: while events flow, brokers are killed that lead the
job's log or coordinate its transactions or its group, and all are restarted one after the other. A read_committed reader gets the oracle's rows, once.

kafka_cluster.py PROGRAM SOURCE WORK_DIRECTORY [KILLS ROLLS SEED]
"""
import random
import shutil
import sys
import threading
import time

from kafka_disturbed import check, follow, generated, stop_in_order, with_brokers
from kafka_runs import Cluster, SeedTopics, finish

PORTION = 500  # events
DISTURBANCE_S = 15  # that one takes, about, so that events arrive until the last
COPIED_S = 120  # by when a broker that is back has caught up


class Flow(threading.Thread):
    """Events that arrive until all are there, or, once it is told to `hurry`, at once."""

    def __init__(self, topics, events, seconds):
        super().__init__(daemon=True)
        self.topics, self.events, self.hurry = topics, events, threading.Event()
        self.pause_s = seconds * PORTION / len(events)
        self.failed = None

    def run(self):
        try:
            for at in range(0, len(self.events), PORTION):
                if self.hurry.wait(self.pause_s):
                    return self.topics.fill(self.events[at:])
                self.topics.fill(self.events[at:at + PORTION])
        except SystemExit as error:
            self.failed = error


def look(running, topics):
    for slot, process in running.items():
        if process.poll() is not None:
            sys.exit(f"{slot} ended by itself with {process.returncode}\n{topics.log(slot)}")


def under_load(topics, events, disturb, times):
    """Two processes work on events that arrive while `disturb` is called so many times, each with all copies there."""
    running = follow(topics, ("a", "b"))
    flow = Flow(topics, events, times * DISTURBANCE_S)
    flow.start()
    time.sleep(3)
    for number in range(times):
        disturb(number)
        topics.broker.wait_copied(COPIED_S)
        look(running, topics)
    flow.hurry.set()
    flow.join()
    if flow.failed:
        raise flow.failed
    stop_in_order(topics, running)
    finish(topics, ["b"])


def killed(topics, events, kills, seed):
    chance, cluster = random.Random(seed), topics.broker
    roles = {"leads the log": lambda: cluster.leader(f"{topics.name}.log", 0),
             "coordinates transactions": lambda: cluster.coordinator("__transaction_state", f"{topics.name}-a-0"),
             "coordinates the group": lambda: cluster.coordinator("__consumer_offsets", topics.name)}
    ended = []

    def kill(number):
        role = list(roles)[number % len(roles)]
        broker = roles[role]()
        cluster.end(broker, "kill")
        ended.append(f"{broker} that {role}")
        time.sleep(chance.choice((0, 1, 4)))
        cluster.start_again(broker)

    under_load(topics, events, kill, kills)
    check(topics, f"killed: {', '.join(ended)}", "a", "b")


def rolled(topics, events, rolls, _):
    def roll(_):
        for broker in topics.broker.numbers:
            topics.broker.end(broker, "stop")
            topics.broker.start_again(broker)
            topics.broker.wait_copied(COPIED_S)

    under_load(topics, events, roll, rolls)
    check(topics, f"all three restarted one after the other, {rolls} times", "a", "b")


def main():
    program, source, directory = sys.argv[1:4]
    kills, rolls, seed = map(int, sys.argv[4:7]) if len(sys.argv) > 4 else (3, 1, 1)
    shutil.rmtree(directory, ignore_errors=True)
    events = generated(program)
    for name, run, times in (("killed", killed, kills), ("rolled", rolled, rolls)):
        def attempt(cluster, number):
            topics = SeedTopics(program, source, cluster, directory, f"{name}{number}")
            topics.settings["kafka.replication"] = "3"
            run(topics, events, times, seed + number)

        if times:
            with_brokers(lambda: Cluster(directory), attempt)


main()
