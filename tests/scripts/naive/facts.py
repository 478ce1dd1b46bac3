"""Facts of one key, each as its words in YAML and as what it keeps: everything."""
from fractions import Fraction

from .exact import mean, median, mode, percentile, robust_z_score, rounded, rounded_root, variance, z_score
from .language import BOOL, DURATION, INTEGER, MONEY, decimal, money


KEYS = {"account": "account", "device": "device", "pair": "[account, device]", "rule_id": "rule_id", "input": "input"}  # in YAML


class Fact:
    """Made anew for each key by `start`. `observe` takes each record in the order of reading and gives the value there."""

    source = "events"   # the input that feeds it
    names_input = True  # in YAML
    by = "account"      # the key that it is kept by, whoever asks
    where = None
    bindings = ()  # what else a rule may ask about it, by text

    def __init__(self, name, kind, body):
        self.name, self.kind, self.body = name, kind, body

    def yaml(self):
        body = self.body
        if self.names_input:
            body += f", on: {self.source}"
        if self.where is not None:
            body += f', where: "{self.where.text}"'
        body += f", by: {KEYS[self.by]}"
        return f"{self.name}: {{{body}}}"

    def start(self):
        self.records = []

    def takes(self, record):
        if record.input != self.source:
            return False
        return self.where is None or self.where.value(record.names) is True


class WindowFact(Fact):
    """`value_of` makes the value of the records in the window; `field` is one that they must have."""

    most = None  # records that the key keeps, where that is fewer than come

    def __init__(self, name, kind, body, within_ms, field, value_of, exclude_current=False, min_samples=1, like=None):
        body += f", within: {within_ms}ms" + (", exclude_current: true" if exclude_current else "")
        body += f", min_samples: {min_samples}" if min_samples > 1 else ""
        super().__init__(name, kind, body)
        self.within_ms, self.field, self.value_of = within_ms, field, value_of
        self.exclude_current, self.min_samples, self.like = exclude_current, min_samples, like

    def yaml(self):
        if self.like is None:
            return super().yaml()
        conditions = " and ".join([*([self.where.text] if self.where else []), self.like.text])
        return f'{self.name}: {{{self.body}, on: events, by: {KEYS[self.by]}, where: "{conditions}"}}'

    def is_like(self, kept, record):
        if self.like is None:
            return True
        return self.like.value({**kept.names, **{"now." + name: value for name, value in record.names.items()}}) is True

    def observe(self, record):
        if self.takes(record):
            self.records.append(record)
        if record.at < record.oldest or (self.like is not None and record.input != "events") or self.reaches_forgotten(record):
            return None
        kept = [one for one in self.window(record.at) if not (self.exclude_current and one is record) and self.is_like(one, record)]
        return self.value_over(kept, record)

    def reaches_forgotten(self, record):
        """The youngest are kept; what is older than one that was let go of is let go of too."""
        if self.most is None:
            return False
        field = self.body.split(",")[0].split(": ")[1]
        kept = sorted(one.at for one in self.records if one.names.get(field, True) is not None)  # of a count there is no such field
        return len(kept) > self.most and kept[-self.most - 1] > record.at - self.within_ms

    def window(self, at):
        return [one for one in self.records if at - self.within_ms < one.at <= at]

    def as_of(self, at):
        """Where there is no record at hand."""
        return self.value_over(self.window(at), None)

    def value_over(self, kept, record):
        if self.field is None:
            return self.value_of(kept, record)
        values = [one.names[self.field] for one in kept if one.names[self.field] is not None]
        return None if len(values) < self.min_samples else self.value_of(values, record)


def count(name, within_ms, **options):
    return WindowFact(name, INTEGER, "count: true", within_ms, None, lambda kept, record: len(kept), **options)


def distinct(name, within_ms, field="device", **options):
    values = lambda kept, record: len({one.names[field] for one in kept if one.names[field] is not None})
    return WindowFact(name, INTEGER, f"distinct: {field}", within_ms, None, values, **options)


def total(name, within_ms, field="amount", **options):
    nothing = Fraction(0) if field == "amount" else 0
    values = lambda kept, record: sum((one.names[field] for one in kept if one.names[field] is not None), nothing)
    return WindowFact(name, MONEY if field == "amount" else INTEGER, f"sum: {field}", within_ms, None, values, **options)


# name in YAML, behind which its field stands -> further digits, or None where it is a value of the field; and the value of at least one
STATISTICS = {
    "avg": (4, mean),
    "min": (None, min),
    "max": (None, max),
    "stddev": (4, lambda values: None if len(values) < 2 else Root(variance(values))),
    "median": (4, median),
    "mode": (None, mode),
    "percentile": (None, lambda values, percent: percentile(values, percent)),
}


class Root:
    """Of a fraction, to be rounded."""

    def __init__(self, square):
        self.square = square

    def rounded(self, digits):
        return rounded_root(self.square, digits)


def statistic(name, called, within_ms, field="amount", percent=75, **options):
    further, value_of = STATISTICS[called]
    scale = 2 if field == "amount" else 0
    body, arguments = (f"{called}: {field}, p: {percent}", [percent]) if called == "percentile" else (f"{called}: {field}", [])
    if further is None:
        return WindowFact(name, MONEY if field == "amount" else INTEGER, body, within_ms, field, lambda values, record: value_of(values, *arguments), **options)

    def rounded_value(values, record):
        del record
        value = value_of(values)
        return None if value is None else value.rounded(scale + further) if isinstance(value, Root) else rounded(value, scale + further)
    kind = money(scale + further) if field == "amount" else decimal(scale + further)
    return WindowFact(name, kind, body, within_ms, field, rounded_value, **options)


class ZScore(WindowFact):
    def __init__(self, name, over_ms, min_samples, robust, field="amount"):
        super().__init__(name, decimal(4), "", over_ms, field, None, exclude_current=True, min_samples=min_samples)
        self.body = f"zscore: {field}, over: {over_ms}ms, min_samples: {min_samples}" + (", robust: true" if robust else "")
        score = robust_z_score if robust else z_score
        self.value_of = lambda values, record: None if record.names.get(field) is None else score(record.names[field], values)

    def observe(self, record):
        value = super().observe(record)
        return value if record.input == "events" else None


class Ratio(Fact):
    def __init__(self, name, within_ms, condition, min_samples):
        body = f'ratio: "{condition.text}", within: {within_ms}ms' + (f", min_samples: {min_samples}" if min_samples > 1 else "")
        super().__init__(name, decimal(4), body)
        self.within_ms, self.condition, self.min_samples = within_ms, condition, min_samples

    def observe(self, record):
        if self.takes(record):
            self.records.append((record.at, self.condition.value(record.names)))
        if record.at < record.oldest:
            return None
        truths = [truth for at, truth in self.records if record.at - self.within_ms < at <= record.at and truth is not None]
        return None if len(truths) < self.min_samples else rounded(mean([int(truth) for truth in truths]), 4)


class FirstSeen(Fact):
    def __init__(self, name, last, memory_ms, learning_ms, field="device"):
        body = f"first_seen: {field}" + (f", last: {last}" if last or not memory_ms else "") + (f", memory: {memory_ms}ms" if memory_ms else "")
        super().__init__(name, BOOL, body + (f", learning: {learning_ms}ms" if learning_ms else ""))
        self.last, self.memory_ms, self.learning_ms, self.field = last or 64, memory_ms, learning_ms, field

    def start(self):
        self.seen, self.first_at = {}, None  # value -> latest sight, in the order of first sights

    def observe(self, record):
        value = record.names.get(self.field)
        if not self.takes(record) or value is None:
            return None
        any_before = self.first_at is not None
        if not any_before:
            self.first_at = record.at
        is_known = self.learning_ms == 0 or record.at - self.first_at >= self.learning_ms
        news = value not in self.seen or (self.memory_ms and self.seen[value] <= record.at - self.memory_ms)
        if news:
            self.seen.pop(value, None)
            self.seen[value] = record.at
            if len(self.seen) > self.last:
                del self.seen[next(iter(self.seen))]
        else:
            self.seen[value] = max(self.seen[value], record.at)
        return (news and any_before) if is_known else None


class Previous(Fact):
    def __init__(self, name, field, kind, latest):
        super().__init__(name, kind, f"{'latest' if latest else 'previous'}: {field}")
        self.field, self.latest = field, latest

    def start(self):
        self.value = None

    def observe(self, record):
        before = self.value
        if self.takes(record) and record.names[self.field] is not None:
            self.value = record.names[self.field]
        return self.value if self.latest else before

    def as_of(self, at):
        del at
        return self.value


class SincePrevious(Fact):
    def __init__(self, name):
        super().__init__(name, DURATION, "since_previous: true")

    def start(self):
        self.at = None

    def observe(self, record):
        value = None if self.at is None else record.at - self.at
        if self.takes(record):
            self.at = record.at
        return value


class Baseline(Fact):
    STATISTICS = {
        "mean": lambda values, digits: rounded(mean(values), digits + 4),
        "median": lambda values, digits: rounded(median(values), digits + 4),
        "stddev": lambda values, digits: None if len(values) < 2 else rounded_root(variance(values), digits + 4),
        "min": lambda values, digits: min(values),
        "max": lambda values, digits: max(values),
        "percentile, p: 60": lambda values, digits: percentile(values, 60),
    }

    def __init__(self, name, measured, bucket_ms, buckets, stat, min_samples):
        finer = stat in ("mean", "median", "stddev")
        kind = (money(6) if finer else MONEY) if measured == "sum: amount" else (decimal(4) if finer else INTEGER)
        over_ms = bucket_ms * buckets
        super().__init__(name, kind, f"baseline: {{{measured}}}, bucket: {bucket_ms}ms, over: {over_ms}ms, stat: {stat}, min_samples: {min_samples}")
        self.measured, self.bucket_ms, self.buckets, self.stat, self.min_samples = measured, bucket_ms, buckets, stat, min_samples

    def observe(self, record):
        if self.takes(record) and (self.measured == "count: true" or record.names["amount"] is not None):
            self.records.append(record)
        if record.at < record.oldest:
            return None
        own, sums = record.at // self.bucket_ms, {}
        for one in self.records:
            bucket = one.at // self.bucket_ms
            if own - self.buckets <= bucket < own:
                sums[bucket] = sums.get(bucket, 0) + (1 if self.measured == "count: true" else one.names["amount"])
        values = list(sums.values())
        return None if len(values) < self.min_samples else self.STATISTICS[self.stat](values, 2 if self.measured == "sum: amount" else 0)
