"""Debezium following a PostgreSQL of a test's own into the topics of a broker (tests/debezium/Relay.java)."""
import os
import shutil
import subprocess
import threading
import time

from skipping import skip

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "debezium")
START_S = 120


def jars():
    """Fetched by Maven once, and kept."""
    for tool in ("javac", "java", "mvn"):
        if shutil.which(tool) is None:
            skip(f"there is no {tool}; packaging/install-packages.sh build installs it")
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "debezium-relay")
    if not os.path.isdir(cache):
        part = f"{cache}.part.{os.getpid()}"
        fetched = subprocess.run(["mvn", "-q", "-B", "-f", os.path.join(SOURCES, "pom.xml"), "dependency:copy-dependencies", "-DincludeScope=runtime",
                                  f"-DoutputDirectory={part}"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if fetched.returncode != 0:
            skip(f"Maven could not fetch Debezium:\n{fetched.stdout}")
        try:
            os.rename(part, cache)
        except OSError:  # another process was faster
            shutil.rmtree(part)
    return cache


class Relay:
    """Started by `with`; `wait_for` a key that must have been sent."""

    def __init__(self, directory, brokers, settings):
        self.directory, self.brokers = directory, brokers
        self.settings = {"name": "relay", "connector.class": "io.debezium.connector.postgresql.PostgresConnector", "plugin.name": "pgoutput",
                         "publication.autocreate.mode": "filtered", "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
                         "offset.storage.file.filename": os.path.join(directory, "offsets"), "offset.flush.interval.ms": "500",
                         "snapshot.mode": "initial", "poll.interval.ms": "50", "slot.drop.on.stop": "true", "decimal.handling.mode": "string",
                         "key.converter.schemas.enable": "false", "value.converter.schemas.enable": "false", **settings}
        self.sent, self.arrived = [], threading.Condition()

    def __enter__(self):
        classes = os.path.join(self.directory, "classes")
        path = os.path.join(jars(), "*")
        subprocess.run(["javac", "--release", "17", "-cp", path, "-d", classes, os.path.join(SOURCES, "Relay.java")], check=True)
        properties = os.path.join(self.directory, "relay.properties")
        with open(properties, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in self.settings.items())
        self.log = os.path.join(self.directory, "relay.log")
        command = ["java", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{path}", "Relay", properties, self.brokers]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        threading.Thread(target=self.follow, daemon=True).start()
        return self

    def follow(self):
        for line in self.process.stdout:
            with self.arrived:
                self.sent.append(line.strip())
                self.arrived.notify_all()

    def wait_for(self, key, seconds=START_S):
        end = time.monotonic() + seconds
        with self.arrived:
            while not any(key in one for one in self.sent):
                left = end - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    with open(self.log) as log:
                        raise SystemExit(f"the event of {key} was not sent; {len(self.sent)} were. Debezium says:\n{log.read()[-4000:]}")
                self.arrived.wait(min(left, 1))

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
