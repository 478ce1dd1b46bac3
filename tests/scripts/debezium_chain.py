#!/usr/bin/env python3
"""The whole chain of change events: a real PostgreSQL, a real Debezium, a real broker, and the job of examples/change-events, killed on the way.
A trigger in the database notes each change too, and the database itself computes what the job must say.

debezium_chain.py PROGRAM SOURCE WORK_DIRECTORY [SEED]
"""
import collections
import os
import random
import shutil
import signal
import sys
import time
from decimal import Decimal

from debezium_relay import Relay
from kafka_runs import JobTopics, finish, free_port, open_broker
from postgres_server import USER, PostgresServer

ACCOUNTS = 12
STEPS = 60
KILLS = 3
LAST = "LAST"

SCHEMA = """
CREATE TABLE payments (id int PRIMARY KEY, account_id text NOT NULL, amount numeric(12,2) NOT NULL, status text NOT NULL, note text);
ALTER TABLE payments REPLICA IDENTITY FULL;
CREATE TABLE noted (op char, account_id text, before_status text, before_amount numeric(12,2), status text, amount numeric(12,2));
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'UPDATE' AND OLD.account_id = NEW.account_id THEN
    INSERT INTO noted VALUES ('u', NEW.account_id, OLD.status, OLD.amount, NEW.status, NEW.amount);
  ELSE  -- where the key of its events changes, Debezium tells of a delete and an insert
    IF TG_OP <> 'INSERT' THEN INSERT INTO noted VALUES ('d', OLD.account_id, OLD.status, OLD.amount, OLD.status, OLD.amount); END IF;
    IF TG_OP <> 'DELETE' THEN INSERT INTO noted VALUES ('c', NEW.account_id, NULL, NULL, NEW.status, NEW.amount); END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION note();
"""

# What the rule set of the example says, in SQL.
EXPECTED_TOTALS = """
SELECT account_id, count(*) FILTER (WHERE settles), coalesce(sum(amount) FILTER (WHERE settles), 0), count(*) FILTER (WHERE op = 'd')
FROM (SELECT *, op <> 'd' AND status = 'settled' AND (op <> 'u' OR before_status <> 'settled') AS settles FROM noted) AS noted GROUP BY account_id;
"""
EXPECTED_ALERTS = """
SELECT 'CHG-01', account_id, count(*) FROM noted WHERE op = 'u' AND before_status = 'settled' AND amount <> before_amount GROUP BY account_id
UNION ALL
SELECT 'CHG-02', account_id, count(*) - 1 FROM noted WHERE op = 'd' AND status = 'settled' GROUP BY account_id HAVING count(*) > 1;
"""


class Workload:
    """Statements that insert, change, settle, renumber, move and delete payments, some of them in transactions that are rolled back."""

    def __init__(self, seed):
        self.draw, self.ids, self.next_id = random.Random(seed), [], 1

    def amount(self):
        return f"{self.draw.randint(1, 99_999_999) / 100:.2f}"

    def insert(self):
        payment, self.next_id = self.next_id, self.next_id + 1
        self.ids.append(payment)
        status = self.draw.choice(["new", "new", "settled"])
        account = self.draw.randrange(ACCOUNTS)
        return f"INSERT INTO payments VALUES ({payment}, 'A{account}', {self.amount()}, '{status}');"

    def change(self):
        draw = self.draw
        if not self.ids or draw.random() < 0.35:
            return self.insert()
        payment = draw.choice(self.ids)
        choice = draw.randrange(9)
        if choice < 3:
            return f"UPDATE payments SET status = 'settled' WHERE id = {payment};"
        if choice < 5:
            return f"UPDATE payments SET amount = {self.amount()} WHERE id = {payment};"
        if choice == 5:
            return f"BEGIN; UPDATE payments SET amount = amount + 1; DELETE FROM payments WHERE id = {payment}; ROLLBACK;"
        if choice == 6:
            return f"UPDATE payments SET account_id = 'A{draw.randrange(ACCOUNTS)}' WHERE id = {payment};"
        self.ids.remove(payment)
        if choice == 7:
            other, self.next_id = self.next_id, self.next_id + 1
            self.ids.append(other)
            return f"UPDATE payments SET id = {other} WHERE id = {payment};"
        return f"DELETE FROM payments WHERE id = {payment};"


def check(name, found, expected, topics):
    if found != expected:
        wrong = {key: (found.get(key), expected.get(key)) for key in {*found, *expected} if found.get(key) != expected.get(key)}
        sys.exit(f"{name}, found and expected: {wrong}\n{topics.log('a')[-4000:]}")


def check_rows(topics, server):
    totals = collections.defaultdict(lambda: (0, Decimal(0), 0))  # over the hours that the run lies in
    for row in topics.rows("totals"):
        payments, amount, deleted = totals[row["account_id"]]
        totals[row["account_id"]] = (payments + int(row["payments"]), amount + Decimal(row["amount"]), deleted + int(row["deleted"]))
    expected = {account: (int(payments), Decimal(amount), int(deleted)) for account, payments, amount, deleted in server.ask(EXPECTED_TOTALS)}
    check("totals", dict(totals), expected, topics)
    alerts = collections.Counter((row["rule"], row["account_id"]) for row in topics.rows("alerts"))
    wanted = {(rule, account): int(number) for rule, account, number in server.ask(EXPECTED_ALERTS)}
    check("alerts", dict(alerts), wanted, topics)
    if len(wanted) < 3:
        sys.exit(f"the changes have too little to show: {wanted}")
    return len(totals), sum(alerts.values())


def change_the_table(server, topics, workload):
    """While the job runs, which is killed now and then."""
    job = topics.start("a", until_end=False)
    killed = set(workload.draw.sample(range(5, STEPS), KILLS))
    for step in range(STEPS):
        server.ask("\n".join(workload.change() for _ in range(workload.draw.randint(1, 12))))
        time.sleep(0.05)
        if step in killed:
            job.send_signal(signal.SIGKILL)
            job.wait()
            job = topics.start("a", until_end=False)
    server.ask(f"INSERT INTO payments VALUES (0, '{LAST}', 1.00, 'settled');")
    return job


def main():
    program, source, directory = sys.argv[1:4]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(10**6)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    workload = Workload(seed)
    with open_broker(directory) as broker, PostgresServer(port=free_port(), wal_level="logical") as server:
        server.ask(SCHEMA + "\n".join(workload.insert() for _ in range(40)))  # these come as a snapshot
        topics = JobTopics(program, source, broker, directory, f"d{os.getpid()}", "change-events", "payments")
        topics.create()
        settings = {"database.hostname": "127.0.0.1", "database.port": server.port, "database.user": USER, "database.password": "",
                    "database.dbname": "postgres", "topic.prefix": "pg", "table.include.list": "public.payments",
                    "message.key.columns": "public.payments:account_id", "transforms": "name",
                    "transforms.name.type": "org.apache.kafka.connect.transforms.RegexRouter", "transforms.name.regex": "pg.public.payments",
                    "transforms.name.replacement": topics.topic}
        with Relay(directory, broker.address, settings) as relay:
            relay.wait_for("A")
            job = change_the_table(server, topics, workload)
            relay.wait_for(LAST)
        job.send_signal(signal.SIGTERM)
        job.wait()
        finish(topics, ["a"])
        accounts, alerts = check_rows(topics, server)
        print(f"seed {seed}: {len(relay.sent)} change events, {KILLS} kills; totals of {accounts} accounts and {alerts} alerts are what PostgreSQL computes")


main()
