"""A rule on the alerts or faults of others, by account or by rule: its words in YAML and what it finds (docs/alerts.md)."""
import copy

from . import facts
from .language import BOOL, INTEGER, TEXT, Expression, json_text

CONDITIONS = {
    "rule_id == 'SHOW'": lambda names: names["rule_id"] == "SHOW",
    "rule_id != 'R0'": lambda names: names["rule_id"] != "R0",
    "not repeats": lambda names: not names["repeats"],
    "severity in ['medium', 'high']": lambda names: names["severity"] in ("medium", "high"),
}


class Alert:
    """As a record of the input of alerts, or of that of faults."""

    def __init__(self, source, number, rule, repeats, severity, record):
        self.input, self.order, self.at = source, (source, number), record.at
        self.names = {"rule_id": rule, "repeats": repeats, "account": record.account, "severity": severity}
        self.watermark, self.oldest = record.watermark, record.oldest["device"]  # nothing by this key is late


class Meta:
    def __init__(self, draw, spans_ms):
        self.by, self.source = draw.choice(["account", "rule_id"]), draw.choice(["alerts", "alerts", "faults"])
        self.facts = []
        for number in range(draw.randint(1, 3)):
            called, span = f"m{number}", draw.choice(spans_ms)
            fact = draw.choice([
                lambda: facts.count(called, span, exclude_current=draw.random() < 0.3),
                lambda: facts.distinct(called, span, "rule_id"),
                lambda: facts.Previous(called, "rule_id", TEXT, draw.random() < 0.5),
                lambda: facts.SincePrevious(called),
            ])()
            fact.source, fact.by = self.source, self.by
            if draw.random() < 0.4:
                text = draw.choice([one for one in CONDITIONS if self.source == "alerts" or "rule_id" in one])
                fact.where = Expression(text, BOOL, CONDITIONS[text])
            self.facts.append(fact)
        self.fire = self.condition(draw, draw.choice(self.facts))

    def condition(self, draw, fact):
        if fact.kind == INTEGER:
            least = draw.randint(1, 4)
            return Expression(f"{fact.name} >= {least}", BOOL, lambda names: None if names[fact.name] is None else names[fact.name] >= least)
        if fact.kind == TEXT:
            return Expression(f"{fact.name} != 'SHOW'", BOOL, lambda names: None if names[fact.name] is None else names[fact.name] != "SHOW")
        if self.source == "faults":
            return Expression(f"known({fact.name})", BOOL, lambda names: names[fact.name] is not None)
        return Expression(f"known({fact.name}) and not repeats", BOOL, lambda names: names[fact.name] is not None and not names["repeats"])

    def yaml(self):
        lines = ["  - id: META", "    title: Made by a seed", "    severity: low", f"    on: {self.source}", f"    by: {self.by}", "    facts:"]
        lines += [f"      {fact.yaml()}" for fact in self.facts]
        lines += [f'    fire: "{self.fire.text}"', "    columns: {" + ", ".join(f"{fact.name}: {fact.name}" for fact in self.facts) + "}"]
        return "\n".join(lines)

    def start(self):
        self.kept, self.seen = {}, 0

    def of_alert(self, rule, row, record):
        """Rows of what the alert sets off; one that is hidden sets off none."""
        if self.source != "alerts" or row["hidden_by"] != "null":
            return []
        return self.observe(Alert("alerts", self.seen, rule.id, row.get("hits", 1) > 1, row.get("severity", '"low"').strip('"'), record))

    def of_fault(self, rule, record):
        return self.observe(Alert("faults", self.seen, rule.id, None, None, record)) if self.source == "faults" else []

    def observe(self, alert):
        self.seen += 1
        key = alert.names[self.by]
        if key not in self.kept:
            self.kept[key] = [copy.copy(fact) for fact in self.facts]
            for fact in self.kept[key]:
                fact.start()
        names = dict(alert.names)
        for fact in self.kept[key]:
            names[fact.name] = fact.observe(alert)
        if self.fire.value(names) is not True:
            return []
        row = {"rule": '"META"', self.by: f'"{key}"', "event_time": alert.at, "trigger": f'"{self.source}/0/{alert.order[1]}"'}
        return [{**row, **{fact.name: json_text(names[fact.name], fact.kind) for fact in self.facts}}]
