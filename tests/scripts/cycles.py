#!/usr/bin/env python3
"""Cycles of transfers against a naive search that shares no code with the program: random transfers, and those of AMLSim.

cycles.py PROGRAM SOURCE WORK_DIRECTORY [WORLDS SEED]
"""
import csv
import gzip
import json
import os
import random
import re
import subprocess
import sys

from job_runs import Runs

DAY_MS = 86_400_000
AMLSIM = ("..", "shared", "cases", "amlsim")

RULE_SET = """ruleset: cycles
version: 1
inputs:
  transfers:
    time: at
    out_of_orderness: {disorder}ms
    id: id
    key: payer
    fields:
      id:     {{type: integer, required: true}}
      at:     {{type: time, format: ms, required: true}}
      payer:  {{type: string, required: true, max_length: 16}}
      payee:  {{type: string, required: true, max_length: 16}}
      amount: {{type: integer, required: true}}
{lists}cycles:
  rings:
    on: transfers
    from: payer
    to: payee
    within: {within}ms
    min_hops: {low}
    max_hops: {high}
{more}rules:
  - id: RING
    title: Money comes back
    severity: high
    on: rings
    by: payer
    fire: hops >= 2
    columns: {{hops: hops, path: path}}
"""


def naive(transfers, low, high, within, percent):
    """id of the closing transfer -> path: of all cycles that it closes one with the fewest hops, and of these the one whose transfers, from the
    closing one back, came last."""
    told, reached_by = {}, {}

    def paths(start, later, way, hops):
        for number in reached_by.get(later["payer"], ()):
            one = transfers[number]
            if (one["at"], number) > (later["at"], later["number"]) or one["at"] <= start["at"] - within:
                continue
            if percent and later["amount"] * 100 < one["amount"] * percent:
                continue
            if (one["payer"] == start["payee"]) != (hops == 1) or any(one["payer"] == other["payer"] for other in way):
                continue
            if hops == 1:
                yield way + [one]
            else:
                yield from paths(start, one, way + [one], hops - 1)

    for number, transfer in enumerate(transfers):
        transfer["number"] = number
        if transfer["payer"] == transfer["payee"]:
            continue
        for hops in range(low, high + 1):
            found = max(paths(transfer, transfer, [transfer], hops - 1), key=lambda way: [one["number"] for one in way], default=None)
            if found:
                told[transfer["id"]] = " > ".join([one["payer"] for one in reversed(found)] + [transfer["payee"]])
                break
        reached_by.setdefault(transfer["payee"], []).append(number)
    return told


def account_sets(transfers, any_order):
    """Length -> how many sets of 3 to 7 accounts money goes round in. Of transfers of one time each is behind the other, or else (not `any_order`) only the
    one that was recorded later."""
    by_payer, sets = {}, {}
    for number, transfer in enumerate(transfers):
        by_payer.setdefault(transfer["payer"], []).append((number, transfer))

    def follow(number, last, accounts):
        for then, one in by_payer.get(last["payee"], ()):
            if one["at"] < last["at"] or (one["at"] == last["at"] and (then == number or (then < number and not any_order))):
                continue
            if one["payee"] == accounts[0] and len(accounts) > 2:
                sets.setdefault(len(accounts), set()).add(frozenset(accounts))
            elif one["payee"] not in accounts and len(accounts) < 7:
                follow(then, one, (*accounts, one["payee"]))

    for number, transfer in enumerate(transfers):
        if transfer["payer"] != transfer["payee"]:
            follow(number, transfer, (transfer["payer"], transfer["payee"]))
    return {length: len(found) for length, found in sorted(sets.items())}


def write_job(runs, name, transfers, **said):
    """Path of the job file."""
    folder = runs.path(name)
    os.makedirs(os.path.join(folder, "rules"))
    for file, text in said.pop("files", {}).items():
        with open(os.path.join(folder, file), "w") as out:
            out.write(text)
    with open(os.path.join(folder, "ruleset.yaml"), "w") as out:
        out.write(RULE_SET.format(**{"lists": "", "more": "", "disorder": 0, **said}))
    with open(os.path.join(folder, "transfers.jsonl"), "w") as out:
        out.writelines(json.dumps(transfer) + "\n" for transfer in transfers)
    with open(os.path.join(folder, "job.yaml"), "w") as out:
        out.write(f"job: cycles\nruleset: {folder}\ninputs:\n  transfers: {{files: {folder}/transfers.jsonl}}\n")
    return os.path.join(folder, "job.yaml")


def found_by_job(runs, name, transfers, job_settings, **said):
    rows = {}
    output = runs.run(name + "-run", write_job(runs, name, transfers, **said), job_settings)
    for file in sorted(os.listdir(output)):
        if not file.startswith("alerts"):
            continue
        with open(os.path.join(output, file)) as lines:
            for row in map(json.loads, lines):
                rows[int(row["id"])] = row["path"]
    return rows


def compare(what, expected, found):
    if expected == found:
        return
    for one in sorted(expected.keys() | found.keys()):
        if expected.get(one) != found.get(one):
            sys.exit(f"{what}: transfer {one} closes {expected.get(one)}, the job says {found.get(one)}")


def random_world(runs, number, seed):
    chance = random.Random(seed)
    accounts = [f"a{i}" for i in range(chance.choice((4, 12, 40)))]
    disorder = chance.choice((0, 0, 50))
    within, low = chance.choice((30, 200, 5000)), chance.choice((2, 2, 3))
    high, percent = chance.randint(low, 5), chance.choice((0, 50, 90))
    at, transfers = 0, []
    for i in range(chance.choice((50, 400))):
        at += chance.choice((0, 0, 1, 5, 20))
        transfers.append({"id": i, "at": 1000 + at - chance.randint(0, disorder), "payer": chance.choice(accounts), "payee": chance.choice(accounts),
                          "amount": chance.randint(1, 20)})
    more = f"    amount: amount\n    min_pass_percent: {percent}\n" if percent else ""
    settings = {"shards": chance.choice(("1", "3")), "engine.round_records": chance.choice(("7", "4096")), "epoch.records": chance.choice(("13", "100000"))}
    found = found_by_job(runs, f"world-{number}", transfers, settings, within=within, low=low, high=high, more=more, disorder=disorder)
    expected = naive(transfers, low, high, within, percent)
    compare(f"seed {seed}: {low} to {high} hops within {within} ms, {percent} %", expected, found)
    return len(expected)


def without_room(runs):
    """The transfer that would close it comes when the first one was forgotten for want of room, which is told."""
    chain = [{"id": i, "at": 1000, "payer": f"a{min(i, 1)}", "payee": f"b{i}" if i else "a1", "amount": 1} for i in range(1200)]
    chain.append({"id": 1200, "at": 1001, "payer": "a1", "payee": "a0", "amount": 1})
    for room, closes in ((1000, 0), (2000, 1)):
        job = write_job(runs, f"room-{room}", chain, within=5000, low=2, high=2, more=f"    max_transfers: {room}\n")
        ran = subprocess.run(runs.command(f"room-{room}-run", job, {}, report=True), capture_output=True, text=True)
        told = re.search(r"warning: cycles 'rings': (\d+) transfers were forgotten before their time; raise max_transfers", ran.stderr)
        fired = re.search(r"^RING +(\d+)", ran.stderr, re.M)
        if ran.returncode != 0 or bool(told) == bool(closes) or not fired or int(fired[1]) != closes:
            sys.exit(f"room for {room} transfers: exit {ran.returncode}\n{ran.stderr}")
    print("a cycle whose first transfer was forgotten for want of room is not found, and that is told")


def amlsim(runs, source):
    folder = os.path.join(source, *AMLSIM)
    if not os.path.isdir(folder):
        if os.environ.get("CI") == "true":
            sys.exit(f"not run, which CI takes as failed: {folder} is not there")
        return print(f"SKIPPED: the transfers of AMLSim, {folder} is not there")
    with gzip.open(os.path.join(folder, "cycle200_nodes.csv.gz"), "rt") as file:
        labelled = sorted(row["nodeid"] for row in csv.DictReader(file) if row["isFraud"] == "1")
    with gzip.open(os.path.join(folder, "cycle200_transactions.csv.gz"), "rt") as file:
        transfers = [{"id": i, "at": int(row["time"]) * DAY_MS, "payer": row["sourceNodeId"], "payee": row["targetNodeId"],
                      "amount": round(float(row["value"]) * 100)} for i, row in enumerate(csv.DictReader(file))]
    lists = "lists:\n  labelled: {owner: test, file: labelled.csv}\n"
    more = "    where: payer in list.labelled and payee in list.labelled\n"
    found = found_by_job(runs, "amlsim", transfers, {}, within=200 * DAY_MS, low=3, high=4, lists=lists, more=more,
                         files={"labelled.csv": "value\n" + "".join(f"{one}\n" for one in labelled)})
    members = set(labelled)
    among_them = [one for one in transfers if one["payer"] in members and one["payee"] in members]
    compare("AMLSim", naive(among_them, 3, 4, 200 * DAY_MS, 0), found)
    with open(os.path.join(folder, "derived_expectations.json")) as file:
        derived = json.load(file)["cycle200"]["time_respecting_cycles_by_length_among_labelled_accounts"]
    # It takes transfers of one day in any order; here they come as they are recorded, and one set of four accounts needs it otherwise.
    ours, theirs = account_sets(among_them, False), {int(length): count for length, count in derived.items()}
    if account_sets(among_them, True) != theirs or ours != {**theirs, 4: theirs[4] - 1}:
        sys.exit(f"AMLSim: sets of accounts by length {ours}, in any order of a day {account_sets(among_them, True)}, and {theirs} are known")
    accounts = {name for path in found.values() for name in path.split(" > ")}
    print(f"AMLSim: {len(transfers)} transfers, {len(found)} of which close a cycle of 3 or 4, through {len(accounts)} of {len(labelled)} labelled accounts")


def main():
    program, source, directory = sys.argv[1:4]
    worlds, seed = map(int, sys.argv[4:6]) if len(sys.argv) > 4 else (40, 1)
    runs = Runs(program, source, directory)
    closed = sum(random_world(runs, number, seed + number) for number in range(worlds))
    print(f"{worlds} random worlds: {closed} cycles, each as a naive search finds it")
    without_room(runs)
    amlsim(runs, source)


if __name__ == "__main__":
    main()
