"""Requests to a broker by its own protocol (kafka.apache.org/protocol), for what kcat cannot ask for: the jars that a test's broker is made of have no
kafka-topics and the like, and a JVM for each request would take longer than the request."""
import socket
import struct

VERSION = 1  # of every request that does not say another
OFFSET_FETCH = 9
DELETE_TOPICS, DELETE_RECORDS, CREATE_PARTITIONS = 20, 21, 37
TIMEOUT_MS = 10_000


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


class Connection:
    """To a listener on this machine where whoever comes may do everything."""

    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))

    def ask(self, kind, body, version=VERSION):
        message = struct.pack(">hhi", kind, version, 0) + text("test") + body
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

    def close(self):
        self.connection.close()

    def trim(self, topic, partition, before):
        """As kafka-delete-records does: what is before that offset."""
        answer = self.ask(DELETE_RECORDS, struct.pack(">i", 1) + text(topic) + struct.pack(">iiqi", 1, partition, before, TIMEOUT_MS))
        assert answer.take(">i") == 1 and answer.text() == topic and answer.take(">i") == 1
        found, first, code = answer.take(">i"), answer.take(">q"), answer.take(">h")
        assert (found, first, code) == (partition, before, 0), f"{topic}/{partition} begins at {first} now, error {code}"

    def group_offsets(self, group):
        """(topic, partition) -> the offset that the group's members committed last."""
        answer = self.ask(OFFSET_FETCH, text(group) + struct.pack(">i", -1), version=3)
        found = {}
        for _ in range(answer.take(">i")):
            topic = answer.text()
            for _ in range(answer.take(">i")):
                partition, offset = answer.take(">i"), answer.take(">q")
                answer.text()
                code = answer.take(">h")
                assert code == 0, f"{group}: {topic}/{partition}: error {code}"
                found[topic, partition] = offset
        code = answer.take(">h")
        assert code == 0, f"{group}: error {code}"
        return found

    def delete_topic(self, topic):
        self.changed(topic, self.ask(DELETE_TOPICS, struct.pack(">i", 1) + text(topic) + struct.pack(">i", TIMEOUT_MS)))

    def raise_partitions(self, topic, count):
        self.changed(topic, self.ask(CREATE_PARTITIONS, struct.pack(">i", 1) + text(topic) + struct.pack(">iiib", count, -1, TIMEOUT_MS, 0)))

    @staticmethod
    def changed(topic, answer):
        assert answer.take(">i") == 1 and answer.text() == topic
        code = answer.take(">h")
        assert code == 0, f"{topic}: error {code}"
