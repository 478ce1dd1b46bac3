"""The fraud example on topics, and beside it on files."""
import os
import re
import subprocess

from kafka_runs import JobTopics

INPUTS = ("transactions", "logins", "account_changes")


class FraudTopics(JobTopics):
    """Its three inputs."""

    def __init__(self, program, source, broker, directory, name):
        super().__init__(program, source, broker, directory, name, "card-fraud", INPUTS[0])
        self.settings.update({f"inputs.{name_of}.topic": f"{name}.{name_of}" for name_of in INPUTS})

    def fill(self, data):
        for name in INPUTS:
            self.topic = f"{self.name}.{name}"
            with open(os.path.join(data, f"{name}.jsonl"), "rb") as lines:
                self.produce((account_of(line), line.rstrip(b"\n")) for line in lines)


def account_of(line):
    found = re.search(rb'"account_id":"([^"]*)', line)
    return found[1] if found else b"?"


def arguments_on_files(source, data, directory):
    """Of a command about the file job; outputs and state are in the directory."""
    inputs = [part for name in INPUTS for part in ("--set", f"inputs.{name}.files={data}/{name}.jsonl")]
    return [os.path.join(source, "examples", "card-fraud", "job.yaml"), *inputs, "--set", f"outputs.dir={directory}/out", "--set", f"state.dir={directory}/state"]


def run_on_files(program, source, data, directory):
    subprocess.run([program, "run", *arguments_on_files(source, data, directory), "--until-end", "--quiet"], check=True, stdout=subprocess.DEVNULL)
