#!/usr/bin/env python3
"""SIGKILL at random moments: whatever was going on, the restarted job ends with the bytes of an unbroken run, and every record that was read is
accounted for.

kill_torture.py PROGRAM SOURCE WORK_DIRECTORY KILLS SEED
"""
import random
import subprocess
import sys
import time

from job_runs import Runs

JOB = "examples/seed/job.yaml"
CONSERVED = "conservation: holds for every partition"


def main():
    runs = Runs(*sys.argv[1:4])
    kills, seed = int(sys.argv[4]), int(sys.argv[5])
    pick = random.Random(seed)
    settings = {
        "inputs.events.files": runs.seed_input("200000 2000 7"),
        "shards": "3",
        "threads": "2",
        "epoch.records": "3000",
        "checkpoint.every": "50ms",
    }
    began = time.monotonic()
    runs.run("unbroken", JOB, settings)
    whole = time.monotonic() - began
    expected = runs.outputs("unbroken")
    done = restarts = 0
    while done < kills:
        process = subprocess.Popen(runs.command("broken", JOB, settings, report=True), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            report = process.communicate(timeout=pick.uniform(0, whole))[1]
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done += 1
            continue
        if process.returncode != 0:
            sys.exit(f"seed {seed}: after {done} kills the job ended with {process.returncode}\n{report}")
        if CONSERVED not in report:
            sys.exit(f"seed {seed}: after {done} kills records are not accounted for\n{report}")
        check(runs, expected, seed, done)
        runs.remove("broken")
        restarts += 1
    runs.run("broken", JOB, settings)
    check(runs, expected, seed, done)
    print(f"{done} kills (seed {seed}), {restarts + 1} finished runs, all with the bytes of an unbroken one")


def check(runs, expected, seed, done):
    found = runs.outputs("broken")
    if found != expected:
        different = sorted(file for file in expected.keys() | found.keys() if expected.get(file) != found.get(file))
        sys.exit(f"seed {seed}: after {done} kills these outputs differ from an unbroken run: {different}; kept in {runs.path('broken')}")


main()
