"""Running the program on made-up input, for tests that look at it from outside."""
import hashlib
import os
import shutil
import subprocess
import sys
import time


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

    def settings_of(self, name, settings):
        settings = {"outputs.dir": self.path(name, "out"), "state.dir": self.path(name, "state"), **settings}
        return [part for path, value in settings.items() for part in ("--set", f"{path}={value}")]

    def job(self, job):
        return os.path.join(self.source, job)  # an absolute path stays as it is

    def command(self, name, job, settings, until_end=True, report=False):
        ending = ["--until-end"] if until_end else []
        return [self.program, "run", self.job(job), *ending, *([] if report else ["--quiet"]), *self.settings_of(name, settings)]

    def run(self, name, job, settings):
        done = subprocess.run(self.command(name, job, settings), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name}: exit {done.returncode}\n{done.stderr}")
        return self.path(name, "out")

    def ask(self, *arguments):
        """Any command: exit code, standard output, standard error."""
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def about(self, command, name, job, settings, *arguments):
        """A command about a job, such as ("verify",)."""
        return self.ask(*command, self.job(job), *arguments, *self.settings_of(name, settings))

    def killed_after(self, name, job, settings, records):
        """A run that goes on until it is killed, right after it committed so many records of its only input, all that there are."""
        process = subprocess.Popen(self.command(name, job, settings, until_end=False), stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(600):
                if process.poll() is not None:
                    sys.exit(f"{name}: ended with {process.returncode}\n{process.stderr.read()}")
                if self.committed(name, job, settings) == records:
                    return
                time.sleep(0.1)
            sys.exit(f"{name}: {records} records were not committed within a minute")
        finally:
            process.kill()
            process.wait()

    def committed(self, name, job, settings):
        """Records read by the committed epochs, of all partitions."""
        code, report, _ = self.about(("verify",), name, job, settings)
        lines = [line.split() for line in report.splitlines()]
        return sum(int(line[1]) for line in lines if len(line) == 7 and "/" in line[0])

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
