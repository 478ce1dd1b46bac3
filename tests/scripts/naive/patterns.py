"""Facts over several records, from docs/patterns.md."""
from .facts import Fact
from .language import BOOL, INTEGER, KINDS, TEXT, conjunction, json_text, name


SHOWN = {"events": {"points": INTEGER, "device": TEXT}, "logins": {"good": BOOL, "ip": TEXT}}  # fields that rules read of steps


class Step:
    def __init__(self, name, on, where=None, at_least=1, never=False, bound=None):
        self.name, self.on, self.where, self.at_least, self.never, self.bound = name, on, where, at_least, never, bound

    def yaml(self):
        conditions = [one.text for one in (self.where, self.bound) if one is not None]
        parts = [f"name: {self.name}", f"on: {self.on}"]
        parts += [f'where: "{" and ".join(conditions)}"'] if conditions else []
        parts += [f"at_least: {self.at_least}"] if self.at_least > 1 else []
        parts += ["never: true"] if self.never else []
        return "{" + ", ".join(parts) + "}"

    def fits(self, record, bindings):
        if record.input != self.on:
            return False
        truths = [one.value({**bindings, **record.names}) for one in (self.where, self.bound) if one is not None]
        return conjunction(*truths) is True if truths else True


class Attempt:
    def __init__(self, first):
        self.step, self.taken = 0, [[first]]  # by step, those of `never` empty

    def last(self):
        return self.taken[-1][-1]

    def bindings(self, steps):
        names = {}
        for step, records in zip(steps, self.taken):
            for which, one in (("first", records[:1]), ("last", records[-1:])):
                for field, value in (one[0].names.items() if one else ()):
                    names[f"{step.name}.{which}.{field}"] = value
                    if which == "last":
                        names[f"{step.name}.{field}"] = value
            names[f"{step.name}.count"] = len(records)
        return names

    def moved(self, step, record):
        other = Attempt(record)
        other.step, other.taken = step, [list(records) for records in self.taken]
        while len(other.taken) <= step:
            other.taken.append([])
        other.taken[step].append(record)
        return other


class Sequence(Fact):
    names_input = False

    def __init__(self, name, steps, within_ms, after_fire, max_open=None):
        body = f"sequence: [{', '.join(step.yaml() for step in steps)}], within: {within_ms}ms, after_fire: {after_fire}"
        super().__init__(name, BOOL, body + (f", max_open: {max_open}" if max_open else ""))
        self.steps, self.within_ms, self.after_fire, self.max_open = steps, within_ms, after_fire, max_open or 64
        self.bindings = [one for step in steps if not step.never for one in self.bindings_of(step)]

    def bindings_of(self, step):
        """What a rule may read of a step."""
        prefix = f"{self.name}.{step.name}"
        if step.at_least == 1:
            return [name(f"{prefix}.{field}", kind) for field, kind in SHOWN[step.on].items()]
        (first, first_kind), (last, last_kind) = SHOWN[step.on].items()
        return [name(f"{prefix}.first.{first}", first_kind), name(f"{prefix}.last.{last}", last_kind), name(f"{prefix}.count", INTEGER)]

    def start(self):
        self.attempts, self.fired = [], None

    def bound(self, text):
        """Of the oldest attempt that this record completed."""
        return None if self.fired is None else self.fired.bindings(self.steps)[text.removeprefix(self.name + ".")]

    def next_step(self, step):
        return next((number for number in range(step + 1, len(self.steps)) if not self.steps[number].never), len(self.steps))

    def is_satisfied(self, attempt):
        return len(attempt.taken[attempt.step]) >= self.steps[attempt.step].at_least

    def observe(self, record):
        kept, forks, self.fired = [], [], None
        lapsed = record.watermark - self.within_ms
        for attempt in self.attempts:
            if attempt.taken[0][0].at <= lapsed:
                continue
            is_behind = (attempt.last().at, attempt.last().order) < (record.at, record.order)
            if not is_behind or attempt.taken[0][0].at <= record.at - self.within_ms:
                kept.append(attempt)
                continue
            names, satisfied, following = attempt.bindings(self.steps), self.is_satisfied(attempt), self.next_step(attempt.step)
            step = None
            if satisfied and following < len(self.steps) and self.steps[following].fits(record, names):
                step = following
            elif satisfied and any(self.steps[number].fits(record, names) for number in range(attempt.step + 1, following)):
                continue
            elif self.steps[attempt.step].at_least > 1 and self.steps[attempt.step].fits(record, names):
                step = attempt.step
            if step is None:
                kept.append(attempt)
                continue
            moved = attempt.moved(step, record)
            completes = step == len(self.steps) - 1 and self.is_satisfied(moved)
            forked = self.after_fire == "overlap" and step != attempt.step
            if completes and self.fired is None:
                self.fired = moved
            if forked or (completes and self.after_fire != "restart"):
                kept.append(attempt)
            if not completes:
                (forks if forked else kept).append(moved)
        self.attempts = kept + forks
        if self.fired is not None and self.after_fire == "restart":
            self.attempts = []
        elif self.steps[0].fits(record, {}) and record.at > lapsed:
            self.attempts.append(Attempt(record))
        self.attempts = self.attempts[-self.max_open:]
        return self.fired is not None


class Together(Fact):
    names_input = False

    def __init__(self, name, steps, within_ms, after_fire, max_open=None):
        body = f"together: [{', '.join(step.yaml() for step in steps)}], within: {within_ms}ms, after_fire: {after_fire}"
        super().__init__(name, BOOL, body + (f", max_open: {max_open}" if max_open else ""))
        self.steps, self.within_ms, self.after_fire, self.max_open = steps, within_ms, after_fire, max_open or 64
        self.bindings = [one for step in steps for one in self.bindings_of(step)]

    def bindings_of(self, step):
        return [name(f"{self.name}.{step.name}.{field}", kind) for field, kind in SHOWN[step.on].items()]

    def start(self):
        self.kept, self.last = [[] for _ in self.steps], {}

    def bound(self, text):
        """Of the last record of the step, where the fact is true."""
        _, step, field = text.split(".")
        return self.last[step].names[field] if self.last else None

    def observe(self, record):
        self.last = {}
        fitting = [step.fits(record, {}) for step in self.steps]
        if not any(fitting):
            return False
        if record.at < record.oldest:
            return None
        for records, fits in zip(self.kept, fitting):
            if fits:
                records.append(record)
                if len(records) > self.max_open:
                    records.remove(min(records, key=lambda one: (one.at, one.order)))
        now = (record.at, record.order)
        within = [[one for one in records if (one.at, one.order) <= now and one.at > record.at - self.within_ms] for records in self.kept]
        fired = all(within)
        if fired:
            self.last = {step.name: max(records, key=lambda one: (one.at, one.order)) for step, records in zip(self.steps, within)}
        if fired and self.after_fire == "restart":
            self.kept = [[one for one in records if (one.at, one.order) > now] for records in self.kept]
        return fired


class Waiting:
    """What an absence keeps of one key: first records whose span is not over, and those of `expect` that a first record may still come before."""

    def __init__(self, absence):
        self.absence, self.first, self.expected, self.lost_until = absence, [], [], -(10**15)
        self.gone, self.unsure = [], []  # first records that gave way, and those that a record which gave way may have followed

    def pass_time(self, time):
        self.first = [one for one in self.first if self.absence.end(one) >= time]

    def take(self, record, oldest):
        absence = self.absence
        self.expected = [one for one in self.expected if one.at >= oldest]
        if absence.expects(record):
            met = [one for one in self.first if absence.meets(record, one)]
            self.first, self.unsure = ([one for one in kept if one not in met] for kept in (self.first, self.unsure))
            self.expected = sorted(self.expected + [record], key=lambda one: (one.at, one.order))
            self.lost_until = max([self.lost_until, *(one.at for one in self.expected[:-absence.max_open])])
            self.expected = self.expected[-absence.max_open:]
        if absence.begins_with(record) and not any(absence.meets(one, record) for one in self.expected):
            self.unsure += [record] if oldest <= record.at <= self.lost_until else []
            self.first = sorted(self.first + [record], key=lambda one: (one.at, one.order))
            self.gone += self.first[:-absence.max_open]
            self.first = self.first[-absence.max_open:]


class Absence:
    """A rule on its own: no record of `expect` follows one of `after` within a span, or to the end of a business day."""

    def __init__(self, draw, has_logins, out_of_orderness_ms, calendar=None):
        self.calendar, self.business_days = calendar, draw.randint(1, 3)
        self.within_ms, self.on = draw.choice([2000, 5000, 7001]), "logins" if has_logins and draw.random() < 0.7 else "events"
        self.out_of_orderness_ms, self.kind = out_of_orderness_ms, draw.choice(KINDS)
        self.is_bound = draw.random() < 0.6
        self.field = "ip" if self.on == "logins" else "device"
        self.open_at_most = draw.choice([None, 1, 2, 3])
        self.max_open = self.open_at_most or 64
        self.missing = draw.choice([None, None, "false", "unknown", "error"])
        self.fails_closed = draw.random() < 0.3 and self.missing != "false"

    def yaml(self):
        settings = ([f"    missing: {self.missing}"] if self.missing else []) + (["    fail: closed"] if self.fails_closed else [])
        where = f', where: "{self.field} == after.device"' if self.is_bound else (', where: "points > 1"' if self.on == "events" else "")
        more = f", max_open: {self.open_at_most}" if self.open_at_most else ""
        return "\n".join(["  - id: GAP", "    title: Nothing followed", "    severity: low", "    on: events", "    by: account", "    facts:",
                          f"      gap: {{absent: {{after: {{on: events, where: \"kind == '{self.kind}'\"}}, expect: {{on: {self.on}{where}}}, "
                          f"within: {self.within()}{more}}}}}", "    fire: gap", "    columns: {points: gap.after.points}", *settings])

    def within(self):
        return f"{self.business_days}bd, calendar: {self.calendar.name}" if self.calendar else f"{self.within_ms}ms"

    def end(self, after):
        return self.calendar.end_of_business_day(after.at, self.business_days) if self.calendar else after.at + self.within_ms

    def follows(self, one, after):
        if not self.expects(one) or one.account != after.account or (one.at, one.order) <= (after.at, after.order):
            return False
        return not self.is_bound or (one.names[self.field] is not None and one.names[self.field] == after.names["device"])

    def begins_with(self, one):
        return one.input == "events" and one.account is not None and one.names["kind"] == self.kind

    def expects(self, one):
        return one.input == self.on and (self.is_bound or self.on == "logins" or (one.names["points"] is not None and one.names["points"] > 1))

    def meets(self, one, after):
        return self.follows(one, after) and one.at <= self.end(after)

    def limited(self, records, timed, ordered, slack_ms):
        """First records of which nothing is told, and those of which nothing can be known, since there were more than are kept.

        Of several inputs, and in order, time goes on before a record."""
        kept, taken = {}, {id(one) for one in records}
        goes_before = ordered or any(one.input == "logins" for one in timed)
        for record in sorted(timed, key=lambda one: (one.at, one.order)) if ordered else timed:
            time = record.at if ordered else record.watermark
            for waiting in kept.values() if goes_before else []:
                waiting.pass_time(time)
            if id(record) in taken and record.account is not None:
                kept.setdefault(record.account, Waiting(self)).take(record, time if ordered else time - slack_ms)
            for waiting in [] if goes_before else kept.values():
                waiting.pass_time(time)
        return [one for waiting in kept.values() for one in waiting.gone], [one for waiting in kept.values() for one in waiting.unsure]

    def rows(self, records, timed, ordered, inputs, slack_ms):
        """`timed`: records by which event time goes on; `inputs`: those that rules by account look at; `slack_ms`: how long late ones are still asked."""
        newest = {source: max((one.at for one in timed if one.input == source), default=None) for source in ("events", self.on)}
        high = max((one.at for one in timed if one.input in inputs or not ordered), default=0)
        gone, unsure = self.limited(records, [one for one in timed if one.input in inputs or not ordered], ordered, slack_ms)
        rows = []
        for after in records:
            if not self.begins_with(after) or after in gone:
                continue
            end = self.end(after)
            # In order of event time the end of the input lets all records go, so that nothing earlier can come.
            bound = 0 if ordered and high - self.out_of_orderness_ms <= end else self.out_of_orderness_ms
            reached = newest[self.on] is not None and newest[self.on] - bound > end
            is_met = after not in unsure and any(self.meets(one, after) for one in records)
            is_known = after not in unsure and reached
            if is_met or high - bound <= end or not (is_known or self.fails_closed):
                continue
            rows.append({"rule": '"GAP"', "id": f'"{after.id}"', "points": json_text(after.names["points"], INTEGER)})
        return rows
