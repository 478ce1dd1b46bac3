#!/usr/bin/env python3
"""Rules and totals by other keys than the topics', through a real broker: records are handed on to the shards that own these keys, once, whatever
was killed on the way, and hop on where facts of other keys are asked for; the fraud example's results, with two such rules more, are the file job's,
with any number of processes.

kafka_exchange.py PROGRAM SOURCE WORK_DIRECTORY [KILLS SEED]
"""
import collections
import glob
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time

from cycles import naive
from kafka_disturbed import stop_in_order
from kafka_fraud import FraudTopics, run_on_files
from kafka_runs import JobTopics, finish, open_broker

# By device: how busy the account is where the record is read, and then how often such accounts are at the merchant.
ASKING = """id: HOP-0{number}
title: A shared device at a merchant of busy accounts
severity: low
evaluation: {evaluation}
on: transactions
by: device_id
facts:
  own: {{count: true, by: account_id, within: 24h}}
  busy: {{count: true, by: merchant_id, within: 24h, where: "own >= 3"}}
  people: {{distinct: account_id, within: 7d}}
fire: own >= 4 and busy >= 6 and people >= 2
say: "{{own}} payments of the account, {{busy}} of such accounts at the merchant, {{people}} people on the device"
"""
# Merchants where small payments are made, told by device, and accounts whose logins fail, asked by account.
ADDING = """id: LST-0{number}
title: A small payment
severity: low
evaluation: {evaluation}
on: transactions
by: device_id
fire: type == 'card_payment' and amount <= 5 USD
say: "{{amount}} at {{merchant_id}}"
add_to: {{probed_{evaluation}: merchant_id}}
"""
ADDING_HERE = """id: FLD-0{number}
title: A login that failed
severity: low
evaluation: {evaluation}
on: logins
by: account_id
fire: not ok
say: "from {{country}}"
add_to: {{failed_{evaluation}: account_id}}
"""
ASKING_LIST = """id: PRB-0{number}
title: A payment where a small one was made, or a login failed, within an hour
severity: low
evaluation: {evaluation}
on: transactions
by: account_id
fire: type == 'card_payment' and amount >= 40 USD and (account_id in list.failed_{evaluation} or merchant_id in list.probed_{evaluation})
say: "{{amount}} at {{merchant_id}}"
"""
WHERE = {"partition", "record", "trigger"}  # told by position: a file's and a topic's are different
ACCOUNTS, MERCHANTS, SPAN_MS = 300, 40, 600_000

RULE_SET = """ruleset: shops
version: 1
description: What each shop takes, told from payments that lie by account
owner: risk-ops
inputs:
  payments:
    time: at
    out_of_orderness: 1s
    id: payment_id
    dedupe: {within: 1h}
    key: account_id
    filter: "amount > 1.00"
    fields:
      payment_id: {type: string, required: true}
      at: {type: time, format: ms, required: true}
      account_id: {type: string, required: true}
      shop_id: {type: string}
      amount: {type: decimal, scale: 2, required: true}
totals:
  shop_1m:
    on: payments
    by: shop_id
    window: 1m
    allowed_lateness: 1h
    measures:
      count: {count: true}
      sum: {sum: amount}
  account_1m:
    on: payments
    by: account_id
    window: 1m
    allowed_lateness: 1h
    measures:
      count: {count: true}
"""
ASKING_SHOPS = """id: BUSY-01
title: A payment in a busy shop
severity: low
evaluation: ordered
on: payments
by: account_id
facts:
  busy: {count: true, within: 2s, by: shop_id}
  own: {count: true, within: 5s}
fire: busy >= 9 and own >= 3
say: "{busy} payments in the shop"
"""
JOB = """job: shops
ruleset: .
kafka: {brokers: "127.0.0.1:9092", partitions: 8}
slot: a
inputs:
  payments: {topic: shops.payments, format: jsonl}
outputs: {prefix: shops.}
state: {dir: state}
epoch: {time: 100ms}
exchange: {tell_every: 200ms}
"""


def fail(what, topics, slots="abc"):
    logs = "".join(f"--- {slot}\n{topics.log(slot)[-3000:]}" for slot in slots if os.path.exists(os.path.join(topics.directory, f"{topics.name}-{slot}.log")))
    sys.exit(f"{what}\n{logs}")


def check_commands(topics):
    """`reckoner cat` prints what a reader gets, in order of time; `reckoner verify` finds nothing wrong."""
    printed = subprocess.run([topics.program, "cat", topics.job, "alerts", *topics.arguments("a")[1:]], capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in printed.splitlines()]
    if canonical(rows) != canonical(topics.rows("alerts")) or [row["event_time"] for row in rows] != sorted(row["event_time"] for row in rows):
        fail(f"cat printed {len(rows)} alerts, other ones or out of order", topics)
    verified = subprocess.run([topics.program, "verify", *topics.arguments("a")], capture_output=True, text=True)
    if verified.returncode != 0 or "nothing is wrong" not in verified.stdout or f"{topics.name}.repartition: " not in verified.stdout:
        fail(f"verify ended with {verified.returncode}\n{verified.stdout}{verified.stderr}", topics)
    subprocess.run(["kcat", "-P", "-b", topics.broker.address, "-t", f"{topics.name}.alerts"], input=b"{}\n", check=True)
    verified = subprocess.run([topics.program, "verify", *topics.arguments("a")], capture_output=True, text=True)
    if verified.returncode != 1 or f"{topics.name}.alerts: {len(rows) + 1} rows are there and {len(rows)} were committed" not in verified.stderr:
        fail(f"verify ended with {verified.returncode} where a row is there that nobody committed\n{verified.stdout}{verified.stderr}", topics)
    for shard in range(8):
        subprocess.run(["kcat", "-P", "-b", topics.broker.address, "-t", f"{topics.name}.repartition", "-p", str(shard)], input=b"not of the job\n", check=True)
    process = topics.start("e")
    if process.wait() == 0 or "Only the job itself may write there; restore the topic" not in topics.log("e"):
        fail(f"what another wrote between the shards is not refused: exit {process.returncode}", topics, "e")
    print("cat and verify tell of the topics what is there, and of a row that nobody committed; what another wrote between the shards is refused", flush=True)


def by_file(program, source, data, directory):
    """What the file job makes of it: output -> rows without what is told by position."""
    run_on_files(program, source, data, directory)
    return {output: canonical(json.loads(line) for path in glob.glob(f"{directory}/out/{output}-*.jsonl") for line in open(path))
            for output in ("alerts", "totals", "scores")}


def canonical(rows):
    kept = []
    for row in rows:
        row = {name: value for name, value in row.items() if name not in WHERE}
        if "evidence" in row:
            row["evidence"] = {**row["evidence"], "records": len(row["evidence"].get("records", []))}
        kept.append(json.dumps(row, sort_keys=True))
    return sorted(kept)


def compare(topics, expected, what):
    for output, rows in expected.items():
        found = canonical(topics.rows(output))
        if found != rows:
            more = collections.Counter(found) - collections.Counter(rows)
            less = collections.Counter(rows) - collections.Counter(found)
            fail(f"{what}: {output}: {len(found)} rows, {len(rows)} expected; too many: {list(more)[:3]}; missing: {list(less)[:3]}", topics)
    keys = collections.Counter(json.loads(row)["rule"] for row in expected["alerts"])
    print(f"{what}: as the file job's: {len(expected['totals'])} totals, {len(expected['scores'])} scores, alerts {dict(sorted(keys.items()))}", flush=True)


def with_asking(source, directory):
    """The fraud example with rules that ask other keys, and lists that others put entries into, as records arrive and in order of event time."""
    example = os.path.join(directory, "asking", "examples", "card-fraud")
    shutil.copytree(os.path.join(source, "examples", "card-fraud"), example)
    for number, evaluation in ((1, "arrival"), (2, "ordered")):
        for name, rule in (("asking", ASKING), ("adding", ADDING), ("adding-here", ADDING_HERE), ("asking-list", ASKING_LIST)):
            with open(os.path.join(example, "rules", f"{name}-{evaluation}.yaml"), "w") as out:
                out.write(rule.format(number=number, evaluation=evaluation))
    with open(os.path.join(example, "ruleset.yaml"), "a") as out:
        out.write("lists:\n")
        for name in ("probed_arrival", "probed_ordered", "failed_arrival", "failed_ordered"):
            out.write(f"  {name}: {{owner: tests, added_for: 1h}}\n")
    return os.path.join(directory, "asking")


def fraud(program, source, broker, directory, name):
    data = os.path.join(directory, "data")
    subprocess.run([program, "generate", "card-fraud", data, "--days", "5", "--accounts", "800"], check=True, stdout=subprocess.DEVNULL)
    for what, where, all_slots in (("plain", source, ("a", "abc")), ("asking", with_asking(source, directory), ("abc",))):
        fraud_of(program, where, broker, directory, f"{name}{what}", data, all_slots)


def fraud_of(program, source, broker, directory, name, data, all_slots):
    expected = by_file(program, source, data, os.path.join(directory, f"{name}-file"))
    by_others = {"TST-01", "GEO-01", *(["HOP-01", "HOP-02", "LST-01", "LST-02", "FLD-01", "FLD-02", "PRB-01", "PRB-02"] if name.endswith("asking") else [])}  # by device, by card, asking both and lists
    if not by_others <= {json.loads(row)["rule"] for row in expected["alerts"]}:
        sys.exit(f"the data has no alerts of {by_others}")
    for slots in all_slots:
        topics = FraudTopics(program, source, broker, directory, f"{name}{len(slots)}")
        topics.create()
        topics.fill(data)
        finish(topics, slots)
        compare(topics, expected, f"{len(slots)} instance(s)")
    for slot in "abc":
        shutil.rmtree(os.path.join(directory, f"{topics.name}-{slot}"))
    finish(topics, "d")
    compare(topics, expected, "all state lost, executed again from the log")
    if not name.endswith("asking"):
        check_commands(topics)


class ShopTopics(JobTopics):
    def __init__(self, program, source, broker, directory, name):
        super().__init__(program, source, broker, directory, name, "seed", "payments")
        self.job = os.path.join(directory, "shops", "kafka.yaml")
        os.makedirs(os.path.join(directory, "shops", "rules"), exist_ok=True)
        for file, text in (("ruleset.yaml", RULE_SET), ("rules/busy.yaml", ASKING_SHOPS), ("kafka.yaml", JOB)):
            with open(os.path.join(directory, "shops", file), "w") as out:
                out.write(text)


CYCLES = """ruleset: rings
version: 1
description: Transfers that come back to where they began
owner: risk-ops
inputs:
  payments:
    time: at
    out_of_orderness: 1s
    id: id
    key: payer
    fields:
      id: {type: integer, required: true}
      at: {type: time, format: ms, required: true}
      payer: {type: string, required: true}
      payee: {type: string, required: true}
      amount: {type: integer, required: true}
cycles:
  rings: {on: payments, from: payer, to: payee, within: 60s, max_hops: 4, amount: amount, min_pass_percent: 50}
"""
RINGS = """id: RING-01
title: Money comes back
severity: high
on: rings
by: payee
facts:
  closed: {count: true, within: 10m}
fire: closed >= 1
say: "{path}"
"""


class RingTopics(JobTopics):
    def __init__(self, program, source, broker, directory, name):
        super().__init__(program, source, broker, directory, name, "seed", "payments")
        self.job = os.path.join(directory, "rings", "kafka.yaml")
        os.makedirs(os.path.join(directory, "rings", "rules"))
        for file, text in (("ruleset.yaml", CYCLES), ("rules/rings.yaml", RINGS), ("kafka.yaml", JOB.replace("shops", "rings"))):
            with open(os.path.join(directory, "rings", file), "w") as out:
                out.write(text)


def rings(program, source, broker, directory, name, seed):
    """Transfers lie by payer; each cycle is found once, whoever has its transfers, as a naive search finds it."""
    chance = random.Random(seed)
    times = sorted(chance.sample(range(SPAN_MS), 6000))
    made = [{"id": number, "at": at, "payer": f"A{chance.randrange(250)}", "payee": f"A{chance.randrange(250)}", "amount": chance.randrange(100, 900)}
            for number, at in enumerate(times)]
    expected = sorted(naive([dict(one) for one in made], 2, 4, 60_000, 50).items())
    topics = RingTopics(program, source, broker, directory, name)
    topics.create()
    topics.produce((one["payer"].encode(), json.dumps(one).encode()) for one in made)
    finish(topics, "abc")
    for what in ("three instances", "all state lost, executed again from the log"):
        found = sorted((int(row["id"]), row["say"]) for row in topics.rows("alerts"))
        if found != expected or len(expected) < 50:
            fail(f"{what}: {len(found)} cycles, {len(expected)} expected: {sorted(set(found) ^ set(expected))[:4]}", topics)
        print(f"{what}: {len(expected)} cycles are found as by a naive search", flush=True)
        for slot in "abc":
            shutil.rmtree(os.path.join(directory, f"{topics.name}-{slot}"), ignore_errors=True)
        finish(topics, "d")


def payments(chance, count):
    """In order of time but for a second, no two of them at the same; some twice, some too small, some without a shop."""
    made, times = [], set()
    for number in range(count):
        at = max(number * SPAN_MS // count + chance.randrange(-900, 1), 0)
        while at in times:
            at += 1
        times.add(at)
        payment = {"payment_id": f"P{number}", "at": at, "account_id": f"A{chance.randrange(ACCOUNTS)}", "amount": f"{chance.randrange(50, 5000) / 100:.2f}"}
        if chance.random() < 0.95:
            payment["shop_id"] = f"S{chance.randrange(MERCHANTS)}"
        made.append(payment)
        if chance.random() < 0.02:
            made.append(payment)
    return made


def expected_totals(made):
    totals = collections.defaultdict(lambda: [0, 0])
    for payment in {payment["payment_id"]: payment for payment in made}.values():
        cents = round(float(payment["amount"]) * 100)
        window = payment["at"] // 60_000 * 60_000
        if cents <= 100:
            continue
        for key in [payment["account_id"], *([payment["shop_id"]] if "shop_id" in payment else [])]:
            totals[key, window][0] += 1
            totals[key, window][1] += cents
    return dict(totals)


def expected_alerts(made):
    """Payments in a busy shop, looked at in order of their times."""
    of_shop, of_account, alerts = collections.defaultdict(collections.deque), collections.defaultdict(collections.deque), []
    for payment in sorted({payment["payment_id"]: payment for payment in made}.values(), key=lambda payment: payment["at"]):
        if float(payment["amount"]) <= 1:
            continue
        counts = []
        for times, within_ms in ((of_shop[payment.get("shop_id")], 2000), (of_account[payment["account_id"]], 5000)):
            times.append(payment["at"])
            while times[0] <= payment["at"] - within_ms:
                times.popleft()
            counts.append(len(times))
        if "shop_id" in payment and counts[0] >= 9 and counts[1] >= 3:
            alerts.append((payment["payment_id"], f"{counts[0]} payments in the shop"))
    return sorted(alerts)


def found_totals(topics):
    totals = {}
    for row in topics.rows("totals"):
        key = row.get("shop_id") or row["account_id"]
        if (key, row["window_start"]) in totals:
            fail(f"the total of {key} at {row['window_start']} is there twice", topics)
        totals[key, row["window_start"]] = [row["count"], round(float(row["sum"]) * 100) if "sum" in row else None]
    return totals


def handed_on(topics):
    """Positions of payments in the topic between the shards, with their hops, told from its bytes as docs/formats.md has them."""
    read = subprocess.run(["kcat", "-C", "-b", topics.broker.address, "-t", f"{topics.name}.repartition", "-e", "-o", "beginning", "-f", "%R%s", "-X",
                           "isolation.level=read_committed"], capture_output=True, check=True).stdout
    seen, told, at = collections.Counter(), 0, 0
    while at < len(read):
        (length,) = struct.unpack_from(">i", read, at)
        version, _, number, partition, record, kinds, _, _, hop = struct.unpack_from(">BBHIQHqqB", read, at + 4)
        at += 4 + length
        if version != 2:
            fail(f"a record of version {version}", topics)
        if kinds == 0:
            told += 1
        else:
            seen[number, partition, record, hop] += 1
    return seen, told


def check_shops(topics, made, what):
    found, expected = found_totals(topics), expected_totals(made)
    wrong = [(key, found.get(key), expected.get(key)) for key in found.keys() | expected.keys() if found.get(key, [None])[0] != expected.get(key, [None])[0] or
             (key[0].startswith("S") and found[key] != expected[key])]
    if wrong:
        fail(f"{what}: {len(wrong)} totals of {len(expected)} are wrong: {wrong[:3]}", topics)
    seen, told = handed_on(topics)
    distinct = {payment["payment_id"]: payment for payment in made}.values()
    that_count = sum(1 for payment in distinct if float(payment["amount"]) > 1)
    with_shop = sum(1 for payment in distinct if "shop_id" in payment and float(payment["amount"]) > 1)
    hops = dict(sorted(collections.Counter(hop for _, _, _, hop in seen).items()))
    # For totals; and in order of event time to shops, or on the spot, and from there to accounts.
    if hops != {1: with_shop, 2: that_count, 3: that_count} or max(seen.values()) != 1:
        fail(f"{what}: {hops} of {that_count} payments were handed on, one of them {max(seen.values())} times", topics)
    alerts, busy = sorted((row["payment_id"], row["say"]) for row in topics.rows("alerts")), expected_alerts(made)
    if alerts != busy or len(busy) < 100:
        fail(f"{what}: {len(alerts)} alerts, {len(busy)} expected; too many: {sorted(set(alerts) - set(busy))[:3]}, missing: {sorted(set(busy) - set(alerts))[:3]}", topics)
    print(f"{what}: {len(expected)} totals by shop and by account and {len(busy)} alerts are right; {that_count} payments were handed on, to shops and from there to "
          f"accounts, each once; event time was told {told} times", flush=True)


def killed(program, source, broker, directory, name, kills, seed):
    chance = random.Random(seed)
    made = payments(chance, 60_000)
    topics = ShopTopics(program, source, broker, directory, name)
    topics.create()
    more = {"checkpoint__every": "1s"}
    running = {slot: topics.start(slot, until_end=False, **more) for slot in "ab"}
    portion = len(made) // (kills + 1) + 1
    for number in range(kills + 1):
        topics.produce((payment["account_id"].encode(), json.dumps(payment).encode()) for payment in made[number * portion:(number + 1) * portion])
        time.sleep(chance.uniform(0.2, 1.5))
        if number == kills:
            break
        slot = chance.choice("ab")
        if running[slot].poll() is not None:
            fail(f"{slot} ended by itself with {running[slot].returncode}", topics)
        running[slot].send_signal(signal.SIGKILL)
        running[slot].wait()
        time.sleep(chance.choice((0, 0.5)))
        running[slot] = topics.start(slot, until_end=False, **more)
    stop_in_order(topics, running)
    finish(topics, "b")
    check_shops(topics, made, f"{kills} kills at random moments (seed {seed})")
    shutil.rmtree(os.path.join(directory, f"{topics.name}-a"))
    shutil.rmtree(os.path.join(directory, f"{topics.name}-b"))
    finish(topics, "c")
    check_shops(topics, made, "all state lost, executed again from the log")


def main():
    program, source, directory = sys.argv[1:4]
    kills, seed = map(int, sys.argv[4:6]) if len(sys.argv) > 4 else (6, 1)
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    name = f"x{os.getpid()}"  # so that runs on one broker do not meet
    with open_broker(directory) as broker:
        rings(program, source, broker, directory, name + "rings", seed)
        fraud(program, source, broker, directory, name + "fraud")
        killed(program, source, broker, directory, name + "shops", kills, seed)


main()
