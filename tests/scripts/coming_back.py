#!/usr/bin/env python3
"""A job that ends, is killed, loses files or gets other rules, and goes on: what it must have written by the end.

coming_back.py PROGRAM SOURCE WORK_DIRECTORY
"""
import collections
import json
import os
import shutil
import sys

from job_runs import Runs
from made_rule_sets import UNKNOWN_ANSWER, UNKNOWN_EVENTS, UNKNOWN_WITHOUT_KEY, SeedRules, write_unknowns

INPUT = "20000 200 2"
CONFIGURATION = 78


def expect(condition, what, *details):
    if not condition:
        sys.exit("\n".join([f"not so: {what}", *map(str, details)]))


def write_lines(path, lines):
    with open(path, "w") as out:
        out.writelines(lines)


def rows(runs, name, output, shards=3):
    """Of each shard, in order."""
    found = []
    for shard in range(shards):
        with open(runs.path(name, "out", f"{output}-{shard}.jsonl")) as file:
            found.append([json.loads(line) for line in file])
    return found


def record_of(row):
    return int(row["trigger"].rsplit("/", 1)[1])


def half_then_all_then_nothing(runs, rules, lines, settings):
    """Windows that were open when the input ended are closed with what they held; the rest of their records are late, and listed."""
    path = runs.path("growing.jsonl")
    settings = {**settings, "inputs.events.files": path}
    window_of = lambda line: json.loads(line)["event_time"] // 300_000
    middle = next(i for i in range(len(lines) // 2, len(lines)) if window_of(lines[i - 1]) == window_of(lines[i]) == window_of(lines[i + 1]))
    write_lines(path, lines[:middle])
    runs.run("halves", rules.job, settings)
    write_lines(path, lines)
    runs.run("halves", rules.job, settings)
    after = runs.outputs("halves")
    runs.run("halves", rules.job, settings)
    expect(runs.outputs("halves") == after, "a run without new input emits nothing")
    runs.run("straight", rules.job, settings)
    for output in ("alerts", "scores"):
        expect(rows(runs, "halves", output) == rows(runs, "straight", output), f"{output} do not depend on where an input ended")

    counts = lambda name: {(row["account_id"], row["window_start"]): int(row["count"]) for shard in rows(runs, name, "totals") for row in shard}
    late = collections.Counter((row["account_id"], row["window_start"]) for shard in rows(runs, "halves", "late") for row in shard)
    halves, straight = counts("halves"), counts("straight")
    expect(sum(late.values()) > 0, "records of the closed windows are late")
    for key in straight:
        expect(halves.get(key, 0) + late[key] == straight[key], f"each record of {key} is in its total or in the late output",
               halves.get(key), late[key], straight[key])
    code, report, problems = runs.about(("verify",), "halves", rules.job, settings)
    expect(code == 0 and f" {sum(late.values())} " in report, "the late records are counted once", report, problems)
    for name in ("halves", "straight"):
        runs.remove(name)


def files_that_grew_are_replayed_as_they_were(runs, rules, lines, settings):
    """Two files that seemed to have ended: what was decided then is replayed with them as they were, then comes what was added."""
    halves = [lines[0::2], lines[1::2]]
    paths = [runs.path(f"part-{number}.jsonl") for number in (0, 1)]
    settings = {**settings, "inputs.events.files": ",".join(paths), "inputs.events.follow": "false"}
    for share in (2, 1):
        for number, path in enumerate(paths):  # the first one ends earlier, so that the second goes on alone for a while
            write_lines(path, halves[number][: len(halves[number]) // (share + (share - 1) * (1 - number))])
        for name in ("forgetful", "twin"):
            runs.run(name, rules.job, settings)
            if share == 2 and name == "forgetful":
                shutil.rmtree(runs.path(name, "state", "checkpoints"))
    expect(runs.outputs("forgetful") == runs.outputs("twin"), "a replay gives what was, and goes on")
    for name in ("forgetful", "twin"):
        runs.remove(name)


def lost_state_is_replayed(runs, rules, lines, settings, expected):
    """With the commit log alone, everything comes again from the start of the input."""
    path = runs.path("lost.jsonl")
    settings = {**settings, "inputs.events.files": path}
    write_lines(path, lines[: len(lines) // 2])
    runs.killed_after("lost", rules.job, settings, len(lines) // 2)
    state = runs.path("lost", "state")
    for name in os.listdir(state):
        if name == "log":
            continue
        gone = os.path.join(state, name)
        shutil.rmtree(gone) if os.path.isdir(gone) else os.remove(gone)
    write_lines(path, lines)
    runs.run("lost", rules.job, settings)
    expect(runs.outputs("lost") == expected, "a killed job whose state but the log was lost ends with the same bytes")
    shutil.rmtree(os.path.join(state, "checkpoints"))
    runs.run("lost", rules.job, settings)
    expect(runs.outputs("lost") == expected, "so does one whose checkpoints were lost when it was done")
    expect(runs.about(("verify",), "lost", rules.job, settings)[0] == 0, "and it is whole")
    shutil.rmtree(state)
    code, _, problems = runs.about(("run",), "lost", rules.job, settings, "--until-end")
    expect(code == CONFIGURATION and "holds rows, but there is no log" in problems, "without its log, nothing is written over", problems)
    expect(runs.outputs("lost") == expected, "the outputs are as they were")
    runs.remove("lost")


def changed_thresholds_take_effect_with_the_next_epoch(runs, source, lines, settings, expected):
    old, new = SeedRules(source, runs.path("old-rules")), SeedRules(source, runs.path("new-rules"))
    new.edit("ruleset.yaml", "version: 1", "version: 2")
    new.edit("rules/R1.yaml", "payments >= 10", "payments >= 3")
    new.edit("rules/R1.yaml", "severity: high", "severity: low")
    path = runs.path("changed.jsonl")
    settings = {**settings, "inputs.events.files": path}
    write_lines(path, lines)
    runs.run("new", new.job, settings)
    quarter, half = len(lines) // 4, len(lines) // 2
    # A checkpoint at the start, epochs of the old rules after it, epochs of the new ones after those; then a kill, and the old rules again.
    write_lines(path, lines[:quarter])
    runs.killed_after("changed", old.job, {**settings, "checkpoint.every": "1ms"}, quarter)
    write_lines(path, lines[:half])
    runs.killed_after("changed", old.job, settings, half)
    write_lines(path, lines[: half + quarter])
    runs.killed_after("changed", new.job, settings, half + quarter)
    write_lines(path, lines)
    code, _, notes = runs.about(("run",), "changed", old.job, settings, "--until-end")
    expect(code == 0 and "version 2 of the rule set" in notes, "it says which rules replayed what", code, notes)
    by_new = lambda row: half <= record_of(row) < half + quarter
    runs.run("straight", old.job, settings)
    expect(runs.outputs("straight") == expected, "old rules all along are the seed's own")
    for shard, (olds, news, found) in enumerate(zip(rows(runs, "straight", "alerts"), rows(runs, "new", "alerts"), rows(runs, "changed", "alerts"))):
        merged = sorted([row for row in olds if not by_new(row)] + [row for row in news if by_new(row)], key=record_of)
        expect(found == merged, f"alerts of shard {shard} are those of the rules in force", len(found), len(merged), len(olds), len(news))
    expect(rows(runs, "changed", "alerts") != rows(runs, "straight", "alerts"), "the new threshold makes a difference")
    versions = {row["version"] for shard in rows(runs, "changed", "totals") for row in shard}
    expect(versions == {1, 2}, "rows name the version that made them", versions)
    expect(runs.about(("verify",), "changed", old.job, settings)[0] == 0, "the job is whole")

    new.edit("rules/R1.yaml", "within: 60s", "within: 61s")
    code, _, problems = runs.about(("run",), "changed", new.job, settings, "--until-end")
    expect(code == CONFIGURATION and "holds the state of another job" in problems and "what the facts compute" in problems,
           "other facts on old state are refused", problems)
    for name in ("new", "changed", "straight"):
        runs.remove(name)


def an_environment_is_replayed_without_its_name(runs, source, lines, settings, expected):
    rules = SeedRules(source, runs.path("environment-rules"))
    with open(os.path.join(rules.directory, "ruleset.yaml"), "a") as file:
        file.write("\nenvironments:\n  staging:\n    rules: {R1: {severity: low, fire: \"type == 'card_payment' and payments >= 3\"}}\n")
    path = runs.path("environment.jsonl")
    settings = {**settings, "inputs.events.files": path}
    write_lines(path, lines)
    runs.run("staging", rules.job, {**settings, "environment": "staging"})
    code, _, problems = runs.about(("run",), "stagin", rules.job, {**settings, "environment": "stagin"}, "--until-end")
    expect(code == CONFIGURATION and "did you mean 'staging'?" in problems, "an unknown environment starts nothing", problems)
    half = len(lines) // 2
    write_lines(path, lines[:half])
    runs.killed_after("environment", rules.job, {**settings, "environment": "staging"}, half)
    kept = runs.path("environment", "state", "rule-sets")
    for name in os.listdir(kept):
        with open(os.path.join(kept, name)) as file:
            text = file.read()
        expect("payments >= 3" in text and "environments" not in text and "staging" not in text, "the rule set is kept with its overrides", text)
    rules.edit("ruleset.yaml", r"\nenvironments:[^$]*", "")
    write_lines(path, lines)
    runs.run("environment", rules.job, settings)
    runs.run("straight", rules.job, settings)
    expect(runs.outputs("straight") == expected, "without an environment the rules are the seed's own")
    in_half = lambda row: record_of(row) < half
    for olds, theirs, found in zip(rows(runs, "straight", "alerts"), rows(runs, "staging", "alerts"), rows(runs, "environment", "alerts")):
        merged = sorted([row for row in olds if not in_half(row)] + [row for row in theirs if in_half(row)], key=record_of)
        expect(found == merged, "what was decided in an environment is replayed so", len(found), len(merged))
    expect({row["severity"] for shard in rows(runs, "staging", "alerts") for row in shard if row["rule"] == "R1"} == {"low"}, "overrides are at work")
    expect(runs.about(("verify",), "environment", rules.job, settings)[0] == 0, "the job is whole")
    for name in ("staging", "environment", "straight"):
        runs.remove(name)


def decided(report):
    """rule -> fired, unknown, and the reasons, from the report of a run."""
    lines = [line.split() for line in report[report.index("decided"):].splitlines()[1:]]
    return {line[0]: tuple(map(int, line[1:])) for line in lines if len(line) == 9}


def rules_are_counted_once(runs):
    job = write_unknowns(runs.path("unknown-rules"))
    path = runs.path("unknown-rules", "events.jsonl")
    with open(path) as file:
        lines = file.readlines()
    settings = {"shards": "2", "epoch.records": "1", "checkpoint.every": "0s", "inputs.events.follow": "true"}
    _, _, report = runs.about(("run",), "counted", job, settings, "--until-end")
    expect(decided(report) == UNKNOWN_ANSWER, "each unknown has its reason", report)
    expect(UNKNOWN_WITHOUT_KEY in report, "a total tells of records without its key", report)
    # Through a checkpoint after two records, and a kill after five.
    write_lines(path, lines[:2])
    runs.run("killed", job, settings)
    write_lines(path, lines[:5])
    runs.killed_after("killed", job, settings, 5)
    write_lines(path, lines)
    code, _, report = runs.about(("run",), "killed", job, settings, "--until-end")
    expect(code == 0 and decided(report) == UNKNOWN_ANSWER, "a kill and a replay count nothing twice and lose nothing", report)
    expect(UNKNOWN_WITHOUT_KEY in report, "nor does a total", report)
    # Through a checkpoint with something in each count.
    write_lines(path, lines[:5])
    runs.run("stopped", job, settings)
    write_lines(path, lines)
    code, _, report = runs.about(("run",), "stopped", job, settings, "--until-end")
    expect(code == 0 and decided(report) == UNKNOWN_ANSWER and UNKNOWN_WITHOUT_KEY in report, "a checkpoint keeps what was counted", report)
    expect(len(UNKNOWN_EVENTS) == len(lines), "the file was whole again")


def main():
    runs = Runs(*sys.argv[1:4])
    source = sys.argv[2]
    rules = SeedRules(source, runs.path("rules"))
    with open(runs.seed_input(INPUT)) as file:
        lines = file.readlines()
    settings = {"shards": "3", "epoch.records": "1500", "checkpoint.every": "0s", "idle_after": "1h"}
    runs.run("expected", rules.job, {**settings, "inputs.events.files": runs.seed_input(INPUT)})
    expected = runs.outputs("expected")
    rules_are_counted_once(runs)
    settings["inputs.events.follow"] = "true"
    half_then_all_then_nothing(runs, rules, lines, settings)
    files_that_grew_are_replayed_as_they_were(runs, rules, lines, settings)
    lost_state_is_replayed(runs, rules, lines, settings, expected)
    changed_thresholds_take_effect_with_the_next_epoch(runs, source, lines, settings, expected)
    an_environment_is_replayed_without_its_name(runs, source, lines, settings, expected)
    print("every way of coming back ends as it should")


main()
