#!/usr/bin/env python3
"""Input that is gone before a job has read it: the job stops and names it to the offset, goes on without it where somebody accepts that, says so
ever after, and decides what a job does that never had it.

kafka_lost_input.py PROGRAM SOURCE WORK_DIRECTORY [WHAT...]   trimmed, silent, below, live, again, partitions; all when none is named
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_disturbed import SESSION_S, SHARDS, generated
from kafka_runs import END_S, Broker, SeedTopics, finish, wait_all
from kafka_wire import Connection

LOST_FROM = 3  # the partition of which something is lost
BAD_INPUT, CONFIGURATION = 65, 78
REASON = "the brokers' disks were full; ticket 4711"
NOTICED_S = 60  # by when a running job knows of another number of partitions: it looks every half a minute


def expect(holds, what, text):
    if not holds:
        sys.exit(f"{what}\n{text}")


class Topics(SeedTopics):
    def offsets(self, partition=LOST_FROM):
        asked = [part for time_ in (-2, -1) for part in ("-t", f"{self.topic}:{partition}:{time_}")]
        answers = [subprocess.run(["kcat", "-Q", "-b", self.broker.address, *asked[at:at + 2]], capture_output=True, text=True, check=True).stdout
                   for at in (0, 2)]
        return tuple(int(re.search(r"offset (\d+)", answer).group(1)) for answer in answers)

    def log_end(self):
        said = subprocess.run(["kcat", "-Q", "-b", self.broker.address, "-t", f"{self.name}.log:0:-1"], capture_output=True, text=True, check=True).stdout
        return int(re.search(r"offset (\d+)", said).group(1))

    def lines(self, first, count):
        read = subprocess.run(["kcat", "-C", "-b", self.broker.address, "-t", self.topic, "-p", str(LOST_FROM), "-o", str(first), "-c", str(count), "-e"],
                              capture_output=True, check=True)
        return set(read.stdout.splitlines(keepends=True))

    def run(self, *options, **more):
        """To its end."""
        done = subprocess.run([self.program, "run", *self.arguments("a", **more), "--until-end", *options], capture_output=True, text=True, timeout=END_S)
        return done.returncode, done.stderr

    def says(self, command):
        done = subprocess.run([self.program, command, *self.arguments("a")], capture_output=True, text=True)
        expect(done.returncode == 0, f"{command}: exit {done.returncode}", done.stdout + done.stderr)
        return done.stdout

    def read_all(self, events, **more):
        """By a process that is stopped in order, so that no window is closed by the end of the input."""
        if not os.path.exists(os.path.join(self.directory, f"{self.name}-a")):
            self.create()
        self.fill(events)
        process = self.start("a", until_end=False, **more)
        self.wait_read(process)
        process.send_signal(signal.SIGTERM)
        expect(wait_all([process], 60), "does not stop", self.log("a"))

    def wait_read(self, process):
        end = time.monotonic() + END_S
        while process.poll() is None and sum(int(row.split()[6]) for row in self.says("lag").splitlines()[1:9]) > 0:
            expect(time.monotonic() < end, "does not read its input to the end", self.log("a"))
            time.sleep(0.2)


def trimmed(make, events, wire):
    """While the job is away; the run that accepts it is compared with a job whose topic never held what is gone, then executed again."""
    third = len(events) // 3
    before, behind, rest = events[:third], events[third:2 * third], events[2 * third:]
    topics = make("trimmed")
    topics.read_all(before)
    state = os.path.join(topics.directory, f"{topics.name}-a")
    shutil.copytree(state, f"{state}-then")
    first = topics.offsets()[1]
    topics.fill(behind)
    end = topics.offsets()[1]
    begin = first + (end - first) // 2
    lost = topics.lines(first, begin - first)
    wire.trim(topics.topic, LOST_FROM, begin)
    gap = f"{topics.topic}/{LOST_FROM}:{first}-{begin - 1}"
    code, said = topics.run()
    named = f"{topics.topic}[{LOST_FROM}]: offsets {first} to {begin - 1} ({begin - first} offsets) are gone"
    expect(code == BAD_INPUT and named in said and f"--accept-gap {gap} --reason TEXT" in said, f"exit {code}, not '{named}' and how to go on", said)
    less = f"{topics.topic}/{LOST_FROM}:{first}-{begin - 2}"
    code, said = topics.run("--accept-gap", less, "--reason", REASON)
    expect(code == BAD_INPUT and named in said, f"exit {code} with a range that is too short accepted", said)
    code, said = topics.run("--accept-gap", gap, "--reason", " ")
    expect(code == 64 and "say why with --reason" in said, f"exit {code} without a reason", said)

    process = topics.start("a", until_end=False, options=("--accept-gap", gap, "--reason", REASON))
    topics.wait_read(process)
    process.kill()
    process.wait()
    told = f"{gap}: {begin - first} offsets were gone and are passed over"
    expect(told in topics.log("a"), f"the run does not say '{told}'", topics.log("a"))
    topics.fill(rest)
    finish(topics, ["a"])  # in need of no option any more
    for command in ("verify", "lag"):
        said = topics.says(command)
        expect(told in said and REASON in said, f"{command} does not say '{told}' and why", said)
    control = make("control")
    control.read_all(before)
    control.read_all([line for line in behind if line not in lost])
    control.fill(rest)
    finish(control, ["a"])
    answer = topics.answer()
    expect(answer == control.answer(), f"{answer}, and a job that never had what is gone: {control.answer()}", topics.log("a"))

    shutil.rmtree(state)
    os.rename(f"{state}-then", state)
    code, said = topics.run()
    replayed = int(re.search(r"(\d+) records replayed", said).group(1)) if code == 0 else 0
    expect(replayed >= len(events) - third - len(lost) and topics.answer() == answer, f"executed again: exit {code}, {replayed} records", said)
    print(f"{begin - first} offsets that were trimmed: named, accepted, passed over, also when {replayed} records behind them were executed again", flush=True)


def trimmed_below(make, events, wire):
    """What is gone was read, and is to be executed again: that cannot be passed over."""
    topics = make("below")
    topics.create()
    topics.fill(events)
    process = topics.start("a", until_end=False, checkpoint__every="1h")
    topics.wait_read(process)
    process.kill()
    process.wait()
    wire.trim(topics.topic, LOST_FROM, 5)
    code, said = topics.run()
    named = f"{topics.topic}[{LOST_FROM}]: the offsets before 5 are gone, at least 5 records that are to be executed again"
    expect(code == BAD_INPUT and named in said, f"exit {code}, not '{named}'", said)
    print("offsets that are to be executed again without a checkpoint: named", flush=True)

    topics = make("behind")
    half = len(events) // 2
    topics.read_all(events[:half])
    first = topics.offsets()[1]
    topics.fill(events[half:])
    process = topics.start("a", until_end=False, checkpoint__every="1h")
    topics.wait_read(process)
    process.kill()
    process.wait()
    wire.trim(topics.topic, LOST_FROM, first + 5)
    code, said = topics.run()
    named = f"offsets {first} to {first + 4} are gone, which are to be executed again from the newest checkpoint"
    expect(code == BAD_INPUT and named in said, f"exit {code}, not '{named}'", said)
    print("offsets that are to be executed again behind a checkpoint: named", flush=True)


def trimmed_while_it_runs(make, events, wire):
    """A process that is stopped for a while finds what it reads next gone."""
    topics = make("live")
    half = len(events) // 2
    topics.create()
    topics.fill(events[:half])
    process = topics.start("a", until_end=False)
    topics.wait_read(process)
    process.send_signal(signal.SIGSTOP)
    first = topics.offsets()[1]
    topics.fill(events[half:])
    begin = topics.offsets()[1] - 1
    wire.trim(topics.topic, LOST_FROM, begin)
    time.sleep(SESSION_S + 1)
    process.send_signal(signal.SIGCONT)
    wait_all([process], 60)
    said = topics.log("a")
    named = re.search(rf"\[{LOST_FROM}\]: offsets (\d+) to {begin - 1} \(\d+ offsets\) are gone before the job has read them", said)
    expect(process.returncode == BAD_INPUT and named and int(named.group(1)) >= first, f"ended with {process.returncode}", said)
    print("offsets that were trimmed before a running job's eyes: named", flush=True)


def log_trimmed(make, events, wire):
    """While the job has nothing to decide: what it says all the same is all that is left of its log."""
    topics = make("silent")
    topics.create()
    topics.fill(events[:len(events) // 2])
    process = topics.start("a", until_end=False, checkpoint__every="1s", kafka__log_silence="1s")
    topics.wait_read(process)
    end = topics.log_end()
    state = os.path.join(topics.directory, f"{topics.name}-a")
    needed = [os.path.join(state, f"shard-{shard}", "log-offset") for shard in range(SHARDS)]
    stop = time.monotonic() + END_S
    while not all(os.path.exists(path) and int(open(path).read() or 0) >= end for path in needed):
        expect(time.monotonic() < stop and process.poll() is None, f"the log is needed from before {end}", topics.log("a"))
        time.sleep(0.2)
    process.kill()
    process.wait()
    wire.trim(f"{topics.name}.log", 0, end)
    topics.fill(events[len(events) // 2:])
    finish(topics, ["a"])
    control = make("silentcontrol")
    control.create()
    control.fill(events)
    finish(control, ["a"])
    expect(topics.answer() == control.answer(), f"{topics.answer()}, and a job whose log was never trimmed: {control.answer()}", topics.log("a"))
    print(f"a log that is trimmed to {end}, behind all that was decided: gone on with", flush=True)


def made_again(make, events, wire):
    topics = make("again")
    topics.read_all(events)
    end = topics.offsets()[1]
    wire.delete_topic(topics.topic)
    time.sleep(1)
    topics.create()
    topics.fill(events[:len(events) // 10])
    new_end = topics.offsets()[1]
    code, said = topics.run()
    named = f"{topics.topic}[{LOST_FROM}]: offsets {new_end} to {end - 1} ({end - new_end} offsets) were read and are gone: the topic ends before {new_end} now"
    expect(code == BAD_INPUT and named in said and "deleted and made again" in said, f"exit {code}, not '{named}'", said)
    topics = make("larger")
    topics.read_all(events)
    wire.delete_topic(topics.topic)
    time.sleep(1)
    topics.create()
    topics.fill(events[len(events) // 2:] + events)
    before = topics.answer()
    code, said = topics.run()
    named = rf"{topics.topic}\[\d\]: offset 0 holds another record than before: the topic was deleted and made again"
    expect(code == BAD_INPUT and re.search(named, said), f"exit {code}, not '{named}'", said)
    expect(topics.answer() == before, "rows were written although the topic is another", said)
    topics = make("newlog")
    topics.read_all(events)
    wire.delete_topic(f"{topics.name}.log")
    time.sleep(1)
    topics.create()
    before = topics.answer()
    code, said = topics.run()
    expect(code == BAD_INPUT and f"{topics.name}.log[0] ends at offset 0" in said, f"exit {code} with an empty log", said)
    expect(topics.answer() == before, "rows were written although the log is gone", said)
    print("topics that were deleted and made again, with fewer and more records, and the log: named", flush=True)


def more_partitions(make, events, wire):
    topics = make("more")
    topics.create()
    topics.fill(events[:1000])
    process = topics.start("a", until_end=False)
    topics.wait_read(process)
    wire.raise_partitions(f"{topics.name}.log", 4)
    wire.raise_partitions(topics.topic, 10)
    wait_all([process], NOTICED_S)
    named = f"topic {topics.topic} has 10 partitions now, and the job began with 8"
    expect(process.returncode == CONFIGURATION and named in topics.log("a"), f"ended with {process.returncode}, not '{named}'", topics.log("a"))
    code, said = topics.run()
    expect(code == CONFIGURATION and f"has 8 partitions, but {topics.topic} has 10" in said, f"exit {code} with more partitions", said)

    topics = make("morelog")
    topics.read_all(events[:1000])
    wire.raise_partitions(f"{topics.name}.log", 4)
    code, said = topics.run()
    named = f"{topics.name}.log has 4 partitions now, and was begun with another number"
    expect(code == CONFIGURATION and named in said, f"exit {code}, not '{named}'", said)
    print("more partitions than before, of an input and of the log: named, also while it runs", flush=True)


SCENARIOS = {"trimmed": trimmed, "silent": log_trimmed, "below": trimmed_below, "live": trimmed_while_it_runs, "again": made_again, "partitions": more_partitions}


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    events = generated(program)[:30000]
    with Broker(directory) as broker:
        wire = Connection(broker.port)
        for name in sys.argv[4:] or SCENARIOS:
            SCENARIOS[name](lambda name: Topics(program, source, broker, directory, name), events, wire)


main()
