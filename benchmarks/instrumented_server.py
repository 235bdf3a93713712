"""A real server process that runs a script of ours before it starts."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench_server import Server, Setup
from countersign.testing.peers import Peer

TOLD_FILE: Final = "BENCHMARK_TOLD_FILE"
"""Environment variable with the path of the file to which the script writes what it measured."""


@contextmanager
def instrumented_server(
    script: str, peers: list[Peer], setup: Setup
) -> Iterator[tuple[Server, Path]]:
    """Start a server and stop it at the end.

    Args:
        script: Python code; every Python process that the server starts runs it too.
        peers: homeservers that send events.
        setup: the server's policy and rooms.

    Yields:
        The server, and the file to which the script writes.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sitecustomize.py").write_text(script)
        told = folder / "told"
        path = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([name, *([path] if path else [])])
        os.environ[TOLD_FILE] = str(told)
        server = Server(folder / "server", peers, setup)
        try:
            yield server, told
        finally:
            server.stop()
