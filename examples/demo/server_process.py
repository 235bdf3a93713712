"""A server as a child process that is started, awaited, and always stopped or killed in the end."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from examples.demo.loopback import NotReadyInTimeError

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it is gone."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ServerProcess:
    """A server in a process group of its own, with its output in a file.

    Start it from the main thread: the kernel ends a child with the thread that started it.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    @property
    def is_running(self) -> bool:
        """True while the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process ID; also that of its group."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start the process and return at once."""
        assert not self.is_running, "already running"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = self._open(output)

    def _open(self, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=quiet_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def check_running(self) -> None:
        """Say what the process said last, if it has ended.

        Raises:
            NotReadyInTimeError: it has ended.
        """
        if not self.is_running:
            last_words = self.log.read_text(errors="replace")[-3000:]
            raise NotReadyInTimeError(f"{' '.join(self._command)} ended early:\n{last_words}")

    def signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self._process is not None, "not started"
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Ask the process to end, and do not wait for it."""
        if self.is_running:
            self.signal(signal.SIGTERM)

    def stop(self, *, patience_seconds: float = 10) -> None:
        """End the process: kindly at first, then not."""
        if self._process is None or not self.is_running:
            return
        self.terminate()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process and its group with SIGKILL, as a crash would."""
        if self._process is not None and self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def quiet_environment() -> dict[str, str]:
    """Return our environment without proxies: everything we speak to is on this machine."""
    kept = {name: value for name, value in os.environ.items() if "_proxy" not in name.lower()}
    return {**kept, "PYTHONUNBUFFERED": "1"}
