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


EVENTS = """
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
"""

UNKNOWN_RULE_SET = """
ruleset: unknowns
version: 1
limits: {max_per_key: 3}
totals:
  sums: {on: events, by: account, window: 1m, allowed_lateness: 0s, measures: {n: {count: true}}}
""" + EVENTS + """
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

UNKNOWN_WITHOUT_KEY = "2 records of 'events' have no account, so that total 'sums' counts them nowhere"

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
    facts = {"MANY": "{n: {count: true, within: 1h}}"}
    rules = {name: f"facts: {facts.get(name, '{}')}\nfire: \"{fire}\"\n" for name, fire in UNKNOWN_RULES.items()}
    names = ("account", "at", "amount", "parts", "bonus")
    return write_job(directory, UNKNOWN_RULE_SET, rules, [dict(zip(names, event)) for event in UNKNOWN_EVENTS])


LET_GO_RULE_SET = """
ruleset: let-go
version: 1
""" + EVENTS + """
      kind:    {type: string, required: true, max_length: 8}
      amount:  {type: integer}
"""

LET_GO_RULES = {
    "PAIR": """facts:
  pair:
    sequence: [{name: ask, on: events, where: "kind == 'ask'"}, {name: answer, on: events, where: "kind == 'answer'"}]
    within: 1h
    max_open: 2
fire: pair
""",
    "MISSING": """facts:
  missing:
    absent: {after: {on: events, where: "kind == 'ask'"}, expect: {on: events, where: "kind == 'answer'"}, within: 1h, max_open: 3}
fire: missing
""",
    "HELD": """fire: "kind == 'ask'"
hold: 1h
""",
    "FAULT": """fire: "amount > 1"
missing: error
""",
}

# Five asks: the sequence lets three of them go, the absence two. The last record comes later than an absence can look at. HELD fires for every ask, and
# four of these alerts repeat a held one. FAULT finds no amount in any of the seven.
LET_GO_EVENTS = [{"account": "a", "at": 10_000_000 + 1000 * number, "kind": "ask"} for number in range(5)] + [
    {"account": "a", "at": 99_000_000, "kind": "other"},
    {"account": "a", "at": 20_000_000, "kind": "ask"},
]


def write_let_go(directory):
    return write_job(directory, LET_GO_RULE_SET, LET_GO_RULES, LET_GO_EVENTS)


WAITS_RULE_SET = """
ruleset: waits
version: 1
""" + EVENTS + """
  answers:
    time: at
    out_of_orderness: 1s
    key: account
    fields:
      at:      {type: time, format: ms, required: true}
      account: {type: string, required: true, max_length: 8}
"""

WAITS_RULES = {
    "GAP": """facts:
  gap: {absent: {after: {on: events}, expect: {on: answers}, within: 10s}}
fire: gap
""",
    "HELD": """facts:
  gap: {absent: {after: {on: events}, expect: {on: answers}, within: 10s}}
fire: gap
missing: false
""",
}

# The answers end 16 s after the start, so that of the second and the third event it cannot be known whether they are answered in time.
WAITS_EVENTS = [{"account": "a", "at": at} for at in (1_000, 10_000, 11_000, 60_000)]
WAITS_ANSWERS = [{"account": "b", "at": 16_000}]


def write_waits(directory):
    return write_job(directory, WAITS_RULE_SET, WAITS_RULES, WAITS_EVENTS, answers=WAITS_ANSWERS)


LISTED_RULE_SET = """
ruleset: listed
version: 1
lists:
  mules: {owner: tests, added_for: 1d}
  paid:  {owner: tests, added_for: 1d}
""" + EVENTS + """
      payee:   {type: string, required: true, max_length: 8}
"""

LISTED_RULES = {
    "ADDS": """fire: "payee != 'nobody'"
add_to: {mules: payee}
""",
    "PAID": """fire: "payee == 'everybody'"
add_to: {paid: payee}
""",
    "ASKS": "fire: payee in list.mules or payee in list.paid\n",
}

LISTED_EVENTS = [{"account": "a", "at": at, "payee": payee} for at, payee in ((10_000, "P1"), (11_000, "P2"), (12_000, "P1"), (13_000, "nobody"))]


def write_listed(directory):
    return write_job(directory, LISTED_RULE_SET, LISTED_RULES, LISTED_EVENTS)


def write_job(directory, rule_set, rules, events, **others):
    """Writes a rule set of rules on `events` by `account`, its inputs with an id for each record, and a job file; the job file's path."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(os.path.join(directory, "rules"))
    with open(os.path.join(directory, "ruleset.yaml"), "w") as text:
        text.write(rule_set)
    for name, rule in rules.items():
        with open(os.path.join(directory, "rules", name + ".yaml"), "w") as text:
            text.write(f"id: {name}\ntitle: {name}\nseverity: low\non: events\nby: account\n{rule}")
    inputs = {"events": events, **others}
    for called, records in inputs.items():
        with open(os.path.join(directory, called + ".jsonl"), "w") as out:
            for number, record in enumerate(records):
                out.write(json.dumps({"id": str(number), **{name: value for name, value in record.items() if value is not None}}) + "\n")
    files = ", ".join(f"{called}: {{files: [{called}.jsonl], format: jsonl}}" for called in inputs)
    job = os.path.join(directory, "job.yaml")
    with open(job, "w") as text:
        text.write(f"job: {os.path.basename(directory)}\nruleset: .\ninputs: {{{files}}}\n"
                   "outputs: {dir: out}\nstate: {dir: state}\nidle_after: 1h\n")
    return job
