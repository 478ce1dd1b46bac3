#!/usr/bin/env python3
"""The commands about a job, from outside: what they say, and their exit codes.

command_line.py PROGRAM SOURCE WORK_DIRECTORY
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

from job_runs import Runs
from made_rule_sets import SeedRules, write_let_go, write_listed, write_waits

OK, FINDINGS, USAGE, CONFIGURATION = 0, 1, 64, 78


def expect(condition, what, *details):
    if not condition:
        sys.exit("\n".join([f"not so: {what}", *map(str, details)]))


def config_names_the_origin_of_each_setting(runs, rules):
    environment = {**os.environ, "RECKONER_THREADS": "2", "RECKONER_SHARDS": "5"}
    done = subprocess.run([runs.program, "config", "show", rules.job, "--set", "shards=3", "--set", "state.dir=elsewhere"], env=environment,
                          capture_output=True, text=True)
    shown = dict((line.split(None, 1)[0], line.split(None, 2)[1:]) for line in done.stdout.splitlines() if line)
    expect(done.returncode == OK, "config show succeeds", done.stderr)
    expect(shown["shards"] == ["3", "--set"], "--set comes before the environment", shown["shards"])
    expect(shown["threads"] == ["2", "environment RECKONER_THREADS"], "the environment comes before the file", shown["threads"])
    expect(re.fullmatch(r".*job.yaml:5:6", shown["job"][1]), "a setting of the file names its line", shown["job"])
    expect(shown["checkpoint.keep"] == ["3", "default"], "a default says so", shown["checkpoint.keep"])
    expect("rule set seed version 1, hash" in done.stdout, "the rule set is named", done.stdout)


def a_broken_rule_set_starts_nothing(runs, source):
    rules = SeedRules(source, runs.path("broken-rules"))
    rules.edit("rules/R1.yaml", "title:", "titel:")
    rules.edit("rules/R2.yaml", "fire: ", "fire: nothing_like_it == 1 and ")
    rules.edit("ruleset.yaml", "version: 1", "version: one")
    code, out, problems = runs.about(("run",), "broken", rules.job, {}, "--until-end")
    expect(out == "", "run tells problems on standard error", out)
    answers = [(code, problems)]
    for arguments in ([rules.job], [rules.directory], [os.path.join(rules.directory, "ruleset.yaml")]):
        code, out, problems = runs.ask("lint", *arguments)
        expect(problems == "", "lint tells them on standard output", problems)
        answers.append((code, out))
    for code, problems in answers:
        expect(code == CONFIGURATION, "a broken rule set is exit 78", code)
        for file in ("R1.yaml:", "R2.yaml:", "ruleset.yaml:"):
            expect(file in problems, f"the problem in {file} is among those reported", problems)
        expect(problems.count("error:") >= 3, "all problems are reported at once", problems)
    errors = lambda text: sorted(line for line in text.replace("//", "/").splitlines() if "error:" in line)
    expect(all(errors(answer[1]) == errors(answers[0][1]) for answer in answers), "lint and run say the same", answers)
    expect(not os.path.exists(runs.path("broken")), "nothing was made")
    code, out, _ = runs.ask("lint", os.path.join(source, "examples/seed"))
    expect(code == OK and "nothing to mend" in out, "a sound rule set is exit 0", out)
    code, _, problems = runs.ask("lint", os.path.join(source, "examples/seed/job.yaml"), "--set", "shard=3")
    expect(code == CONFIGURATION and "did you mean 'shards'" in problems, "lint of a job covers its settings", problems)


def a_path_that_is_none_is_told(runs, source):
    """With what may be named in its place."""
    rule_set = "name the folder of a rule set, or a file in its rules/ or tests/"
    any_of = "name the folder of a rule set, a file in its rules/ or tests/, or a job file"
    for command, advice in (("lint", any_of), ("test", rule_set), ("explain", rule_set), ("rules show", rule_set)):
        for path, what in (("nosuchdir", "there is no such file or folder"), (os.path.join(source, "docs"), "there is no ruleset.yaml in it")):
            code, _, problems = runs.ask(*command.split(), path)
            expect(code == CONFIGURATION and problems == f"{path}: {what}; {advice}\n", f"{command} {path} says what may be named", problems)
    seed = os.path.join(source, "examples/seed")
    usual = f"name the job file, as {seed}/job.yaml"
    for path, what in ((seed, f"it is a folder; {usual}"), (os.path.join(seed, "ruleset.yaml"), f"it is a rule set, not a job; {usual}"),
                       (os.path.join(source, "docs"), "it is a folder; name a job file, such as examples/seed/job.yaml"),
                       ("nosuch.yaml", "cannot be read; name a job file, such as examples/seed/job.yaml")):
        for command in ("exceptions report", "state ls", "verify", "run"):
            code, out, problems = runs.ask(*command.split(), path)
            expect(code == CONFIGURATION and out == "" and problems == f"{path}: {what}\n", f"{command} {path} says what to name", problems)


def options_for_topics_are_refused(runs, source):
    job = os.path.join(source, "examples/seed/job.yaml")
    for options, names in ((("--accept-gap", "seed.events/0:1-2", "--reason", "lost"), "--accept-gap and --reason"), (("--trace", runs.path("trace")), "--trace")):
        code, _, problems = runs.ask("run", job, *options)
        expect(code == USAGE and problems.startswith(names) and "for jobs on topics" in problems, f"{names} is refused on files", code, problems)


def cat_merges_what_is_committed(runs, rules, settings):
    out = runs.run("whole", rules.job, settings)
    for output, column in (("totals", "window_end"), ("scores", "event_time"), ("alerts", "event_time")):
        code, text, problems = runs.ask("cat", os.path.join(out, output))
        expect(code == OK, f"cat {output} succeeds", problems)
        rows = text.splitlines()
        files = [line for shard in range(3) for line in open(os.path.join(out, f"{output}-{shard}.jsonl")).read().splitlines()]
        expect(len(rows) > 0 and sorted(rows) == sorted(files), f"cat {output} has every row once", len(rows), len(files))
        times = [json.loads(row)[column] for row in rows]
        expect(times == sorted(times), f"cat {output} is in order of event time")
        expect(runs.ask("cat", out, output)[1] == text, "directory and name are the same")
        expect(runs.about(("cat",), "whole", rules.job, settings, output)[1] == text, "job and name are the same")
    # Bytes behind the committed length are of an epoch that was never committed.
    with open(os.path.join(out, "alerts-1.jsonl"), "a") as file:
        file.write('{"uncommitted":1}\n')
    expect(runs.ask("cat", os.path.join(out, "alerts"))[1] == text, "an uncommitted row is not shown")
    expect(runs.about(("cat",), "whole", rules.job, settings, "alerts")[1] == text, "nor through the job")
    code, _, problems = runs.ask("cat", os.path.join(out, "alrts"))
    expect(code == CONFIGURATION and "did you mean 'alerts'" in problems, "a wrong name is told", problems)


def cat_follows(runs, rules, settings):
    process = subprocess.Popen([runs.program, "cat", "--follow", runs.path("whole", "out", "alerts")], stdout=subprocess.PIPE, text=True)
    try:
        _, text, _ = runs.ask("cat", runs.path("whole", "out", "alerts"))
        read = [process.stdout.readline() for _ in text.splitlines()]
        expect("".join(read) == text and process.poll() is None, "--follow shows what there is and waits for more")
    finally:
        process.kill()
        process.wait()


def verify_finds_damage(runs, rules, settings):
    verify = lambda: runs.about(("verify",), "whole", rules.job, settings)
    code, report, problems = verify()
    expect(code == OK and "nothing is wrong" in report, "a whole job verifies", report, problems)
    expect("holds for 1 partitions" in report and "events/0 amount" in report, "conservation is checked, with amounts", report)
    out, state = runs.path("whole", "out"), runs.path("whole", "state")
    log = os.path.join(state, "log", sorted(os.listdir(os.path.join(state, "log")))[0])
    table = next(os.path.join(at, file) for at, _, files in os.walk(os.path.join(state, "checkpoints"))
                 for file in files if file.endswith(".sst") and "/copy-" in at)
    rule_set = os.path.join(state, "rule-sets", os.listdir(os.path.join(state, "rule-sets"))[0])
    for path, word in ((os.path.join(out, "totals-1.jsonl"), "totals-1.jsonl"), (log, "log-"), (table, "checkpoint 1"), (rule_set, "rule-sets")):
        with open(path, "rb") as file:
            content = file.read()
        with open(path, "r+b") as file:
            file.seek(len(content) // 2)
            file.write(bytes([content[len(content) // 2] ^ 4]))
        code, report, problems = verify()
        expect(code == FINDINGS and word in problems and "nothing is wrong" not in report, f"one flipped bit in {word} is found", code, report, problems)
        with open(path, "wb") as file:
            file.write(content)
    expect(verify()[0] == OK, "the mended job verifies again", *verify())
    code, _, problems = runs.about(("verify",), "never", rules.job, settings)
    expect(code == FINDINGS and "no such state directory" in problems, "a job that was never run is told", code, problems)


def a_second_process_is_refused(runs, rules, settings):
    first = subprocess.Popen(runs.command("locked", rules.job, settings, until_end=False), stderr=subprocess.PIPE, text=True)
    try:
        lock = runs.path("locked", "state", "lock")
        while first.poll() is None and not (os.path.exists(lock) and os.path.getsize(lock)):
            time.sleep(0.02)
        second = subprocess.run(runs.command("locked", rules.job, settings), capture_output=True, text=True, timeout=60)
        expect(second.returncode != OK and str(first.pid) in second.stderr and lock in second.stderr, "the second process says who is there",
               second.returncode, second.stderr)
        expect(first.poll() is None, "the first one goes on")
        first.terminate()
        expect(first.wait() == OK, "and ends in an orderly way", first.stderr.read())
    finally:
        first.kill()
        first.wait()
    expect(runs.about(("verify",), "locked", rules.job, settings)[0] == OK, "its job is whole")


def checkpoints_are_listed_checked_and_restored(runs, rules, settings):
    """A restored older copy is the one a next run starts from, and what comes out stays the same."""
    with open(settings["inputs.events.files"]) as file:
        lines = file.readlines()
    path = runs.path("growing.jsonl")
    settings = {**settings, "inputs.events.files": path, "inputs.events.follow": "true"}
    for part in (4, 3, 2):
        with open(path, "w") as out:
            out.writelines(lines[: len(lines) // part])
        for name in ("restored", "twin"):
            runs.run(name, rules.job, settings)
    about = lambda *command: runs.about(("checkpoint", command[0]), "restored", rules.job, settings, *command[1:])
    code, report, problems = about("list")
    listed = [line.split() for line in report.splitlines()[1:]]
    expect(code == OK and [row[0] for row in listed] == ["1", "2", "3"] and all(row[5] == "usable" for row in listed), "three copies are listed",
           report, problems)
    code, report, _ = about("verify")
    expect(code == OK and report.count("every byte as it was written") == 3, "they are whole", report)
    expect(about("restore", "9")[0] == CONFIGURATION and "there are: 1, 2, 3" in about("restore", "9")[2], "a number that is not there is told",
           about("restore", "9"))
    code, report, problems = about("restore", "1")
    expect(code == OK and "starts from checkpoint 1" in report, "the first is restored", report, problems)
    before = runs.outputs("restored")
    code, _, report = runs.about(("run",), "restored", rules.job, settings, "--until-end")
    expect(code == OK and re.search(r"[1-9][0-9]* epochs with [0-9]+ records replayed", report), "a run replays from it", report)
    expect(runs.outputs("restored") == before, "and writes nothing twice")
    with open(path, "w") as out:
        out.writelines(lines)
    for name in ("restored", "twin"):
        runs.run(name, rules.job, settings)
    expect(runs.outputs("restored") == runs.outputs("twin"), "it goes on as if nothing had been restored")
    code, report, _ = about("list")
    expect(report.count("rolled back") == 2, "the newer copies were set aside", report)
    expect(about("verify")[0] == OK and runs.about(("verify",), "restored", rules.job, settings)[0] == OK, "all is well after it")


def state_is_looked_at_from_outside(runs, rules, settings):
    """Against what the records themselves say, before and after a checkpoint, while the job runs."""
    with open(settings["inputs.events.files"]) as file:
        lines = file.readlines()
    events = [json.loads(line) for line in lines]
    path = runs.path("looked-at.jsonl")
    settings = {**settings, "inputs.events.files": path, "inputs.events.follow": "true", "idle_after": "1h"}
    process = None
    for share in (2, 1):
        read = events[: len(events) // share]
        with open(path, "w") as out:
            out.writelines(lines[: len(read)])
        if share == 2:
            runs.run("looked", rules.job, settings)
        else:
            process = subprocess.Popen(runs.command("looked", rules.job, settings, until_end=False), stderr=subprocess.PIPE, text=True)
            while process.poll() is None and runs.committed("looked", rules.job, settings) < len(read):
                time.sleep(0.1)
        now = max(event["event_time"] for event in read)
        for account in sorted({event["account_id"] for event in read[:500]})[:3]:
            ask = lambda fact, *more: runs.about(("state", "get"), "looked", rules.job, settings, fact, account, *more)
            window = [event for event in read if event["account_id"] == account and now - 86_400_000 < event["event_time"] <= now]
            code, report, problems = ask("actions")
            expect(code == OK and f"value       {len(window)}\n" in report, "a count is that of the records", len(window), report, problems)
            code, report, _ = ask("declines")
            declines = sum(event["status"] == "declined" for event in window)
            expect(f"value       {declines}\n" in report and "watermark   20" in report and "window      (20" in report, "a where counts", report)
            code, report, _ = ask("actions", "--at", "1999-01-01T00:00:00Z")
            expect(code == OK and "unknown: the time is older" in report, "an unknown says why", report)
    expect("and " in report and "epochs replayed" in report, "it says which moment it is of", report)
    code, report, _ = runs.about(("state", "get"), "looked", rules.job, settings, "actions", "nobody")
    expect(code == OK and "unknown: no record of this key" in report, "an unknown key is told", report)
    code, _, problems = runs.about(("state", "get"), "looked", rules.job, settings, "action", "nobody")
    expect(code == CONFIGURATION and "did you mean 'actions'" in problems, "an unknown fact is told", problems)
    code, report, _ = runs.about(("state", "ls"), "looked", rules.job, settings)
    accounts = len({event["account_id"] for event in events})
    expect(code == OK and re.search(rf"actions +[0-9a-f]{{16}} +account_id +1d +{accounts}\n", report), "ls names facts, keys and windows", report)
    expect(process.poll() is None, "the job went on meanwhile")
    process.terminate()
    expect(process.wait() == OK and runs.about(("verify",), "looked", rules.job, settings)[0] == OK, "and is whole", process.stderr.read())


def what_is_left_out_is_told(runs, source):
    """A limit on keys, and a file with the bytes of another: counted, the same after a restart, never silent."""
    rules = SeedRules(source, runs.path("few-keys"))
    rules.edit("ruleset.yaml", "max_per_key: 10000000", "max_per_key: 10000000, max_keys: 5")
    folder = runs.path("watched")
    os.makedirs(folder)
    rules.edit("job.yaml", r"files: \[events.jsonl\]", f"watch: {folder}")
    first = runs.seed_input("2000 100 3")
    with open(first) as text:
        events = [json.loads(line)["account_id"] for line in text]
    kept = sorted(set(events), key=events.index)[:5]
    left_out = sum(account not in kept for account in events)
    for name in ("a.jsonl", "b.jsonl"):
        shutil.copyfile(first, os.path.join(folder, name))
    settings = {"inputs.events.stable": "1ms", "shards": "1"}
    told = f"warning: {left_out} records of new keys by account_id were looked at by no rule or total"
    for again in (False, True):
        code, _, report = runs.about(("run",), "few", rules.job, settings, "--until-end")
        expect(code == OK and told in report, "records of refused keys are counted, also after a restart", told, report)
        expect(again or "it holds the same bytes as" in report, "a file with the same bytes is told", report)


def what_topics_cannot_have_is_refused(runs, source):
    """Before any broker is asked."""
    job = runs.path("topics.yaml")
    with open(job, "w") as out:
        out.write(f"job: detections\nruleset: {os.path.abspath(source)}/examples/detections\nslot: a\n"
                  "inputs: {payments: {topic: d.payments}, logins: {topic: d.logins}, changes: {topic: d.changes}}\n"
                  "outputs: {prefix: d.}\nstate: {dir: state}\nkafka: {brokers: 127.0.0.1:1}\n")
    code, _, problems = runs.about(("run",), "refused", job, {})
    code_of_slot, _, about_slot = runs.about(("run",), "slotless", os.path.join(source, "examples", "seed", "kafka.yaml"), {"slot": "", "kafka.brokers": "127.0.0.1:1"})
    expect(code_of_slot == CONFIGURATION and "slot is empty" in about_slot and "--set slot=NAME" in about_slot, "a slot without a name is refused", code_of_slot, about_slot)
    said = "those of rules by (account_id, payee_id) do not lie together"
    expect(code == CONFIGURATION and said in problems, "what a job on topics cannot have is refused", said, code, problems)


def records_that_patterns_let_go_are_told(runs):
    """In one run, and counted on through a checkpoint in the middle."""
    job = write_let_go(runs.path("let-go-rules"))
    path = runs.path("let-go-rules", "events.jsonl")
    with open(path) as file:
        lines = file.readlines()
    for name, portions in (("let-go", [7]), ("let-go-in-two", [4, 7])):
        for portion in portions:
            with open(path, "w") as out:
                out.writelines(lines[:portion])
            code, _, report = runs.about(("run",), name, job, {"inputs.events.follow": "true", "idle_after": "1h"}, "--until-end")
            expect(code == OK, "the job ends", report)
        for told in ("'pair' let 3 records or attempts go", "'missing' let 2 records or attempts go", "'missing' did not look at 1 records"):
            expect(told in report, f"{told} is told", name, report)
        expect(re.search(r"FAULT .*\n +7 unknown where the rule calls that a fault", report), "faults are counted", name, report)
        expect(re.search(r"4 of these repeat an alert that was held", report), "alerts that were held are counted", name, report)


def inputs_that_were_waited_for_are_told(runs):
    job = write_waits(runs.path("waits-rules"))
    code, _, report = runs.about(("run",), "waits", job, {}, "--until-end")
    expect(code == OK, "the job ends", report)
    expect("GAP could not know 2 times, since input 'answers' was silent or had ended\n" in report, "the input in the way is named", report)
    expect("HELD could not know" not in report, "a rule that takes what is unknown for false waits for nothing", report)
    code, out, problems = runs.ask("explain", os.path.dirname(job))
    expect(code == OK, "the rules are explained", problems)
    where = "where answers was silent or had ended before the span was over, or records of it had to be let go, it does not fire, which is"
    for told in ("counted as 'cannot know', with the input", "not counted"):
        expect(f"  cannot know  {where} {told}\n" in out, f"an explanation says what becomes of it: {told}", out)


def entries_that_rules_put_in_are_shown(runs):
    job = write_listed(runs.path("listed-rules"))
    code, _, report = runs.about(("run",), "listed", job, {}, "--until-end")
    expect(code == OK, "the job ends", report)
    ask = lambda *command: runs.about(("state", command[0]), "listed", job, {}, *command[1:])
    code, report, problems = ask("ls")
    expect(code == OK and re.search(r"^list +entries put in by rules\nmules +2\npaid +0\n", report, re.MULTILINE), "ls counts them", report, problems)
    code, report, problems = ask("entries")
    moment = lambda day, second: rf" +1970-01-0{day}T00:00:{second}.000Z"
    told = f"^mules +P1{moment(1, 10)}{moment(2, 12)} +ADDS +alert [0-9a-f]+\nmules +P2{moment(1, 11)}{moment(2, 11)} +ADDS "
    expect(code == OK and re.search(told, report, re.MULTILINE), "entries shows since when, until when and why", report, problems)
    expect(ask("entries", "mules")[1] == report, "one list may be named")
    expect("P1" not in ask("entries", "paid")[1], "another one's entries are not shown then", ask("entries", "paid"))
    code, _, problems = ask("entries", "mule")
    expect(code == CONFIGURATION and "did you mean 'mules'" in problems, "an unknown list is told", problems)


def main():
    runs = Runs(*sys.argv[1:4])
    source = sys.argv[2]
    rules = SeedRules(source, runs.path("rules"))
    settings = {"inputs.events.files": runs.seed_input("20000 200 2"), "shards": "3", "epoch.records": "4000", "checkpoint.every": "0s"}
    config_names_the_origin_of_each_setting(runs, rules)
    a_broken_rule_set_starts_nothing(runs, source)
    a_path_that_is_none_is_told(runs, source)
    options_for_topics_are_refused(runs, source)
    cat_merges_what_is_committed(runs, rules, settings)
    cat_follows(runs, rules, settings)
    verify_finds_damage(runs, rules, settings)
    a_second_process_is_refused(runs, rules, settings)
    checkpoints_are_listed_checked_and_restored(runs, rules, settings)
    state_is_looked_at_from_outside(runs, rules, settings)
    what_is_left_out_is_told(runs, source)
    what_topics_cannot_have_is_refused(runs, source)
    records_that_patterns_let_go_are_told(runs)
    inputs_that_were_waited_for_are_told(runs)
    entries_that_rules_put_in_are_shown(runs)
    print("every command says what it should")


main()
