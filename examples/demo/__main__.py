"""`make demo`: plays the story on real servers, which then run until Ctrl-C."""

import argparse
import fcntl
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from examples.demo import by_hand
from examples.demo.federation import LoopbackFederation
from examples.demo.loopback import NotReadyInTimeError
from examples.demo.matrix_client import MatrixError
from examples.demo.policy_server import CommandFailedError
from examples.demo.screen import Screen
from examples.demo.story import POLICY, UnexpectedError, tell

DEFAULT_DIRECTORY = Path("demo-data")
_LOCK_NAME = ".demo"
_FAILURES = (
    UnexpectedError,
    MatrixError,
    NotReadyInTimeError,
    CommandFailedError,
    OSError,
    KeyError,
)


class DirectoryTakenError(Exception):
    """The folder is not ours to empty."""


def main() -> int:
    """Play the demo and return the exit status."""
    options = _options()
    screen = Screen()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        with _fresh_directory(options.directory) as directory:
            _play(directory, screen, stays=not options.once)
    except KeyboardInterrupt:
        screen.heading("Stopped. Nothing is left running.")
    except DirectoryTakenError as error:
        screen.failed(str(error))
        return 1
    except _FAILURES as error:
        screen.failed(f"{type(error).__name__}: {error}")
        screen.note(f"The servers' logs are in {options.directory}.")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the last step")
    parser.add_argument(
        "--directory",
        type=Path,
        default=DEFAULT_DIRECTORY,
        help="for all files; emptied at the start (default: %(default)s)",
    )
    return parser.parse_args()


def _play(directory: Path, screen: Screen, *, stays: bool) -> None:
    screen.title(
        "Countersign between two real homeservers",
        "Everything runs on loopback addresses and ends with this command.",
    )
    with screen.console.status("Starting two Synapses and Countersign …"):
        federation = LoopbackFederation(directory, POLICY, prefers_usual_ports=True)
        federation.start()
    try:
        cast = tell(federation, screen)
        if stays:
            by_hand.show(federation, cast, screen)
            _stay(federation, screen)
    finally:
        # Whoever presses Ctrl-C twice must not leave servers behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        federation.stop()


def _stay(federation: LoopbackFederation, screen: Screen) -> NoReturn:
    """Wait for Ctrl-C; a server that somebody kills comes back.

    Raises:
        NotReadyInTimeError: a server cannot be started again.
    """
    while True:
        for server in federation.servers:
            if not server.process.is_running:
                server.start()
                server.wait_until_ready()
                screen.done(f"{server.server_name} had ended and was started again")
        time.sleep(1)


@contextmanager
def _fresh_directory(directory: Path) -> Iterator[Path]:
    """Empty the demo's own folder, and keep every other demo out of it meanwhile.

    Raises:
        DirectoryTakenError: another demo runs in it, or it holds files of somebody else's.
    """
    directory = directory.absolute()
    lock = directory / _LOCK_NAME
    if directory.exists() and any(directory.iterdir()) and not lock.exists():
        raise DirectoryTakenError(f"{directory} holds files that are not the demo's.")
    directory.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DirectoryTakenError(f"Another demo is running in {directory}.") from None
        for old in directory.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        yield directory


if __name__ == "__main__":
    sys.exit(main())
