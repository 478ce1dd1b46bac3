"""A rule set and what it reads, made from a seed, as a golden case (tests/golden/README.md) with the rows that the naive evaluator expects."""
import copy
import random
import re
from fractions import Fraction

from . import facts, meta, patterns
from .additions import NEVER, Additions
from .clocks import Clocks
from .evaluation import Evaluation
from .language import BOOL, COMPARISONS, INTEGER, KINDS, MONEY, TEXT, Expression, Writer, constant, disjunction, lifted, name, operation
from .lists import Lists
from .places import Places, Uncertain
from .reading import Reading
from .records import EVENT_FIELDS, FIELDS, INPUT, LOGIN_FIELDS_TEXT, OUT_OF_ORDERNESS_MS, Record
from .rings import Rings
from .rules import Except, Rule
from .scores import Score, TimedScore
from .silences import Silences
from .totals import Total
from .words import Words

SPANS_MS = (1, 2000, 5000, 7001, 20_000)
STARTS_MS = (0, 0, -7000, 1_767_225_600_000)
DISORDERS_MS = (0, 0, 3000, 5000, 9000, 30_000)
SUPPLEMENTS = {Rings: 0.1, Places: 0.2, Lists: 0.25, Clocks: 0.2, Words: 0.4}


class Case:
    """Where a value hangs on the last digit of a float, another case takes the place of the seed's."""

    def __init__(self, seed):
        self.seed = seed
        for attempt in range(100):
            self.make(random.Random(seed if attempt == 0 else f"{seed} again {attempt}"))
            if self.supplement(Places) is None:
                return
            try:
                self.expected()
                return
            except Uncertain:
                continue

    def make(self, draw):
        self.draw = draw
        self.ordered = random.Random(f"evaluation {self.seed}").random() < 0.35  # so that the other choices of a seed do not depend on it
        self.has_logins = draw.random() < 0.4
        self.is_timed = draw.random() < 0.2  # with a score that time itself changes
        self.disorder = 0 if self.has_logins else draw.choice(DISORDERS_MS)
        self.disorder = 0 if self.is_timed and not self.ordered else self.disorder
        kinds = [kind for kind, share in SUPPLEMENTS.items() if draw.random() < share]
        self.add_supplements(kinds)
        self.records = self.make_records()
        self.reading = self.make_reading() if draw.random() < 0.25 else Reading()
        self.records = self.reading.with_more(draw, self.records)
        self.is_scarce = not self.is_timed and self.supplement(Rings) is None and draw.random() < 0.06  # a key keeps fewer records than come
        self.facts = self.make_few_facts() if self.is_scarce else self.make_facts()
        by = "device" if draw.random() < 0.2 else "account"
        self.total = Total(draw, by, self.condition_of_fields) if draw.random() < 0.4 else None
        self.score = self.make_score() if self.is_timed or draw.random() < 0.4 else None
        self.additions = None
        self.make_rules()
        if self.meta is None and not self.is_scarce and draw.random() < 0.2:
            self.add_additions()

    def add_additions(self):
        """Rules that put values into lists, and what asks these: decided when all rules are."""
        self.additions = Additions(self.draw, self)
        self.facts = [*self.facts, self.additions.fact]
        self.rules = [*self.rules, *self.additions.rules]
        self.exceptions = [*self.exceptions, *self.additions.exceptions]

    def add_supplements(self, kinds):
        self.start_ms = self.draw.choice(STARTS_MS if Clocks not in kinds or self.draw.random() < 0.2 else Clocks.starts_ms)
        self.supplements = []
        for kind in kinds:
            self.supplements.append(kind(self.draw, self))
        clocks = self.supplement(Clocks)
        self.calendar = clocks.calendar if clocks and not self.is_timed and self.draw.random() < 0.4 else None  # then the case goes over days

    def supplement(self, kind):
        return next((one for one in self.supplements if isinstance(one, kind)), None)

    def make_rules(self):
        draw = self.draw
        shown = [name(fact.name, fact.kind) for fact in self.facts] + [one for fact in self.facts for one in fact.bindings]
        shown += [self.score.column] if self.score and self.score.by == "account" else []
        shown += [one for supplement in self.supplements for one in supplement.expressions]
        self.rules = [Rule("SHOW", Expression("known(id)", BOOL, lambda names: True), shown)]
        is_in_time = self.disorder <= OUT_OF_ORDERNESS_MS
        gap = is_in_time and draw.random() < 0.4
        self.absence = patterns.Absence(draw, self.has_logins, OUT_OF_ORDERNESS_MS, self.calendar) if gap else None

        # An absence is an alert too, at a time of its own.
        self.meta = meta.Meta(draw, SPANS_MS) if self.absence is None and not self.is_scarce and draw.random() < 0.35 else None
        for number in range(draw.randint(1, 3)):
            self.rules.append(self.make_rule(f"R{number}"))
        lists = self.supplement(Lists)
        if not self.one_key() and (lists or draw.random() < 0.15):
            self.rules.append(self.shown_rule("LISTED", lists))
        self.exceptions = self.make_exceptions() if draw.random() < 0.2 else []
        self.silences = Silences(draw) if self.has_logins and self.meta is None and not self.is_scarce and draw.random() < 0.25 else None
        if self.meta is None and is_in_time and draw.random() < 0.3:
            self.mix_evaluations()

    # ---- smaller ones, for a case that fails

    def without_records(self, place, many):
        smaller = copy.copy(self)
        smaller.records = self.records[:place] + self.records[place + many:]
        return smaller

    def without(self, part):
        """Without that rule or fact; None when something else names it."""
        smaller = copy.copy(self)
        smaller.rules = [rule for rule in self.rules if rule.id != part]
        smaller.facts = [fact for fact in self.facts if fact.name != part]
        smaller.exceptions = [one for one in self.exceptions if one.name != part and part not in one.rules]
        smaller.absence = None if part == "GAP" else self.absence
        smaller.meta = None if part == "META" else self.meta
        smaller.silences = None if part == "QUIET" else self.silences
        if not smaller.rules and not smaller.absence:
            return None
        stays = lambda column: column.text.split(".")[0] != part and column.text != f"score.{part}"
        smaller.rules = [rule.with_columns([one for one in rule.columns if stays(one)]) for rule in smaller.rules]
        smaller.total = None if part == "TOTAL" else self.total
        smaller.score = None if part == "s" else self.score
        smaller.is_timed = self.is_timed and smaller.score is not None
        texts = [one.text for rule in smaller.rules for one in [rule.fire, *rule.said]]
        texts += [one.yaml() for one in [*smaller.exceptions, *smaller.facts, *(one for one in (smaller.score, smaller.total) if one)]]
        return None if any(re.search(rf"\b{part}\b", text) for text in texts) else smaller

    def names(self, by="account"):
        """What an expression may ask for; facts by device only for what does not need them in turn."""
        return self.plain() + [name(fact.name, fact.kind) for fact in self.facts if self.lends(fact, by)]

    def plain(self):
        """What the record at hand is asked alone."""
        return self.plain_fields() + [one for supplement in self.supplements for one in supplement.expressions]

    def plain_fields(self):
        return [name(field, kind) for field, kind in FIELDS.items()]

    def lends(self, fact, by):
        if by == "account" or fact.by == by:
            return True
        named = [other for other in self.facts if re.search(rf"\b{other.name}\b", fact.yaml()) and other is not fact]
        return all(other.by == "account" and self.lends(other, by) for other in named)

    # ---- what is read

    def make_records(self):
        steps = (0, 0, 1, 500, 1000, 1999, 2000, 3000, 5000, 12_000)
        records, at, draw = [], self.start_ms, self.draw
        accounts = ["x", "y", "z", None] if self.supplement(Rings) else ["x", "x", "x", "y", None]
        numbers = {"events": 0, "logins": 0}
        for _ in range(draw.randint(5, 40)):
            at += draw.choice(steps) * (draw.choice([1, 3, 10]) if self.is_timed else 1)
            at = self.later_day(at) if self.calendar else at
            if self.is_timed and at % 1000 == 0:
                at += 1  # nothing else falls on the very moment at which time is looked at
            source = "logins" if self.has_logins and draw.random() < 0.4 else "events"
            seen = at - draw.choice([0, 0, min(draw.choice(steps), self.disorder), draw.randint(0, self.disorder)])
            records.append(Record(source, numbers[source], seen, draw.choice(accounts), self.make_names(source, seen)))
            numbers[source] += 1
        if self.has_logins:
            records.sort(key=lambda one: (one.at, one.order))
        return records

    def later_day(self, at):
        """Hours later, often about the very end of a business day."""
        if self.draw.random() < 0.25:
            return self.calendar.end_of_business_day(at, self.draw.randint(1, 2)) + self.draw.randint(0, 1)
        return at + self.draw.choice([0, 1, 1_800_000, 3_600_000, 5 * 3_600_000, 11 * 3_600_000, 24 * 3_600_000])

    def make_names(self, source, at):
        draw = self.draw
        some = lambda value: value if draw.random() < 0.85 else None
        if source == "logins":
            return {"ip": some(draw.choice(["d1", "d2"])), "good": some(draw.random() < 0.5)}
        cents = draw.choice([draw.randint(0, 4000), draw.choice([1000, 1000, 2000])])
        return {"device": some(draw.choice(["d1", "d2", "d3"])), "kind": some(draw.choice(KINDS)), "amount": some(Fraction(cents, 100)),
                "points": some(draw.randint(-2, 4)), "ok": some(draw.random() < 0.5),
                **{field: value for supplement in self.supplements for field, value in supplement.values(draw, at).items()}}

    def make_reading(self):
        filtered = self.condition_of_fields() if self.draw.random() < 0.4 else None
        if self.has_logins or self.draw.random() < 0.3:
            return Reading(filtered, rejects=True)

        # A copy that is no copy any more comes late.
        return Reading(filtered, self.draw.choice([5000, 20_000]) if self.disorder > OUT_OF_ORDERNESS_MS else 10**10, self.draw.random() < 0.5)

    # ---- rules

    def one_key(self):
        """Whether all rules must be by account: how alerts by several keys are numbered is not told, nor how often `late` lists a record for them."""
        return self.meta is not None or (self.ordered and self.disorder > OUT_OF_ORDERNESS_MS)

    def make_rule(self, called):
        by = ("device",) if self.draw.random() < 0.2 and not self.one_key() else ("account",)
        names = self.names(by[0]) + ([self.score.column] if self.score and by == (self.score.by,) else [])
        rule = Rule(called, Writer(self.draw, names).truth(2), [], self.draw.choice([0, 0, 2000, 7001]), by)
        rule.draw_more(self.draw)
        rule.said = self.draw.sample(names, self.draw.randint(1, min(4, len(names)))) if self.draw.random() < 0.4 else []
        return rule

    def shown_rule(self, called, lists):
        """By a key that nothing else is kept by, so that its evidence is lists and bounds alone."""
        conditions = [one.expression for one in lists.asked] if lists else []
        compared = []
        for _ in range(self.draw.randint(0 if lists else 1, 3)):
            field, kind = self.draw.choice([("points", INTEGER), ("amount", MONEY)])
            bound = self.draw.randint(-2, 4) if kind == INTEGER else Fraction(self.draw.randint(0, 3000), 100)
            compared.append((name(field, kind), self.draw.choice(list(COMPARISONS)), constant(bound, kind)))
            if [(one.text, other.text) for one, _, other in compared].count((field, compared[-1][2].text)) > 1:
                compared.pop()  # such conditions may be always true together
        conditions += [operation("{} " + sign + " {}", BOOL, lifted(COMPARISONS[sign]), one, bound) for one, sign, bound in compared]
        rule = Rule(called, operation(" or ".join("{}" for _ in conditions), BOOL, disjunction, *conditions), [], by=("account", "device"))
        if not any(fact.by == "pair" for fact in self.facts):
            rule.asked, rule.compared = lists.asked if lists else [], compared
        return rule

    def make_score(self):
        may_be_late = self.ordered and self.disorder > OUT_OF_ORDERNESS_MS
        by = "device" if not self.has_logins and not may_be_late and self.draw.random() < 0.2 else "account"
        if self.is_timed:
            score = TimedScore(self.draw, self.start_ms, ("events", "logins") if self.has_logins else ("events",), by)
        else:
            score = Score(self.draw, Writer(self.draw, self.names(by)), self.start_ms, by)
        words = self.supplement(Words)
        if words and self.draw.random() < 0.5:
            score.use_parameter(words.few)
        return score

    def mix_evaluations(self):
        """Where no record is late, since what `late` lists depends on what the ordered ones ask for. Rules read scores of their own evaluation."""
        other = "arrival" if self.ordered else "ordered"
        readers = [rule for rule in self.rules[1:] if any("score.s" in one.text for one in [rule.fire, *rule.said])]
        for rule in self.rules[1:]:
            rule.evaluation = other if rule not in readers and self.draw.random() < 0.5 else None
        arrives_late = self.is_timed and self.disorder > 0  # which only makes sense in order
        if self.score and not readers and not arrives_late and self.draw.random() < 0.5:
            self.score.evaluation = other
            self.rules[0] = self.rules[0].with_columns([one for one in self.rules[0].columns if one.text != "score.s"])

    def make_exceptions(self):
        ids = [rule.id for rule in self.rules if rule.by == ("account",)]
        return [Except(self.draw, f"x{number}", self.draw.sample(ids, self.draw.randint(1, len(ids))),
                       Writer(self.draw, self.names()).truth(1) if self.draw.random() < 0.6 else None, self.start_ms)
                for number in range(self.draw.randint(1, 2))]

    def make_few_facts(self):
        """One that keeps records, of which it can have too few, and others beside it."""
        span = self.draw.choice([5000, 20_000])
        make = self.draw.choice([facts.count, facts.total, facts.distinct, lambda called, within: facts.statistic(called, "median", within)])
        made = [make("f0", span), facts.Previous("f1", "points", INTEGER, self.draw.random() < 0.5), facts.SincePrevious("f2")]
        made[0].most = self.draw.randint(2, 4)
        self.facts = []
        made[0].where = self.condition_of_fields() if self.draw.random() < 0.5 else None
        return made

    def make_facts(self):
        made = []
        for number in range(self.draw.randint(2, 6)):
            self.facts = made
            made.append(self.make_fact(f"f{number}"))
        return made

    def make_fact(self, called):
        may_be_late = self.ordered and self.disorder > OUT_OF_ORDERNESS_MS
        by = self.draw.choice(["device"] * 4 + ["account" if may_be_late else "pair"] + ["account"] * 13)
        fact = self.make_fact_by(called, by)
        fact.by = by
        return fact

    def make_fact_by(self, called, by):
        draw = self.draw
        span = draw.choice(SPANS_MS)
        if self.has_logins and by == "account" and draw.random() < 0.3:
            return self.make_fact_of_logins(called, span)
        places = self.supplement(Places)
        choice = draw.randrange(16)
        if places and draw.random() < 0.3:
            fact = places.fact(draw, called)
        elif choice < 3:
            fields = draw.choice(["amount", "amount", "points"]), draw.choice(["device", "device", "kind", "amount", "points", "ok", "id"])
            make = (lambda **options: facts.count(called, span, **options), lambda **options: facts.total(called, span, fields[0], **options),
                    lambda **options: facts.distinct(called, span, fields[1], **options))[choice]
            fact = make(exclude_current=draw.random() < 0.3)
        elif choice == 3:
            make = draw.choice([facts.count, facts.total])
            compared = draw.choice([("kind", "=="), ("device", "!="), ("amount", "=="), ("amount", ">="), ("points", "<"), ("ok", "==")])
            fact = make(called, span, like=like_current(*compared))
        elif choice < 6:
            measured, percent = draw.choice(list(facts.STATISTICS)), draw.choice([1, 50, 75, 100])
            fact = facts.statistic(called, measured, span, draw.choice(["amount", "amount", "points"]), percent, exclude_current=draw.random() < 0.3)
            if measured not in ("avg", "min", "max") and draw.random() < 0.5:
                fact.min_samples = draw.randint(2, 3)
                fact.body += f", min_samples: {fact.min_samples}"
        elif choice == 6:
            fact = facts.ZScore(called, draw.choice([5000, 20_000]), draw.randint(2, 4), draw.random() < 0.5, draw.choice(["amount", "points"]))
        elif choice == 7:
            fact = facts.Ratio(called, span, self.condition(by), draw.randint(1, 3))
        elif choice == 8:
            memory = draw.choice([0, 5000, 20_000])
            fact = facts.FirstSeen(called, draw.choice([1, 2, 3, None if memory else 1]), memory, draw.choice([0, 0, 5000]) if memory else 0,
                                   draw.choice(["device", "device", "kind", "points", "amount"]))
        elif choice == 9:
            field = draw.choice(["device", "amount", "points", "kind", "ok"])
            fact = facts.Previous(called, field, FIELDS[field], draw.random() < 0.5)
        elif choice == 10:
            fact = facts.SincePrevious(called)
        elif choice == 11:
            fact = facts.Baseline(called, draw.choice(["sum: amount", "count: true"]), draw.choice([1000, 5000]), draw.randint(1, 4),
                                  draw.choice(list(facts.Baseline.STATISTICS)), draw.randint(1, 3))
        else:
            return self.make_pattern(called, draw.choice([5000, 20_000]), by)
        if draw.random() < 0.5:
            fact.where = self.condition(by)
        return fact

    def make_fact_of_logins(self, called, span):
        """What a rule on events may know of logins."""
        draw, good = self.draw, name("good", BOOL)
        fact = draw.choice([lambda: facts.count(called, span), lambda: facts.distinct(called, span, "ip"), lambda: facts.Ratio(called, span, good, 1),
                            lambda: facts.Previous(called, "ip", TEXT, draw.random() < 0.5), lambda: facts.SincePrevious(called)])()
        fact.source = "logins"
        if draw.random() < 0.4:
            fact.where = good if draw.random() < 0.6 else operation("not {}", BOOL, lambda truth: None if truth is None else not truth, good)
        return fact

    def condition(self, by, depth=1):
        return Writer(self.draw, self.names(by) if self.draw.random() < 0.3 else self.plain()).truth(depth)

    def condition_of_fields(self):
        return Writer(self.draw, self.plain()).truth(1)

    def make_pattern(self, called, within, by):
        draw, logins = self.draw, self.has_logins and by == "account"
        if draw.random() < 0.3:
            steps = [self.make_step(f"s{number}", number == 0 or not logins, by) for number in range(draw.randint(2, 3))]
            return patterns.Together(called, steps, within, draw.choice(["restart", "keep"]), draw.choice([None, None, 1, 2]))
        steps = []
        last = draw.choice([1, 2, 2])
        for number in range(last + 1):
            if number > 0 and draw.random() < 0.25:
                steps.append(self.make_step(f"n{number}", not logins, by))
                steps[-1].never = True
            step = self.make_step(f"s{number}", number == last or not logins, by)
            step.at_least = draw.choice([1, 1, 1, 2, 3])
            if number > 0 and step.on == "events" and draw.random() < 0.6:
                step.bound = bound_to(draw.choice([one for one in steps if not one.never]), draw)
            steps.append(step)
        open_at_most = max(step.at_least for step in steps) + draw.randint(0, 1) if draw.random() < 0.5 else None
        return patterns.Sequence(called, steps, within, draw.choice(["restart", "keep", "overlap"]), open_at_most)

    def make_step(self, called, on_events, by):
        if self.has_logins and not on_events and self.draw.random() < 0.5:
            good = Expression("good", BOOL, lambda names: names["good"])
            return patterns.Step(called, "logins", good if self.draw.random() < 0.5 else None)
        return patterns.Step(called, "events", name("ok", BOOL) if self.draw.random() < 0.4 else self.condition(by, 0))

    # ---- what must come out

    def expected(self):
        """Rows by output."""
        records, timed, rows = self.reading.read(self.records, OUT_OF_ORDERNESS_MS)
        self.mark_watermarks(timed)
        rows.update({"alerts": [], "scores": []})
        refused = []
        for ordered in (False, True):
            evaluation = Evaluation(self, ordered, records, timed)
            if evaluation.is_needed():
                for output, more in zip(("alerts", "scores"), evaluation.run()):
                    rows[output] += more
                refused = [(number, 1, {"evaluation": '"ordered"', "id": f'"{record.id}"'})
                           for number, record in enumerate(records) if evaluation.is_late(record)]
        rows["alerts"] += self.absence.rows(records, timed, self.ordered, self.inputs(), self.slack_ms()) if self.absence else []
        rows["alerts"] += self.silences.rows(timed, OUT_OF_ORDERNESS_MS) if self.silences else []
        rows["alerts"] += self.supplement(Rings).rows(records) if self.supplement(Rings) else []
        totals, late = self.total.rows(records) if self.total else ([], [])
        rows["totals"], rows["late"] = totals, [row for _, _, row in sorted(late + refused, key=lambda one: one[:2])]
        return {output: listed for output, listed in rows.items() if listed}

    def is_ordered(self, decided):
        """Whether a rule or score is decided in order of event time."""
        return self.ordered if decided.evaluation is None else decided.evaluation == "ordered"

    def inputs(self):
        """That rules by account look at, and facts that they ask for."""
        named = [fact.source for fact in self.facts] + [step.on for fact in self.facts for step in getattr(fact, "steps", [])] + ["events"]
        return set(named + ([self.absence.on] if self.absence else []) + (list(self.score.on) if self.score and self.score.by == "account" else []))

    def slack_ms(self):
        """How much later than the watermark a record by account is still asked about, as records arrive."""
        return OUT_OF_ORDERNESS_MS + (self.total.lateness_ms if self.total and self.total.by == "account" else 0)

    def mark_watermarks(self, records):
        if self.has_logins:  # in order, so nothing is too old
            for record in records:
                record.watermark, record.before = record.at - OUT_OF_ORDERNESS_MS, NEVER
            return
        newest = None
        for record in records:
            record.before = NEVER if newest is None else newest - OUT_OF_ORDERNESS_MS
            newest = record.at if newest is None else max(newest, record.at)
            record.watermark = newest - OUT_OF_ORDERNESS_MS
            oldest = record.watermark - OUT_OF_ORDERNESS_MS  # less the slack
            record.oldest = {by: oldest - (self.total.lateness_ms if self.total and self.total.by == by else 0) for by in ("account", "device", "pair")}

    def silent_after(self, source):
        return f"    silent_after: {self.silences.after_ms[source]}ms\n" if self.silences and source in self.silences.after_ms else ""

    def text(self):
        parts = [f"# Made from seed {self.seed} by tests/scripts/naive; what must come out is the naive evaluator's.", "=== rule set",
                 "ruleset: golden", "version: 1"] + (["evaluation: ordered"] if self.ordered else []) + ["inputs:"]
        more = "".join(f"      {field}: {words}\n" for one in self.supplements for field, (_, words) in one.fields.items())
        parts.append(INPUT.format("events", OUT_OF_ORDERNESS_MS, self.reading.yaml() + self.silent_after("events"), EVENT_FIELDS + more).rstrip())
        if self.has_logins:
            parts.append(INPUT.format("logins", OUT_OF_ORDERNESS_MS, self.silent_after("logins"), LOGIN_FIELDS_TEXT).rstrip())
        parts += [line for one in self.supplements for line in one.yaml()]
        listed = [line for one in [*self.supplements, *([self.score] if self.score else [])] for line in one.list_yaml()]
        listed += [kept.yaml() for kept in self.additions.lists] if self.additions else []
        parts += ["lists:", *listed] if listed else []
        parts += ["exceptions:", *(one.yaml() for one in self.exceptions)] if self.exceptions else []
        parts += [f"limits: {{max_per_key: {self.facts[0].most}}}"] if self.is_scarce and self.facts and self.facts[0].name == "f0" else []
        parts += ["facts:"] + [f"  {fact.yaml()}" for fact in self.facts] if self.facts else []
        parts += [one.yaml() for one in (self.total, self.score) if one]
        parts.append("rules:")
        parts += [rule.yaml() for rule in self.rules] + [one.yaml() for one in (self.absence, self.meta, self.silences) if one]
        parts += [self.supplement(Rings).rule_yaml()] if self.supplement(Rings) else []
        for source in ("events", "logins") if self.has_logins else ("events",):
            parts += [f"=== input {source}"] + [record.json() for record in self.records if record.input == source]
        for output, rows in self.expected().items():
            parts += [f"=== output {output}"] + ["{" + ", ".join(f'"{key}": {value}' for key, value in row.items()) + "}" for row in rows]
        return "\n".join(parts) + "\n"


def like_current(field, sign):
    return operation("{} " + sign + " {}", BOOL, lifted(COMPARISONS[sign]), name(field, FIELDS[field]), name("now." + field, FIELDS[field]))


def bound_to(step, draw):
    field = "ip" if step.on == "logins" else "device"
    which = ".last" if step.at_least > 1 and draw.random() < 0.7 else ".first" if step.at_least > 1 else ""
    return operation("{} == {}", BOOL, lifted(COMPARISONS["=="]), name("device", TEXT), name(f"{step.name}{which}.{field}", TEXT))
