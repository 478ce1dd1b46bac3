"""Running the program on made-up input, for tests that look at it from outside."""
import hashlib
import os
import shutil
import subprocess
import sys


class Runs:
    def __init__(self, program, source, directory):
        self.program, self.source, self.directory = program, source, directory
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def seed_input(self, arguments):
        """File with the output of `generate seed ARGUMENTS`, made once."""
        path = self.path("seed-" + "-".join(arguments.split()) + ".jsonl")
        if not os.path.exists(path):
            with open(path, "wb") as out:
                subprocess.run([self.program, "generate", "seed", *arguments.split()], stdout=out, check=True)
        return path

    def command(self, name, job, settings, report=False):
        settings = {"outputs.dir": self.path(name, "out"), "state.dir": self.path(name, "state"), **settings}
        overrides = [part for path, value in settings.items() for part in ("--set", f"{path}={value}")]
        return [self.program, "run", os.path.join(self.source, job), "--until-end", *([] if report else ["--quiet"]), *overrides]

    def run(self, name, job, settings):
        done = subprocess.run(self.command(name, job, settings), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name}: exit {done.returncode}\n{done.stderr}")
        return self.path(name, "out")

    def outputs(self, name):
        """file name -> SHA-256, of every output file that holds rows."""
        found = {}
        for file in sorted(os.listdir(self.path(name, "out"))):
            if not file.endswith(".jsonl"):
                continue
            with open(self.path(name, "out", file), "rb") as data:
                content = data.read()
            if content:
                found[file] = hashlib.sha256(content).hexdigest()
        return found

    def remove(self, name):
        shutil.rmtree(self.path(name), ignore_errors=True)
