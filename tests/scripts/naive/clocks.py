"""Local time and business days, from docs/time.md; the reference of zones is Python's."""
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from .language import BOOL, INTEGER, TEXT, Expression, lifted

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Europe/London")

# Some seconds before: clocks go forward and back in Berlin, New York and on Lord Howe, a day left out on Samoa, ends of days and years, local mean time.
STARTS_MS = [1774745990000, 1792889990000, 1772953190000, 1793512790000, 1775314790000, 1325239190000, 1798761590000, 1767205790000, -2208992400000,
             951_868_790_000]


@lru_cache(10_000)
def local(milliseconds, zone):
    return (EPOCH + timedelta(milliseconds=milliseconds)).astimezone(ZoneInfo(zone))


FUNCTIONS = {
    "local_hour": (INTEGER, lambda time: time.hour),
    "local_minute": (INTEGER, lambda time: time.minute),
    "local_day": (INTEGER, lambda time: time.day),
    "local_month": (INTEGER, lambda time: time.month),
    "local_date": (INTEGER, lambda time: time.year * 10_000 + time.month * 100 + time.day),
    "local_weekday": (TEXT, lambda time: DAYS[time.weekday()]),
}


class Calendar:
    def __init__(self, draw, called, start_ms):
        self.name, self.zone = called, draw.choice(ZONES)
        self.weekend = draw.choice([None, ["friday"], ["saturday"], ["friday", "saturday"]])
        today = local(start_ms, self.zone).date()
        self.holidays = sorted(today + timedelta(days=days) for days in draw.sample(range(-1, 8), draw.randint(1, 3)))

    def yaml(self):
        weekend = f", weekend: [{', '.join(self.weekend)}]" if self.weekend else ""
        return f"  {self.name}: {{zone: {self.zone}, holidays: list.{self.name}_closed{weekend}}}"

    def list_yaml(self):
        return f'  {self.name}_closed: {{owner: golden, entries: "value\\n' + "".join(f"{day}\\n" for day in self.holidays) + '"}'

    def is_business_day(self, day: date):
        return DAYS[day.weekday()] not in (self.weekend or ["saturday", "sunday"]) and day not in self.holidays

    def contains(self, milliseconds):
        return self.is_business_day(local(milliseconds, self.zone).date())

    def exists(self, day):
        """Whether the clocks of the zone had that day at all."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(self.zone))
        return noon.astimezone(timezone.utc).astimezone(ZoneInfo(self.zone)).date() == day

    def end_of_business_day(self, milliseconds, behind):
        """Last millisecond of the business day that comes so many behind that of the moment."""
        day = local(milliseconds, self.zone).date()
        while behind > 0:
            day += timedelta(days=1)
            behind -= self.is_business_day(day) and self.exists(day)
        # The first millisecond of the next day, by looking: clocks may change just then. A day is from 20 to 28 hours.
        low = int((datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(self.zone)) - EPOCH) / timedelta(milliseconds=1))
        high = low + 36 * 3_600_000
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if local(middle, self.zone).date() <= day else (low, middle)
        return low


class Clocks:
    """What a case with local time has besides: the field of a zone, columns and conditions, and a calendar."""

    starts_ms = STARTS_MS

    def __init__(self, draw, case):
        zones = draw.sample(ZONES, 3)
        self.fields = {"zone": (TEXT, f"{{type: enum, names: [{', '.join(zones)}]}}")}
        self.zones, self.calendar = zones, Calendar(draw, "c0", case.start_ms)
        self.expressions, self.conditions = [], [self.business_day()]
        for number in range(draw.randint(2, 4)):
            self.add(draw, f"t{number}")
        self.expressions += self.conditions

    def business_day(self):
        expression = Expression(f"business_day(at, calendar.{self.calendar.name})", BOOL, lambda names: self.calendar.contains(names["at"]))
        expression.name = "business"
        return expression

    def add(self, draw, called):
        function, zone = draw.choice(list(FUNCTIONS)), draw.choice([None, *ZONES])
        kind, value_of = FUNCTIONS[function]
        zone_of = (lambda names: names["zone"]) if zone is None else (lambda names: zone)
        shown = f"'{zone}'" if zone else "zone"
        value = lambda names: None if zone_of(names) is None else value_of(local(names["at"], zone_of(names)))
        expression = Expression(f"{function}(at, {shown})", kind, value)
        expression.name = called
        self.expressions.append(expression)
        if kind == TEXT:
            wanted = draw.sample(DAYS, 3)
            listed = ", ".join(f"'{day}'" for day in wanted)
            self.conditions.append(Expression(f"{expression.text} in [{listed}]", BOOL, lambda names: lifted(lambda day: day in wanted)(value(names))))
        elif function == "local_hour":
            low, high = sorted(draw.sample(range(25), 2))
            self.conditions.append(Expression(f"{expression.text} in [{low}, {high})", BOOL,
                                              lambda names: lifted(lambda hour: low <= hour < high)(value(names))))
        self.conditions[-1].name = self.conditions[-1].name if self.conditions[-1].name == "business" else called + "_holds"

    def values(self, draw, at):
        del at
        return {"zone": draw.choice(self.zones) if draw.random() < 0.85 else None}

    def yaml(self):
        return ["calendars:", self.calendar.yaml()]

    def list_yaml(self):
        return [self.calendar.list_yaml()]
