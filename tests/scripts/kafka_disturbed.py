"""The seed workload on topics, while something goes wrong: what its runs have in common."""
import signal
import subprocess
import sys
import time

from kafka_runs import END_S, finish, wait_all
from kafka_segments import lost_marks

BROKERS_MAX = 4
SHARDS = 8
SESSION_S = 6  # until the group takes a silent member for dead
# What the workload's own oracle (which shares no code with this project) printed for this input.
INPUT = "200000 20000 1"
ORACLE = {
    "totals": "rows=168793 digest=0d8d8200310bbecb",
    "scores": "rows=1038 digest=7ba3d1ab7d4f8e16",
    "alerts": "rows=758 digest=655dd548360b4aa7",
}


def generated(program):
    """The events of the workload, as lines."""
    return subprocess.run([program, "generate", "seed", *INPUT.split()], capture_output=True, check=True).stdout.splitlines(keepends=True)


def check(topics, what, *slots):
    found = topics.answer()
    if found != ORACLE:
        logs = "".join(f"--- {slot}\n{topics.log(slot)}" for slot in slots)
        sys.exit(f"{what}: {found}, the oracle says {ORACLE}\n{logs}")
    print(f"{what}: as the oracle says", flush=True)


def follow(topics, slots):
    """Processes that go on until they are stopped."""
    topics.create()
    return {slot: topics.start(slot, until_end=False, checkpoint__every="1s") for slot in slots}


def disturbed(topics, events, times, chance, disturb, done_s=END_S):
    """Two instances, disturbed so many times while events arrive; then both stop in order, and what is left is done within `done_s`."""
    running = follow(topics, ("a", "b"))
    portion = len(events) // (times + 1) + 1
    for number in range(times + 1):
        topics.fill(events[number * portion:(number + 1) * portion])
        time.sleep(chance.uniform(0.2, 1.5))
        for slot, process in running.items():
            if process.poll() is not None:
                sys.exit(f"{slot} ended by itself with {process.returncode}\n{topics.log(slot)}")
        if number < times:
            disturb(running)
    stop_in_order(topics, running)
    finish(topics, ["b"], done_s)


def lag(topics):
    """(slot, records that are not worked on yet) of each shard, as the log has it."""
    said = subprocess.run([topics.program, "lag", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout
    return [(row[2], int(row[6])) for row in map(str.split, said.splitlines()[1:])]


def wait_done(topics, slots, running):
    """Until all records are worked on, and each slot has its part of the shards."""
    end = time.monotonic() + END_S
    while True:
        shards = lag(topics)
        if all(left == 0 for _, left in shards) and all(sum(slot == owner for owner, _ in shards) == SHARDS // len(slots) for slot in slots):
            return
        if time.monotonic() > end or any(process.poll() is not None for process in running):
            sys.exit(f"not done: {shards}\n" + "".join(f"--- {slot}\n{topics.log(slot)}" for slot in slots))
        time.sleep(0.2)


def stop_in_order(topics, running):
    for process in running.values():
        process.send_signal(signal.SIGTERM)
    if not wait_all(running.values(), 60):
        sys.exit("did not end in order after SIGTERM:\n" + "".join(topics.log(slot) for slot in running))


def with_brokers(start, attempt):
    """Does `attempt` with the brokers that `start` starts, and its number. Kafka 4.4.0, killed between the end of a transaction and its marks, may come back and
    hold it for complete without having marked it everywhere: what is behind it is never given out, or its rows are as the end of the producer's next one
    says. Where the brokers' files tell that, it is tried again with others."""
    for number in range(BROKERS_MAX):
        with start() as brokers:
            try:
                return attempt(brokers, number)
            except SystemExit as failed:
                lost = [lost_marks(data) for data in brokers.data()]
                if not all(lost) or number + 1 == BROKERS_MAX:
                    raise
                print(f"others are tried, since the brokers lost marks: {'; '.join(lost[0])}\n{failed}", flush=True)
