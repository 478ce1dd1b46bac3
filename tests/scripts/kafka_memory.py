#!/usr/bin/env python3
"""A process's memory while it catches up on an input many times as large as its limits, and while the broker does not answer in the middle of that: no queue,
no outbox and no epoch grows with what there is to read.

kafka_memory.py PROGRAM SOURCE WORK_DIRECTORY
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from kafka_disturbed import lag, wait_done
from kafka_runs import END_S, Broker, SeedTopics, wait_all

EVENTS, ACCOUNTS, SEED = 2_000_000, 5_000, 11  # some 650 MiB
QUEUED_KIB, EPOCH_MIB = 1024, 4  # of each of the 8 partitions; of each of as many shards
# What is fetched, with what librdkafka has beside; rows of an epoch that is decided, one that is sent, and librdkafka's copies; program, state and its copies.
RESIDENT_MIB_MAX = 400
AWAY_S = 6


def resident_mib(process):
    with open(f"/proc/{process.pid}/status") as text:
        return int(re.search(r"VmRSS:\s+(\d+) kB", text.read())[1]) / 1024


class Peak:
    """The most memory that the process has had since, looked at all the time."""

    def __init__(self, process):
        self.process, self.mib = process, 0
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while self.process.poll() is None:
            try:
                self.mib = max(self.mib, resident_mib(self.process))
            except (OSError, TypeError):
                return
            time.sleep(0.02)


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = subprocess.run([program, "generate", "seed", str(EVENTS), str(ACCOUNTS), str(SEED)], capture_output=True, check=True).stdout.splitlines(keepends=True)
    with Broker(directory) as broker:
        topics = SeedTopics(program, source, broker, directory, "memory")
        topics.settings.update({"kafka.settings": f"queued.max.messages.kbytes={QUEUED_KIB}", "epoch.bytes": f"{EPOCH_MIB}MiB", "checkpoint.every": "1s", "threads": "2"})
        topics.create()
        topics.fill(events)
        process = topics.start("a", until_end=False)
        peak = Peak(process)
        pause_broker(topics, broker, process)
        wait_done(topics, "a", [process])
        process.send_signal(signal.SIGTERM)
        if not wait_all([process], END_S):
            sys.exit(topics.log("a"))
    if peak.mib > RESIDENT_MIB_MAX:
        sys.exit(f"{peak.mib:.0f} MiB were resident, more than {RESIDENT_MIB_MAX}\n{topics.log('a')}")
    print(f"at most {peak.mib:.0f} MiB were resident while {EVENTS} events were caught up on", flush=True)


def pause_broker(topics, broker, process):
    """When a part is worked on."""
    end = time.monotonic() + END_S
    while not 0 < sum(left for _, left in lag(topics)) < EVENTS * 3 // 4:
        if time.monotonic() > end or process.poll() is not None:
            sys.exit(f"does not get on\n{topics.log('a')}")
    os.kill(broker.pid(), signal.SIGSTOP)
    time.sleep(AWAY_S)
    os.kill(broker.pid(), signal.SIGCONT)


main()
