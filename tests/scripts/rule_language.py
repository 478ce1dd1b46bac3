#!/usr/bin/env python3
"""What analysts work with, from outside: lint, test, schema, explain, rules, new, completion.

rule_language.py PROGRAM SOURCE WORK_DIRECTORY
"""
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

from job_runs import Runs

EXPLAINED = {
    "examples/payment-patterns": (
        "after of payments where type == 'capture' and after it expect of settlements where reference == after.reference did not come within 2d",
        "at most 64 records of a step a key while they are open",
        "where settlements was silent or had ended before the span was over, or records of it had to be let go, it does not fire",
        "and like the record at hand: amount == now.amount",
        "how many deviations, measured by medians, this record's amount lies above the median of it among records of payments in the 90d",
        "the mean of the sum of amount over records of payments in each 1d of the 30d before this record's own",
        "where ok and ip == bad.last.ip within 15m",
    ),
    "examples/detections": (
        "sample(payment_id, 0.0500)",
        "payee_name similar_to list.watched_names at 0.9200",
        "failed is the share of those where not ok among records of logins in the 1h",
        "the 99th percentile of amount over records of payments in the 7d up to the record at hand, without it",
        "payroll_of_january from 2026-01-25T00:00:00.000Z until 2026-02-05T00:00:00.000Z where account_id == 'PAYROLL'",
        "a hit less than 1d from the last alert of its account_id and payee_id",
        "to critical from hit 3 of a hold on",
    ),
}
OK, FINDINGS, CONFIGURATION = 0, 1, 78
EXAMPLES = ("examples/card-fraud", "examples/change-events", "examples/detections", "examples/payment-patterns", "examples/seed")


def expect(condition, what, *details):
    if not condition:
        sys.exit("\n".join([f"not so: {what}", *map(str, details)]))


def shipped_yaml(source):
    for example in EXAMPLES:
        for folder, _, files in sorted(os.walk(os.path.join(source, example))):
            yield from (os.path.join(folder, file) for file in sorted(files) if file.endswith(".yaml"))


def the_examples_lint_clean_and_pass_their_tests(runs, source):
    for example in EXAMPLES:
        code, out, problems = runs.ask("lint", os.path.join(source, example))
        expect(code == OK and "nothing to mend" in out, f"{example} lints clean", out, problems)
        code, out, problems = runs.ask("test", os.path.join(source, example))
        expect(code == OK and ", 0 failed" in out and re.search(r"\b(\d+) of \1 rules fired", out), f"{example} passes its tests", out, problems)
    code, out, _ = runs.ask("test", os.path.join(source, "examples/card-fraud/rules/structuring.yaml"))
    expect(code == OK and "4 passed" in out, "the tests beside one rule", out)


def copy_of(runs, source, name):
    folder = runs.path(name)
    shutil.copytree(os.path.join(source, "examples/card-fraud"), folder)
    return folder


def replace(path, old, new):
    with open(path) as file:
        text = file.read()
    expect(old in text, f"{old} is in {path}")
    with open(path, "w") as file:
        file.write(text.replace(old, new, 1))


def a_changed_threshold_fails_the_tests(runs, source):
    folder = copy_of(runs, source, "changed")
    replace(os.path.join(folder, "rules/velocity-burst.yaml"), "payments >= 10", "payments >= 11")
    report = runs.path("tests.xml")
    code, out, _ = runs.ask("test", folder, "--junit", report)
    expect(code == FINDINGS and "FAIL" in out and "payments >= 11" in out, "a rule that changed fails its tests", out)
    suites = xml.etree.ElementTree.parse(report).getroot()
    failed = sum(int(suite.get("failures")) for suite in suites)
    expect(failed == out.count("FAIL "), "the report has as many failures", failed, out)
    expect(runs.ask("test", folder, "--update")[0] == OK and runs.ask("test", folder)[0] == OK, "an update makes them pass")
    code, _, problems = runs.ask("test", folder, "--filter", "no such test")
    expect(code == CONFIGURATION and "--filter" in problems, "no test at all is told", problems)


def findings_come_in_three_forms(runs, source):
    folder = copy_of(runs, source, "findings")
    replace(os.path.join(folder, "rules/structuring.yaml"), "below_limit >= 3", "below_limit >= 0")
    code, out, _ = runs.ask("lint", folder)
    expect(code == FINDINGS and "warning: " in out and "[always-true]" in out and "    fire: " in out and "^" in out, "warnings are exit 1", out)
    replace(os.path.join(folder, "rules/velocity-burst.yaml"), "title:", "titel:")
    replace(os.path.join(folder, "rules/velocity-burst.test.yaml"), "times: 9", "time: 9")
    code, out, _ = runs.ask("lint", folder, "--format", "json")
    findings = json.loads(out)
    expect(code == CONFIGURATION and {finding["code"] for finding in findings} == {"unknown-key", "missing-key"}, "errors are exit 78", out)
    expect(all(finding["line"] > 0 and finding["advice"] and os.path.exists(finding["file"]) for finding in findings), "each has its place", out)
    code, out, _ = runs.ask("lint", folder, "--format", "github")
    expect(code == CONFIGURATION and out.startswith("::error file=") and ",line=" in out and ",title=" in out, "annotations of GitHub", out)
    replace(os.path.join(folder, "rules/velocity-burst.yaml"), "titel:", "title:")
    code, out, _ = runs.ask("lint", folder)
    expect(code == CONFIGURATION and "velocity-burst.test.yaml:5:" in out and "did you mean 'times'" in out, "files of tests are linted too", out)
    expect(runs.ask("test", folder)[0] == CONFIGURATION, "and do not run while they have findings")
    expect(runs.ask("lint", runs.path("nothing"))[0] == CONFIGURATION, "a path that is not there is exit 78")


def hostile_files_are_told(runs):
    folder = runs.path("hostile")
    os.makedirs(os.path.join(folder, "rules"))
    bomb = "a: &a [x]\n" + "".join(f"b{i}: &b{i} [{', '.join([f'*b{i - 1}' if i else '*a'] * 9)}]\n" for i in range(9))
    for text in ("[" * 50000, "{a: " * 50000, "- " * 50000, bomb, "ruleset: " + "x" * (1 << 20), "\0\1\2" * 1000, bytes(range(256)) * 64):
        with open(os.path.join(folder, "ruleset.yaml"), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        code, out, problems = runs.ask("lint", folder)
        expect(code == CONFIGURATION and "error: " in out and len(out) < 100_000, "a hostile file is told", text[:60], out[:300], problems)


def read_yaml(text):
    """As YAML 1.2 and editors read it: `on` is a text, and so is a date."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {letter: [(tag, form) for tag, form in resolvers
                                            if tag != "tag:yaml.org,2002:timestamp" and (tag != "tag:yaml.org,2002:bool" or letter in "tTfF")]
                                   for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    return yaml.load(text, Loader)


def shipped_files_are_valid_under_their_schemas(runs, source):
    import jsonschema
    schemas = runs.path("schemas")
    expect(runs.ask("schema", "--write", schemas)[0] == OK, "schemas are written")
    validators = {}
    for name in sorted(os.listdir(schemas)):
        with open(os.path.join(schemas, name)) as made, open(os.path.join(source, "docs/schemas", name)) as kept:
            text = made.read()
            expect(text == kept.read(), f"docs/schemas/{name} is current; make it anew: reckoner schema --write docs/schemas")
        schema = json.loads(text)
        jsonschema.Draft7Validator.check_schema(schema)
        validators[name] = jsonschema.Draft7Validator(schema)
    used = set()
    for path in shipped_yaml(source):
        with open(path) as file:
            first = file.readline()
            expect(first.startswith("# yaml-language-server: $schema="), f"{path} tells editors its schema", first)
            named = os.path.normpath(os.path.join(os.path.dirname(path), first.split("=", 1)[1].strip()))
            expect(os.path.exists(named), f"the schema that {path} names is there", named)
            document = read_yaml(file.read())
        validator = validators[os.path.basename(named)]
        used.add(os.path.basename(named))
        errors = [error.message[:200] for error in validator.iter_errors(document)]
        expect(not errors, f"{path} is valid", *errors)
        expect(list(validator.iter_errors({**document, "ruels": 1})), f"a key too many is refused in {path}")
    expect(used == set(validators), "every schema is used", used)


def rules_are_explained(runs, source):
    code, out, _ = runs.ask("explain", os.path.join(source, "examples/card-fraud"), "ATO-01")
    expect(code == OK and "fires when" in out and "bytes of a key's record" in out and "score account_health" in out, "a rule is explained", out)
    code, out, _ = runs.ask("explain", os.path.join(source, "examples/card-fraud"))
    expect(code == OK and out.count("fires when") == 6, "all rules are explained", out)
    for example, texts in EXPLAINED.items():
        code, out, problems = runs.ask("explain", os.path.join(source, example))
        for text in texts:
            expect(code == OK and text in out, f"the rules of {example} are explained: {text}", out, problems)
    code, _, problems = runs.ask("explain", os.path.join(source, "examples/card-fraud"), "ATO-1")
    expect(code == CONFIGURATION and "did you mean 'ATO-01'" in problems, "a wrong id is told", problems)
    code, out, _ = runs.ask("explain-code", "shadowed-rule")
    expect(code == OK and "what to do" in out, "a code is explained", out)
    code, _, problems = runs.ask("explain-code", "shadow-rule")
    expect(code == CONFIGURATION and "did you mean 'shadowed-rule'" in problems, "a wrong code is told", problems)


def environments_are_looked_at(runs, source):
    folder = copy_of(runs, source, "environments")
    code, out, problems = runs.ask("lint", folder)
    expect(code == OK and "environments staging; nothing to mend" in out, "environments are linted", out, problems)
    code, out, problems = runs.ask("test", folder, "--environment", "staging")
    expect(code == OK and ", 0 failed" in out, "the tests pass in an environment too", out, problems)
    code, out, _ = runs.ask("explain", folder, "VEL-01", "--environment", "staging")
    expect(code == OK and "Velocity burst (low)" in out and "less than 1h from the last alert" in out, "an environment is explained", out)
    expect("Velocity burst (high)" in runs.ask("explain", folder, "VEL-01")[1], "and the rule set as it stands")
    for command in (["lint"], ["test"], ["explain"], ["rules", "show", "--resolved"]):
        code, out, problems = runs.ask(*command, folder, "--environment", "stagin")
        expect(code == CONFIGURATION and "did you mean 'staging'?" in out + problems, f"{command} tells an unknown environment", out, problems)
    replace(os.path.join(folder, "ruleset.yaml"), "VEL-01: {severity: low", "VEL-01: {severity: lwo")
    code, out, _ = runs.ask("lint", folder)
    expect(code == CONFIGURATION and "in environment staging: 'lwo'" in out and "did you mean 'low'" in out, "a finding says of which environment", out)
    expect(runs.ask("test", folder)[0] == OK, "the rule set as it stands runs all the same")


def editors_know_environments(runs, source):
    import jsonschema
    with open(os.path.join(source, "examples/card-fraud/ruleset.yaml")) as file:
        document = read_yaml(file.read())
    validator = jsonschema.Draft7Validator(json.loads(runs.ask("schema", "ruleset")[1]))
    is_valid = lambda environment: not list(validator.iter_errors({**document, "environments": {"staging": environment}}))
    for environment in ({"parameters": {"report_limit": "5 USD"}}, {"rules": {"VEL-01": {"hold": "1h", "replace": {"dedup": ["device_id"]}}}},
                        {"scores": {"account_health": {"parts": {"busy": "-1"}, "add": {"parts": {"more": "-2"}}}}}, {"limits": {"max_keys": 5}},
                        {"add": {"rules": [{"id": "X", "title": "x", "severity": "low", "on": "logins", "by": "account_id", "fire": "ok"}]}}):
        expect(is_valid(environment), "editors take what the loader takes", environment)
    for environment in ({"parametres": {}}, {"version": 2}, {"rules": {"VEL-01": {"sevrity": "low"}}}, {"rules": {"VEL-01": {"severity": "lwo"}}},
                        {"rules": {"VEL-01": {"id": "X"}}}, {"rules": {"VEL-01": {"dedup": "device_id"}}}, {"add": {"limits": {}}}):
        expect(not is_valid(environment), "editors mark what the loader refuses", environment)


def rules_are_shown(runs, source):
    folder = os.path.join(source, "examples/card-fraud")
    with open(os.path.join(folder, "rules/structuring.yaml")) as file:
        written = file.read()
    for arguments in ([folder, "STR-01"], [os.path.join(folder, "rules/structuring.yaml")]):
        code, out, _ = runs.ask("rules", "show", *arguments)
        expect(code == OK and out == written, "a rule is shown as it is written", out)
    code, out, _ = runs.ask("rules", "show", folder, "VEL-01", "STR-01", "--resolved", "--environment", "staging")
    lines = out.splitlines()
    expect(code == OK and lines.count("---") == 1 and "amount in [0.85 * 10000 USD, 10000 USD)" in out, "parameters are filled in", out)
    for line in ("severity: low  # environment staging", "hold: 1h  # environment staging", "  device: device_id  # environment staging",
                 "missing: unknown  # default", "severity: medium"):
        expect(line in lines, f"resolved rules say where values are from: {line}", out)
    code, out, _ = runs.ask("rules", "show", folder, "--resolved")
    expect(code == OK and out.count("\nid: ") == 6 and "environment" not in out, "all rules are shown", out)
    code, _, problems = runs.ask("rules", "show", folder, "STR-1")
    expect(code == CONFIGURATION and "did you mean 'STR-01'?" in problems, "a wrong id is told", problems)
    code, _, problems = runs.ask("rules", "show", folder, "--environment", "staging")
    expect(code == 64 and "--resolved" in problems, "an environment is of resolved rules", problems)


def a_thousand_rules_take_little_memory(runs, source):
    folder = runs.path("thousand")
    shutil.copytree(os.path.join(source, "examples/seed"), folder)
    for number in range(1000):
        with open(os.path.join(folder, "rules", f"further{number}.yaml"), "w") as file:
            file.write(f"id: F{number}\ntitle: Further\nseverity: low\non: events\nby: account_id\nfire: new_devices >= {number} and amount > 1.00\n")
    lint = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    used = subprocess.run([sys.executable, "-c", lint, runs.program, "lint", folder], capture_output=True, text=True, check=True)
    expect(int(used.stdout) < 150_000, "lint of a thousand rules takes less than 150 MB", used.stdout)


def a_new_start_works(runs, source):
    folder = runs.path("payments")
    expect(runs.ask("new", "ruleset", folder)[0] == OK, "a rule set is made")
    expect(runs.ask("lint", folder)[0] == OK, "it lints clean", *runs.ask("lint", folder))
    code, out, _ = runs.ask("test", folder)
    expect(code == OK and "2 passed, 0 failed" in out, "its tests pass", out)
    expect(runs.ask("new", "rule", "SLOW-01", "--in", folder)[0] == OK, "a rule is made")
    card_fraud = copy_of(runs, source, "more")
    expect(runs.ask("new", "rule", "SLOW-01", "--in", card_fraud)[0] == OK, "a rule is made in a rule set of its own fields")
    for made in (folder, card_fraud):
        code, out, _ = runs.ask("test", made, "--filter", "SLOW-01")
        expect(code == OK and "2 passed, 0 failed" in out, "its tests pass", out)
    code, _, problems = runs.ask("new", "rule", "SLOW-01", "--in", folder)
    expect(code == CONFIGURATION and "already" in problems, "nothing is overwritten", problems)


def shells_can_complete(runs):
    code, out, _ = runs.ask("completion", "bash")
    expect(code == OK and subprocess.run(["bash", "-n"], input=out, text=True).returncode == 0, "bash reads its completions", out)
    ask = out + '\nCOMP_WORDS=(reckoner li); COMP_CWORD=1; _reckoner; echo "${COMPREPLY[@]}"\nCOMP_WORDS=(reckoner test --ju); COMP_CWORD=2; _reckoner; echo "${COMPREPLY[@]}"\nCOMP_WORDS=(reckoner rules show --res); COMP_CWORD=3; _reckoner; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, cwd=runs.directory)
    expect(done.stdout.split() == ["lint", "--junit", "--resolved"], "commands and options are completed", done.stdout, done.stderr)
    for shell in ("zsh", "fish"):
        code, out, _ = runs.ask("completion", shell)
        expect(code == OK and "lint" in out and "junit" in out, f"{shell} has completions", out)


def main():
    runs = Runs(*sys.argv[1:4])
    source = sys.argv[2]
    the_examples_lint_clean_and_pass_their_tests(runs, source)
    a_changed_threshold_fails_the_tests(runs, source)
    findings_come_in_three_forms(runs, source)
    hostile_files_are_told(runs)
    rules_are_explained(runs, source)
    environments_are_looked_at(runs, source)
    editors_know_environments(runs, source)
    rules_are_shown(runs, source)
    a_thousand_rules_take_little_memory(runs, source)
    a_new_start_works(runs, source)
    shells_can_complete(runs)
    shipped_files_are_valid_under_their_schemas(runs, source)
    print("lint, test, schema, explain, rules, new and completion say what they should")


main()
