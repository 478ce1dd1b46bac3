#!/usr/bin/env python3
"""Rows and order-free digest of a seed job's outputs, in the form in which the seed workload's oracle prints its answer.

seed_answer.py OUTPUT_DIRECTORY [--rows DIR]   with --rows the canonical rows are written, to compare them one by one
"""
import glob
import hashlib
import json
import os
import sys

NAMES = ("totals", "scores", "alerts")


def canonical(name, row):
    if name == "totals":
        cents = [row[field].replace(".", "").lstrip("0") or "0" for field in ("sum", "max")]
        return "|".join(map(str, (row["account_id"], row["window_start"], row["count"], *cents, row["declined"])))
    if name == "scores":
        return "|".join(map(str, (row["account_id"], row["event_id"], row["score"], row["band"])))
    return "|".join(map(str, (row["rule"], row["account_id"], row["event_id"], row["score"])))


def canonical_rows(directory, name):
    for path in sorted(glob.glob(os.path.join(directory, name + "-*.jsonl"))):
        with open(path) as rows:
            for line in rows:
                yield canonical(name, json.loads(line))


def answer(directory):
    """name -> "rows=N digest=HEX"."""
    result = {}
    for name in NAMES:
        rows = total = 0
        for text in canonical_rows(directory, name):
            rows += 1
            total = (total + int.from_bytes(hashlib.sha1(text.encode()).digest()[:8], "big")) % 2**64
        result[name] = f"rows={rows} digest={total:016x}"
    return result


def main():
    if "--rows" in sys.argv:
        target = sys.argv[sys.argv.index("--rows") + 1]
        os.makedirs(target, exist_ok=True)
        for name in NAMES:
            with open(os.path.join(target, name + ".txt"), "w") as out:
                out.writelines(text + "\n" for text in canonical_rows(sys.argv[1], name))
    for name, text in answer(sys.argv[1]).items():
        print(name, text)


if __name__ == "__main__":
    main()
