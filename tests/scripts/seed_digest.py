#!/usr/bin/env python3
"""Rows and order-free digest of a seed job's outputs, in the form in which the seed workload's oracle prints its answer.

seed_digest.py OUTPUT_DIRECTORY [--rows DIR]   with --rows the canonical rows are written, to compare them one by one
"""
import glob
import hashlib
import json
import os
import sys


def canonical(name, row):
    if name == "totals":
        cents = [row[field].replace(".", "").lstrip("0") or "0" for field in ("sum", "max")]
        return "|".join(map(str, (row["account_id"], row["window_start"], row["count"], *cents, row["declined"])))
    if name == "scores":
        return "|".join(map(str, (row["account_id"], row["event_id"], row["score"], row["band"])))
    return "|".join(map(str, (row["rule"], row["account_id"], row["event_id"], row["score"])))


def main():
    directory = sys.argv[1]
    rows_directory = sys.argv[sys.argv.index("--rows") + 1] if "--rows" in sys.argv else None
    for name in ("totals", "scores", "alerts"):
        rows = total = 0
        out = None
        if rows_directory:
            os.makedirs(rows_directory, exist_ok=True)
            out = open(os.path.join(rows_directory, name + ".txt"), "w")
        for path in sorted(glob.glob(os.path.join(directory, name + "-*.jsonl"))):
            for line in open(path):
                text = canonical(name, json.loads(line))
                rows += 1
                total = (total + int.from_bytes(hashlib.sha1(text.encode()).digest()[:8], "big")) % 2**64
                if out:
                    out.write(text + "\n")
        print(f"{name} rows={rows} digest={total:016x}")


main()
