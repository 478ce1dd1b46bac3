"""Where the time of rows on topics goes, stage by stage: what kafka_load wrote of rows and events, joined with what a job or kafka_bare traced of reads and
transactions (app/kafka_trace.hpp). Each row is told by the event that set it off, so that a row's stages add up to its time."""
from bisect import bisect_left, bisect_right

STAGES = (
    ("in the broker", "from when the event was to be sent until its producer heard that the broker has it"),
    ("read, decided", "until the round that took it was over: the fetch, and the work on it"),
    ("transaction free", "until the transaction before was answered, and this one staged"),
    ("begun", "until its producer had begun"),
    ("handed over", "until all its records were librdkafka's"),
    ("delivered", "until the brokers had its last record: partitions added, records written"),
    ("commit answered", "until the commit was answered"),
    ("seen", "until a reader at read_committed had the row: marks written, fetched"),
)


class Steps:
    """Times by growing offsets: when was what lies before an offset done?"""

    def __init__(self):
        self.offsets, self.times = [], []

    def note(self, offset, time):
        self.offsets.append(offset)
        self.times.append(time)

    def at(self, offset):
        place = bisect_right(self.offsets, offset)
        return self.times[place] if place < len(self.times) else None


def read_lines(path):
    with open(path) as text:
        for line in text:
            yield line.split()


def stages_of(times, trace):
    """Of each row that could be joined: nanoseconds by stage."""
    reads, delivered, commits, rows = {}, {}, [], []
    for kind, *numbers in read_lines(trace):
        if kind == "read":
            time, input_number, partition, offset = map(int, numbers)
            if input_number == 0:
                reads.setdefault(partition, Steps()).note(offset, time)
        else:
            commits.append([int(number) for number in numbers])
    for kind, *fields in read_lines(times):
        if kind == "row":
            rows.append((int(fields[0]), int(fields[1]), *map(int, fields[2].split("/")[1:])))
        else:
            time, partition, offset = map(int, fields)
            delivered.setdefault(partition, Steps()).note(offset + 1, time)
    commits.sort()
    staged = [commit[0] for commit in commits]
    found = []
    for due, seen, partition, offset in rows:
        heard, read = delivered[partition].at(offset), reads[partition].at(offset)
        place = bisect_left(staged, read) if read is not None else len(commits)
        if heard is None or place == len(commits):
            continue
        # The producer may hear of it after the job has read it.
        ends = [min(heard, read), read, *commits[place], seen]
        found.append([end - begin for begin, end in zip([due, *ends], ends)])
    return found


def percentile(ordered, percent):
    return ordered[(len(ordered) - 1) * percent // 100] / 1e6


def columns(stages, number):
    ordered = sorted(row[number] if number is not None else sum(row) for row in stages)
    return [percentile(ordered, percent) for percent in (50, 90, 99, 100)] + [sum(ordered) / len(ordered) / 1e6]


def print_stages(found):
    """`found`: name -> what stages_of() gave; side by side."""
    print(" " * 22 + "".join(f"{name + ': p50':>14}{'p90':>7}{'p99':>7}{'longest':>8}{'mean':>7}" for name in found) + "   ms")
    for number, (stage, meaning) in enumerate((*STAGES, ("all", "each row's whole time"))):
        of_stage = number if number < len(STAGES) else None
        cells = (columns(stages, of_stage) for stages in found.values())
        print(f"  {stage:20}" + "".join(f"{p50:14.2f}{p90:7.2f}{p99:7.2f}{longest:8.2f}{mean:7.2f}" for p50, p90, p99, longest, mean in cells) + f"   {meaning}", flush=True)
