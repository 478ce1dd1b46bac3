#!/usr/bin/env python3
"""What a topic's record has beside its value, through a real broker: keys, headers and timestamps as fields, CSV, deletes known by their key, and
dead letters, which are listed, shown and sent again; and lists whose files change while processes run.

kafka_records.py PROGRAM SOURCE WORK_DIRECTORY
"""
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from decimal import Decimal

from kafka_runs import JobTopics, finish, open_broker

EVENTS = """
    version: 1
    inputs:
      events:
        time: happened
        out_of_orderness: 5s
        key: account_id
        fields:
          happened:   {type: time, path: $.timestamp, required: true}
          account_id: {type: string, path: $.key, required: true}
"""
CARDS = f"""
    ruleset: cards
    {EVENTS.strip()}
          channel:    {{type: string, path: $.headers.channel}}
          amount:     {{type: decimal, scale: 2, required: true}}
    totals:
      all:
        on: events
        by: account_id
        window: 24h
        allowed_lateness: 0s
        measures: {{count: {{count: true}}, amount: {{sum: amount}}, web: {{count: true, where: channel == 'web'}}}}
"""
PAYMENTS = """
    ruleset: payments
    version: 1
    inputs:
      events:
        time: changed_at
        out_of_orderness: 1h
        key: payment
        fields:
          changed_at: {type: time, path: $.source.ts_ms, required: true}
          op:         {type: enum, names: [r, c, u, d], path: $.op, required: true}
          payment:    {type: integer, path: id, required: true}
          key_id:     {type: integer, path: $.key.id, required: true}
          amount:     {type: decimal, scale: 2}
    totals:
      all:
        on: events
        by: payment
        window: 24h
        allowed_lateness: 0s
        measures: {deleted: {count: true, where: "op == 'd'"}, sums: {sum: amount, where: "op == 'd'"}, same: {count: true, where: payment == key_id}}
"""
BLOCKED = f"""
    ruleset: blocked
    {EVENTS.strip()}
          payee:      {{type: string, required: true}}
    lists:
      blocked: {{owner: tests, file: blocked.csv}}
    rules:
      - id: BLOCKED
        title: A payment to a blocked payee
        severity: high
        on: events
        by: account_id
        fire: payee in list.blocked
        columns: {{payee: payee}}
"""
ACCOUNTS = [f"a{number}" for number in range(8)]  # in both partitions
NOTICED_S = 30  # by when a process has noticed a new list, or decided a record


class MadeJob(JobTopics):
    """A job of a rule set that the test wrote."""

    def __init__(self, program, broker, directory, name, rule_set, settings, **files):
        super().__init__(program, "", broker, directory, name, "", "events")
        folder = os.path.join(directory, name)
        os.makedirs(folder)
        with open(os.path.join(folder, "ruleset.yaml"), "w") as text:
            text.write(textwrap.dedent(rule_set))
        self.folder = folder
        for file, content in files.items():
            self.put(f"{file}.csv", content)
        self.job = os.path.join(folder, "job.yaml")
        with open(self.job, "w") as text:
            json.dump({"job": name, "ruleset": ".", "kafka": {"brokers": broker.address, "partitions": 2}, "slot": "a", "outputs": {"prefix": "x."},
                       "inputs": {"events": {"topic": "x", **settings}}, "state": {"dir": "state"}}, text)
        self.create()

    def put(self, file, content):
        """In the place of what is there, at once."""
        with open(os.path.join(self.folder, file + ".new"), "w") as text:
            text.write(content)
        os.rename(os.path.join(self.folder, file + ".new"), os.path.join(self.folder, file))

    def send(self, key, value, **headers):
        """One record; None is none."""
        command = ["kcat", "-P", "-Z", "-b", self.broker.address, "-t", self.topic, "-K", "\t", "-D", "\x01"]
        command += [part for name, text in headers.items() for part in ("-H", f"{name}={text}")]
        subprocess.run(command, input=(key or b"") + b"\t" + (value or b""), check=True)

    def records(self, topic):
        """All of a topic, as kcat tells of them."""
        read = subprocess.run(["kcat", "-C", "-J", "-b", self.broker.address, "-t", topic, "-e", "-q", "-o", "beginning", "-X",
                               "isolation.level=read_committed"], capture_output=True, check=True)
        return [json.loads(line.decode(errors="surrogateescape")) for line in read.stdout.splitlines()]

    def dlq(self, command, *arguments):
        done = subprocess.run([self.program, "dlq", command, *self.arguments("a"), *arguments], capture_output=True, check=True)
        return done.stdout.decode(errors="surrogateescape")


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}\nexpected: {expected}")
    print(f"{what}: as expected", flush=True)


def sums(rows):
    """Totals by account, over all windows: the records' timestamps are of now, which may be about midnight."""
    accounts = {}
    for row in rows:
        count, amount, web = accounts.get(row["account_id"], (0, Decimal(0), 0))
        accounts[row["account_id"]] = (count + row["count"], amount + Decimal(row["amount"]), web + row["web"])
    return [(account, count, str(amount), web) for account, (count, amount, web) in sorted(accounts.items())]


def headers_of(record):
    names = record["headers"][0::2]
    return dict(zip(names, record["headers"][1::2]))


def beside_the_value(program, broker, directory):
    job = MadeJob(program, broker, directory, "cards", CARDS, {})
    job.send(b"a", b'{"amount":"1.50"}', channel="web")
    job.send(b"a", b'{"amount":\n2}', channel="shop")
    job.send(b"b", b'{"amount":4}')
    job.send(b"b", None)
    finish(job, ["a"])
    found = sums(job.rows("totals"))
    expect("fields from keys, headers and timestamps", found, [("a", 2, "3.50", 1), ("b", 1, "4.00", 0)])
    if not re.search(r"1 tombstone", job.log("a")):
        sys.exit(f"the tombstone is not told\n{job.log('a')}")
    return job


def dead_letters(job):
    job.send(b"c", b'{"amount":"x\xff"}', channel="web", trace="t-1")
    job.send(b"c", b'{"amount":')
    job.send(None, b'{"amount":1}')
    finish(job, ["a"])
    dead = job.records("cards.dead_letters")
    codes = sorted(headers_of(record)["__connect.errors.exception.class.name"] for record in dead)
    expect("codes of dead letters", codes, ["bad_json", "bad_utf8", "missing_field"])
    bad = next(record for record in dead if headers_of(record)["__streams.errors.exception"] == "bad_utf8")
    told = headers_of(bad)
    where = f"events/{told['__connect.errors.partition']}/{told['__connect.errors.offset']}"
    expect("a dead letter's own", (bad["key"], told["channel"], told["trace"], told["__connect.errors.topic"], told["reckoner.job"]),
           ("c", "web", "t-1", job.topic, "cards"))
    expect("its bytes", job.dlq("show", where, "--raw"), b'{"amount":"x\xff"}'.decode(errors="surrogateescape"))
    expect("what is listed", sorted(line.split()[1] for line in job.dlq("list").splitlines()[1:]), codes)
    expect("what is chosen", [line.split()[0] for line in job.dlq("list", "--code", "bad_utf8").splitlines()[1:]], [where])

    before = len(job.records(job.topic))
    expect("replay", job.dlq("replay", "--code", "bad_utf8"), "1 dead letters were sent to their topics again\n")
    sent = job.records(job.topic)
    again = [record for record in sent if record["key"] == "c" and record.get("headers") == ["channel", "web", "trace", "t-1"]]
    expect("records after it", (len(sent), len(again), len({record["partition"] for record in again})), (before + 1, 2, 1))
    expect("the same again", job.dlq("replay", "--code", "bad_utf8"),
           "0 dead letters were sent to their topics again\n1 were not, having been sent before; --again sends them too\n")
    expect("the others", job.dlq("replay"),
           "2 dead letters were sent to their topics again\n1 were not, having been sent before; --again sends them too\n")
    expect("all of them, again", job.dlq("replay", "--again"), "3 dead letters were sent to their topics again\n")
    finish(job, ["a"])
    expect("rejected again", len(job.dlq("list").splitlines()) - 1, 3 + 6)
    expect("of which were sent", sum(line.split()[-1] != "" and " yes " in line for line in job.dlq("list").splitlines()), 3)


def too_large(program, broker, directory):
    """A bad record as large as a topic takes goes whole to the dead letters, and what comes behind it is decided."""
    job = MadeJob(program, broker, directory, "large", CARDS, {"format": "jsonl"})
    large = b"x" * 1_040_000
    kcat = ["kcat", "-P", "-b", broker.address, "-t", job.topic, "-K", "\t", "-X", "message.max.bytes=4000000"]
    subprocess.run(kcat, input=b"a1\t" + large + b"\n" + b'a1\t{"amount": "1.25"}\n', check=True)
    finish(job, ["a"])
    dead = job.records("large.dead_letters")
    expect("dead letters", [record["payload"].encode() for record in dead], [large])
    expect("behind it", [(row["count"], row["amount"]) for row in job.rows("totals")], [(1, "1.25")])


def csv(program, broker, directory):
    job = MadeJob(program, broker, directory, "csv", CARDS, {"format": "csv", "columns": ["note", "amount"]})
    job.send(b"a", b'"x,\ny",1.25', channel="web")
    job.send(b"a", b"z,2\n")
    job.send(b"a", b"z,2,3")
    finish(job, ["a"])
    expect("CSV", sums(job.rows("totals")), [("a", 2, "3.25", 1)])
    expect("CSV that is none", [line.split()[1] for line in job.dlq("list").splitlines()[1:]], ["bad_csv"])


def deletes(program, source, broker, directory):
    """Captured changes of a table with REPLICA IDENTITY DEFAULT, keyed by its primary key as the connector does by itself."""
    job = MadeJob(program, broker, directory, "payments", PAYMENTS, {"format": "debezium"})
    with open(os.path.join(source, "tests/data/debezium/captured/default-string.jsonl")) as lines:
        events = [event for event in map(json.loads, lines) if event["topic"] == "pg.public.payments"]
    job.produce((json.dumps(event["key"]).encode() if event["key"] else b"", json.dumps(event["value"]).encode() if event["value"] else b"")
                for event in events)
    finish(job, ["a"])
    rows = job.rows("totals")
    expect("deletes", sorted(int(row["payment"]) for row in rows if row["deleted"] == 1), [2, 5, 7])
    expect("made-up amounts of deleted rows", [row["sums"] for row in rows if row["deleted"] and row["sums"] not in (None, "0.00")], [])
    expect("keys", all(row["same"] > 0 for row in rows), True)
    expect("rejected", job.records("payments.dead_letters"), [])


def wait_for(what, happened):
    end = time.monotonic() + NOTICED_S
    while not happened():
        if time.monotonic() > end:
            sys.exit(f"not within {NOTICED_S} s: {what}")
        time.sleep(0.2)


def lists_that_change(program, broker, directory):
    """Two processes, new entries, and then both of them anew, without what they knew."""
    job = MadeJob(program, broker, directory, "blocked", BLOCKED, {}, blocked="value,by\nP1,alice\n")
    job.settings["lists.look_every"] = "300ms"
    pay = lambda: job.produce((account.encode(), json.dumps({"payee": payee}).encode()) for account in ACCOUNTS for payee in ("P1", "P2"))
    told = lambda: sorted((row["account_id"], row["payee"]) for row in job.rows("alerts"))
    first = sorted((account, "P1") for account in ACCOUNTS)
    both = sorted((account, payee) for account in ACCOUNTS for payee in ("P1", "P2"))
    running = [job.start(slot, until_end=False) for slot in ("a", "b")]
    pay()
    wait_for("alerts by the first list", lambda: told() == first)
    job.put("blocked.csv", "value,by\nP1,alice\nP2,bob\n")
    wait_for("the new list", lambda: all("2 entries in the place of 1" in job.log(slot) for slot in ("a", "b")))
    pay()
    wait_for("alerts by the new list", lambda: told() == sorted(first + both))
    print("a list that changed while two processes ran: in force in both", flush=True)
    for process in running:
        process.kill()
        process.wait()
    for slot in ("a", "b"):  # the log tells what was decided by which list
        shutil.rmtree(os.path.join(directory, f"blocked-{slot}", "shard-0"), ignore_errors=True)
        shutil.rmtree(os.path.join(directory, f"blocked-{slot}", "shard-1"), ignore_errors=True)
    finish(job, ["a", "b"])
    expect("the same, decided again", told(), sorted(first + both))
    if "replayed" not in job.log("a") + job.log("b"):
        sys.exit("nothing was decided again")


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    with open_broker(directory) as broker:
        job = beside_the_value(program, broker, directory)
        dead_letters(job)
        too_large(program, broker, directory)
        csv(program, broker, directory)
        deletes(program, source, broker, directory)
        lists_that_change(program, broker, directory)


main()
