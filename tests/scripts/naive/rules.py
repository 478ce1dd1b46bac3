"""Rules: their words in YAML, and what they tell of a record (docs/rules.md, docs/alerts.md)."""
import copy

from .language import json_text, say_text
from .lists import moment

SEVERITIES = ("low", "medium", "high", "critical")
MOST_HOLDS = 8  # of a key with `dedup`
DAY_MS = 86_400_000


class Rule:
    """`by` are fields; `asked` are conditions on lists, and `compared` fields with signs and bounds, which are all that the evidence must name."""

    def __init__(self, identifier, fire, columns, hold_ms=0, by=("account",)):
        self.id, self.fire, self.columns, self.hold_ms, self.by = identifier, fire, columns, hold_ms, by
        self.dedup, self.renotify_ms, self.escalate = (), None, None
        self.missing, self.fails_closed, self.said, self.evaluation = None, False, [], None
        self.asked, self.compared, self.adds = [], [], []

    def draw_more(self, draw):
        """What else may become of its hits."""
        if self.hold_ms:
            self.dedup = draw.choice([(), (), ("device",), ("device", "kind")])
            self.renotify_ms = draw.choice([None, None, 1000, self.hold_ms // 2])
            self.escalate = (draw.randint(2, 4), draw.choice(SEVERITIES[1:])) if draw.random() < 0.4 else None
        self.missing = draw.choice([None, None, "false", "unknown", "error"])
        self.fails_closed = draw.random() < 0.15 and self.missing != "false"  # which are not allowed together

    def with_columns(self, columns):
        other = copy.copy(self)
        other.columns = columns
        return other

    def yaml(self):
        lines = [f"  - id: {self.id}", "    title: Made by a seed", "    severity: low", "    on: events", f"    by: {in_list(self.by)}"]
        lines.append(f'    fire: "{self.fire.text}"')
        lines += [f"    hold: {self.hold_ms}ms"] if self.hold_ms else []
        lines += [f"    dedup: {in_list(self.dedup)}"] if self.dedup else []
        lines += [f"    renotify: {self.renotify_ms}ms"] if self.renotify_ms else []
        lines += [f"    escalate: {{hits: {self.escalate[0]}, severity: {self.escalate[1]}}}"] if self.escalate else []
        lines += [f"    missing: {self.missing}"] if self.missing else []
        lines += [f"    evaluation: {self.evaluation}"] if self.evaluation else []
        lines += ["    fail: closed"] if self.fails_closed else []
        lines += ["    add_to: {" + ", ".join(f"{kept.name}: {kept.field}" for kept in self.adds) + "}"] if self.adds else []
        lines += ['    say: "' + ", ".join(f"{{{one.text}}}" for one in self.said) + '"'] if self.said else []
        if self.columns:
            lines.append("    columns: {" + ", ".join(f'{one.name}: "{one.text}"' for one in self.columns) + "}")
        return "\n".join(lines)


def in_list(fields):
    return fields[0] if len(fields) == 1 else f"[{', '.join(fields)}]"


class Except:
    """A time in which hits of some rules are hidden."""

    def __init__(self, draw, called, rules, where, start_ms):
        self.name, self.rules, self.where = called, rules, where
        self.begin = start_ms + draw.randint(-2, 20) * 500
        self.until = self.begin + draw.choice([1, 5000, 20_000, 90 * DAY_MS])

    def yaml(self):
        where = f'where: "{self.where.text}", ' if self.where else ""
        return (f"  {self.name}: {{rules: {in_list(self.rules)}, {where}reason: a seed, owner: golden, from: \"{moment(self.begin)}\", "
                f"until: \"{moment(self.until)}\"}}")

    def hides(self, rule, record, names):
        return rule.id in self.rules and self.begin <= record.at < self.until and (self.where is None or self.where.value(names) is True)


class Hold:
    """From the last alert that was told in its own right."""

    def __init__(self, at):
        self.at, self.noticed_at, self.hits = at, at, 1


class Key:
    """What is known of one key."""

    def __init__(self, case):
        self.facts = [started(fact) for fact in case.facts]
        self.score = started(case.score) if case.score else None


class Told:
    """What has been told of one key."""

    def __init__(self, exceptions):
        self.exceptions = exceptions
        self.holds = {}  # by rule: values of `dedup` -> Hold

    def tell(self, rule, record, names):
        """Rows, one at most."""
        truth = rule.fire.value(names)
        if truth is not True and not (truth is None and rule.fails_closed):
            return []
        row = {"rule": f'"{rule.id}"', "id": f'"{record.id}"', **{one.name: json_text(one.value(names), one.kind) for one in rule.columns}}
        if rule.said:
            row["say"] = '"' + ", ".join(say_text(one.value(names), one.kind) for one in rule.said) + '"'
        if rule.asked or rule.compared:
            row["evidence"] = evidence(rule, record.names)
        hidden_by = next((one for one in self.exceptions if one.hides(rule, record, names)), None)
        if hidden_by:
            return [{**row, "hidden_by": f'"{hidden_by.name}"', "hits": "null", "repeats": "null", "notify": "null", "severity": '"low"'}]
        return [{**row, "hidden_by": "null", **(self.held(rule, record) if rule.hold_ms else {})}]

    def held(self, rule, record):
        holds, values = self.holds.setdefault(rule.id, {}), tuple(record.names.get(field) for field in rule.dedup)
        hold, notify = holds.get(values), None
        if hold is None or abs(record.at - hold.at) >= rule.hold_ms:
            hold = holds[values] = Hold(record.at)
            if len(holds) > MOST_HOLDS:
                del holds[min((one for one in holds if one != values), key=lambda one: holds[one].at)]
        else:
            hold.hits += 1
            if rule.escalate and hold.hits == rule.escalate[0]:
                notify = "escalated"
            elif rule.renotify_ms and record.at - hold.noticed_at >= rule.renotify_ms:
                notify = "again"
            if notify:
                hold.noticed_at = record.at
        severity = rule.escalate[1] if rule.escalate and hold.hits >= rule.escalate[0] else "low"
        told = {"hits": hold.hits, "notify": f'"{notify}"' if notify else "null", "severity": f'"{severity}"'}
        return {**told, "repeats": "null"} if hold.hits == 1 else told


def evidence(rule, names):
    """Of a rule by a key that keeps no facts."""
    bounds = []
    for one, sign, bound in rule.compared:
        value, limit = (json_text(each.value(names), each.kind) for each in (one, bound))
        bounds.append(f'{{"condition": "{one.text} {sign} {bound.text}", "value": {value}, "bound": {limit}}}')
    quoted = lambda text: '"' + text.replace('"', '\\"') + '"'
    hits = [hit for one in rule.asked for hit in one.evidence(names)]
    lists = ["{" + ", ".join(f'"{key}": {quoted(value)}' for key, value in hit.items()) + "}" for hit in hits]
    listed = f'"lists": [{", ".join(lists)}], ' if rule.asked else ""
    return f'{{"bounds": [{", ".join(bounds)}], {listed}"records": []}}'


def started(fact):
    """A copy that keeps things of its own."""
    other = object.__new__(type(fact))
    other.__dict__.update(fact.__dict__)
    other.start()
    return other
