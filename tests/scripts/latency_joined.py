#!/usr/bin/env python3
"""latency_stages.py gives each row the read and the transaction that took its event, and stages that add up to its time. latency_joined.py DIRECTORY"""
import os
import sys

from latency_stages import STAGES, stages_of

TRACE = """\
read 1400 0 0 5
read 1450 0 1 1
commit 1500 1510 1520 1600 1700
read 1650 0 0 7
read 1660 1 0 99
commit 1710 1720 1730 1800 1900
read 1950 0 0 8
"""
# The second row's event was read with the first's, the third's after it, and the fourth's is in no transaction yet. Of the fifth's
# the producer heard after it had been read.
TIMES = """\
row 1000 1750 events/0/3
row 1100 1760 events/0/4
row 1200 2000 events/0/6
row 1300 2100 events/0/7
row 1150 1800 events/1/0
delivered 1300 0 3
delivered 1310 0 4
delivered 1550 0 6
delivered 1900 0 7
delivered 1460 1 0
"""
EXPECTED = [
    [300, 100, 100, 10, 10, 80, 100, 50],
    [210, 90, 100, 10, 10, 80, 100, 60],
    [350, 100, 60, 10, 10, 70, 100, 100],
    [300, 0, 50, 10, 10, 80, 100, 100],
]


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    paths = [os.path.join(directory, name) for name in ("times", "trace")]
    for path, text in zip(paths, (TIMES, TRACE)):
        with open(path, "w") as out:
            out.write(text)
    found = stages_of(*paths)
    if found != EXPECTED:
        sys.exit(f"found {found}\nexpected {EXPECTED}")
    if any(len(row) != len(STAGES) for row in found) or [sum(row) for row in found] != [750, 660, 800, 650]:
        sys.exit("stages do not add up to the rows' times")


main()
