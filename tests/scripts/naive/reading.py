"""What becomes of lines before rules see them, from docs/rules.md: rejected, filtered, second copies. The rest is processed."""
import copy
import json

from .language import json_text


WRONGS = [("bad_json", None), ("duplicate_key", None), ("missing_field", "at"), ("missing_field", "id"), ("wrong_type", "at"), ("wrong_type", "ok"),
          ("bad_number", "amount"), ("unknown_name", "kind"), ("too_long", "device")]  # codes, and the field that is named
VALUES = {"at": "soon", "amount": "1.001", "kind": "gift", "ok": "yes", "device": "123456789"}


class Broken:
    """A line that is no record of its input."""

    def __init__(self, draw, source, record):
        self.input, self.at, self.order = source, record.at, None
        names = json.loads(record.json())
        self.code, self.field = draw.choice(WRONGS)
        if self.code == "missing_field":
            del names[self.field]
        elif self.field is not None:
            names[self.field] = VALUES[self.field]
        self.text = json.dumps(names, ensure_ascii=False)
        if self.field is None:
            self.text = self.text[:-1] + (', "id": "again"}' if self.code == "duplicate_key" else "")

    def json(self):
        return self.text

    def row(self, number):
        return {"input": f'"{self.input}"', "record": number, "code": f'"{self.code}"', "field": json_text(self.field, "text")}


class Reading:
    """Of the input of events."""

    def __init__(self, filtered=None, dedupe_ms=None, rejects=False):
        self.filter, self.dedupe_ms, self.rejects = filtered, dedupe_ms, rejects

    def yaml(self):
        lines = [f'    filter: "{self.filter.text}"\n'] if self.filter else []
        return "".join(lines + ([f"    dedupe: {{within: {self.dedupe_ms}ms}}\n"] if self.dedupe_ms else []))

    def with_more(self, draw, records):
        """Broken lines and second copies, somewhere among the records."""
        more = list(records)
        events = [one for one in records if one.input == "events"]
        if not events:
            return more
        for _ in range(draw.randint(0, 3) if self.rejects else 0):
            more.insert(draw.randint(0, len(more)), Broken(draw, "events", draw.choice(events)))
        for _ in range(draw.randint(0, 6) if self.dedupe_ms else 0):
            first = draw.choice(events)
            if first.account is not None:
                more.insert(draw.randint(more.index(first) + 1, len(more)), copy.copy(first))
        return more

    def read(self, records, out_of_orderness_ms):
        """Those that are processed; they and those that are filtered, by which event time goes on; and the rows of the others."""
        processed, timed, rows, newest, first_of, numbers = [], [], {"dead_letters": [], "duplicates": []}, None, {}, {}
        for record in records:
            number = numbers[record.input] = numbers.get(record.input, -1) + 1
            if isinstance(record, Broken):
                rows["dead_letters"].append(record.row(number))
                continue
            record.order = (record.input, number)
            if record.input == "events":
                newest = record.at if newest is None else max(newest, record.at)
                if self.filter and self.filter.value(record.names) is not True:
                    timed.append(record)
                    continue
                first, first_number = first_of.get((record.account, record.id), (None, None))
                if self.dedupe_ms and first is not None and newest - out_of_orderness_ms < first.at + self.dedupe_ms:
                    rows["duplicates"].append({"id": f'"{record.id}"', "event_time": record.at, "record": number, "first_event_time": first.at,
                                               "first_record": first_number})
                    continue
                first_of[record.account, record.id] = record, number
            processed.append(record)
            timed.append(record)
        return processed, timed, {output: listed for output, listed in rows.items() if listed}
