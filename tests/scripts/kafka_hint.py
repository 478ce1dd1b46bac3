#!/usr/bin/env python3
"""The offsets that a job's group keeps, for tools that show lag: at a job's end, when shards move, and every few seconds they are the ends of the inputs,
and never beyond what the job's log says, whatever is killed.

kafka_hint.py PROGRAM SOURCE WORK_DIRECTORY [KILLS SEED]
"""
import asyncio
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from kafka_disturbed import generated, stop_in_order
from kafka_proxy import Proxy, pass_all
from kafka_runs import Broker, SeedTopics, finish, free_port
from kafka_wire import Connection

SESSION_S = 6
HINTED_S = 15  # by when a hint that is sent every 5 s has come
SHARDS = 8
REJECTED = b'{"account_id":"nobody"}'  # which lacks all else


class Group:
    def __init__(self, topics):
        self.topics, self.connection = topics, Connection(topics.broker.port)

    def offsets(self):
        """partition of the input -> offset."""
        return {partition: offset for (topic, partition), offset in self.connection.group_offsets(self.topics.name).items() if topic == self.topics.topic}

    def log_offset(self):
        return self.connection.group_offsets(self.topics.name)[f"{self.topics.name}.log", 0]

    def ends(self, topic=None):
        topic = topic or self.topics.topic
        asked = subprocess.run(["kcat", "-Q", "-b", self.topics.broker.address, *(part for shard in range(SHARDS) for part in ("-t", f"{topic}:{shard}:-1"))],
                               capture_output=True, text=True, check=True)
        return {int(partition): int(offset) for partition, offset in re.findall(r"\[(\d+)\] offset (\d+)", asked.stdout)}

    def wait_for_ends(self, what):
        end, ends = time.monotonic() + HINTED_S, self.ends()
        while (offsets := self.offsets()) != ends:
            if time.monotonic() > end:
                sys.exit(f"{what}: the group has {offsets} after {HINTED_S} s, the input {ends}")
            time.sleep(0.2)
        print(f"{what}: the group's offsets are the input's ends", flush=True)

    def must_be_ends(self, what):
        offsets, ends = self.offsets(), self.ends()
        if offsets != ends:
            sys.exit(f"{what}: the group has {offsets}, the input {ends}")
        print(f"{what}: the group's offsets are the input's ends", flush=True)


def next_in_log(topics):
    """partition of the input -> the next offset, as the job's log has it."""
    said = subprocess.run([topics.program, "lag", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout
    return {int(shard): int(after) for shard, after in re.findall(rf"^{re.escape(topics.topic)} +(\d+) +\S+ +\d+ +(\d+) ", said, re.M)}


class Watch(threading.Thread):
    """Looks again and again whether a hint is beyond what is committed."""

    def __init__(self, topics):
        super().__init__(daemon=True)
        self.topics, self.group, self.over, self.looks, self.beyond = topics, Group(topics), threading.Event(), 0, []
        self.start()

    def run(self):
        while not self.over.is_set():
            hinted = self.group.offsets()  # first, since both grow
            committed = next_in_log(self.topics)
            self.beyond += [(shard, offset, committed.get(shard)) for shard, offset in hinted.items() if offset > committed.get(shard, 0)]
            self.looks += len(hinted)

    def end(self):
        self.over.set()
        self.join()
        if self.beyond or not self.looks:
            sys.exit(f"{self.looks} looks; beyond the log (shard, hint, log): {self.beyond[:8]}")
        return self.looks


def ended(topics, events):
    topics.create()
    topics.fill([*events, REJECTED])
    finish(topics, ["a"])
    group = Group(topics)
    group.must_be_ends("a run that ended")
    # In a transaction, whose mark is the last that the partition holds.
    subprocess.run([topics.program, "dlq", "replay", *topics.arguments("a")], check=True, stdout=subprocess.DEVNULL)
    if sum(group.ends().values()) != len(events) + 3:
        sys.exit(f"not one record and its mark were sent: {group.ends()}")
    finish(topics, ["a"])
    group.must_be_ends("a record that came in a transaction")
    # Checks of who is a member leave an offset of the log, whose lag nobody is to take for the job's.
    if group.log_offset() != group.ends(f"{topics.name}.log")[0]:
        sys.exit(f"the group has {group.log_offset()} of the log, whose end is {group.ends(topics.name + '.log')}")


def following(topics, events):
    """Without being asked to end, and while shards move."""
    topics.create()
    group = Group(topics)
    running = {"a": topics.start("a", until_end=False)}
    topics.fill(events[:len(events) // 2])
    group.wait_for_ends("a run that goes on")
    running["b"] = topics.start("b", until_end=False)
    topics.fill(events[len(events) // 2:])
    group.wait_for_ends("two that share the shards")
    stop_in_order(topics, running)
    group.must_be_ends("both have ended")


def killed(topics, events, kills, seed):
    chance = random.Random(seed)
    topics.create()
    running = {slot: topics.start(slot, until_end=False, checkpoint__every="1s") for slot in ("a", "b")}
    watch = Watch(topics)
    portion = len(events) // (kills + 1) + 1
    for number in range(kills + 1):
        topics.fill(events[number * portion:(number + 1) * portion])
        time.sleep(chance.uniform(0.5, 5))
        if number < kills:
            slot = chance.choice(sorted(running))
            running[slot].send_signal(signal.SIGKILL)
            running[slot].wait()
            running[slot] = topics.start(slot, until_end=False, checkpoint__every="1s")
    stop_in_order(topics, running)
    looks = watch.end()
    print(f"{kills} kills (seed {seed}): {looks} hints, none beyond the log", flush=True)
    finish(topics, ["b"])
    Group(topics).must_be_ends("the rest is done")


def unanswered(topics, events, proxy):
    """Commits of offsets that brokers take their time for, as while a copy of the group's topic is away, keep neither epochs nor heartbeats up."""
    topics.settings["kafka.brokers"] = f"127.0.0.1:{proxy.port}"
    topics.create()
    running, group, half = topics.start("a", until_end=False), Group(topics), len(events) // 2
    topics.fill(events[:half])
    group.wait_for_ends("before answers are held up")

    async def held(frame):
        await asyncio.sleep(4 * SESSION_S)
        return frame

    joins = proxy.requests["JoinGroup"]
    proxy.passes = lambda name, number, frame: held(frame) if name.endswith("OffsetCommit") else frame
    end = time.monotonic() + 3 * SESSION_S
    while time.monotonic() < end:
        topics.fill(events[half:half + 500])
        half += 500
        time.sleep(1)
    left = {shard: offset - next_in_log(topics)[shard] for shard, offset in group.ends().items()}
    if any(left.values()) or proxy.requests["JoinGroup"] != joins or group.offsets() == group.ends() or running.poll() is not None:
        sys.exit(f"commits of offsets are held up: {left} are not worked on, {proxy.requests['JoinGroup'] - joins} joins\n{topics.log('a')}")
    print("answers are held up: the job goes on", flush=True)
    proxy.passes = pass_all
    end = time.monotonic() + 6 * SESSION_S  # what was held up comes before
    while group.offsets() != group.ends():
        if time.monotonic() > end:
            sys.exit(f"answered again: the group has {group.offsets()}, the input {group.ends()}")
        time.sleep(0.5)
    stop_in_order(topics, {"a": running})


def broker_away(topics, events):
    """What is on its way then keeps nobody from ending in order."""
    running = topics.start("a", until_end=False)
    topics.fill(events)
    Group(topics).wait_for_ends("before the broker goes")
    topics.broker.kill()
    time.sleep(7)
    running.send_signal(signal.SIGTERM)
    began = time.monotonic()
    try:
        running.wait(20)
    except subprocess.TimeoutExpired:
        sys.exit(f"not ended 20 s after SIGTERM without a broker\n{topics.log('a')}")
    if running.returncode != 0:
        sys.exit(f"without a broker: exit {running.returncode}\n{topics.log('a')}")
    print(f"without a broker: ended in order after {time.monotonic() - began:.1f} s", flush=True)


def main():
    program, source, directory = sys.argv[1:4]
    kills, seed = map(int, sys.argv[4:6]) if len(sys.argv) > 4 else (4, 1)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = generated(program)
    with Proxy(free_port()) as proxy, Broker(directory, proxy_port=proxy.port) as broker:
        proxy.broker_port = broker.proxied_port
        ended(SeedTopics(program, source, broker, directory, "ended"), events)
        following(SeedTopics(program, source, broker, directory, "following"), events)
        killed(SeedTopics(program, source, broker, directory, "killed"), events, kills, seed)
        unanswered(SeedTopics(program, source, broker, directory, "unanswered"), events, proxy)
        last = SeedTopics(program, source, broker, directory, "away")
        last.create()
        broker_away(last, events)


main()
