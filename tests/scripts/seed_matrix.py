#!/usr/bin/env python3
"""The seed workload at many settings: the content is the oracle's, and files of equal shard counts are equal byte for byte.

seed_matrix.py PROGRAM SOURCE WORK_DIRECTORY [--all]   every pair of settings occurs; with --all, the whole product
"""
import itertools
import sys

import seed_answer
from job_runs import Runs

# What the workload's own oracle (which shares no code with this project) printed for these inputs.
ORACLE = {
    "200000 20000 1": ("rows=168793 digest=0d8d8200310bbecb", "rows=1038 digest=7ba3d1ab7d4f8e16", "rows=758 digest=655dd548360b4aa7"),
    "200000 200 2": ("rows=168775 digest=f3914d4e66d69419", "rows=3503 digest=f17d81bff7e0bbd9", "rows=747 digest=7d99a7dc2bc032e2"),
    "200000 20000 1 --skew": ("rows=76499 digest=880baefdf07a07c1", "rows=940 digest=654167fcfde48b5e", "rows=10894 digest=2e7b22efce98061f"),
    "200000 200 2 --skew": ("rows=117055 digest=c2a319336d74450e", "rows=1634 digest=358bee1f4e48f2fc", "rows=4530 digest=ce6a02d4d35d0550"),
}

SETTINGS = {
    "shards": ("1", "3", "8"),
    "threads": ("1", "2"),
    "engine.batch_records": ("1", "7", "256"),
    "epoch.time": ("10ms", "10m"),
    "input": tuple(ORACLE),
}


def pairwise():
    """A small set of combinations in which every pair of values of two settings occurs; greedy, always the same."""
    names = list(SETTINGS)
    product = list(itertools.product(*SETTINGS.values()))
    pairs_of = lambda c: {(i, c[i], j, c[j]) for i, j in itertools.combinations(range(len(names)), 2)}
    missing = set().union(*map(pairs_of, product))
    while missing:
        best = max(product, key=lambda c: len(pairs_of(c) & missing))
        missing -= pairs_of(best)
        yield dict(zip(names, best))


def main():
    runs = Runs(*sys.argv[1:4])
    everything = (dict(zip(SETTINGS, c)) for c in itertools.product(*SETTINGS.values()))
    combinations = list(everything if "--all" in sys.argv else pairwise())
    first_files = {}
    for settings in combinations:
        arguments = settings.pop("input")
        out = runs.run("run", "examples/seed/job.yaml", {"inputs.events.files": runs.seed_input(arguments), **settings})
        found = seed_answer.answer(out)
        if tuple(found.values()) != ORACLE[arguments]:
            sys.exit(f"{arguments} at {settings}: {found}, the oracle says {ORACLE[arguments]}")
        files = runs.outputs("run")
        if first_files.setdefault((arguments, settings["shards"]), files) != files:
            sys.exit(f"{arguments} at {settings}: other bytes than the first run with {settings['shards']} shards")
        runs.remove("run")
    print(f"{len(combinations)} combinations agree with the oracle, and byte for byte with each other")


main()
