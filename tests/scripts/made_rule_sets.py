"""Copies of the seed rule set that a test may change, and a small one of its own."""
import json
import os
import re
import shutil


class SeedRules:
    """examples/seed with its own folder, as a job file to run."""

    def __init__(self, source, directory):
        self.directory = directory
        shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(os.path.join(source, "examples/seed"), directory)
        self.job = os.path.join(directory, "job.yaml")

    def edit(self, file, pattern, replacement):
        path = os.path.join(self.directory, file)
        with open(path) as text:
            content = text.read()
        changed = re.sub(pattern, replacement, content, count=1)
        assert changed != content, f"{pattern} is not in {path}"
        with open(path, "w") as text:
            text.write(changed)


UNKNOWN_RULE_SET = """
ruleset: unknowns
version: 1
limits: {max_per_key: 3}
inputs:
  events:
    time: at
    out_of_orderness: 1s
    id: id
    key: account
    fields:
      id:      {type: string, required: true, max_length: 8}
      at:      {type: time, format: ms, required: true}
      account: {type: string, max_length: 8}
      amount:  {type: integer, required: true}
      parts:   {type: integer, required: true}
      bonus:   {type: integer}
"""

UNKNOWN_RULES = {
    "BONUS": "bonus > 5",
    "SHARE": "amount // parts > 100",
    "MANY": "n >= 100",
    "EITHER": "amount == 1 or bonus > 5",
    "CHOICE": "if(amount == 7, bonus, amount) > 1000",
}

# account, at, amount, parts, bonus
UNKNOWN_EVENTS = [
    ("a", 10_000, 7, 1, 9),      # BONUS and EITHER fire
    ("a", 11_000, 1, 0, None),   # BONUS has no value, SHARE divides by zero, EITHER fires
    ("a", 12_000, 3, 2, None),   # BONUS and EITHER have no value
    ("a", 13_000, 7, 1, None),   # BONUS, EITHER, CHOICE have no value; the fourth entry is one too many: MANY is truncated
    (None, 14_000, 7, 1, 9),     # no key
    ("b", 20_000, 3, 2, 1),
    ("b", 14_000, 3, 0, 1),      # older than the watermark allows: MANY is too old; SHARE divides by zero
    ("b", 21_000, 3, 2, 6),      # BONUS and EITHER fire
    (None, 22_000, 7, 2, 9),     # no key: no rule looks at it
]

# rule -> fired, unknown, no value, too old, truncated, arithmetic, no key
UNKNOWN_ANSWER = {
    "BONUS": (2, 5, 3, 0, 0, 0, 2, 0),
    "SHARE": (0, 4, 0, 0, 0, 2, 2, 0),
    "MANY": (0, 4, 0, 1, 1, 0, 2, 0),
    "EITHER": (3, 4, 2, 0, 0, 0, 2, 0),
    "CHOICE": (0, 3, 1, 0, 0, 0, 2, 0),
}


def write_unknowns(directory):
    """Writes the rule set, its input and a job file; the job file's path."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(os.path.join(directory, "rules"))
    with open(os.path.join(directory, "ruleset.yaml"), "w") as text:
        text.write(UNKNOWN_RULE_SET)
    for name, fire in UNKNOWN_RULES.items():
        with open(os.path.join(directory, "rules", name + ".yaml"), "w") as text:
            facts = "facts: {n: {count: true, within: 1h}}\n" if name == "MANY" else ""
            text.write(f"id: {name}\ntitle: {name}\nseverity: low\non: events\nby: account\n{facts}fire: \"{fire}\"\n")
    with open(os.path.join(directory, "events.jsonl"), "w") as out:
        for number, (account, at, amount, parts, bonus) in enumerate(UNKNOWN_EVENTS):
            record = {"id": str(number), "at": at, "account": account, "amount": amount, "parts": parts, "bonus": bonus}
            out.write(json.dumps({name: value for name, value in record.items() if value is not None}) + "\n")
    job = os.path.join(directory, "job.yaml")
    with open(job, "w") as text:
        text.write("job: unknowns\nruleset: .\ninputs: {events: {files: [events.jsonl], format: jsonl}}\n"
                   "outputs: {dir: out}\nstate: {dir: state}\nidle_after: 1h\n")
    return job
