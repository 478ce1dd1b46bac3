#!/usr/bin/env python3
"""What a page says happens, happens: writes the files it shows, runs its commands, and compares what comes with what the page says.

tutorial.py PROGRAM PAGE WORK_DIRECTORY [--update]

A block ```yaml FILE is the new content of that file; in a block ```console, lines that begin with "$ " are run and the others are their output. Times a
run took are not compared. --update writes what came into the page.
"""
import os
import re
import shutil
import subprocess
import sys

BLOCK = re.compile(r"^```(yaml|console) ?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def without_times(text):
    return re.sub(r"\b\d+ ms\b", "N ms", text)


def run(command, program, directory):
    folder = os.path.dirname(os.path.abspath(program))
    made = subprocess.run(command, shell=True, cwd=directory, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
    return "".join(line.rstrip() + "\n" for line in made.stdout.splitlines())


def console(block, program, directory):
    """The block as it should be."""
    return "".join(f"$ {line[2:]}\n{run(line[2:], program, directory)}" for line in block.splitlines() if line.startswith("$ "))


def main():
    program, page, directory = sys.argv[1:4]
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    with open(page) as file:
        text = file.read()
    wrong, written, end = [], "", 0
    for block in BLOCK.finditer(text):
        kind, name, content = block.groups()
        if kind == "yaml" and name:
            os.makedirs(os.path.dirname(os.path.join(directory, name)), exist_ok=True)
            with open(os.path.join(directory, name), "w") as file:
                file.write(content)
        came = console(content, program, directory) if kind == "console" else content
        if without_times(came) != without_times(content):
            wrong.append(f"{page}:{text.count(chr(10), 0, block.start()) + 1}: the page says\n{content}and there came\n{came}")
        written += text[end:block.start(3)] + came
        end = block.end(3)
    if "--update" in sys.argv:
        with open(page, "w") as file:
            file.write(written + text[end:])
    elif wrong:
        sys.exit("\n".join(wrong) + "\ntutorial.py ... --update writes what came into the page")
    print(f"{page} says what happens")


main()
