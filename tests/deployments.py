"""Deployments of the servers under test: SQLite, or PostgreSQL and Valkey with two workers.

Tests that look at what several processes do otherwise, and why that is right:

- Joins, leaves and `/send` with state: the leader applies them, and the other processes know within
  a second. `Program.settle` waits for it.
- `test_following.py`, `test_redacted_rules.py`: whoever sends an event that the room does not allow
  is told that it came, since it is stored first; the leader drops it.
- `test_agreement.py`: each worker fetches the keys of a server that it does not know.
- `test_leaks.py`: each worker counts unseen signatures of the others once it has heard of them.
"""

import atexit
import itertools
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

from tests.databases import migrated_template
from tests.postgres_server import shared_server
from tests.valkey_servers import ServerProcess

ONE_PROCESS = "one process"
TWO_WORKERS = "two workers"
OPTION = "--two-workers"
KNOWN_TO_ALL_SECONDS = 2.0
PATIENCE = """
from countersign.adapters.valkey import client

client.ANSWER_WITHIN_SECONDS = 10.0
"""
"""Has a server wait for Valkey however busy the machine is, so that it never counts alone."""
_DATABASES = 1_000
_numbers = itertools.count()
_chosen = [ONE_PROCESS]


def choose(deployment):
    """Have homes and worlds of this test process made for a deployment."""
    _chosen[:] = [deployment]


def chosen():
    """Return the deployment of this test process."""
    return _chosen[0]


def patience():
    """Return code that a server of this test process runs first, or None."""
    return PATIENCE if chosen() == TWO_WORKERS else None


def settle(since=None):
    """Wait until every worker knows what was changed.

    Args:
        since: when, by `time.perf_counter()`; by default just now.
    """
    if chosen() == TWO_WORKERS:
        passed = 0 if since is None else time.perf_counter() - since
        time.sleep(max(0, KNOWN_TO_ALL_SECONDS - passed))


def settings_of(deployment, *, is_migrated=False):
    """Return settings for a new server, with storage of its own.

    Args:
        is_migrated: whether a database of PostgreSQL has its tables, which takes long to make.
    """
    if deployment == ONE_PROCESS:
        return {}
    server = shared_server()
    template = migrated_template() if is_migrated else "template0"
    return {
        "database": server.url(server.new_database(template)),
        "shared_counters": f"valkey://127.0.0.1:{_valkey().port}/{next(_numbers) % _DATABASES}",
        "workers": 2,
    }


@cache
def _valkey():
    folder = tempfile.mkdtemp(prefix="valkey-", dir="/tmp")
    server = ServerProcess(Path(folder), "--databases", str(_DATABASES))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.stop)
    server.start()
    return server
