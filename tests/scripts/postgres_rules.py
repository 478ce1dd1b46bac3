#!/usr/bin/env python3
"""Facts over windows have the values that PostgreSQL computes over the same records, in exact numeric.

postgres_rules.py APP_TESTS WORK_DIRECTORY CASES
"""
import os
import random
import shutil
import sys

from naive_rules import faults_of
from postgres_server import PostgresServer

WINDOWS_MS = (1000, 5000, 20_000, 3_600_000)
KINDS = ("sale", "refund", "load")
RULE_SET = """=== rule set
ruleset: golden
version: 1
inputs:
  events:
    time: at
    out_of_orderness: 5s
    id: id
    key: account
    fields:
      id:      {type: string, required: true}
      at:      {type: time, required: true}
      account: {type: string, required: true}
      device:  {type: string}
      kind:    {type: enum, names: [sale, refund, load]}
      amount:  {type: decimal, scale: 4}
rules:
  - id: SHOW
    title: Shows the facts at every record
    severity: low
    on: events
    by: account
"""

# Words of a fact -> the same in SQL over the records `k` of a window, and digits after the point. PostgreSQL's own percentile_cont is of floats, so
# the median is made of the two discrete ones.
MEDIAN = """(percentile_disc(0.5) within group (order by k.amount) + percentile_disc(0.5) within group (order by k.amount desc)) / 2"""
FACTS = {
    "count: true": ("count(*)", None),
    "sum: amount": ("coalesce(sum(k.amount), 0)", 4),
    "avg: amount": ("avg(k.amount)", 8),
    "min: amount": ("min(k.amount)", 4),
    "max: amount": ("max(k.amount)", 4),
    "distinct: device": ("count(distinct k.device)", None),
    "stddev: amount": ("stddev_samp(k.amount)", 8),
    "median: amount": (MEDIAN, 8),
    "percentile: amount, p: 10": ("percentile_disc(0.1) within group (order by k.amount)", 4),
    "percentile: amount, p: 99": ("percentile_disc(0.99) within group (order by k.amount)", 4),
}
CONDITIONS = {
    "kind == 'sale'": "k.kind = 'sale'",
    "amount > 10.0000": "k.amount > 10",
    "device in ['d1', 'd2'] and kind != 'load'": "k.device in ('d1', 'd2') and k.kind <> 'load'",
    "not (amount < 0 or kind == 'refund')": "not (k.amount < 0 or k.kind = 'refund')",
}


class WindowFact:
    def __init__(self, draw, name):
        self.name, self.words = name, draw.choice(list(FACTS))
        self.within_ms = draw.choice(WINDOWS_MS)
        self.excludes_current = draw.random() < 0.3
        self.condition = draw.choice(list(CONDITIONS)) if draw.random() < 0.5 else None

    def yaml(self):
        further = (", exclude_current: true" if self.excludes_current else "") + (f', where: "{self.condition}"' if self.condition else "")
        return f"      {self.name}: {{{self.words}, within: {self.within_ms}ms{further}}}"

    def sql(self):
        aggregate, digits = FACTS[self.words]
        value = aggregate if digits is None else f"round({aggregate}, {digits})"
        conditions = ["k.account = e.account", f"k.at > e.at - {self.within_ms}", "k.at <= e.at", "k.place <= e.place"]
        conditions += ["k.place <> e.place"] if self.excludes_current else []
        conditions += [f"({CONDITIONS[self.condition]})"] if self.condition else []
        return f"(select {value} from events k where {' and '.join(conditions)}) as {self.name}"

    def json(self, value):
        if value is None:
            return "null"
        return value if FACTS[self.words][1] is None else f'"{value}"'


def make_events(draw):
    """place, at, account, device, kind, amount; each may come as late as is still asked about."""
    at, events = 0, []
    for place in range(draw.randint(20, 120)):
        at += draw.choice([0, 0, 1, 500, 999, 1000, 5000])
        amount = draw.choice([None, f"{draw.randint(-99999, 9999999) / 10000:.4f}", "0.0001", f"{10**9 + draw.randint(0, 9)}.{draw.randint(0, 9999):04}"])
        events.append((place, max(0, at - draw.choice([0, 0, 0, 1000, 5000])), draw.choice("xyz"), draw.choice([None, "d1", "d2", "d3"]),
                       draw.choice([None, *KINDS]), amount))
    return events


def sql_value(value):
    return "null" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def write_case(server, folder, seed):
    draw = random.Random(seed)
    events, facts = make_events(draw), [WindowFact(draw, f"f{number}") for number in range(draw.randint(3, 8))]
    rows = ", ".join("(" + ", ".join(sql_value(value) for value in event) + ")" for event in events)
    answer = server.ask(f"""drop table if exists events;
create table events (place int primary key, at bigint not null, account text not null, device text, kind text, amount numeric(38, 4));
insert into events values {rows};
select e.place, {', '.join(fact.sql() for fact in facts)} from events e order by e.place;""")
    assert len(answer) == len(events), f"seed {seed}: {len(answer)} rows for {len(events)} records"
    lines = [f"# Made from seed {seed}; what must come out is PostgreSQL's.", RULE_SET + "    facts:"] + [fact.yaml() for fact in facts]
    lines += ["    fire: known(id)", "    columns: {" + ", ".join(f"{fact.name}: {fact.name}" for fact in facts) + "}", "=== input events"]
    for place, at, account, *further in events:
        known = [f'"{name}": "{value}"' for name, value in zip(("device", "kind", "amount"), further) if value is not None]
        lines.append("{" + ", ".join([f'"id": "e{place}"', f'"at": {at}', f'"account": "{account}"', *known]) + "}")
    lines.append("=== output alerts")
    for place, *values in answer:
        lines.append("{" + ", ".join([f'"id": "e{place}"', *(f'"{fact.name}": {fact.json(value)}' for fact, value in zip(facts, values))]) + "}")
    with open(os.path.join(folder, f"seed-{seed}.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")
    return len(events) * len(facts)


def main():
    program, directory, cases = sys.argv[1], sys.argv[2], int(sys.argv[3])
    folder = os.path.join(directory, "cases")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with PostgresServer() as server:
        values = sum(write_case(server, folder, seed) for seed in range(1, cases + 1))
    faults = faults_of(program, folder)
    if faults:
        sys.exit("\n".join(f"{folder}/{name}.txt: {fault}" for name, fault in faults.items()) + f"\n{len(faults)} of {cases} are not as PostgreSQL says")
    print(f"{values} values of facts in {cases} rule sets are those of PostgreSQL")


main()
