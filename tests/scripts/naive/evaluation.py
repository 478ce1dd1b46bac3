"""One pass over the records of a case: by arrival, or in order of event time; with those rules that are decided so."""
from .rules import Key, Told


class Seen:
    """A record together with the facts that are known of it so far."""

    def __init__(self, record, names, watermark, oldest):
        self.input, self.at, self.order, self.names = record.input, record.at, record.order, names
        self.watermark, self.oldest = watermark, oldest


class Evaluation:
    """`timed`: records by which event time goes on; rules see those of `records` alone."""

    def __init__(self, case, ordered, records, timed):
        self.case, self.ordered, self.timed, self.kept, self.told = case, ordered, timed, {}, {}
        self.seen_by_rules = {id(record) for record in records}
        self.rules = sorted((rule for rule in case.rules if case.is_ordered(rule) == ordered), key=lambda rule: rule.id)
        self.score = case.score if case.score and case.is_ordered(case.score) == ordered else None
        self.meta = case.meta if case.ordered == ordered else None
        if self.meta:
            self.meta.start()
        if case.additions:
            case.additions.start()

    def is_needed(self):
        return bool(self.rules) or self.score is not None

    def key(self, by, value):
        if (by, value) not in self.kept:
            self.kept[by, value] = Key(self.case)
        return self.kept[by, value]

    def run(self):
        """Rows of alerts, and of scores."""
        alerts, scores = [], []
        for record in self.decided():
            if self.ordered:
                scores += self.pass_time(record.at)
            elif self.case.has_logins:  # several inputs are read aligned, so that the time is known before the record is decided
                scores += self.pass_time(record.watermark)
            if id(record) in self.seen_by_rules:
                more = self.decide(record)
                alerts, scores = alerts + more[0], scores + more[1]
            if not self.ordered and not self.case.has_logins:
                scores += self.pass_time(record.watermark)
        return alerts, scores

    def decide(self, record):
        if self.case.additions:
            self.case.additions.begin(record, self.ordered)
        alerts, scores, names = [], [], self.facts(record)
        if self.score and record.input in self.score.on and record.names.get(self.score.by) is not None:
            key = self.key(self.score.by, record.names[self.score.by])
            scores = key.score.observe(self.seen(record, names, self.score.by), record)
        told = [(rule, self.alerts(rule, record, names)) for rule in self.rules] if record.input == "events" else []
        if self.case.additions:
            self.case.additions.take(record, told)
        return [row for _, rows in told for row in rows], scores

    def facts(self, record):
        keys, names = {"account": record.account, "device": record.names.get("device")}, dict(record.names)
        keys["pair"] = None if None in keys.values() else tuple(keys.values())
        for number, fact in enumerate(self.case.facts):
            if keys[fact.by] is None:
                names.update({fact.name: None, **{one.text: None for one in fact.bindings}})
                continue
            fact = self.key(fact.by, keys[fact.by]).facts[number]
            names[fact.name] = fact.observe(self.seen(record, names, fact.by))
            names.update({one.text: fact.bound(one.text) for one in fact.bindings})
        return names

    def alerts(self, rule, record, names):
        value = tuple(record.names.get(field) for field in rule.by)
        if None in value:
            return []
        rows, told = [], self.told.setdefault((rule.by, value), Told(self.case.exceptions))
        for row in told.tell(rule, record, names):
            rows += [row] + (self.meta.of_alert(rule, row, record) if self.meta else [])
        if self.meta and rule.missing == "error" and rule.fire.value(names) is None:
            rows += self.meta.of_fault(rule, record)
        return rows

    def pass_time(self, until):
        """Rows of scores that time alone changes, up to a moment."""
        if self.score is None or not self.score.is_timed:
            return []
        return [row for (by, _), key in self.kept.items() if by == self.score.by for row in key.score.pass_time(until)]

    def decided(self):
        """Records in the order in which they are decided; in that of event time, without those that come too late for it."""
        if not self.ordered:
            return self.timed
        return sorted((one for one in self.timed if one.at >= one.watermark), key=lambda one: (one.at, one.order))

    def seen(self, record, names, by):
        if self.ordered:
            return Seen(record, names, record.at, -(10**15))
        return Seen(record, names, record.watermark, record.oldest[by])

    def is_late(self, record):
        """For rules by account, and for facts by device that they ask for."""
        has_key = record.account is not None or (record.names.get("device") is not None and any(fact.by == "device" for fact in self.case.facts))
        return self.ordered and has_key and record.at < record.watermark
