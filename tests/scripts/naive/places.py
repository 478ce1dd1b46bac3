"""Speed between places, from docs/rules.md: whole km/h on a sphere of 6371 km, rounded down."""
import math
from fractions import Fraction

from .facts import Fact
from .language import INTEGER, decimal

RADIUS_KM = 6371.0
HOUR_MS = 3_600_000
LEAST_GAP_MS = 1000  # unless the fact says otherwise
COORDINATE = decimal(6)

# Streets of one town, another town, the other side of the earth, and both sides of the date line.
PLACES = [("48.137154", "11.576124"), ("48.137154", "11.577000"), ("48.150000", "11.500000"), ("52.520008", "13.404954"), ("-48.137154", "-168.423876"),
          ("-17.713371", "179.999000"), ("-17.713371", "-179.999000"), ("90.000000", "0.000000")]


def kilometres(one, other):
    """By haversines."""
    latitude, other_latitude = math.radians(one[0]), math.radians(other[0])
    half = math.sin((other_latitude - latitude) / 2) ** 2
    half += math.cos(latitude) * math.cos(other_latitude) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return 2 * RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


class Uncertain(Exception):
    """A value hangs on the last digit of a float; the case must be made anew."""


class GeoSpeed(Fact):
    def __init__(self, name, least_km, least_gap_ms):
        body = "geo_speed: [lat, lon]" + (f", min_km: {least_km}" if least_km else "") + (f", min_gap: {least_gap_ms}ms" if least_gap_ms else "")
        super().__init__(name, INTEGER, body)
        self.least_km, self.least_gap_ms = least_km, least_gap_ms or LEAST_GAP_MS

    def start(self):
        self.before = None

    def observe(self, record):
        place = record.names.get("lat"), record.names.get("lon")
        if not self.takes(record) or None in place:
            return None
        before, self.before = self.before, (record.at, place)
        if before is None:
            return None
        distance = kilometres([float(one) for one in before[1]], [float(one) for one in place])
        if abs(distance - self.least_km) < 1e-6 and distance > 0:
            raise Uncertain
        if distance < self.least_km:
            return 0
        speed = distance * HOUR_MS / max(abs(record.at - before[0]), self.least_gap_ms)
        if abs(speed - round(speed)) < 1e-6 * max(1, speed / 1000) and distance > 0:
            raise Uncertain
        return math.floor(speed)


class Places:
    """What a case with speeds has besides."""

    fields = {"lat": (COORDINATE, "{type: decimal, scale: 6}"), "lon": (COORDINATE, "{type: decimal, scale: 6}")}
    expressions, conditions, starts_ms = [], [], []

    def __init__(self, draw, case):
        del case
        self.known = draw.sample(PLACES, draw.randint(2, 4))

    def values(self, draw, at):
        del at
        latitude, longitude = draw.choice(self.known)
        return {"lat": Fraction(latitude) if draw.random() < 0.9 else None, "lon": Fraction(longitude) if draw.random() < 0.9 else None}

    def fact(self, draw, called):
        return GeoSpeed(called, draw.choice([0, 0, 1, 50]), draw.choice([0, 1, 2000, 60_000]))

    def yaml(self):
        return []

    def list_yaml(self):
        return []
