#!/usr/bin/env python3
"""The rights that docs/kafka-rights.md lists are enough and all needed, on a real broker: with exactly these each command works, and with each taken
away it ends with exit code 78 and names the right and the resource; so does a job that runs.

kafka_rights.py PROGRAM SOURCE WORK_DIRECTORY
"""
import atexit
import os
import re
import shutil
import subprocess
import sys
import time
import types

from kafka_acls import Acls, rights_of
from kafka_runs import Broker, SeedTopics

CONFIGURATION = 78
EVENTS = "2000 50 1"
REJECTED = b'{"account_id":"nobody"}'  # which lacks all else
END_S = 60
SASL = "security.protocol=sasl_plaintext,sasl.mechanism=PLAIN"


class Job(SeedTopics):
    """The seed workload, by a user of the broker; the test itself fills its topic without logging in."""

    def log_in(self, user):
        self.settings["kafka.brokers"] = f"127.0.0.1:{self.broker.port + 400}"
        self.settings["kafka.settings"] = f"{SASL},sasl.username={user},sasl.password={user}-secret"

    def do(self, command):
        ending = ["--until-end"] if command == "run" else []
        return subprocess.run([self.program, *command.split(), *self.arguments("a"), *ending], capture_output=True, text=True, timeout=END_S)

    def must(self, command):
        done = self.do(command)
        if done.returncode != 0:
            sys.exit(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def sections(page):
    """heading -> rights, of each section whose commands give some."""
    found, heading = {}, None
    for line in page.splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("grant "):
            found.setdefault(heading, []).extend(rights_of(line))
    return found


def in_words(operation):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()


def named(right):
    return rf"{re.escape(right.name)}.*grant [A-Z_ and]*\b{in_words(right.operation)}\b[A-Z_ and]* on the {right.resource.replace('-', ' ')}"


def must_be_refused(job, command, right, what):
    done = job.do(command)
    if done.returncode != CONFIGURATION or not re.search(named(right), done.stderr) or "acquired anew" in done.stderr:
        sys.exit(f"{command} {what}: exit {done.returncode}; its errors do not match {named(right)}\n{done.stdout}{done.stderr}")


def must_say(job, command, words):
    done = job.do(command)
    if done.returncode != CONFIGURATION or not re.search(words, done.stderr, re.M):
        sys.exit(f"{command}: exit {done.returncode}; its errors do not match {words}\n{done.stdout}{done.stderr}")


def try_each(job, acls, command, rights, more):
    """Ends with the rights given. What a command is refused for it may have done in part: `more`, by name of the output, gives it something to do there."""
    acls.give(rights)
    for right in rights:
        acls.take([right])
        must_be_refused(job, command, right, f"without {right}")
        # Now so that the topic can be seen, and is refused where it is used.
        seen = right._replace(operation="Describe")
        if right.resource == "topic" and right.operation in ("Read", "Write"):
            acls.give([seen])
            job.fill(more.get(right.name.removeprefix(f"{job.name}."), []))
            must_be_refused(job, command, right, f"with DESCRIBE instead of {right}")
            acls.take([seen])
        acls.give([right])
    print(f"{command}: each of {len(rights)} rights is missed by its name", flush=True)


def with_exactly(job, acls, command, rights, more=types.MappingProxyType({})):
    try_each(job, acls, command, rights, more)
    said = job.must(command)
    if acls.rights() != set(rights):
        sys.exit(f"{command}: ran with other rights: {acls.rights()}")
    acls.take(rights)
    print(f"{command}: runs with exactly these", flush=True)
    return said


def must_end_without(job, acls, right, events):
    """A running job whose right is taken away, at the next record."""
    log = os.path.join(job.directory, "taken.log")
    with open(log, "w") as text:
        running = subprocess.Popen([job.program, "run", *job.arguments("a"), "--status-every", "100ms"], stderr=text, stdout=text)
    atexit.register(running.kill)
    said = wait_for(log, "8 shards", running)
    acls.take([right])
    job.fill(events)
    try:
        running.wait(END_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"{right} was taken away, and the job runs on:\n{said}")
    with open(log) as text:
        said = text.read()
    if running.returncode != CONFIGURATION or not re.search(named(right), said):
        sys.exit(f"{right} was taken away: exit {running.returncode}; what it says does not match {named(right)}\n{said}")
    acls.give([right])
    print(f"run: ends when {right.operation} on the {right.resource} is taken away", flush=True)


def wait_for(path, words, process):
    end = time.monotonic() + END_S
    while time.monotonic() < end and process.poll() is None:
        with open(path) as text:
            said = text.read()
        if words in said:
            return said
        time.sleep(0.05)
    sys.exit(f"exit {process.poll()}, and does not say '{words}':\n{said}")


def events_of(program):
    """With something for every output: the first event comes again at the end, late and under another id, the last one as it is."""
    made = subprocess.run([program, "generate", "seed", *EVENTS.split()], capture_output=True, check=True).stdout.splitlines()
    return [*made, made[0].replace(b'"event_id":"', b'"event_id":"again-'), made[-1], REJECTED]


def with_dedupe(source, directory):
    """The seed example, so that it has duplicates."""
    shutil.copytree(os.path.join(source, "examples", "seed"), os.path.join(directory, "examples", "seed"))
    path = os.path.join(directory, "examples", "seed", "ruleset.yaml")
    with open(path) as text:
        rule_set = text.read()
    with open(path, "w") as text:
        text.write(rule_set.replace("    id: event_id\n", "    id: event_id\n    dedupe: {within: 2d}\n"))
    return directory


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    with open(os.path.join(source, "docs", "kafka-rights.md")) as page:
        rights = sections(page.read())
    events = events_of(program)
    with Broker(directory, secure=True) as broker:
        acls = Acls(broker.port, "bob")
        made = with_dedupe(source, directory)
        free, bound = Job(program, made, broker, directory, "free"), Job(program, made, broker, directory, "seed")
        free.log_in("alice")
        bound.log_in("bob")
        must_say(free, "run", "^topic free.events is not there; make it with `reckoner topics create JOB`, or mend its name$")
        free.must("topics create")
        with_exactly(bound, acls, "topics create", rights.pop("reckoner topics create"))
        for job in (free, bound):
            job.fill(events)
        free.must("run")
        empty = [name for name in ("totals", "scores", "alerts", "late", "duplicates", "dead_letters") if not free.rows(name)]
        if empty:
            sys.exit(f"no row of {empty}, so that a right to write them would not be missed")
        to_run = rights.pop("reckoner run")
        with_exactly(bound, acls, "run", to_run, {"duplicates": [events[-2]], "dead_letters": [REJECTED]})
        if bound.answer() != free.answer():
            sys.exit(f"bob's rows are not alice's: {bound.answer()}, {free.answer()}")
        acls.give(to_run)
        for right in to_run:
            if right.resource != "topic" or right.name == bound.topic:
                must_end_without(bound, acls, right, events[:-1])  # what is rejected is counted below
        acls.take(to_run)
        with_exactly(bound, acls, "topics check", rights.pop("reckoner topics check"))
        with_exactly(bound, acls, "lag", rights.pop("reckoner lag"))
        with_exactly(bound, acls, "exceptions report", rights.pop("reckoner cat and exceptions report"))
        with_exactly(bound, acls, "state ls", rights.pop("reckoner state and checkpoint"))
        listed = with_exactly(bound, acls, "dlq list", rights.pop("reckoner dlq list and show"))
        if "nobody" in listed or not re.search("^events/[0-9]+/[0-9]+ ", listed, re.M):
            sys.exit(f"dlq list: {listed}")
        sent = with_exactly(bound, acls, "dlq replay", rights.pop("reckoner dlq replay"))
        if not re.search("^2 dead letters were sent", sent, re.M):
            sys.exit(f"dlq replay: {sent}")
        if rights:
            sys.exit(f"docs/kafka-rights.md: not tried: {list(rights)}")


main()
