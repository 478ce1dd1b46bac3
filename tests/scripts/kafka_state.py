#!/usr/bin/env python3
"""Commands that look into the state of a job on topics say what they say of the same job on files: `state`, `checkpoint`, `exceptions report`; and
`topics check` tells of keys whose records lie apart.

kafka_state.py PROGRAM SOURCE WORK_DIRECTORY
"""
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys

from kafka_fraud import INPUTS, FraudTopics, account_of, arguments_on_files, run_on_files
from kafka_runs import finish, open_broker

OK, FINDINGS, CONFIGURATION = 0, 1, 78
EXCEPTION = """exceptions:
  known_customers:
    rules: STR-01
    where: country != 'nowhere'
    reason: looked into
    owner: alice
    from: 2026-01-01
    until: 2026-02-01
"""


def ask(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def expect(holds, what, *seen):
    if not holds:
        sys.exit(f"{what}: not so\n" + "\n".join(map(str, seen)))


def with_exception(source, directory):
    """The fraud example, one rule of which is hidden while the data lasts."""
    example = os.path.join(directory, "source", "examples", "card-fraud")
    shutil.copytree(os.path.join(source, "examples", "card-fraud"), example)
    with open(os.path.join(example, "ruleset.yaml"), "a") as out:
        out.write(EXCEPTION)
    return os.path.join(directory, "source")


def values_of(data, field, refused, inputs=INPUTS):
    """Of all records but those that the file job refused, by input and number, and probes, which the example filters."""
    found = set()
    for name in inputs:
        with open(os.path.join(data, f"{name}.jsonl"), "rb") as lines:
            records = [json.loads(line) for number, line in enumerate(lines) if (name, number) not in refused]
        found.update(record.get(field) for record in records if not record["account_id"].startswith("PROBE"))
    return sorted(value for value in found if value)


def refused_on_files(directory):
    return {(row["input"], row["record"]) for path in glob.glob(f"{directory}/out/dead_letters-*.jsonl") for row in map(json.loads, open(path))}


def facts_of(listed):
    """identifier -> (name, by, window, keys)"""
    rows = (line.split() for line in listed.splitlines() if re.match(r"\S+ +[0-9a-f]{16} ", line))
    return {row[1]: (row[0], *row[2:]) for row in rows}


def answer(told):
    """Without the epoch, which is another's."""
    return [line for line in told.splitlines() if not line.startswith(("as of", "watermark"))]


def check_state(program, topics, on_files, data, refused):
    code, told, problems = ask(program, "state", "ls", *topics.arguments("empty"))
    expect(code == CONFIGURATION and "no shard's state is kept there" in problems and "--all-shards" in problems, "without any state it is told", code, problems)
    files = facts_of(ask(program, "state", "ls", *on_files)[1])
    # Only payments are handed on to devices, since no rule by them looks at anything else.
    devices = str(len(values_of(data, "device_id", refused, ["transactions"])))
    files = {identifier: (*fact[:-1], devices if fact[1] == "device_id" else fact[-1]) for identifier, fact in files.items()}
    kept = {slot: facts_of(ask(program, "state", "ls", *topics.arguments(slot))[1]) for slot in "ab"}
    code, told, problems = ask(program, "state", "ls", "--all-shards", *topics.arguments("empty"))
    expect(code == OK and facts_of(told) == files and len(files) > 10, "each fact has the file job's keys, when all shards are executed", code, told, files, problems)
    expect("replayed from the start" in told and told.count("as of       shard ") == 8, "of each shard the epoch is told", told)
    for identifier, fact in files.items():
        expect(int(kept["a"][identifier][-1]) + int(kept["b"][identifier][-1]) == int(fact[-1]), f"both processes together know the keys of {fact}", kept)
    chance, at, asked, known = random.Random(7), ("--at", "2026-01-06T00:00:00Z"), 0, 0
    keys = {by: values_of(data, by, refused, ["transactions"]) for by in {fact[1] for fact in files.values()}}
    for identifier, (name, by, *_) in list(files.items())[::4]:
        for key in chance.sample(keys[by], 2):
            code, expected, problems = ask(program, "state", "get", *on_files, identifier, key, *at)
            expect(code == OK, f"{name} of {key} is told on files", code, problems)
            answers = [ask(program, "state", "get", *topics.arguments(slot), identifier, key, *at) for slot in "ab"]
            told = [answer(text) for code, text, _ in answers if code == OK]
            expect(answer(expected) in told, f"{name} of {key} is told on topics by who has it", expected, answers)
            others = [(code, problems) for code, _, problems in answers if code != OK]
            expect(all(code == CONFIGURATION and "whose state is not kept in" in problems for code, problems in others), "who does not have a key says so", others)
            asked, known = asked + 1, known + ("unknown" not in expected)
    expect(asked == 10 and known > 5, "enough was asked", asked, known)
    print(f"{len(files)} facts have the file job's keys, and {asked} values, {known} of them known, are the file job's", flush=True)


def copies_of(listed):
    """(shard, number, epoch) of each copy."""
    return [tuple(map(int, row[:3])) for row in (line.split() for line in listed.splitlines()[1:]) if row]


def check_checkpoints(program, topics):
    finish(topics, "a")  # of some shards it has a second copy then, however fast the first run was
    code, told, problems = ask(program, "checkpoint", "verify", *topics.arguments("a"))
    copies = copies_of(told)
    expect(code == OK and copies and told.count("every byte as it was written") == len(copies), "all copies are usable", code, told, problems)
    expect(ask(program, "checkpoint", "list", *topics.arguments("a"))[0] == OK, "and are listed")
    shard = next(shard for shard, _, _ in copies if sum(shard == other for other, _, _ in copies) > 1)
    _, number, epoch = min(copy for copy in copies if copy[0] == shard)
    code, told, problems = ask(program, "checkpoint", "restore", *topics.arguments("a"), str(number))
    expect(code == CONFIGURATION and "say which by --shard" in problems, "of which shard has to be said", code, told, problems)
    before = answer(ask(program, "state", "ls", *topics.arguments("a"))[1])
    code, told, problems = ask(program, "checkpoint", "restore", *topics.arguments("a"), str(number), "--shard", str(shard))
    expect(code == OK and f"starts shard {shard} from checkpoint {number} (epoch {epoch})" in told, "a shard goes back to an older copy", code, told, problems)
    code, told, problems = ask(program, "state", "ls", *topics.arguments("a"))
    expect(code == OK and f"as of       shard {shard}, " in told and f"checkpoint {number} and" in told and answer(told) == before,
           "its state is the same from there, with more executed again", code, told, before, problems)
    finish(topics, "a")
    expect(answer(ask(program, "state", "ls", "--all-shards", *topics.arguments("a"))[1]) and ask(program, "verify", *topics.arguments("a"))[0] == OK, "a run goes on from it")
    other = next(other for other, _, _ in copies if other != shard)  # nothing of it was set aside
    table = next(os.path.join(at, file) for at, _, files in os.walk(os.path.join(topics.directory, f"{topics.name}-a", f"shard-{other}", "checkpoints"))
                 for file in files if file.endswith(".sst") and os.path.getsize(os.path.join(at, file)) > 2000)
    with open(table, "r+b") as bytes_of_table:
        bytes_of_table.seek(1000)
        byte = bytes_of_table.read(1)
        bytes_of_table.seek(1000)
        bytes_of_table.write(bytes([byte[0] ^ 1]))
    code, told, problems = ask(program, "checkpoint", "verify", *topics.arguments("a"))
    expect(code == FINDINGS, "a flipped bit in a copy is found", code, told, problems)
    print(f"{len(copies)} copies of the shards of a process are listed and usable; one shard went back to copy {number}; a flipped bit is found", flush=True)


def check_placement(program, topics, data):
    code, told, problems = ask(program, "topics", "check", *topics.arguments("a"))
    expect(code == OK and re.search(r"each of 4\d\d keys in \d+ records lies in one partition", told), "keys lie together", code, told, problems)
    with open(os.path.join(data, "logins.jsonl"), "rb") as lines:
        logins = b"".join(account_of(line) + b"\t" + line for line in lines.readlines()[-400:])
    subprocess.run(["kcat", "-P", "-b", topics.broker.address, "-t", f"{topics.name}.logins", "-K", "\t", "-X", "partitioner=consistent"], input=logins, check=True)
    code, told, problems = ask(program, "topics", "check", *topics.arguments("a"))
    apart = re.search(rf"(\d+) of (\d+) keys that are in both {topics.name}.transactions and {topics.name}.logins have records in different partitions, as "
                      rf"account_id ACC-\d+ in \d of {topics.name}.transactions and \d of {topics.name}.logins: .*partitioner=murmur2_random", told)
    expect(code == FINDINGS and apart and 100 < int(apart[1]) < int(apart[2]), "what another partitioner put apart is found", code, told, problems)
    expect(f"keys that are in {topics.name}.logins have records in different partitions" in told, "also of one input alone", told)
    print(f"accounts whose logins another client put into other partitions are found: {apart[1]} of {apart[2]}", flush=True)


def check_creating(program, source, broker, directory):
    """Topics are made beside inputs that are there with as many partitions as these have."""
    first = FraudTopics(program, source, broker, directory, f"four{os.getpid()}")
    first.settings["kafka.partitions"] = "4"
    first.create()
    second = FraudTopics(program, source, broker, directory, f"beside{os.getpid()}")
    second.settings.update({name: value for name, value in first.settings.items() if name.startswith("inputs.")})
    code, told, problems = ask(program, "topics", "create", *second.arguments("a"))
    expect(code == OK and f"{second.name}.totals: made, 4 partitions" in told, "outputs follow the inputs", code, told, problems)
    second.create()
    print("topics are made with the partitions of inputs that are there", flush=True)


def main():
    program, source, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    data = os.path.join(directory, "data")
    subprocess.run([program, "generate", "card-fraud", data, "--days", "5", "--accounts", "400"], check=True, stdout=subprocess.DEVNULL)
    source = with_exception(source, directory)
    on_files = arguments_on_files(source, data, os.path.join(directory, "files"))
    run_on_files(program, source, data, os.path.join(directory, "files"))
    with open_broker(directory) as broker:
        topics = FraudTopics(program, source, broker, directory, f"st{os.getpid()}")
        topics.create()
        topics.fill(data)
        finish(topics, "ab")
        check_state(program, topics, on_files, data, refused_on_files(os.path.join(directory, "files")))
        check_checkpoints(program, topics)
        expected, told = ask(program, "exceptions", "report", *on_files), ask(program, "exceptions", "report", *topics.arguments("a"))
        expect(expected[0] == OK and told == expected and "known_customers" in told[1], "exceptions hid what they hide on files", expected, told)
        print("exceptions report tells what it tells of files", flush=True)
        check_placement(program, topics, data)
        check_creating(program, source, broker, directory)


main()
