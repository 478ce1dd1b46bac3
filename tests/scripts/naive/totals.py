"""Totals of tumbling windows and scores of one key, from docs/rules.md."""
from fractions import Fraction

from .exact import mean, rounded
from .language import INTEGER, MONEY, json_text, money, name


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
        windows, late = {}, []
        for record in records:
            if record.input != "events" or record.account is None or (self.where and self.where.value(record.names) is not True):
                continue
            start = record.at // self.window_ms * self.window_ms
            if start + self.window_ms + self.lateness_ms <= record.watermark:
                late.append({"id": f'"{record.id}"', "window_start": start})
            else:
                windows.setdefault((record.account, start), []).append(record.names)
        return {"totals": [self.row(*window, taken) for window, taken in windows.items()], "late": late}

    def row(self, account, start, taken):
        row = {"account": f'"{account}"', "window_start": start}
        for measure, where in self.measured.items():
            _, kind, value_of = self.MEASURES[measure]
            counted = [one for one in taken if where is None or where.value(one) is True]
            row[measure] = json_text(value_of(counted, [one["amount"] for one in counted if one["amount"] is not None]), kind)
        return row


class Score:
    column = name("score.s", INTEGER)

    def __init__(self, draw, writer):
        self.combine = draw.choice([None, "max", "noisy_or"])
        self.points = draw.choice([0, 3]) if self.combine is None else 0
        self.cap = draw.choice([None, 6])
        self.parts = [writer.integer(1) for _ in range(draw.randint(1, 3))]
        self.floor = (writer.truth(0), draw.randint(1, 5)) if draw.random() < 0.4 else None
        self.bands = [("high", draw.randint(3, 5)), ("some", draw.randint(1, 2)), ("none", 0)]
        self.initial = draw.choice(self.bands)[0]

    def yaml(self):
        parts = ", ".join(f'p{number}: "{part.text}"' for number, part in enumerate(self.parts))
        lines = ["scores:", "  s:", "    by: account", "    on: events", "    recompute: event", f"    start: {self.points}", f"    parts: {{{parts}}}"]
        lines += [f"    combine: {self.combine}"] if self.combine else []
        lines += [f"    cap: {self.cap}"] if self.cap is not None else []
        lines += [f'    floors: {{f: {{when: "{self.floor[0].text}", at_least: {self.floor[1]}}}}}'] if self.floor else []
        lines.append("    bands: {" + ", ".join(f"{band}: {least}" for band, least in self.bands) + "}")
        return "\n".join([*lines, f"    initial_band: {self.initial}"])

    def start(self):
        self.band = self.initial

    def value(self, names):
        parts = [part.value(names) for part in self.parts]
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

    def observe(self, seen, record):
        score = self.value(seen.names)
        seen.names[self.column.text] = score
        if score is None:
            return []
        before, self.band = self.band, next((band for band, least in self.bands if score >= least), self.bands[-1][0])
        if before == self.band:
            return []
        return [{"id": f'"{record.id}"', "score": score, "band": f'"{self.band}"', "previous_band": f'"{before}"'}]
