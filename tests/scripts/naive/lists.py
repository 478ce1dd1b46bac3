"""Lists of values, from docs/lists.md: what stands in them, when, and what asks them."""
import json
from datetime import datetime, timedelta
from fractions import Fraction

from .exact import decimal_text
from .language import BOOL, TEXT, Expression, name
from .similarity import folded, likeness

NAMES = ["Martha", "Marhta", "MARTHA", "Dwayne", "Duane", "Dixon", "Dicksonx", "Müller, Jürgen", "Jurgen Mueller", "jürgen müller", "O'Hara", "Ohara",
         "Strasse", "Straße", "Ana Maria Lopez", "Lopez Ana-Maria", "Lopes Maria", "Иван Петров", "Петров, Иван", "ab", "ba", "abcvwxyz", "cabvwxyz",
         "-"]
PEOPLE, REASONS = ["", "", "ann", "bob"], ["", "", "why not", 'told, "twice"']


def moment(milliseconds):
    """As entries write it: a day where it is one."""
    time = datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    if milliseconds % 86_400_000 == 0:
        return time.strftime("%Y-%m-%d")
    return time.strftime("%Y-%m-%dT%H:%M:%S") + (f".{milliseconds % 1000:03}" if milliseconds % 1000 else "") + "Z"


class Entry:
    def __init__(self, value, begin, until, by, reason):
        self.value, self.begin, self.until, self.by, self.reason = value, begin, until, by, reason

    def line(self):
        cells = [self.value, *("" if at is None else moment(at) for at in (self.begin, self.until)), self.by, self.reason]
        return ",".join('"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ',"\n') else cell for cell in cells)


class List:
    def __init__(self, draw, called, values, start_ms):
        self.name, self.key = called, draw.choice(["value", "what"])
        self.ttl_ms = draw.choice([None, None, 5000, 30_000])
        self.entries = []
        for value in draw.sample(values, draw.randint(1, min(4, len(values)))):
            begin, until = (start_ms + draw.randint(0, 40) * 500 if draw.random() < 0.5 else None for _ in range(2))
            if until is not None and begin is not None and until <= begin:
                until = begin + 1000
            if self.ttl_ms and begin is None and until is None:
                begin = start_ms
            self.entries.append(Entry(value, begin, until, draw.choice(PEOPLE), draw.choice(REASONS)))

    def yaml(self):
        lines = [f"{self.key},from,until,by,reason", *(entry.line() for entry in self.entries)]
        key = f", key: {self.key}" if self.key != "value" else ""
        ttl = f", entry_ttl: {self.ttl_ms}ms" if self.ttl_ms else ""
        return f"  {self.name}: {{owner: golden{key}{ttl}, entries: {json.dumps(chr(10).join(lines) + chr(10), ensure_ascii=False)}}}"

    def last_for_ever(self):
        self.ttl_ms = None
        for entry in self.entries:
            entry.begin = entry.until = None

    def in_force(self, at):
        for entry in self.entries:
            until = entry.begin + self.ttl_ms if entry.until is None and self.ttl_ms else entry.until
            if (entry.begin is None or entry.begin <= at) and (until is None or at < until):
                yield entry

    def entry_of(self, value, at):
        return next((entry for entry in self.in_force(at) if entry.value == value), None)

    def most_alike(self, value, at, least):
        """The entry, of several the first, and how much."""
        best, most = None, Fraction(0)
        for entry in self.in_force(at):
            alike = likeness(folded(value), folded(entry.value))
            if alike >= least and alike > most:
                best, most = entry, alike
        return best, most


class Asked:
    """A condition on a list, with what the evidence of an alert says of it."""

    def __init__(self, asked, field, kept, least=None):
        self.list, self.field, self.least = kept, field, least
        bound = "" if least is None else f" at {asked}"
        self.expression = Expression(f"{field} {'in' if least is None else 'similar_to'} list.{kept.name}{bound}", BOOL, self.value)
        self.expression.name = f"{kept.name}_{field}"

    def value(self, names):
        value = names.get(self.field)
        if value is None:
            return None
        if self.least is None:
            return self.list.entry_of(str(value), names["at"]) is not None
        return self.list.most_alike(value, names["at"], self.least)[0] is not None

    def evidence(self, names):
        """A likeness is rounded down, so that 1.0000 are equal names."""
        value = names.get(self.field)
        if value is None:
            return []
        entry, alike = (self.list.entry_of(str(value), names["at"]), None) if self.least is None else self.list.most_alike(value, names["at"], self.least)
        if entry is None:
            return []
        row = {"list": self.list.name, "entry": entry.value, "likeness": None if alike is None else decimal_text(Fraction(int(alike * 10_000), 10_000), 4),
               "by": entry.by or None, "reason": entry.reason or None}
        return [{key: one for key, one in row.items() if one is not None}]


class Lists:
    """What a case with lists has besides: the field of a name, lists, and a rule that shows them."""

    fields = {"name": (TEXT, "{type: string, max_length: 64}")}
    starts_ms = []
    COLUMNS = {"device": ["d1", "d2", "d3"], "account": ["x", "y", "z"], "kind": ["sale", "refund"], "points": ["-2", "0", "3", "03"]}

    def __init__(self, draw, case):
        asked, self.lists = [], []
        for number in range(draw.randint(1, 3)):
            field = draw.choice([*self.COLUMNS, "name"])
            kept = List(draw, f"l{number}", self.COLUMNS.get(field, NAMES), case.start_ms)
            self.lists.append(kept)
            if field == "name" and draw.random() < 0.85:
                least = draw.choice(["1", "0.5", "0.7", "0.84", "0.9", "0.9611", f"0.{draw.randint(5000, 9999)}"])
                asked.append(Asked(least, field, kept, Fraction(least)))
            else:
                asked.append(Asked(None, field, kept))
        self.asked = asked
        self.conditions = [one.expression for one in asked]
        self.expressions = self.conditions + [self.not_in(one) for one in asked if one.least is None]
        self.shown = name("name", TEXT)

    @staticmethod
    def not_in(asked):
        expression = Expression(asked.expression.text.replace(" in ", " not in "), BOOL,
                                lambda names: None if asked.value(names) is None else not asked.value(names))
        expression.name = "not_" + asked.expression.name
        return expression

    def values(self, draw, at):
        del at
        return {"name": draw.choice(NAMES) if draw.random() < 0.85 else None}

    def yaml(self):
        return []

    def list_yaml(self):
        return [kept.yaml() for kept in self.lists]
