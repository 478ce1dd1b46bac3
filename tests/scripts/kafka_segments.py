"""What a broker's files say of transactions: for telling what a broker itself left undone. Read as Kafka's protocol guide has record batches (version 2), and its
sources the records of __transaction_state."""
import collections
import glob
import os
import struct

BATCH_HEAD = 61
CONTROL = 32
FIXED = 17  # bytes of a transaction's state: version, producer, epoch, time-out, status
PREPARED, COMPLETE = (2, 3), (4, 5)  # to be committed or aborted

Batch = collections.namedtuple("Batch", "first last producer attributes count records")


def batches(directory):
    """Of a partition, in order, as far as they are whole."""
    for path in sorted(glob.glob(os.path.join(directory, "*.log"))):
        with open(path, "rb") as file:
            data = file.read()
        at = 0
        while at + BATCH_HEAD <= len(data):
            first, length = struct.unpack_from(">qi", data, at)
            if length <= 0 or at + 12 + length > len(data):
                break
            attributes, last_delta, _, _, producer, _, _, count = struct.unpack_from(">hiqqqhii", data, at + 21)
            yield Batch(first, first + last_delta, producer, attributes, count, data[at + BATCH_HEAD:at + 12 + length])
            at += 12 + length


def unsigned(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def varint(data, at):
    value, at = unsigned(data, at)
    return (value >> 1) ^ -(value & 1), at


def records(batch):
    """Pairs of key and value."""
    at = 0
    for _ in range(batch.count):
        length, at = varint(batch.records, at)
        end, at = at + length, at + 1
        for _ in range(2):  # the time and the offset, as differences
            _, at = varint(batch.records, at)
        pair = []
        for _ in range(2):
            length, at = varint(batch.records, at)
            pair.append(batch.records[at:at + length] if length >= 0 else None)
            at += max(length, 0)
        yield pair
        at = end


def partitions_of(value, flexible):
    """Of a record of __transaction_state, behind its fixed part."""
    def count(at):
        if flexible:
            number, at = unsigned(value, at)
            return number - 1, at
        return struct.unpack_from(">i", value, at)[0], at + 4

    named, (topics, at) = [], count(FIXED)
    for _ in range(max(topics, 0)):
        if flexible:
            length, at = unsigned(value, at)
            length -= 1
        else:
            length, at = struct.unpack_from(">h", value, at)[0], at + 2
        topic, at = value[at:at + length].decode(), at + length
        numbers, at = count(at)
        named += [f"{topic}-{number}" for number in struct.unpack_from(f">{numbers}i", value, at)]
        at += 4 * numbers
        if flexible:
            _, at = unsigned(value, at)  # no further fields
    return named


def expected_marks(data):
    """(producer, partition) -> how many transactions the coordinator has brought to an end there."""
    marks, ending = collections.Counter(), {}
    for directory in sorted(glob.glob(os.path.join(data, "__transaction_state-*"))):
        for batch in batches(directory):
            for _, value in records(batch) if not batch.attributes & CONTROL else ():
                if value is None:
                    continue
                version, producer, _, _, status = struct.unpack_from(">hqhib", value)
                if status in PREPARED:
                    ending[producer] = partitions_of(value, version > 0)
                elif status in COMPLETE:
                    marks.update((producer, partition) for partition in ending.pop(producer, ()))
    return marks


def lost_marks(data):
    """Partitions in which a broker did not mark the end of a transaction that it holds for complete: what to say of each."""
    expected = expected_marks(data)
    found = {}
    for producer, partition in expected:
        if partition not in found:
            directory = os.path.join(data, partition)
            found[partition] = collections.Counter(batch.producer for batch in batches(directory) if batch.attributes & CONTROL)
    return [f"{partition} has {found[partition][producer]} marks of producer {producer}, whose coordinator has {count} transactions for complete there"
            for (producer, partition), count in sorted(expected.items()) if found[partition][producer] < count]
