"""Lists that rules put values into, from docs/lists.md: rules that add, rules and a fact that ask, and what is in force for whom."""
import json

from . import facts
from .language import BOOL, Expression, name
from .rules import Except, Rule

NEVER = -(10**15)


class AddedList:
    """Spans of each value, for records decided behind the alert that added them."""

    def __init__(self, called, field, span_ms, stands):
        self.name, self.field, self.span_ms, self.stands = called, field, span_ms, stands
        self.start()

    def start(self):
        self.spans = {}

    def add(self, value, at, watermark):
        """A span goes on with one that it overlaps, unless event time had passed that."""
        begin, until = at, at + self.span_ms
        apart = []
        for there in self.spans.get(value, []):
            if there[1] > watermark and there[0] < until and begin < there[1]:
                begin, until = min(begin, there[0]), max(until, there[1])
            else:
                apart.append(there)
        self.spans[value] = [*apart, (begin, until)]

    def has(self, value, at, watermark):
        return value in self.stands or any(begin <= at < until and watermark < until for begin, until in self.spans.get(value, []))

    def yaml(self):
        entries = f", entries: {json.dumps(chr(10).join(['value', *self.stands]) + chr(10))}" if self.stands else ""
        return f"  {self.name}: {{owner: golden, added_for: {self.span_ms}ms{entries}}}"


class Additions:
    """What a case has besides: lists, rules, a fact that all may ask for, and maybe an exception."""

    def __init__(self, draw, case):
        self.watermark = NEVER
        spans = [1, 2000, 7001, 30_000]
        devices = AddedList("devices", "device", draw.choice(spans), ["d3"] if draw.random() < 0.2 else [])
        accounts = AddedList("accounts", "account", draw.choice(spans), [])
        self.lists = [devices, accounts]
        conditions = [Expression(f"{kept.field} in list.{kept.name}", BOOL, self.asked(kept)) for kept in self.lists]
        for kept, condition in zip(self.lists, conditions):
            condition.name = f"in_{kept.name}"
        self.fact = facts.count("met", draw.choice([2000, 20_000]))
        self.fact.where = conditions[0]
        adds = self.rule(draw, "ADD", case.condition_of_fields(), [devices], draw.choice([0, 5000]))
        asks = self.rule(draw, "ASK", conditions[0], [accounts])
        by = draw.choice([("account",), ("device",)])
        asks_again = self.rule(draw, "ASKS", conditions[1], [], by=("account",) if case.one_key() else by)
        shows = Rule("SHOWN", Expression("known(id)", BOOL, lambda names: True), [*conditions, name("met", self.fact.kind)])
        self.rules = [adds, asks, asks_again, shows]
        if draw.random() < 0.5:
            self.rules.append(self.rule(draw, "ADDS", case.condition_of_fields(), draw.choice([[devices], [accounts], [devices, accounts]])))
        self.exceptions = [Except(draw, "a0", ["ADD"], None, case.start_ms)] if draw.random() < 0.3 else []

    @staticmethod
    def rule(draw, called, fire, adds, hold_ms=0, by=("account",)):
        rule = Rule(called, fire, [], hold_ms, by)
        rule.adds = adds
        rule.fails_closed = draw.random() < 0.15
        return rule

    def asked(self, kept):
        return lambda names: None if names.get(kept.field) is None else kept.has(names[kept.field], names["at"], self.watermark)

    def start(self):
        for kept in self.lists:
            kept.start()

    def begin(self, record, ordered):
        self.watermark = record.at if ordered else record.before

    def take(self, record, told):
        """What the alerts of a record add; `told`: rules and their rows."""
        for rule, rows in told:
            if not rows or rows[0]["hidden_by"] != "null":
                continue
            for kept in rule.adds:
                if record.names.get(kept.field) is not None:
                    kept.add(record.names[kept.field], record.at, self.watermark)
