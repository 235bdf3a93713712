"""What the servers of tests run on: SQLite, or PostgreSQL and Valkey with two workers."""

import atexit
import itertools
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.postgres_server import shared_server
from tests.valkey_servers import ServerProcess

ONE_PROCESS = "one process"
TWO_WORKERS = "two workers"
OPTION = "--two-workers"
_DATABASES = 1_000
_numbers = itertools.count()


def settings_of(deployment):
    """Return the settings of a new server, as of nothing that another one has."""
    if deployment == ONE_PROCESS:
        return {}
    server = shared_server()
    return {
        "database": server.url(server.new_database()),
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
