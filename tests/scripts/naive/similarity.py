"""How alike two names are, from docs/lists.md: the measure of Jaro and Winkler over folded names, in fractions."""
import unicodedata
from fractions import Fraction
from functools import cache

MOST_LETTERS = 128
SPECIAL = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"}
APOSTROPHES = "'\u2019"


@cache
def folded(name):
    letters = []
    for letter in unicodedata.normalize("NFD", name.lower()):
        if unicodedata.combining(letter) or letter in APOSTROPHES:
            continue
        letters.append(SPECIAL.get(letter, letter) if letter.isalnum() else " ")
    return " ".join(sorted("".join(letters).split()))[:MOST_LETTERS]


@cache
def likeness(one, other):
    """Of two folded names."""
    if not one or not other:
        return Fraction(0)
    reach = max(0, max(len(one), len(other)) // 2 - 1)
    taken, mine = set(), []
    for place, letter in enumerate(one):
        for there in range(max(0, place - reach), min(len(other), place + reach + 1)):
            if there not in taken and other[there] == letter:
                taken.add(there)
                mine.append(letter)
                break
    alike = len(mine)
    if alike == 0:
        return Fraction(0)
    theirs = [other[place] for place in sorted(taken)]
    moved = sum(a != b for a, b in zip(mine, theirs))
    jaro = (Fraction(alike, len(one)) + Fraction(alike, len(other)) + (alike - Fraction(moved, 2)) / alike) / 3
    begin = 0
    while begin < min(4, len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    return jaro + begin * (1 - jaro) / 10
