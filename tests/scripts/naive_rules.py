#!/usr/bin/env python3
"""Generated rule sets over generated records give what a naive evaluator expects, straight, in other batches, through kills and from checkpoints.

naive_rules.py APP_TESTS WORK_DIRECTORY CASES [FIRST_SEED]

A case that fails is shrunk and kept in WORK_DIRECTORY/failed; copied into tests/golden it is a test for ever.
"""
import os
import re
import shutil
import subprocess
import sys

from naive.generator import Case
from naive.places import Uncertain

BATCH = 250
TEST = "generated rule sets give what a naive evaluator expects"


def faults_of(program, folder):
    """Name of a case -> what is wrong with it."""
    run = subprocess.run([program, TEST], env={**os.environ, "RECKONER_GENERATED_CASES": folder}, capture_output=True, text=True)
    faults = {match[1]: match[2] for match in re.finditer(r"^FAULT (\S+): (.*(?:\n(?!FAULT|\d+ cases|\.\.\.|---|~~~).*)*)", run.stdout, re.MULTILINE)}
    if run.returncode != 0 and not faults:
        sys.exit(f"the run over {folder} itself fails:\n{run.stdout[-4000:]}{run.stderr[-4000:]}")
    return faults


def write(folder, cases):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for case in cases:
        with open(os.path.join(folder, f"seed-{case.seed}.txt"), "w") as out:
            out.write(case.text())


def shrink(program, folder, seed):
    """The case with as few records, rules and facts as still fail."""
    case = Case(seed)

    def faults(candidate):
        try:
            write(folder, [candidate])
        except Uncertain:
            return []
        return list(faults_of(program, folder).values())

    is_refused = any("ruleset.yaml:" in fault for fault in faults(case))  # as no rule set

    def fails(candidate):
        return any(("ruleset.yaml:" in fault) == is_refused for fault in faults(candidate))

    size = max(1, len(case.records) // 2)
    while size >= 1:
        place = 0
        while place < len(case.records):
            smaller = case.without_records(place, size)
            if smaller.records and any(record.input == "events" for record in smaller.records) and fails(smaller):
                case = smaller
            else:
                place += size
        size //= 2
    named = [*(one.name for one in case.exceptions), *(rule.id for rule in case.rules), "s", *(fact.name for fact in reversed(case.facts))]
    for part in ["META", "QUIET", "GAP", "TOTAL", *named]:
        smaller = case.without(part)
        if smaller is not None and fails(smaller):
            case = smaller
    return case


def main():
    program, directory, cases = sys.argv[1], sys.argv[2], int(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    faults = {}
    for begin in range(first, first + cases, BATCH):
        seeds = range(begin, min(begin + BATCH, first + cases))
        folder = os.path.join(directory, "cases")
        write(folder, [Case(seed) for seed in seeds])
        faults.update(faults_of(program, folder))
    kept = os.path.join(directory, "failed")
    shutil.rmtree(kept, ignore_errors=True)
    os.makedirs(kept)
    for name in sorted(faults)[:10]:
        case = shrink(program, os.path.join(directory, "shrinking"), int(name.removeprefix("seed-")))
        path = os.path.join(kept, name + ".txt")
        with open(path, "w") as out:
            out.write(case.text())
        print(f"seed {case.seed}: {faults[name]}\nkept as {path}:\n{case.text()}")
    if faults:
        sys.exit(f"{len(faults)} of {cases} generated rule sets are not as expected")
    print(f"{cases} generated rule sets, seeds {first} to {first + cases - 1}: the engine and the naive evaluator agree")


if __name__ == "__main__":
    main()
