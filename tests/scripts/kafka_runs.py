"""A broker of a test's own, and a job's topics on it, filled and read by kcat, which shares no code with the program."""
import atexit
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

import seed_answer
from skipping import skip

BROKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "kafka", "broker.sh")


def broker_version():
    """That of the brokers that are started here, as numbers."""
    given = os.environ.get("RECKONER_KAFKA_VERSION")
    if not given:
        with open(os.path.join(os.path.dirname(BROKER), "pom.xml")) as pom:
            given = re.search("<kafka.version>(.*)</kafka.version>", pom.read()).group(1)
    return tuple(map(int, given.split(".")))


STARTS_MAX = 3


def free_port(brokers=1, others=0):
    """A port whose hundredth successor, the controller's, is free too, and those up to the fifth hundred's; for each of so many brokers the next.
    Processes that start one behind the other look far apart, since between looking and listening there is time."""
    for number in range(os.getpid() + others * 17, os.getpid() + others * 17 + 12 * 12):
        port = 20000 + number % 12 * 1000 + number // 12 % 12 * 8
        try:
            for one in (port + hundred + broker for hundred in range(0, 501, 100) for broker in range(brokers)):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
            return port
        except OSError:
            continue
    sys.exit("no free port")


class GivenBroker:
    """One that runs already, named by RECKONER_TEST_BROKER: for trying things out."""

    def __init__(self, address):
        self.address = address

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def open_broker(directory):
    given = os.environ.get("RECKONER_TEST_BROKER")
    return GivenBroker(given) if given else Broker(directory)


class Broker:
    """`proxy_port`: of a proxy that leads to `proxied_port`, a further one of the broker."""
    count = 1

    def __init__(self, directory, heap="96m", secure=False, proxy_port=None):
        for tool in ("kcat", "java", "mvn"):
            if shutil.which(tool) is None:
                skip(f"there is no {tool}; packaging/install-packages.sh build installs it")
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else directory
        self.directory, self.heap = os.path.join(memory, f"reckoner-broker-{os.getpid()}"), heap
        self.tools = (["-s"] if secure else []) + (["-3"] if self.count > 1 else [])
        proxy = {} if proxy_port is None else {"RECKONER_KAFKA_PROXY_PORT": str(proxy_port)}
        for others in range(STARTS_MAX):
            self.port = free_port(self.count, others)
            started = subprocess.run([BROKER, "start", *self.tools, self.directory, str(self.port), heap], stderr=subprocess.PIPE, text=True,
                                     env={**os.environ, **proxy})
            if started.returncode == 0:
                break
            self.__exit__()  # somebody else may have taken the port meanwhile
        else:
            skip(f"no Kafka broker could be started: {started.stderr.strip()}")
        self.address, self.proxied_port = f"127.0.0.1:{self.port}", self.port + 500

    def kill(self):
        subprocess.run([BROKER, "kill", self.directory], check=True)

    def pid(self):
        """Java's: the shell that started it waits."""
        with open(os.path.join(self.directory, "pid")) as text:
            shell = text.read().strip()
        with open(f"/proc/{shell}/task/{shell}/children") as text:
            return int((text.read().split() or [shell])[0])

    def data(self):
        """Of each broker."""
        return [os.path.join(self.directory, "data")]

    def start(self):
        """Again, after a kill. The system may hold on to a port for a moment."""
        for _ in range(10):
            started = subprocess.run([BROKER, "start", self.directory, str(self.port), self.heap], stderr=subprocess.PIPE, text=True)
            if started.returncode == 0 and subprocess.run(["kcat", "-L", "-b", self.address], capture_output=True).returncode == 0:
                return
            time.sleep(1)
        sys.exit(f"the broker does not start again:\n{started.stderr}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([BROKER, "kill", self.directory], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.directory, ignore_errors=True)


class Cluster(Broker):
    """Three brokers, that keep three copies of each topic and take a record when two have it. A job's `kafka.replication` says 3."""
    count = 3

    def __init__(self, directory, heap="96m"):
        super().__init__(directory, heap)
        self.numbers = range(1, self.count + 1)
        self.address = ",".join(f"127.0.0.1:{self.port + number - 1}" for number in self.numbers)

    def data(self):
        return [os.path.join(self.directory, str(number), "data") for number in self.numbers]

    def end(self, number, how):
        """`how`: "stop" or "kill"."""
        subprocess.run([BROKER, how, os.path.join(self.directory, str(number))], check=True)

    def start_again(self, number):
        for _ in range(10):
            started = subprocess.run([BROKER, "start", os.path.join(self.directory, str(number)), str(self.port + number - 1), self.heap],
                                     stderr=subprocess.PIPE, text=True)
            if started.returncode == 0:
                return
            time.sleep(1)
        sys.exit(f"broker {number} does not start again:\n{started.stderr}")

    def topics(self, needed=()):
        """What a broker says, which may just have started: asked again until it has heard of the topics that are `needed`."""
        end = time.monotonic() + MARKED_S
        while True:
            listed = subprocess.run(["kcat", "-L", "-J", "-b", self.address], capture_output=True, text=True)
            if listed.returncode == 0:
                topics = {topic["topic"]: topic["partitions"] for topic in json.loads(listed.stdout)["topics"]}
                if all(topics.get(topic) for topic in needed):
                    return topics
            if time.monotonic() > end:
                sys.exit(f"no broker tells of {needed} within {MARKED_S} s: {listed.stdout}{listed.stderr}")
            time.sleep(0.2)

    def leader(self, topic, partition):
        return self.topics([topic])[topic][partition]["leader"]

    def coordinator(self, topic, name):
        """Of a group or of a transactional id, which is told by Java's hash of the name: the leader of a partition of the brokers' own topic."""
        number = 0
        for character in name:
            number = (31 * number + ord(character)) & 0xFFFFFFFF
        return self.leader(topic, (number & 0x7FFFFFFF) % len(self.topics([topic])[topic]))

    def wait_copied(self, seconds):
        """Until each partition has all its copies again."""
        end = time.monotonic() + seconds
        while any(len(partition["isrs"]) < self.count for partitions in self.topics().values() for partition in partitions):
            if time.monotonic() > end:
                sys.exit(f"not all partitions have {self.count} copies after {seconds} s")
            time.sleep(0.2)


class JobTopics:
    """The topics of an example's kafka.yaml, with one input, under a job name of their own."""

    def __init__(self, program, source, broker, directory, name, example, data_input):
        self.program, self.broker, self.directory, self.name = program, broker, directory, name
        self.job = os.path.join(source, "examples", example, "kafka.yaml")
        self.topic = f"{name}.{data_input}"
        self.settings = {"job": name, "kafka.brokers": broker.address, f"inputs.{data_input}.topic": self.topic, "outputs.prefix": f"{name}.",
                         "idle_after": "1h"}  # a broker that is long in coming back must not make event time go on with the clock
        os.makedirs(directory, exist_ok=True)

    def arguments(self, slot, **more):
        settings = {**self.settings, "slot": slot, "state.dir": os.path.join(self.directory, f"{self.name}-{slot}"), **more}
        return [self.job, *(part for path, value in settings.items() for part in ("--set", f"{path.replace('__', '.')}={value}"))]

    def create(self):
        subprocess.run([self.program, "topics", "create", *self.arguments("a")], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([self.program, "topics", "check", *self.arguments("a")], check=True, stdout=subprocess.DEVNULL)

    def produce(self, records):
        """Pairs of key and value, as a client of the user's would do it; an empty value is none."""
        kcat = ["kcat", "-P", "-Z", "-m", "60", "-b", self.broker.address, "-t", self.topic, "-K", "\t", "-X", "partitioner=murmur2_random", "-X", "linger.ms=20", "-X", "enable.idempotence=true"]
        done = subprocess.run(kcat, input=b"".join(key + b"\t" + value + b"\n" for key, value in records), stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"kcat: exit {done.returncode}\n{done.stderr.decode()}")

    def start(self, slot, until_end=True, options=(), **more):
        command = [self.program, "run", *self.arguments(slot, **more), *(["--until-end"] if until_end else []), *options]
        log = open(os.path.join(self.directory, f"{self.name}-{slot}.log"), "a")
        process = subprocess.Popen(command, stderr=log, stdout=log)
        atexit.register(process.kill)  # when a test fails; one that has ended is left alone
        return process

    def log(self, slot):
        with open(os.path.join(self.directory, f"{self.name}-{slot}.log")) as text:
            return text.read()

    def rows(self, output):
        """What a read_committed reader gets, in the order of each partition. A commit is answered before the brokers have marked its end everywhere:
        until then a reader does not see the transaction, and is told of an end before it. Of a broker that was just restarted kcat does not wait for all."""
        topic, ends = f"{self.name}.{output}", None
        for _ in range(MARKED_S * 2):
            read = subprocess.run(["kcat", "-C", "-b", self.broker.address, "-t", topic, "-e", "-o", "beginning", "-X", "isolation.level=read_committed",
                                   "-X", "check.crcs=true"], capture_output=True, text=True)
            if read.returncode != 0:
                time.sleep(0.5)
                continue
            reached = dict(re.findall(r"Reached end of topic \S+ \[(\d+)\] at offset (\d+)", read.stderr))
            asked = [part for partition in reached for part in ("-t", f"{topic}:{partition}:-1")]
            ends = subprocess.run(["kcat", "-Q", "-b", self.broker.address, *asked, "-X", "isolation.level=read_uncommitted"], capture_output=True, text=True, check=True)
            if reached and reached == dict(re.findall(r"\[(\d+)\] offset (\d+)", ends.stdout)):
                return [json.loads(line) for line in read.stdout.splitlines()]
            time.sleep(0.5)
        sys.exit(f"{topic}: not read to its end within {MARKED_S} s: of {ends.stdout if ends else 'unknown ends'}, kcat said {read.stderr}")


class SeedTopics(JobTopics):
    def __init__(self, program, source, broker, directory, name):
        super().__init__(program, source, broker, directory, name, "seed", "events")

    def fill(self, events):
        """The lines of `events`, keyed by account."""
        self.produce((line[line.index(b'"account_id":"') + 14:].split(b'"', 1)[0], line.rstrip(b"\n")) for line in events)

    def answer(self):
        """name -> "rows=N digest=HEX", as the workload's oracle prints it."""
        result = {}
        for name in seed_answer.NAMES:
            total = rows = 0
            found = self.rows(name)
            check_order(self.name, name, found)
            for row in found:
                rows += 1
                total = (total + int.from_bytes(hashlib.sha1(seed_answer.canonical(name, row).encode()).digest()[:8], "big")) % 2**64
            result[name] = f"rows={rows} digest={total:016x}"
        return result


def check_order(job, name, rows):
    """Rows of an account come in the order of its windows or of what it read, and each alert has an id of its own."""
    last = {}
    for row in rows:
        place = row["window_start"] if name == "totals" else int(row["trigger"].rsplit("/", 1)[1])
        before = last.get(row["account_id"])
        if before is not None and (place <= before if name == "totals" else place < before):
            sys.exit(f"{job}.{name}: {row['account_id']} has {place} behind {before}")
        last[row["account_id"]] = place
    ids = [row["alert_id"] for row in rows if "alert_id" in row]
    if len(ids) != len(set(ids)):
        sys.exit(f"{job}.{name}: {len(ids) - len(set(ids))} ids occur twice")


MARKED_S = 30  # by when a transaction that is over is marked so
END_S = 240  # by when a run has ended


def finish(topics, slots, seconds=END_S):
    """Runs the job to the end of what is there, in a process for each slot."""
    processes = [topics.start(slot) for slot in slots]
    if not wait_all(processes, seconds):
        sys.exit("\n".join(f"--- {slot}: exit {process.returncode}\n{topics.log(slot)}" for slot, process in zip(slots, processes)))


def wait_all(processes, seconds):
    end = time.monotonic() + seconds
    while any(process.poll() is None for process in processes):
        if time.monotonic() > end:
            for process in processes:
                process.kill()
            return False
        time.sleep(0.05)
    return all(process.returncode == 0 for process in processes)
