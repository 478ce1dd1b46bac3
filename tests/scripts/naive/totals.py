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
    }

    def __init__(self, draw, condition):
        self.window_ms, self.lateness_ms = draw.choice([1000, 5000, 20_000]), draw.choice([0, 1000, 3000])
        self.where = condition() if draw.random() < 0.5 else None
        self.measured = {measure: condition() if draw.random() < 0.4 else None for measure in draw.sample(list(self.MEASURES), draw.randint(1, 4))}

    def yaml(self):
        measures = []
        for measure, where in self.measured.items():
            measures.append(f"{measure}: {{{self.MEASURES[measure][0]}" + (f', where: "{where.text}"' if where else "") + "}")
        where = f', where: "{self.where.text}"' if self.where else ""
        return (f"totals:\n  t: {{on: events, by: account, window: {self.window_ms}ms, allowed_lateness: {self.lateness_ms}ms{where}, "
                f"measures: {{{', '.join(measures)}}}}}")

    def rows(self, records):
        """Of windows, and of those that records missed, with the number of the record to sort them by."""
        windows, late = {}, []
        for number, record in enumerate(records):
            if record.input != "events" or record.account is None or (self.where and self.where.value(record.names) is not True):
                continue
            start = record.at // self.window_ms * self.window_ms
            if start + self.window_ms + self.lateness_ms <= record.watermark:
                late.append((number, 0, {"id": f'"{record.id}"', "window_start": start}))
            else:
                windows.setdefault((record.account, start), []).append(record.names)
        return [self.row(*window, taken) for window, taken in windows.items()], late

    def row(self, account, start, taken):
        row = {"account": f'"{account}"', "window_start": start}
        for measure, where in self.measured.items():
            _, kind, value_of = self.MEASURES[measure]
            counted = [one for one in taken if where is None or where.value(one) is True]
            row[measure] = json_text(value_of(counted, [one["amount"] for one in counted if one["amount"] is not None]), kind)
        return row
