"""Totals of tumbling windows, from docs/rules.md."""
from fractions import Fraction

from .exact import mean, rounded
from .language import INTEGER, MONEY, json_text, money


class Total:
    MEASURES = {
        "n": ("count: true", INTEGER, lambda records, amounts: len(records)),
        "sum": ("sum: amount", MONEY, lambda records, amounts: sum(amounts, Fraction(0))),
        "mean": ("avg: amount", money(6), lambda records, amounts: rounded(mean(amounts), 6) if amounts else None),
        "least": ("min: amount", MONEY, lambda records, amounts: min(amounts, default=None)),
        "most": ("max: amount", MONEY, lambda records, amounts: max(amounts, default=None)),
        "points": ("sum: points", INTEGER, lambda records, amounts: sum(one["points"] for one in records if one["points"] is not None)),
    }

    # what they ask for -> name, type and value of a derived measure
    DERIVED = {
        ("n",): [("twice", "n * 2 - 1", INTEGER, lambda n: n * 2 - 1)],
        ("sum",): [("less", "sum - 1.00 USD", MONEY, lambda total: total - 1)],
        ("n", "sum"): [("each", "sum / n", money(6), lambda n, total: None if n == 0 else rounded(total / n, 6))],
        ("least", "most"): [("span", "most - least", MONEY, lambda least, most: None if least is None or most is None else most - least)],
    }

    def __init__(self, draw, by, condition):
        self.by = by
        self.window_ms, self.lateness_ms = draw.choice([1000, 5000, 20_000]), draw.choice([0, 1000, 3000])
        self.where = condition() if draw.random() < 0.5 else None
        self.measured = {measure: condition() if draw.random() < 0.4 else None for measure in draw.sample(list(self.MEASURES), draw.randint(1, 4))}
        self.derived = [(asked, *one) for asked, some in self.DERIVED.items() if all(name in self.measured for name in asked) for one in some]

    def yaml(self):
        measures = []
        for measure, where in self.measured.items():
            measures.append(f"{measure}: {{{self.MEASURES[measure][0]}" + (f', where: "{where.text}"' if where else "") + "}")
        measures += [f'{called}: {{derive: "{text}"}}' for _, called, text, _, _ in self.derived]
        where = f', where: "{self.where.text}"' if self.where else ""
        return (f"totals:\n  t: {{on: events, by: {self.by}, window: {self.window_ms}ms, allowed_lateness: {self.lateness_ms}ms{where}, "
                f"measures: {{{', '.join(measures)}}}}}")

    def rows(self, records):
        """Of windows, and of those that records missed, with the number of the record to sort them by."""
        windows, late = {}, []
        for number, record in enumerate(records):
            key = record.names.get(self.by)
            if record.input != "events" or key is None or (self.where and self.where.value(record.names) is not True):
                continue
            start = record.at // self.window_ms * self.window_ms
            if start + self.window_ms + self.lateness_ms <= record.watermark:
                late.append((number, 0, {"id": f'"{record.id}"', "window_start": start}))
            else:
                windows.setdefault((key, start), []).append(record.names)
        return [self.row(*window, taken) for window, taken in windows.items()], late

    def row(self, key, start, taken):
        row, values = {self.by: f'"{key}"', "window_start": start}, {}
        for measure, where in self.measured.items():
            _, kind, value_of = self.MEASURES[measure]
            counted = [one for one in taken if where is None or where.value(one) is True]
            values[measure] = value_of(counted, [one["amount"] for one in counted if one["amount"] is not None])
            row[measure] = json_text(values[measure], kind)
        for asked, called, _, kind, value_of in self.derived:
            row[called] = json_text(value_of(*(values[one] for one in asked)), kind)
        return row
