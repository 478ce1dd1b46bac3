"""Money that comes back to where it started, from docs/patterns.md, and a rule on it."""
from itertools import count

from .language import TEXT
from .records import OUT_OF_ORDERNESS_MS


class Transfer:
    def __init__(self, number, record):
        self.number, self.at, self.id, self.amount = number, record.at, record.id, record.names["amount"]
        self.payer, self.payee = record.account, record.names["payee"]


class Rings:
    """What a case with transfers has besides: the field of who is paid, cycles, and the rule RING."""

    fields = {"payee": (TEXT, "{type: string, max_length: 8}")}
    expressions, conditions, starts_ms = [], [], []

    def __init__(self, draw, case):
        spans_ms = [2000, 5000, 20_000, 60_000] if case.disorder <= OUT_OF_ORDERNESS_MS else [2000, 5000]  # of which late ones are left out
        self.within_ms, self.least, self.most = draw.choice(spans_ms), draw.choice([None, 2, 3]), draw.randint(3, 5)
        self.percent = draw.choice([None, None, 50, 90])
        self.where = case.condition_of_fields() if draw.random() < 0.4 else None

    def values(self, draw, at):
        del at
        return {"payee": draw.choice(["x", "y", "z"]) if draw.random() < 0.9 else None}

    def yaml(self):
        more = (f", min_hops: {self.least}" if self.least else "") + (f', where: "{self.where.text}"' if self.where else "")
        more += f", amount: amount, min_pass_percent: {self.percent}" if self.percent else ""
        return ["cycles:", f"  rings: {{on: events, from: account, to: payee, within: {self.within_ms}ms, max_hops: {self.most}{more}}}"]

    def list_yaml(self):
        return []

    def rule_yaml(self):
        return "\n".join(["  - id: RING", "    title: Made by a seed", "    severity: low", "    on: rings", "    by: account", "    facts:",
                          "      before: {count: true, within: 5s, exclude_current: true}", "    fire: hops >= 2",
                          "    columns: {hops: hops, path: path, before: before}"])

    def rows(self, records):
        transfers, rows, found_at, numbers, newest = [], [], {}, count(), -(10**15)
        for record in records:
            if record.input != "events" or (self.where and self.where.value(record.names) is not True):
                continue
            one = Transfer(next(numbers), record)
            if None in (one.payer, one.payee) or one.payer == one.payee or (self.percent and one.amount is None):
                continue
            newest = max(newest, one.at)
            self.forget(transfers, newest)
            transfers.append(one)
            way = self.shortest(transfers, one)
            if way is None:
                continue
            earlier = found_at.setdefault(one.payer, [])
            before = sum(one.at - 5000 < at <= one.at for at in earlier)
            earlier.append(one.at)
            path = " > ".join([other.payer for other in reversed(way)] + [one.payee])
            row = {"rule": '"RING"', "id": f'"{one.id}"', "event_time": one.at, "hops": len(way), "path": f'"{path}"'}
            is_known = one.at == max(earlier) and one.at >= record.watermark  # a count at one that comes late may not be
            rows.append({**row, "before": before} if is_known else row)
        return rows

    def forget(self, transfers, newest):
        """Those too old for a record in time to close a cycle with, as far as no younger one was read before them."""
        while transfers and transfers[0].at <= newest - OUT_OF_ORDERNESS_MS - self.within_ms:
            del transfers[0]

    def shortest(self, transfers, closing):
        """From the closing one back; of several the one whose transfers came last."""
        for hops in range(self.least or 2, self.most + 1):
            ways = list(self.ways(transfers, closing, [closing], hops - 1))
            if ways:
                return max(ways, key=lambda way: [one.number for one in way])
        return None

    def ways(self, transfers, closing, way, hops):
        later = way[-1]
        for one in transfers:
            if one.payee != later.payer or (one.at, one.number) > (later.at, later.number) or one.at <= closing.at - self.within_ms:
                continue
            if self.percent and later.amount * 100 < one.amount * self.percent:
                continue
            comes_round = one.payer == closing.payee
            if comes_round != (hops == 1) or any(one.payer == other.payer for other in way):
                continue
            if hops == 1:
                yield way + [one]
            else:
                yield from self.ways(transfers, closing, way + [one], hops - 1)
