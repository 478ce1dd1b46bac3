#!/usr/bin/env python3
"""Logging in and encryption, against a real broker: what works runs, and what does not says why and what to do, without showing a secret.

kafka_security.py PROGRAM SOURCE WORK_DIRECTORY
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys

from kafka_runs import Broker, SeedTopics, broker_version, finish

CONFIGURATION = 78
SECRET = "alice-secret"
EVENTS = "2000 50 1"


class Login(SeedTopics):
    """The seed workload by a user of the broker, whose topics the test has made and filled without logging in."""

    def secure(self, port, **settings):
        self.settings["kafka.brokers"] = f"127.0.0.1:{port}"
        self.settings["kafka.settings"] = ",".join(f"{name.replace('__', '.')}={value}" for name, value in settings.items())

    def run(self, slot):
        command = [self.program, "run", *self.arguments(slot), "--until-end"]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)


def library_version(program):
    """Of the librdkafka that the program uses."""
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    number = ctypes.CDLL(re.search(r"librdkafka\S* => (\S+)", linked).group(1)).rd_kafka_version()
    return number >> 24, number >> 16 & 255, number >> 8 & 255


def refused(what, topics, slot, *parts):
    done = topics.run(slot)
    missing = [part for part in parts if not re.search(part, done.stderr)]
    if done.returncode != CONFIGURATION or missing or SECRET in done.stderr:
        sys.exit(f"{what}: exit {done.returncode}, not said: {missing}\n{done.stderr}")
    print(f"{what}: refused, and says why", flush=True)


def scram(topics, program, port, user):
    """Both mechanisms, where this librdkafka can; else it is said that it cannot, and what to do."""
    works = broker_version() < (4,) or library_version(program) >= (2, 6, 1)
    for number in ("256", "512"):
        mechanism = f"SCRAM-SHA-{number}"
        topics.secure(port, security__protocol="sasl_plaintext", sasl__mechanism=mechanism, **user)
        if works:
            finish(topics, [f"scram{number}"])
            print(f"{mechanism}: runs", flush=True)
            topics.secure(port, security__protocol="sasl_plaintext", sasl__mechanism=mechanism, sasl__username="alice", sasl__password="wrong")
            refused(f"{mechanism} with a wrong password", topics, "b", f"invalid credentials with SASL mechanism {mechanism}", "sasl.password in kafka.settings")
        else:
            refused(f"{mechanism} by a librdkafka that cannot", topics, f"scram{number}", f"invalid credentials with SASL mechanism {mechanism}",
                    "cannot log in by SCRAM to brokers from 4.0 on", "set sasl.mechanism=PLAIN over TLS, or install librdkafka 2.6.1 or newer")


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    events = subprocess.run([program, "generate", "seed", *EVENTS.split()], capture_output=True, check=True).stdout.splitlines()
    password = os.path.join(directory, "password")
    with open(password, "w") as text:
        text.write(SECRET + "\n")
    os.environ["KAFKA_USER"] = "alice"
    with Broker(directory, secure=True) as broker:
        topics = Login(program, source, broker, directory, "safe")
        topics.create()
        topics.fill(events)
        authority = os.path.join(broker.directory, "tls", "ca.pem")
        tls, both, login = broker.port + 200, broker.port + 300, broker.port + 400
        user = {"sasl__username": "env:KAFKA_USER", "sasl__password": f"file:{password}"}

        topics.secure(both, security__protocol="sasl_ssl", ssl__ca__location=authority, sasl__mechanism="PLAIN", **user)
        finish(topics, ["a"])
        rows = topics.rows("totals")
        if not rows or sum(row["count"] for row in rows if "count" in row) not in (0, len(events)):
            sys.exit(f"PLAIN over TLS: {len(rows)} rows")
        print("PLAIN over TLS: runs", flush=True)

        topics.secure(tls, security__protocol="ssl")
        refused("an authority that is not known", topics, "b", "ssl.ca.location")
        topics.secure(login, security__protocol="sasl_plaintext", sasl__mechanism="PLAIN", sasl__username="alice", sasl__password="wrong")
        refused("a wrong password", topics, "b", "sasl.password in kafka.settings")
        scram(topics, program, login, user)
        topics.secure(login, security__protocol="sasl_plaintext", sasl__mechanism="PLAIN", sasl__username="bob", sasl__password="bob-secret")
        refused("a user without rights", topics, "d", "topic safe.events .*grant READ", "topic safe.totals .*grant WRITE", "topic safe.log .*grant READ and WRITE")

        topics.secure(login, security__protocol="sasl_plaintext", sasl__mechanism="PLAIN", sasl__username="alice", sasl__password=SECRET)
        shown = subprocess.run([program, "config", "show", *topics.arguments("a")], capture_output=True, text=True, check=True).stdout
        if SECRET in shown or "sasl.password=(hidden)" not in shown:
            sys.exit(f"config show: {shown}")
        print("a secret is not shown", flush=True)


main()
