#!/usr/bin/env python3
"""Logging in by OAUTHBEARER, against a real broker: a job runs with a token from a file and outlives it when the file is renewed, and a token that
does not do says why.

kafka_tokens.py PROGRAM SOURCE WORK_DIRECTORY
"""
import atexit
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from kafka_runs import Broker, SeedTopics

CONFIGURATION = 78
EVENTS = "1000 50 1"
HOUR_S = 3600
SHORT_S = 30  # a token that is over soon: its second renewal comes a twenty-fifth of its time, 1.2 s, before the end
END_S = 60


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(seconds, user="alice", algorithm="none", **claims):
    now = time.time()
    return f"{part({'alg': algorithm})}.{part({'sub': user, 'iat': now - 60, 'exp': now + seconds, **claims})}."


class Job(SeedTopics):
    """The seed workload with a token from a file; the test itself fills its topic without logging in."""

    def __init__(self, program, source, broker, directory, name):
        super().__init__(program, source, broker, directory, name)
        self.path = os.path.join(directory, "token")
        self.create()
        self.log_in(f"file:{self.path}")

    def log_in(self, source, mechanism="OAUTHBEARER"):
        given = [] if source is None else [f"sasl.oauthbearer.token={source}"]
        self.settings["kafka.brokers"] = f"127.0.0.1:{self.broker.port + 400}"
        self.settings["kafka.settings"] = ",".join(["security.protocol=sasl_plaintext", f"sasl.mechanism={mechanism}", *given])

    def renew(self, text):
        """As whoever renews tokens should: no reader finds half of one."""
        with open(self.path + ".new", "w") as file:
            file.write(text + "\n")
        os.replace(self.path + ".new", self.path)

    def do(self, *command):
        ending = ["--until-end"] if command == ("run",) else []
        return subprocess.run([self.program, *command, *self.arguments("a"), *ending], capture_output=True, text=True, timeout=END_S)

    def follow(self):
        log = open(os.path.join(self.directory, "follows.log"), "w+")
        running = subprocess.Popen([self.program, "run", *self.arguments("a"), "--status-every", "100ms"], stderr=log, stdout=log)
        atexit.register(running.kill)
        return running, log.name


def refused(job, what, *words):
    done = job.do("run")
    missing = [word for word in words if not re.search(word, done.stderr)]
    if done.returncode != CONFIGURATION or missing or re.search(r"eyJ\w+\.eyJ", done.stderr):
        sys.exit(f"{what}: exit {done.returncode}, not said: {missing}\n{done.stderr}")
    print(f"{what}: refused, and says why", flush=True)


def said_in(path):
    with open(path) as text:
        return text.read()


def must_end(running, log, code, what):
    try:
        running.wait(END_S)
    except subprocess.TimeoutExpired:
        sys.exit(f"{what}: it does not end\n{said_in(log)}")
    if running.returncode != code:
        sys.exit(f"{what}: exit {running.returncode}\n{said_in(log)}")
    return said_in(log)


def try_refusals(job):
    job.log_in(None)
    refused(job, "no token", "needs a token; add sasl.oauthbearer.token=file:PATH")
    job.log_in(token(HOUR_S))
    refused(job, "a token in the job file", "write where it is to be had, file:PATH or env:NAME")
    job.log_in(f"file:{job.path}", mechanism="PLAIN")
    refused(job, "a token for another mechanism", "is for sasl.mechanism=OAUTHBEARER alone")
    job.log_in(f"file:{job.path}")
    refused(job, "no file", re.escape(job.path) + " cannot be read")
    job.renew("secret")
    refused(job, "no JWT", re.escape(job.path) + " holds is not a JWT")
    job.renew(token(-5))
    refused(job, "a token that is over", re.escape(job.path) + r" ended at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ; have it renewed")
    job.renew(token(HOUR_S, algorithm="HS256") + "c2lnbmVk")
    refused(job, "a token that the broker does not take", "sasl.oauthbearer.token", f"that of file:{re.escape(job.path)}, of alice, until 20")
    job.renew(token(HOUR_S, user="bob"))
    refused(job, "a token of a user without rights", f"topic {job.topic} .*grant READ")


def outlives_its_token(job, events):
    job.renew(token(SHORT_S))
    over = time.monotonic() + SHORT_S
    running, log = job.follow()
    time.sleep(SHORT_S / 3)
    os.remove(job.path)  # so that the first renewal, after four fifths of the time, fails
    time.sleep(over - time.monotonic() - SHORT_S * 0.15)
    job.renew(token(HOUR_S))
    time.sleep(over - time.monotonic() + 3)
    job.fill(events)
    time.sleep(3)
    running.send_signal(signal.SIGTERM)
    said = must_end(running, log, 0, "a token that is renewed")
    # What was being committed when the connection ended is read again, so that the process may have read more than there is.
    read = re.search(r"^(\d+) records in ", said, re.M)
    behind = job.do("lag")
    left = [int(line.split()[6]) for line in behind.stdout.splitlines()[1:]]
    if not read or int(read.group(1)) < 2 * len(events) or not left or any(left):
        sys.exit(f"a token that is renewed: not all records were read\n{said}\n{behind.stdout}{behind.stderr}")
    print("a token that is renewed while the job runs: it goes on", flush=True)


def ends_with_its_token(job, events):
    job.renew(token(SHORT_S))
    running, log = job.follow()
    said = must_end(running, log, CONFIGURATION, "a token that is not renewed")
    if not re.search(re.escape(job.path) + " ended at .*have it renewed before that", said):
        sys.exit(f"a token that is not renewed: {said}")
    print("a token that is not renewed: the job ends, and says why", flush=True)


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = subprocess.run([program, "generate", "seed", *EVENTS.split()], capture_output=True, check=True).stdout.splitlines()
    with Broker(directory, secure=True) as broker:
        job = Job(program, source, broker, directory, "token")
        job.fill(events)
        try_refusals(job)
        outlives_its_token(job, events)
        ends_with_its_token(job, events)
        job.renew(token(HOUR_S))
        for command in ("run", "topics create", "topics check", "lag", "dlq list", "dlq replay"):
            done = job.do(*command.split())
            if done.returncode != 0:
                sys.exit(f"{command}: exit {done.returncode}\n{done.stderr}")
            print(f"{command}: works with a token", flush=True)
        shown = subprocess.run([program, "config", "show", *job.arguments("a")], capture_output=True, text=True, check=True).stdout
        if f"sasl.oauthbearer.token=file:{job.path}" not in shown:
            sys.exit(f"config show: {shown}")


main()
