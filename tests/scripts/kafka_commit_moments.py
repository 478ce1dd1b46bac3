#!/usr/bin/env python3
"""The moments around the end of a transaction, one by one, through a proxy that knows them: whoever is killed there, or hears of it too late, a
read_committed reader gets the oracle's rows, once.

kafka_commit_moments.py PROGRAM SOURCE WORK_DIRECTORY [MOMENT...]   killed, late-answers, late-requests, strays, slept; all when none is named
"""
import asyncio
import shutil
import signal
import struct
import sys
import time

from kafka_disturbed import check, generated, lag, stop_in_order
from kafka_proxy import Proxy, pass_all, transactional_id
from kafka_runs import Broker, SeedTopics, finish, free_port, wait_all

ENDS_BEFORE_LIVE = 2  # of transactions: of a probe and of a takeover
KILLS = 8  # at so many ends of transactions after a start
HELD_S = 13  # librdkafka waits 10 for an answer, the broker 10 for the end of a transaction, an instance 12 in all
DROPPED = "uncommitted work is dropped"
OLD_EPOCH, FENCED = (struct.pack(">h", code) for code in (47, 90))  # errors that a producer gets which is another by now
HALF_WAY = 4  # requests to write, one a partition, of a transaction
PORTION = 2000  # events: an end of a transaction or more for each
WAIT_S = 60  # by when something that the test waits for has happened


def wait_until(what, holds, topics, portions=(), ready=lambda: True):
    """Events arrive meanwhile, a portion at a time, once the process is `ready` for them."""
    end = time.monotonic() + WAIT_S
    portions = iter(portions)
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {WAIT_S} s\n{topics.log('a')}")
        if ready() and (portion := next(portions, None)):
            topics.fill(portion)
        time.sleep(0.05)


def in_portions(events):
    return iter([events[begin:begin + PORTION] for begin in range(0, len(events), PORTION)])


def killed(topics, events, proxy):
    """The process is killed when the broker has ended its transaction and it has not heard of that: what the transaction holds, all of it, is what it
    goes on from. Were decisions and rows not in one transaction, one of the moments would lie between the two."""
    topics.create()
    arriving = in_portions(events)
    for number in range(1, KILLS + 1):
        before, dead = proxy.answers["EndTxn"], []
        process = None

        def kill(name, count, frame):
            if name != "EndTxn" or count < before + number:
                return frame
            process.kill()
            process.wait()
            dead.append(name)
            return None

        proxy.passes = kill
        process = topics.start("a", until_end=False, checkpoint__every="1s")
        wait_until(f"the end of transaction {number}", lambda: dead, topics, arriving,
                   lambda: proxy.answers["EndTxn"] >= before + ENDS_BEFORE_LIVE)
        proxy.passes = pass_all
    topics.fill(sum(arriving, []))
    finish(topics, ["a"])
    check(topics, f"killed at each of the first {KILLS} ends of transactions", "a")


def started(topics, proxy):
    before = proxy.answers["EndTxn"]
    process = topics.start("a", until_end=False, checkpoint__every="1s")
    wait_until("all shards are live", lambda: proxy.answers["EndTxn"] >= before + ENDS_BEFORE_LIVE, topics)
    return process


def held_up(topics, events, proxy, kind):
    """For longer than librdkafka waits for an answer, and than the broker leaves a transaction open. Who asked asks again, and is answered; but what
    the first request comes to is known to nobody. `kind`: "passes", the answer is held up, or "asks", the request."""
    topics.create()
    process = started(topics, proxy)
    held, arriving = [], in_portions(events)

    async def hold(frame):
        await asyncio.sleep(HELD_S)
        return frame

    def hold_one(name, _, frame):
        if name != "EndTxn" or held:
            return frame
        held.append(frame)
        return hold(frame)

    setattr(proxy, kind, hold_one)
    wait_until("work was dropped", lambda: DROPPED in topics.log("a"), topics, arriving)
    setattr(proxy, kind, pass_all)
    topics.fill(sum(arriving, []))
    if kind == "asks":
        answer = proxy.send(held[0])
        if answer[8:10] not in (OLD_EPOCH, FENCED):
            sys.exit(f"a request to end a transaction that came late was answered with {answer[8:10]!r}")
    stop_in_order(topics, {"a": process})
    finish(topics, ["a"])


def late_answers(topics, events, proxy):
    """The answer to the end of a transaction, which was committed."""
    held_up(topics, events, proxy, "passes")
    check(topics, f"the answer to an end of a transaction came after {HELD_S} s", "a")


def late_requests(topics, events, proxy):
    """The request, so that the broker may have ended the transaction meanwhile."""
    held_up(topics, events, proxy, "asks")
    check(topics, f"the request to end a transaction came after {HELD_S} s", "a")


def strays(topics, events, proxy):
    """The connection breaks while the end of a transaction is asked for; librdkafka asks again, and is answered. The first request comes to the broker
    when the same producer is in the middle of its next transaction."""
    topics.create()
    process = started(topics, proxy)
    stray, produced, answers = [], [], []

    async def deliver(frame):
        await asyncio.sleep(0.1)  # those before it are carried out
        answers.append(await proxy.send_by_itself(stray[0]))
        return frame

    def ask(name, _, frame):
        if answers or name not in ("AddPartitionsToTxn", "Produce", "EndTxn"):
            return frame
        if not stray:
            if name != "EndTxn":
                return frame
            stray.append(frame)
            return None
        if transactional_id(frame) != transactional_id(stray[0]):
            return frame
        if name != "Produce":
            produced.clear()
            return frame
        produced.append(frame)
        return deliver(frame) if len(produced) == HALF_WAY else frame

    proxy.asks = ask
    arriving = in_portions(events)
    wait_until("the stray request was answered", lambda: answers, topics, arriving)
    proxy.asks = pass_all
    topics.fill(sum(arriving, []))
    stop_in_order(topics, {"a": process})
    finish(topics, ["a"])
    check(topics, "a request to end a transaction came when the producer's next one might have been half-way", "a")


def slept(topics, events, proxy):
    """The process sleeps from when it asks for the end of a transaction, and the request comes to the broker when another has its shards. That one
    has ended the transaction first, instead of waiting until the broker does."""
    topics.create()
    running = {"a": started(topics, proxy)}
    held, fenced, arriving = [], [], in_portions(events)

    def hold(name, _, frame):
        if held:
            if name == "InitProducerId" and transactional_id(held[0]).encode() in frame:
                fenced.append(frame)
            return frame
        if name != "EndTxn":
            return frame
        running["a"].send_signal(signal.SIGSTOP)
        held.append(frame)
        return None

    proxy.asks = hold
    wait_until("a transaction was to be ended", lambda: held, topics, arriving)
    running["b"] = topics.start("b", until_end=False, checkpoint__every="1s")
    wait_until("another has its shards", lambda: all(owner == "b" for owner, _ in lag(topics)), topics)
    proxy.asks = pass_all
    if not fenced:
        sys.exit("who took the shards over left the transaction open")
    answer = proxy.send(held[0])
    if answer[8:10] not in (OLD_EPOCH, FENCED):
        sys.exit(f"a request to end a transaction of who lost its shards was answered with {answer[8:10]!r}")
    running["a"].send_signal(signal.SIGCONT)
    topics.fill(sum(arriving, []))
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    wait_all(running.values(), WAIT_S)
    finish(topics, ["b"])
    check(topics, "a request to end a transaction came when another had the shards", "a", "b")


MOMENTS = {"killed": killed, "late-answers": late_answers, "late-requests": late_requests, "strays": strays, "slept": slept}


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    with Proxy(free_port()) as proxy, Broker(directory, proxy_port=proxy.port) as broker:
        proxy.broker_port = broker.proxied_port
        events = generated(program)
        for name in sys.argv[4:] or MOMENTS:
            topics = SeedTopics(program, source, broker, directory, name)
            topics.settings["kafka.brokers"] = f"127.0.0.1:{proxy.port}"
            MOMENTS[name](topics, events, proxy)


if __name__ == "__main__":
    main()
