#!/usr/bin/env python3
"""The seed workload through a broker whose answers get lost: whatever request was carried out without the job hearing of it, a read_committed reader
gets the oracle's rows, once.

kafka_lost_answers.py PROGRAM SOURCE WORK_DIRECTORY [LOSSES SEED]
"""
import asyncio
import random
import shutil
import struct
import sys
import time

from kafka_disturbed import SESSION_S, check, disturbed, generated, stop_in_order
from kafka_proxy import API_KEYS, Proxy, pass_all
from kafka_runs import Broker, SeedTopics, finish, free_port, wait_all

EXIT_CONFIGURATION = 78
UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID = 25, 82
BEGINNING = ("JoinGroup", "SyncGroup", "InitProducerId")  # what a process asks for when it begins; the rest it asks for again and again


def topics_through(proxy, *arguments):
    """The job goes through the proxy, who fills and reads its topics does not."""
    topics = SeedTopics(*arguments)
    topics.settings["kafka.brokers"] = f"127.0.0.1:{proxy.port}"
    return topics


def each_kind_once(topics, events, proxy):
    """Of each kind the first answer and a later one, so that a process comes to know of a loss in each state."""
    losses = {(name, number) for name in API_KEYS for number in (1, 3 if name in BEGINNING else 40)}
    proxy.passes = lambda name, number, frame: None if (name, number) in losses else frame
    disturbed(topics, events, 4, random.Random(1), lambda running: None)
    proxy.passes = pass_all
    check(topics, f"lost answers {dict(proxy.lost)}", "a", "b")
    missing = [name for name in BEGINNING + ("Produce", "AddPartitionsToTxn", "EndTxn") if not proxy.lost[name]]
    if missing:
        sys.exit(f"no answer to {missing} was lost; the proxy passed {dict(proxy.answers)}")


def await_log(topics, text, seconds=60):
    end = time.monotonic() + seconds
    while text not in topics.log("a"):
        if time.monotonic() > end:
            sys.exit(f"'{text}' is not in the log\n{topics.log('a')}")
        time.sleep(0.1)


def half_way(topics, events):
    """A process that has all shards, and the first half of the events to work on."""
    topics.create()
    running = {"a": topics.start("a", until_end=False, checkpoint__every="1s")}
    topics.fill(events[:len(events) // 2])
    await_log(topics, "8 shards")
    return running


def fenced_by_itself(topics, events, proxy):
    """The group gave the slot to a join whose answer was lost, as when a broker dies before it wrote the join down: it then takes the process for one
    that lost its slot. The process joins anew, once for a broken connection, and goes on. Without one, another process has the slot."""
    running = half_way(topics, events)
    before = proxy.answers["Heartbeat"]
    proxy.passes = lambda name, number, frame: frame if name != "Heartbeat" else None if number == before + 1 else fenced(frame)
    await_log(topics, "joins again")
    proxy.passes = pass_all
    topics.fill(events[len(events) // 2:])
    stop_in_order(topics, running)
    finish(topics, ["a"])
    check(topics, "fenced after a lost connection", "a")
    process = topics.start("a", until_end=False)
    time.sleep(SESSION_S)
    proxy.passes = lambda name, number, frame: fenced(frame) if name == "Heartbeat" else frame
    wait_all([process], 60)
    proxy.passes = pass_all
    if process.returncode != EXIT_CONFIGURATION or "another process runs in this slot" not in topics.log("a"):
        sys.exit(f"fenced without a lost connection, it ended with {process.returncode}\n{topics.log('a')}")
    print("fenced without a lost connection: ended, and said why")


def forgotten_by_the_group(topics, events, proxy):
    """The group no longer knows the slot, and the release that its revocation waits for takes longer than a heartbeat comes: that one has no member id, and
    is refused as if another process had the slot. No connection was lost."""
    running = half_way(topics, events)
    before = proxy.answers["Heartbeat"]

    async def held(frame):
        await asyncio.sleep(4)
        return frame

    def passes(name, number, frame):
        if name == "EndTxn":
            return held(frame)
        return refused(frame, UNKNOWN_MEMBER_ID) if (name, number) == ("Heartbeat", before + 1) else frame

    proxy.passes = passes
    await_log(topics, "it joins again")
    proxy.passes = pass_all
    topics.fill(events[len(events) // 2:])
    stop_in_order(topics, running)
    finish(topics, ["a"])
    check(topics, "forgotten by the group", "a")


def refused(heartbeat, code):
    """The answer to a heartbeat, version 1 to 3, with another error in the place of its own: behind the correlation id and a time."""
    return heartbeat[:8] + struct.pack(">h", code) + heartbeat[10:]


def fenced(heartbeat):
    return refused(heartbeat, FENCED_INSTANCE_ID)


def at_random(topics, events, proxy, losses, seed):
    """As many of any kind as `losses`, while events arrive."""
    chance = random.Random(seed)
    left = [losses]

    def lose_some(name, number, frame):
        if left[0] == 0 or chance.random() > 0.02:
            return frame
        left[0] -= 1
        return None

    before = sum(proxy.lost.values())
    proxy.passes = lose_some
    disturbed(topics, events, max(losses // 4, 2), chance, lambda running: None)
    proxy.passes = pass_all
    check(topics, f"{sum(proxy.lost.values()) - before} lost answers (seed {seed})", "a", "b")


def main():
    program, source, directory = sys.argv[1:4]
    losses = int(sys.argv[4]) if len(sys.argv) > 4 else 12
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(10**6)
    shutil.rmtree(directory, ignore_errors=True)
    with Proxy(free_port()) as proxy, Broker(directory, proxy_port=proxy.port) as broker:
        proxy.broker_port = broker.proxied_port
        events = generated(program)
        each_kind_once(topics_through(proxy, program, source, broker, directory, "lost"), events, proxy)
        fenced_by_itself(topics_through(proxy, program, source, broker, directory, "fenced"), events, proxy)
        forgotten_by_the_group(topics_through(proxy, program, source, broker, directory, "forgotten"), events, proxy)
        at_random(topics_through(proxy, program, source, broker, directory, "random"), events, proxy, losses, seed)


if __name__ == "__main__":
    main()
