"""Setups of several processes, with the PostgreSQL and Valkey servers that these share."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench_server import Setup

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.postgres_server import PostgresServer
from tests.valkey_servers import running_server


@contextmanager
def shared_by(workers: int, setup: Setup) -> Iterator[Setup]:
    """Start servers on loopback for workers of a setup; yield the setup with their addresses.

    PostgreSQL waits for the disk at each commit.

    Args:
        workers: the number of processes that answer.
        setup: of a single process.
    """
    postgres = PostgresServer(durable=True)
    try:
        with TemporaryDirectory() as folder, running_server(Path(folder)) as valkey:
            yield replace(
                setup,
                database=postgres.url(postgres.new_database()),
                shared_counters=valkey.url,
                workers=workers,
            )
    finally:
        postgres.close()
