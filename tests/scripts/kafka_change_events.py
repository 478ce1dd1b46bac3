#!/usr/bin/env python3
"""Change events of Debezium through a real broker: the rows of the same events in a file, deletes and tombstones included.

kafka_change_events.py PROGRAM SOURCE WORK_DIRECTORY
"""
import json
import os
import re
import shutil
import subprocess
import sys

from kafka_runs import JobTopics, finish, open_broker

FIELDS = {
    "totals": ("account_id", "window_start", "payments", "amount", "deleted"),
    "alerts": ("rule", "account_id", "event_time", "say"),
}
PAYMENTS = "pg.public.payments"


def shown(name, rows):
    return sorted(json.dumps({field: row[field] for field in FIELDS[name]}) for row in rows)


def events_of(source):
    """(account, value) of each change of the table, as a connector with message.key.columns sends it; the value of a tombstone is empty."""
    accounts = {}
    with open(os.path.join(source, "examples/change-events/data/payments.jsonl")) as lines:
        for record in map(json.loads, lines):
            if record["topic"] != PAYMENTS:
                continue
            key, value = (record["key"] or {}).get("id"), record["value"] or {}
            if row := value.get("after") or value.get("before"):
                accounts[key] = row["account_id"]
            yield accounts.get(key, "").encode(), json.dumps(value).encode() if value else b""


def rows_of_file(program, source, directory):
    settings = {"outputs.dir": os.path.join(directory, "file-out"), "state.dir": os.path.join(directory, "file-state")}
    subprocess.run([program, "run", os.path.join(source, "examples/change-events/job.yaml"), "--until-end", "--quiet",
                    *(part for path, value in settings.items() for part in ("--set", f"{path}={value}"))], check=True)
    rows = {name: [] for name in FIELDS}
    for name in FIELDS:
        for file in sorted(os.listdir(settings["outputs.dir"])):
            if file.startswith(f"{name}-"):
                with open(os.path.join(settings["outputs.dir"], file)) as lines:
                    rows[name] += map(json.loads, lines)
    return rows


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    expected = rows_of_file(program, source, directory)
    events = list(events_of(source))
    tombstones = sum(not value for _, value in events)
    if not tombstones or not all(expected.values()):
        sys.exit(f"the example has nothing to show: {tombstones} tombstones, {expected}")
    with open_broker(directory) as broker:
        topics = JobTopics(program, source, broker, directory, f"c{os.getpid()}", "change-events", "payments")
        topics.create()
        topics.produce(events)
        finish(topics, ["a"])
        for name in FIELDS:
            if shown(name, topics.rows(name)) != shown(name, expected[name]):
                sys.exit(f"{name}: {shown(name, topics.rows(name))}\nthe file's: {shown(name, expected[name])}\n{topics.log('a')}")
        told = sum(map(int, re.findall(r"(\d+) tombstone", topics.log("a"))))
        if told != tombstones:
            sys.exit(f"{told} of {tombstones} tombstones are told\n{topics.log('a')}")
    print("a topic's change events give the rows of the file's")


main()
