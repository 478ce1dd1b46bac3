"""Rights of users on a broker, given and taken by its own protocol (kafka.apache.org/protocol): the jars that a test's broker is made of have no
kafka-acls, and a JVM for each change would take longer than the change."""
import collections
import shlex
import socket
import struct
import time

DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 29, 30, 31
VERSION = 1
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


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, form):
        size = struct.calcsize(form)
        value = struct.unpack(form, self.data[:size])[0]
        self.data = self.data[size:]
        return value

    def text(self):
        size = self.take(">h")
        value, self.data = self.data[:max(size, 0)], self.data[max(size, 0):]
        return None if size < 0 else value.decode()


class Acls:
    """Of one user. `port`: a listener where whoever comes may do everything."""

    def __init__(self, port, user):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.principal = f"User:{user}"

    def ask(self, kind, body):
        message = struct.pack(">hhi", kind, VERSION, 0) + text("test") + body
        self.connection.sendall(struct.pack(">i", len(message)) + message)
        answer = Reader(self.receive(struct.unpack(">i", self.receive(4))[0]))
        answer.take(">i")  # which request it answers
        answer.take(">i")  # for how long the broker asks to be left alone
        return answer

    def receive(self, size):
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise OSError("the broker has ended the connection")
            data += part
        return data

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
