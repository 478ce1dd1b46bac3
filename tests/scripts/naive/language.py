"""Expressions: each is a text, a type and a value at a record. None is a value that is not known."""
import random
from fractions import Fraction

from .exact import decimal_text

INTEGER, BOOL, TEXT, DURATION = "integer", "bool", "text", "duration"


def money(digits):
    return ("money", digits)


def decimal(digits):
    return ("decimal", digits)


MONEY = money(2)
KINDS = ("sale", "refund", "load")


class Expression:
    """`value` takes a record's names: fields and the facts that are known by then."""

    def __init__(self, text, kind, value):
        self.text, self.kind, self.value = text, kind, value
        self.name = text.replace(".", "_")  # of a column that shows it


def json_text(value, kind):
    """As a column of a row; durations are left to the engine's words."""
    if value is None:
        return "null"
    if kind == BOOL:
        return "true" if value else "false"
    if kind == INTEGER:
        return str(value)
    if kind == TEXT:
        return f'"{value}"'
    if kind == DURATION:
        return f'"{duration_text(value)}"'
    return f'"{decimal_text(value, kind[1])}"'


def say_text(value, kind):
    """As a word of a sentence."""
    if value is None:
        return "unknown"
    text = json_text(value, kind).strip('"')
    return f"{text} USD" if kind[0] == "money" else text


def duration_text(milliseconds):
    rest, text = abs(milliseconds), ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        if rest >= size:
            text += f"{rest // size}{unit}"
        rest %= size
    return ("-" if milliseconds < 0 else "") + text if text else "0s"


def name(text, kind):
    return Expression(text, kind, lambda names: names.get(text))


def constant(value, kind):
    text = f"{decimal_text(value, 2)} USD" if kind == MONEY else str(value)
    return Expression(text, kind, lambda names: value)


def lifted(function):
    """Unknown where an operand is."""
    return lambda *values: None if any(value is None for value in values) else function(*values)


def operation(text, kind, function, *operands):
    return Expression(text.format(*(operand.text for operand in operands)), kind,
                      lambda names: function(*(operand.value(names) for operand in operands)))


def negation(value):
    return None if value is None else not value


def conjunction(*values):
    return False if False in values else None if None in values else True


def disjunction(*values):
    return True if True in values else None if None in values else False


COMPARISONS = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
               ">=": lambda a, b: a >= b}


class Writer:
    """Makes expressions at random, out of names of some types."""

    def __init__(self, draw: random.Random, names):
        self.draw, self.names = draw, names

    def named(self, kind):
        return self.draw.choice([one for one in self.names if one.kind == kind])

    def has(self, kind):
        return any(one.kind == kind for one in self.names)

    def integer(self, depth=1):
        choice = self.draw.randrange(10) if depth > 0 else 0
        if choice < 4:
            return self.named(INTEGER)
        one, other = self.integer(depth - 1), self.integer(depth - 1)
        if choice in (4, 5):
            other = constant(self.draw.randint(1, 4), INTEGER) if choice == 4 else other
            sign = self.draw.choice("+-*")
            arithmetic = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b}[sign]
            return operation("({} " + sign + " {})", INTEGER, lifted(arithmetic), one, other)
        if choice == 6:
            sign = self.draw.choice(["//", "%"])
            divided = (lambda a, b: None if b == 0 else a // b) if sign == "//" else (lambda a, b: None if b == 0 else a % b)
            return operation("({} " + sign + " {})", INTEGER, lifted(divided), one, other)
        if choice == 7:
            function = self.draw.choice(["min", "max"])
            return operation(function + "({}, {})", INTEGER, lifted(min if function == "min" else max), one, other)
        if choice == 8:
            chosen = lambda when, a, b: None if when is None else a if when else b
            return operation("if({}, {}, {})", INTEGER, chosen, self.truth(depth - 1), one, other)
        return operation("clamp({}, 0, 3)", INTEGER, lifted(lambda a: max(0, min(a, 3))), one)

    def money(self, depth=1):
        choice = self.draw.randrange(6) if depth > 0 else 0
        if choice < 3:
            return self.named(MONEY)
        one = self.money(depth - 1)
        if choice == 3:
            return operation("({} - {})", MONEY, lifted(lambda a, b: a - b), one, self.money(depth - 1))
        if choice == 4:
            return operation("(2 * {})", MONEY, lifted(lambda a: 2 * a), one)
        return operation("abs({})", MONEY, lifted(abs), one)

    def comparison(self, depth):
        sign = self.draw.choice(list(COMPARISONS))
        compare = lifted(COMPARISONS[sign])
        text = "{} " + sign + " {}"
        finer = [one for one in self.names if one.kind not in (INTEGER, BOOL, TEXT, MONEY)]
        if finer and self.draw.random() < 0.25:
            one = self.draw.choice(finer)
            return operation(text, BOOL, compare, one, self.constant_like(one.kind))
        if self.draw.random() < 0.5:
            return operation(text, BOOL, compare, self.integer(depth), constant(self.draw.randint(0, 4), INTEGER))
        return operation(text, BOOL, compare, self.money(depth), constant(Fraction(self.draw.randint(0, 3000), 100), MONEY))

    def constant_like(self, kind):
        """Of a duration, or of money or a number with further digits."""
        if kind == DURATION:
            milliseconds = self.draw.choice([0, 1, 2000, 5000])
            return Expression(duration_text(milliseconds), kind, lambda names: milliseconds)
        value = Fraction(self.draw.randint(0, 3000), 100) if kind[0] == "money" else Fraction(self.draw.randint(-15, 30), 10)
        return constant(value, MONEY) if kind[0] == "money" else Expression(decimal_text(value, 1), kind, lambda names: value)

    def truth(self, depth=1):
        choice = self.draw.randrange(10) if depth > 0 else self.draw.randrange(6)
        if choice < 3:
            return self.comparison(depth)
        if choice == 3:
            wanted = self.draw.sample(KINDS, self.draw.randint(1, 2))
            listed = ", ".join(f"'{one}'" for one in wanted)
            return operation("kind in [" + listed + "]", BOOL, lifted(lambda kind: kind in wanted), name("kind", TEXT))
        if choice == 4:
            return self.named(BOOL)
        if choice == 5:
            asked = self.draw.choice(self.names)
            return operation("known({})", BOOL, lambda value: value is not None, asked)
        one, other = self.truth(depth - 1), self.truth(depth - 1)
        if choice == 6:
            return operation("not ({})", BOOL, negation, one)
        return operation("({} and {})", BOOL, conjunction, one, other) if choice < 9 else operation("({} or {})", BOOL, disjunction, one, other)
