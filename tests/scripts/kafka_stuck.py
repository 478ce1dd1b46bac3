#!/usr/bin/env python3
"""A process of which a thread is stuck while its heartbeats go on: it ends by itself and says why, and another goes on with its shards.

kafka_stuck.py PROGRAM SOURCE WORK_DIRECTORY
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_disturbed import SESSION_S, check, generated
from kafka_runs import Broker, SeedTopics, finish, wait_all
from skipping import skip

TRY_AGAIN = 75
STUCK_S = 30  # after which the process ends
# Put in the place of the library's function: once the file is there, whoever asks for records never comes back.
STICKS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
typedef ssize_t (*Consume)(void*, int, void**, size_t);
ssize_t rd_kafka_consume_batch_queue(void* queue, int wait, void** messages, size_t room) {
  static Consume real;
  if (!real) real = (Consume)dlsym(RTLD_NEXT, "rd_kafka_consume_batch_queue");
  while (access(getenv("STICKS_WHEN"), F_OK) == 0) pause();
  return real(queue, wait, messages, room);
}
"""


def shim(directory):
    compiler = shutil.which("cc") or skip("there is no cc to make a function stick with")
    source, library = os.path.join(directory, "sticks.c"), os.path.join(directory, "sticks.so")
    with open(source, "w") as text:
        text.write(STICKS)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def start(topics, slot, library=None, when=None):
    """When it has shards. With `library` it sticks once the file `when` is there."""
    if library:
        os.environ.update(LD_PRELOAD=library, STICKS_WHEN=when)
    process = topics.start(slot, until_end=False, options=("--status-every", "200ms"))
    if library:
        del os.environ["LD_PRELOAD"]
    end = time.monotonic() + 60
    while not re.search(r"\b[1-8] shards", topics.log(slot)):
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"{slot}: has no shards; exit {process.poll()}\n{topics.log(slot)}")
        time.sleep(0.1)
    return process


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    library, when = shim(directory), os.path.join(directory, "stick")
    events = generated(program)
    with Broker(directory) as broker:
        topics = SeedTopics(program, source, broker, directory, "stuck")
        topics.create()
        stuck, other = start(topics, "a", library, when), start(topics, "b")
        topics.fill(events[:len(events) // 2])
        with open(when, "w"):
            began = time.monotonic()
        try:
            stuck.wait(STUCK_S + 30)
        except subprocess.TimeoutExpired:
            sys.exit(f"a process that is stuck goes on being a member\n{topics.log('a')}")
        took = time.monotonic() - began
        said = re.search(r"shard \d has not got on for 30 s.*", topics.log("a"))
        if stuck.returncode != TRY_AGAIN or not said or took < STUCK_S - 2:
            sys.exit(f"stuck: exit {stuck.returncode} after {took:.0f} s\n{topics.log('a')}")
        print(f"ended after {took:.0f} s: {said.group(0)}", flush=True)
        topics.fill(events[len(events) // 2:])
        time.sleep(SESSION_S)
        other.send_signal(signal.SIGTERM)
        if not wait_all([other], 60):
            sys.exit(f"the other did not end in order\n{topics.log('b')}")
        finish(topics, ["b"])
        check(topics, "a process that was stuck", "a", "b")


main()
