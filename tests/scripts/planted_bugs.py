#!/usr/bin/env python3
"""Shows that the tests catch bugs: plants each of tests/planted_bugs in a copy of the tree, and expects the named test to fail.

planted_bugs.py WORK [-j JOBS] [NAME...]   all of them, or those named; the copy and its build are kept in WORK for the next time
planted_bugs.py --fit                      builds nothing: whether each can still be planted where it says
"""
import argparse
import glob
import os
import shutil
import subprocess
import sys

HANGS_AFTER_S = 900
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class PlantedBug:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path).removesuffix(".patch")
        with open(path) as text:
            self.what = text.readline().strip()
            self.program, self.case = text.readline().strip().removeprefix("Caught by: ").split(": ", 1)
        self.target = "reckoner" if self.is_script() else self.program

    def is_script(self):
        """Of tests/scripts; its case is the arguments behind program, source and directory."""
        return self.program.endswith(".py")


class Tree:
    """A copy of the files under version control, with a build of its own."""

    def __init__(self, directory, jobs):
        self.directory, self.jobs = os.path.join(os.path.abspath(directory), "tree"), jobs
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=SOURCE, capture_output=True, check=True)
        self.files = [name for name in listed.stdout.decode().split("\0") if name and os.path.isfile(os.path.join(SOURCE, name))]
        for name in self.files:
            self.put_back(name)
        for found in glob.glob(os.path.join(self.directory, "*", "**"), recursive=True):
            name = os.path.relpath(found, self.directory)
            if os.path.isfile(found) and not name.startswith("build/") and name not in self.files:
                os.remove(found)
        self.environment = dict(os.environ, CCACHE_BASEDIR=self.directory, CCACHE_NOHASHDIR="1")
        self.run(["cmake", "--preset", "release"])

    def put_back(self, name):
        """A file that is as it should be keeps its time, so that nothing is built without need."""
        target = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(os.path.join(SOURCE, name), "rb") as source:
            content = source.read()
        if os.path.exists(target):
            with open(target, "rb") as there:
                if there.read() == content:
                    return
        shutil.copyfile(os.path.join(SOURCE, name), target)
        shutil.copymode(os.path.join(SOURCE, name), target)

    def run(self, command):
        done = subprocess.run(command, cwd=self.directory, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    def build(self, programs):
        self.run(["cmake", "--build", "--preset", "release", "-j", str(self.jobs), "--target", *sorted(programs)])

    def script_passes(self, bug):
        script, program = (os.path.join(self.directory, path) for path in (f"tests/scripts/{bug.program}", "build/release/reckoner"))
        directory = os.path.join(self.directory, "build", "script")
        done = subprocess.run([sys.executable, script, program, self.directory, directory, *bug.case.split()], capture_output=True, text=True,
                              env={name: value for name, value in self.environment.items() if name != "CI"})
        if "SKIPPED" in done.stdout + done.stderr:
            sys.exit(f"{bug.program}: {done.stdout}{done.stderr}")
        return done.returncode == 0

    def passes(self, bug):
        if bug.is_script():
            return self.script_passes(bug)
        program = os.path.join(self.directory, "build/release", bug.program)
        try:
            done = subprocess.run([program, bug.case.replace(",", "\\,")], cwd=self.directory, capture_output=True, text=True, timeout=HANGS_AFTER_S)
        except subprocess.TimeoutExpired:
            return False
        if "No test cases matched" in done.stdout + done.stderr or "No tests ran" in done.stdout:
            sys.exit(f"{bug.path}: {bug.program} has no test '{bug.case}'")
        return done.returncode == 0

    def plant(self, bug):
        self.run(["patch", "-p1", "--no-backup-if-mismatch", "-i", bug.path])

    def weed(self):
        for name in self.files:
            self.put_back(name)


def say_which_fit(bugs):
    misfits = [bug for bug in bugs if subprocess.run(["patch", "--dry-run", "-p1", "-s", "-F0", "-i", bug.path], cwd=SOURCE).returncode]
    for bug in misfits:
        print(f"{bug.path} does not fit the source any more: plant the bug by hand where it belongs now, and keep the difference")
    print(f"{len(bugs) - len(misfits)} of {len(bugs)} planted bugs fit")
    sys.exit(1 if misfits else 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", nargs="?")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    bugs = [PlantedBug(path) for path in sorted(glob.glob(os.path.join(SOURCE, "tests/planted_bugs/*.patch")))]
    bugs = [bug for bug in bugs if not options.names or bug.name in options.names]
    if not bugs:
        sys.exit("no such planted bug")
    if options.fit:
        say_which_fit(bugs)
    tree = Tree(options.work, options.jobs)
    tree.build({bug.target for bug in bugs})
    for program, bug in {(bug.program, bug.case): bug for bug in bugs}.items():
        if not tree.passes(bug):
            sys.exit(f"{program[0]}: '{program[1]}' fails without any bug planted")
    missed = 0
    for bug in bugs:
        tree.plant(bug)
        tree.build({bug.target})
        caught = not tree.passes(bug)
        missed += not caught
        print(f"{bug.name:<30} {'caught' if caught else 'MISSED':<8} {bug.what}", flush=True)
        tree.weed()
    print(f"{len(bugs) - missed} of {len(bugs)} planted bugs are caught")
    sys.exit(1 if missed else 0)


main()
