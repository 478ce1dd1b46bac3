"""Parameters, macros and expressions that only ask the record at hand, from docs/rules.md."""
from fractions import Fraction

from .exact import decimal_text, rounded
from .hashing import is_sampled
from .language import BOOL, INTEGER, MONEY, TEXT, Expression, Writer, conjunction, decimal, lifted, money, name, operation

DEVICE, KIND, AMOUNT, POINTS = name("device", TEXT), name("kind", TEXT), name("amount", MONEY), name("points", INTEGER)
LEFT = {"[": lambda low, value: low <= value, "(": lambda low, value: low < value}
RIGHT = {"]": lambda value, high: value <= high, ")": lambda value, high: value < high}


def in_range(draw, what, low, high):
    left, right, negated = draw.choice("[("), draw.choice("])"), draw.random() < 0.3

    def holds(value, least, most):
        return (LEFT[left](least, value) and RIGHT[right](value, most)) != negated
    text = "{} " + ("not in " if negated else "in ") + left + "{}, {}" + right
    return operation(text, BOOL, lifted(holds), what, low, high)


def sample(draw, what):
    share = draw.choice([1, 1000, 2500, 3333, 5000, 5000, 7500, 9999])
    return operation("sample({}, " + decimal_text(Fraction(share, 10_000), 4) + ")", BOOL, lifted(lambda value: is_sampled(value, share)), what)


class Words:
    """What a case with parameters and macros has besides, and a field that lies deeper in the record."""

    fields, starts_ms = {"depth": (INTEGER, "{type: integer, path: more.depth}")}, []

    def __init__(self, draw, case):
        self.parameters, self.macros = {}, {}
        few = self.few = self.parameter("few", draw.randint(1, 3), INTEGER, str)
        much = self.parameter("much", Fraction(draw.randint(100, 3000), 100), MONEY, lambda value: f"{decimal_text(value, 2)} USD")
        sure = self.parameter("sure", draw.random() < 0.5, BOOL, lambda value: str(value).lower())
        device = self.parameter("who", draw.choice(["d1", "d2"]), TEXT, lambda value: f'"{value}"')
        step = Expression("10.00 USD", MONEY, lambda names: 10)
        low, high = Expression("0.00 USD", MONEY, lambda names: 0), Expression("20.00 USD", MONEY, lambda names: 20)
        self.conditions = [
            in_range(draw, POINTS, Expression("-2", INTEGER, lambda names: -2), few), in_range(draw, AMOUNT, low, draw.choice([much, high])),
            operation("{} == {}", BOOL, lifted(lambda one, other: one == other), DEVICE, device),
            operation("{} != {}", BOOL, lifted(lambda one, other: one != other), DEVICE, device),
            operation("{} in ['d1', 'd3']", BOOL, lifted(lambda one: one in ("d1", "d3")), DEVICE),
            operation("{} not in ['d1']", BOOL, lifted(lambda one: one != "d1"), DEVICE),
            operation("{} multiple_of {}", BOOL, lifted(lambda value, of: value % of == 0), AMOUNT, step),
            operation("{} multiple_of 2", BOOL, lifted(lambda value: value % 2 == 0), POINTS),
            operation("({} == {})", BOOL, lifted(lambda one, other: one == other), name("ok", BOOL), sure),
            operation("(sample({}, 1) and {})", BOOL, conjunction, Expression("device", TEXT, lambda names: None if names["device"] is None else True),
                      name("ok", BOOL)),
            *(sample(draw, what) for what in (name("id", TEXT), DEVICE, POINTS)),
        ]
        self.expressions = [
            operation("({} / {})", decimal(6), lifted(lambda one, other: None if other == 0 else rounded(Fraction(one) / other, 6)), AMOUNT, much),
            operation("({} / {})", money(6), lifted(lambda one, other: None if other == 0 else rounded(Fraction(one) / other, 6)), AMOUNT, POINTS),
            operation("({} / {})", decimal(6), lifted(lambda one, other: None if other == 0 else rounded(Fraction(one, other), 6)), POINTS, few),
            operation("min({}, {})", MONEY, lifted(min), AMOUNT, much), operation("max({}, {})", MONEY, lifted(max), AMOUNT, much),
            operation("clamp({}, 1.00 USD, 20.00 USD)", MONEY, lifted(lambda value: max(1, min(value, 20))), AMOUNT),
            name("depth", INTEGER), operation("abs({})", INTEGER, lifted(abs), POINTS), operation("(-{})", INTEGER, lifted(lambda value: -value), POINTS),
            operation("if({}, {}, {})", MONEY, lambda when, one, other: None if when is None else one if when else other, name("ok", BOOL), AMOUNT, much),
        ]
        self.expressions = draw.sample(self.expressions, 5)
        self.conditions = draw.sample(self.conditions, 5)
        for number, one in enumerate(self.expressions + self.conditions):
            one.name = f"w{number}"
        plain = case.plain_fields() + self.expressions + self.conditions
        first = self.macro("mac", Writer(draw, plain).truth(1))
        self.conditions.append(self.macro("ro", Writer(draw, plain + [first]).truth(1)))
        self.conditions.append(first)
        self.expressions.append(self.macro("sum_of", Writer(draw, plain).integer(1)))
        self.expressions += self.conditions

    def parameter(self, called, value, kind, text_of):
        self.parameters[called] = text_of(value)
        return Expression(f"param.{called}", kind, lambda names: value)

    def macro(self, called, expression):
        self.macros[called] = expression.text
        return Expression(called, expression.kind, expression.value)

    def values(self, draw, at):
        del at
        return {"depth": draw.choice([None, 0, 1, 2])}

    def yaml(self):
        return ["parameters: {" + ", ".join(f"{key}: {value}" for key, value in self.parameters.items()) + "}",
                "macros: {" + ", ".join(f'{key}: "{value}"' for key, value in self.macros.items()) + "}"]

    def list_yaml(self):
        return []
