"""Exact numbers: fractions, rounded once, half away from zero."""
from fractions import Fraction
from math import isqrt


def rounded(value, digits):
    """The multiple of 10^-digits that is nearest."""
    scaled = abs(Fraction(value)) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def rounded_root(square, digits):
    """The square root of a fraction, rounded."""
    scaled = Fraction(square) * 10 ** (2 * digits)
    # The greatest r with r - 1/2 <= root, which is (2r - 1)^2 <= 4 * scaled for r >= 1.
    most = (isqrt(4 * scaled.numerator // scaled.denominator) + 1) // 2 + 1
    while most > 0 and (2 * most - 1) ** 2 > 4 * scaled:
        most -= 1
    return Fraction(most, 10**digits)


def decimal_text(value, digits):
    scaled = value * 10**digits
    assert scaled.denominator == 1, (value, digits)
    number = abs(scaled.numerator)
    text = str(number).rjust(digits + 1, "0")
    sign = "-" if scaled < 0 else ""
    return sign + (text if digits == 0 else f"{text[:-digits]}.{text[-digits:]}")


def mean(values):
    return Fraction(sum(values)) / len(values)


def variance(values):
    """Of a sample."""
    middle = mean(values)
    return sum((Fraction(value) - middle) ** 2 for value in values) / (len(values) - 1)


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return Fraction(ordered[half]) if len(ordered) % 2 else Fraction(ordered[half - 1] + ordered[half]) / 2


def percentile(values, percent):
    return next(value for value in sorted(values) if 100 * sum(other <= value for other in values) >= percent * len(values))


def mode(values):
    return min(values, key=lambda value: (-values.count(value), value))


def z_score(value, values):
    if len(values) < 2 or variance(values) == 0:
        return None
    distance = value - mean(values)
    root = rounded_root(distance**2 / variance(values), 4)
    return root if distance >= 0 else -root


def robust_z_score(value, values):
    middle = median(values)
    spread = median([abs(one - middle) for one in values])
    return None if spread == 0 else rounded((value - middle) / (Fraction("1.4826") * spread), 4)
