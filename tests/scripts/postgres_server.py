"""A PostgreSQL of a test's own: made empty, reached by a socket (and by a port, where one is given), and thrown away."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile

from skipping import skip

USER = "test"


def programs_folder():
    versions = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    if not versions:
        skip("there is no PostgreSQL; packaging/install-packages.sh build installs it")
    return versions[-1]


class PostgresServer:
    """`settings` go into postgresql.conf."""

    def __init__(self, port=None, **settings):
        self.settings = settings
        if port is not None:
            self.settings |= {"listen_addresses": "'127.0.0.1'", "port": str(port)}
        self.port = port

    def __enter__(self):
        self.programs = programs_folder()
        # A path of a socket has 107 bytes at most, and each folder above it must let the server's user through.
        self.directory = tempfile.mkdtemp(prefix="reckoner-postgres-", dir="/tmp")
        # The server refuses to run as root.
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            os.chown(self.directory, pwd.getpwnam("postgres").pw_uid, -1)
        data = os.path.join(self.directory, "data")
        self.run("initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        # Nothing here has to outlive the machine.
        settings = {"listen_addresses": "''", "unix_socket_directories": f"'{self.directory}'", "fsync": "off", "max_connections": "20", **self.settings}
        with open(os.path.join(data, "postgresql.conf"), "a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        self.run("pg_ctl", "-D", data, "-l", os.path.join(self.directory, "log"), "-w", "-t", "60", "start")
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", os.path.join(self.directory, "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.directory)

    def run(self, program, *arguments):
        made = subprocess.run([*self.as_user, os.path.join(self.programs, program), *arguments], cwd="/tmp", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if made.returncode != 0:
            raise RuntimeError(f"{program} fails:\n{made.stdout}")

    def ask(self, statements):
        """The rows of the last statements that have some, each a list of texts; None where a value is null."""
        made = subprocess.run([os.path.join(self.programs, "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-P", "null=\\N", "-v", "ON_ERROR_STOP=1",
                               "-h", self.directory, "-p", str(self.port or 5432), "-U", USER, "-d", "postgres"], input=statements, text=True, capture_output=True)
        if made.returncode != 0:
            raise RuntimeError(f"psql fails: {made.stderr}")
        return [[None if value == "\\N" else value for value in line.split("\t")] for line in made.stdout.splitlines()]
