#!/usr/bin/env python3
"""The seed workload on topics while processes come and go: 1, 3, 8, and 1 again, as events flow. A read_committed reader gets the oracle's rows, once,
and the log has every shard's epochs without a gap.

kafka_scale.py PROGRAM SOURCE WORK_DIRECTORY [ROUNDS SEED]   with more rounds than one, processes are also killed, and come and go at random
"""
import itertools
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from kafka_disturbed import SESSION_S, check, generated
from kafka_runs import Broker, SeedTopics, finish, wait_all

SLOTS = "abcdefgh"
PORTION = 1000  # events
PORTIONS_EACH = 10  # that those who have the shards then work on, if there are as many left
LIVE_S = 60  # by when shards have owners again after a change


class Flow:
    """Events that arrive, a portion at a time, for as long as somebody waits."""

    def __init__(self, topics, events):
        self.topics, self.events, self.at = topics, events, 0

    def more(self, leave=0):
        if self.at + PORTION + leave <= len(self.events):
            self.topics.fill(self.events[self.at:self.at + PORTION])
            self.at += PORTION

    def rest(self):
        self.topics.fill(self.events[self.at:])
        self.at = len(self.events)


class Crew:
    """The processes of a job, a slot each."""

    def __init__(self, topics, flow):
        self.topics, self.flow, self.running, self.settings = topics, flow, {}, {}

    def begin(self, slot):
        self.running[slot] = self.topics.start(slot, until_end=False, checkpoint__every="2s", **self.settings)

    def owners(self):
        """The slots that have shards, and how many, as the log has it."""
        said = subprocess.run([self.topics.program, "lag", *self.topics.arguments("a")], capture_output=True, text=True)
        rows = [line.split() for line in said.stdout.splitlines()[1:]]
        found = {}
        for row in rows:
            found[row[2]] = found.get(row[2], 0) + 1
        return found

    def change_to(self, slots, leave, how=signal.SIGTERM):
        """Returns how long it takes until each of them has shards, and nobody else, and a little work done."""
        began = time.monotonic()
        leaving = {slot: self.running.pop(slot) for slot in sorted(self.running) if slot not in slots}
        for process in leaving.values():
            process.send_signal(how)
        for slot in slots:
            if slot not in self.running:
                self.begin(slot)
        while set(self.owners()) != set(slots):
            if time.monotonic() - began > LIVE_S:
                sys.exit(f"shards of {self.owners()}, not of {slots}\n" + "".join(f"--- {slot}\n{self.topics.log(slot)}" for slot in slots))
            self.flow.more(leave)
            self.look()
        for _ in range(PORTIONS_EACH):
            self.flow.more(leave)
        for slot, process in leaving.items():
            process.wait()
            if how == signal.SIGTERM and process.returncode != 0:
                sys.exit(f"{slot} ended with {process.returncode} after SIGTERM\n{self.topics.log(slot)}")
        return time.monotonic() - began

    def look(self):
        for slot, process in self.running.items():
            if process.poll() is not None:
                sys.exit(f"{slot} ended by itself with {process.returncode}\n{self.topics.log(slot)}")


def scaled(crew, leave):
    took = [f"{len(slots)} in {crew.change_to(slots, leave):.1f} s" for slots in ("a", "abc", SLOTS, "h")]
    print(", ".join(took), flush=True)


def kept_for_the_next(crew, leave):
    """With kafka.hand_over: false a slot keeps its shards while it is away for less than the session, and its next process has them again."""
    crew.settings = {"kafka__hand_over": "false"}
    crew.change_to("ab", leave)
    before = crew.owners()
    crew.running["a"].send_signal(signal.SIGTERM)
    if not wait_all([crew.running["a"]], LIVE_S):
        sys.exit(f"does not end after SIGTERM\n{crew.topics.log('a')}")
    time.sleep(SESSION_S / 2)
    away = crew.owners()
    if away["b"] != before["b"]:
        sys.exit(f"shards of a process that comes back were given away: {before}, then {away}")
    crew.begin("a")
    print("half a session without a process: its shards wait for the next one", flush=True)


def joined_under_load(program, source, broker, directory, events):
    """One process commits hundreds of times a second, on and on, to the only partition of the log: another gets its shards all the same."""
    topics = SeedTopics(program, source, broker, directory, "load")
    topics.create()
    ends = threading.Event()

    def load():
        kcat = ["kcat", "-P", "-b", broker.address, "-t", topics.topic, "-K", "\t", "-X", "partitioner=murmur2_random", "-X", "linger.ms=0"]
        with subprocess.Popen(kcat, stdin=subprocess.PIPE) as client:
            for line in itertools.cycle(events):
                if ends.is_set():
                    break
                client.stdin.write(line[line.index(b'"account_id":"') + 14:].split(b'"', 1)[0] + b"\t" + line)
                client.stdin.flush()
                time.sleep(0.002)

    writer = threading.Thread(target=load)
    first = topics.start("a", until_end=False)
    writer.start()
    try:
        time.sleep(5)
        second = topics.start("b", until_end=False, options=("--status-every", "200ms"))
        end = time.monotonic() + LIVE_S
        while not re.search(r"records/s .* [1-8] shards", topics.log("b")):
            if time.monotonic() > end or first.poll() is not None or second.poll() is not None:
                sys.exit(f"no shards for the second process while records come\n{topics.log('a')}---\n{topics.log('b')}")
            time.sleep(0.2)
    finally:
        ends.set()
        writer.join()
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
    if not wait_all([first, second], SESSION_S + 60):
        sys.exit(f"did not end in order after SIGTERM\n{topics.log('a')}---\n{topics.log('b')}")
    print("a process that joins while another commits all the time gets its shards", flush=True)


def shuffled(crew, chance, leave):
    slots = "".join(sorted(chance.sample(SLOTS, chance.choice((1, 2, 3, 5, 8)))))
    how = chance.choice((signal.SIGTERM, signal.SIGKILL))
    print(f"{slots} in {crew.change_to(slots, leave, how):.1f} s ({how.name})", flush=True)


def main():
    program, source, directory = sys.argv[1:4]
    rounds, seed = map(int, sys.argv[4:6]) if len(sys.argv) > 4 else (1, 1)
    shutil.rmtree(directory, ignore_errors=True)
    events = generated(program)
    chance = random.Random(seed)
    with Broker(directory, heap="128m") as broker:
        joined_under_load(program, source, broker, directory, events)
        topics = SeedTopics(program, source, broker, directory, "scale")
        topics.create()
        flow = Flow(topics, events)
        crew = Crew(topics, flow)
        for number in range(rounds):
            scaled(crew, len(events) * (rounds - 1 - number) // rounds)
            if rounds > 1:
                shuffled(crew, chance, len(events) * (rounds - 1 - number) // rounds)
        kept_for_the_next(crew, 0)
        flow.rest()
        time.sleep(1)
        crew.look()
        for process in crew.running.values():
            process.send_signal(signal.SIGTERM)
        if not wait_all(crew.running.values(), SESSION_S + 60):
            sys.exit("did not end in order after SIGTERM:\n" + "".join(topics.log(slot) for slot in crew.running))
        finish(topics, sorted(crew.running)[:1])
        check(topics, f"1, 3, 8 and 1 processes, {rounds} times", *SLOTS)
        verified = subprocess.run([program, "verify", *topics.arguments("a")], capture_output=True, text=True)
        followed = re.search(r"(\d+) epochs of 8 shards follow each other", verified.stdout)
        if verified.returncode != 0 or followed is None:
            sys.exit(f"verify: exit {verified.returncode}\n{verified.stdout}{verified.stderr}")
        print(f"verify: {followed.group(0)}")


main()
