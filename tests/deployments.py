"""Deployments of the servers under test: SQLite, or PostgreSQL and Valkey with two workers.

Tests that look at what several processes do otherwise, and why that is right:

- Joins, leaves and `/send` with state: the leader applies them, and the other processes know within
  a second. `Program.settle` waits for it.
- `test_following.py`, `test_redacted_rules.py`: whoever sends an event that the room does not allow
  is told that it came, since it is stored first; the leader drops it.
- `test_agreement.py`: each worker fetches the keys of a server that it does not know.
- `test_leaks.py`: each worker counts unseen signatures of the others once it has heard of them.
- Changes by commands and on the dashboard: another worker knows within a second. `settle` waits.
"""

import atexit
import itertools
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

from countersign.adapters.sql.postgres import connections, database, finder, recorder
from tests.databases import migrated_template
from tests.postgres_server import shared_server
from tests.valkey_servers import ServerProcess
from tests.waiting import PATIENCE_SECONDS

ONE_PROCESS = "one process"
TWO_WORKERS = "two workers"
OPTION = "--two-workers"
KNOWN_TO_ALL_SECONDS = 2.0
PATIENCE = """
from countersign.adapters.valkey import client

client.ANSWER_WITHIN_SECONDS = 10.0
"""
"""Has a server wait for Valkey however busy the machine is, so that it never counts alone."""
ONE_PROCESS_ONLY = (
    # These look into the files of SQLite, or are about commands for them.
    "tests/cli/moderation/test_decisions.py::test_why_says_how_to_turn_the_archive_on",
    "tests/cli/moderation/test_retention.py::test_a_refusal_outlives_its_details",
    "tests/cli/operation/test_backups.py",
    "tests/cli/operation/test_database.py",
    "tests/cli/operation/test_doctor.py::test_a_fresh_folder_lacks_a_server",
    "tests/cli/operation/test_doctor.py::test_every_file_is_looked_at",
    "tests/cli/operation/test_health.py::test_a_full_disk_is_seen",
    "tests/cli/operation/test_privacy.py::test_a_senders_own_redaction_deletes_the_text",
    "tests/cli/operation/test_privacy.py::test_an_erased_person_is_nowhere_in_the_folder",
    "tests/cli/operation/test_privacy.py::test_an_unusual_name_is_erased_from_json_too",
    "tests/cli/operation/test_privacy.py::test_the_erased_are_not_named_in_the_audit_log",
    "tests/cli/operation/test_room_privacy.py::test_allowances_of_an_erased_room_end_at_once",
    "tests/cli/operation/test_room_privacy.py::test_an_erased_room_leaves_verdicts",
    "tests/cli/operation/test_serve.py::test_a_second_server_with_settings_of_its_own",
    "tests/cli/operation/test_serve.py::test_a_server_that_crashed_leaves_its_database",
    "tests/cli/operation/test_serve.py::test_each_reason_against_a_start_is_one_sentence",
    "tests/cli/operation/test_serve.py::test_starts_on_a_full_disk",
    "tests/cli/operation/test_serve.py::test_told_to_end_it_stores_whom_it_met",
    "tests/cli/operation/test_start_checks.py::test_a_folder_that_cannot_be_written",
    "tests/cli/operation/test_start_checks.py::test_doctor_makes_nothing",
    "tests/cli/test_actors.py::test_nothing_is_changed_in_a_database_that_is_not_there",
    "tests/cli/test_backtest.py::test_a_broken_archive_keeps_nobody_from_signing",
    "tests/cli/test_main.py::test_paths_do_not_depend_on_where_one_stands",
    # These are about one process, or choose the deployments of their servers themselves.
    "tests/cli/contrib/",
    "tests/cli/operation/test_background_work.py",
    "tests/cli/operation/test_postgres.py",
    "tests/cli/operation/test_signals_at_start.py",
    "tests/cli/operation/test_workers.py",
    "tests/cli/test_make_run.py",
    "tests/cli/test_shared_counters.py",
    "tests/cli/test_wheel.py",
    # These look at the memory of one process, or at the one event in a hundred that it measures.
    "tests/cli/operation/test_serve.py::test_its_memory_is_on_huge_pages",
    "tests/cli/policies/test_filter_costs.py",
    "tests/dashboard/test_filter_costs.py",
)
"""Tests that `--two-workers` leaves out, by the beginnings of their IDs."""
_DATABASES = 1_000
_numbers = itertools.count()
_chosen = [ONE_PROCESS]


def choose(deployment):
    """Have homes and worlds of this test process made for a deployment."""
    _chosen[:] = [deployment]
    if deployment == TWO_WORKERS:
        # What a test stores itself, it stores however busy the machine is.
        connections.CONNECT_SECONDS = PATIENCE_SECONDS
        database._QUICK_MS = int(1_000 * PATIENCE_SECONDS)
        database._QUICK_SECONDS = finder._SECONDS = recorder._SECONDS = PATIENCE_SECONDS


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
