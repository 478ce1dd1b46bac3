"""Scores of one key, from docs/scores.md: parts, combinations, bands, and when a row leaves."""
import copy
from fractions import Fraction

from . import facts
from .exact import rounded
from .language import BOOL, INTEGER, MONEY, Expression, constant, json_text, lifted, name, operation
from .lists import List

MINUTE_MS = 60_000


def whole_minute(at):
    return -(-at // MINUTE_MS) * MINUTE_MS


class Score:
    """At records alone. What is looked at on whole minutes too is TimedScore."""

    column = name("score.s", INTEGER)
    recompute, facts, publish, evaluation, is_timed, on, by = "event", [], {}, None, False, ("events",), "account"

    def __init__(self, draw, writer, start_ms, by):
        self.by = by
        self.combine = draw.choice([None, "sum", "max", "noisy_or"])
        self.points = draw.choice([0, 3]) if self.combine in (None, "sum") else 0
        self.cap = draw.choice([None, 6])
        self.few = None  # a parameter in the place of some numbers, where the case has one
        self.parts = self.make_parts(draw, writer)
        self.floor = (self.make_condition(draw, writer), draw.randint(1, 5)) if draw.random() < 0.4 else None
        self.bands = [("high", draw.randint(3, 5)), ("some", draw.randint(1, 2)), ("none", 0)]
        self.initial = draw.choice(self.bands)[0]
        self.overrides = {}
        if draw.random() < 0.3:
            for number, band in enumerate(draw.sample(["high", "some", "none"], draw.randint(1, 2))):
                self.overrides[band] = List(draw, f"frozen{number}", ["x", "y"] if self.by == "account" else ["d1", "d2"], start_ms)

    def make_parts(self, draw, writer):
        return [writer.integer(1) for _ in range(draw.randint(1, 3))]

    def make_condition(self, draw, writer):
        del draw
        return writer.truth(0)

    def list_yaml(self):
        return [kept.yaml() for kept in self.overrides.values()]

    def yaml(self):
        parts = ", ".join(f'p{number}: "{part.text}"' for number, part in enumerate(self.parts))
        lines = ["scores:", "  s:", f"    by: {self.by}", f"    on: [{', '.join(self.on)}]", f"    recompute: {self.recompute}",
                 f"    start: {self.number(self.points)}", f"    parts: {{{parts}}}"]
        lines += [f"    evaluation: {self.evaluation}"] if self.evaluation else []
        lines += ["    facts:", *(f"      {fact.yaml()}" for fact in self.facts)] if self.facts else []
        lines += [f"    combine: {self.combine}"] if self.combine else []
        lines += [f"    cap: {self.number(self.cap)}"] if self.cap is not None else []
        lines += [f'    floors: {{f: {{when: "{self.floor[0].text}", at_least: {self.number(self.floor[1])}}}}}'] if self.floor else []
        lines.append("    bands: {" + ", ".join(f"{band}: {least}" for band, least in self.bands) + "}")
        lines += ["    publish: {" + ", ".join(f"{key}: {self.number(value)}" for key, value in self.publish.items()) + "}"] if self.publish else []
        lines += ["    overrides: {" + ", ".join(f"{band}: list.{kept.name}" for band, kept in self.overrides.items()) + "}"] if self.overrides else []
        return "\n".join([*lines, f"    initial_band: {self.initial}"])

    def use_parameter(self, few):
        """For the start, the cap, the least of the floor and the margin, which are its value."""
        self.few, value = few, few.value({})
        self.points = value if self.points else 0
        self.cap = value if self.cap is not None else None
        self.floor = (self.floor[0], value) if self.floor else None
        self.publish = {key: value if key == "margin" else said for key, said in self.publish.items()}

    def number(self, value):
        return self.few.text if self.few and value == self.few.value({}) else value

    def start(self):
        self.band, self.override = self.initial, None
        self.facts = [copy.copy(fact) for fact in self.facts]
        for fact in self.facts:
            fact.start()

    def value(self, parts, names):
        holds = self.floor[0].value(names) if self.floor else False
        if None in parts or holds is None:
            return None
        if self.combine == "max":
            score = max(0, *parts)
        elif self.combine == "noisy_or":
            left = Fraction(1)
            for part in parts:
                left *= 1 - Fraction(max(0, min(part, 100)), 100)
            score = int(rounded(100 * (1 - left), 0))
        else:
            score = sum(parts)
        score += self.points
        if self.cap is not None:
            score = min(score, self.cap)
        return max(score, self.floor[1]) if holds else score

    def band_of(self, score):
        return next((band for band, least in self.bands if score >= least), self.bands[-1][0])

    def overriding(self, key, at):
        """Band, list and entry."""
        for band, kept in self.overrides.items():
            entry = kept.entry_of(key, at)
            if entry is not None:
                return band, kept, entry
        return None

    def observe(self, seen, record):
        for fact in self.facts:
            seen.names[fact.name] = fact.observe(seen)
        rows, score = self.look(seen.names, record.names[self.by], record.at, f'"{record.id}"')
        seen.names[self.column.text] = score
        return rows

    def look(self, names, key, at, identifier):
        """Rows, and the score."""
        parts = [part.value(names) for part in self.parts]
        score = self.value(parts, names)
        if score is None:
            return [], None
        before = self.band
        if not self.is_told(score, key, at):
            return [], score
        told = {"id": identifier, self.by: f'"{key}"', "event_time": at, "score": score, "band": f'"{self.band}"', "previous_band": f'"{before}"'}
        by_name = ", ".join(f'"p{number}": {part}' for number, part in enumerate(parts))
        told["parts"] = f'{{"start": {self.points}, {by_name}}}'
        told["adjustment"] = score - self.points - sum(parts) or "null"
        kept, entry = self.override or (None, None)
        told["override"] = f'"{kept.name}"' if kept else "null"
        told["override_by"] = json_text(entry.by or None, "text") if entry else "null"
        told["override_reason"] = json_text(entry.reason.replace('"', '\\"') or None, "text") if entry else "null"
        return [told], score

    def is_told(self, score, key, at):
        """Moves the band, and says whether a row leaves."""
        before, overriding = self.band, self.overriding(key, at)
        self.override = overriding[1:] if overriding else None
        self.band = overriding[0] if overriding else self.band_of(score)
        return self.band != before


def measured(draw, called):
    """A fact of a score's own, which has a value at any time."""
    span = draw.choice([20_000, 60_000, 90_000, 150_000])
    fact = draw.choice([lambda: facts.count(called, span), lambda: facts.count(called, span), lambda: facts.total(called, span),
                        lambda: facts.distinct(called, span), lambda: facts.statistic(called, draw.choice(["avg", "max", "median"]), span),
                        lambda: facts.Previous(called, "points", INTEGER, latest=True)])()
    if draw.random() < 0.5:
        fact.where = draw.choice([name("ok", BOOL), Expression("points > 0", BOOL, lambda names: None if names["points"] is None else names["points"] > 0)])
    return fact


def measured_of_logins(draw, called):
    span = draw.choice([20_000, 60_000, 90_000])
    fact = draw.choice([lambda: facts.count(called, span), lambda: facts.distinct(called, span, "ip")])()
    fact.source = "logins"
    fact.where = name("good", BOOL) if draw.random() < 0.5 else None
    return fact


class TimedScore(Score):
    """With `recompute: event_and_expiry`: parts read facts alone, and time passes."""

    recompute, is_timed = "event_and_expiry", True

    def __init__(self, draw, start_ms, on, by):
        self.on = on
        self.facts = [measured(draw, f"q{number}") if draw.random() < 0.6 or "logins" not in on else measured_of_logins(draw, f"q{number}")
                      for number in range(draw.randint(1, 3))]
        for fact in self.facts:
            fact.by = by
        super().__init__(draw, None, start_ms, by)
        for kept in self.overrides.values():
            kept.last_for_ever()  # it is open on which of two whole minutes a beginning or end is told
        self.publish = {}
        if draw.random() < 0.4:
            self.publish["at_least_every"] = draw.choice(["1m", "2m", "3m"])
        if draw.random() < 0.4:
            self.publish["settle"] = draw.choice(["1m", "2m"])
        if draw.random() < 0.5:
            self.publish["margin"] = draw.randint(1, 2)

    def make_parts(self, draw, writer):
        del writer
        return [self.make_part(draw, draw.choice(self.facts)) for _ in range(draw.randint(1, 3))]

    def make_part(self, draw, fact):
        asked, times = name(fact.name, fact.kind), draw.randint(-3, 3) or 1
        if fact.kind == INTEGER:
            known = operation("if(known({0}), {0}, 1)", INTEGER, lambda value: 1 if value is None else value, asked)
            return operation("({} * {})", INTEGER, lambda one, other: one * other, constant(times, INTEGER), known)
        bound = constant(Fraction(draw.randint(0, 3000), 100), MONEY)
        return operation(f"if(known({{0}}) and {{0}} > {{1}}, {times}, 0)", INTEGER,
                         lambda value, least: times if value is not None and value > least else 0, asked, bound)

    def make_condition(self, draw, writer):
        part = self.make_part(draw, draw.choice(self.facts))
        return operation("{} >= {}", BOOL, lifted(lambda one, other: one >= other), part, constant(draw.randint(1, 3), INTEGER))

    def start(self):
        super().start()
        self.told_at, self.told_score, self.is_new = None, None, False
        self.out_since, self.key, self.minute = None, None, None

    def span(self, called):
        return int(self.publish[called].rstrip("m")) * MINUTE_MS if called in self.publish else None

    def observe(self, seen, record):
        self.key, self.is_new, self.newest_at = record.names[self.by], True, record.at
        self.minute = whole_minute(record.at) if self.minute is None else self.minute
        return super().observe(seen, record)

    def pass_time(self, until):
        """Rows of what falls due on whole minutes before a moment, which is none itself."""
        rows = []
        while self.minute is not None and self.minute < until:
            if self.minute < self.newest_at:  # what came later has been decided already
                self.minute += MINUTE_MS
                continue
            looked, _ = self.look({fact.name: fact.as_of(self.minute) for fact in self.facts}, self.key, self.minute, "null")
            rows += [{**row, "trigger": '"expiry"'} for row in looked]
            self.minute += MINUTE_MS
        return rows

    def is_out(self, score):
        """Of the told band, by the margin."""
        place = [band for band, _ in self.bands].index(self.band)
        margin = self.publish.get("margin", 0)
        is_below = place < len(self.bands) - 1 and score < self.bands[place][1] - margin
        return is_below or (place > 0 and score >= self.bands[place - 1][1] + margin)

    def is_told(self, score, key, at):
        before, overriding, was_overridden = self.band, self.overriding(key, at), self.override is not None
        self.override = overriding[1:] if overriding else None
        if overriding:
            self.band, self.out_since = overriding[0], None
        elif was_overridden:
            self.band, self.out_since = self.band_of(score), None
        elif not self.is_out(score):
            self.out_since = None
        else:
            self.out_since = at if self.out_since is None else self.out_since
            if at - self.out_since >= (self.span("settle") or 0):
                self.band, self.out_since = self.band_of(score), None
        every, is_new = self.span("at_least_every"), self.is_new or score != self.told_score
        is_due = every is not None and is_new and (self.told_at is None or at - self.told_at >= every)
        if self.band == before and not is_due:
            return False
        self.told_at, self.told_score, self.is_new = at, score, False
        return True
