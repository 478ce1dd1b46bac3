"""Rights of users on a broker, given and taken by its own protocol (kafka.apache.org/protocol): the jars that a test's broker is made of have no
kafka-acls, and a JVM for each change would take longer than the change."""
import collections
import shlex
import struct
import time

from kafka_wire import Connection, text

DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 29, 30, 31
RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Alter": 7, "Describe": 8, "ClusterAction": 9, "DescribeConfigs": 10, "AlterConfigs": 11,
              "IdempotentWrite": 12}
ANY, ALLOW = 1, 3
APPLIED_S = 10  # by when the broker goes by a change

Right = collections.namedtuple("Right", "resource name pattern operation")


def rights_of(command):
    """Those that a kafka-acls command gives."""
    found, operations, pattern, words = [], [], "literal", shlex.split(command, comments=True)
    while words:
        word = words.pop(0)
        if word == "--operation":
            operations.append(words.pop(0))
        elif word == "--resource-pattern-type":
            pattern = words.pop(0)
        elif word.startswith("--") and word[2:] in RESOURCES:
            found.append((word[2:], "kafka-cluster" if word == "--cluster" else words.pop(0)))
    return [Right(resource, name, pattern, operation) for resource, name in found for operation in operations]


class Acls(Connection):
    """Of one user. `port`: a listener where whoever comes may do everything."""

    def __init__(self, port, user):
        super().__init__(port)
        self.principal = f"User:{user}"

    def give(self, rights):
        body = [struct.pack(">b", RESOURCES[right.resource]) + text(right.name) + struct.pack(">b", PATTERNS[right.pattern]) + text(self.principal) +
                text("*") + struct.pack(">bb", OPERATIONS[right.operation], ALLOW) for right in rights]
        self.change(CREATE_ACLS, body, present=set(rights))

    def take(self, rights):
        body = [struct.pack(">b", RESOURCES[right.resource]) + text(right.name) + struct.pack(">b", PATTERNS[right.pattern]) + text(self.principal) +
                text(None) + struct.pack(">bb", OPERATIONS[right.operation], ALLOW) for right in rights]
        self.change(DELETE_ACLS, body, absent=set(rights))

    def change(self, kind, body, present=frozenset(), absent=frozenset()):
        answer = self.ask(kind, struct.pack(">i", len(body)) + b"".join(body))
        for _ in range(answer.take(">i")):
            code, message = answer.take(">h"), answer.text()
            assert code == 0, f"error {code}: {message}"
            if kind == DELETE_ACLS:
                break  # the first has what was matched behind it; whether all are gone is asked below
        end = time.monotonic() + APPLIED_S
        while not (present <= self.rights() and not absent & self.rights()):
            assert time.monotonic() < end, f"{self.principal}: {body} is not in effect after {APPLIED_S} s"
            time.sleep(0.02)

    def rights(self):
        """Those that the broker goes by now."""
        answer = self.ask(DESCRIBE_ACLS, struct.pack(">b", ANY) + text(None) + struct.pack(">b", ANY) + text(self.principal) + text(None) +
                          struct.pack(">bb", ANY, ANY))
        code, message = answer.take(">h"), answer.text()
        assert code == 0, f"error {code}: {message}"
        found = set()
        for _ in range(answer.take(">i")):
            resource, name, pattern = answer.take(">b"), answer.text(), answer.take(">b")
            for _ in range(answer.take(">i")):
                answer.text(), answer.text()
                operation = answer.take(">b")
                answer.take(">b")
                found.add(Right(named(RESOURCES, resource), name, named(PATTERNS, pattern), named(OPERATIONS, operation)))
        return found


def named(numbers, number):
    return next(name for name, known in numbers.items() if known == number)
