"""Setup of all tests: fixed examples without time limits, and the order of the tests.

`--hypothesis-profile=new` uses new random examples, and more of them: `make test-nightly`.
`--two-workers` runs the servers on PostgreSQL with two workers: `make test-two-workers`.
`--quick` leaves out what needs whole systems: `make test-quick`.
"""

import gc
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.deployments import ONE_PROCESS, ONE_PROCESS_ONLY, OPTION, TWO_WORKERS, choose, chosen
from tests.fork_server import ForkServer

# Hundreds of servers and commands are started here. Where the environment keeps Python from writing
# what it compiled, each would compile all of our modules anew, and each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault
)
settings.register_profile("new", max_examples=300, deadline=None, print_blob=True)
settings.load_profile("repeatable")

WHOLE_SYSTEM = {
    "journeys": "journey",
    "campaigns": "campaign",
    "blackbox": "blackbox",
    "waves": "wave",
    "dashboard": "browser",
}
"""Folders whose tests run whole servers, each with its mark; `--quick` leaves them out."""

INSTALLATIONS = (
    "tests/cli/contrib/test_cluster_running.py",
    "tests/cli/operation/test_owners.py",
    "tests/cli/operation/test_postgres.py",
    "tests/cli/operation/test_two_machines.py",
    "tests/cli/test_make_run.py",
    "tests/cli/test_shared_counters.py",
    "tests/cli/test_wheel.py",
    "tests/docs/test_commands.py",
    "tests/examples/test_hello_filter.py",
)
"""Files that make whole installations: several servers, packages, every command of the manual."""

STARTS_AND_LOADS = (
    "tests/adapters/federation/test_hostile_answers.py",
    "tests/adapters/sql/postgres/test_faults.py",
    "tests/adapters/sql/postgres/test_pgbouncer.py",
    "tests/adapters/sql/test_faults.py",
    "tests/adapters/valkey/test_lost_server.py",
    "tests/adapters/valkey/test_same_verdicts.py",
    "tests/bootstrap/test_own_process.py",
    "tests/cli/moderation/test_appeals.py",
    "tests/cli/moderation/test_decisions.py",
    "tests/cli/moderation/test_retention.py",
    "tests/cli/operation/test_backups.py",
    "tests/cli/operation/test_community.py",
    "tests/cli/operation/test_database.py",
    "tests/cli/operation/test_doctor.py",
    "tests/cli/operation/test_health.py",
    "tests/cli/operation/test_keys.py",
    "tests/cli/operation/test_nginx.py",
    "tests/cli/operation/test_playbooks.py",
    "tests/cli/operation/test_privacy.py",
    "tests/cli/operation/test_protect.py",
    "tests/cli/operation/test_room_privacy.py",
    "tests/cli/operation/test_rooms.py",
    "tests/cli/operation/test_serve.py",
    "tests/cli/operation/test_signals_at_start.py",
    "tests/cli/operation/test_start_checks.py",
    "tests/cli/operation/test_workers.py",
    "tests/cli/policies/test_in_force.py",
    "tests/cli/policies/test_lists.py",
    "tests/cli/test_activation.py",
    "tests/cli/test_actors.py",
    "tests/cli/test_backtest.py",
    "tests/cli/test_checkers.py",
    "tests/cli/test_completion.py",
    "tests/cli/test_main.py",
    "tests/cli/test_moderation.py",
    "tests/cli/test_policy_source.py",
    "tests/cli/test_refusal_times.py",
    "tests/cli/test_streams.py",
    "tests/service/trials/test_exact_backtests.py",
    "tests/upgrade/test_data.py",
    "tests/web/test_junk.py",
)
"""Files that start servers, processes or databases for most of their tests, or send heavy loads."""

IN_MEMORY = "/dev/shm"
IN_MEMORY_BYTES = 4 * 1024**3
"""Space that the folders of tests may need, far more than they do."""

UNREADABLE_PYTHON = "another user may not read this Python"
"""The one reason to skip a test that no program on the machine changes."""

_SLOWEST = ("journeys", "dashboard", "waves", "campaigns", "blackbox", "upgrade", "cli")
_PLACES = {name: place for place, name in enumerate(_SLOWEST)}
"""The slowest tests come first, so that no worker is idle before the end.

Of these, what one worker has to run alone comes first: the journeys, the dashboard, the waves.
"""


def _has_room_in_memory():
    try:
        found = os.statvfs(IN_MEMORY)
    except OSError:
        return False
    free = found.f_bavail * found.f_frsize
    return free >= IN_MEMORY_BYTES and not found.f_flag & os.ST_NOEXEC


# Most tests with a database wait for the disk longer than for anything else.
if _has_room_in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)


def pytest_addoption(parser):
    parser.addoption(
        OPTION, action="store_true", help="run servers on PostgreSQL and Valkey, with two workers"
    )
    parser.addoption(
        "--quick", action="store_true", help="leave out what needs whole systems, or makes them"
    )


def pytest_ignore_collect(collection_path, config):
    """Leave files out before they are read: their imports take as long as many quick tests."""
    if not config.getoption("--quick"):
        return None
    path = collection_path.relative_to(config.rootpath).as_posix()
    is_whole = path.startswith("tests/") and path.split("/")[1] in WHOLE_SYSTEM
    return True if is_whole or path in (*INSTALLATIONS, *STARTS_AND_LOADS) else None


def pytest_configure(config):
    choose(TWO_WORKERS if config.getoption(OPTION) else ONE_PROCESS)


@pytest.fixture(scope="session")
def deployment(request):
    """The deployment of the servers under test."""
    return getattr(request, "param", chosen())


@pytest.fixture(scope="session")
def forks():
    """Return what runs commands in forks, one for all tests of this process."""
    forks = ForkServer()
    yield forks
    forks.close()


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    # Thousands of tests stay until the end; collecting garbage meanwhile takes thrice the time.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config, items):
    for item in items:
        if mark := WHOLE_SYSTEM.get(_folder(item)):
            item.add_marker(mark)
        if item.nodeid.startswith(INSTALLATIONS):
            item.add_marker("installation")
        if item.nodeid.startswith(STARTS_AND_LOADS):
            item.add_marker("starts")
    if config.getoption(OPTION):
        left_out = [item for item in items if item.nodeid.startswith(ONE_PROCESS_ONLY)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.nodeid.startswith(ONE_PROCESS_ONLY)]
    items.sort(key=lambda item: _PLACES.get(_folder(item), len(_PLACES)))


def pytest_sessionfinish():
    """End what this process shares: on a busy machine it may be killed before its own end."""
    if servers := sys.modules.get("tests.postgres_server"):
        servers.close_shared_server()


def _folder(item):
    return item.nodeid.split("/", 2)[1]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Make skipped tests fail if `.ci/run` demands that all run."""
    report = yield
    is_expected = hasattr(report, "wasxfail")  # a test of a goal that is not met yet, and says so
    if report.skipped and not is_expected and os.environ.get("COUNTERSIGN_TESTS_SKIP") == "never":
        *_, reason = report.longrepr
        if UNREADABLE_PYTHON not in reason:
            report.outcome, report.longrepr = "failed", f"{reason}; here no test may be skipped"
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Run two workers more than there are processors, since tests often wait for servers."""
    return len(os.sched_getaffinity(0)) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give each worker whole files, and one worker all that share what is dear to make."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            shared = ("tests/journeys", "tests/dashboard", "tests/architecture")
            return next((each for each in shared if file.startswith(f"{each}/")), file)

    return Scheduling(config, log)
