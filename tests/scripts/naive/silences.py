"""A rule on inputs that fall silent, from docs/alerts.md. Inputs are read aligned, so that none waits for another."""
from . import facts
from .language import DURATION, duration_text, json_text
from .rules import started


class Silence:
    """As a record of the input of silences."""

    input, watermark, oldest = "silences", -(10**15), -(10**15)

    def __init__(self, number, source, at, silent_ms):
        self.order, self.at = ("silences", number), at
        self.names = {"input": source, "silent_for": silent_ms}


class Silences:
    """The rule by input, with facts of its own, and when it is told."""

    def __init__(self, draw):
        self.after_ms = {source: draw.choice([1000, 5000, 20_000]) for source in draw.choice([("events",), ("logins",), ("events", "logins")])}
        self.facts = []
        for number in range(draw.randint(1, 2)):
            make = draw.choice([lambda called: facts.count(called, draw.choice([5000, 20_000]), exclude_current=draw.random() < 0.5), facts.SincePrevious])
            self.facts.append(make(f"u{number}"))
            self.facts[-1].source, self.facts[-1].by = "silences", "input"
        self.least_ms = draw.choice([1000, 5000, 10_000])

    def yaml(self):
        columns = ", ".join(["silent: silent_for", *(f"{fact.name}: {fact.name}" for fact in self.facts)])
        return "\n".join(["  - id: QUIET", "    title: Made by a seed", "    severity: low", "    on: silences", "    by: input", "    facts:",
                          *(f"      {fact.yaml()}" for fact in self.facts), f'    fire: "silent_for >= {duration_text(self.least_ms)}"',
                          f"    columns: {{{columns}}}"])

    def silences(self, timed, out_of_orderness_ms):
        """In the order of being told; each is the latest that the record which tells it knows of."""
        newest, told, found = {}, {}, []
        for record in timed:
            for source, after in self.after_ms.items():
                since = newest.get(source, timed[0].at)
                times = (record.at - out_of_orderness_ms - since - 1) // after
                if times > told.get(source, 0):
                    told[source] = times
                    found.append(Silence(len(found), source, since + times * after, times * after))
            newest[record.input] = record.at
            told[record.input] = 0
        return found

    def rows(self, timed, out_of_orderness_ms):
        kept, rows = {}, []
        for one in self.silences(timed, out_of_orderness_ms):
            source = one.names["input"]
            if source not in kept:
                kept[source] = [started(fact) for fact in self.facts]
            values = {fact.name: json_text(fact.observe(one), fact.kind) for fact in kept[source]}
            if one.names["silent_for"] >= self.least_ms:
                rows.append({"rule": '"QUIET"', "input": f'"{source}"', "event_time": one.at, "trigger": f'"silences/0/{one.order[1]}"',
                             "silent": json_text(one.names["silent_for"], DURATION), **values})
        return rows
